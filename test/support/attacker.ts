import { expect } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import type { CardFile, CardImage, ChipSecrets } from "../../src/card/image.js";
import type { ChipQuirks } from "../../src/card/profile.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { CardwrightError, ChannelError, type ErrorCode } from "../../src/errors.js";
import { ATTACKS, type Attack, type Passed } from "./attacks.js";
import { fixedRandom } from "./line.js";

/** What a terminal takes home. */
export interface Outcome {
  /** What it believes of card and holder, by name: with somebody in between it is the same, or not there. */
  readonly data: Readonly<Record<string, string>>;
  /** How it went. It may differ only when something is told. */
  readonly facts: readonly string[];
  /** Checks that are good. With somebody in between never one more. */
  readonly good: readonly string[];
  /** Falls, and checks that are not good. */
  readonly told: readonly string[];
}

/** The way to the chip of one run. */
export interface Link {
  readonly channel: Channel;
  /** What is attacked begins here: what went before has a row of its own. */
  begin(): void;
}

/** A protocol, or a reading, with its card. */
export interface Target {
  readonly image: CardImage;
  readonly secrets?: ChipSecrets;
  readonly quirks?: ChipQuirks;
  /** Brings a fresh chip into the state that is wanted. */
  readonly prepare?: (chip: VirtualChip) => void;
  readonly run: (link: Link) => Promise<Outcome>;
  /** Codes with which it may stop, beside those of the way to the chip. */
  readonly codes: readonly ErrorCode[];
  /** What holds of the chip afterwards, whatever was done to it. */
  readonly after?: (chip: VirtualChip) => Promise<void> | void;
}

/** What a channel throws: a reply that is lost, empty, or shorter than a status word. */
const OF_THE_WAY: readonly ErrorCode[] = ["CHANNEL_TIMEOUT", "CARD_TORN", "REPLY_MALFORMED"];

/** Randomness of the terminal: the same in each run. */
export const ofTerminal = () => fixedRandom(4);

export const freshChip = ({ image, secrets = {}, quirks, prepare }: Target): VirtualChip => {
  const chip = VirtualChip.fromImage(image, secrets, { random: fixedRandom(3), ...(quirks && { quirks }) });
  prepare?.(chip);
  return chip;
};

interface Attacked extends Link {
  /** What the terminal saw, command by command. */
  readonly passed: readonly Passed[];
  /** All that the chip answered. */
  readonly answers: readonly Uint8Array[];
  /** Index of the first command that is attacked. */
  readonly first: () => number;
  /** Whether anything was other than without. */
  readonly changed: () => boolean;
}

/** A channel with somebody in between, who meddles with command `at`. */
function attackedLink(
  chip: VirtualChip,
  at = -1,
  attack: Attack = () => undefined,
  honest: readonly Passed[] = [],
): Attacked {
  const inner = virtualChannel(chip);
  const passed: Passed[] = [];
  const answers: Uint8Array[] = [];
  const sent: Uint8Array[] = [];
  let held: { readonly reply: Uint8Array; readonly heard: boolean } | undefined;
  let first = 0;
  let changed = false;
  const send = (command: Uint8Array): Uint8Array => {
    sent.push(command);
    const answer = chip.transmit(command).slice();
    answers.push(answer);
    return answer;
  };
  const pass = (command: Uint8Array): Uint8Array | undefined => {
    if (held !== undefined) {
      const { reply, heard } = held;
      held = undefined;
      if (heard) send(command);
      return reply;
    }
    if (passed.length !== at) return send(command);
    const [before, count] = [answers.length, sent.length];
    let touched = false;
    const reply = attack({
      command,
      before: passed,
      next: honest[at + 1]?.command,
      send,
      reset: () => {
        touched = true;
        chip.reset();
      },
      later: (later, heard) => {
        touched = true;
        held = { reply: later, heard };
      },
    });
    const alone = sent.length === count + 1 && equalBytes(sent[count] as Uint8Array, command);
    const own = answers[before];
    changed = touched || !alone || reply === undefined || own === undefined || !equalBytes(reply, own);
    return reply;
  };
  const channel: Channel = {
    ...inner,
    transmit: async (command) => {
      const reply = pass(command);
      passed.push({ command, reply: reply ?? new Uint8Array(0) });
      if (reply === undefined) throw new ChannelError("CHANNEL_TIMEOUT", "no reply in time.");
      return reply.slice();
    },
  };
  const begin = () => {
    first = passed.length;
  };
  return { channel, passed, answers, begin, first: () => first, changed: () => changed };
}

const WINDOW = 8;

/** Every eight bytes of the files that are not for everybody, but for those that free files have too. */
export function secretWindows({ applications, masterFile = [] }: CardImage): ReadonlySet<string> {
  const files = [...applications.flatMap((application) => application.files), ...masterFile];
  // PACE tells whom the chip trusts, as EF.CVCA does.
  const isFree = ({ name, read }: CardFile) => read.kind === "always" || name === "EF.CVCA";
  const windows = new Set<string>();
  const add = (content: Uint8Array) => {
    const hex = toHex(content);
    for (let at = 0; at + WINDOW <= content.length; at++) windows.add(hex.slice(2 * at, 2 * (at + WINDOW)));
  };
  for (const file of files) if (!isFree(file)) add(file.content);
  for (const { content } of files.filter(isFree)) {
    const hex = toHex(content);
    for (let at = 0; at + WINDOW <= content.length; at++) windows.delete(hex.slice(2 * at, 2 * (at + WINDOW)));
  }
  return windows;
}

function shows(windows: ReadonlySet<string>, answer: Uint8Array): boolean {
  const hex = toHex(answer);
  for (let at = 0; at + 2 * WINDOW <= hex.length; at += 2) if (windows.has(hex.slice(at, at + 2 * WINDOW))) return true;
  return false;
}

/** Asks in the clear for every file, for a signature and for the PIN: nothing comes. */
function askInTheClear(chip: VirtualChip, { applications, masterFile = [] }: CardImage): Uint8Array[] {
  const ask = (hex: string): Uint8Array => chip.transmit(fromHex(hex)).slice();
  const read = (files: readonly CardFile[]): Uint8Array[] =>
    files.map(({ sfi = 0 }) => ask(`00b0${(0x80 | sfi).toString(16)}0000`));
  const answers = [ask("00880000080102030405060708"), ask("0020000304343731"), ask("00a4000c"), ...read(masterFile)];
  for (const { aid, files } of applications) {
    answers.push(ask(`00a4040c${aid.length.toString(16).padStart(2, "0")}${toHex(aid)}`), ...read(files));
  }
  return answers;
}

/** A run without anybody in between. */
export interface Honest {
  readonly outcome: Outcome;
  readonly passed: readonly Passed[];
  readonly first: number;
  readonly windows: ReadonlySet<string>;
}

export async function honestRun(target: Target): Promise<Honest> {
  const chip = freshChip(target);
  const link = attackedLink(chip);
  const own = await target.run(link);
  const windows = secretWindows(target.image);
  for (const answer of [...link.answers, ...askInTheClear(chip, target.image)]) {
    expect(shows(windows, answer)).toBe(false);
  }
  await target.after?.(chip);
  return { outcome: own, passed: link.passed, first: link.first(), windows };
}

/** What became of an attack. */
export type Fate = "unchanged" | "stopped" | "told" | "harmless";

const isIn = (list: readonly string[]) => (entry: string) => list.includes(entry);

/**
 * Runs a target with somebody in between and holds it to the law: the terminal stops with a documented code, or takes home what it
 * would have without, or is told; the chip gives nothing to who does not know its keys.
 */
export async function attacked(target: Target, honest: Honest, at: number, name: string): Promise<Fate> {
  const chip = freshChip(target);
  const link = attackedLink(chip, at, ATTACKS[name] as Attack, honest.passed);
  const where = `${name}, message ${at}`;
  const result = await target.run(link).catch((error: unknown) => error);
  for (const [i, answer] of link.answers.entries()) {
    // What the chip answers without anybody in between was looked at once.
    const known = honest.passed[i]?.reply;
    if (known !== undefined && equalBytes(answer, known)) continue;
    expect(shows(honest.windows, answer), `${where}: in the clear`).toBe(false);
  }
  for (const answer of askInTheClear(chip, target.image)) {
    expect(shows(honest.windows, answer), `${where}: in the clear afterwards`).toBe(false);
  }
  await target.after?.(chip);
  if (result instanceof Error) {
    expect(result, where).toBeInstanceOf(CardwrightError);
    expect([...target.codes, ...OF_THE_WAY], where).toContain((result as CardwrightError).code);
    return "stopped";
  }
  return judgeOutcome(result as Outcome, honest.outcome, link.changed(), where);
}

/** Holds what a terminal took home against what it would have without anybody in between. */
export function judgeOutcome(result: Outcome, honest: Outcome, changed: boolean, where: string): Fate {
  const { data, facts, good, told } = result;
  for (const [key, value] of Object.entries(data)) expect(value, `${where}: ${key}`).toBe(honest.data[key]);
  expect(
    good.filter((check) => !isIn(honest.good)(check)),
    `${where}: good only now`,
  ).toEqual([]);
  if (told.some((one) => !isIn(honest.told)(one))) return "told";
  expect({ data, facts, good, told }, where).toEqual(honest);
  return changed ? "harmless" : "unchanged";
}

/** Every message of the target with every attack on it, or one pair of them in `stride`, so that each message and each attack has its turn. */
export async function attackAll(target: Target, stride = 1): Promise<{ fates: Record<Fate, number>; runs: number }> {
  const honest = await honestRun(target);
  const fates: Record<Fate, number> = { unchanged: 0, stopped: 0, told: 0, harmless: 0 };
  const names = Object.keys(ATTACKS);
  let runs = 0;
  for (let at = honest.first; at < honest.passed.length; at++) {
    for (const [i, name] of names.entries()) {
      // Another offset for each message, and a stride that has no factor in common with the number of attacks.
      if ((i + 7 * at) % stride !== 0) continue;
      runs++;
      fates[await attacked(target, honest, at, name)]++;
    }
  }
  return { fates, runs };
}

/** Gives a chip that was without power all commands of a run again: nothing comes of it. */
export async function replayAll(target: Target, { passed, windows }: Honest): Promise<void> {
  const chip = freshChip(target);
  const link = attackedLink(chip);
  await target.run(link);
  chip.reset();
  for (const { command } of passed) expect(shows(windows, chip.transmit(command))).toBe(false);
  for (const answer of askInTheClear(chip, target.image)) expect(shows(windows, answer)).toBe(false);
  await target.after?.(chip);
}
