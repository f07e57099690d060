import { describe, expect, it } from "vitest";
import { EXPOSE_SESSION_SECRETS } from "../../src/access/evidence/shared.js";
import { run } from "../../src/apdu/exchange.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, type ChipSecrets, fileOf } from "../../src/card/image.js";
import { eacPassport } from "../../src/card/profiles/passports.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { exportEcScalar, generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { toEvidenceJson, validateEvidence } from "../../src/inspect/evidence.js";
import { type ReadCardOptions, type ReadingTerminal, readCard } from "../../src/inspect/read-card.js";
import { efCvca } from "../../src/lds/cvca.js";
import { parseUntagged } from "../../src/lds/untagged.js";
import { createCvcaLink } from "../../src/pki/cvc/issue.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { newCvca, newHolder, newTerminal, type Party } from "../pki/cvc/support.js";
import {
  AA,
  CA1,
  CA2,
  CAM,
  CVCAS,
  chat,
  GM,
  NATIONAL,
  nationalImage,
  SECRETS,
  TA1,
  TA2,
  terminalWith,
} from "../support/chips.js";
import { checkOf, judge, meddle, rejectionOf } from "../support/inspect.js";
import { AT, TRUST } from "../support/national.js";
import { EAC, passport } from "../support/passports.js";

const terminalOf = (parties: readonly Party[]): ReadingTerminal => ({
  certificates: parties.map(({ certificate }) => certificate),
  signer: (parties.at(-1) as Party).signer,
});
const PARTIES = await terminalWith("IS", ["readDg3"]);
const terminal = terminalOf(PARTIES);
const terminalTrust = { trustPoints: [CVCAS.IS.certificate], currentDate: "2027-03-01" };

const secretsOf = ({ applications }: CardImage, secrets: ChipSecrets): ChipSecrets =>
  Object.fromEntries(
    Object.entries(secrets).filter(([name]) => applications.some((application) => application.secrets.includes(name))),
  );
const chipOf = (image: CardImage, secrets = SECRETS) => VirtualChip.fromImage(image, secretsOf(image, secrets));
const channelOf = (chip: VirtualChip) => virtualChannel(chip, { extended: true });
const read = (options: ReadCardOptions = {}, image = NATIONAL, secrets = SECRETS): Promise<CardFiles> =>
  readWith(options, image, channelOf(chipOf(image, secrets)));
const readWith = (options: ReadCardOptions, image: CardImage, channel: ReturnType<typeof virtualChannel>) =>
  run(channel, readCard({ accessKey: accessKeyOf(image), maxResponse: 65_538, terminal, ...options }));
const verdict = (card: CardFiles, trust = TRUST) => judge(card, { trust, at: AT, terminalTrust });
/** A reader that gives another EF.CardAccess than the chip, as somebody in between may. */
const withCardAccess = (image: CardImage, other: CardImage) => {
  const content = toHex(fileOf(other, "EF.CardAccess") as Uint8Array);
  return meddle(channelOf(chipOf(image)), ({ cla, ins, p1 }) =>
    cla === 0 && ins === 0xb0 && p1 === 0x9c ? `${content}9000` : undefined,
  );
};

describe("a terminal and a chip of version 2", () => {
  it("authenticate each other in the master file, and everything is read in that session", async () => {
    const plain: string[] = [];
    const channel = channelOf(chipOf(NATIONAL));
    const transmit: typeof channel.transmit = (command, options) => {
      if (command[0] === 0) plain.push(toHex(command));
      return channel.transmit(command, options);
    };
    const card = await readWith({}, NATIONAL, { ...channel, transmit });
    const { proofs, falls, notGiven } = card.evidence;
    expect(falls).toBeUndefined();
    expect(notGiven).toEqual([]);
    expect(card.files["EF.DG3"]).toEqual(fileOf(NATIONAL, "EF.DG3"));
    expect(proofs?.terminalAuthentication).toMatchObject({ version: 2 });
    expect(proofs?.chipAuthentication).toMatchObject({ version: 2, confirmed: true, keyId: 1 });
    // the x-coordinate of the one key is what the other protocol announced
    const { ephemeralKey } = proofs?.chipAuthentication ?? {};
    expect(proofs?.terminalAuthentication?.compressedKey).toEqual(ephemeralKey?.slice(1, 33));
    // MSE:Set AT of PACE has the terminal's type, and asks for everything (9303-11 §4.4.4.1)
    const [template] = plain.filter((command) => command.startsWith("0022c1a4"));
    expect(template).toContain("7f4c0e060904007f00070301020153013f");
    const report = verdict(card);
    expect(report.verdict).toBe("passed");
    for (const id of ["chip.chipAuthentication", "chip.terminalAuthentication", "accessControl.downgrade"]) {
      expect(checkOf(report, id).status, id).toBe("passed");
    }
    const json = toEvidenceJson(card, { trust: TRUST, at: AT, terminalTrust }, { recordedBy: "test", recordedAt: AT });
    expect(validateEvidence(json, TRUST, terminalTrust).differences).toEqual([]);
  });

  it("in PACE by its mapping too; the chip goes by what is asked for, not by the key that it has already", async () => {
    const image = nationalImage([CAM, CA1, CA2, TA1, TA2, AA]);
    const card = await read({}, image);
    expect(card.evidence.falls).toBeUndefined();
    expect(Object.keys(card.evidence.proofs ?? {}).sort()).toEqual([
      "activeAuthentication",
      "chipAuthentication",
      "paceCam",
      "terminalAuthentication",
    ]);
    expect(card.evidence.proofs?.terminalAuthentication?.version).toBe(2);
    expect(card.files["EF.DG3"]).toBeInstanceOf(Uint8Array);
  });

  it("are judged again offline: the token and the key in EF.CardSecurity", async () => {
    const card = await read({ [EXPOSE_SESSION_SECRETS]: true });
    const judged = (change: object, files = card.files) => {
      const { proofs } = card.evidence;
      const chipAuthentication = { ...proofs?.chipAuthentication, ...change } as NonNullable<
        typeof proofs
      >["chipAuthentication"];
      const changed = { ...proofs, chipAuthentication } as NonNullable<typeof proofs>;
      return verdict({ files, evidence: { ...card.evidence, proofs: changed } });
    };
    const check = (change: object) => checkOf(judged(change), "chip.chipAuthentication");
    expect(check({})).toMatchObject({ status: "passed", evidence: { recomputed: "yes" } });
    expect(check({ token: new Uint8Array(8) }).status).toBe("failed");
    expect(check({ nonce: new Uint8Array(8) }).status).toBe("failed");
    const strange = encodeSpki("brainpoolP256r1", generateEcPrivateKey("brainpoolP256r1").point, "explicit").slice(-65);
    expect(check({ publicKey: strange })).toMatchObject({
      status: "failed",
      message: expect.stringContaining("signed"),
    });
    const security = (card.files["EF.CardSecurity"] as Uint8Array).slice();
    security[security.length - 5] = (security[security.length - 5] as number) ^ 1;
    const report = judged({}, { ...card.files, "EF.CardSecurity": security });
    expect(report.verdict).toBe("failed");
    expect(checkOf(report, "chip.chipAuthentication").status).toBe("notChecked");
    const { "EF.CardSecurity": _, ...without } = card.files;
    expect(checkOf(judged({}, without), "chip.chipAuthentication").status).not.toBe("passed");
  });

  it("with several keys: the strongest cipher that both know, and its own key", async () => {
    const key = generateEcPrivateKey("P-256");
    const second: InstalledProtocol = {
      kind: "chipAuthentication",
      protocol: "0.4.0.127.0.7.2.2.3.2.4",
      version: 2,
      keyId: 12,
      publicKey: encodeSpki("P-256", key.point, "explicit"),
    };
    const secrets = { ...SECRETS, [CHIP_SECRETS.chipAuthentication(12)]: exportEcScalar(key) };
    for (const both of [
      [CA2, second],
      [second, CA2],
    ]) {
      const card = await read({}, nationalImage([GM, CA1, TA1, TA2, AA, ...both]), secrets);
      expect(card.evidence.falls).toBeUndefined();
      expect(card.evidence.proofs?.chipAuthentication).toMatchObject({
        keyId: 12,
        protocol: second.protocol,
        version: 2,
      });
      expect(verdict(card).verdict).toBe("passed");
    }
  });
});

describe("version 2 that does not come about", () => {
  const forgetting = (name: string): CardImage => ({
    ...NATIONAL,
    applications: NATIONAL.applications.map((application) => ({
      ...application,
      secrets: application.secrets.filter((secret) => secret !== name),
    })),
  });

  it("because the chip is a copy with a key of its own: found out, and the fingers stay closed", async () => {
    const secrets = { ...SECRETS, [CHIP_SECRETS.chipAuthentication(1)]: new Uint8Array(32).fill(0x11) };
    const card = await read({}, NATIONAL, secrets);
    expect(card.evidence.falls).toEqual([
      expect.objectContaining({ kind: "chipAuthentication", reason: "notGenuine" }),
      { kind: "terminalAuthentication", reason: "noChipAuthentication" },
    ]);
    expect(card.files["EF.DG3"]).toBeUndefined();
    expect(verdict(card).verdict).toBe("failed");
    expect(checkOf(verdict(card), "chip.chipAuthentication").status).toBe("failed");
    const allow = { chipAuthentication: false };
    expect(await rejectionOf(read({ allow }, NATIONAL, secrets))).toMatchObject({ code: "CHIP_NOT_GENUINE" });
  });

  it("because the chip has no key: the terminal proved itself, and has no rights", async () => {
    const card = await read({}, forgetting(CHIP_SECRETS.chipAuthentication(1)));
    expect(card.evidence.falls).toEqual([
      { kind: "chipAuthentication", version: 2, reason: "refused", sw: expect.any(Number) },
      { kind: "terminalAuthentication", reason: "noChipAuthentication" },
      expect.objectContaining({ kind: "chipAuthentication", reason: "refused" }),
    ]);
    expect(card.evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
    const falls = checkOf(verdict(card), "accessControl.falls");
    expect(falls.status).toBe("warning");
    expect(falls.evidence?.[1]).toContain("without chip authentication 2: refused");
    expect(falls.evidence?.[2]).toContain("noChipAuthentication");
  });

  it("because EF.CardSecurity is not signed by somebody trusted, or in time", async () => {
    const trusted = (at: Date) => ({ ...terminal, passiveAuthentication: { trust: TRUST, at } });
    expect((await read({ terminal: trusted(AT) })).evidence.falls).toBeUndefined();
    const late = new Date("2099-01-01T00:00:00Z");
    const card = await read({ terminal: trusted(late) });
    expect(card.evidence.falls?.[0]).toEqual({ kind: "chipAuthentication", version: 2, reason: "notAuthentic" });
    expect(card.evidence.falls?.[1]).toEqual({ kind: "terminalAuthentication", reason: "noChipAuthentication" });
    expect(card.evidence.proofs?.chipAuthentication).toBeUndefined();
    expect(card.files["EF.DG3"]).toBeUndefined();
    const refused = read({ terminal: trusted(late), allow: { chipAuthentication: false } });
    expect(await rejectionOf(refused)).toMatchObject({ code: "CHIP_AUTHENTICATION_REFUSED", step: "EF.CardSecurity" });
  });

  it("because EF.CardSecurity has no key of what EF.CardAccess offers", async () => {
    const group = encodeSpki("P-256", generateEcPrivateKey("P-256").point, "explicit");
    const other = nationalImage([GM, { ...CA2, publicKey: group, parameterId: 12 } as InstalledProtocol, TA2, AA]);
    const card = await readWith({}, NATIONAL, withCardAccess(NATIONAL, other));
    expect(card.evidence.falls?.[0]).toEqual({ kind: "chipAuthentication", version: 2, reason: "noKey" });
    expect(checkOf(verdict(card), "accessControl.downgrade").status).toBe("failed");
  });

  it("because somebody took it out of EF.CardAccess: version 1, and the signed files tell", async () => {
    const other = nationalImage([GM, CA1, TA1, AA]);
    const card = await readWith({}, NATIONAL, withCardAccess(NATIONAL, other));
    expect(card.evidence.proofs?.chipAuthentication?.version).toBe(1);
    expect(card.evidence.proofs?.terminalAuthentication?.version).toBe(1);
    const report = verdict(card);
    expect(checkOf(report, "accessControl.downgrade")).toMatchObject({
      status: "failed",
      evidence: { removed: expect.stringContaining("0.4.0.127.0.7.2.2.2") },
    });
    expect(report.verdict).toBe("failed");
  });
});

describe("a chain that begins where the chip says", () => {
  /** A second CVCA for inspection systems, with its own DV and terminal. */
  const second = async () => {
    const cvca = await newCvca({
      chr: "UTISCVCA00002",
      chat: chat("cvca", "IS"),
      effectiveDate: "2027-01-15",
      expirationDate: "2030-12-31",
    });
    const dv = await newHolder(cvca, { chr: "UTISDV00002", chat: chat("dvDomestic", "IS") });
    return {
      cvca,
      dv,
      terminal: await newTerminal(dv, { chr: "UTISTERM00002", chat: chat("terminal", "IS", ["readDg3"]) }),
    };
  };
  const PROTOCOLS = [{ ...GM, passwords: ["can"] } as InstalledProtocol, CA1, TA1];
  /** Opened by BAC: the chip does not name its trust points but in EF.CVCA. */
  const bacOnly = ({ masterFile: _, ...image }: CardImage): CardImage => image;

  it("in EF.CVCA: of two chains for one key that of the trust point, whatever else is there", async () => {
    const { cvca, dv, terminal: own } = await second();
    const { image } = passport(eacPassport, PROTOCOLS, [CVCAS.IS.certificate, cvca.certificate]);
    expect(parseUntagged(efCvca, fileOf(image, "EF.CVCA") as Uint8Array)).toEqual(["UTISCVCA00002", "UTISCVCA00001"]);
    const only = passport(eacPassport, PROTOCOLS, [cvca.certificate]).image;
    const secrets = { ...SECRETS, [CHIP_SECRETS.trustPoints]: cvca.certificate.raw };
    // the same terminal, certified by a DV of the first CVCA too
    const [firstDv] = PARTIES as [Party];
    const alias = await newTerminal(firstDv, {
      chr: "UTISTERM00002",
      chat: chat("terminal", "IS", ["readDg3"]),
      signer: own.signer,
    } as never);
    const certificates = [alias, firstDv, own, dv].map(({ certificate }) => certificate);
    const card = await read({ terminal: { certificates, signer: own.signer } }, bacOnly(only), secrets);
    expect(card.evidence.falls).toBeUndefined();
    expect(card.evidence.proofs?.terminalAuthentication?.certificates.map(toHex)).toEqual(
      [dv, own].map(({ certificate }) => toHex(certificate.raw)),
    );
    expect(card.files["EF.DG3"]).toBeInstanceOf(Uint8Array);
  });

  it.each([
    ["named in EF.CVCA", (image: CardImage) => bacOnly(image)],
    ["named in PACE", (image: CardImage) => image],
  ])("there is none: terminal authentication is left out, and the report says why (%s)", async (_, change) => {
    const { dv, terminal: own } = await second();
    const image = change(EAC.image);
    const options = { terminal: terminalOf([dv, own]) };
    const card = await read(options, image);
    const fall = { kind: "terminalAuthentication", reason: "noChain", trustPoints: ["UTISCVCA00001"] };
    expect(card.evidence.falls).toEqual([fall]);
    expect(card.evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
    const report = verdict(card);
    expect(checkOf(report, "chip.terminalAuthentication")).toMatchObject({
      status: "notChecked",
      message: expect.stringContaining("leads from what the chip trusts"),
      evidence: { trustPoints: "UTISCVCA00001" },
    });
    expect(checkOf(report, "accessControl.falls").evidence?.[1]).toContain("UTISCVCA00001");
    const json = toEvidenceJson(card, { trust: TRUST, at: AT }, { recordedBy: "test", recordedAt: AT });
    expect(validateEvidence(json, TRUST).differences).toEqual([]);
    const refused = await rejectionOf(read({ ...options, allow: { terminalAuthentication: false } }, image));
    expect(refused).toMatchObject({ code: "TERMINAL_AUTHENTICATION_REFUSED", step: "noChain" });
    expect((refused as Error).message).toContain("UTISCVCA00001");
  });

  it("EF.CVCA follows when the chip accepts a link certificate, and survives a reset", async () => {
    const { cvca, dv, terminal: own } = await second();
    const link = await createCvcaLink({ issuer: CVCAS.IS, next: cvca.certificate });
    const chip = chipOf(bacOnly(EAC.image));
    const certificates = [link, dv.certificate, own.certificate];
    const readAgain = () => readWith({ terminal: { certificates, signer: own.signer } }, EAC.image, channelOf(chip));
    const before = await readAgain();
    expect(before.evidence.proofs?.terminalAuthentication?.certificates).toHaveLength(3);
    chip.reset();
    // now the chip names the new one first: the link is not needed
    const after = await readAgain();
    expect(after.evidence.proofs?.terminalAuthentication?.certificates).toHaveLength(2);
    expect(after.evidence.falls).toBeUndefined();
  });

  it("goes without the template where the chip does not take it in PACE", async () => {
    const channel = meddle(channelOf(chipOf(EAC.image)), ({ ins, p1, data }) =>
      ins === 0x22 && p1 === 0xc1 && toHex(data).includes("7f4c") ? "6a80" : undefined,
    );
    const card = await readWith({}, EAC.image, channel);
    expect(card.evidence.falls).toEqual([{ kind: "paceTemplate", sw: 0x6a80 }]);
    expect(card.evidence.proofs?.terminalAuthentication?.version).toBe(1);
    expect(card.files["EF.DG3"]).toBeInstanceOf(Uint8Array);
    expect(checkOf(verdict(card), "accessControl.falls").status).toBe("passed");
    const again = meddle(channelOf(chipOf(EAC.image)), ({ ins, p1 }) =>
      ins === 0x22 && p1 === 0xc1 ? "6a80" : undefined,
    );
    const allow = { paceTemplate: false };
    expect(await rejectionOf(readWith({ allow }, EAC.image, again))).toMatchObject({ code: "PACE_FAILED" });
  });

  it("says nothing of rights that the chip did not grant: an authentication terminal at a passport", async () => {
    const at = terminalOf(await terminalWith("AT", ["readDg4"]));
    const card = await read({ terminal: at }, EAC.image);
    expect(card.evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
    expect(card.files["EF.DG1"]).toBeInstanceOf(Uint8Array);
  });
});
