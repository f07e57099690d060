import { describe, expect, it } from "vitest";
import {
  efCardInfo,
  efDates,
  efFingers,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
} from "../../src/card/profiles/national-id/files.js";
import { NATIONAL_ID_OIDS, nationalId } from "../../src/card/profiles/national-id/profile.js";
import { nationalFilesOf, personalInfo2Of } from "../../src/perso/national-files.js";
import { ImageError } from "../../src/perso/problems.js";
import { signSecurityObjects } from "../../src/perso/security-objects.js";
import type { SyncSigner } from "../../src/pki/signer.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { parseFile } from "../../src/tlv/file.js";
import { thrownBy } from "../property/strict.js";
import { sampleRecords } from "../support/inspect.js";
import { APPLICATION, AT, CARD_SECURITY, nationalCard, OPTIONS, SIGNERS, signerOf } from "../support/national.js";

const [sample] = sampleRecords() as [CitizenRecord];
const hashed = { ...nationalFilesOf(sample, OPTIONS), "EF.CardSecurity": CARD_SECURITY };

describe("nationalFilesOf", () => {
  it("gives files that hold the record, for every good sample", () => {
    const records = sampleRecords();
    expect(records.length).toBeGreaterThan(5);
    for (const record of records) {
      const files = nationalCard(record);
      const get = (name: string) => files[name] as Uint8Array;
      expect(Object.keys(files).sort()).toEqual(
        ["EF.CardSecurity", ...APPLICATION.files.map(({ name }) => name)].sort(),
      );
      expect(parseFile(efCardInfo, get("EF.CardInfo"))).toEqual(OPTIONS.cardInfo);
      expect(parseFile(efHolder, get("EF.Holder"))).toEqual({
        chipSerial: OPTIONS.chipSerial,
        nationalNumber: record.nationalNumber,
      });
      expect(parseFile(efPersonalInfo1, get("EF.PersonalInfo1"))).toMatchObject({
        nationalNumber: record.nationalNumber,
        givenNames: record.givenNames,
        familyName: record.familyName,
        dateOfBirth: record.dateOfBirth.replaceAll("-", ""),
        sex: { male: "1", female: "2", unspecified: "0" }[record.sex],
      });
      const { postalCode, ...address } = record.address;
      expect(parseFile(efPersonalInfo2, get("EF.PersonalInfo2"))).toMatchObject({
        updateCounter: 7,
        timeOfUpdate: "20261125090000",
        postalCode,
        address,
      });
      expect(parseFile(efDates, get("EF.Dates"))).toEqual({
        issue: { date: record.dateOfIssue.replaceAll("-", "") },
        expiry: { date: record.dateOfExpiry.replaceAll("-", "") },
      });
      expect(parseFile(efFingers, get("EF.Fingers"))).toEqual(OPTIONS.fingers);
      for (const { name } of APPLICATION.files) expect(get(name).length).toBeLessThan(2000);
      const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);
      expect(total).toBeLessThan(nationalId.capacity / 10);
    }
  });

  it("lists every problem at once", () => {
    const error = thrownBy(() =>
      nationalFilesOf(
        { ...sample, nationalNumber: "1", address: { ...sample.address, postalCode: "W1A" } },
        { ...OPTIONS, updateCounter: 2 ** 32, chipSerial: new Uint8Array(7) },
      ),
    );
    expect(error).toBeInstanceOf(ImageError);
    const paths = (error as ImageError).problems.map(({ path }) => path);
    // One problem a file: an encoder stops at its first.
    expect(paths.map((path) => path.split(".", 2).join("."))).toEqual([
      "EF.Holder",
      "EF.PersonalInfo1",
      "EF.PersonalInfo2",
    ]);
    expect(() => personalInfo2Of(sample, { updateCounter: 2 ** 32, at: AT })).toThrow(ImageError);
    expect(() => personalInfo2Of(sample, { updateCounter: 1, at: new Date(Number.NaN) })).toThrow(RangeError);
  });

  it("gives the same EF.PersonalInfo2 alone", () => {
    expect(personalInfo2Of(sample, OPTIONS)).toEqual(hashed["EF.PersonalInfo2" as keyof typeof hashed]);
  });
});

describe("signSecurityObjects", () => {
  it("signs at once, later when a signer is slow, and only what is asked for", async () => {
    const now = signSecurityObjects(hashed, APPLICATION, SIGNERS, AT);
    expect(Object.keys(now)).toEqual(["EF.SOD1", "EF.SOD2"]);
    const { sod2Signer } = NATIONAL_ID_OIDS;
    const quick = SIGNERS[sod2Signer] as { signer: SyncSigner; certificate: never };
    const slow = { ...quick.signer, sign: async (m: Uint8Array, a: never) => quick.signer.sign(m, a) };
    const later = signSecurityObjects(
      hashed,
      APPLICATION,
      { ...SIGNERS, [sod2Signer]: { ...quick, signer: slow } },
      AT,
    );
    expect(later).toBeInstanceOf(Promise);
    expect(Object.keys(await later)).toEqual(["EF.SOD1", "EF.SOD2"]);
    const only = { [sod2Signer]: quick };
    expect(Object.keys(signSecurityObjects(hashed, APPLICATION, only, AT, ["EF.SOD2"]))).toEqual(["EF.SOD2"]);
  });

  it("refuses a signer of another role, of none, and a missing file or signer", async () => {
    const { sod1Signer, sod2Signer } = NATIONAL_ID_OIDS;
    const second = SIGNERS[sod2Signer] as (typeof SIGNERS)[string];
    const sign = (signers: object, files: object = hashed) =>
      signSecurityObjects(files as typeof hashed, APPLICATION, signers as typeof SIGNERS, AT);
    const mismatch = expect.objectContaining({ code: "SIGNER_MISMATCH" });
    expect(thrownBy(() => sign({ ...SIGNERS, [sod1Signer]: second }))).toEqual(mismatch);
    const plain = await signerOf();
    expect(thrownBy(() => sign({ ...SIGNERS, [sod1Signer]: plain }))).toEqual(mismatch);
    expect(() => sign({ [sod1Signer]: SIGNERS[sod1Signer] })).toThrow(RangeError);
    const { "EF.CardSecurity": _, ...without } = hashed;
    expect(thrownBy(() => sign(SIGNERS, without))).toMatchObject({ code: "IMAGE_INVALID" });
    expect(() => signSecurityObjects(hashed, APPLICATION, SIGNERS, AT, ["EF.SOD"])).toThrow(
      "no security object EF.SOD",
    );
  });
});
