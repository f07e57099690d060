import { beforeAll, describe, expect, it } from "vitest";
import { EXPOSE_SESSION_SECRETS } from "../../src/access/evidence/shared.js";
import { run } from "../../src/apdu/exchange.js";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { toEvidenceJson, validateEvidence } from "../../src/inspect/evidence.js";
import { parseReadingEvidence, readingEvidenceJson } from "../../src/inspect/evidence-json.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { type ChannelFault, faultyChannel } from "../../src/testing/faulty-channel.js";
import {
  AA,
  CA1,
  CAM,
  CVCAS,
  GM,
  NATIONAL,
  nationalImage,
  SECRET_NUMBERS,
  SECRETS,
  TA1,
  terminalWith,
} from "../support/chips.js";
import { checkOf, judge, meddle, rejectionOf } from "../support/inspect.js";
import { AT, TRUST } from "../support/national.js";

const CAN = { can: SECRET_NUMBERS.can };
const MRZ = accessKeyOf(NATIONAL);
const OTHER_KEY = new Uint8Array(32).fill(0x11);

const channelTo = (image: CardImage, secrets: ChipSecrets = SECRETS) =>
  virtualChannel(VirtualChip.fromImage(image, secrets), { extended: true });
const secretsOf = ({ applications }: CardImage): ChipSecrets =>
  Object.fromEntries(
    Object.entries(SECRETS).filter(([name]) => applications.some(({ secrets }) => secrets.includes(name))),
  );
const read = (
  options: ReadCardOptions = {},
  image = NATIONAL,
  secrets: ChipSecrets = secretsOf(image),
): Promise<CardFiles> => run(channelTo(image, secrets), readCard({ accessKey: MRZ, maxResponse: 65_538, ...options }));
const verdict = (card: CardFiles) => judge(card, { trust: TRUST, at: AT });

/** Terminal for the fingers. */
const TERMINAL = await terminalWith("IS", ["readDg3", "readDg4"]);
const terminal = {
  certificates: TERMINAL.map(({ certificate }) => certificate).toReversed(),
  signer: (TERMINAL.at(-1) as (typeof TERMINAL)[number]).signer,
};
const terminalTrust = { trustPoints: [CVCAS.IS.certificate], currentDate: "2027-03-01" };
let CAM_CARD: CardImage;
beforeAll(() => {
  CAM_CARD = nationalImage([CAM, CA1, TA1, AA]);
});
/** A chip without an EF.CardAccess, or with another one, as somebody in between would have it. */
const withCardAccess = (image: CardImage, content: Uint8Array | undefined): CardImage => ({
  ...image,
  masterFile: (image.masterFile ?? []).flatMap((file) =>
    file.name !== "EF.CardAccess" ? [file] : content === undefined ? [] : [{ ...file, content }],
  ),
});

/** A chip that was not given some of its secrets, as a copy of the files is not. */
const forgetting = (...names: readonly string[]): CardImage => ({
  ...NATIONAL,
  applications: NATIONAL.applications.map((application) => ({
    ...application,
    secrets: application.secrets.filter((name) => !names.includes(name)),
  })),
});

describe("the best door", () => {
  it("is PACE by the MRZ where EF.CardAccess offers it, and the signed files agree", async () => {
    const card = await read({ proofs: [] });
    expect(card.evidence).toMatchObject({ accessControl: "PACE", pace: { password: "mrz", parameterId: 13 } });
    expect(card.evidence.falls).toBeUndefined();
    expect(checkOf(verdict(card), "accessControl.downgrade").status).toBe("passed");
    expect(checkOf(verdict(card), "chip.chipAuthentication").status).toBe("warning");
  });

  it("is PACE by the CAN", async () => {
    const { evidence } = await read({ accessKey: CAN, proofs: [] });
    expect(evidence.pace?.password).toBe("can");
  });

  it("is never BAC after PACE failed, unless the caller allows it", async () => {
    const failing = () =>
      meddle(channelTo(NATIONAL), ({ ins, p1 }) => (ins === 0x22 && p1 === 0xc1 ? fromHex("6a80") : undefined));
    const refused = await rejectionOf(run(failing(), readCard({ accessKey: MRZ })));
    expect(refused).toMatchObject({ code: "PACE_FAILED" });
    const allow = { paceToBac: true };
    // the national card has no BAC to fall to; that it is asked for shows the fall
    const asked = await rejectionOf(run(failing(), readCard({ accessKey: MRZ, allow })));
    expect(asked).toMatchObject({ header: "00840000" });
    expect(await rejectionOf(run(failing(), readCard({ accessKey: CAN, allow })))).toMatchObject({
      code: "PACE_FAILED",
    });
  });

  it.each([
    ["is malformed", "3103"],
    ["offers what nobody knows", "31143012060a04007f0007020204020202010202011f"],
  ])("is not BAC either when EF.CardAccess %s", async (_, hex) => {
    const image = withCardAccess(NATIONAL, fromHex(hex));
    expect(await rejectionOf(read({}, image))).toMatchObject({ code: expect.stringMatching(/PACE_FAILED|TRUNCATED/) });
  });
});

describe("what the chip proves", () => {
  it("by chip authentication and active authentication, judged again offline", async () => {
    const challenge = fromHex("0102030405060708");
    const card = await read({ challenge });
    const { proofs, falls } = card.evidence;
    expect(falls).toBeUndefined();
    expect(proofs?.chipAuthentication).toMatchObject({ confirmed: true, version: 1 });
    expect(proofs?.activeAuthentication).toMatchObject({ challenge, challengeBy: "verifier" });
    const report = verdict(card);
    expect(report.verdict).toBe("passed");
    expect(checkOf(report, "chip.chipAuthentication")).toMatchObject({
      status: "passed",
      message: expect.stringContaining("convinces only the terminal"),
    });
    expect(checkOf(report, "chip.activeAuthentication").status).toBe("passed");
    expect(report.summary).not.toContain("genuine");
  });

  it("in PACE with its mapping, so that chip authentication is not needed", async () => {
    const card = await read({ proofs: ["chipAuthentication"] }, CAM_CARD);
    expect(Object.keys(card.evidence.proofs ?? {})).toEqual(["paceCam"]);
    const report = verdict(card);
    expect(checkOf(report, "chip.paceCam").status).toBe("passed");
    expect(checkOf(report, "signature.signature.EF.CardSecurity").status).toBe("passed");
    // the file with the key was changed on its way
    const file = card.files["EF.CardSecurity"] as Uint8Array;
    const changed = file.slice();
    changed[file.length - 5] = (changed[file.length - 5] as number) ^ 1;
    const other = verdict({ ...card, files: { ...card.files, "EF.CardSecurity": changed } });
    expect(other.verdict).toBe("failed");
    expect(checkOf(other, "chip.paceCam").status).toBe("notChecked");
  });

  it("in PACE with its mapping, and without EF.CardSecurity it is not shown which key that was", async () => {
    const closed: CardImage = {
      ...CAM_CARD,
      masterFile: (CAM_CARD.masterFile ?? []).map((file) =>
        file.name === "EF.CardSecurity" ? { ...file, read: { kind: "never" } } : file,
      ),
    };
    const card = await read({}, closed);
    expect(card.files["EF.DG14"]).toBeInstanceOf(Uint8Array);
    expect(card.evidence.masterFileNotGiven).toEqual([{ name: "EF.CardSecurity", sw: 0x6982 }]);
    const report = verdict(card);
    expect(checkOf(report, "chip.paceCam")).toMatchObject({
      status: "notChecked",
      message: expect.stringContaining("was not read"),
    });
    expect(checkOf(report, "masterFile.notGiven").status).toBe("notChecked");
    expect(report.verdict).toBe("incomplete");
    // EF.DG14 has the key of PACE's own number: it is judged by that one
    const proof = card.evidence.proofs?.paceCam;
    if (proof === undefined) throw new Error("no proof");
    const evidence = { ...card.evidence, proofs: { paceCam: { ...proof, keyId: 1 } } };
    expect(checkOf(verdict({ ...card, evidence }), "chip.paceCam").status).toBe("failed");
  });

  it.each([
    ["chip authentication", CHIP_SECRETS.chipAuthentication(1), "chip.chipAuthentication", () => NATIONAL],
    ["the mapping of PACE", CHIP_SECRETS.chipAuthentication(13), "chip.paceCam", () => CAM_CARD],
  ])("a copy with another key fails %s, and is told", async (_, secret, id, image) => {
    const card = await read({}, image(), { ...SECRETS, [secret]: OTHER_KEY });
    const report = verdict(card);
    expect(checkOf(report, id).status).toBe("failed");
    expect(report.verdict).toBe("failed");
  });

  it("a copy without any key is neither genuine nor shown to be a copy", async () => {
    const card = await read({}, forgetting(CHIP_SECRETS.chipAuthentication(1), CHIP_SECRETS.activeAuthentication));
    expect(card.evidence.falls).toEqual([
      expect.objectContaining({ kind: "chipAuthentication", reason: "refused" }),
      expect.objectContaining({ kind: "activeAuthentication", reason: "refused" }),
    ]);
    const report = verdict(card);
    expect(report.verdict).toBe("incomplete");
    expect(checkOf(report, "chip.chipAuthentication").status).toBe("notChecked");
    expect(checkOf(report, "chip.activeAuthentication").status).toBe("notChecked");
    expect(checkOf(report, "accessControl.falls").status).toBe("warning");
  });

  describe("when one answer is bad on its way", () => {
    /** The chip's first answer under the keys of chip authentication comes after that to GENERAL AUTHENTICATE, the last of its kind. */
    const firstAnswer = async (key: ReadCardOptions["accessKey"]) => {
      let count = 0;
      let last = 0;
      let signs = 0;
      const counting = meddle(channelTo(NATIONAL), ({ ins }) => {
        if (ins === 0x86) last = count;
        if (ins === 0x88) signs++;
        count++;
        return undefined;
      });
      await run(counting, readCard({ accessKey: key ?? MRZ, maxResponse: 65_538 }));
      expect(signs).toBe(1);
      return last + 1;
    };
    const readWith = async (faults: readonly ChannelFault[], options: ReadCardOptions = {}) =>
      run(faultyChannel(channelTo(NATIONAL), faults), readCard({ accessKey: MRZ, maxResponse: 65_538, ...options }));

    it.each<[string, object]>([
      ["a MAC", { kind: "corrupted", byte: -3 }],
      ["6988 in the clear", { kind: "status", sw: 0x6988 }],
      ["6987 in the clear", { kind: "status", sw: 0x6987 }],
    ])("%s: the chip is asked once more, and is genuine", async (_, fault) => {
      const at = await firstAnswer(MRZ);
      for (const allow of [{}, { chipAuthentication: false }]) {
        const card = await readWith([{ at, ...fault } as ChannelFault], { allow });
        expect(card.evidence.falls).toBeUndefined();
        expect(checkOf(verdict(card), "chip.chipAuthentication").status).toBe("passed");
        expect(verdict(card).verdict).toBe("passed");
      }
    });

    it.each([0x6f00, 0x6700, 0x6a82])("%d in the clear says nothing of the key", async (sw) => {
      const faults = [{ at: await firstAnswer(MRZ), kind: "status", sw }] as const;
      const card = await readWith(faults);
      expect(card.evidence.falls).toEqual([{ kind: "chipAuthentication", reason: "refused", sw }]);
      expect(checkOf(verdict(card), "chip.chipAuthentication").status).toBe("notChecked");
      expect(verdict(card).verdict).toBe("incomplete");
      const error = await rejectionOf(readWith(faults, { allow: { chipAuthentication: false } }));
      expect(error).toMatchObject({ code: "CHIP_AUTHENTICATION_REFUSED" });
    });

    it("a copy is asked twice, and found out for all that", async () => {
      let asked = 0;
      const copy = channelTo(NATIONAL, { ...SECRETS, [CHIP_SECRETS.chipAuthentication(1)]: OTHER_KEY });
      const channel = meddle(copy, ({ cla, ins, p1, p2 }) => {
        if (cla === 0x0c && ins === 0x22 && p1 === 0x41 && p2 === 0xa4) asked++;
        return undefined;
      });
      const card = await run(channel, readCard({ accessKey: MRZ, maxResponse: 65_538 }));
      expect(asked).toBe(2);
      expect(card.evidence.falls).toEqual([{ kind: "chipAuthentication", reason: "notGenuine", sw: 0x6988 }]);
      expect(verdict(card).verdict).toBe("failed");
    });
  });

  it("is asked for in vain only as long as the caller allows it", async () => {
    const without = forgetting(CHIP_SECRETS.chipAuthentication(1));
    const allow = { chipAuthentication: false };
    expect(await rejectionOf(read({ allow }, without))).toMatchObject({
      code: "CHIP_AUTHENTICATION_REFUSED",
    });
    const copy = { ...SECRETS, [CHIP_SECRETS.chipAuthentication(1)]: OTHER_KEY };
    expect(await rejectionOf(read({ allow }, NATIONAL, copy))).toMatchObject({ code: "CHIP_NOT_GENUINE" });
  });

  it("a signature over another challenge fails", async () => {
    const card = await read();
    const { activeAuthentication } = card.evidence.proofs ?? {};
    if (activeAuthentication === undefined) throw new Error("no proof");
    const old = { ...activeAuthentication, challenge: new Uint8Array(8) };
    const evidence = { ...card.evidence, proofs: { ...card.evidence.proofs, activeAuthentication: old } };
    expect(checkOf(verdict({ ...card, evidence }), "chip.activeAuthentication").status).toBe("failed");
  });
});

describe("what the terminal proves", () => {
  it("opens the fingers, and is judged again by who knows the CVCA", async () => {
    const without = await read();
    expect(without.evidence.notGiven.map(({ name }) => name)).toEqual(["EF.DG3"]);
    const card = await read({ terminal });
    expect(card.evidence.notGiven).toEqual([]);
    expect(card.files["EF.DG3"]).toBeInstanceOf(Uint8Array);
    const check = (trust?: typeof terminalTrust) =>
      checkOf(
        judge(card, { trust: TRUST, at: AT, ...(trust && { terminalTrust: trust }) }),
        "chip.terminalAuthentication",
      );
    expect(check(terminalTrust).status).toBe("passed");
    expect(check().status).toBe("notChecked");
    expect(verdict(card).verdict).toBe("passed");
  });

  it("after PACE with its mapping too", async () => {
    const card = await read({ terminal }, CAM_CARD);
    expect(card.evidence.proofs?.terminalAuthentication?.version).toBe(1);
    expect(card.evidence.notGiven).toEqual([]);
  });

  it("is not enough without chip authentication, or a chain", async () => {
    const without = forgetting(CHIP_SECRETS.chipAuthentication(1));
    const reasons = [
      await read({ terminal }, without),
      await read({ terminal: { ...terminal, certificates: [] } }),
    ].map(({ evidence }) => evidence.falls?.find(({ kind }) => kind === "terminalAuthentication"));
    expect(reasons).toEqual([
      { kind: "terminalAuthentication", reason: "noChipAuthentication" },
      { kind: "terminalAuthentication", reason: "noChain", trustPoints: [] },
    ]);
    const allow = { terminalAuthentication: false };
    const refused = read({ terminal: { ...terminal, certificates: [] }, allow });
    expect(await rejectionOf(refused)).toMatchObject({ code: "TERMINAL_AUTHENTICATION_REFUSED" });
  });
});

describe("evidence", () => {
  it("goes through JSON, is judged the same elsewhere, and holds no key of the session", async () => {
    const card = await read({ terminal });
    const json = toEvidenceJson(card, { trust: TRUST, at: AT, terminalTrust }, { recordedBy: "test", recordedAt: AT });
    expect(validateEvidence(json, TRUST, terminalTrust).differences).toEqual([]);
    expect(validateEvidence(json, TRUST).differences).toEqual(["chip.terminalAuthentication"]);
    expect(json).not.toContain("ephemeralPrivateKey");
    const again = parseReadingEvidence(JSON.parse(JSON.stringify(readingEvidenceJson(card.evidence))));
    expect(again).toEqual(card.evidence);
    const secrets = [utf8(SECRET_NUMBERS.can), utf8(`${MRZ.documentNumber}<`), ...Object.values(SECRETS)].map(toHex);
    for (const secret of secrets.filter(
      (hex) => hex.length > 8 && hex !== toHex(SECRETS[CHIP_SECRETS.trustPoints] ?? OTHER_KEY),
    )) {
      expect(JSON.stringify(readingEvidenceJson(card.evidence))).not.toContain(secret);
    }
  });

  it("holds the ephemeral key when that is asked for loudly, and the proof is recomputed", async () => {
    const card = await read({ [EXPOSE_SESSION_SECRETS]: true });
    expect(card.evidence.proofs?.chipAuthentication?.ephemeralPrivateKey).toBeInstanceOf(Uint8Array);
    const check = checkOf(verdict(card), "chip.chipAuthentication");
    expect(check).toMatchObject({ status: "passed", evidence: { recomputed: "yes" } });
    expect(check.message).toContain("those who trust the terminal");
  });
});

describe("EF.CardAccess that somebody changed", () => {
  it("by taking a mapping away is told by the signed files", async () => {
    const both = nationalImage([CAM, GM, CA1, TA1, AA]);
    const genuine = both.masterFile?.find(({ name }) => name === "EF.CardAccess")?.content as Uint8Array;
    expect((await read({}, both)).evidence.pace?.name).toContain("CAM");
    const only = nationalImage([GM, AA]).masterFile?.find(({ name }) => name === "EF.CardAccess")
      ?.content as Uint8Array;
    expect(toHex(only)).not.toBe(toHex(genuine));
    const card = await read({}, withCardAccess(both, only));
    expect(card.evidence.pace?.name).toContain("GM");
    const report = verdict(card);
    expect(checkOf(report, "accessControl.downgrade").status).toBe("failed");
    expect(report.verdict).toBe("failed");
  });
});
