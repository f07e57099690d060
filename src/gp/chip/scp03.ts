import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { concatBytes, EMPTY, equalBytes, uintToBytes, wipe } from "../../bytes/bytes.js";
import type { RandomSource } from "../../bytes/random.js";
import { AesCmac } from "../../crypto/aes.js";
import type { Scp03StaticKeys } from "../key-types.js";
import {
  cardCryptogram,
  channelOf,
  commandMac,
  deriveSessionKeys,
  hostCryptogram,
  isSecureCla,
  levelSupported,
  MAC_SIZE,
  pseudoRandomChallenge,
  SCP03_I,
  SCP03_LEVELS,
  type Scp03SecurityLevel,
} from "../shared.js";
import { type Scp03ChipQuirks, Scp03ChipSession } from "./session.js";

export { DGI_KEY_ATTRIBUTES, DGI_SECRET_KEY, type Dgi, parseDgis } from "../dgi.js";
export { Scp03StaticKeys, type WrappedKey } from "../key-types.js";
export { unwrapKey, unwrapSecret } from "../key-wrapping.js";
export type { Scp03SecurityLevel } from "../shared.js";
export type { Scp03ChipQuirks } from "./session.js";

/** A session that the chip opened, or the answer with which it did not. */
export interface Scp03ChipOutcome extends ChipOutcome {
  /** Level of `session`. */
  readonly securityLevel?: Scp03SecurityLevel;
  /** Version of the key set of `session`. */
  readonly keyVersion?: number;
}

/** What a chip brings to SCP03. */
export interface Scp03ChipOptions {
  /** Key sets by version; the first is used when the terminal asks for version 0. */
  readonly keySets: ReadonlyMap<number, Scp03StaticKeys>;
  /** Key diversification data, 10 bytes. */
  readonly kdd: Uint8Array;
  /** Source of random challenges. */
  readonly random: RandomSource;
  /** Parameter "i": 10 pseudo-random challenges, 20 R-MAC, 60 R-MAC and R-ENC. */
  readonly i: number;
  /**
   * Needed when `i` says pseudo-random: `step` makes and keeps the next value of the key set's sequence counter, `aid`
   * is the application that holds the channel, 5 to 16 bytes.
   */
  readonly pseudoRandom?: {
    /** The next value of the key set's counter, kept before it is used. */
    step(keyVersion: number): number;
    readonly aid: Uint8Array;
  };
  /** Called for each failed EXTERNAL AUTHENTICATE, so that the chip can count and block. */
  readonly onFailure?: (keyVersion: number) => void;
  readonly quirks?: Scp03ChipQuirks;
}

/** GPCS §D.4.2: authentication of the host cryptogram failed. */
const HOST_CRYPTOGRAM_WRONG = 0x6300;

/** Last value of the sequence counter; no session is begun at it (Amendment D §6.2.2.1). */
const LAST_COUNTER = 0xff_ffff;

/**
 * The chip's side of explicit SCP03 initiation, from INITIALIZE UPDATE on.
 *
 * Spec: Amendment D 1.1.2 §5.2, §6.2.1 to §6.2.3, §7.1.1, §7.1.2.
 *
 * @param first - The INITIALIZE UPDATE command. Its answer is yielded; a refusal is the outcome's `response`.
 * @returns `{}` when `first` is no INITIALIZE UPDATE, or another command than EXTERNAL AUTHENTICATE followed: the chip
 *   then processes that command as usual. Otherwise `response`, with `session` when the host is authentic.
 * @throws {RangeError} when `kdd` has not 10 bytes, or `i` asks for S16 or for a missing `pseudoRandom`.
 */
export function* scp03Chip(first: CommandApdu, options: Scp03ChipOptions): ChipExchange<Scp03ChipOutcome> {
  const { keySets, kdd, i, pseudoRandom } = options;
  if (kdd.length !== 10) throw new RangeError(`scp03Chip: kdd has ${kdd.length} bytes, not 10`);
  const counted = (i & SCP03_I.PSEUDO_RANDOM) !== 0;
  if ((i & SCP03_I.S16) !== 0) throw new RangeError("scp03Chip: S16 is not supported");
  if (counted && pseudoRandom === undefined) throw new RangeError("scp03Chip: i needs pseudoRandom");

  if ((first.cla & 0x80) === 0 || isSecureCla(first.cla) || first.ins !== 0x50) return {};
  if (first.data.length !== 8) return refuse(SW.WRONG_LENGTH);
  const keyVersion = first.p1 === 0 ? (keySets.keys().next().value ?? 0) : first.p1;
  const keys = keySets.get(keyVersion);
  if (keys === undefined || first.p2 !== 0) return refuse(SW.REFERENCED_DATA_NOT_FOUND);

  const hostChallenge = first.data.slice();
  let cardChallenge: Uint8Array;
  let counter = EMPTY;
  if (counted && pseudoRandom !== undefined) {
    const next = pseudoRandom.step(keyVersion);
    if (next >= LAST_COUNTER) return refuse(SW.CONDITIONS_NOT_SATISFIED);
    counter = uintToBytes(next, 3);
    cardChallenge = pseudoRandomChallenge(keys.enc, counter, pseudoRandom.aid);
  } else cardChallenge = options.random(8);

  const sessionKeys = deriveSessionKeys(keys, hostChallenge, cardChallenge);
  let opened = false;
  try {
    const keyInformation = Uint8Array.of(keyVersion, 0x03, i);
    const cryptogram = cardCryptogram(sessionKeys.sMac, hostChallenge, cardChallenge);
    const answer: ResponseApdu = {
      data: concatBytes(kdd, keyInformation, cardChallenge, cryptogram, counter),
      sw: SW.OK,
    };
    const second = yield answer;
    if (!isSecureCla(second.cla) || (second.cla & 0x80) === 0 || second.ins !== 0x82) return {};

    const chaining = authenticHost(
      second,
      sessionKeys.sMac,
      hostCryptogram(sessionKeys.sMac, hostChallenge, cardChallenge),
    );
    if (chaining === undefined || channelOf(second.cla) !== channelOf(first.cla)) {
      options.onFailure?.(keyVersion);
      return refuse(HOST_CRYPTOGRAM_WRONG);
    }
    const securityLevel = SCP03_LEVELS.find((level) => level === second.p1);
    if (securityLevel === undefined || second.p2 !== 0 || !levelSupported(i, securityLevel)) {
      return refuse(SW.INCORRECT_P1_P2);
    }
    const quirks = options.quirks ?? {};
    const session = new Scp03ChipSession(sessionKeys, securityLevel, {
      chaining,
      channel: channelOf(second.cla),
      quirks,
    });
    opened = true;
    return { response: { data: EMPTY, sw: SW.OK }, session, securityLevel, keyVersion };
  } finally {
    if (!opened) wipe(sessionKeys.sEnc, sessionKeys.sMac, sessionKeys.sRmac);
  }
}

function refuse(sw: number): Scp03ChipOutcome {
  return { response: { data: EMPTY, sw } };
}

/** The full C-MAC of a right EXTERNAL AUTHENTICATE; MAC and cryptogram are not told apart. */
function authenticHost(command: CommandApdu, sMac: Uint8Array, cryptogram: Uint8Array): Uint8Array | undefined {
  if (command.data.length !== cryptogram.length + MAC_SIZE) return undefined;
  const body = command.data.subarray(0, cryptogram.length);
  const cmac = new AesCmac(sMac);
  const mac = commandMac(cmac, new Uint8Array(16), command, body);
  cmac.wipe();
  const macFits = equalBytes(mac.subarray(0, MAC_SIZE), command.data.subarray(cryptogram.length));
  const hostFits = equalBytes(body, cryptogram);
  return macFits && hostFits ? mac : undefined;
}
