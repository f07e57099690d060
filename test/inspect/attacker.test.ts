import { describe, expect, it } from "vitest";
import { type CommandApdu, encodeResponse, parseCommand } from "../../src/apdu/apdu.js";
import type { Channel } from "../../src/apdu/channel.js";
import { run } from "../../src/apdu/exchange.js";
import { fromHex } from "../../src/bytes/bytes.js";
import { fileOf } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { CardwrightError } from "../../src/errors.js";
import type { CardFiles, FallPolicy } from "../../src/inspect/card-files.js";
import { readCard } from "../../src/inspect/read-card.js";
import type { SecurityInfoInput } from "../../src/lds/security-info-content.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { BOTH_DOORS, outcomeOf, READINGS, type ReadingTarget, TWO_OFFERS } from "../support/attacked-readings.js";
import { attackAll, freshChip, honestRun, judgeOutcome, ofTerminal, type Target } from "../support/attacker.js";
import { AT, checkOf, judge } from "../support/inspect.js";
import { TRUST } from "../support/national.js";

/** A sample, as in `test/access/attacker.test.ts`; every pair is in `test/property/attacker-readings.test.ts`. */
const STRIDE = cryptoBackend() === "node" ? 23 : 149;

describe("somebody between terminal and chip", () => {
  it.each(Object.entries(READINGS))("is stopped, told, or has changed nothing: a reading by %s", async (_, target) => {
    const { fates, runs } = await attackAll(target, STRIDE);
    expect(runs).toBeGreaterThan(0);
    expect(fates.stopped + fates.told).toBeGreaterThanOrEqual(runs / 3);
  });
});

/** Somebody who shows another EF.CardAccess, or none, until an application is selected; and may answer some commands himself. */
function showing(
  target: Target,
  shown: Uint8Array | undefined,
  answers: Readonly<Record<number, string>> = {},
): Channel {
  const inner = virtualChannel(freshChip(target));
  let outside = true;
  const answer = ({ ins, p1, p2, data, ne }: CommandApdu): Uint8Array | undefined => {
    const told = answers[ins];
    if (told !== undefined) return fromHex(told);
    const isRead = ins === 0xb0;
    const isSelect = ins === 0xa4 && data.length === 2 && data[0] !== 0x3f;
    if (!outside || !(isRead || isSelect)) return undefined;
    if (shown === undefined) return fromHex("6a82");
    if (isSelect) return fromHex("9000");
    const at = (p1 & 0x80) !== 0 ? p2 : (p1 << 8) | p2;
    return encodeResponse({ data: shown.subarray(at, at + ne), sw: 0x9000 });
  };
  return {
    ...inner,
    transmit: async (bytes, options) => {
      const command = parseCommand(bytes);
      if ((command.cla & 0x0c) !== 0 || (command.ins === 0xa4 && command.p1 === 0x04)) outside = false;
      return answer(command) ?? inner.transmit(bytes, options);
    },
  };
}

const infosOf = ({ image }: Target) => parseSecurityInfos(fileOf(image, "EF.CardAccess") as Uint8Array).infos;
const verdictOf = (card: CardFiles) => judge(card, { trust: TRUST, at: AT });
const statusOf = (card: CardFiles, id: string) => checkOf(verdictOf(card), id).status;
const paceInfo = (arc: string, parameterId: number): SecurityInfoInput => ({
  kind: "paceInfo",
  protocol: `0.4.0.127.0.7.2.2.4.${arc}`,
  version: 2,
  parameterId,
});

const TERMINAL_INFO: SecurityInfoInput = {
  kind: "terminalAuthenticationInfo",
  protocol: "0.4.0.127.0.7.2.2.2",
  version: 1,
};

describe("somebody who takes the offer of PACE away", () => {
  const own = infosOf(BOTH_DOORS);
  const others = own.filter(({ kind }) => kind !== "paceInfo");
  const { accessKey, ...rest } = BOTH_DOORS.options;
  const reading = (channel: Channel, allow: FallPolicy = {}): Promise<CardFiles> =>
    run(channel, readCard({ ...rest, ...(accessKey && { accessKey }), random: ofTerminal(), allow }));

  it.each([
    ["hides EF.CardAccess", undefined],
    ["shows an EF.CardAccess without PACE", encodeSecurityInfos([...others, TERMINAL_INFO])],
  ] as const)("%s: BAC opens the card, and the verdict is that somebody may be in between", async (_, shown) => {
    const card = await reading(showing(BOTH_DOORS, shown));
    expect(card.evidence.accessControl).toBe("BAC");
    expect(statusOf(card, "accessControl.downgrade")).toBe("failed");
    expect(verdictOf(card).verdict).toBe("failed");
    const honest = await honestRun(BOTH_DOORS);
    expect(honest.outcome.facts).toContain("PACE");
    expect(judgeOutcome(outcomeOf(card, TRUST), honest.outcome, true, "downgrade")).toBe("told");
  });

  it("shows an EF.CardAccess that is none: there is no BAC either", async () => {
    for (const shown of ["3100", "3003020100", "31038001"]) {
      await expect(reading(showing(BOTH_DOORS, fromHex(shown)))).rejects.toThrow(CardwrightError);
    }
  });

  it("makes PACE fail: there is no BAC, unless the caller allows it and is told", async () => {
    const failing = () => showing(BOTH_DOORS, fileOf(BOTH_DOORS.image, "EF.CardAccess"), { 134: "6300" });
    await expect(reading(failing())).rejects.toMatchObject({ code: "PACE_FAILED" });
    const card = await reading(failing(), { paceToBac: true });
    expect(card.evidence.falls).toContainEqual({ kind: "paceToBac", reason: "failed", sw: 0x6300 });
    expect(statusOf(card, "accessControl.falls")).toBe("warning");
    expect(statusOf(card, "accessControl.downgrade")).toBe("warning");
  });

  it.each([
    ["2.1", 13],
    ["2.2", 12],
    ["4.2", 13],
    ["1.2", 0],
  ])("shows PACE %s with parameters %i, which the chip does not do: nothing opens", async (arc, parameterId) => {
    const shown = encodeSecurityInfos([...others, paceInfo(arc, parameterId)]);
    await expect(reading(showing(BOTH_DOORS, shown))).rejects.toMatchObject({ code: "PACE_FAILED" });
  });

  it("leaves the weaker of two offers, changes their parameters or adds to them: the verdict says so", async () => {
    const [strong, weak] = infosOf(TWO_OFFERS);
    expect([strong?.protocol, weak?.protocol]).toEqual(["0.4.0.127.0.7.2.2.4.2.1", "0.4.0.127.0.7.2.2.4.2.4"]);
    const honest = await TWO_OFFERS.read(virtualChannel(freshChip(TWO_OFFERS)));
    expect(honest.evidence.pace?.name).toBe("id-PACE-ECDH-GM-AES-CBC-CMAC-256");
    expect(statusOf(honest, "accessControl.downgrade")).toBe("passed");
    for (const shown of [[paceInfo("2.1", 12)], [paceInfo("2.1", 12), paceInfo("2.3", 12)]]) {
      const channel = showing(TWO_OFFERS, encodeSecurityInfos(shown));
      const result = await TWO_OFFERS.read(channel).catch((error: unknown) => error);
      // what the chip does not do comes first and fails; what it does opens
      if (shown.length > 1) expect(result).toMatchObject({ code: "PACE_FAILED" });
      else {
        const card = result as CardFiles;
        expect(card.evidence.pace?.name).toBe("id-PACE-ECDH-GM-3DES-CBC-CBC");
        expect(statusOf(card, "accessControl.downgrade")).toBe("failed");
        expect(verdictOf(card).verdict).toBe("failed");
      }
    }
    const added = encodeSecurityInfos([paceInfo("2.1", 12), paceInfo("2.4", 12), paceInfo("1.1", 0)]);
    const card = await TWO_OFFERS.read(showing(TWO_OFFERS, added));
    expect(statusOf(card, "accessControl.downgrade")).toBe("failed");
  });
});

describe("somebody who takes the proof of the chip away", () => {
  it.each([
    ["refuses chip authentication in the clear", 0x22],
    ["refuses active authentication in the clear", 0x88],
  ])("%s: it is told, and the chip is not called genuine for it", async (_, ins) => {
    const target = READINGS["PACE, chip and active authentication, extended lengths"] as ReadingTarget;
    const inner = virtualChannel(freshChip(target));
    const channel: Channel = {
      ...inner,
      transmit: async (bytes, options) => {
        const { cla, ins: asked } = parseCommand(bytes);
        return asked === ins && (cla & 0x0c) !== 0 ? fromHex("6985") : inner.transmit(bytes, options);
      },
    };
    const card = await target.read(channel);
    const kind = ins === 0x22 ? "chipAuthentication" : "activeAuthentication";
    expect(card.evidence.falls?.map((fall) => fall.kind)).toContain(kind);
    expect(statusOf(card, `chip.${kind}`)).toBe("notChecked");
    expect(statusOf(card, "accessControl.falls")).toBe("warning");
  });
});

describe("somebody who makes up files that nothing signs", () => {
  it.each(["EF.ATR/INFO", "EF.DIR"])("%s: the verdict says that nothing was shown about it", async (name) => {
    const target = READINGS["PACE, chip and active authentication, extended lengths"] as ReadingTarget;
    const inner = virtualChannel(freshChip(target));
    const sfi = name === "EF.DIR" ? 0x9e : 0x81;
    let outside = true;
    const channel: Channel = {
      ...inner,
      transmit: async (bytes, options) => {
        const { ins, p1 } = parseCommand(bytes);
        if (ins === 0x22) outside = false;
        return outside && ins === 0xb0 && p1 === sfi ? fromHex("47030102039000") : inner.transmit(bytes, options);
      },
    };
    const card = await target.read(channel);
    expect(card.files[name]).toEqual(fromHex("4703010203"));
    const check = checkOf(verdictOf(card), "masterFile.unsigned");
    expect(check).toMatchObject({ status: "notChecked", path: name });
  });
});
