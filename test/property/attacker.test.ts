import { beforeAll, describe, expect, it } from "vitest";
import { parseCommand } from "../../src/apdu/apdu.js";
import type { Channel } from "../../src/apdu/channel.js";
import { run } from "../../src/apdu/exchange.js";
import { type RecordedExchange, withRecording } from "../../src/apdu/recording.js";
import { equalBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { CardwrightError } from "../../src/errors.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import type { TrustStore } from "../../src/pki/trust-store.js";
import { AA, CA1, CAM, NATIONAL, nationalImage, SECRET_NUMBERS, SECRETS, TA1, terminalWith } from "../support/chips.js";
import { AT, judge, sampleCard } from "../support/inspect.js";
import { fixedRandom } from "../support/line.js";
import { TRUST } from "../support/national.js";

/** Only small files, so that every message is there once and each is attacked. */
const SMALL = { dataGroups: [1], maxResponse: 65_538 };
const TERMINAL = await terminalWith("IS", ["readDg3"]);
const terminal = {
  certificates: TERMINAL.map(({ certificate }) => certificate),
  signer: (TERMINAL.at(-1) as (typeof TERMINAL)[number]).signer,
};

/** A card, how it is read, and what its reading runs through. */
interface Target {
  readonly image: () => CardImage;
  readonly secrets: ChipSecrets;
  readonly trust: () => TrustStore;
  readonly options: () => ReadCardOptions;
}
let plain: Awaited<ReturnType<typeof sampleCard>>;
let cam: CardImage;
beforeAll(async () => {
  plain = await sampleCard();
  cam = nationalImage([CAM, CA1, TA1, AA]);
});
const TARGETS: Readonly<Record<string, Target>> = {
  BAC: {
    image: () => plain.image,
    secrets: {},
    trust: () => plain.trust,
    options: () => ({ accessKey: accessKeyOf(plain.image) }),
  },
  "PACE, chip and active authentication": {
    image: () => NATIONAL,
    secrets: SECRETS,
    trust: () => TRUST,
    options: () => ({ accessKey: accessKeyOf(NATIONAL) }),
  },
  "PACE with the mapping that authenticates the chip": {
    image: () => cam,
    secrets: SECRETS,
    trust: () => TRUST,
    options: () => ({ accessKey: { can: SECRET_NUMBERS.can } }),
  },
  "PACE, chip and terminal authentication": {
    image: () => NATIONAL,
    secrets: SECRETS,
    trust: () => TRUST,
    options: () => ({ accessKey: accessKeyOf(NATIONAL), terminal, proofs: ["chipAuthentication"] }),
  },
};

/** What somebody in between does to the reply of one command. `before` are the replies that went before, `next` asks the chip. */
type Attack = (reply: Uint8Array, before: readonly Uint8Array[], command: Uint8Array) => Uint8Array;
const flip = (reply: Uint8Array, at: number): Uint8Array => {
  const copy = reply.slice();
  const index = Math.min(at < 0 ? Math.max(0, copy.length + at) : at, copy.length - 1);
  copy[index] = (copy[index] as number) ^ 1;
  return copy;
};
const ATTACKS: Readonly<Record<string, Attack>> = {
  "strips it to a plain 9000": () => fromHex("9000"),
  "strips it to a plain error": () => fromHex("6982"),
  "says that there is no such thing": () => fromHex("6a82"),
  "says that the length is wrong": () => fromHex("6700"),
  "answers in the clear": (_, __, command) => new Uint8Array([...command.subarray(0, 4), 1, 2, 3, 4, 0x90, 0]),
  "replays the reply before": (reply, before) => before.at(-1) ?? reply,
  "replays an older reply": (reply, before) => before.at(-3) ?? reply,
  "cuts its last byte of data": (reply) => new Uint8Array([...reply.subarray(0, -3), ...reply.subarray(-2)]),
  "cuts it in half": (reply) => new Uint8Array([...reply.subarray(0, (reply.length - 2) >> 1), 0x90, 0]),
  "changes its first byte": (reply) => flip(reply, 0),
  "changes its last byte of data": (reply) => flip(reply, -3),
  "changes its status word": (reply) => flip(reply, -1),
};

/** A channel with somebody in between, who meddles with command `at`; or holds the reply back, so that two change places. */
function between(
  inner: Channel,
  at: number,
  attack: Attack,
): { channel: Channel; count: () => number; changed: () => boolean } {
  const before: Uint8Array[] = [];
  let changed = false;
  const channel: Channel = {
    ...inner,
    transmit: async (command, options) => {
      const reply = (await inner.transmit(command, options)).slice();
      const here = before.length === at;
      before.push(reply);
      if (!here) return reply;
      const told = attack(reply, before.slice(0, -1), command);
      changed = !equalBytes(told, reply);
      return told;
    },
  };
  return { channel, count: () => before.length, changed: () => changed };
}

const chipOf = ({ image, secrets }: Target): Channel =>
  virtualChannel(VirtualChip.fromImage(image(), secrets, { random: fixedRandom(3) }), { extended: true });
const reading = (channel: Channel, { options }: Target): Promise<CardFiles> =>
  run(channel, readCard({ ...SMALL, random: fixedRandom(4), ...options() }));

/** What a verdict says, apart from what differs from run to run. */
const statuses = (card: CardFiles, { trust }: Target): string =>
  judge(card, { trust: trust(), at: AT })
    .checks.map(({ id, status }) => `${id} ${status}`)
    .join("\n");

/** What was read, when it is the chip's own. */
function sameFiles(card: CardFiles, honest: CardFiles): boolean {
  return Object.entries(card.files).every(([name, file]) => {
    const own = honest.files[name];
    return own !== undefined && equalBytes(own, file);
  });
}

describe.each(Object.entries(TARGETS))("somebody between terminal and chip: %s", (_, target) => {
  it.each(Object.entries(ATTACKS))(
    "%s, at any message: is stopped, told, or has changed nothing",
    async (name, attack) => {
      const honest = await reading(chipOf(target), target);
      const honestly = statuses(honest, target);
      const whole = between(chipOf(target), -1, attack);
      await reading(whole.channel, target);
      let stopped = 0;
      let told = 0;
      for (let at = 0; at < whole.count(); at++) {
        const { channel, changed } = between(chipOf(target), at, attack);
        let card: CardFiles;
        try {
          card = await reading(channel, target);
        } catch (error) {
          expect(error, `${name} at ${at}`).toBeInstanceOf(CardwrightError);
          stopped++;
          continue;
        }
        if (!changed()) continue;
        const fell = JSON.stringify(card.evidence.falls) !== JSON.stringify(honest.evidence.falls);
        const lacks = JSON.stringify(card.evidence.notGiven) !== JSON.stringify(honest.evidence.notGiven);
        if (fell || lacks || statuses(card, target) !== honestly) {
          told++;
          continue;
        }
        // Nothing is told: then nothing is other than it would be without.
        expect(sameFiles(card, honest), `${name} at ${at}`).toBe(true);
        expect(card.evidence.accessControl, `${name} at ${at}`).toBe(honest.evidence.accessControl);
        expect(Object.keys(card.evidence.proofs ?? {})).toEqual(Object.keys(honest.evidence.proofs ?? {}));
      }
      expect(stopped + told).toBeGreaterThan(whole.count() / 4);
    },
  );

  it("who lets two replies change places is stopped", async () => {
    const whole = between(chipOf(target), -1, (reply) => reply);
    await reading(whole.channel, target);
    let stopped = 0;
    for (let at = 0; at + 1 < whole.count(); at++) {
      const inner = chipOf(target);
      let count = 0;
      let kept: Uint8Array | undefined;
      const channel: Channel = {
        ...inner,
        transmit: async (command, options) => {
          const reply = (await inner.transmit(command, options)).slice();
          const here = count++;
          if (here === at) {
            kept = reply;
            return fromHex("9000");
          }
          return here === at + 1 ? (kept as Uint8Array) : reply;
        },
      };
      const result = await reading(channel, target).catch((error: unknown) => error);
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(CardwrightError);
        stopped++;
      }
    }
    expect(stopped).toBeGreaterThan(whole.count() / 2);
  });
});

describe("somebody who hides PACE", () => {
  it("is told, when the chip can be opened otherwise, by the signed files", async () => {
    // EF.CardAccess says that there is none; the card of the test has no BAC, so that nothing is left
    const target = TARGETS["PACE, chip and active authentication"] as Target;
    const inner = chipOf(target);
    let inMasterFile = true;
    const hiding: Channel = {
      ...inner,
      transmit: async (bytes, options) => {
        const { cla, ins, p1 } = parseCommand(bytes);
        if (cla === 0 && ins === 0xa4 && p1 === 0x04) inMasterFile = false;
        if (inMasterFile && cla === 0 && ins !== 0x86 && ins !== 0x22) return fromHex("6a82");
        return inner.transmit(bytes, options);
      },
    };
    const result = await reading(hiding, target).catch((error: unknown) => error);
    expect(result).toBeInstanceOf(CardwrightError);
    const honest = await reading(chipOf(target), target);
    const { "EF.CardAccess": _hidden, ...files } = honest.files;
    const { pace: _pace, ...evidence } = honest.evidence;
    const report = judge({ files, evidence: { ...evidence, accessControl: "BAC" } }, { trust: TRUST, at: AT });
    expect(report.checks.find(({ id }) => id === "accessControl.downgrade")?.status).toBe("failed");
    expect(report.verdict).toBe("failed");
  });
});

describe("law 6: a transcript", () => {
  const record = async (target: Target, unsafeRecordData: boolean) => {
    const log: RecordedExchange[] = [];
    const channel = withRecording(chipOf(target), (entry) => log.push(entry), { unsafeRecordData });
    return { card: await reading(channel, target), log };
  };

  it.each(["BAC", "PACE, chip and active authentication", "PACE with the mapping that authenticates the chip"])(
    "replays byte for byte with the same randomness: %s",
    async (name) => {
      const target = TARGETS[name] as Target;
      const { card, log } = await record(target, true);
      let at = 0;
      const replay: Channel = {
        maxCommand: 65_544,
        maxResponse: 65_538,
        transmit: async (command) => {
          const { unsafeData } = log[at++] as RecordedExchange;
          expect(toHex(command)).toBe(toHex(unsafeData?.command ?? new Uint8Array(0)));
          return unsafeData?.response.slice() as Uint8Array;
        },
      };
      expect(await reading(replay, target)).toEqual(card);
      expect(at).toBe(log.length);
    },
  );

  it("holds no key, PIN or personal data unless that is asked for loudly", async () => {
    const target = TARGETS["PACE, chip and active authentication"] as Target;
    const { log } = await record(target, false);
    const text = JSON.stringify(log).toLowerCase();
    const { documentNumber } = accessKeyOf(NATIONAL);
    for (const secret of [documentNumber, toHex(utf8(documentNumber)), SECRET_NUMBERS.can, "ahmadi"]) {
      expect(text).not.toContain(secret.toLowerCase());
    }
    expect(Object.keys(log[0] as RecordedExchange).toSorted()).toEqual([
      "commandLength",
      "header",
      "responseLength",
      "sw",
    ]);
  });
});
