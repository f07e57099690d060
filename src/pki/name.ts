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
import { Codec } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject } from "../tlv/file.js";
import { list } from "../tlv/list.js";
import { req, reqOwn, struct } from "../tlv/struct.js";
import { depart, type Lenience, type LenientCursor, tolerant } from "./lenient.js";

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
  surname: "2.5.4.4",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  locality: "2.5.4.7",
  stateOrProvince: "2.5.4.8",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  givenName: "2.5.4.42",
  email: "1.2.840.113549.1.9.1",
} as const;

const SHORT: Readonly<Record<string, string>> = {
  [NAME.commonName]: "CN",
  [NAME.surname]: "SN",
  [NAME.givenName]: "GN",
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
const UNIVERSAL_STRING = 0x1c;
const BMP_STRING = 0x1e;
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
/** The strings of one byte a character, and what they may hold (X.680 §41); T.61 is shown as Latin-1, as everybody does. */
const ONE_BYTE: ReadonlyMap<number, RegExp> = new Map([
  [PRINTABLE_STRING, PRINTABLE],
  [T61_STRING, /^.*$/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  [IA5_STRING, /^[\x00-\x7f]*$/],
  [NUMERIC_STRING, /^[0-9 ]*$/],
  [VISIBLE_STRING, /^[\x20-\x7e]*$/],
]);

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const attribute = struct({ oid: req(OBJECT_IDENTIFIER, oid()), value: reqOwn(any()) });
const RDN = { min: 1, max: 8 };
const rdn = list(SEQUENCE, attribute, { ...RDN, sorted: derOrder });
const rdns = list(SET, tolerant("SET_ORDER", "", rdn, list(SEQUENCE, attribute, RDN)), { max: 32 });

/** @internal Name (RDNSequence). Writing puts each attribute into a set of its own. */
export const name = new Codec<Name>(
  (value, out, end) =>
    rdns.write(
      value.map(({ oid: type, value: text }) => [{ oid: type, value: encodeText(type, text) }]),
      out,
      end,
    ),
  (c: LenientCursor) => {
    const { at, lenience } = c;
    const sets = rdns.read(c);
    return sets.flat().map(({ oid: type, value }) => ({ oid: type, value: decodeText(value, at, lenience) }));
  },
  rdns.shape,
);

/** @internal The parts of a name, each a set of attributes with their values as encoded. */
export const rdnSequence = dataObject("Name", SEQUENCE, rdns);

/**
 * @internal The text of an attribute's value. Characters that no certificate should need to hold are shown as they are: the
 * text decides nothing.
 */
export function decodeText(der: Uint8Array, offset: number, lenience?: Lenience): string {
  const c = cursorOver(der);
  const tag = peekTag(c);
  c.at = tagSize(tag);
  readLength(c);
  const content = der.subarray(c.at);
  const wrong = (detail: string) =>
    depart(lenience, "STRING_CHARACTERS", "", new MalformedError("BAD_VALUE", detail, offset), true);
  if (tag === UTF8_STRING) {
    try {
      return UTF8.decode(content);
    } catch {
      wrong("is not valid UTF-8");
      return characters(content, 1);
    }
  }
  const allowed = ONE_BYTE.get(tag);
  if (allowed !== undefined) {
    const text = characters(content, 1);
    if (!allowed.test(text)) wrong(`${JSON.stringify(text)} has characters that its string type does not have`);
    return text;
  }
  if (tag === BMP_STRING && content.length % 2 === 0) return characters(content, 2);
  if (tag === UNIVERSAL_STRING && content.length % 4 === 0) return characters(content, 4);
  return `#${toHex(der)}`;
}

/** Text with one, two or four bytes a character; a code point that is none becomes U+FFFD. */
function characters(bytes: Uint8Array, size: 1 | 2 | 4): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += size) {
    let code = 0;
    for (let j = 0; j < size; j++) code = code * 256 + (bytes[i + j] as number);
    text += code < 0x10000 ? String.fromCharCode(code) : code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
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
