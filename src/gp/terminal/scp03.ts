import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { SecureSession } from "../../apdu/session.js";
import { SW, statusError } from "../../apdu/status.js";
import { equalBytes, toHex, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { MalformedError, ProtocolError } from "../../errors.js";
import type { Scp03SessionKeys } from "../key-types.js";
import type { Scp03Keys } from "../keys.js";
import {
  cardCryptogram,
  hostCryptogram,
  levelSupported,
  SCP03_I,
  SCP03_LEVELS,
  type Scp03SecurityLevel,
} from "../shared.js";
import { externalAuthenticate, initializeUpdate } from "./commands.js";
import { type Scp03Quirks, Scp03TerminalSession } from "./session.js";

export type { Scp03SecurityLevel } from "../shared.js";
export { type Scp03Quirks, scp03MaxData } from "./session.js";

/** An open secure channel and what the chip said of itself. */
export interface Scp03Terminal {
  /** Protects commands; close it when done. */
  readonly session: SecureSession;
  /** Key diversification data of the chip, 10 bytes. */
  readonly kdd: Uint8Array;
  /** Version of the key set that was used. */
  readonly keyVersion: number;
  readonly securityLevel: Scp03SecurityLevel;
  /** Of a chip with pseudo-random challenges: how often this key set was used. */
  readonly sequenceCounter?: number;
}

/** How to open a secure channel. */
export interface OpenScp03Options {
  /** Derives the session keys. */
  readonly keys: Scp03Keys;
  /** Key version to ask for; 0, the default, lets the chip choose. */
  readonly keyVersion?: number;
  readonly securityLevel: Scp03SecurityLevel;
  /** Source of the host challenge; the system's by default. */
  readonly random?: RandomSource;
  /** Deviations of the chip at hand. */
  readonly quirks?: Scp03Quirks;
}

/** The answer to INITIALIZE UPDATE. */
export interface InitializeUpdateAnswer {
  /** Key diversification data, 10 bytes. */
  readonly kdd: Uint8Array;
  readonly keyVersion: number;
  /** Parameter "i": what the chip's SCP03 can do. */
  readonly i: number;
  /** 8 bytes. */
  readonly cardChallenge: Uint8Array;
  /** 8 bytes. */
  readonly cardCryptogram: Uint8Array;
  /** Three bytes on the wire; only with pseudo-random challenges. */
  readonly sequenceCounter?: number;
}

/**
 * The answer to INITIALIZE UPDATE in `data`; byte arrays are copies.
 *
 * Spec: Amendment D §7.1.1.1, table 7-2.
 *
 * @throws {ProtocolError} `SCP03_UNSUPPORTED` for another protocol than SCP03 and for 16-byte challenges (S16).
 * @throws {MalformedError} `BAD_LENGTH` when it has not 29 bytes, or 32 with a sequence counter.
 */
export function parseInitializeUpdate(data: Uint8Array): InitializeUpdateAnswer {
  const protocol = data[11];
  if (protocol !== undefined && protocol !== 0x03) {
    throw unsupported(`the chip speaks SCP${hexByte(protocol)} with this key version, not SCP03`);
  }
  const i = data[12] ?? 0;
  if ((i & SCP03_I.S16) !== 0) throw unsupported(`the chip wants 16-byte challenges and MACs (S16, i = ${hexByte(i)})`);
  const counted = (i & SCP03_I.PSEUDO_RANDOM) !== 0;
  if (data.length !== (counted ? 32 : 29)) {
    const expected = `${counted ? 32 : 29} bytes expected, ${data.length} found`;
    throw new MalformedError("BAD_LENGTH", expected, data.length, "INITIALIZE UPDATE");
  }
  return {
    kdd: data.slice(0, 10),
    keyVersion: data[10] as number,
    i,
    cardChallenge: data.slice(13, 21),
    cardCryptogram: data.slice(21, 29),
    ...(counted && {
      sequenceCounter: ((data[29] as number) << 16) | ((data[30] as number) << 8) | (data[31] as number),
    }),
  };
}

/**
 * Opens an SCP03 secure channel with explicit initiation: INITIALIZE UPDATE, EXTERNAL AUTHENTICATE.
 *
 * Spec: GlobalPlatform Card Specification, Amendment D 1.1.2 §5.2, §6.2.1 to §6.2.3.
 *
 * The card cryptogram is checked before EXTERNAL AUTHENTICATE is sent: chips count failed authentications and block
 * the key set for good. So nothing here is tried twice, and a caller must not do it by itself either.
 *
 * @returns The open session; the caller closes it. When it does not come to that, the session keys are wiped.
 * @throws {ProtocolError} `SCP03_UNSUPPORTED` - the chip's "i" does not allow the level, or it is no SCP03 with 8-byte
 *   challenges; `SCP03_CARD_CRYPTOGRAM` - the keys do not fit the chip; `SCP03_REFUSED` - the chip refused a step;
 *   `KEY_VERSION_UNKNOWN` - from the key service.
 * @throws {MalformedError} when the answer to INITIALIZE UPDATE has another length than the standard's.
 * @example
 * const { session } = await run(channel, openScp03({ keys, keyVersion: 0x30, securityLevel: 0x33 }));
 * try {
 *   await run(channel, secured(session, send(installForPersonalization(aid), "INSTALL [for personalization]")));
 * } finally {
 *   session.close();
 * }
 */
export async function* openScp03(options: OpenScp03Options): AsyncGenerator<CommandApdu, Scp03Terminal, ResponseApdu> {
  const { keys, keyVersion: asked = 0, securityLevel, random = systemRandom } = options;
  if (!SCP03_LEVELS.includes(securityLevel)) throw new RangeError("securityLevel is 0x01, 0x03, 0x11, 0x13 or 0x33");
  const hostChallenge = random(8);
  const first = initializeUpdate(asked, hostChallenge);
  const answered = yield first;
  if (answered.sw !== SW.OK) {
    throw refused("INITIALIZE UPDATE", first, answered.sw, "Is the right security domain selected?");
  }
  const answer = parseInitializeUpdate(answered.data);
  const { kdd, keyVersion, cardChallenge, sequenceCounter } = answer;
  if (asked !== 0 && keyVersion !== asked) {
    throw unsupported(`key version ${hexByte(asked)} was asked for, the chip uses ${hexByte(keyVersion)}`);
  }
  if (!levelSupported(answer.i, securityLevel)) {
    const level = hexByte(securityLevel);
    throw unsupported(
      `the chip's i = ${hexByte(answer.i)} does not allow security level ${level}; ask for a lower one`,
    );
  }

  let sessionKeys: Scp03SessionKeys | undefined;
  let session: Scp03TerminalSession | undefined;
  let opened = false;
  try {
    sessionKeys = await keys.deriveSession({ kdd, keyVersion, hostChallenge, cardChallenge });
    if (!equalBytes(cardCryptogram(sessionKeys.sMac, hostChallenge, cardChallenge), answer.cardCryptogram)) {
      throw wrongKeys(keyVersion, kdd);
    }
    session = new Scp03TerminalSession(sessionKeys, securityLevel, options.quirks);
    const cryptogram = hostCryptogram(sessionKeys.sMac, hostChallenge, cardChallenge);
    const second = session.authenticate(externalAuthenticate(securityLevel, cryptogram));
    const { sw } = yield second;
    if (sw !== SW.OK) {
      throw refused("EXTERNAL AUTHENTICATE", second, sw, "Do not try again by itself: chips count this and block.");
    }
    opened = true;
    return {
      session,
      kdd,
      keyVersion,
      securityLevel,
      ...(sequenceCounter !== undefined && { sequenceCounter }),
    };
  } finally {
    if (!opened) {
      session?.close();
      wipe(sessionKeys?.sEnc, sessionKeys?.sMac, sessionKeys?.sRmac);
    }
  }
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function unsupported(reason: string): ProtocolError {
  return new ProtocolError(
    "SCP03_UNSUPPORTED",
    "SCP03",
    "INITIALIZE UPDATE",
    `${reason}. Nothing was authenticated, so no try was used up.`,
  );
}

function wrongKeys(keyVersion: number, kdd: Uint8Array): ProtocolError {
  return new ProtocolError(
    "SCP03_CARD_CRYPTOGRAM",
    "SCP03",
    "INITIALIZE UPDATE",
    `the keys do not fit the chip: its cryptogram is wrong for key version ${hexByte(keyVersion)} (hex), KDD ` +
      `${toHex(kdd).toUpperCase()}. EXTERNAL AUTHENTICATE was not sent. Do not try again by itself, since chips count ` +
      "and block: check the master key, its version and the derivation first.",
  );
}

function refused(step: string, command: CommandApdu, sw: number, hint: string): ProtocolError {
  return new ProtocolError(
    "SCP03_REFUSED",
    "SCP03",
    step,
    `the chip answered ${hexByte(sw >> 8)}${hexByte(sw & 0xff)} to ${step}. ${hint}`,
    { cause: statusError(command, sw, step) },
  );
}
