import { beforeAll, describe, expect, it } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { isExtended } from "../../src/apdu/decorate.js";
import { run } from "../../src/apdu/exchange.js";
import { always } from "../../src/card/access-rule.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import type { ChipQuirks } from "../../src/card/profile.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { ChannelError } from "../../src/errors.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { parseReadingEvidence, readingEvidenceJson } from "../../src/inspect/evidence-json.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { type ReadSizeFall, readerMemory } from "../../src/inspect/reader-memory.js";
import { readingMemory } from "../../src/inspect/reading-memory.js";
import type { TrustStore } from "../../src/pki/trust-store.js";
import { type ChannelFault, faultyChannel } from "../../src/testing/faulty-channel.js";
import {
  AA,
  CA1,
  CAM,
  CVCAS,
  NATIONAL,
  nationalImage,
  SECRET_NUMBERS,
  SECRETS,
  TA1,
  terminalWith,
} from "../support/chips.js";
import { changeImage, judge, meddle, rejectionOf, type SampleCard, sampleCard } from "../support/inspect.js";
import { fixedRandom } from "../support/line.js";
import { AT, TRUST } from "../support/national.js";
import { EAC } from "../support/passports.js";

const TERMINAL = await terminalWith("IS", ["readDg3", "readDg4"]);
const terminal = {
  certificates: TERMINAL.map(({ certificate }) => certificate),
  signer: (TERMINAL.at(-1) as (typeof TERMINAL)[number]).signer,
};
const terminalTrust = { trustPoints: [CVCAS.IS.certificate], currentDate: "2027-03-01" };

/** A chip, how it is read, and by whom it is judged. */
interface Target {
  readonly image: CardImage;
  readonly secrets: ChipSecrets;
  readonly trust: TrustStore;
  readonly options: ReadCardOptions;
  /** What it proves when nothing goes wrong. */
  readonly proofs: readonly string[];
}
let plain: SampleCard;
const targets: Record<string, Target> = {};
beforeAll(async () => {
  plain = await sampleCard();
  const national = { image: NATIONAL, secrets: SECRETS, trust: TRUST };
  const accessKey = accessKeyOf(NATIONAL);
  const can = { can: SECRET_NUMBERS.can };
  Object.assign(targets, {
    BAC: {
      image: plain.image,
      secrets: {},
      trust: plain.trust,
      options: { accessKey: accessKeyOf(plain.image) },
      proofs: [],
    },
    PACE: { ...national, options: { accessKey: can, proofs: [] }, proofs: [] },
    "PACE and chip authentication": {
      ...national,
      options: { accessKey, proofs: ["chipAuthentication"] },
      proofs: ["chipAuthentication"],
    },
    "PACE with chip authentication mapping, active authentication": {
      ...national,
      image: nationalImage([CAM, CA1, TA1, AA]),
      options: { accessKey: can },
      proofs: ["paceCam", "activeAuthentication"],
    },
    "PACE, chip, terminal and active authentication": {
      ...national,
      options: { accessKey, terminal, dataGroups: [1, 3, 11], maxResponse: 600 },
      proofs: ["chipAuthentication", "terminalAuthentication", "activeAuthentication"],
    },
    "PACE, chip and terminal authentication of version 1": {
      ...national,
      image: EAC.image,
      options: { accessKey: accessKeyOf(EAC.image), terminal, dataGroups: [1, 3], maxResponse: 600 },
      proofs: ["chipAuthentication", "terminalAuthentication"],
    },
  } satisfies Record<string, Target>);
});
const targetOf = (name: string): Target => targets[name] as Target;
const NAMES = [
  "BAC",
  "PACE",
  "PACE and chip authentication",
  "PACE with chip authentication mapping, active authentication",
  "PACE, chip, terminal and active authentication",
  "PACE, chip and terminal authentication of version 1",
];

const chipOf = (image: CardImage, secrets: ChipSecrets, quirks: ChipQuirks = {}) =>
  virtualChannel(VirtualChip.fromImage(image, secrets, { random: fixedRandom(5), quirks }));
const bad = (image: CardImage, secrets: ChipSecrets, ...faults: readonly ChannelFault[]) =>
  faultyChannel(chipOf(image, secrets), faults);
/** The same of a chip that knows short lengths only, whatever the reader passes. */
const old = (...faults: readonly ChannelFault[]) =>
  faultyChannel(chipOf(NATIONAL, SECRETS, { shortLengthsOnly: true }), faults);
const reading = (
  channel: ReturnType<typeof bad>,
  { options }: Target,
  more: ReadCardOptions = {},
): Promise<CardFiles> => run(channel, readCard({ random: fixedRandom(9), ...options, ...more }));
const verdictOf = (card: CardFiles, { trust }: Target) => judge(card, { trust, at: AT, terminalTrust });
const statuses = (card: CardFiles, target: Target): readonly string[] =>
  verdictOf(card, target).checks.map(({ id, status }) => `${id} ${status}`);

const { EXPECT_BACKEND } = process.env;
/** Every command is torn under one backend; some of them under the other, whose arithmetic is slower and the same. */
const STRIDE = EXPECT_BACKEND === "noble" ? 7 : 1;
const KINDS = ["tornBefore", "tornAfter", "emptyReply"] as const;

describe.each(NAMES)("a reading over %s that is torn", (name) => {
  it("at any command goes on, sends fewer than anew, and comes to the same", async () => {
    const target = targetOf(name);
    const good = bad(target.image, target.secrets);
    const untorn = await reading(good, target);
    const needed = good.count;
    const honestly = statuses(untorn, target);
    expect(Object.keys(untorn.evidence.proofs ?? {}).toSorted()).toEqual([...target.proofs].toSorted());
    let resumed = 0;
    for (let at = 0; at < needed; at += STRIDE) {
      const told = `torn at ${at} of ${needed}`;
      const resume = readingMemory();
      const channel = bad(target.image, target.secrets, { at, kind: KINDS[at % 3] as "tornAfter" });
      expect(await rejectionOf(reading(channel, target, { resume })), told).toMatchObject({ code: "CARD_TORN" });
      const kept = resume.filesDone;
      expect(kept.every((file) => untorn.files[file] !== undefined)).toBe(true);
      await channel.insert();
      const before = channel.count;
      const card = await reading(channel, target, { resume });
      const again = channel.count - before;
      if (kept.includes("EF.SOD")) {
        resumed++;
        expect(again, told).toBeLessThan(needed);
        expect(card.evidence.resumed, told).toBe(1);
      } else {
        expect(again, told).toBe(needed);
        expect(card.evidence.resumed, told).toBeUndefined();
      }
      // The files are the same ones, and the proofs are all there, each of the second session.
      expect(card.files, told).toEqual(untorn.files);
      const { resumed: _times, proofs: _other, ...evidence } = card.evidence;
      const { proofs: _first, ...expected } = untorn.evidence;
      expect(evidence, told).toEqual(expected);
      expect(Object.keys(card.evidence.proofs ?? {}), told).toEqual(Object.keys(untorn.evidence.proofs ?? {}));
      expect(statuses(card, target), told).toEqual(honestly);
      expect(resume.filesDone).toEqual([]);
    }
    expect(resumed).toBeGreaterThan(STRIDE === 1 ? needed / 3 : 0);
  }, 120_000);

  it("again and again comes to its end", async () => {
    const target = targetOf(name);
    const good = bad(target.image, target.secrets);
    const untorn = await reading(good, target);
    const resume = readingMemory();
    const length = Math.ceil(good.count * 0.8);
    const faults = Array.from({ length: 4 }, (_, i) => ({ at: (i + 1) * length, kind: "tornAfter" }) as const);
    const channel = bad(target.image, target.secrets, ...faults);
    let card: CardFiles | undefined;
    for (let tries = 0; card === undefined && tries < 6; tries++) {
      await channel.insert();
      card = await reading(channel, target, { resume }).catch(() => undefined);
    }
    expect(card?.files).toEqual(untorn.files);
    expect(card?.evidence.resumed).toBeGreaterThan(0);
  });
});

/** Tears a reading in its last file, or where told, and goes on with another chip. */
async function swapped(
  target: Target,
  second: { image?: CardImage; secrets?: ChipSecrets; options?: ReadCardOptions },
) {
  const probe = bad(target.image, target.secrets);
  await reading(probe, target);
  const resume = readingMemory();
  await rejectionOf(
    reading(bad(target.image, target.secrets, { at: probe.count - 3, kind: "tornAfter" }), target, { resume }),
  );
  expect(resume.filesDone).toContain("EF.SOD");
  expect(resume.filesDone).toContain("EF.DG1");
  const image = second.image ?? target.image;
  const secrets = second.secrets ?? target.secrets;
  const options = { ...target.options, ...second.options };
  const anew = { ...target, options };
  const channel = bad(image, secrets);
  const alone = bad(image, secrets);
  const expected = await reading(alone, anew);
  const card = await reading(channel, anew, { resume });
  return { card, expected, count: channel.count, fresh: alone.count };
}

/** Secrets of a chip that has the files of another one, and not its keys. */
const copyWith = (...names: readonly string[]): ChipSecrets => ({
  ...SECRETS,
  ...Object.fromEntries(names.map((name) => [name, new Uint8Array(32).fill(0x11)])),
});

describe("another chip in the place of the first", () => {
  it("with another EF.SOD is read from its beginning", async () => {
    const other = changeImage(NATIONAL, (file) => {
      if (file.name !== "EF.SOD") return file;
      const content = file.content.slice();
      content[content.length - 1] = (content[content.length - 1] as number) ^ 1;
      return { content };
    });
    const { card, expected } = await swapped(targetOf("PACE and chip authentication"), { image: other });
    expect(card.files).toEqual(expected.files);
    expect(card.evidence.resumed).toBeUndefined();
  });

  it("over BAC too, with its own key", async () => {
    const other = await sampleCard({ index: 1 });
    const { card, expected } = await swapped(targetOf("BAC"), {
      image: other.image,
      options: { accessKey: accessKeyOf(other.image) },
    });
    expect(card).toEqual(expected);
  });

  it("that BAC does not open, after one that it did", async () => {
    const { card, expected } = await swapped(targetOf("BAC"), {
      image: NATIONAL,
      secrets: SECRETS,
      options: { accessKey: accessKeyOf(NATIONAL), proofs: [] },
    });
    expect(card.evidence).toEqual(expected.evidence);
    expect(card.files).toEqual(expected.files);
  });

  it("with another EF.CardAccess is read from its beginning, though its EF.SOD is the same", async () => {
    const image = {
      ...NATIONAL,
      masterFile: (NATIONAL.masterFile ?? []).map((file) =>
        file.name === "EF.CardAccess" ? { ...file, content: other(file.content) } : file,
      ),
    };
    const { card, count, fresh } = await swapped(targetOf("PACE"), { image });
    expect(card.evidence.resumed).toBeUndefined();
    expect(count).toBeGreaterThan(fresh);
  });

  it("with the same files and another key: nothing of the first is left, and the verdict says what it is", async () => {
    const target = targetOf("PACE and chip authentication");
    const { card, expected, count, fresh } = await swapped(target, {
      secrets: copyWith(CHIP_SECRETS.chipAuthentication(1)),
    });
    expect(card.evidence).toEqual(expected.evidence);
    expect(card.evidence.falls).toEqual([
      expect.objectContaining({ kind: "chipAuthentication", reason: "notGenuine" }),
    ]);
    expect(count).toBeGreaterThan(fresh);
    expect(verdictOf(card, target).verdict).toBe("failed");
  });

  it("the genuine one after a copy: it is not blamed for the copy", async () => {
    const target = targetOf("PACE and chip authentication");
    const copy = { ...target, secrets: copyWith(CHIP_SECRETS.chipAuthentication(1)) };
    const { card, expected } = await swapped(copy, { secrets: SECRETS });
    expect(card.evidence.falls).toBeUndefined();
    expect(card.evidence.resumed).toBeUndefined();
    expect(Object.keys(card.evidence.proofs ?? {})).toEqual(["chipAuthentication"]);
    expect(card.files).toEqual(expected.files);
    expect(verdictOf(card, target).verdict).toBe("passed");
  });

  it("with another key for the mapping of PACE", async () => {
    const target = targetOf("PACE with chip authentication mapping, active authentication");
    const { card, count, fresh } = await swapped(target, { secrets: copyWith(CHIP_SECRETS.chipAuthentication(13)) });
    expect(card.evidence.resumed).toBeUndefined();
    expect(count).toBeGreaterThan(fresh);
    expect(verdictOf(card, target).verdict).toBe("failed");
  });

  it("that gives the fingers to nobody: none are left of the one that did", async () => {
    const target = targetOf("PACE, chip, terminal and active authentication");
    const stranger = { ...SECRETS, [CHIP_SECRETS.trustPoints]: CVCAS.AT.certificate.raw };
    const { card } = await swapped(target, { secrets: stranger });
    expect(card.evidence.resumed).toBeUndefined();
    expect(card.files["EF.DG3"]).toBeUndefined();
    expect(card.evidence.notGiven.map(({ name }) => name)).toEqual(["EF.DG3"]);
    expect(card.evidence.falls).toContainEqual(expect.objectContaining({ kind: "terminalAuthentication" }));
  });

  it("falls to shorter reads of the first are not told of the second", async () => {
    const target = targetOf("PACE");
    const resume = readingMemory();
    const options = { resume, maxResponse: 65_538 };
    const whole = old();
    const told = await reading(whole, target, { maxResponse: 65_538 });
    expect(told.evidence.falls?.map(({ kind }) => kind)).toEqual(["readSize"]);
    await rejectionOf(reading(old({ at: whole.count - 4, kind: "tornAfter" }), target, options));
    expect(resume.filesDone).toContain("EF.SOD");
    const card = await reading(bad(EAC.image, EAC.secrets), target, options);
    expect(card.evidence.falls).toBeUndefined();
    expect(card.evidence.resumed).toBeUndefined();
  });
});

describe("lengths", () => {
  const LONG = { maxResponse: 65_538 };
  /** A reader that loses the card over long reads, and says that it takes them. */
  const lying = (image: CardImage, secrets: ChipSecrets) => {
    const inner = chipOf(image, secrets);
    let lost = 0;
    const transmit: Channel["transmit"] = async (command) => {
      if (!isExtended(command)) return inner.transmit(command);
      lost++;
      await inner.reset?.();
      throw new ChannelError("CARD_TORN", "the card left the reader");
    };
    return { channel: { ...inner, transmit }, lost: () => lost };
  };

  it("a reader that loses the card over long reads twice is asked for short ones", async () => {
    const target = targetOf("PACE");
    const { channel, lost } = lying(NATIONAL, SECRETS);
    const resume = readingMemory();
    const reader = readerMemory();
    const work = () => run(channel, readCard({ ...target.options, ...LONG, resume, reader }));
    expect(await rejectionOf(work())).toMatchObject({ code: "CARD_TORN" });
    expect(await rejectionOf(work())).toMatchObject({ code: "CARD_TORN" });
    const card = await work();
    expect(lost()).toBe(2);
    expect(card.evidence.falls).toEqual([{ kind: "readSize", from: expect.any(Number), to: 256 }]);
    expect(card.files).toEqual((await reading(bad(NATIONAL, SECRETS), target)).files);
    // the next card on this reader
    const next = await run(channel, readCard({ ...target.options, ...LONG, reader }));
    expect(lost()).toBe(2);
    expect(next.evidence.falls).toEqual([{ kind: "readSize", from: expect.any(Number), to: 256, remembered: true }]);
    const refused = readCard({ ...target.options, ...LONG, reader, allow: { readSize: false } });
    expect(await rejectionOf(run(channel, refused))).toMatchObject({ code: "CARD_TORN" });
  });

  it("one tear in a long read is a card that was pulled, no more", async () => {
    const target = targetOf("PACE");
    const good = bad(NATIONAL, SECRETS);
    const untorn = await reading(good, target, LONG);
    for (let at = 0; at < good.count; at++) {
      const channel = bad(NATIONAL, SECRETS, { at, kind: "tornAfter" });
      const resume = readingMemory();
      await rejectionOf(reading(channel, target, { ...LONG, resume }));
      await channel.insert();
      const card = await reading(channel, target, { ...LONG, resume });
      expect(card.evidence.falls).toBeUndefined();
      expect(card.files).toEqual(untorn.files);
    }
  });

  it("what one card refused the next one on the reader is not asked for, and the report says so", async () => {
    const reader = readerMemory();
    const target = targetOf("PACE");
    const first = old();
    const one = await reading(first, target, { ...LONG, reader });
    const second = old();
    const two = await reading(second, target, { ...LONG, reader });
    expect(second.count).toBeLessThan(first.count);
    expect(two.files).toEqual(one.files);
    const [fall] = one.evidence.falls ?? [];
    expect(fall).toMatchObject({ kind: "readSize", sw: 0x6700 });
    expect(reader.falls).toEqual([fall]);
    const { sw: _notThisCards, ...rest } = fall as ReadSizeFall;
    expect(two.evidence.falls).toEqual([{ ...rest, remembered: true }]);
    const check = verdictOf(two, target).checks.find(({ id }) => id === "accessControl.falls");
    expect(check).toMatchObject({
      status: "passed",
      evidence: { 1: expect.stringContaining("as with a card before") },
    });
    expect(verdictOf(two, target).verdict).toBe(verdictOf(one, target).verdict);
    const again = parseReadingEvidence(JSON.parse(JSON.stringify(readingEvidenceJson(two.evidence))));
    expect(again).toEqual(two.evidence);
    // a reading that asks for short ones anyway settles for nothing
    expect((await reading(old(), target, { reader })).evidence.falls).toBeUndefined();
    reader.clear();
    expect(reader.falls).toEqual([]);
  });

  it("steps among short lengths are remembered too", async () => {
    const reader = readerMemory();
    const open = changeImage(plain.image, () => ({ read: always }));
    let refusals = 0;
    const picky = () =>
      meddle(virtualChannel(VirtualChip.fromImage(open, {})), ({ ins, ne }) => {
        if (ins !== 0xb0 || ne <= 200) return undefined;
        refusals++;
        return "6700";
      });
    const one = await run(picky(), readCard({ reader }));
    expect(refusals).toBe(2); // 256, 224
    const two = await run(picky(), readCard({ reader }));
    expect(refusals).toBe(2);
    expect(two.files).toEqual(one.files);
    expect(two.evidence.falls).toEqual(
      one.evidence.falls?.map((fall) => ({ ...fall, sw: undefined, remembered: true })),
    );
  });

  it("a memory that readerMemory did not make is refused", () => {
    expect(() => readCard({ reader: { falls: [], clear: () => undefined } }).next()).toThrow(TypeError);
  });
});

/** SecurityInfos that say the same in another order. */
function other(set: Uint8Array): Uint8Array {
  const infos: Uint8Array[] = [];
  for (let at = set.length - bodyOf(set); at < set.length; at += 2 + (set[at + 1] as number)) {
    infos.push(set.subarray(at, at + 2 + (set[at + 1] as number)));
  }
  return new Uint8Array([
    ...set.subarray(0, set.length - bodyOf(set)),
    ...infos.reverse().flatMap((info) => [...info]),
  ]);
}
/** Bytes behind tag and length. */
const bodyOf = (set: Uint8Array): number =>
  set.length - ((set[1] as number) < 0x80 ? 2 : 2 + ((set[1] as number) & 0x7f));
