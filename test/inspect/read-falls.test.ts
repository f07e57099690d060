import { describe, expect, it } from "vitest";
import type { CommandApdu } from "../../src/apdu/apdu.js";
import { run } from "../../src/apdu/exchange.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, fileOf } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { toEvidenceJson, validateEvidence } from "../../src/inspect/evidence.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { SECRETS } from "../support/chips.js";
import { checkOf, judge, meddle } from "../support/inspect.js";
import { AT, TRUST } from "../support/national.js";
import { twoDoors } from "../support/two-doors.js";

const EAC = { image: twoDoors(), secrets: SECRETS };
const accessKey = accessKeyOf(EAC.image);
type Meddling = (command: CommandApdu) => string | undefined;

async function read(meddling: Meddling, options: ReadCardOptions = {}) {
  const sent: string[] = [];
  const inner = virtualChannel(VirtualChip.fromImage(EAC.image, EAC.secrets));
  const channel = meddle(inner, (command) => {
    sent.push(`${toHex(Uint8Array.of(command.cla, command.ins, command.p1, command.p2))}`);
    return meddling(command);
  });
  const work = run(channel, readCard({ accessKey, ...options }));
  return { result: await work.catch((error: unknown) => error), sent };
}
const honest: Meddling = () => undefined;
const isBac = (header: string) => header === "00840000" || header === "00820000";
const verdict = (card: CardFiles) => judge(card, { trust: TRUST, at: AT });

/** Ways in which PACE does not come about, at each of its steps. */
const FAILURES: Readonly<Record<string, Meddling>> = {
  "MSE:Set AT is refused": ({ ins, p1 }) => (ins === 0x22 && p1 === 0xc1 ? "6a80" : undefined),
  "the nonce is not given": ({ ins, data }) => (ins === 0x86 && toHex(data) === "7c00" ? "6a88" : undefined),
  "mapping is refused": ({ ins, data }) => (ins === 0x86 && data[2] === 0x81 ? "6300" : undefined),
  "key agreement is refused": ({ ins, data }) => (ins === 0x86 && data[2] === 0x83 ? "6300" : undefined),
};

describe("PACE that does not come about", () => {
  it.each(Object.entries(FAILURES))("because %s: no BAC by default, and nothing of it is sent", async (_, failing) => {
    const { result, sent } = await read(failing);
    expect(result).toMatchObject({ code: "PACE_FAILED" });
    expect(sent.some(isBac)).toBe(false);
  });

  it.each(Object.entries(FAILURES))(
    "because %s: BAC when the caller allows it, told wherever one looks",
    async (_, failing) => {
      const { result, sent } = await read(failing, { allow: { paceToBac: true } });
      const card = result as CardFiles;
      expect(sent.filter(isBac)).toEqual(["00840000", "00820000"]);
      expect(card.evidence.accessControl).toBe("BAC");
      expect(card.evidence.pace).toBeUndefined();
      const [fall] = card.evidence.falls ?? [];
      expect(fall).toEqual({ kind: "paceToBac", reason: "failed", sw: expect.any(Number) });
      for (const name of ["EF.COM", "EF.SOD", "EF.DG1", "EF.DG2", "EF.DG14"]) {
        expect(card.files[name]).toEqual(fileOf(EAC.image, name));
      }
      const report = verdict(card);
      expect(report.verdict).toBe("passed");
      expect(report.summary).toContain("opened in a weaker way than it offers");
      expect(checkOf(report, "accessControl").message).toBe("Opened by BAC.");
      expect(checkOf(report, "accessControl.downgrade")).toMatchObject({
        status: "warning",
        message: expect.stringContaining("which the caller allowed"),
      });
      expect(checkOf(report, "accessControl.falls")).toMatchObject({
        status: "warning",
        message: expect.stringContaining("BAC instead of PACE: failed"),
      });
      // It goes along with the evidence, to whoever judges it again.
      const json = toEvidenceJson(card, { trust: TRUST, at: AT }, { recordedBy: "test", recordedAt: AT });
      const again = validateEvidence(json, TRUST);
      expect(again.differences).toEqual([]);
      expect(again.report.summary).toBe(report.summary);
    },
  );

  it("is no matter of a word: who takes the fall out of the evidence gets a verdict that fails", async () => {
    const { result } = await read(FAILURES["MSE:Set AT is refused"] as Meddling, { allow: { paceToBac: true } });
    const card = result as CardFiles;
    const { falls: _falls, ...evidence } = card.evidence;
    const silent = verdict({ ...card, evidence });
    expect(silent.verdict).toBe("failed");
    expect(checkOf(silent, "accessControl.downgrade").status).toBe("failed");
    const asPace = verdict({ ...card, evidence: { ...evidence, accessControl: "PACE" } });
    expect(checkOf(asPace, "accessControl").message).toBe("Opened by PACE.");
  });

  it("a wrong key is no reason to try the other door with it, when the fall is not allowed", async () => {
    const wrong = { ...accessKey, dateOfBirth: "700101" };
    const { result, sent } = await read(honest, { accessKey: wrong });
    expect(result).toBeInstanceOf(Error);
    expect(sent.some(isBac)).toBe(false);
  });

  it("with the honest chip nothing is settled for, and the summary says nothing of it", async () => {
    const card = (await read(honest)).result as CardFiles;
    expect(card.evidence.accessControl).toBe("PACE");
    expect(card.evidence.falls).toBeUndefined();
    expect(verdict(card).summary).not.toContain("weaker");
  });
});

describe("a card that does not take so long a read of EF.CardAccess", () => {
  const plainRead = ({ cla, ins }: CommandApdu) => cla === 0 && ins === 0xb0;

  it.each([
    ["Le 00", "6700", 256],
    ["Le 00", "6b00", 256],
    ["more than 224 bytes", "6700", 225],
  ])("and refuses %s with %s: it is read in pieces, and opened by PACE", async (_, answer, from) => {
    const { result, sent } = await read((command) => (plainRead(command) && command.ne >= from ? answer : undefined));
    const card = result as CardFiles;
    expect(card.evidence.accessControl).toBe("PACE");
    expect(card.files["EF.CardAccess"]).toEqual(fileOf(EAC.image, "EF.CardAccess"));
    expect(card.evidence.falls).toEqual([{ kind: "readSize", from: 256, to: 224, sw: Number.parseInt(answer, 16) }]);
    expect(sent.some(isBac)).toBe(false);
    expect(verdict(card).verdict).toBe("passed");
  });

  it.each<[string, Meddling, ReadCardOptions]>([
    ["whatever is asked for", (command) => (plainRead(command) ? "6700" : undefined), {}],
    ["with all of the master file", (command) => (plainRead(command) ? "6700" : undefined), { masterFile: true }],
    [
      "and the caller allows no shorter reads",
      (command) => (plainRead(command) && command.ne === 256 ? "6700" : undefined),
      { allow: { readSize: false } },
    ],
  ])("%s: it is there, so that BAC is not all that there is", async (_, meddling, options) => {
    const { result, sent } = await read(meddling, options);
    expect(result).toMatchObject({ code: "PACE_FAILED" });
    expect(sent.some(isBac)).toBe(false);
    const allow = { ...options.allow, paceToBac: true };
    let inMasterFile = true;
    const allowed = await read(
      (command) => {
        if (command.ins === 0xa4 && command.p1 === 0x04) inMasterFile = false;
        return inMasterFile ? meddling(command) : undefined;
      },
      { ...options, allow },
    );
    expect((allowed.result as CardFiles).evidence).toMatchObject({
      accessControl: "BAC",
      falls: [{ kind: "paceToBac", reason: "malformed" }],
    });
  });
});

describe("somebody who hides EF.CardAccess", () => {
  it("brings the terminal to BAC, and the signed files tell: the verdict fails", async () => {
    let inMasterFile = true;
    const hiding: Meddling = ({ cla, ins, p1 }) => {
      if (ins === 0xa4 && p1 === 0x04) inMasterFile = false;
      return inMasterFile && cla === 0 ? "6a82" : undefined;
    };
    const card = (await read(hiding)).result as CardFiles;
    expect(card.evidence).toMatchObject({ accessControl: "BAC" });
    expect(card.evidence.falls).toBeUndefined();
    const report = verdict(card);
    expect(report.verdict).toBe("failed");
    expect(checkOf(report, "accessControl.downgrade").status).toBe("failed");
  });
});
