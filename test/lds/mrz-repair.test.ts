import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError } from "../../src/errors.js";
import { encodeMrz, parseMrz } from "../../src/lds/mrz.js";
import { elementSpans, MRZ_LAYOUTS, type MrzFormat } from "../../src/lds/mrz-layouts.js";
import { repairMrz } from "../../src/lds/mrz-repair.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed } from "../property/strict.js";
import { anyMrz } from "./mrz-formats.js";

const PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
const LOOKS: Record<string, string> = {
  O: "0",
  I: "1",
  B: "8",
  S: "5",
  Z: "2",
  "0": "O",
  "1": "I",
  "8": "B",
  "5": "S",
  "2": "Z",
};

const apply = (text: string, changes: readonly { position: number; from: string; to: string }[]) => {
  let out = text;
  for (const { position, from, to } of changes) {
    expect(out[position]).toBe(from);
    out = out.slice(0, position) + to + out.slice(position + 1);
  }
  return out;
};

describe("repairMrz", () => {
  it("leaves what is right", () => {
    expect(repairMrz(PASSPORT)).toEqual({ outcome: "right", mrz: parseMrz(PASSPORT), text: PASSPORT, changes: [] });
  });

  it.each([
    ["a letter in the number", "L898902C3", "L8989O2C3", [49]],
    ["a letter in the number, one in a date", "L898902C36UTO740812", "L8989O2C36UTO74O812", [49, 59]],
    ["a letter in a date", "7408122F", "74O8I22F", [59, 61]],
    ["a check digit", "C36UTO7408122F1204159", "C36UTO740812ZF1204159", [63]],
    ["the composite check digit", "<<<<<10", "<<<<<1O", [87]],
    ["the check digit of the optional data", "<<<<<10", "<<<<<I0", [86]],
    ["optional data and names", "ERIKSSON", "ER1K5SON", [7, 9]],
    ["letters in the date of expiry", "2F1204159ZE184226B", "2F12O4I59ZE184226B", [67, 69]],
  ])("%s", (_, right, wrong, positions) => {
    const seen = PASSPORT.replace(right, wrong);
    expect(seen).not.toBe(PASSPORT);
    const repair = repairMrz(seen);
    expect(repair.outcome).toBe("repaired");
    expect(repair.mrz).toEqual(parseMrz(PASSPORT));
    expect(repair.changes.map(({ position }) => position)).toEqual(positions);
    expect(apply(seen, repair.changes)).toBe(PASSPORT);
    for (const { why } of repair.changes) expect(why).toMatch(/^line [12], position \d+: . for ., /);
  });

  it("says that it is ambiguous when one check digit is right in several ways", () => {
    const repair = repairMrz(PASSPORT.replace("L898902C3", "LB989O2C3"));
    expect(repair.outcome).toBe("ambiguous");
    expect("candidates" in repair && repair.candidates.map((text) => text.slice(44, 53))).toEqual(
      expect.arrayContaining(["L898902C3", "LB9B902C3", "LB9890ZC3"]),
    );
  });

  it("gives no MRZ then", () => {
    // A visa has one check digit over its number: 0, O, 8, B and more can make it right in several ways.
    let ambiguous = 0;
    for (let n = 0; n < 200; n++) {
      const number = `${String(100_000_000 + n * 7_919_017).slice(0, 9)}`;
      const right = encodeMrz({
        ...parseMrz("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236ZE184226"),
        documentNumber: number,
      });
      const at = 36 + [...number].findIndex((c) => LOOKS[c] !== undefined);
      if (at < 36) continue;
      const seen = right.slice(0, at) + LOOKS[right[at] as string] + right.slice(at + 1);
      const repair = repairMrz(seen);
      if (repair.outcome !== "ambiguous") continue;
      ambiguous++;
      expect(repair.mrz).toBeUndefined();
      expect(repair.changes).toEqual([]);
      expect(repair.candidates).toContain(right);
      expect(repair.reason).toContain(`${repair.candidates.length} repairs of 1 characters`);
      for (const candidate of repair.candidates) expect(encodeMrz(parseMrz(candidate))).toBe(candidate);
    }
    expect(ambiguous).toBeGreaterThan(3);
  });

  it("says when nothing helps", () => {
    const repair = repairMrz(PASSPORT.replace("7408122F", "7498122F"));
    expect(repair).toMatchObject({ outcome: "beyondRepair", mrz: undefined, changes: [], candidates: [] });
    expect("reason" in repair && repair.reason).toContain("MRZ.dateOfBirth");
  });

  it("takes the characters of an MRZ alone", () => {
    expect(malformed(() => repairMrz(PASSPORT.slice(1))).code).toBe("BAD_LENGTH");
    expect(malformed(() => repairMrz(PASSPORT.toLowerCase()))).toMatchObject({ code: "BAD_VALUE", offset: 0 });
  });

  it("of the published samples with a wrong digit: none is changed without all check digits coming right", () => {
    const { vectors } = readVectors<{ vectors: { type: MrzFormat; mrz: string }[] }>("mrz/mrz-samples.json");
    for (const { mrz } of vectors) {
      const repair = repairMrz(mrz);
      if (repair.mrz !== undefined) expect(encodeMrz(repair.mrz)).toBe(repair.text);
    }
  });

  it("of one misread character: finds it, or says ambiguous with the right one among the candidates", () => {
    const outcomes = { repaired: 0, ambiguous: 0 };
    fc.assert(
      fc.property(anyMrz, fc.nat(), (mrz, pick) => {
        const text = encodeMrz(mrz);
        const layout = MRZ_LAYOUTS[mrz.format];
        const checked = elementSpans(layout).filter(({ element }) =>
          ["documentNumber", "dateOfBirth", "dateOfExpiry"].includes(element),
        );
        const places = checked.flatMap(({ from, to }) =>
          Array.from({ length: to - from }, (_, i) => from + i).filter((i) => LOOKS[text[i] as string] !== undefined),
        );
        fc.pre(places.length > 0);
        const at = places[pick % places.length] as number;
        const repair = repairMrz(text.slice(0, at) + LOOKS[text[at] as string] + text.slice(at + 1));
        if (repair.outcome === "repaired") {
          expect(repair.text).toBe(text);
          expect(repair.changes).toMatchObject([{ position: at, to: text[at] }]);
          outcomes.repaired++;
        } else {
          expect(repair.outcome).toBe("ambiguous");
          if (repair.outcome === "ambiguous") expect(repair.candidates).toContain(text);
          outcomes.ambiguous++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.repaired).toBeGreaterThan(500);
  });

  it("of any damage: never a repair that fails the check digits, never another error", () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(
        anyMrz,
        fc.array(fc.tuple(fc.nat(89), fc.constantFrom(..."OIBSZ01852KC<A9")), { minLength: 1, maxLength: 5 }),
        (mrz, edits) => {
          let text = encodeMrz(mrz);
          for (const [at, to] of edits) if (at < text.length) text = text.slice(0, at) + to + text.slice(at + 1);
          const repair = repairMrz(text);
          outcomes.set(repair.outcome, (outcomes.get(repair.outcome) ?? 0) + 1);
          if (repair.mrz === undefined) return;
          expect(parseMrz(repair.text)).toEqual(repair.mrz);
          expect(encodeMrz(repair.mrz)).toBe(repair.text);
          expect(apply(text, repair.changes)).toBe(repair.text);
          expect(repair.changes.length === 0).toBe(repair.outcome === "right");
        },
      ),
      { numRuns: 2000 },
    );
    expect([...outcomes.keys()].sort()).toEqual(["ambiguous", "beyondRepair", "repaired", "right"]);
  });

  it("any text gives an outcome or a MalformedError", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        try {
          expect(repairMrz(text).outcome).toBe("beyondRepair");
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});
