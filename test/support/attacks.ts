import { fromHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import { encodeTlv, parseTlvs } from "../../src/tlv/ber.js";

/** A command and the reply that the terminal got for it. */
export interface Passed {
  readonly command: Uint8Array;
  readonly reply: Uint8Array;
}

/** What somebody between terminal and chip has at hand when a command comes by. */
export interface Here {
  readonly command: Uint8Array;
  /** What went before in this run, as the terminal saw it. */
  readonly before: readonly Passed[];
  /** The command that follows in a run without anybody in between: with the same randomness the chip takes it. */
  readonly next: Uint8Array | undefined;
  /** Sends to the chip. */
  send(command: Uint8Array): Uint8Array;
  /** Removes power from the chip for a moment. */
  reset(): void;
  /** Hands this over as the reply to the next command, which the chip hears or not. */
  later(reply: Uint8Array, heard: boolean): void;
}

/** Gives the reply for the terminal; undefined when there is none in time. */
export type Attack = (here: Here) => Uint8Array | undefined;

const bytes = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const data = (reply: Uint8Array): Uint8Array => reply.subarray(0, -2);
const word = (reply: Uint8Array): Uint8Array => reply.subarray(-2);
const OK = fromHex("9000");

/** The bytes with one bit changed; an index below zero counts from the end. */
export function flip(of: Uint8Array, at: number, bit = 1): Uint8Array {
  const copy = of.slice();
  const index = Math.max(0, Math.min(at < 0 ? copy.length + at : at, copy.length - 1));
  copy[index] = (copy[index] as number) ^ bit;
  return copy;
}

/** A reply without its data objects of a tag; as it was when it has none. */
function without(reply: Uint8Array, tag: number): Uint8Array {
  try {
    const kept = [...parseTlvs(data(reply))].filter((node) => node.tag !== tag).map(({ raw }) => raw);
    return bytes(...kept, word(reply));
  } catch (error) {
    if (error instanceof MalformedError) return reply;
    throw error;
  }
}

/** The data objects of a reply in the opposite order. */
function reversed(reply: Uint8Array): Uint8Array {
  try {
    return bytes(...[...parseTlvs(data(reply))].map(({ raw }) => raw).reverse(), word(reply));
  } catch (error) {
    if (error instanceof MalformedError) return reply;
    throw error;
  }
}

const reply =
  (change: (reply: Uint8Array, here: Here) => Uint8Array): Attack =>
  (here) =>
    change(here.send(here.command), here);
const instead = (told: string): Attack => reply(() => fromHex(told));
const unheard =
  (told: string): Attack =>
  () =>
    fromHex(told);
const command =
  (change: (command: Uint8Array) => Uint8Array): Attack =>
  (here) =>
    here.send(change(here.command));
const named = <T extends string | number>(
  name: (value: T) => string,
  make: (value: T) => Attack,
  values: readonly T[],
) => Object.fromEntries(values.map((value) => [name(value), make(value)]));

/** Words that chips use to refuse, to warn and to say yes. */
const WORDS = [
  "9000",
  "6982",
  "6985",
  "6983",
  "6a82",
  "6a88",
  "6700",
  "6300",
  "63c0",
  "63c1",
  "63c2",
  "6282",
  "6283",
  "6f00",
];
const AT = [0, 1, 2, 3, 8, 20, -20, -11, -5, -3, -2, -1];

/** What is done to one reply. */
export const REPLY_ATTACKS: Readonly<Record<string, Attack>> = {
  "drops the reply": (here) => {
    here.send(here.command);
    return undefined;
  },
  "empties the reply": instead(""),
  "leaves one byte of the reply": reply((own) => own.subarray(0, 1)),
  ...named((sw) => `replaces the reply by ${sw}`, instead, WORDS),
  ...named(
    (sw) => `replaces the status word by ${sw}`,
    (sw) => reply((own) => bytes(data(own), fromHex(sw))),
    ["9000", "6982", "6a82", "63c2", "6282", "6110", "6c10"],
  ),
  "answers in the clear": reply((_, here) => bytes(here.command.subarray(0, 4), [1, 2, 3, 4], OK)),
  "keeps the protected data and answers 9000 beside": reply((own) => bytes([0x99, 2, 0x90, 0], data(own), OK)),
  ...named(
    (tag) => `takes data object ${tag.toString(16)} away`,
    (tag) => reply((own) => without(own, tag)),
    [0x87, 0x99, 0x8e, 0x7c],
  ),
  "turns the order of data objects round": reply(reversed),
  "adds a data object": reply((own) => bytes(data(own), encodeTlv(0x89, fromHex("00")), word(own))),
  "puts a status word in front": reply((own) => bytes(OK, own)),
  "replays the reply before": reply((own, { before }) => before.at(-1)?.reply ?? own),
  "replays an older reply": reply((own, { before }) => before.at(-3)?.reply ?? own),
  "replays the last reply to such a command": reply(
    (own, here) => before(here, ({ command: past }) => past[1] === here.command[1])?.reply ?? own,
  ),
  "replays the last reply to a read": reply(
    (own, here) => before(here, ({ command: past }) => past[1] === 0xb0)?.reply ?? own,
  ),
  "replays the first reply": reply((own, here) => here.before[0]?.reply ?? own),
  "cuts the last byte of data": reply((own) => bytes(data(own).subarray(0, -1), word(own))),
  "cuts the reply in half": reply((own) => bytes(own.subarray(0, (own.length - 2) >> 1), OK)),
  "cuts the status word": reply((own) => data(own)),
  ...named(
    (at) => `changes byte ${at} of the reply`,
    (at) => reply((own) => flip(own, at)),
    AT,
  ),
  ...named(
    (at) => `changes the highest bit of byte ${at} of the reply`,
    (at) => reply((own) => flip(own, at, 0x80)),
    [0, 5, -1, -2, -12],
  ),
  "lets it change places with the next": (here) => {
    const own = here.send(here.command);
    if (here.next === undefined) return own;
    const next = here.send(here.next);
    here.later(own, false);
    return next;
  },
  "holds it back for the next command": (here) => {
    here.later(here.send(here.command), true);
    return OK;
  },
  "gives it for the next command as well": (here) => {
    const own = here.send(here.command);
    here.later(own, true);
    return own;
  },
};

const before = ({ before: all }: Here, test: (passed: Passed) => boolean): Passed | undefined => all.findLast(test);

/** What is done to one command. */
export const COMMAND_ATTACKS: Readonly<Record<string, Attack>> = {
  ...named((sw) => `keeps the command and answers ${sw}`, unheard, ["9000", "6982", "6a82", "63c2"]),
  "keeps the command and replays the reply before": (here) => here.before.at(-1)?.reply ?? OK,
  "sends it twice and hands over the first reply": (here) => {
    const own = here.send(here.command);
    here.send(here.command);
    return own;
  },
  "sends it twice and hands over the second reply": (here) => {
    here.send(here.command);
    return here.send(here.command);
  },
  "sends the command before once more": (here) => {
    const last = here.before.at(-1)?.command;
    if (last !== undefined) here.send(last);
    return here.send(here.command);
  },
  "sends the command before instead": (here) => here.send(here.before.at(-1)?.command ?? here.command),
  "sends an older command instead": (here) => here.send(here.before.at(-3)?.command ?? here.command),
  "sends the next command before": (here) => {
    if (here.next !== undefined) here.send(here.next);
    return here.send(here.command);
  },
  "takes the protection off": command((own) => bytes([(own[0] as number) & 0xf3], own.subarray(1))),
  "sends its header alone, in the clear": command((own) => bytes([(own[0] as number) & 0xf3], own.subarray(1, 4), [0])),
  "says that more is to come": command((own) => bytes([(own[0] as number) ^ 0x10], own.subarray(1))),
  "cuts the last byte of the command": command((own) => own.subarray(0, -1)),
  "adds a byte to the command": command((own) => bytes(own, [0])),
  ...named(
    (at) => `changes byte ${at} of the command`,
    (at) => command((own) => flip(own, at)),
    [0, 1, 2, 3, 4, 5, 6, 7, 9, 20, -12, -3, -2, -1],
  ),
  ...named(
    (hex) => `slips in ${hex}`,
    (hex) => (here) => {
      here.send(fromHex(hex));
      return here.send(here.command);
    },
    // SELECT of master file and application; READ BINARY; GET CHALLENGE; VERIFY; MSE:Set AT of PACE without a body; an empty part of a chain
    ["00a4000c", "00a4040c07a0000002471001", "00b0810000", "0084000008", "0020000304343731", "0022c1a4", "1cb08100"],
  ),
  "takes the power away before": (here) => {
    here.reset();
    return here.send(here.command);
  },
  "takes the power away after": (here) => {
    const own = here.send(here.command);
    here.reset();
    return own;
  },
};

export const ATTACKS: Readonly<Record<string, Attack>> = { ...REPLY_ATTACKS, ...COMMAND_ATTACKS };
