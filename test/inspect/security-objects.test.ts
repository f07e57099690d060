import { describe, expect, it } from "vitest";
import type { SecurityObjectProfile } from "../../src/card/profile.js";
import { NATIONAL_ID_OIDS } from "../../src/card/profiles/national-id/profile.js";
import { hash } from "../../src/crypto/hash.js";
import { type ValidateSecurityObjectsOptions, validateSecurityObjects } from "../../src/inspect/security-objects.js";
import { validateCard } from "../../src/inspect/validate-card.js";
import { efSod, ldsSecurityObject } from "../../src/lds/security-object.js";
import { personalInfo2Of } from "../../src/perso/national-files.js";
import { type FilesByName, signSecurityObjects } from "../../src/perso/security-objects.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { parseCms } from "../../src/pki/cms.js";
import { signCms } from "../../src/pki/cms-sign.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { encodeFile, encodeObject, parseFile } from "../../src/tlv/file.js";
import { sampleRecords } from "../support/inspect.js";
import { APPLICATION, AT, nationalCard, OPTIONS, read, SIGNERS, signerOf, TRUST } from "../support/national.js";

const records = sampleRecords();
const { EXPECT_BACKEND } = process.env;
/** Verifying takes noble ten times as long: there every eleventh byte and record is tried. */
const SPARSE = EXPECT_BACKEND === "noble" ? 11 : 1;
const [sample] = records as [CitizenRecord];
const card = nationalCard(sample);
const [first, second] = APPLICATION.securityObjects as readonly [SecurityObjectProfile, SecurityObjectProfile];

const judge = (files: FilesByName, options: Partial<ValidateSecurityObjectsOptions> = {}) =>
  validateSecurityObjects(read(files), APPLICATION, { trust: TRUST, at: AT, ...options });
const failed = (files: FilesByName, options: Partial<ValidateSecurityObjectsOptions> = {}): string[] =>
  judge(files, options)
    .checks.filter(({ status }) => status === "failed")
    .map(({ id }) => id);

/** A security object as somebody else than `signSecurityObjects` makes it. */
function signedBy(
  object: SecurityObjectProfile,
  signer: (typeof SIGNERS)[string],
  options: { files?: FilesByName; numbers?: readonly number[]; contentType?: string } = {},
): Uint8Array {
  const {
    files = card,
    contentType = object.contentType,
    numbers = object.hashes.map(({ number }) => number),
  } = options;
  const content = encodeObject(ldsSecurityObject, {
    version: 0,
    hashAlgorithm: { algorithm: "2.16.840.1.101.3.4.2.1" },
    dataGroupHashValues: numbers.map((dataGroupNumber) => {
      const name = object.hashes.find(({ number }) => number === dataGroupNumber)?.file ?? "EF.Holder";
      return { dataGroupNumber, dataGroupHashValue: hash("SHA-256", files[name] as Uint8Array) };
    }),
  });
  const { certificate } = signer;
  return encodeFile(efSod, signCms({ content, contentType, signer: signer.signer, certificate, at: AT }));
}
const signer1 = SIGNERS[NATIONAL_ID_OIDS.sod1Signer] as (typeof SIGNERS)[string];
const signer2 = SIGNERS[NATIONAL_ID_OIDS.sod2Signer] as (typeof SIGNERS)[string];

/** Whether a byte of a security object is under its signature or the signature itself. */
function isInSigned(file: Uint8Array, byte: number): boolean {
  const { eContent, signerInfos, certificates } = parseCms(parseFile(efSod, file));
  const [info] = signerInfos;
  if (info === undefined) return false;
  const { tbsRaw, signature } = parseCertificate(certificates[0] as Uint8Array);
  const attributes = indexOfBytes(file, (info.signedAttrsRaw as Uint8Array).subarray(2));
  const spans = [eContent, info.signature, tbsRaw, signature].map((part) => [
    part.byteOffset - file.byteOffset,
    part.length,
  ]);
  spans.push([attributes, (info.signedAttrsRaw as Uint8Array).length - 2]);
  return spans.some(([from = 0, length = 0]) => byte >= from && byte < from + length);
}

const indexOfBytes = (bytes: Uint8Array, part: Uint8Array) => Buffer.from(bytes).indexOf(Buffer.from(part));

describe("validateSecurityObjects", () => {
  it("passes every good sample, each check once", () => {
    for (const record of records.filter((_, i) => i % SPARSE === 0)) {
      const report = judge(nationalCard(record), { knownCounter: 7 });
      expect(report.checks.filter(({ status }) => status !== "passed").map(({ id }) => id)).toEqual([
        "path.privateKeyUsage.EF.SOD1",
        "path.revocation.EF.SOD1",
        "path.cscaRevocation.EF.SOD1",
        "path.privateKeyUsage.EF.SOD2",
        "path.revocation.EF.SOD2",
        "path.cscaRevocation.EF.SOD2",
      ]);
      expect(report.verdict).toBe("passed");
      expect(new Set(report.checks.map(({ id }) => id)).size).toBe(report.checks.length);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    }
  });

  it("says that freshness was not checked, and fails an old pair of the same card when it can", () => {
    const report = judge(card);
    expect(report.checks.find(({ id }) => id === "freshness")?.status).toBe("notChecked");
    expect(report.verdict).toBe("passed");
    expect(report.summary).toContain("latest");
    expect(failed(card, { knownCounter: 8 })).toEqual(["freshness"]);
    expect(judge(card, { knownCounter: 6 }).verdict).toBe("passed");
  });

  it("passes a renewed pair beside the old rest", () => {
    const files = { ...card, "EF.PersonalInfo2": personalInfo2Of(sample, { updateCounter: 8, at: AT }) };
    expect(failed(files)).toEqual(["hash.EF.PersonalInfo2.EF.SOD2"]);
    const renewed = { ...files, ...signSecurityObjects(files, APPLICATION, SIGNERS, AT, ["EF.SOD2"]) };
    expect(judge(renewed, { knownCounter: 8 }).verdict).toBe("passed");
  });

  it("fails an object that the other role signed, or a signer without role", async () => {
    expect(failed({ ...card, "EF.SOD1": signedBy(first, signer2) })).toEqual(["path.signerRole.EF.SOD1"]);
    expect(failed({ ...card, "EF.SOD2": signedBy(second, signer1) })).toEqual(["path.signerRole.EF.SOD2"]);
    expect(failed({ ...card, "EF.SOD1": signedBy(first, await signerOf()) })).toEqual(["path.signerRole.EF.SOD1"]);
    expect(judge({ ...card, "EF.SOD1": signedBy(first, signer1) }).verdict).toBe("passed");
  });

  it("and a signer with a role cannot sign a travel document", () => {
    const report = validateCard(read({ "EF.SOD": signedBy(first, signer1, { contentType: "2.23.136.1.1.1" }) }), {
      trust: TRUST,
      at: AT,
    });
    expect(report.checks.find(({ id }) => id === "path.signerRole")?.status).toBe("failed");
  });

  it("fails the objects in each other's place, and one of a travel document", () => {
    const swapped = failed({
      ...card,
      "EF.SOD1": card["EF.SOD2"] as Uint8Array,
      "EF.SOD2": card["EF.SOD1"] as Uint8Array,
    });
    for (const sod of ["EF.SOD1", "EF.SOD2"]) {
      for (const id of ["path.signerRole", "securityObject.contentType", "securityObject.hashList"]) {
        expect(swapped).toContain(`${id}.${sod}`);
      }
    }
    expect(failed({ ...card, "EF.SOD1": signedBy(first, signer1, { contentType: "2.23.136.1.1.1" }) })).toEqual([
      "securityObject.contentType.EF.SOD1",
    ]);
  });

  it("fails files of another card", () => {
    const other = nationalCard(sample, { chipSerial: new Uint8Array(8).fill(9) });
    expect(judge(other).verdict).toBe("passed");
    expect(failed({ ...card, "EF.Holder": other["EF.Holder"] as Uint8Array })).toEqual([
      "hash.EF.Holder.EF.SOD1",
      "hash.EF.Holder.EF.SOD2",
    ]);
    const pair = { "EF.PersonalInfo2": other["EF.PersonalInfo2"], "EF.SOD2": other["EF.SOD2"] } as FilesByName;
    expect(failed({ ...card, ...pair })).toEqual(["hash.EF.Holder.EF.SOD2", "securityObject.binding.EF.Holder"]);
    // Without EF.Holder the two objects still give it away.
    const { "EF.Holder": _, ...rest } = { ...card, ...pair };
    expect(failed(rest)).toEqual(["securityObject.binding.EF.Holder"]);
  });

  it("fails with one bit flipped anywhere in any file", () => {
    for (const [name, content] of Object.entries(card)) {
      const isSigned = name.startsWith("EF.SOD");
      for (let i = 0; i < content.length; i += (isSigned ? 5 : 1) * SPARSE) {
        const bytes = content.slice();
        bytes[i] = (bytes[i] as number) ^ (1 << (i % 8));
        const report = judge({ ...card, [name]: bytes });
        // What is under no signature, as version numbers of CMS (RFC 5652 §5.4), may differ, and then warns or decides nothing.
        if (isSigned && !isInSigned(content, i)) continue;
        expect([name, i, report.verdict]).not.toContain("passed");
      }
    }
  });

  it.each([
    ["one missing", [1, 2, 3, 5, 6]],
    ["another one missing", [1, 3, 5, 6, 7]],
    ["one extra", [1, 2, 3, 4, 5, 6, 7]],
    ["one twice", [1, 2, 2, 3, 5, 6, 7]],
    ["another order", [2, 1, 3, 5, 6, 7]],
  ])("fails a list with %s", (_what, numbers) => {
    expect(failed({ ...card, "EF.SOD1": signedBy(first, signer1, { numbers }) })).toContain(
      "securityObject.hashList.EF.SOD1",
    );
  });

  it("does not pass without trust, without a security object, or with a file left out", () => {
    const unknown = validateSecurityObjects(read(card), APPLICATION, { at: AT });
    expect(unknown.verdict).toBe("incomplete");
    const { "EF.SOD2": _, ...without } = card;
    expect(failed(without)).toEqual(["parse.EF.SOD2"]);
    const { "EF.Fingers": __, ...unread } = card;
    expect(judge(unread).verdict).toBe("incomplete");
    const refused = {
      files: unread,
      evidence: { ...read(unread).evidence, notGiven: [{ name: "EF.Fingers", sw: 0x6982 }] },
    };
    const report = validateSecurityObjects(refused, APPLICATION, { trust: TRUST, at: AT });
    expect([report.verdict, report.summary]).toEqual(["passed", expect.stringContaining("Not read: EF.Fingers")]);
    expect(validateSecurityObjects(read({}), APPLICATION, { trust: TRUST, at: AT }).verdict).toBe("failed");
    expect(OPTIONS.updateCounter).toBe(7);
  });

  it("refuses an application without security objects, and an invalid date", () => {
    const { securityObjects: _, ...plain } = APPLICATION;
    expect(() => validateSecurityObjects(read(card), plain, { at: AT })).toThrow(RangeError);
    expect(() => judge(card, { at: new Date(Number.NaN) })).toThrow(RangeError);
  });
});
