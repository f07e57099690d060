import { describe, expect, it } from "vitest";
import { fromHex, utf8 } from "../../src/bytes/bytes.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import type { PrintedData } from "../../src/inspect/printed.js";
import type { Check } from "../../src/inspect/report.js";
import { validateCard } from "../../src/inspect/validate-card.js";
import { dg1 } from "../../src/lds/dg1.js";
import { dg7 } from "../../src/lds/dg7.js";
import { type Dg11, dg11 } from "../../src/lds/dg11.js";
import { type Dg12, dg12 } from "../../src/lds/dg12.js";
import { encodeMrz } from "../../src/lds/mrz.js";
import type { Mrz } from "../../src/lds/mrz-elements.js";
import { nameFieldWidth } from "../../src/lds/mrz-layouts.js";
import { buildNameField } from "../../src/lds/mrz-names.js";
import { mrzName } from "../../src/lds/transliterate.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeFile } from "../../src/tlv/file.js";
import { readVector } from "../property/strict.js";

const AT = new Date("2026-11-25T09:00:00Z");

type Format = "TD1" | "TD2" | "TD3";
const OPTIONAL: Readonly<Record<Format, object>> = {
  TD1: { optionalData1: "", optionalData2: "" },
  TD2: { optionalData: "" },
  TD3: { optionalData: "" },
};

/** An MRZ whose names are given without fillers. */
function mrzOf(format: Format, change: Readonly<Record<string, string>> & { readonly names?: string } = {}): Mrz {
  const names = (change.names ?? "AHMADI<<SARA").padEnd(nameFieldWidth(format), "<");
  const plain = {
    format,
    documentCode: format === "TD3" ? "P" : "I",
    issuingState: "UTO",
    documentNumber: "C01X00047",
    dateOfBirth: "910420",
    sex: "F",
    dateOfExpiry: "361104",
    nationality: "UTO",
    ...OPTIONAL[format],
  };
  return { ...plain, ...change, names } as unknown as Mrz;
}

interface Given {
  readonly mrz?: Mrz;
  readonly dg11?: Dg11 | Uint8Array;
  readonly dg12?: Dg12 | Uint8Array;
  readonly others?: Readonly<Record<string, Uint8Array>>;
  readonly printed?: PrintedData;
  readonly at?: Date;
}

/** The checks of a card without a security object, by id. */
function judge({ mrz, dg11: person, dg12: document, others, printed, at = AT }: Given): (id: string) => Check {
  const file = <T>(value: T | Uint8Array, encode: (value: T) => Uint8Array) =>
    value instanceof Uint8Array ? value : encode(value);
  const card: CardFiles = {
    files: {
      ...others,
      ...(mrz && { "EF.DG1": encodeFile(dg1, { mrz: encodeMrz(mrz) }) }),
      ...(person && { "EF.DG11": file(person, (value) => encodeFile(dg11, value)) }),
      ...(document && { "EF.DG12": file(document, (value) => encodeFile(dg12, value)) }),
    },
    evidence: { accessControl: "BAC", notGiven: [], notAsked: [] },
  };
  const { checks } = validateCard(card, { at, ...(printed && { printed }) });
  return (id) => {
    const found = checks.filter((check) => check.id === id);
    expect(found).toHaveLength(1);
    return found[0] as Check;
  };
}

/** An entry of the evidence. */
const noteOf = (
  { evidence }: { readonly evidence?: Check["evidence"] | undefined },
  name: string,
): string | undefined => evidence?.[name];

const FORMATS: readonly Format[] = ["TD1", "TD2", "TD3"];

describe("names of DG1 and DG11", () => {
  const nameCheck = (names: string, dg11: Dg11, format: Format = "TD3") =>
    judge({ mrz: mrzOf(format, { names }), dg11 })("dg11.name");

  it.each([
    ["MULLER<<JOERG", "Müller<<Jörg", "failed"],
    ["MUELLER<<JOERG", "Müller<<Jörg", "passed"],
    ["MULLER<<JORG", "Müller<<Jörg", "passed"],
    ["MUXXLLER<<JOERG", "Müller<<Jörg", "passed"],
    ["PENXXA<<ANA", "Peña<<Ana", "passed"],
    ["DARTAGNAN<<MARIE<ELISE", "D’Artagnan<<Marie-Élise", "passed"],
    ["AHMADI<<SARA", "Ahmadi<<Sarah", "failed"],
    ["AHMADI<<SARA", "Sara Ahmadi", "passed"],
    ["AHMADI<<SARA", "AHMADI, SARA", "passed"],
    ["AHMADI<<SARA", "Ahmadi Sara Maryam", "failed"],
    ["ARKFREITH", "Arkfreith", "passed"],
  ])("%s and %s: %s", (field, fullName, status) => {
    const check = nameCheck(field, { fullName });
    expect(check.status).toBe(status);
    expect(check.evidence).toMatchObject({ dg1: field, dg11: fullName });
  });

  it.each(FORMATS)("%s: national script passes when the tables give the name, and says how", (format) => {
    const { components: family } = mrzName("احمدی");
    const { components: given } = mrzName("سارا");
    const check = nameCheck(`${family.join("<")}<<${given.join("<")}`, { fullName: "احمدی<<سارا" }, format);
    expect(check).toMatchObject({ status: "passed", evidence: { dg11: "احمدی<<سارا" } });
    expect(noteOf(check, "NAME_TRANSLITERATED")).toContain("س → S");
  });

  it.each([
    ["KHARCHENKO<<YURII", "Харченко<<Юрій"], // Ukrainian: Ю at the beginning is YU, Й is I
    ["HRISTOV<<ILIA", "Христов<<Илиа"], // Serbian: Х is H
    ["KRISTOV<<ILIA", "Христов<<Илиа", "warning"],
  ])("%s and %s in a Cyrillic language", (field, fullName, status = "passed") => {
    expect(nameCheck(field, { fullName }).status).toBe(status);
  });

  it("another spelling than the tables' is for a person to compare", () => {
    const check = nameCheck("AHMADI<<SARA", { fullName: "احمدی<<سارا" });
    expect(check.status).toBe("warning");
    expect(check.evidence).toMatchObject({ dg1: "AHMADI<<SARA", dg11: "احمدی<<سارا" });
    expect(noteOf(check, "transliterated")).toMatch(/^[A-Z]+<<[A-Z]+$/);
  });

  it("a name in Latin letters decides, wherever it stands", () => {
    const persian = "احمدی<<سارا";
    expect(nameCheck("AHMADI<<SARA", { fullName: persian, otherNames: ["Ahmadi<<Sara"] }).status).toBe("passed");
    expect(nameCheck("AHMADI<<SARA", { fullName: persian, otherNames: ["Rahimi<<Sara"] })).toMatchObject({
      status: "failed",
      evidence: { dg1: "AHMADI<<SARA", dg11: "Rahimi<<Sara" },
    });
  });

  it("a script without a table, or no name, is not compared", () => {
    expect(nameCheck("YAMADA<<HANAKO", { fullName: "山田<<花子" })).toMatchObject({
      status: "notChecked",
      evidence: { dg11: "山田<<花子" },
    });
    expect(nameCheck("AHMADI<<SARA", { profession: "x" }).status).toBe("notChecked");
  });

  it.each(FORMATS)("%s: a name that was cut passes, with what was cut", (format) => {
    const width = nameFieldWidth(format);
    const primary = ["NILAVADHANANANDA"];
    const secondary = ["CHAYAPA", "DEJTHAMRONG", "KRASUANG", "PRASERT"];
    const { text, truncated } = buildNameField(primary, secondary, width);
    expect(truncated).toBeDefined();
    const checks = judge({
      mrz: mrzOf(format, { names: text }),
      dg11: { fullName: [primary.join("<"), secondary.join("<")].join("<<") },
    });
    expect(checks("dg11.name").status).toBe("passed");
    expect(noteOf(checks("dg11.name"), "NAME_TRUNCATED")).toMatch(
      /^NILAVADHANANANDA, CHAYAPA DEJTHAMRONG KRASUANG PRASERT was cut to /,
    );
    expect(checks("dg1.mrz")).toMatchObject({
      status: "passed",
      evidence: { NAME_TRUNCATED: expect.stringContaining(text) },
    });
    const other = judge({ mrz: mrzOf(format, { names: text }), dg11: { fullName: "Nilavadhanananda<<Dejthamrong" } });
    expect(other("dg11.name").status).toBe("failed");
    expect(judge({ mrz: mrzOf(format) })("dg1.mrz").evidence).toBeUndefined();
  });
});

describe("the personal number of DG11", () => {
  const numberCheck = (format: Format, change: Readonly<Record<string, string>>, personalNumber: string) =>
    judge({ mrz: mrzOf(format, change), dg11: { personalNumber } })("dg11.personalNumber");

  it.each([
    ["TD1", { optionalData1: "0499370899" }, "0499370899", "passed", "optionalData1"],
    ["TD1", { optionalData2: "0499370899" }, "049-937089-9", "passed", "optionalData2"],
    ["TD1", { optionalData1: "A<0499370899" }, "0499370899", "passed", "optionalData1"],
    ["TD2", { optionalData: "1234567" }, "1234567", "passed", "optionalData"],
    ["TD3", { optionalData: "0499370899" }, "۰۴۹۹۳۷۰۸۹۹", "passed", "optionalData"],
    ["TD3", { optionalData: "12345678901234" }, "1234567890123456", "passed", "optionalData"],
    ["TD3", {}, "c01x00047", "passed", "documentNumber"],
    ["TD3", { optionalData: "ZE184226B" }, "0499370899", "warning", undefined],
    ["TD2", { optionalData: "1234567" }, "12345678", "warning", undefined],
    ["TD1", {}, "0499370899", "notChecked", undefined],
    ["TD1", { optionalData1: "1" }, "-", "notChecked", undefined],
  ] as const)("%s with %j and %s: %s", (format, change, number, status, place) => {
    const check = numberCheck(format, change, number);
    expect([check.status, noteOf(check, "place")]).toEqual([status, place]);
    if (status !== "notChecked") {
      expect(noteOf(check, "dg11")).toBe(number);
      expect(noteOf(check, "dg1")).toBeTruthy();
    }
  });
});

describe("dates", () => {
  const dates = (id: string, given: Given) => {
    const { status, evidence, message } = judge({ mrz: mrzOf("TD1"), ...given })(`dates.${id}`);
    return { status, evidence, message };
  };

  it.each([
    ["of the MRZ alone", {}, "passed"],
    ["of DG11", { dg11: { dateOfBirth: "19910420" } }, "passed"],
    ["unknown in part", { dg11: { dateOfBirth: "19910000" } }, "passed"],
    ["unknown", { dg11: { dateOfBirth: "00000000" } }, "passed"],
    ["of February 30", { dg11: { dateOfBirth: "19910230" } }, "failed"],
    ["of 29 February in a common year", { dg11: { dateOfBirth: "19000229" } }, "failed"],
    ["of month 13", { dg11: { dateOfBirth: "19911301" } }, "failed"],
    ["after the inspection", { dg11: { dateOfBirth: "20261127" } }, "failed"],
    ["on the day of issue", { dg11: { dateOfBirth: "20261104" }, dg12: { dateOfIssue: "20261104" } }, "passed"],
    ["after the issue", { dg11: { dateOfBirth: "20261105" }, dg12: { dateOfIssue: "20261104" } }, "failed"],
    [
      "of the MRZ after the issue",
      { mrz: mrzOf("TD3", { dateOfBirth: "261105" }), dg12: { dateOfIssue: "20261104" } },
      "failed",
    ],
    ["unknown in the MRZ", { mrz: mrzOf("TD2", { dateOfBirth: "<<<<<<" }) }, "passed"],
    ["in no century", { mrz: mrzOf("TD1", { dateOfBirth: "000229" }), at: new Date("1999-01-01T00:00:00Z") }, "failed"],
  ] as const)("birth %s", (_, given, status) => {
    expect(dates("birth", given)).toMatchObject({ status });
  });

  it("birth names both values", () => {
    const given = { dg11: { dateOfBirth: "20261105" }, dg12: { dateOfIssue: "20261104" } };
    expect(dates("birth", given).evidence).toEqual({ dateOfBirth: "2026-11-05", dateOfIssue: "2026-11-04" });
    expect(judge({})("dates.birth").status).toBe("notChecked");
  });

  it.each([
    ["20261104", "passed"],
    ["20261127", "failed"],
    ["20261399", "failed"],
    ["20260229", "failed"],
  ])("issue on %s: %s", (dateOfIssue, status) => {
    expect(dates("issue", { dg12: { dateOfIssue } }).status).toBe(status);
  });

  it("issue and expiry stand together in the evidence", () => {
    const given = { dg12: { dateOfIssue: "20361105" }, at: new Date("2036-11-04T22:00:00Z") };
    expect(dates("issue", given)).toMatchObject({
      status: "failed",
      evidence: { dateOfIssue: "2036-11-05", dateOfExpiry: "2036-11-04" },
    });
  });

  it.each([
    ["20261104120000", "passed"],
    ["20261104235959", "passed"],
    ["20261104240000", "failed"],
    ["20261104126000", "failed"],
    ["20261131120000", "failed"],
    ["20261127120000", "failed"],
  ])("personalization at %s: %s", (personalizationTime, status) => {
    expect(dates("personalization", { dg12: { personalizationTime } }).status).toBe(status);
  });

  it("in BCD are read by name, and judged like others", () => {
    const bcd = (tag: number, list: string, value: string) =>
      encodeTlv(0x6c, encodeTlv(0x5c, fromHex(list)), encodeTlv(tag, fromHex(value)));
    const issued = judge({ mrz: mrzOf("TD1"), dg12: bcd(0x5f26, "5F26", "20261104") });
    expect(issued("parse.EF.DG12")).toMatchObject({ status: "warning", evidence: { BCD_DATE: expect.any(String) } });
    expect(issued("dates.issue")).toMatchObject({ status: "passed", evidence: { dateOfIssue: "2026-11-04" } });
    const wrong = judge({ mrz: mrzOf("TD1"), dg12: bcd(0x5f26, "5F26", "20263104") });
    expect(wrong("dates.issue").status).toBe("failed");
    const made = judge({ mrz: mrzOf("TD1"), dg12: bcd(0x5f55, "5F55", "20261104120000") });
    expect(made("dates.personalization").status).toBe("passed");
  });
});

describe("the printed document", () => {
  const LINES: Readonly<Record<string, RegExp>> = { TD1: /.{30}/g, TD2: /.{36}/g, TD3: /.{44}/g };
  const lines = (mrz: Mrz) => encodeMrz(mrz).replace(LINES[mrz.format] as RegExp, "$&\n");
  const printed = (id: string, of: PrintedData, given: Given = {}) => {
    const { status, evidence } = judge({ mrz: mrzOf("TD1"), ...given, printed: of })(id);
    return { status, evidence };
  };

  it.each(FORMATS)("%s: its MRZ is the chip's", (format) => {
    const mrz = mrzOf(format);
    expect(printed("dg1.printed", { mrz: lines(mrz) }, { mrz })).toEqual({ status: "passed", evidence: undefined });
    const other = printed("dg1.printed", { mrz: lines(mrzOf(format, { dateOfExpiry: "361105" })) }, { mrz });
    expect(other).toMatchObject({ status: "failed", evidence: { dg1: encodeMrz(mrz), differ: "dateOfExpiry" } });
  });

  it("lines of an OCR reader are read by name only", () => {
    const seen = lines(mrzOf("TD1")).toLowerCase().replace("910420", "9l0420".toUpperCase().replace("L", "I"));
    const mrzTolerate = ["LOWER_CASE", "LETTER_AS_DIGIT"] as const;
    const check = printed("dg1.printed", { mrz: seen, mrzTolerate });
    expect(check.status).toBe("passed");
    expect(Object.keys(check.evidence ?? {})).toEqual(["LOWER_CASE", "LETTER_AS_DIGIT"]);
    expect(printed("dg1.printed", { mrz: seen }).status).toBe("failed");
    const unreadable = printed("dg1.printed", { mrz: seen.slice(9), mrzTolerate });
    expect(unreadable.status).toBe("notChecked");
    expect(() => printed("dg1.printed", { mrz: seen, mrzTolerate: ["GUESS" as never] })).toThrow(RangeError);
  });

  it.each([
    ["documentNumber", { documentNumber: "c01x-00047" }, {}, "passed"],
    ["documentNumber", { documentNumber: "C01X00048" }, {}, "failed"],
    ["dateOfBirth", { dateOfBirth: "910420" }, {}, "passed"],
    ["dateOfBirth", { dateOfBirth: "19910420" }, { dg11: { dateOfBirth: "19910420" } }, "passed"],
    ["dateOfBirth", { dateOfBirth: "18910420" }, { dg11: { dateOfBirth: "19910420" } }, "failed"],
    ["dateOfBirth", { dateOfBirth: "19910421" }, {}, "failed"],
    ["dateOfExpiry", { dateOfExpiry: "20361104" }, {}, "passed"],
    ["dateOfExpiry", { dateOfExpiry: "371104" }, {}, "failed"],
    ["personalNumber", { personalNumber: "049 937089 9" }, { dg11: { personalNumber: "0499370899" } }, "passed"],
    ["personalNumber", { personalNumber: "0499370898" }, { dg11: { personalNumber: "0499370899" } }, "failed"],
    ["personalNumber", { personalNumber: "0499370898" }, {}, "notChecked"],
    ["name", { fullName: "AHMADI, Sara" }, {}, "passed"],
    ["name", { fullName: "Ahmadi<<Sara" }, {}, "passed"],
    ["name", { fullName: "Rahimi<<Sara" }, {}, "failed"],
    ["name", { fullName: "احمدی سارا" }, { dg11: { fullName: "احمدی<<سارا" } }, "passed"],
    ["name", { fullName: "رحیمی<<سارا" }, { dg11: { fullName: "احمدی<<سارا" } }, "warning"],
  ] as const)("%s: %j", (name, of, given, status) => {
    const check = printed(`printed.${name}`, of, given);
    expect(check.status).toBe(status);
    if (status === "passed" || status === "failed") {
      expect(noteOf(check, "printed")).toBe(Object.values(of)[0]);
      expect(noteOf(check, "dg1") ?? noteOf(check, "dg11")).toBeTruthy();
    }
  });

  it("without an MRZ of the chip leaves DG11 to compare with", () => {
    const check = (fullName: string) =>
      judge({ dg11: { fullName: "Ahmadi<<Sara" }, printed: { fullName } })("printed.name");
    expect(check("Ahmadi Sara").status).toBe("passed");
    expect(check("Rahimi<<Sara").status).toBe("failed");
    expect(check("احمدی").status).toBe("notChecked");
  });

  it("must be given with dates that can be", () => {
    for (const dateOfBirth of ["1991-04-20", "9104", ""]) {
      expect(() => printed("printed.dateOfBirth", { dateOfBirth })).toThrow(RangeError);
    }
  });
});

describe("images beside the portrait", () => {
  it("are looked at where there are such, with the file in the path", () => {
    const image = readVector("jpeg/grey-9x7.jpg");
    const png = readVector("biometric/drawn-24x18.png");
    const check = judge({
      dg11: { proofOfCitizenship: image },
      dg12: { frontImage: image, rearImage: png },
      others: { "EF.DG7": encodeFile(dg7, [image]), "EF.DG5": utf8("??") },
    });
    expect(check("dg11.image")).toMatchObject({ status: "passed", path: "EF.DG11" });
    expect(check("dg12.image")).toMatchObject({ status: "warning", evidence: { field: "format", found: "PNG" } });
    expect(check("dg7.image")).toMatchObject({ status: "passed", path: "EF.DG7" });
    expect(() => check("dg5.image")).toThrow();
    expect(check("parse.EF.DG5").status).toBe("failed");
  });
});
