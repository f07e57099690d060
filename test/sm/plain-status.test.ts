import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/apdu/channel.js";
import { standardChannel } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { concatBytes, toHex } from "../../src/bytes/bytes.js";
import type { CardImage } from "../../src/card/image.js";
import { accessKeyOf } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { SECRETS, terminalWith } from "../support/chips.js";
import { rejectionOf } from "../support/inspect.js";
import { fixedRandom } from "../support/line.js";
import { EAC, ICAO } from "../support/passports.js";

/** What comes between reader and chip: it answers by itself, or has the chip answer. */
type Front = (chip: (command: Uint8Array) => Promise<Uint8Array>) => (command: Uint8Array) => Promise<Uint8Array>;

const isProtected = (command: Uint8Array): boolean => ((command[0] as number) & 0x0c) === 0x0c;
/** In the clear. */
const status = (sw1: number, length: number) => Uint8Array.of(sw1, length >= 256 ? 0 : length);

/** Like a chip under T=0: a protected answer is announced by a plain 61xx and fetched by a plain GET RESPONSE in pieces. */
const inPieces =
  (size: number): Front =>
  (chip) => {
    let left = new Uint8Array(0);
    return async (command) => {
      if (command[1] === 0xc0) {
        expect(toHex(command.subarray(0, 4))).toBe("00c00000");
        const piece = left.subarray(0, Math.min(left.length - 2, command[4] || 256));
        left = left.slice(piece.length);
        if (left.length === 2) return concatBytes(piece, left);
        return concatBytes(piece, status(0x61, Math.min(size, left.length - 2)));
      }
      const reply = await chip(command);
      if (!isProtected(command) || reply.length === 2) return reply;
      left = reply.slice();
      return status(0x61, Math.min(size, left.length - 2));
    };
  };

/** The chip has answered, keeps the answer, and gives it when the same command comes with its length as Le. */
const exactLe: Front = (chip) => {
  let kept: { command: string; reply: Uint8Array } | undefined;
  return async (command) => {
    if (kept !== undefined) {
      const { command: first, reply } = kept;
      kept = undefined;
      const length = (reply.length - 2) & 0xff;
      expect(toHex(command)).toBe(first.slice(0, -2) + length.toString(16).padStart(2, "0"));
      return reply;
    }
    const reply = await chip(command);
    if (!isProtected(command) || reply.length === 2 || command[4] === 0) return reply;
    kept = { command: toHex(command), reply };
    return status(0x6c, reply.length - 2);
  };
};

/** The chip has done nothing, and processes the command that comes with another outer Le. */
const beforeTheChip: Front = (chip) => {
  let repeated = false;
  return async (command) => {
    const wrong = isProtected(command) && command[4] !== 0 && command.at(-1) === 0 && !repeated;
    repeated = wrong;
    return wrong ? status(0x6c, 0xff) : chip(command);
  };
};

/** How the reader is; a `bare` one has no decorators on top. */
interface Reader {
  readonly extended?: boolean;
  readonly bare?: boolean;
  readonly maxCommand?: number;
}

async function reading(image: CardImage, options: ReadCardOptions, front?: Front, how: Reader = {}) {
  const { extended = false, bare = false } = how;
  const base = virtualChannel(VirtualChip.fromImage(image, SECRETS, { random: fixedRandom(1) }), { extended });
  const processed: string[] = [];
  const answers: number[] = [];
  const toChip = async (command: Uint8Array) => {
    // The outer Le is nothing that is protected, so it is not compared.
    processed.push(toHex(isProtected(command) ? command.subarray(0, -1) : command));
    return base.transmit(command);
  };
  const inner = front?.(toChip) ?? toChip;
  const reader: Channel = {
    maxCommand: how.maxCommand ?? base.maxCommand,
    maxResponse: base.maxResponse,
    transmit: async (command) => {
      const reply = await inner(command);
      answers.push(reply.at(-2) as number);
      return reply;
    },
  };
  const channel = bare ? reader : standardChannel(reader);
  const work = run(
    channel,
    readCard({ accessKey: accessKeyOf(image), maxResponse: channel.maxResponse, random: fixedRandom(2), ...options }),
  );
  const count = (sw1: number) => answers.filter((one) => one === sw1).length;
  return { work, processed, count };
}

/** The same card, and a chip without PACE, which BAC opens. */
const withoutPace: CardImage = { ...EAC.image, masterFile: [] };
const READINGS: readonly [string, CardImage, ReadCardOptions, string][] = [
  ["BAC (3DES)", ICAO.image, {}, "BAC"],
  ["PACE (AES)", EAC.image, { proofs: [] }, "PACE"],
  ["BAC, then chip authentication (AES)", withoutPace, { proofs: ["chipAuthentication"] }, "BAC"],
  ["PACE, then chip authentication", EAC.image, { proofs: ["chipAuthentication"] }, "PACE"],
];
const FRONTS: readonly [string, Front, number][] = [
  ["61xx and one GET RESPONSE", inPieces(256), 0x61],
  ["61xx and GET RESPONSE in pieces of 100", inPieces(100), 0x61],
  ["6Cxx with the length of the answer", exactLe, 0x6c],
  ["6Cxx before the chip did anything", beforeTheChip, 0x6c],
];

describe.each(READINGS)("%s", (_, image, options, accessControl) => {
  it.each(FRONTS)("reads the same through %s in the clear", async (_, front, sw1) => {
    const plain = await reading(image, options);
    const { files, evidence } = await plain.work;
    const card = await reading(image, options, front);
    const result = await card.work;
    expect(result.files).toEqual(files);
    expect(result.evidence).toEqual(evidence);
    expect(evidence.accessControl).toBe(accessControl);
    expect(evidence.falls).toBeUndefined();
    expect(card.count(sw1)).toBeGreaterThan(10);
    // With the same randomness the chip is given the same protected bytes: no counter moved with a status in the clear.
    expect(card.processed).toEqual(plain.processed);
  });

  it("reads the same in pieces with extended lengths", async () => {
    const plain = await reading(image, options, undefined, { extended: true });
    const card = await reading(image, options, inPieces(256), { extended: true });
    expect((await card.work).files).toEqual((await plain.work).files);
    expect(card.count(0x61)).toBeGreaterThan(5);
    expect(card.processed).toEqual(plain.processed);
  });

  it.each(FRONTS)("ends without the decorators, for %s is no protected answer", async (_, front) => {
    const { work } = await reading(image, options, front, { bare: true });
    expect(await rejectionOf(work)).toMatchObject({ name: expect.stringMatching(/Error$/), code: expect.any(String) });
  });
});

describe("terminal authentication, whose certificates go in chains", () => {
  it.each(FRONTS)("opens the fingers through %s in the clear", async (_, front, sw1) => {
    const parties = await terminalWith("IS", ["readDg3", "readDg4"]);
    const terminal = {
      certificates: parties.map(({ certificate }) => certificate),
      signer: (parties.at(-1) as (typeof parties)[number]).signer,
    };
    const { work, processed, count } = await reading(EAC.image, { terminal }, front, { maxCommand: 150 });
    const { files, evidence } = await work;
    expect(files["EF.DG3"]).toBeInstanceOf(Uint8Array);
    expect(evidence).toMatchObject({ notGiven: [], proofs: { terminalAuthentication: expect.anything() } });
    expect(count(sw1)).toBeGreaterThan(10);
    expect(processed.some((hex) => hex.startsWith("1c2a"))).toBe(true);
  });
});
