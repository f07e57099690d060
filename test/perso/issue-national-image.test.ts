import { describe, expect, it } from "vitest";
import { selectApplication } from "../../src/apdu/commands.js";
import { run, type SyncExchange } from "../../src/apdu/exchange.js";
import { send } from "../../src/apdu/status.js";
import { minutiaeTemplate } from "../../src/biometric/minutiae.js";
import { equalBytes } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, cardImageToJson, fileOf, parseCardImage } from "../../src/card/image.js";
import type { ApplicationProfile, FileProfile, Profile } from "../../src/card/profile.js";
import { efFingers } from "../../src/card/profiles/national-id/files.js";
import { NATIONAL_ID_OIDS, nationalId, nationalIdProfile } from "../../src/card/profiles/national-id/profile.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { readCard } from "../../src/inspect/read-card.js";
import { readFile } from "../../src/inspect/read-file.js";
import { readingMemory, stateOf } from "../../src/inspect/reading-memory.js";
import { validateSecurityObjects } from "../../src/inspect/security-objects.js";
import { validateCard } from "../../src/inspect/validate-card.js";
import { ID_SECURITY_OBJECT } from "../../src/lds/card-security.js";
import { efCom } from "../../src/lds/com.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { ldsSecurityObject } from "../../src/lds/security-object.js";
import { memoryJournal } from "../../src/perso/journal.js";
import { personalize } from "../../src/perso/personalize.js";
import { ImageError } from "../../src/perso/problems.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { parseCms } from "../../src/pki/cms.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import type { SignatureAlgorithmName } from "../../src/pki/signer.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { parseFile, parseObject } from "../../src/tlv/file.js";
import { thrownBy } from "../property/strict.js";
import { idsWith, sampleRecords } from "../support/inspect.js";
import { blankChip, fixedRandom, jpeg, keysFor, record } from "../support/line.js";
import { APPLICATION, AT, SIGNERS, TRUST } from "../support/national.js";
import {
  DOCUMENT_SIGNER,
  FULL,
  ISSUING,
  issueNow,
  MINUTIAE,
  openNational,
  PACE,
  profileOf,
  RINGS,
} from "../support/national-image.js";

const PROFILE = openNational(nationalIdProfile({ bac: true }));
const { fingers: _f, signature: _s, signatureSize: _z, ...PLAIN } = FULL;

const names = (image: CardImage) => image.applications.map(({ files }) => files.map(({ name }) => name));

/** Every file of one application, read in the clear. */
function* readAll(application: ApplicationProfile, image: CardImage): SyncExchange<Record<string, Uint8Array>> {
  yield* send(selectApplication(application.aid), `SELECT ${application.name}`);
  const files: Record<string, Uint8Array> = {};
  const state = stateOf(readingMemory());
  state.size.maxResponse = 258;
  for (const file of image.applications.find(({ aid }) => equalBytes(aid, application.aid))?.files ?? []) {
    files[file.name] = yield* readFile(file, state, 0);
  }
  return files;
}

/** Personalizes a chip with a record, reads both applications and judges them. */
async function throughTheLine(person: CitizenRecord, profile: Profile = PROFILE) {
  const { image } = issueNow(person, { profile });
  const fitting = profileOf(image, profile);
  const channel = virtualChannel(blankChip({ profile: fitting }));
  const receipt = await personalize({
    channel,
    script: compilePersonalization(image, fitting),
    keys: keysFor(image),
    journal: memoryJournal(),
    now: () => AT,
    random: fixedRandom(3),
  });
  const travel = await run(channel, readCard({ accessKey: accessKeyOf(image), proofs: [], random: fixedRandom(4) }));
  const national = await run(channel, readAll(APPLICATION, image));
  // EF.CardSecurity lies in the master file, which only PACE opens.
  const security = { "EF.CardSecurity": fileOf(image, "EF.CardSecurity") as Uint8Array };
  return {
    image,
    receipt,
    travel,
    national,
    card: validateCard(travel, { trust: TRUST, at: AT }),
    objects: validateSecurityObjects({ files: { ...national, ...security }, evidence: travel.evidence }, APPLICATION, {
      trust: TRUST,
      at: AT,
      knownCounter: ISSUING.updateCounter,
    }),
  };
}

describe("a national card, from the record to the verdict", () => {
  it("with fingers and signature", async () => {
    const { image, receipt, travel, national, card, objects } = await throughTheLine(FULL);
    expect(names(image)[0]).toEqual([
      "EF.COM",
      ...[1, 2, 3, 7, 11, 12, 14, 15].map((number) => `EF.DG${number}`),
      "EF.SOD",
    ]);
    const beside = image.masterFile?.map(({ name }) => name);
    expect(beside).toEqual(["EF.CardAccess", "EF.CardSecurity"]);
    expect(receipt.files.map(({ name }) => name)).toEqual([...(beside ?? []), ...names(image).flat()]);
    // BAC does not open the fingers.
    expect(travel.evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
    for (const [name, content] of Object.entries({ ...travel.files, ...national })) {
      expect(equalBytes(content, fileOf(image, name) as Uint8Array)).toBe(true);
    }
    expect(idsWith(card, "failed")).toEqual([]);
    expect(card.verdict).toBe("passed");
    expect(idsWith(objects, "failed")).toEqual([]);
    expect(objects.verdict).toBe("passed");
  });

  it("without fingers and signature", async () => {
    const { image, travel, national, card, objects } = await throughTheLine(PLAIN);
    expect(names(image)[0]).not.toContain("EF.DG3");
    expect(names(image)[0]).not.toContain("EF.DG7");
    expect(travel.evidence.notGiven).toEqual([]);
    expect(parseFile(efFingers, national["EF.Fingers"] as Uint8Array)).toEqual([
      { position: 0, status: 0 },
      { position: 0, status: 0 },
    ]);
    expect([card.verdict, objects.verdict]).toEqual(["passed", "passed"]);
  });

  it("of every good sample record", () => {
    const records = sampleRecords();
    expect(records.length).toBeGreaterThan(20);
    for (const person of records) {
      const { image } = issueNow(person);
      const files = Object.fromEntries(
        [...image.applications.flatMap(({ files }) => files), ...(image.masterFile ?? [])].map(
          ({ name, content }) => [name, content] as const,
        ),
      );
      const reading = { files, evidence: { accessControl: "PACE", notGiven: [], notAsked: [] } } as const;
      const at = { trust: TRUST, at: AT };
      expect(idsWith(validateCard(reading, at), "failed")).toEqual([]);
      expect(validateSecurityObjects(reading, APPLICATION, { ...at, knownCounter: 0 }).verdict).toBe("passed");
    }
  });
});

describe("issueNationalImage", () => {
  const { image, notes, fingerReferences } = issueNow(FULL);
  const file = (name: string, of: CardImage = image) => fileOf(of, name) as Uint8Array;

  it("has all files of the profile where it places them, and survives JSON", () => {
    // EF.CVCA is for chips with terminal authentication of version 1
    const placed = nationalId.applications.map(({ files }) => files.map(({ name }) => name));
    expect(names(image)).toEqual(placed.map((files) => files.filter((name) => name !== "EF.CVCA")));
    expect(image.masterFile?.map(({ name, fid }) => [name, fid])).toEqual([
      ["EF.CardAccess", 0x011c],
      ["EF.CardSecurity", 0x011d],
    ]);
    expect(parseCardImage(cardImageToJson(image))).toEqual(image);
    expect(notes).toEqual([]);
  });

  it("lists in EF.COM and EF.SOD what is there, and says what was left out", () => {
    const signed = (sod: Uint8Array) =>
      parseObject(ldsSecurityObject, parseCms(sod.subarray(4)).eContent).dataGroupHashValues.map(
        ({ dataGroupNumber }) => dataGroupNumber,
      );
    expect(signed(file("EF.SOD"))).toEqual([1, 2, 3, 7, 11, 12, 14, 15]);
    const plain = issueNow(PLAIN);
    expect(signed(file("EF.SOD", plain.image))).toEqual([1, 2, 11, 12, 14, 15]);
    expect(parseFile(efCom, file("EF.COM", plain.image)).tagList).toEqual([0x61, 0x75, 0x6b, 0x6c, 0x6e, 0x6f]);
    expect(plain.notes.map(({ code, path }) => [code, path])).toEqual([
      ["GROUP_LEFT_OUT", "EF.DG3"],
      ["GROUP_LEFT_OUT", "EF.DG7"],
    ]);
  });

  it("states in DG14 and EF.CardSecurity what EF.CardAccess states, once", () => {
    const access = parseSecurityInfos(file("EF.CardAccess")).infos;
    expect(access).toEqual([expect.objectContaining(PACE)]);
    const cms = parseCms(file("EF.CardSecurity"));
    expect(cms.eContentType).toBe(ID_SECURITY_OBJECT);
    const { findings } = verifySignedData(cms);
    expect(findings.filter(({ status }) => status !== "passed")).toEqual([]);
    const security = parseSecurityInfos(cms.eContent);
    const group = parseDg14SecurityInfos(file("EF.DG14"));
    for (const { infos, sorted } of [security, group]) {
      expect(sorted).toBe(true);
      expect(infos.filter(({ kind }) => kind === "paceInfo")).toHaveLength(1);
    }
    expect(security.infos).toHaveLength(3);
    expect(group.infos).toHaveLength(4);
    const twice = { ...ISSUING.securityInfos, dg14: [PACE, ...ISSUING.securityInfos.dg14] };
    expect(fileOf(issueNow(FULL, { securityInfos: twice }).image, "EF.DG14")).toEqual(file("EF.DG14"));
  });

  it("gives the minutiae to whoever loads them, and calls those fingers enrolled", () => {
    expect(parseFile(efFingers, file("EF.Fingers"))).toEqual([
      { position: 7, status: 1 },
      { position: 2, status: 0 },
    ]);
    expect(fingerReferences.map(({ position }) => position)).toEqual([7]);
    const template = parseObject(minutiaeTemplate, fingerReferences[0]?.template as Uint8Array);
    expect(template.finger.minutiae).toHaveLength(6);
    const three = [1, 2, 3].map((position) => ({ position, minutiae: MINUTIAE }));
    const issued = issueNow({ ...FULL, fingers: three });
    expect(issued.fingerReferences.map(({ position }) => position)).toEqual([1, 2]);
    expect(issued.notes.map(({ code }) => code)).toEqual(["GROUP_LEFT_OUT", "FINGERS_NOT_COMPARED"]);
    expect(issued.notes[1]?.message).toBe("the chip compares positions 1, 2; not 3");
  });

  it("gives the same bytes for the same record, signatures apart", () => {
    // ECDSA is randomized; a signer that always answers the same shows that nothing else is.
    const still = (of: typeof DOCUMENT_SIGNER) => ({
      ...of,
      signer: { ...of.signer, sign: () => new Uint8Array(64).fill(1) },
    });
    const signers = Object.fromEntries(Object.entries(SIGNERS).map(([role, signer]) => [role, still(signer)]));
    const issue = (person: CitizenRecord) =>
      cardImageToJson(issueNow(person, { documentSigner: still(DOCUMENT_SIGNER), signers }).image);
    for (const person of [FULL, PLAIN, ...sampleRecords().slice(0, 5)]) {
      expect(issue(structuredClone(person))).toBe(issue(person));
    }
    expect(issue(FULL)).not.toBe(issue({ ...FULL, address: { ...FULL.address, city: "شیراز" } }));
  });

  it("waits for a signer that is slow", async () => {
    const slow = (of: typeof DOCUMENT_SIGNER) => ({
      ...of,
      signer: { ...of.signer, sign: async (message: Uint8Array, name: never) => of.signer.sign(message, name) },
    });
    const { issueNationalImage } = await import("../../src/perso/issue-national-image.js");
    const { sod2Signer } = NATIONAL_ID_OIDS;
    const second = SIGNERS[sod2Signer] as typeof DOCUMENT_SIGNER;
    for (const changes of [
      { documentSigner: slow(DOCUMENT_SIGNER) },
      { signers: { ...SIGNERS, [sod2Signer]: slow(second) } },
    ]) {
      const later = issueNationalImage(FULL, { ...ISSUING, ...changes });
      expect(later).toBeInstanceOf(Promise);
      expect(names((await later).image)).toEqual(names(image));
    }
  });
});

describe("what a national card cannot be made of", () => {
  const problemsOf = (person: CitizenRecord, changes: object = {}) => {
    const error = thrownBy(() => issueNow(person, changes));
    expect(error).toBeInstanceOf(ImageError);
    return (error as ImageError).problems;
  };

  it("is refused with everything at once, before anything is signed", () => {
    let signatures = 0;
    const counting = ({ signer, certificate }: typeof DOCUMENT_SIGNER) => ({
      certificate,
      signer: {
        ...signer,
        sign: (message: Uint8Array, name: SignatureAlgorithmName) => {
          signatures++;
          return signer.sign(message, name);
        },
      },
    });
    const problems = problemsOf(
      {
        ...FULL,
        latin: { given: "名", family: "Ahmadi" },
        nationalNumber: "1",
        portrait: Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
        fingers: [
          { position: 1, image: RINGS.subarray(0, 20) },
          { position: 2, image: RINGS, imageSize: { width: 512, height: 256 } },
        ],
        signatureSize: { width: 18, height: 24 },
        dateOfExpiry: "2036-02-30",
      },
      { chipSerial: new Uint8Array(3), documentSigner: counting(DOCUMENT_SIGNER) },
    );
    expect(problems.map(({ path }) => path)).toEqual([
      "EF.DG1.names",
      "EF.DG2.JPEG",
      "EF.DG3.fingers[0].WSQ",
      "EF.DG3.fingers[1]",
      "EF.DG7",
      // An encoder stops at the first of a file, from its end.
      "EF.Holder.nationalNumber",
      "EF.PersonalInfo1.nationalNumber",
      "EF.Dates.expiry.date",
    ]);
    expect(problems[3]?.message).toContain("512×256, the image has 256×256");
    expect(problems[7]?.message).toContain("20360230 is no day");
    // Every signer is looked at before the first one signs.
    const wrongRole = { ...SIGNERS, [NATIONAL_ID_OIDS.sod2Signer]: DOCUMENT_SIGNER };
    const documentSigner = counting(DOCUMENT_SIGNER);
    expect(thrownBy(() => issueNow(FULL, { documentSigner, signers: wrongRole }))).toMatchObject({
      code: "SIGNER_MISMATCH",
    });
    expect(thrownBy(() => issueNow(FULL, { documentSigner, signers: {} }))).toBeInstanceOf(RangeError);
    const late = new Date("2030-01-01T00:00:00Z");
    expect(thrownBy(() => issueNow(FULL, { documentSigner, at: late }))).toMatchObject({ code: "SIGNER_EXPIRED" });
    expect(signatures).toBe(0);
    issueNow(FULL, { documentSigner });
    expect(signatures).toBe(2);
  });

  it("such as a portrait of 70 KB for a chip of 60 KB: says what to make smaller", () => {
    const small = { ...nationalId, capacity: 60_000 };
    const [problem, ...rest] = problemsOf(record({ portrait: jpeg(70_000) }), { profile: small });
    expect(rest).toEqual([]);
    expect(problem?.path).toBe("card");
    expect(problem?.message).toMatch(/^7\d{4} bytes, the chip holds 60000: make the portrait \(70000 bytes\) smaller$/);
    const [three] = problemsOf({ ...FULL, portrait: jpeg(70_000) }, { profile: small });
    expect(three?.message).toMatch(
      /the portrait \(70000 bytes\), the fingers \(\d+ bytes\), the signature \(\d+ bytes\) smaller$/,
    );
    // What signs the files counts too.
    const { image } = issueNow(FULL);
    const all = [...image.applications.flatMap(({ files }) => files), ...(image.masterFile ?? [])];
    const used = all.reduce((sum, { content }) => sum + content.length, 0);
    const issue = (capacity: number) => () => issueNow(FULL, { profile: { ...nationalId, capacity } });
    expect(thrownBy(issue(used - 40))).toMatchObject({
      code: "IMAGE_INVALID",
      message: expect.stringContaining("with the security object"),
    });
    expect(issue(used + 40)).not.toThrow();
  });

  it("such as SecurityInfos of a wrong protocol, or a curve key that DG14 says nothing of", () => {
    const wrong = { ...PACE, protocol: "0.4.0.127.0.7.2.2.3.2.2" } as typeof PACE;
    const infos = { ...ISSUING.securityInfos, cardAccess: [wrong] };
    expect(problemsOf(FULL, { securityInfos: infos }).map(({ path }) => path)).toEqual([
      "EF.DG14.paceInfo.protocol",
      "EF.CardAccess.paceInfo.protocol",
      "EF.CardSecurity.paceInfo.protocol",
    ]);
    const silent = { ...ISSUING.securityInfos, dg14: ISSUING.securityInfos.cardSecurity };
    const [problem] = problemsOf(FULL, { securityInfos: silent });
    expect(problem).toMatchObject({ path: "EF.DG15", message: expect.stringContaining("activeAuthenticationInfo") });
    expect(problemsOf(FULL, { activeAuthenticationKey: Uint8Array.of(0x30, 0x00) })[0]?.path).toMatch(/^EF\.DG15/);
  });

  it("such as a file that a profile has and nobody makes", () => {
    const [access, ...others] = nationalId.masterFile as [FileProfile, ...FileProfile[]];
    const more: Profile = { ...nationalId, masterFile: [access, { ...access, name: "EF.DIR" }, ...others] };
    expect(thrownBy(() => issueNow(FULL, { profile: more }))).toMatchObject({
      code: "IMAGE_INVALID",
      message: expect.stringContaining("no content for EF.DIR"),
    });
    const less: Profile = { ...nationalId, masterFile: others };
    expect(fileOf(issueNow(FULL, { profile: less }).image, "EF.CardAccess")).toBeUndefined();
  });
});
