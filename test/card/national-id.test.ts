import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/bytes.js";
import { isMet } from "../../src/card/access-rule.js";
import { encodeFileControl, parseFileControl } from "../../src/card/file-control.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import {
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  NATIONAL_FILES,
} from "../../src/card/profiles/national-id/files.js";
import { NATIONAL_ID_OIDS, nationalId, nationalIdProfile } from "../../src/card/profiles/national-id/profile.js";
import { EncodeError } from "../../src/errors.js";
import { arbitraryOf } from "../../src/testing/arbitrary.js";
import { parseTlv } from "../../src/tlv/ber.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { damaged, encodeAny, holdsStrictly, malformed, parseAny } from "../property/strict.js";
import { APPLICATION } from "../support/national.js";

const PROFILES = [emrtd, nationalId, nationalIdProfile({ bac: true })];

describe.each(NATIONAL_FILES.map((file) => [file.name, file] as const))("%s", (_, file) => {
  const values = arbitraryOf(file);

  it("reads what it wrote, and refuses every truncation", () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = encodeAny(file, value);
        expect(parseAny(file, bytes)).toEqual(value);
        expect(holdsStrictly(file, bytes.slice(0, cut % bytes.length))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a value or a MalformedError for damaged files and for anything", () => {
    let tried = 0;
    let refused = 0;
    for (const value of fc.sample(values, { numRuns: 3, seed: 1 })) {
      for (const bytes of damaged(encodeAny(file, value))) {
        tried++;
        if (!holdsStrictly(file, bytes)) refused++;
      }
    }
    expect(tried).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        holdsStrictly(file, bytes);
      }),
    );
  });
});

describe("files of the national identity application", () => {
  it("lie where the table has them", () => {
    const places = NATIONAL_FILES.map(({ name, fid, sfi, tag }) => [name, fid, sfi, tag]);
    expect(places).toEqual([
      ["EF.CardInfo", 0x0203, 3, 0xe3],
      ["EF.Holder", 0x0204, 4, 0xe4],
      ["EF.PersonalInfo1", 0x0201, 1, 0xe1],
      ["EF.PersonalInfo2", 0x0202, 2, 0xe2],
      ["EF.Dates", 0x0303, 6, 0xe6],
      ["EF.Fingers", 0x0302, 7, 0xe5],
      ["EF.SOD1", 0x0205, 5, 0x77],
      ["EF.SOD2", 0x0206, 8, 0x77],
    ]);
  });

  it("are coded as the table says, by hand here", () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const ascii = (text: string) => hex(utf8(text));
    expect(hex(encodeFile(efDates, { issue: { date: "20261104" }, expiry: { date: "20361104" } }))).toBe(
      `e61ab20b5f2608${ascii("20261104")}b30b5f2408${ascii("20361104")}`,
    );
    expect(
      hex(
        encodeFile(efFingers, [
          { position: 2, status: 1 },
          { position: 7, status: 2 },
        ]),
      ),
    ).toBe("e514" + "e708df600102df610101" + "e708df600107df610102");
    expect(hex(encodeFile(efHolder, { chipSerial: new Uint8Array(8).fill(0xaa), nationalNumber: "0076229645" }))).toBe(
      `e418df5008aaaaaaaaaaaaaaaadf510a${ascii("0076229645")}`,
    );
    const address = { province: "ا", county: "b", city: "c", plate: "1" };
    const info = { updateCounter: 0x01020304, timeOfUpdate: "20261125090000", postalCode: "1939614733", address };
    const parts = "df3002d8a7" + "df310162" + "df320163" + "df360131";
    expect(hex(encodeFile(efPersonalInfo2, info))).toBe(
      `e238df200401020304df210e${ascii("20261125090000")}df220a${ascii("1939614733")}e011${parts}`,
    );
    for (const node of parseTlv(encodeFile(efPersonalInfo2, info)).children) {
      // Private class: the two upper bits of the first byte.
      expect(Number(`0x${node.tag.toString(16).slice(0, 2)}`) >> 6).toBe(3);
    }
  });

  it("refuse what their fields cannot hold, with the path", () => {
    const info = {
      updateCounter: 1,
      timeOfUpdate: "20261125090000",
      postalCode: "1939614733",
      address: { province: "a", county: "b", city: "c" },
    };
    const refusal = (change: object) => () => encodeFile(efPersonalInfo2, { ...info, ...change });
    for (const [change, path] of [
      [{ updateCounter: 2 ** 32 }, "updateCounter"],
      [{ updateCounter: -1 }, "updateCounter"],
      [{ timeOfUpdate: "2026112509000" }, "timeOfUpdate"],
      [{ timeOfUpdate: "20261125240000" }, "timeOfUpdate"],
      [{ timeOfUpdate: "20260229090000" }, "timeOfUpdate"],
      [{ postalCode: "۱۹۳۹۶۱۴۷۳۳" }, "postalCode"],
      [{ householdId: "1".repeat(21) }, "householdId"],
      [{ address: { ...info.address, plate: "1".repeat(21) } }, "address.plate"],
      [{ address: { ...info.address, city: "" } }, "address.city"],
    ] as const) {
      expect(refusal(change)).toThrow(EncodeError);
      expect(refusal(change)).toThrow(`EF.PersonalInfo2.${path}`);
    }
    // A counter of five bytes, on the card.
    const good = encodeFile(efPersonalInfo2, info);
    const longer = Uint8Array.of(0xe2, (good[1] as number) + 1, 0xdf, 0x20, 5, 0, ...good.slice(5));
    expect(malformed(() => parseFile(efPersonalInfo2, longer))).toMatchObject({
      path: "EF.PersonalInfo2.updateCounter",
    });
    const person = { nationalNumber: "0076229645", givenNames: "a", familyName: "b", dateOfBirth: "19910420" };
    expect(() => encodeFile(efPersonalInfo1, { ...person, placeOfBirth: "c", sex: "3" })).toThrow(
      "EF.PersonalInfo1.sex",
    );
    expect(() => encodeFile(efHolder, { chipSerial: new Uint8Array(17), nationalNumber: "0076229645" })).toThrow(
      "17 bytes",
    );
    expect(() => encodeFile(efFingers, [{ position: 1, status: 0 }])).toThrow("1 entries");
  });
});

describe("dates of the national files", () => {
  const birth = (dateOfBirth: string) => ({
    nationalNumber: "0076229645",
    givenNames: "a",
    familyName: "b",
    dateOfBirth,
    placeOfBirth: "c",
    sex: "1",
  });
  const good = encodeFile(efPersonalInfo1, birth("20240229"));

  it.each(["20230229", "19000229", "20240230", "20241301", "20240001", "20240100", "20240132", "20240431", "99999999"])(
    "%s is no day, neither to write nor to read",
    (day) => {
      expect(() => encodeFile(efPersonalInfo1, birth(day))).toThrow(/EF\.PersonalInfo1\.dateOfBirth.*is no day/);
      const at = Buffer.from(good).indexOf("20240229");
      const bytes = good.slice();
      bytes.set(utf8(day), at);
      expect(malformed(() => parseFile(efPersonalInfo1, bytes))).toMatchObject({
        code: "BAD_VALUE",
        path: "EF.PersonalInfo1.dateOfBirth",
        offset: at,
      });
      for (const [issue, expiry] of [
        [day, "20361104"],
        ["20261104", day],
      ] as const) {
        expect(() => encodeFile(efDates, { issue: { date: issue }, expiry: { date: expiry } })).toThrow(EncodeError);
      }
    },
  );

  it("agree with the calendar of the language on every eight digits tried", () => {
    const two = fc.integer({ min: 0, max: 39 }).map((part) => String(part).padStart(2, "0"));
    const year = fc.integer({ min: 1, max: 9999 }).map((part) => String(part).padStart(4, "0"));
    fc.assert(
      fc.property(year, two, two, (y, m, d) => {
        const date = new Date(`${y}-${m}-${d}T00:00:00Z`);
        const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${y}-${m}-${d}`);
        const encode = () => encodeFile(efPersonalInfo1, birth(y + m + d));
        if (real) expect(encode).not.toThrow();
        else expect(encode).toThrow(EncodeError);
      }),
      {
        numRuns: 2000,
        examples: [
          ["2000", "02", "29"],
          ["1900", "02", "29"],
          ["2024", "02", "30"],
        ],
      },
    );
  });
});

describe.each(PROFILES.map((profile) => [profile.id, profile] as const))("profile %s", (_, profile) => {
  it("has each FID and SFI once within its DF, each AID and module once", () => {
    const folders = [...profile.applications.map(({ files }) => files), profile.masterFile ?? []];
    for (const files of folders) {
      for (const key of ["fid", "sfi", "name", "dgi"] as const) {
        const all = files.map((file) => file[key]);
        expect(new Set(all).size).toBe(all.length);
      }
      for (const { sfi } of files) expect(sfi >= 1 && sfi <= 30).toBe(true);
    }
    for (const of of [({ aid }) => aid, ({ install }) => install.module] as ((
      a: (typeof profile.applications)[number],
    ) => Uint8Array)[]) {
      expect(new Set(profile.applications.map((each) => of(each).join())).size).toBe(profile.applications.length);
    }
  });

  it("states security objects over files that it has, and where it declares them they lie there", () => {
    for (const { files, securityObjects = [], declarations = [], updateCounter } of profile.applications) {
      const names = [...files, ...(profile.masterFile ?? [])].map(({ name }) => name);
      for (const { file, hashes } of securityObjects) {
        expect(names).toContain(file);
        for (const row of hashes) expect(names).toContain(row.file);
        const numbers = hashes.map(({ number }) => number);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }
      for (const { name, fid, sfi } of declarations)
        expect(files).toContainEqual(expect.objectContaining({ name, fid, sfi }));
      if (updateCounter !== undefined) expect(names).toContain(updateCounter.file);
    }
  });

  it("has rules that a chip can be told", () => {
    for (const { files } of profile.applications) {
      for (const { fid, sfi, read, update } of files) {
        const parameters = { size: 1, fid, sfi, access: { read, update } };
        expect(parseFileControl(encodeFileControl(parameters))).toEqual(parameters);
      }
    }
  });
});

describe("access to the national identity application", () => {
  const rule = (name: string, of: "read" | "update") => {
    const file = APPLICATION.files.find((candidate) => candidate.name === name);
    if (file === undefined) throw new Error(name);
    return file[of];
  };
  const STATES = {
    nobody: [[], {}],
    pace: [["PACE"], {}],
    pin: [["PACE"], { pins: ["identity"] }],
    pinInTheClear: [[], { pins: ["identity"] }],
    dg4: [["PACE"], { rights: ["authentication.readDg4"] }],
    dg17: [["PACE"], { rights: ["authentication.readDg17"] }],
    dg3: [["PACE"], { rights: ["authentication.readDg3"] }],
    write: [["PACE"], { rights: ["authentication.writeDg17"] }],
    bac: [["BAC"], { pins: ["identity"], rights: ["authentication.writeDg17"] }],
  } as const;
  it.each<[string, "read" | "update", readonly (keyof typeof STATES)[]]>([
    ["EF.CardInfo", "read", ["nobody", "pace", "pin", "pinInTheClear", "dg4", "dg17", "dg3", "write", "bac"]],
    ["EF.Holder", "read", ["pace", "pin", "dg4", "dg17", "dg3", "write"]],
    ["EF.PersonalInfo1", "read", ["pin", "dg4"]],
    ["EF.PersonalInfo2", "read", ["pin", "dg17"]],
    ["EF.Dates", "read", ["pace", "pin", "dg4", "dg17", "dg3", "write"]],
    ["EF.Fingers", "read", ["dg3"]],
    ["EF.SOD1", "read", ["pin", "dg4"]],
    ["EF.SOD2", "read", ["pin", "dg17"]],
    ["EF.PersonalInfo2", "update", ["write"]],
    ["EF.SOD2", "update", ["write"]],
    ["EF.PersonalInfo1", "update", []],
    ["EF.SOD1", "update", []],
  ])("%s, %s: %j", (name, of, who) => {
    const met = Object.entries(STATES).filter(([, [sessions, shown]]) => isMet(rule(name, of), sessions, shown));
    expect(met.map(([state]) => state)).toEqual(who);
  });

  it("BAC opens the travel document only when the issuer says so, and never the fingers", () => {
    const opened = (profile: typeof nationalId) =>
      profile.applications.flatMap(({ files }) => files.filter(({ read }) => isMet(read, ["BAC"]) && !isMet(read, [])));
    expect(opened(nationalId)).toEqual([]);
    const names = opened(nationalIdProfile({ bac: true })).map(({ name }) => name);
    expect(names).toContain("EF.DG2");
    expect(names).not.toContain("EF.DG3");
    expect(names).not.toContain("EF.Holder");
  });

  it("object identifiers are below 2.25, all different", () => {
    const all = Object.values(NATIONAL_ID_OIDS);
    expect(new Set(all).size).toBe(4);
    for (const oid of all) expect(oid).toMatch(/^2\.25\.\d{30,39}\.[12]\.[12]$/);
  });
});
