import { unsignedToInteger } from "../asn1/types.js";
import { concatBytes, uintToBytes } from "../bytes/bytes.js";
import { EncodeError, MalformedError } from "../errors.js";
import { encodeTlv, parseTlvs, type TlvNode } from "../tlv/ber.js";
import { any } from "../tlv/choice.js";
import { listOwn } from "../tlv/list.js";
import { parseUntagged, type UntaggedFile } from "./untagged.js";

const CARD_CAPABILITIES = 0x47;
const EXTENDED_LENGTH = 0x7f66;

/**
 * EF.ATR/INFO: what the card can do. Its data objects as they stand, in any order, since a card may add others
 * (table 29, note 1); {@link parseAtrInfo} reads those that ICAO 9303 uses.
 */
export const efAtrInfo: UntaggedFile<readonly Uint8Array[]> = {
  name: "EF.ATR/INFO",
  fid: 0x2f01,
  sfi: 0x01,
  spec: "ICAO 9303-10 §3.11.1",
  codec: listOwn(any()),
};

/** The card capabilities of ISO/IEC 7816-4 that ICAO 9303-10 table 29 names. */
export interface CardCapabilities {
  /** DF selection by full DF name. */
  readonly selectByDfName: boolean;
  readonly shortFileIdentifiers: boolean;
  readonly recordNumbers: boolean;
  /** The data unit is one byte. */
  readonly byteDataUnit: boolean;
  readonly commandChaining: boolean;
  /** Extended Lc and Le fields. */
  readonly extendedLength: boolean;
  /** Extended length information is in EF.ATR/INFO (7F66). */
  readonly extendedLengthInformation: boolean;
}

/** The largest APDUs, in bytes. LDS2 asks for 1,000 at least of each. */
export interface ExtendedLengthLimits {
  readonly maxCommand: number;
  readonly maxResponse: number;
}

/** What {@link parseAtrInfo} reads. */
export interface AtrInfo {
  readonly cardCapabilities?: CardCapabilities;
  readonly extendedLength?: ExtendedLengthLimits;
  /** The other data objects, as they stand. */
  readonly others: readonly Uint8Array[];
}

/** Byte and bits of each capability. */
const BITS: readonly (readonly [keyof CardCapabilities, byte: number, mask: number, value: number])[] = [
  ["selectByDfName", 0, 0x80, 0x80],
  ["shortFileIdentifiers", 0, 0x04, 0x04],
  ["recordNumbers", 0, 0x02, 0x02],
  ["byteDataUnit", 1, 0x0f, 0x01],
  ["commandChaining", 2, 0x80, 0x80],
  ["extendedLength", 2, 0x40, 0x40],
  ["extendedLengthInformation", 2, 0x20, 0x20],
];

/**
 * Capabilities and APDU limits in EF.ATR/INFO.
 *
 * Spec: ICAO 9303-10 §3.11.1 table 29; ISO/IEC 7816-4 §12.1.1.9 and §12.7.1.
 *
 * @param bytes - The whole file.
 * @throws {MalformedError} when it is no sequence of data objects, or 47 or 7F66 is there twice or has another form.
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { parseAtrInfo } from "cardwright/lds";
 * parseAtrInfo(fromHex("47038601E0 7F6608 020203E8 020203E8")).extendedLength?.maxCommand; // => 1000
 */
export function parseAtrInfo(bytes: Uint8Array): AtrInfo {
  parseUntagged(efAtrInfo, bytes);
  let cardCapabilities: CardCapabilities | undefined;
  let extendedLength: ExtendedLengthLimits | undefined;
  const others: Uint8Array[] = [];
  try {
    for (const node of parseTlvs(bytes)) {
      if (node.tag === CARD_CAPABILITIES && cardCapabilities === undefined) cardCapabilities = capabilitiesOf(node);
      else if (node.tag === EXTENDED_LENGTH && extendedLength === undefined) extendedLength = limitsOf(node);
      else if (node.tag === CARD_CAPABILITIES || node.tag === EXTENDED_LENGTH) {
        throw new MalformedError("BAD_TAG", "is there twice", node.start);
      } else others.push(node.raw);
    }
  } catch (error) {
    throw error instanceof MalformedError ? error.within(efAtrInfo.name) : error;
  }
  return { ...(cardCapabilities && { cardCapabilities }), ...(extendedLength && { extendedLength }), others };
}

function capabilitiesOf({ value, valueStart }: TlvNode): CardCapabilities {
  // ISO/IEC 7816-4 has one to three bytes; what is not there is not supported.
  if (value.length < 1 || value.length > 3) {
    throw new MalformedError("BAD_LENGTH", `${value.length} bytes; 1 to 3 are allowed`, valueStart, "cardCapabilities");
  }
  const rows = BITS.map(([name, byte, mask, wanted]) => [name, ((value[byte] ?? 0) & mask) === wanted] as const);
  return Object.fromEntries(rows) as unknown as CardCapabilities;
}

function limitsOf(node: TlvNode): ExtendedLengthLimits {
  const [maxCommand, maxResponse, more] = node.children;
  if (maxCommand === undefined || maxResponse === undefined || more !== undefined) {
    throw new MalformedError("BAD_VALUE", "two integers are needed", node.valueStart, "extendedLength");
  }
  return { maxCommand: integerOf(maxCommand), maxResponse: integerOf(maxResponse) };
}

/** Cards write these with leading zeros or without, so that the sign bit says nothing. */
function integerOf({ tag, value, start }: TlvNode): number {
  if (tag !== 0x02 || value.length < 1 || value.length > 4) {
    throw new MalformedError("BAD_VALUE", "an INTEGER of 1 to 4 bytes is needed", start, "extendedLength");
  }
  return value.reduce((sum, byte) => sum * 256 + byte, 0);
}

/**
 * Bytes of EF.ATR/INFO: card capabilities, extended length information, then the others.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` when a limit is no whole number from 1 to 65,544.
 */
export function encodeAtrInfo(info: Partial<AtrInfo>): Uint8Array {
  const { cardCapabilities, extendedLength, others = [] } = info;
  const parts: Uint8Array[] = [];
  if (cardCapabilities !== undefined) {
    const bytes = new Uint8Array(3);
    for (const [name, byte, , value] of BITS) {
      if (cardCapabilities[name]) bytes[byte] = (bytes[byte] as number) | value;
    }
    parts.push(encodeTlv(CARD_CAPABILITIES, bytes));
  }
  if (extendedLength !== undefined) {
    const { maxCommand, maxResponse } = extendedLength;
    parts.push(encodeTlv(EXTENDED_LENGTH, limit(maxCommand, "maxCommand"), limit(maxResponse, "maxResponse")));
  }
  return concatBytes(...parts, ...others);
}

/** Bytes of the largest APDU there is: header, extended Lc, 65,535 bytes of data, extended Le. */
const MAX_APDU = 65_544;

function limit(value: number, name: string): Uint8Array {
  if (!Number.isInteger(value) || value < 1 || value > MAX_APDU) {
    throw new EncodeError(`${value} is no whole number from 1 to ${MAX_APDU}`, `${efAtrInfo.name}.${name}`);
  }
  return encodeTlv(0x02, unsignedToInteger(uintToBytes(value, 3)));
}
