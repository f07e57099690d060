import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { MalformedError } from "../../src/errors.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { checkChip } from "../../src/inspect/chip.js";
import { displayOf } from "../../src/inspect/display.js";
import { toEvidenceJson, validateEvidence } from "../../src/inspect/evidence.js";
import { readCard } from "../../src/inspect/read-card.js";
import { CheckList, type ValidationReport } from "../../src/inspect/report.js";
import { type ValidateCardOptions, validateCard } from "../../src/inspect/validate-card.js";
import { buildTrustStore, fingerprintOf } from "../../src/pki/trust.js";
import { date } from "../pki/support.js";
import { crlOf } from "../pki/trust-support.js";
import { NATIONAL, SECRET_NUMBERS, SECRETS } from "../support/chips.js";
import { AT, checkOf, filesOf, replace, type SampleCard, SMALL_JPEG, sampleCard } from "../support/inspect.js";
import { TRUST } from "../support/national.js";

let card: SampleCard;
let good: CardFiles;
beforeAll(async () => {
  card = await sampleCard({ index: 0 });
  good = filesOf(card.image);
});

const RECORD = { recordedBy: "Gate 7", recordedAt: AT };
interface Evidence {
  readonly card: { readonly files: object; readonly evidence: object };
  readonly settings: object;
  readonly report: object;
}
type Change = (data: Evidence) => void;
const changed = (json: string, change: Change): string => {
  const data = JSON.parse(json) as Evidence;
  change(data);
  return JSON.stringify(data);
};

describe("evidence", () => {
  it("gives the same report on another machine, and says who recorded it", async () => {
    const crl = await crlOf({ signer: card.chain.cscaSigner, root: card.chain.csca }, [], {
      thisUpdate: date("2026-11-01T00:00:00"),
    });
    const inputs = { cscas: [card.chain.csca.raw], files: [{ name: "crl", bytes: crl }] };
    const options = {
      at: AT,
      validity: "issue",
      revocation: { crl: "require", maxAge: 30 },
      printed: { documentNumber: "C01X00047" },
      legacy: "fail",
    } as const;
    const json = toEvidenceJson(good, { trust: buildTrustStore(inputs), ...options }, RECORD);
    const again = validateEvidence(json, buildTrustStore(inputs));
    expect(again.report).toEqual(validateCard(good, { trust: buildTrustStore(inputs), ...options }));
    expect(again).toMatchObject({
      recordedBy: "Gate 7",
      recordedAt: "2026-11-25T09:00:00.000Z",
      recorded: again.report,
      differences: [],
    });
    expect(again.report.verdict).toBe("passed");
  });

  it("is judged by whoever judges: with other trust, or other files, the report is another", () => {
    const json = toEvidenceJson(good, { trust: card.trust, at: AT }, RECORD);
    const untrusted = validateEvidence(json, buildTrustStore({}));
    expect(untrusted.report.verdict).toBe("failed");
    expect(untrusted.recorded.verdict).toBe("passed");
    expect(untrusted.differences).toEqual(expect.arrayContaining(["verdict", "path.cscaKnown"]));
    const forged = changed(json, (data) => {
      const files = data.card.files as Record<string, string>;
      files["EF.DG1"] = `${files["EF.DG1"]?.slice(0, -2)}41`;
    });
    expect(validateEvidence(forged, card.trust).differences).toContain("hash.EF.DG1");
  });

  it.each<[string, Change]>([
    ["evidence.format", (data) => Object.assign(data, { format: "x" })],
    ["evidence.recordedBy", (data) => Object.assign(data, { recordedBy: 7 })],
    ["evidence.at", (data) => Object.assign(data, { at: "soon" })],
    ["evidence.card", (data) => Object.assign(data, { card: [] })],
    ["evidence.card.files.EF.DG1", (data) => Object.assign(data.card.files, { "EF.DG1": "zz" })],
    ["evidence.card.evidence.notAsked", (data) => Object.assign(data.card.evidence, { notAsked: 1 })],
    ["evidence.card.evidence.notGiven.0", (data) => Object.assign(data.card.evidence, { notGiven: [1] })],
    ["evidence.settings.skip", (data) => Object.assign(data.settings, { skip: true })],
    ["evidence.settings.revocation", (data) => Object.assign(data.settings, { revocation: { crl: "never" } })],
    ["evidence.settings", (data) => Object.assign(data.settings, { printed: { dateOfBirth: "x" } })],
    ["evidence.report.checks", (data) => Object.assign(data.report, { checks: [{}] })],
  ])("refuses what is no evidence, with its path: %s", (path, change) => {
    const json = toEvidenceJson(good, { trust: card.trust, at: AT }, RECORD);
    const judge = () => validateEvidence(changed(json, change), card.trust);
    expect(judge).toThrow(MalformedError);
    expect(judge).toThrow(expect.objectContaining({ path }));
    expect(() => validateEvidence("{", card.trust)).toThrow(MalformedError);
  });

  it("needs a date", () => {
    const record = { recordedBy: "x", recordedAt: new Date(Number.NaN) };
    expect(() => toEvidenceJson(good, { at: AT }, record)).toThrow(RangeError);
  });
});

describe("the chip", () => {
  const paceCam = {
    curve: "P-256",
    keyId: 12,
    mappingKey: new Uint8Array(65),
    chipAuthenticationData: new Uint8Array(32),
  } as const;
  const shown = (status: "passed" | "failed" | "notChecked") => {
    const list = new CheckList();
    list.add({ id: "path.signature", status, path: "", spec: "", message: "" });
    const card = {
      files: {},
      evidence: { accessControl: "PACE", notGiven: [], notAsked: [], proofs: { paceCam } },
    } as const;
    // read, and without the key
    const cardSecurity = [
      { kind: "efDirInfo", protocol: "2.23.136.1.1.13", efDir: new Uint8Array(), raw: new Uint8Array() },
    ] as const;
    checkChip(list, card, { dg14: [], cardSecurity });
    return list.checks.find(({ id }) => id === "chip.paceCam")?.status;
  };

  it("is shown only once the data are authentic", () => {
    expect([shown("passed"), shown("failed"), shown("notChecked")]).toEqual(["failed", "notChecked", "notChecked"]);
  });
});

describe("the challenge of active authentication", () => {
  const challenge = fromHex("0102030405060708");
  const other = fromHex("0102030405060709");
  let national: CardFiles;
  beforeAll(async () => {
    const chip = virtualChannel(VirtualChip.fromImage(NATIONAL, SECRETS));
    national = await run(chip, readCard({ accessKey: { can: SECRET_NUMBERS.can }, challenge }));
  });
  const json = (options: Partial<ValidateCardOptions> = {}) =>
    toEvidenceJson(national, { trust: TRUST, at: AT, ...options }, RECORD);
  const finding = (report: ValidationReport) => checkOf(report, "chip.activeAuthentication");

  it("is compared with the one that whoever judges has chosen, and convinces only then", () => {
    const judge = (chosen?: Uint8Array) =>
      validateCard(national, { trust: TRUST, at: AT, ...(chosen && { challenge: chosen }) });
    expect(finding(judge(challenge)).message).toContain("it convinces you");
    expect(finding(judge()).message).toContain("has to compare it");
    expect(finding(judge(other))).toMatchObject({ status: "failed", message: expect.stringContaining("a recording") });
    expect([judge(challenge), judge(), judge(other)].map(({ verdict }) => verdict)).toEqual([
      "passed",
      "passed",
      "failed",
    ]);
  });

  it("does not convince because the recorder says that the verifier chose it", () => {
    const proofs = national.evidence.proofs;
    if (proofs?.activeAuthentication === undefined) throw new Error("no proof");
    for (const challengeBy of ["terminal", "verifier"] as const) {
      const activeAuthentication = { ...proofs.activeAuthentication, challengeBy };
      const told = { ...national, evidence: { ...national.evidence, proofs: { ...proofs, activeAuthentication } } };
      const judge = (chosen?: Uint8Array) =>
        finding(validateCard(told, { trust: TRUST, at: AT, ...(chosen && { challenge: chosen }) }));
      expect(judge().message).not.toContain("convinces you");
      expect(judge(other).status).toBe("failed");
      expect(judge(challenge)).toMatchObject({ status: "passed", message: expect.stringContaining("convinces you") });
    }
  });

  it("is never taken from the evidence, whoever wrote it there", () => {
    const recorded = json({ challenge });
    expect(JSON.parse(recorded).settings).toEqual({});
    const again = validateEvidence(recorded, TRUST);
    expect(again.differences).toEqual(["chip.activeAuthentication"]);
    expect(finding(again.report).message).toContain("has to compare it");
    expect(validateEvidence(recorded, TRUST, undefined, challenge).differences).toEqual([]);
    expect(finding(validateEvidence(json(), TRUST, undefined, challenge).report).message).toContain("convinces you");
    expect(finding(validateEvidence(json(), TRUST, undefined, other).report).status).toBe("failed");
    const smuggled = changed(json(), (data) => Object.assign(data.settings, { challenge: "0102030405060708" }));
    expect(() => validateEvidence(smuggled, TRUST)).toThrow(
      expect.objectContaining({ path: "evidence.settings.challenge" }),
    );
  });

  it("has 8 bytes", () => {
    for (const challenge of [new Uint8Array(0), new Uint8Array(7), new Uint8Array(9)]) {
      expect(() => validateCard(national, { trust: TRUST, at: AT, challenge })).toThrow(RangeError);
      expect(() => json({ challenge })).toThrow(RangeError);
      expect(() => validateEvidence(json(), TRUST, undefined, challenge)).toThrow(RangeError);
    }
  });
});

describe("what a display needs", () => {
  it("is portrait and MRZ, or nothing when they are malformed", () => {
    const { mrz, portrait } = displayOf(good);
    expect(mrz).toHaveLength(90);
    expect(toHex(portrait as Uint8Array)).toBe(toHex(SMALL_JPEG));
    expect(displayOf(replace(good, { "EF.DG1": Uint8Array.of(1), "EF.DG2": Uint8Array.of(0x75, 0) }))).toEqual({});
  });

  it("the report tells the certificates and where the trust comes from", () => {
    const { certificates } = validateCard(good, { trust: card.trust, at: AT });
    expect(certificates).toMatchObject([
      { role: "documentSigner", object: "EF.SOD", key: "P-256", signatureAlgorithm: "ECDSA-SHA256" },
      { role: "csca", sha256: fingerprintOf(card.chain.csca), origins: ["pinned (the test)"] },
    ]);
  });
});
