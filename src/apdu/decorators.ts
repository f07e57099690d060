import { concatBytes, EMPTY } from "../bytes/bytes.js";
import { ChannelError } from "../errors.js";
import { commandApdu, encodeCommand, parseCommand } from "./apdu.js";
import type { Channel } from "./channel.js";
import { decorate, isExtended, swOf } from "./decorate.js";
import { SW } from "./status.js";
import { withTimeout } from "./timeout.js";

/** Most data bytes of one answer, however many pieces it comes in (ISO 7816-4: Ne ≤ 65,536). */
const MAX_RESPONSE_DATA = 65_536;
/** Most GET RESPONSE commands for one answer: 256 full pieces, with room for a chip that gives small ones. */
const MAX_ROUNDS = 1024;
/** Longest command at all: header, extended Lc, 65,535 bytes, extended Le. */
const MAX_COMMAND = 65_544;
/** Longest command with short lengths: header, Lc, 255 bytes, Le. */
const MAX_SHORT_COMMAND = 261;
/** Bit 5 of CLA: this is not the last command of its chain (ISO 7816-4 §5.3.3). */
const CHAINED = 0x10;

/** CLA of a follow-up command: the logical channel only, without secure messaging and chaining bits (§5.4.1). */
function channelBits(cla: number): number {
  return (cla & 0x40) === 0 ? cla & 0x03 : 0x40 | (cla & 0x0f);
}

/**
 * Fetches answers that come in pieces: as long as the chip says 61xx, GET RESPONSE asks for xx more bytes.
 *
 * Spec: ISO 7816-4 §5.3.4, §11.8.1 (GET RESPONSE).
 *
 * @returns A channel whose replies never end in 61xx. An error status in the middle comes up without the pieces before it.
 * @throws {ChannelError} `TOO_MANY_RETRIES` - more than 65,536 bytes or 1,024 pieces: the chip does not end.
 */
export function withGetResponse(channel: Channel): Channel {
  const transmit: Channel["transmit"] = async (command, options) => {
    let reply = await channel.transmit(command, options);
    let sw = swOf(reply);
    if (sw >> 8 !== 0x61) return reply;
    const cla = channelBits(command[0] ?? 0);
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (let round = 0; sw >> 8 === 0x61; round++) {
      const piece = reply.subarray(0, reply.length - 2);
      total += piece.length;
      if (round === MAX_ROUNDS || total > MAX_RESPONSE_DATA) {
        throw new ChannelError("TOO_MANY_RETRIES", "the chip keeps answering 61xx: reset it and begin again.");
      }
      pieces.push(piece);
      options?.signal?.throwIfAborted();
      reply = await channel.transmit(encodeCommand(commandApdu(cla, 0xc0, 0, 0, EMPTY, sw & 0xff || 256)), options);
      sw = swOf(reply);
    }
    // 62xx and 63xx are warnings: their data count. An error carries none.
    const error = sw !== SW.OK && sw >> 8 !== 0x62 && sw >> 8 !== 0x63;
    if (error) return reply;
    if (total + reply.length - 2 > MAX_RESPONSE_DATA) {
      throw new ChannelError("TOO_MANY_RETRIES", "the chip gives more than 65,536 bytes: reset it and begin again.");
    }
    return concatBytes(...pieces, reply);
  };
  return decorate(channel, transmit, { maxResponse: MAX_RESPONSE_DATA + 2 });
}

/**
 * Repeats a command once with the Le that the chip names in 6Cxx. Under secure messaging this changes nothing that is
 * protected: the outer Le lies outside the MAC.
 *
 * Spec: ISO 7816-4 §5.6 (6Cxx).
 *
 * @returns A channel that passes a second 6Cxx up.
 */
export function withRightLe(channel: Channel): Channel {
  return decorate(channel, async (command, options) => {
    const reply = await channel.transmit(command, options);
    const sw = swOf(reply);
    if (sw >> 8 !== 0x6c) return reply;
    options?.signal?.throwIfAborted();
    const right = { ...parseCommand(command), ne: sw & 0xff || 256 };
    return channel.transmit(encodeCommand(right, { extended: isExtended(command) }), options);
  });
}

/**
 * Carries long commands over a channel that takes short ones: the data go in a chain of short commands, each but the
 * last with CLA bit 5 set. The chain stops at the first status that is not 9000, which comes up as the answer.
 *
 * Spec: ISO 7816-4 §5.3.3 (command chaining).
 *
 * On a channel of at most 261 bytes, where extended lengths do not pass, a command with extended lengths is always sent
 * as short ones. `ne` above 256 becomes 256 then: put {@link withGetResponse} below to collect the rest.
 *
 * @returns A channel with `maxCommand` 65,544.
 * @throws {RangeError} when the channel takes less than one data byte a command.
 */
export function withChaining(channel: Channel): Channel {
  if (channel.maxCommand < 7) throw new RangeError(`withChaining: maxCommand is ${channel.maxCommand}, 7 at least`);
  const transmit: Channel["transmit"] = async (command, options) => {
    const tooLong = command.length > channel.maxCommand;
    const tooModern = channel.maxCommand <= MAX_SHORT_COMMAND && isExtended(command);
    if (!tooLong && !tooModern) return channel.transmit(command, options);
    const { cla, ins, p1, p2, data, ne } = parseCommand(command);
    const size = Math.min(255, channel.maxCommand - 6);
    let at = 0;
    for (; data.length - at > size; at += size) {
      const part = commandApdu(cla | CHAINED, ins, p1, p2, data.subarray(at, at + size));
      const reply = await channel.transmit(encodeCommand(part), options);
      if (swOf(reply) !== SW.OK) return reply;
      options?.signal?.throwIfAborted();
    }
    const last = commandApdu(cla, ins, p1, p2, data.subarray(at), Math.min(ne, 256));
    return channel.transmit(encodeCommand(last), options);
  };
  return decorate(channel, transmit, { maxCommand: MAX_COMMAND });
}

/**
 * The usual stack over a reader. From the chip upwards: the time-out watches each single command; a wrong Le is put right
 * (also that of a GET RESPONSE); pieces of an answer are collected; and above all long commands are chained, so that
 * only the last of a chain can have an answer to collect.
 *
 * Its `maxResponse` is the reader's: pieces are collected when a chip gives them, but what is asked for at once must pass
 * in one piece.
 *
 * @param options.timeoutMs - Milliseconds for each command on the wire; no limit when left out. Making a key on the
 *   chip may take half a minute.
 * @example
 * const sent = [];
 * const reader = { maxCommand: 261, maxResponse: 258, transmit: async (c) => (sent.push(c), fromHex("9000")) };
 * await standardChannel(reader).transmit(fromHex("00A4040C00"));
 */
export function standardChannel(channel: Channel, options: { timeoutMs?: number } = {}): Channel {
  const { timeoutMs } = options;
  const watched = timeoutMs === undefined ? channel : withTimeout(channel, timeoutMs);
  const whole = withChaining(withGetResponse(withRightLe(watched)));
  return Object.defineProperty(whole, "maxResponse", { enumerable: true, get: () => channel.maxResponse });
}
