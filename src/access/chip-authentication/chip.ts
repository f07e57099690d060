import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { EMPTY, equalBytes, toHex, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { type AgreementGroup, compressPublicKey } from "../../crypto/key-agreement.js";
import { openChipSession } from "../../sm/chip.js";
import type { SmParameters } from "../../sm/shared.js";
import { encodeTlv } from "../../tlv/ber.js";
import { valuesByTag } from "../data-objects/shared.js";
import { chipAuthenticationParameters, chipAuthenticationToken, NONCE_LENGTH } from "./formulas.js";
import {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationProtocol,
  chipAuthenticationProtocolByReference,
} from "./offers.js";

/** A static key pair as a chip holds it. */
export interface ChipStaticKey {
  readonly keyId?: number;
  readonly group: AgreementGroup;
  /** As long as the order of the group. Stays the caller's. */
  readonly privateKey: Uint8Array;
  /** Object identifiers (dotted) of the protocols that it is for, and their version. */
  readonly protocols: readonly { readonly oid: string; readonly version: 1 | 2 }[];
}

/** What {@link chipAuthenticationChip} depends on beside the keys. */
export interface ChipAuthenticationChipOptions {
  /** Comp(PK.IFD) that terminal authentication of version 2 announced; version 2 is refused without it. */
  readonly announcedKey?: Uint8Array;
  /** Gives the nonce of version 2 (8 bytes). */
  readonly random?: RandomSource;
}

/** How chip authentication ended on the chip. */
export interface ChipAuthenticationChipOutcome extends ChipOutcome {
  /** Comp(PK.IFD), which terminal authentication of version 1 binds; only with a session. */
  readonly compressedKey?: Uint8Array;
  readonly protocol?: ChipAuthenticationProtocol;
}

/** Whether a command begins chip authentication: MSE:Set KAT, or MSE:Set AT for one of its protocols. */
export function beginsChipAuthentication({ cla, ins, p1, p2, data }: CommandApdu): boolean {
  if (cla !== 0 || ins !== 0x22 || p1 !== 0x41) return false;
  if (p2 === 0xa6) return true;
  // Other protocols have the same header: restricted identification.
  const reference = p2 === 0xa4 ? valuesByTag(data, SET_AT)?.get(0x80) : undefined;
  return reference !== undefined && chipAuthenticationProtocolByReference(reference) !== undefined;
}

const SET_AT = [0x80, 0x84];
const SET_KAT = [0x91, 0x84];

function refusal(sw: number): ChipAuthenticationChipOutcome {
  return { response: { data: EMPTY, sw } };
}

/**
 * Chip authentication on the chip's side: MSE:Set KAT, or MSE:Set AT and GENERAL AUTHENTICATE.
 *
 * Spec: ICAO 9303-11 §6.2.4; TR-03110-2 §3.4 for version 2. When it fails the session that carries it goes on.
 *
 * @param first - A command for which {@link beginsChipAuthentication} holds.
 * @param keys - With several, the command has to say which.
 * @returns The last response, to be sent in the session that carried the command, and the new session; `{}` when a command is not
 *   part of the protocol and is to be handled afresh.
 */
export function* chipAuthenticationChip(
  first: CommandApdu,
  keys: readonly ChipStaticKey[],
  options: ChipAuthenticationChipOptions = {},
): ChipExchange<ChipAuthenticationChipOutcome> {
  if (!beginsChipAuthentication(first)) return {};
  if (first.p2 === 0xa6) return byKeyAgreementTemplate(first, keys);
  const objects = valuesByTag(first.data, SET_AT) as ReadonlyMap<number, Uint8Array>;
  const protocol = chipAuthenticationProtocolByReference(objects.get(0x80) ?? EMPTY) as ChipAuthenticationProtocol;
  const suited = keys.filter((key) => key.protocols.some(({ oid }) => oid === protocol.oid));
  if (suited.length === 0) return refusal(SW.WRONG_DATA);
  const key = choose(suited, objects.get(0x84));
  if (key === undefined) return refusal(SW.REFERENCED_DATA_NOT_FOUND);
  const version = key.protocols.find(({ oid }) => oid === protocol.oid)?.version ?? 1;

  const { cla, ins, p1, p2, data }: CommandApdu = yield { data: EMPTY, sw: SW.OK } satisfies ResponseApdu;
  if (cla !== 0 || ins !== 0x86) return {};
  if (p1 !== 0 || p2 !== 0) return refusal(SW.INCORRECT_P1_P2);
  const ephemeralKey = valuesByTag(data, [0x80], 0x7c)?.get(0x80);
  if (ephemeralKey === undefined || !key.group.isElement(ephemeralKey)) return refusal(SW.WRONG_DATA);
  if (version === 1) return agree(key, protocol, ephemeralKey, { data: encodeTlv(0x7c), sw: SW.OK });

  const { announcedKey, random = systemRandom } = options;
  if (announcedKey === undefined) return refusal(SW.CONDITIONS_NOT_SATISFIED);
  if (!equalBytes(compressPublicKey(key.group, ephemeralKey), announcedKey)) return refusal(SW.NO_INFORMATION);
  return agree(key, protocol, ephemeralKey, random(NONCE_LENGTH).slice());
}

function byKeyAgreementTemplate({ data }: CommandApdu, keys: readonly ChipStaticKey[]): ChipAuthenticationChipOutcome {
  const objects = valuesByTag(data, SET_KAT);
  const ephemeralKey = objects?.get(0x91);
  if (objects === undefined || ephemeralKey === undefined) return refusal(SW.WRONG_DATA);
  const protocols = CHIP_AUTHENTICATION_PROTOCOLS.filter(({ suite }) => suite === "3DES");
  const offers = ({ protocols: own }: ChipStaticKey, { oid }: ChipAuthenticationProtocol): boolean =>
    own.some((each) => each.oid === oid && each.version === 1);
  const suited = keys.filter((key) => protocols.some((protocol) => offers(key, protocol)));
  if (suited.length === 0) return refusal(SW.FUNCTION_NOT_SUPPORTED);
  const key = choose(suited, objects.get(0x84));
  if (key === undefined) return refusal(SW.REFERENCED_DATA_NOT_FOUND);
  if (!key.group.isElement(ephemeralKey)) return refusal(SW.WRONG_DATA);
  const protocol = protocols.find((each) => offers(key, each)) as ChipAuthenticationProtocol;
  return agree(key, protocol, ephemeralKey, { data: EMPTY, sw: SW.OK });
}

/** The key that is meant: the one named, or the only one. */
function choose(keys: readonly ChipStaticKey[], reference: Uint8Array | undefined): ChipStaticKey | undefined {
  if (reference === undefined) return keys.length === 1 ? keys[0] : undefined;
  if (reference.length === 0 || reference.length > 4) return undefined;
  const keyId = Number.parseInt(toHex(reference), 16);
  return keys.find((key) => key.keyId === keyId);
}

/** Session keys; with a nonce, which makes it version 2, the answer that holds it and the token. */
function agree(
  { group, privateKey }: ChipStaticKey,
  protocol: ChipAuthenticationProtocol,
  ephemeralKey: Uint8Array,
  answer: ResponseApdu | Uint8Array,
): ChipAuthenticationChipOutcome {
  let secret: Uint8Array | undefined;
  let parameters: SmParameters | undefined;
  try {
    secret = group.agree(ephemeralKey, privateKey);
    const nonce = answer instanceof Uint8Array ? answer : undefined;
    parameters = chipAuthenticationParameters(protocol, secret, nonce);
    const response =
      answer instanceof Uint8Array
        ? { data: tokenAnswer(answer, protocol, parameters, group, ephemeralKey), sw: SW.OK }
        : answer;
    const compressedKey = compressPublicKey(group, ephemeralKey);
    return { response, session: openChipSession(parameters), compressedKey, protocol };
  } finally {
    wipe(secret, parameters?.ksEnc, parameters?.ksMac);
  }
}

function tokenAnswer(
  nonce: Uint8Array,
  protocol: ChipAuthenticationProtocol,
  { ksMac }: SmParameters,
  group: AgreementGroup,
  ephemeralKey: Uint8Array,
): Uint8Array {
  const token = chipAuthenticationToken(protocol, ksMac, group, ephemeralKey);
  return encodeTlv(0x7c, encodeTlv(0x81, nonce), encodeTlv(0x82, token));
}
