import type { CommandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import type { SecureSession } from "../../apdu/session.js";
import { SW, statusError } from "../../apdu/status.js";
import { EMPTY, equalBytes, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { type ErrorCode, ProtocolError } from "../../errors.js";
import type { SmParameters } from "../../sm/shared.js";
import { openTerminalSession } from "../../sm/terminal.js";
import { encodeTlv } from "../../tlv/ber.js";
import { decryptChipData, pseudoRandom } from "./cipher.js";
import type { PaceGroup } from "./group.js";
import { CHAINED, carText, dynamicData, generalAuthenticate, mseSetAtPace } from "./messages.js";
import type { PaceOffer } from "./parameters.js";
import { runSecrets } from "./run-secrets.js";
import {
  authenticationToken,
  type ChipAuthenticationMappingEvidence,
  compressedKey,
  derivePaceKey,
  PASSWORD_REFERENCES,
  type PacePassword,
  type PacePasswordKind,
  paceSessionParameters,
  passwordBytes,
  verifyChipAuthenticationMapping,
} from "./shared.js";

/** Options of {@link openPace}. */
export interface PaceOptions {
  /** Gives the private key of the mapping, or the nonce t of the integrated mapping; then the ephemeral private key. */
  readonly random?: RandomSource;
  /** Certificate holder authorization template (7F4C …): the terminal will authenticate, and asks for the chip's trust points. */
  readonly chat?: Uint8Array;
  /**
   * Goes on although the PIN has one try left. Otherwise PACE stops before that try is used: the PIN then waits for the CAN,
   * and a further mistake blocks it. No other password is held back: a PUK is used to its last try.
   */
  readonly lastTry?: boolean;
  /**
   * Static public key of the chip for chip authentication mapping, 04‖x‖y. Mostly it is read only afterwards, so that
   * `verifyChipAuthenticationMapping` checks the evidence.
   */
  readonly chipAuthenticationKey?: Uint8Array;
}

/** What PACE leaves with the terminal. */
export interface PaceResult {
  /** The open session; whoever receives it closes it. */
  readonly session: SecureSession;
  readonly offer: PaceOffer;
  readonly password: PacePasswordKind;
  /** Tries that the chip said are left of the password before this run; absent when it did not say. */
  readonly triesLeft?: number;
  /** ID.IC of terminal authentication: Comp(PK.IC). */
  readonly idIc: Uint8Array;
  /** References of the chip's trust points, the newest first. Not protected: a wrong one makes terminal authentication fail. */
  readonly certificationAuthorityReferences: readonly string[];
  /** With chip authentication mapping: what the chip's static key is checked against. */
  readonly chipAuthentication?: ChipAuthenticationMappingEvidence;
  /** With chip authentication mapping Comp(PK.IFD): what terminal authentication of version 1 binds (ICAO 9303-11 §7.1.2). */
  readonly compressedKey?: Uint8Array;
}

/**
 * PACE on the terminal's side: proves knowledge of a password and opens secure messaging with keys that do not depend on how
 * strong the password is.
 *
 * Spec: ICAO 9303-11 §4.4; worked examples: appendices G, H and I. TR-03110-3 A.2.2.3 for PIN and PUK.
 *
 * To be run in the master file, before an application is selected; for resuming a PIN, inside the session that the CAN opened.
 *
 * @param offer - One of `paceOffers`, the first for the best.
 * @param password - Stays the caller's; what is derived from it is wiped here.
 * @returns The session and what the chip told. With chip authentication mapping the chip is genuine only when the evidence is
 *   good for a static key of a signed file.
 * @throws {ProtocolError} `PACE_FAILED` - the password is wrong, or somebody changed what was sent: these cannot be told apart.
 *   The chip's `StatusError`, if there was one, is the `cause`; its 63Cx tells the tries left. `PACE_CHIP_NOT_GENUINE` - the
 *   chip knows the password but does not hold the static key. `PACE_PASSWORD_SUSPENDED` - the PIN has one try left, and
 *   `lastTry` was not asked for. `PACE_PASSWORD_BLOCKED` - none is left, or the password was deactivated.
 * @throws {TypeError} when the password has a form that none has.
 * @example
 * const [best] = paceOffers(parseSecurityInfos(efCardAccess).infos);
 * const exchange = openPace(best, { kind: "can", secret: "123456" });
 * exchange.next().value.ins; // 0x22, MSE:Set AT
 */
export function* openPace(
  offer: PaceOffer,
  password: PacePassword,
  options: PaceOptions = {},
): SyncExchange<PaceResult> {
  const { random = systemRandom, chat = EMPTY } = options;
  const { group, protocol } = offer;
  const { cipher, mapping } = protocol;
  const { kind } = password;
  const secrets = runSecrets();
  const secret = secrets.keep;
  let parameters: SmParameters | undefined;
  try {
    const key = secret(derivePaceKey(kind, secret(passwordBytes(password)), cipher));
    const setAt = mseSetAtPace(offer, PASSWORD_REFERENCES[kind], chat);
    const triesLeft = yield* selectPassword(setAt, kind, options);

    // 1) and 2) the chip's nonce, decrypted with the key of the password
    const z = yield* step(kind, EMPTY, "encrypted nonce", 0x80);
    const whole = mapping === "IM" ? z.length === cipher.nonceBytes : z.length % cipher.blockSize === 0;
    if (z.length === 0 || z.length > 64 || !whole) throw failed("encrypted nonce");
    const s = secret(cipher.decrypt(key, z));

    // 3 a, b) mapping data; the generator that only those get who know the nonce
    const mapped = yield* mapNonce(kind, offer, s, random, secret);

    // 3 c, d) key agreement with the mapped generator
    const ephemeral = secret(group.randomScalar(random));
    const pkIfd = group.power(mapped.generator, ephemeral);
    const pkIc = yield* step(kind, encodeTlv(0x83, pkIfd), "key agreement", 0x84, answerLength(group));
    if (!group.isElement(pkIc) || equalBytes(pkIc, pkIfd)) throw failed("key agreement");
    const k = secret(group.agree(pkIc, ephemeral));

    // 3 e, f) session keys, and the tokens that prove them
    parameters = paceSessionParameters(k, cipher);
    const { ksMac, ksEnc } = parameters;
    const tIfd = authenticationToken(cipher, ksMac, protocol.reference, group, pkIc);
    const answer = yield* mutual(kind, tIfd, mapping === "CAM");
    const tIc = authenticationToken(cipher, ksMac, protocol.reference, group, pkIfd);
    if (!equalBytes(tIc, answer.get(0x86) ?? EMPTY)) throw failed("mutual authentication");

    // 4) chip authentication data
    let chipAuthentication: ChipAuthenticationMappingEvidence | undefined;
    if (mapping === "CAM") {
      const caIc = decryptChipData(ksEnc, answer.get(0x8a) ?? EMPTY);
      chipAuthentication = evidence(offer, mapped.chipKey, caIc);
      const { chipAuthenticationKey } = options;
      if (
        chipAuthentication === undefined ||
        (chipAuthenticationKey !== undefined &&
          !verifyChipAuthenticationMapping(chipAuthentication, chipAuthenticationKey))
      ) {
        throw notGenuine();
      }
    }
    const references = [carText(answer.get(0x87)), carText(answer.get(0x88))].filter((car) => car !== undefined);
    return {
      session: openTerminalSession(parameters),
      offer,
      password: kind,
      ...(triesLeft !== undefined && { triesLeft }),
      idIc: compressedKey(group, pkIc),
      certificationAuthorityReferences: references,
      ...(chipAuthentication && { chipAuthentication, compressedKey: compressedKey(group, pkIfd) }),
    };
  } finally {
    secrets.wipe();
    wipe(parameters?.ksEnc, parameters?.ksMac);
  }
}

/** MSE:Set AT, and what the chip says of the password with it: tries left, suspended, blocked (TR-03110-3 B.11.1). */
function* selectPassword(
  command: CommandApdu,
  kind: PacePasswordKind,
  { lastTry = false }: PaceOptions,
): SyncExchange<number | undefined> {
  const { sw } = yield command;
  if (sw === SW.OK) return undefined;
  const cause = statusError(command, sw, "MSE:Set AT (PACE)");
  if (sw === SW.FILE_DEACTIVATED || sw === 0x63c0) throw blocked(kind, cause);
  if (sw === 0x63c1 && kind === "pin" && !lastTry) throw suspended(cause);
  if (sw >> 4 === 0x63c) return sw & 0x0f;
  throw failed("MSE:Set AT", cause);
}

/** One step of the chain: the value of the one data object in its answer. */
function* step(
  kind: PacePasswordKind,
  data: Uint8Array,
  name: string,
  tag: number,
  ne = 256,
): SyncExchange<Uint8Array> {
  const objects = yield* exchange(kind, generalAuthenticate(CHAINED, data, ne), name, [tag]);
  const value = objects.get(tag);
  if (value === undefined) throw failed(name);
  return value.slice();
}

/** The last command, and the data objects of its answer. Encrypted chip authentication data come with that mapping alone. */
function* mutual(
  kind: PacePasswordKind,
  tIfd: Uint8Array,
  withChipData: boolean,
): SyncExchange<ReadonlyMap<number, Uint8Array>> {
  const command = generalAuthenticate(0x00, encodeTlv(0x85, tIfd));
  return yield* exchange(kind, command, "mutual authentication", [0x86, 0x87, 0x88, ...(withChipData ? [0x8a] : [])]);
}

function* exchange(
  kind: PacePasswordKind,
  command: CommandApdu,
  name: string,
  tags: readonly number[],
): SyncExchange<ReadonlyMap<number, Uint8Array>> {
  const { data, sw } = yield command;
  if (sw !== SW.OK) {
    const cause = statusError(command, sw, `GENERAL AUTHENTICATE (PACE, ${name})`);
    if (sw === SW.AUTHENTICATION_METHOD_BLOCKED || sw === SW.REFERENCE_DATA_NOT_USABLE) throw blocked(kind, cause);
    if (sw === SW.CONDITIONS_NOT_SATISFIED && kind === "pin") throw suspended(cause);
    if (kind === "puk" && (sw === 0x63c0 || sw === 0x63c1)) throw pukFailed(name, sw, cause);
    throw failed(name, cause);
  }
  const objects = dynamicData(data, tags);
  if (objects === undefined) throw failed(name);
  return objects;
}

/** The mapped generator, and the chip's public key of the mapping where there is one. */
interface Mapped {
  readonly generator: Uint8Array;
  readonly chipKey?: Uint8Array;
}

function* mapNonce(
  kind: PacePasswordKind,
  { group, protocol: { cipher, mapping } }: PaceOffer,
  s: Uint8Array,
  random: RandomSource,
  secret: (bytes: Uint8Array) => Uint8Array,
): SyncExchange<Mapped> {
  const name = "nonce mapping";
  if (mapping === "IM") {
    const t = random(cipher.keyBytes);
    const answer = yield* step(kind, encodeTlv(0x81, t), name, 0x82);
    const generator = group.mapIntegrated(secret(pseudoRandom(cipher, s, t, group.bits)));
    if (answer.length > 0 || generator === undefined) throw failed(name);
    return { generator: secret(generator) };
  }
  const scalar = secret(group.randomScalar(random));
  const own = group.power(group.generator, scalar);
  const chipKey = yield* step(kind, encodeTlv(0x81, own), name, 0x82, answerLength(group));
  if (!group.isElement(chipKey) || equalBytes(chipKey, own)) throw failed(name);
  const generator = group.mapGeneric(s, secret(group.power(chipKey, scalar)));
  if (generator === undefined) throw failed(name);
  return { generator: secret(generator), chipKey };
}

/** Ne for an answer with a public key: more than 256 bytes of it need extended lengths. */
function answerLength({ bits }: PaceGroup): number {
  return bits > 1024 ? 65_536 : 256;
}

function evidence(
  { group, parameterId }: PaceOffer,
  mappingKey: Uint8Array | undefined,
  caIc: Uint8Array | undefined,
): ChipAuthenticationMappingEvidence | undefined {
  const { curve } = group;
  if (curve === undefined || parameterId === undefined || mappingKey === undefined || caIc === undefined) {
    return undefined;
  }
  return { curve, keyId: parameterId, mappingKey, chipAuthenticationData: caIc };
}

const protocolError = (code: ErrorCode, step: string, message: string, cause?: Error): ProtocolError =>
  new ProtocolError(code, "PACE", step, message, cause === undefined ? {} : { cause });

function failed(step: string, cause?: Error): ProtocolError {
  const message =
    "chip and terminal do not agree: check the password against the card; if it is right, somebody may be in between.";
  return protocolError("PACE_FAILED", step, message, cause);
}

/** A PUK has no CAN to wait for and nothing that unblocks it, so a person hears of its end where it nears. */
function pukFailed(step: string, sw: number, cause: Error): ProtocolError {
  const message =
    sw === 0x63c1
      ? "chip and terminal do not agree on the PUK; one try is left, then only a new card helps: stop when you are not sure."
      : "chip and terminal do not agree on the PUK, and no try is left: ask the issuer.";
  return protocolError("PACE_FAILED", step, message, cause);
}

/** Of all passwords a PIN alone is suspended (TR-03110-2 §2.2). */
function suspended(cause: Error): ProtocolError {
  const message =
    "one try is left: open the chip with the CAN first, then try again inside that session with lastTry, or not at all.";
  return protocolError("PACE_PASSWORD_SUSPENDED", "MSE:Set AT", message, cause);
}

function blocked(kind: PacePasswordKind, cause: Error): ProtocolError {
  const message =
    kind === "pin"
      ? "the PIN is blocked or deactivated: unblock it with the PUK, or at the issuer."
      : `the ${kind.toUpperCase()} is blocked or deactivated: ask the issuer.`;
  return protocolError("PACE_PASSWORD_BLOCKED", "MSE:Set AT", message, cause);
}

function notGenuine(): ProtocolError {
  const message =
    "the chip knows the password but does not hold its static key: it may be a copy; do not go on with it.";
  return protocolError("PACE_CHIP_NOT_GENUINE", "chip authentication data", message);
}
