import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { efCom } from "../../src/lds/com.js";
import { dg1 } from "../../src/lds/dg1.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg11 } from "../../src/lds/dg11.js";
import { dg12 } from "../../src/lds/dg12.js";
import { parseTd1 } from "../../src/lds/mrz.js";
import { type DataGroups, encodeDataGroups } from "../../src/perso/data-groups.js";
import { buildCardImage } from "../../src/perso/image.js";
import { ImageError } from "../../src/perso/problems.js";
import { checkCitizenRecord, parseCitizenRecord } from "../../src/record/parse.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { parseFile } from "../../src/tlv/file.js";
import { jpeg, record } from "../support/line.js";

const examples = new URL("../../examples/", import.meta.url);
const samples = (
  JSON.parse(readFileSync(new URL("records.json", examples), "utf8")) as { records: { portrait: string }[] }
).records.map((input) => ({
  ...input,
  portrait: new Uint8Array(readFileSync(new URL(`portraits/${input.portrait}`, examples))),
}));
const good: CitizenRecord[] = samples
  .filter((input) => checkCitizenRecord(input).problems.length === 0)
  .map((input) => parseCitizenRecord(input).record);

const group = (groups: DataGroups, number: number): Uint8Array => {
  const found = groups.groups.find((each) => each.number === number);
  if (found === undefined) throw new Error(`no DG${number}`);
  return found.content;
};

function problemsOf(
  changes: Partial<CitizenRecord>,
  profile: Profile = emrtd,
): readonly { path: string; message: string }[] {
  try {
    encodeDataGroups(record(changes), profile);
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).code).toBe("IMAGE_INVALID");
    for (const { path, message } of (error as ImageError).problems) {
      expect((error as ImageError).message).toContain(`${path}: ${message}`);
    }
    return (error as ImageError).problems;
  }
  throw new Error("it was encoded");
}

describe("every sample record", () => {
  it("there are at least 24", () => {
    expect(good.length).toBeGreaterThanOrEqual(24);
  });

  it.each(good.map((each) => [each.documentNumber, each] as const))(
    "%s goes onto the card and comes back",
    (_n, person) => {
      const groups = encodeDataGroups(person, emrtd);
      expect(groups.groups.map(({ number }) => number)).toEqual([1, 2, 11, 12]);
      expect(parseFile(efCom, groups.com)).toEqual({
        ldsVersion: "0108",
        unicodeVersion: "040000",
        tagList: [0x61, 0x75, 0x6b, 0x6c],
      });
      const mrz = parseTd1(parseFile(dg1, group(groups, 1)).mrz);
      expect(mrz).toMatchObject({
        documentCode: "I",
        documentNumber: person.documentNumber,
        dateOfBirth: person.dateOfBirth.replace(/-/g, "").slice(2),
        dateOfExpiry: person.dateOfExpiry.replace(/-/g, "").slice(2),
      });
      const [face] = parseFile(dg2, group(groups, 2)).instances[0]?.data.face?.faces ?? [];
      expect(toHex(face?.image ?? fromHex(""))).toBe(toHex(person.portrait));
      const details = parseFile(dg11, group(groups, 11));
      expect(details.personalNumber).toBe(person.nationalNumber);
      expect(details.dateOfBirth).toBe(person.dateOfBirth.replace(/-/g, ""));
      expect(details.fullName?.split("<<")).toEqual(
        [person.familyName, person.givenNames].map((name) => name.trim().split(/\s+/u).join("<")),
      );
      expect(parseFile(dg12, group(groups, 12)).dateOfIssue).toBe(person.dateOfIssue.replace(/-/g, ""));
      // the same record gives the same bytes
      expect(encodeDataGroups(structuredClone(person), emrtd)).toEqual(groups);
    },
  );

  it("the samples show a name that was cut, and one that was transliterated", () => {
    const codes = new Set(good.flatMap((person) => encodeDataGroups(person, emrtd).notes.map(({ code }) => code)));
    expect([...codes].sort()).toEqual(["NAME_TRANSLITERATED", "NAME_TRUNCATED"]);
  });
});

describe("notes", () => {
  const notes = (changes: Partial<CitizenRecord>) => encodeDataGroups(record(changes), emrtd).notes;

  it("none when nothing was changed", () => {
    expect(notes({})).toEqual([]);
  });

  it("say what was transliterated", () => {
    const [note, ...rest] = notes({ latin: { given: "Zoë", family: "Øster" } });
    expect(rest).toEqual([]);
    expect(note).toMatchObject({ code: "NAME_TRANSLITERATED", path: "EF.DG1.names" });
    expect(note?.message).toMatch(/Ø.*OE.*ë|ë.*Ø.*OE/u);
  });

  it("say how a name was cut, whole and shortened", () => {
    const family = "Papandropoulous-Konstantinidis";
    const [note] = notes({ latin: { given: "Jonathon Alexander", family } });
    expect(note).toMatchObject({ code: "NAME_TRUNCATED", path: "EF.DG1.names" });
    expect(note?.message).toContain("PAPANDROPOULOUS KONSTANTINIDIS, JONATHON ALEXANDER was cut to");
  });

  it("a national name without Latin form is transliterated from the national script", () => {
    const { latin: _latin, ...national } = record();
    const groups = encodeDataGroups(national, emrtd);
    expect(groups.notes.map(({ code }) => code)).toEqual(["NAME_TRANSLITERATED"]);
    expect(parseFile(dg1, group(groups, 1)).mrz.slice(60)).toMatch(/^[A-Z]+<<[A-Z]+<+$/);
    expect(parseFile(dg11, group(groups, 11)).otherNames).toBeUndefined();
  });
});

describe("what the card cannot hold", () => {
  it("a portrait that is a PNG: it says so", () => {
    const [problem, ...rest] = problemsOf({ portrait: fromHex("89504e470d0a1a0a0000000d49484452") });
    expect(rest).toEqual([]);
    expect(problem?.path).toMatch(/^EF\.DG2/);
    expect(problem?.message).toContain("PNG");
  });

  it.each([
    ["nothing", ""],
    ["the beginning of a JPEG", "ffd8ffe0"],
    ["a JPEG without its end", `${toHex(jpeg()).slice(0, -4)}`],
  ])("a portrait that is %s", (_name, hex) => {
    expect(problemsOf({ portrait: fromHex(hex) }).map(({ path }) => path.slice(0, 6))).toEqual(["EF.DG2"]);
  });

  it("a name without transliteration: each letter is named, once", () => {
    const [problem] = problemsOf({ latin: { given: "名前名", family: "Ahmadi" } });
    expect(problem?.path).toBe("EF.DG1.names");
    expect(problem?.message).toContain('"名", "前"');
    expect(problem?.message).toContain("latin.family");
  });

  it("a family name without a letter", () => {
    expect(problemsOf({ latin: { given: "Sara", family: "-" } })[0]?.message).toContain("no letters");
  });

  it("everything at once, not the first alone", () => {
    const problems = problemsOf({
      latin: { given: "名", family: "Ahmadi" },
      portrait: fromHex("474946383961"),
      placeOfBirth: "x".repeat(5000),
      issuingAuthority: "y".repeat(5000),
    });
    expect(problems.map(({ path }) => path)).toEqual([
      "EF.DG1.names",
      expect.stringMatching(/^EF\.DG2/),
      expect.stringMatching(/^EF\.DG11\./),
      expect.stringMatching(/^EF\.DG12\./),
    ]);
  });

  it("a document number too long for a TD1", () => {
    expect(problemsOf({ documentNumber: "A".repeat(23) })[0]?.path).toMatch(/^EF\.DG1/);
  });

  it("a portrait of 70 KB on a chip of 60,000 bytes: what to make smaller", () => {
    const [problem, ...rest] = problemsOf({ portrait: jpeg(70_000) });
    expect(rest).toEqual([]);
    expect(problem?.path).toBe("card");
    expect(problem?.message).toMatch(
      /^70\d{3} bytes, the chip holds 60000: make the portrait \(70000 bytes\) smaller$/,
    );
  });

  it("a security object that no longer fits: refused before a chip is touched", () => {
    const groups = encodeDataGroups(record(), emrtd);
    const used = groups.groups.reduce((sum, { content }) => sum + content.length, groups.com.length);
    const profile = { ...emrtd, capacity: used + 1000 };
    expect(() => encodeDataGroups(record(), profile)).not.toThrow();
    expect(buildCardImage(profile, groups, new Uint8Array(1000)).applications[0]?.files.length).toBe(6);
    expect(() => buildCardImage(profile, groups, new Uint8Array(1001))).toThrow(/with the security object.*portrait/);
  });
});

describe("the card image", () => {
  const groups = encodeDataGroups(record(), emrtd);
  const sod = new Uint8Array([0x77, 0x00]);

  it("puts each file where the profile has it", () => {
    const image = buildCardImage(emrtd, groups, sod);
    expect(image.applications.map(({ name, secrets }) => [name, secrets])).toEqual([
      ["eMRTD", ["documentBasicAccess"]],
    ]);
    expect(image.applications[0]?.files.map(({ name, fid, sfi }) => [name, fid, sfi])).toEqual([
      ["EF.COM", 0x011e, 0x1e],
      ["EF.DG1", 0x0101, 0x01],
      ["EF.DG2", 0x0102, 0x02],
      ["EF.DG11", 0x010b, 0x0b],
      ["EF.DG12", 0x010c, 0x0c],
      ["EF.SOD", 0x011d, 0x1d],
    ]);
    for (const file of image.applications[0]?.files ?? []) {
      expect(file.read).toEqual({ kind: "protocol", protocol: "BAC" });
      expect(file.update).toEqual({ kind: "never" });
    }
    expect(accessKeyOf(image).documentNumber).toBe("C01X00047");
  });

  it("refuses a data group without a place, and a place without a data group", () => {
    const fewer = { ...groups, groups: groups.groups.slice(1) };
    expect(() => buildCardImage(emrtd, fewer, sod)).toThrow("no content for EF.DG1");
    const more = { ...groups, groups: [...groups.groups, { number: 14 as const, content: sod }] };
    expect(() => buildCardImage(emrtd, more, sod)).toThrow("no place for EF.DG14");
  });

  it("a data group that nobody builds is the caller's mistake", () => {
    const profile: Profile = { ...emrtd, lds: { ...emrtd.lds, dataGroups: [1, 2, 5] } };
    expect(() => encodeDataGroups(record(), profile)).toThrow(RangeError);
  });
});
