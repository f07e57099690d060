import { oid } from "../asn1/oid.js";
import {
  IA5_STRING,
  OBJECT_IDENTIFIER,
  PRINTABLE_STRING,
  SEQUENCE,
  SET,
  T61_STRING,
  UTF8_STRING,
} from "../asn1/types.js";
import { toHex, utf8 } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { cursorOver, encodeTlv, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { any } from "../tlv/choice.js";
import type { Value } from "../tlv/codec.js";
import { mapped } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { req, reqOwn, struct } from "../tlv/struct.js";

/** One attribute of a name. */
export interface NameAttribute {
  /** Object identifier of the attribute's type, e.g. {@link NAME.country}. */
  readonly oid: string;
  /** Text of the value; of a string type that is not known, `#` and the hex of the value's encoding (RFC 4514 §2.4). */
  readonly value: string;
}

/** A distinguished name: its attributes in the order of the encoding. For display; names are compared by their bytes. */
export type Name = readonly NameAttribute[];

/** Object identifiers of the attributes that names of certificates have. */
export const NAME = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  locality: "2.5.4.7",
  stateOrProvince: "2.5.4.8",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  email: "1.2.840.113549.1.9.1",
} as const;

const SHORT: Readonly<Record<string, string>> = {
  [NAME.commonName]: "CN",
  [NAME.serialNumber]: "serialNumber",
  [NAME.country]: "C",
  [NAME.locality]: "L",
  [NAME.stateOrProvince]: "ST",
  [NAME.organization]: "O",
  [NAME.organizationalUnit]: "OU",
  [NAME.email]: "emailAddress",
};

const NUMERIC_STRING = 0x12;
const VISIBLE_STRING = 0x1a;
const BMP_STRING = 0x1e;
const ONE_BYTE = [PRINTABLE_STRING, T61_STRING, IA5_STRING, NUMERIC_STRING, VISIBLE_STRING];
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const attribute = struct({ oid: req(OBJECT_IDENTIFIER, oid()), value: reqOwn(any()) });
const rdns = list(SET, list(SEQUENCE, attribute, { min: 1, max: 8, sorted: true }), { max: 32 });

/** @internal Name (RDNSequence). Writing puts each attribute into a set of its own. */
export const name = mapped<Value<typeof rdns>, Name>(
  rdns,
  (value: Name) => value.map(({ oid: type, value: text }) => [{ oid: type, value: encodeText(type, text) }]),
  (sets, at) => sets.flat().map(({ oid: type, value }) => ({ oid: type, value: decodeText(value, at) })),
);

/** Characters that no certificate should need to hold are shown as they are: the text decides nothing. */
function decodeText(der: Uint8Array, offset: number): string {
  const c = cursorOver(der);
  const tag = peekTag(c);
  c.at = tagSize(tag);
  readLength(c);
  const content = der.subarray(c.at);
  try {
    if (tag === UTF8_STRING) return UTF8.decode(content);
  } catch {
    throw new MalformedError("BAD_VALUE", "is not valid UTF-8", offset);
  }
  if (ONE_BYTE.includes(tag)) return characters(content, 1);
  if (tag === BMP_STRING && content.length % 2 === 0) return characters(content, 2);
  return `#${toHex(der)}`;
}

/** Text with one or two bytes a character. */
function characters(bytes: Uint8Array, size: 1 | 2): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += size) {
    const first = bytes[i] as number;
    text += String.fromCharCode(size === 1 ? first : (first << 8) | (bytes[i + 1] as number));
  }
  return text;
}

/** ICAO 9303-12 table 5: country and serial number are PrintableString, others that or UTF8String; e-mail is IA5String. */
function encodeText(type: string, text: string): Uint8Array {
  if (type === NAME.email) return encodeTlv(IA5_STRING, utf8(text));
  return encodeTlv(PRINTABLE.test(text) ? PRINTABLE_STRING : UTF8_STRING, utf8(text));
}

/** The first value of an attribute, e.g. `attributeOf(certificate.subject, NAME.organization)`. */
export function attributeOf(of: Name, type: string): string | undefined {
  return of.find((entry) => entry.oid === type)?.value;
}

/** countryName: the two-letter code, as it stands. */
export function countryOf(of: Name): string | undefined {
  return attributeOf(of, NAME.country);
}

/** commonName. */
export function commonNameOf(of: Name): string | undefined {
  return attributeOf(of, NAME.commonName);
}

/**
 * A name for people, in the order of the encoding, with the characters of RFC 4514 §2.4 escaped: `C=UT, O=…, CN=…`.
 *
 * @example
 * nameToString(certificate.subject); // "C=UT, CN=Utopia CSCA"
 */
export function nameToString(of: Name): string {
  return of
    .map(({ oid: type, value }) => `${SHORT[type] ?? type}=${value.replace(/[",+;<>\\]|^[ #]| $/g, "\\$&")}`)
    .join(", ");
}
