import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { faceRecord } from "../../src/biometric/face.js";
import { encodeIso39794Finger, parseIso39794Finger } from "../../src/biometric/iso39794/finger.js";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { hash, hashByOid } from "../../src/crypto/hash.js";
import { checkFingersAndIrises, checkPortrait } from "../../src/inspect/portrait.js";
import { CheckList } from "../../src/inspect/report.js";
import { LDS_FILES, MF_FILES } from "../../src/lds/data-groups.js";
import { dg1 } from "../../src/lds/dg1.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg3 } from "../../src/lds/dg3.js";
import { dg4 } from "../../src/lds/dg4.js";
import { dg11 } from "../../src/lds/dg11.js";
import { efDir } from "../../src/lds/dir.js";
import { parseMrz } from "../../src/lds/mrz.js";
import { efSod, type LdsSecurityObject, ldsSecurityObject } from "../../src/lds/security-object.js";
import { encodeUntagged, parseUntagged } from "../../src/lds/untagged.js";
import { encodeTlv, parseTlv, type TlvNode } from "../../src/tlv/ber.js";
import { type DataFile, encodeFile, parseFile, parseObject } from "../../src/tlv/file.js";
import { ALL_TOLERANCES, type ToleranceCode } from "../../src/tlv/tolerances.js";
import { parseFileTolerantly } from "../../src/tlv/tolerant.js";
import { readVectors } from "../crypto/vectors.js";
import { malformed, readVector } from "../property/strict.js";

interface Row {
  /** File under test/vectors/lds, with what of it. */
  readonly what: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What strict reading asks for otherwise, in order; none for a file that is written back byte for byte. */
  readonly needs: readonly ToleranceCode[];
}

const row = (what: string, name: string, needs: readonly ToleranceCode[] = [], bytes = readVector(`lds/${what}`)) => ({
  what,
  name,
  bytes,
  needs,
});

interface ProfileFile {
  readonly fid: string;
  readonly content: string;
  readonly end_of_application?: string;
}
const profile = readVectors<{ mrz: string; files_in_order: readonly ProfileFile[] }>("lds/german-eid-profile01.json");
/** Files of one application of the German card image; in the image they stand before its end. */
function application(aid: string): readonly ProfileFile[] {
  const all = profile.files_in_order;
  const end = all.findIndex((file) => file.end_of_application === aid);
  const before = all.slice(0, end).findLastIndex((file) => file.end_of_application !== undefined);
  return all.slice(before + 1, end);
}
const EID = application("E80704007F00070302");
const TRAVEL = application("A0000002471001");
const MASTER = application("A0000002471003");
const contentOf = (files: readonly ProfileFile[], fid: string) =>
  fromHex(files.find((file) => file.fid === fid)?.content ?? "");

interface Reference {
  readonly sod: string;
  readonly data_groups: Readonly<Record<"dg1" | "dg14" | "dg15", string>>;
  readonly dg_hashes: Readonly<Record<string, string>>;
  readonly dg_matches_sod: Readonly<Record<"dg1" | "dg14" | "dg15", boolean>>;
}
const reference = readVectors<Reference>("lds/sod-bsi-reference.json");
const small = readVectors<Record<"com" | "dg1" | "dg11" | "dg16", string[]>>("lds/small-files-gmrtd.json");
const appA = readVectors<{ ef_com: { hex: string }[] }>("lds/icao-9303-10-app-A.json");
const pymrtd = readVectors<{ dg1: string[] }>("lds/dg1-pymrtd.json");
const modified = readVectors<{ vectors: { sod: string }[] }>("lds/sod-modified-pymrtd.json");

const inJson = (file: string, name: string, hex: readonly string[], needs: readonly ToleranceCode[] = []) =>
  hex.map((one, i) => row(`${file}#${i}`, name, needs, fromHex(one)));

/** Every file of the collection that one declaration describes, and why a strict reader refuses it. */
const ROWS: readonly Row[] = [
  row("bsi-silver/DG1.bin", "EF.DG1"),
  row("bsi-silver/DG14.bin", "EF.DG14", ["SET_ORDER"]),
  row("bsi-silver/DG15.bin", "EF.DG15"),
  row("bsi-silver/DG2.bin", "EF.DG2"),
  row("bsi-silver/DG4.bin", "EF.DG4"),
  row("bsi-silver/EF.COM.bin", "EF.COM"),
  row("bsi-silver/EF.SOD.bin", "EF.SOD"),
  row("cardaccess/ef_cardaccess_new_testcard.bin", "EF.CardAccess", ["TRAILING_BYTES"]),
  row("cardaccess/ef_cardaccess_old_testcard.bin", "EF.CardAccess"),
  row("cardaccess/ef_cardaccess_slowenia.bin", "EF.CardAccess", ["SET_ORDER", "TRAILING_BYTES"]),
  row("cardsecurity-jmrtd.bin", "EF.CardSecurity"),
  row("gmrtd-sample/DG1.bin", "EF.DG1"),
  row("gmrtd-sample/DG11.bin", "EF.DG11"),
  row("gmrtd-sample/DG12.bin", "EF.DG12"),
  row("gmrtd-sample/DG14.bin", "EF.DG14", ["SET_ORDER"]),
  row("gmrtd-sample/DG16.bin", "EF.DG16"),
  row("iso39794/dg2_silver_mandatory_fields.bin", "EF.DG2"),
  row("npa-ecdh/ef_cardaccess.bin", "EF.CardAccess"),
  row("npa-ecdh/ef_cardsecurity.bin", "EF.CardSecurity"),
  row("tsemrtd/DG11.bin", "EF.DG11", ["TAG_LIST", "BCD_DATE"]),
  row("tsemrtd/DG7.bin", "EF.DG7"),
  ...inJson(
    "icao-9303-10-app-A.json",
    "EF.COM",
    appA.ef_com.map(({ hex }) => hex),
  ),
  ...inJson("dg1-pymrtd.json", "EF.DG1", pymrtd.dg1),
  ...inJson("small-files-gmrtd.json", "EF.COM", small.com),
  ...inJson("small-files-gmrtd.json", "EF.DG1", small.dg1),
  ...inJson("small-files-gmrtd.json", "EF.DG11", small.dg11),
  ...inJson("small-files-gmrtd.json", "EF.DG16", small.dg16),
  ...inJson(
    "sod-modified-pymrtd.json",
    "EF.SOD",
    modified.vectors.map(({ sod }) => sod),
  ),
  ...inJson("sod-bsi-reference.json", "EF.SOD", [reference.sod]),
  ...inJson("sod-bsi-reference.json", "EF.DG1", [reference.data_groups.dg1]),
  ...inJson("sod-bsi-reference.json", "EF.DG14", [reference.data_groups.dg14], ["SET_ORDER"]),
  ...inJson("sod-bsi-reference.json", "EF.DG15", [reference.data_groups.dg15]),
  ...["0101", "0102", "0103", "0104"].map((fid) =>
    row(`german-eid-profile01.json#${fid}`, `EF.DG${Number(fid) - 100}`, [], contentOf(TRAVEL, fid)),
  ),
  row("german-eid-profile01.json#SOD", "EF.SOD", [], contentOf(TRAVEL, "011D")),
  row("german-eid-profile01.json#CardAccess", "EF.CardAccess", ["SET_ORDER"], contentOf(MASTER, "011C")),
  row("german-eid-profile01.json#CardSecurity", "EF.CardSecurity", [], contentOf(MASTER, "011D")),
  row("german-eid-profile01.json#ChipSecurity", "EF.CardSecurity", [], contentOf(MASTER, "011B")),
];

/** What the table above does not hold, and the test that reads it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "images/silver.jp2": "a portrait alone: below, and test/biometric/image-headers.test.ts",
  "iso19794/face-ok.bin": "a face record alone: below, and test/biometric/face.test.ts",
  "iso39794/sample-39794-4-ed-1-v1.der": "a finger block alone: below, and test/biometric/iso39794.test.ts",
  "lds2-reading.json": "commands and answers: test/lds/lds2.test.ts",
};

const declared = (name: string): DataFile<unknown> => {
  const found = [...LDS_FILES, ...MF_FILES].find((file) => file.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found as unknown as DataFile<unknown>;
};

describe("the collection of files", () => {
  it("is here as a whole", () => {
    const folder = new URL("../vectors/lds/", import.meta.url);
    const present = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => `${item.parentPath}/${item.name}`.replace(/^.*\/vectors\/lds\/+/, ""));
    const named = new Set([...ROWS.map(({ what }) => what.replace(/#.*/, "")), ...Object.keys(ELSEWHERE)]);
    expect(present.filter((file) => !named.has(file))).toEqual([]);
    expect([...named].filter((file) => !present.includes(file))).toEqual([]);
  });

  it.each(ROWS)("$what, $name: written back byte for byte, or the tolerances $needs", ({ name, bytes, needs }) => {
    const file = declared(name);
    const { value, raw, tolerated } = parseFileTolerantly(file, bytes);
    expect([...new Set(tolerated.map(({ code }) => code))]).toEqual(needs);
    expect(raw).toBe(bytes);
    const written = encodeFile(file, value);
    expect(parseFile(file, written)).toEqual(value);
    if (needs.length === 0) {
      expect(equalBytes(written, bytes)).toBe(true);
      return;
    }
    const strict = malformed(() => parseFile(file, bytes));
    // Each tolerance is needed: with all the others alone the strict error stands.
    for (const needed of needs) {
      const others = ALL_TOLERANCES.filter((code) => code !== needed);
      expect(malformed(() => parseFileTolerantly(file, bytes, { tolerate: others }))).toEqual(strict);
    }
  });
});

describe("records and images that stand alone", () => {
  it("a face record and a finger block are written back byte for byte", () => {
    const face = readVector("lds/iso19794/face-ok.bin");
    const value = faceRecord.read({ buf: face, at: 0, end: face.length });
    const out = new Uint8Array(face.length);
    expect(faceRecord.write(value, out, out.length)).toBe(0);
    expect(equalBytes(out, face)).toBe(true);
    const block = readVector("lds/iso39794/sample-39794-4-ed-1-v1.der");
    expect(equalBytes(encodeIso39794Finger(parseIso39794Finger(block)), block)).toBe(true);
  });

  it("the portrait of the BSI data set, alone and in the block of ISO/IEC 39794-5", () => {
    const alone = readVector("lds/images/silver.jp2");
    const within = readVector("lds/iso39794/dg2_silver_mandatory_fields.bin");
    expect(toHex(within).includes(toHex(alone.subarray(0, 200)))).toBe(true);
  });
});

/** The LDSSecurityObject in a CMS SignedData. */
function signedHashes(sod: Uint8Array): LdsSecurityObject {
  const down = (node: TlvNode | undefined, ...path: number[]): TlvNode | undefined =>
    path.reduce<TlvNode | undefined>((at, i) => [...(at?.children ?? [])][i], node);
  const content = down(parseTlv(parseFile(efSod, sod)), 1, 0, 2, 1, 0)?.value;
  return parseObject(ldsSecurityObject, content as Uint8Array);
}

const hashOf = ({ dataGroupHashValues }: LdsSecurityObject, number: number): string =>
  toHex(dataGroupHashValues.find((one) => one.dataGroupNumber === number)?.dataGroupHashValue ?? new Uint8Array(0));

describe("the SOD of the BSI reference data set", () => {
  const lds = signedHashes(fromHex(reference.sod));

  it("holds the hashes of its index", () => {
    expect(lds.version).toBe(0);
    expect(lds.hashAlgorithm.algorithm).toBe("2.16.840.1.101.3.4.2.1");
    const hashes = lds.dataGroupHashValues.map((one) => [String(one.dataGroupNumber), toHex(one.dataGroupHashValue)]);
    expect(Object.fromEntries(hashes)).toEqual(reference.dg_hashes);
  });

  it.each(["dg1", "dg14", "dg15"] as const)("%s matches it, or does not, as the index says", (name) => {
    const digest = toHex(hash("SHA-256", fromHex(reference.data_groups[name])));
    expect(digest === hashOf(lds, Number(name.slice(2)))).toBe(reference.dg_matches_sod[name]);
  });

  it("its DG1 is a passport's", () => {
    const { mrz } = parseFile(dg1, fromHex(reference.data_groups.dg1));
    expect(parseMrz(mrz)).toMatchObject({ format: "TD3", issuingState: "D", documentNumber: "C11T002JM" });
  });
});

describe("the German test card", () => {
  const file = (fid: string) => contentOf(TRAVEL, fid);

  it("its MRZ is that of its index", () => {
    const { mrz } = parseFile(dg1, file("0101"));
    expect(mrz).toBe(profile.mrz);
  });

  it("has one face, two fingers and two irises, each in a template of its own", () => {
    const { instances } = parseFile(dg2, file("0102"));
    expect(instances.map(({ data }) => data.face?.faces.length)).toEqual([1]);
    const fingers = parseFile(dg3, file("0103")).instances;
    // right pointer finger and left thumb, by table 49
    expect(fingers.map(({ header, data }) => [header.subtype, data.finger?.images.length])).toEqual([
      [9, 1],
      [6, 1],
    ]);
    const irises = parseFile(dg4, file("0104")).instances;
    expect(irises.map(({ header, data }) => [header.subtype, data.iris?.eyes.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it("its images are compared with their records, which state others", () => {
    const list = new CheckList();
    checkPortrait(list, parseFile(dg2, file("0102")));
    checkFingersAndIrises(list, parseFile(dg3, file("0103")), parseFile(dg4, file("0104")));
    // The fingers' records state the size where the resolution is due, and another size.
    const finger = { stated: "375×625; 316×472 dpi", found: "316×472; 500 dpi" };
    const twice = (text: string) => `${text}; ${text}`;
    expect(list.checks).toMatchObject([
      { id: "dg2.image", status: "warning", evidence: { stated: "337×449", found: "413×531" } },
      { id: "dg2.instances", status: "passed" },
      { id: "dg3.image", status: "warning", evidence: { stated: twice(finger.stated), found: twice(finger.found) } },
      { id: "dg4.image", status: "passed" },
    ]);
  });

  it("its security object signs three of its four groups as they are, and another DG1", () => {
    const lds = signedHashes(file("011D"));
    expect(lds.dataGroupHashValues.map(({ dataGroupNumber }) => dataGroupNumber)).toEqual([1, 2, 3, 4]);
    // It names SHA-256 and holds SHA-224: another departure that its index does not tell.
    expect(hashByOid(lds.hashAlgorithm.algorithm)?.name).toBe("SHA-256");
    expect(lds.dataGroupHashValues.every(({ dataGroupHashValue }) => dataGroupHashValue.length === 28)).toBe(true);
    const matching = [1, 2, 3, 4].filter(
      (number) => toHex(hash("SHA-224", file(`010${number}`))) === hashOf(lds, number),
    );
    expect(matching).toEqual([2, 3, 4]);
  });

  it("EF.DIR and the groups of its eID application are written back byte for byte", () => {
    const [dir, ...groups] = EID;
    const bytes = fromHex(dir?.content as string);
    const value = parseUntagged(efDir, bytes);
    expect(value).toHaveLength(4);
    expect(equalBytes(encodeUntagged(efDir, value), bytes)).toBe(true);
    expect(groups.length).toBeGreaterThan(10);
    for (const { content } of groups) {
      const group = parseTlv(fromHex(content));
      expect(toHex(encodeTlv(group.tag, ...[...group.children].map(({ raw }) => raw)))).toBe(content.toLowerCase());
    }
  });
});

describe("DG11 of a vendor's library", () => {
  it("gives the values that it was made of", () => {
    const { value } = parseFileTolerantly(dg11, readVector("lds/tsemrtd/DG11.bin"));
    expect(value).toMatchObject({ fullName: "Doe John", otherNames: ["William"], dateOfBirth: "19700101" });
  });
});
