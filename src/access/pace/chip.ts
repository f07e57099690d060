import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { concatBytes, EMPTY, equalBytes, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { scalarQuotient } from "../../crypto/points.js";
import { openChipSession } from "../../sm/chip.js";
import type { SmParameters } from "../../sm/shared.js";
import { encodeTlv } from "../../tlv/ber.js";
import { encryptChipData, pseudoRandom } from "./cipher.js";
import { CHAINED, carBytes, dynamicData, parseSetAtPace, type SetAtPace } from "./messages.js";
import type { PaceOffer } from "./parameters.js";
import {
  type ChipPassword,
  failureStatus,
  passwordState,
  REFUSAL_OF,
  restoreTries,
  selectionStatus,
  takeTry,
} from "./password.js";
import { runSecrets } from "./run-secrets.js";
import {
  authenticationToken,
  compressedKey,
  derivePaceKey,
  type PacePasswordKind,
  paceSessionParameters,
  passwordKindOf,
} from "./shared.js";

export { type ChipPassword, pinCounter, pukCounter, type RetryCounter, restoreTries } from "./password.js";

/** What a chip knows for PACE. */
export interface PaceChip {
  /** What it offers: `paceOffers` of its own EF.CardAccess. */
  readonly offers: readonly PaceOffer[];
  /** Its passwords, each at most once. Their counters are changed here. */
  readonly passwords: readonly ChipPassword[];
  /** Static private keys for chip authentication mapping by key identifier, which is the number of the domain parameters. */
  readonly chipAuthenticationKeys?: ReadonlyMap<number, Uint8Array>;
  /**
   * References of the trust points for a terminal type (content octets of its object identifier): the newest first, one or two;
   * undefined for a type that the chip does not know, which is refused. Left out when the chip does no terminal authentication: it
   * then takes no notice of what a terminal says of its rights.
   */
  readonly certificationAuthorityReferences?: (terminalType: Uint8Array) => readonly string[] | undefined;
}

/** How PACE ended on the chip. */
export interface PaceChipOutcome extends ChipOutcome {
  /** The password that was shown; only with a session. */
  readonly password?: PacePasswordKind;
  /** ID.IC of terminal authentication; only with a session. */
  readonly idIc?: Uint8Array;
  /** The certificate holder authorization template of the terminal, if it sent one; only with a session. */
  readonly chat?: Uint8Array;
  /** After chip authentication mapping Comp(PK.IFD), which terminal authentication of version 1 binds (ICAO 9303-11 §7.1.2). */
  readonly compressedKey?: Uint8Array;
}

/** What {@link paceChip} depends on beside the chip. */
export interface PaceChipOptions {
  /** Whether the command came in a session that PACE opened with the CAN: it lets a suspended password have its last try. */
  readonly resumed?: boolean;
  /**
   * Gives the nonce s (16 bytes, for the integrated mapping as many as the cipher says), then the private key of the mapping,
   * then the ephemeral private key.
   */
  readonly random?: RandomSource;
}

function refusal(sw: number): PaceChipOutcome {
  return { response: { data: EMPTY, sw } };
}

function answer(...objects: readonly Uint8Array[]): ResponseApdu {
  return { data: encodeTlv(0x7c, ...objects), sw: SW.OK };
}

/** Whether a command is MSE:Set AT for mutual authentication, which begins PACE. */
export function beginsPace({ cla, ins, p1, p2 }: CommandApdu): boolean {
  return cla === 0 && ins === 0x22 && p1 === 0xc1 && p2 === 0xa4;
}

/** The offer that MSE:Set AT means, or the status word that refuses it. */
function offerFor(chip: PaceChip, request: SetAtPace): PaceOffer | number {
  const { protocol, parameterId } = request;
  const offers = chip.offers.filter((offer) => equalBytes(offer.protocol.reference, protocol));
  if (offers.length === 0) return SW.WRONG_DATA;
  if (parameterId === undefined) return offers.length === 1 ? (offers[0] as PaceOffer) : SW.WRONG_DATA;
  return offers.find((offer) => offer.parameterId === parameterId) ?? SW.REFERENCED_DATA_NOT_FOUND;
}

/** The value of data object `tag` in GENERAL AUTHENTICATE; a status word when the command is another one, or malformed. */
function stepData(command: CommandApdu, cla: number, tag: number | undefined): Uint8Array | number | undefined {
  if (command.ins !== 0x86 || (command.cla !== CHAINED && command.cla !== 0)) return undefined;
  if (command.cla !== cla) return cla === 0 ? SW.LAST_COMMAND_OF_CHAIN_EXPECTED : SW.CONDITIONS_NOT_SATISFIED;
  if (command.p1 !== 0 || command.p2 !== 0) return SW.INCORRECT_P1_P2;
  const objects = dynamicData(command.data, tag === undefined ? [] : [tag]);
  if (objects === undefined) return SW.WRONG_DATA;
  return tag === undefined ? EMPTY : (objects.get(tag)?.slice() ?? SW.WRONG_DATA);
}

/**
 * PACE on the chip's side: MSE:Set AT, then the chain of four GENERAL AUTHENTICATE.
 *
 * Spec: ICAO 9303-11 §4.4; worked examples: appendices G, H and I. TR-03110-2 §2.2 and TR-03110-3 B.11 for PIN, PUK and counters.
 *
 * A password with a counter loses a try before its token is judged, and gets all back when that is right. Wrong tokens are
 * answered 6300 or 63Cx, whatever is wrong with them.
 *
 * @param first - The command that began it: one for which {@link beginsPace} holds.
 * @param chip - Passwords and keys stay the caller's; counters in it are changed.
 * @returns The last response, with the session when the terminal knows the password; `{}` when a command is not part of PACE and is
 *   to be handled afresh.
 */
export function* paceChip(
  first: CommandApdu,
  chip: PaceChip,
  options: PaceChipOptions = {},
): ChipExchange<PaceChipOutcome> {
  const { resumed = false, random = systemRandom } = options;
  if (!beginsPace(first)) return {};
  const request = parseSetAtPace(first.data);
  if (request === undefined) return refusal(SW.WRONG_DATA);
  const offer = offerFor(chip, request);
  if (typeof offer === "number") return refusal(offer);
  const kind = passwordKindOf(request.password);
  const password = chip.passwords.find((candidate) => candidate.kind === kind);
  if (password === undefined) return refusal(SW.REFERENCED_DATA_NOT_FOUND);
  const { protocol, group } = offer;
  const { cipher, mapping } = protocol;
  const staticKey = mapping === "CAM" ? chip.chipAuthenticationKeys?.get(offer.parameterId ?? -1) : undefined;
  if (mapping === "CAM" && staticKey === undefined) return refusal(SW.REFERENCED_DATA_NOT_FOUND);
  const chat = chip.certificationAuthorityReferences && request.chat;
  const references = chat && chip.certificationAuthorityReferences?.(chat.terminalType);
  if (chat !== undefined && references === undefined) return refusal(SW.WRONG_DATA);

  const secrets = runSecrets();
  const secret = secrets.keep;
  let parameters: SmParameters | undefined;
  try {
    let command = yield { data: EMPTY, sw: selectionStatus(password) };

    // 1) the nonce, encrypted with the key of the password
    const empty = stepData(command, CHAINED, undefined);
    if (empty === undefined) return {};
    if (typeof empty === "number") return refusal(empty);
    const state = passwordState(password, resumed);
    if (state !== "ready") return refusal(REFUSAL_OF[state]);
    const key = secret(derivePaceKey(password.kind, password.secret, cipher));
    const s = secret(random(mapping === "IM" ? cipher.nonceBytes : 16));
    command = yield answer(encodeTlv(0x80, cipher.encrypt(key, s)));

    // 3 a, b) mapping data
    const mappingData = stepData(command, CHAINED, 0x81);
    if (mappingData === undefined) return {};
    if (typeof mappingData === "number") return refusal(mappingData);
    let generator: Uint8Array | undefined;
    let mappingScalar: Uint8Array | undefined;
    let mappingAnswer: Uint8Array = EMPTY;
    if (mapping === "IM") {
      if (mappingData.length !== cipher.keyBytes) return refusal(SW.WRONG_DATA);
      generator = secret(group.mapIntegrated(secret(pseudoRandom(cipher, s, mappingData, group.bits))));
    } else {
      if (!group.isElement(mappingData)) return refusal(SW.WRONG_DATA);
      mappingScalar = secret(group.randomScalar(random));
      mappingAnswer = group.power(group.generator, mappingScalar);
      if (equalBytes(mappingAnswer, mappingData)) return refusal(SW.WRONG_DATA);
      generator = secret(group.mapGeneric(s, secret(group.power(mappingData, mappingScalar))));
    }
    if (generator === undefined) return refusal(SW.NO_INFORMATION);
    command = yield answer(encodeTlv(0x82, mappingAnswer));

    // 3 c, d) key agreement with the mapped generator
    const pkIfd = stepData(command, CHAINED, 0x83);
    if (pkIfd === undefined) return {};
    if (typeof pkIfd === "number") return refusal(pkIfd);
    if (!group.isElement(pkIfd)) return refusal(SW.WRONG_DATA);
    const ephemeral = secret(group.randomScalar(random));
    const pkIc = group.power(generator, ephemeral);
    if (equalBytes(pkIc, pkIfd)) return refusal(SW.WRONG_DATA);
    const k = secret(group.agree(pkIfd, ephemeral));
    parameters = paceSessionParameters(k, cipher);
    command = yield answer(encodeTlv(0x84, pkIc));

    // 3 f) the terminal's token first: nothing that depends on the password leaves the chip before it is good
    const tIfd = stepData(command, 0x00, 0x85);
    if (tIfd === undefined) return {};
    if (typeof tIfd === "number") return refusal(tIfd);
    // The counter may have been used up in another run since.
    const stateNow = passwordState(password, resumed);
    if (stateNow !== "ready") return refusal(REFUSAL_OF[stateNow]);
    takeTry(password);
    const { ksMac, ksEnc } = parameters;
    if (!equalBytes(authenticationToken(cipher, ksMac, protocol.reference, group, pkIc), tIfd)) {
      return refusal(failureStatus(password));
    }
    restoreTries(password);
    const objects = [encodeTlv(0x86, authenticationToken(cipher, ksMac, protocol.reference, group, pkIfd))];
    for (const [i, reference] of (references ?? []).slice(0, 2).entries()) {
      objects.push(encodeTlv(0x87 + i, carBytes(reference)));
    }
    // 4) chip authentication data: the mapping's private key, blinded by the static one
    if (staticKey !== undefined && mappingScalar !== undefined && group.curve !== undefined) {
      const caIc = secret(scalarQuotient(group.curve, staticKey, mappingScalar));
      objects.push(encodeTlv(0x8a, encryptChipData(ksEnc, caIc)));
    }
    return {
      response: answer(concatBytes(...objects)),
      session: openChipSession(parameters),
      password: password.kind,
      idIc: compressedKey(group, pkIc),
      ...(chat && { chat: chat.raw.slice() }),
      ...(mapping === "CAM" && { compressedKey: compressedKey(group, pkIfd) }),
    };
  } finally {
    secrets.wipe();
    wipe(parameters?.ksEnc, parameters?.ksMac);
  }
}
