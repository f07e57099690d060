import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginsComparison, compareAuxiliaryData } from "../../../src/access/eid/chip.js";
import {
  askComparison,
  bornBy,
  type ComparisonKind,
  type ComparisonStatement,
  livingIn,
  validOn,
} from "../../../src/access/eid/terminal.js";
import { type CommandApdu, commandApdu, encodeCommand } from "../../../src/apdu/apdu.js";
import { EMPTY, fromHex, toHex, utf8 } from "../../../src/bytes/bytes.js";

const VALUES = { age: utf8("19910420"), validity: utf8("20360522"), community: utf8("1939614733") };
const RIGHTS = ["authentication.ageVerification", "authentication.communityIdVerification"];
const asked = (kind: ComparisonKind) => askComparison(kind).next().value as CommandApdu;

function compare(
  kind: ComparisonKind,
  statements: readonly ComparisonStatement[],
  rights: readonly string[] = RIGHTS,
  values: Parameters<typeof compareAuxiliaryData>[2] = VALUES,
): number {
  return compareAuxiliaryData(asked(kind), { rights, statements }, values);
}

describe("auxiliary data", () => {
  it("are asked for as TR-03110-3 has it", () => {
    expect((["age", "validity", "community"] as const).map((kind) => toHex(encodeCommand(asked(kind))))).toEqual([
      "802080000b060904007f000703010401",
      "802080000b060904007f000703010402",
      "802080000b060904007f000703010403",
    ]);
    expect(bornBy("2008-11-22")).toEqual({ oid: fromHex("04007f000703010401"), data: utf8("20081122") });
    expect(validOn("2026-11-22")).toEqual({ oid: fromHex("04007f000703010402"), data: utf8("20261122") });
    expect(livingIn("1939")).toEqual({ oid: fromHex("04007f000703010403"), data: utf8("1939") });
    expect(beginsComparison(asked("age"))).toBe(true);
    expect(beginsComparison({ ...asked("age"), cla: 0 })).toBe(true);
    expect(beginsComparison(commandApdu(0, 0x20, 0, 3))).toBe(false);
  });

  it.each([
    ["age", bornBy("1991-04-19"), 0x6300],
    ["age", bornBy("1991-04-20"), 0x9000],
    ["age", bornBy("2008-11-22"), 0x9000],
    ["validity", validOn("2036-05-22"), 0x9000],
    ["validity", validOn("2036-05-23"), 0x6300],
    ["community", livingIn("1939"), 0x9000],
    ["community", livingIn("1939614733"), 0x9000],
    ["community", livingIn("19396147330"), 0x6300],
    ["community", livingIn("939"), 0x6300],
  ] as const)("%s", (kind, statement, sw) => {
    expect(compare(kind, [statement])).toBe(sw);
  });

  it("compare days as a calendar does", () => {
    const day = fc.date({ min: new Date("1900-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(day, day, (own, stated) => {
        const [mine, theirs] = [own, stated].map((date) => date.toISOString().slice(0, 10)) as [string, string];
        const values = { age: bornBy(mine).data, validity: bornBy(mine).data };
        expect(compare("age", [bornBy(theirs)], RIGHTS, values) === 0x9000).toBe(mine <= theirs);
        expect(compare("validity", [validOn(theirs)], RIGHTS, values) === 0x9000).toBe(mine >= theirs);
      }),
    );
  });

  it("are for terminals with the right; the validity for all that have authenticated", () => {
    expect(compareAuxiliaryData(asked("age"), undefined, VALUES)).toBe(0x6982);
    expect(compare("age", [bornBy("2008-11-22")], [])).toBe(0x6982);
    expect(compare("community", [livingIn("1")], ["authentication.ageVerification"])).toBe(0x6982);
    expect(compare("validity", [validOn("2027-01-01")], [])).toBe(0x9000);
  });

  it("come from what was signed: none, two of a kind, or nothing to compare with", () => {
    expect(compare("age", [validOn("2027-01-01")])).toBe(0x6a88);
    expect(compare("age", [bornBy("2008-11-22"), bornBy("2000-01-01")])).toBe(0x6a88);
    expect(compare("age", [bornBy("2008-11-22")], RIGHTS, {})).toBe(0x6a88);
    const command = { ...asked("age"), data: fromHex("060904007f000703010409") };
    expect(compareAuxiliaryData(command, { rights: RIGHTS, statements: [] }, VALUES)).toBe(0x6a88);
    for (const data of [EMPTY, fromHex("0609"), fromHex("800104")]) {
      expect(compareAuxiliaryData({ ...command, data }, { rights: RIGHTS, statements: [] }, VALUES)).toBe(0x6a80);
    }
  });

  it("that are no day, or nothing, are never good", () => {
    const oid = bornBy("2008-11-22").oid;
    for (const data of [EMPTY, utf8("2008112"), utf8("2008112x"), utf8("200811220")]) {
      expect(compare("age", [{ oid, data }])).toBe(0x6300);
      expect(compare("age", [bornBy("2008-11-22")], RIGHTS, { age: data })).toBe(0x6300);
    }
    expect(compare("community", [{ oid: livingIn("1").oid, data: EMPTY }])).toBe(0x6300);
    expect(() => livingIn("")).toThrow(RangeError);
    for (const day of ["2026-02-30", "2026-13-01", "22.11.2026", "", "2026-00-10"]) {
      expect(() => bornBy(day)).toThrow(RangeError);
    }
    expect(() => askComparison("name" as "age").next()).toThrow(TypeError);
  });

  it.each([
    ["20080000", false],
    ["20081100", false],
    ["20080015", false],
    ["20081322", false],
    ["20080431", false],
    ["20070229", false],
    ["20080230", false],
    ["19000229", false],
    ["00000000", false],
    ["00000101", false],
    ["20080229", true],
    ["20000229", true],
    ["20080430", true],
    ["20081231", true],
  ])("%s is a day: %s", (digits, real) => {
    const data = utf8(digits);
    const [early, late] = [bornBy("0001-01-01"), bornBy("9999-12-31")];
    const stated = (kind: "age" | "validity") => ({ ...(kind === "age" ? bornBy : validOn)("2000-01-01"), data });
    const sw = real ? 0x9000 : 0x6300;
    // born long ago, whatever the day asked for is; a document that never expires
    expect(compare("age", [late], RIGHTS, { age: data })).toBe(sw);
    expect(compare("age", [stated("age")], RIGHTS, { age: early.data })).toBe(sw);
    expect(compare("validity", [validOn("0001-01-01")], RIGHTS, { validity: data })).toBe(sw);
    expect(compare("validity", [stated("validity")], RIGHTS, { validity: late.data })).toBe(sw);
  });

  it("are yes, no, or an error with the status word", () => {
    const answer = (sw: number) => {
      const exchange = askComparison("age");
      exchange.next();
      return exchange.next({ data: EMPTY, sw }).value;
    };
    expect(answer(0x9000)).toBe(true);
    expect(answer(0x6300)).toBe(false);
    expect(() => answer(0x6982)).toThrow(expect.objectContaining({ sw: 0x6982, header: "80208000" }));
  });
});
