import { EncodeError } from "../errors.js";
import type { Codec } from "../tlv/codec.js";
import { mapped } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import type { UntaggedFile } from "./untagged.js";

/** Characters of a reference: two of the country, up to nine of the mnemonic, five of the sequence number. As in certificates. */
const SHORTEST = 7;
const LONGEST = 16;

function toLatin1(text: string): Uint8Array {
  if (typeof text !== "string") throw new EncodeError("expected a string");
  const wrong = /[^\0-\xff]/u.exec(text);
  if (wrong !== null) throw new EncodeError(`${JSON.stringify(wrong[0])} is not in ISO/IEC 8859-1`);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A Certification Authority Reference (9303-12 table 12): one byte a character, ISO/IEC 8859-1. */
const certificationAuthorityReference: Codec<string> = mapped(
  octets(SHORTEST, LONGEST),
  toLatin1,
  (bytes) => String.fromCharCode(...bytes),
  { kind: "text", charset: "ascii", min: SHORTEST, max: LONGEST },
);

/**
 * EF.CVCA in the travel-document application: the references (CAR) of the CVCA keys that the chip trusts for terminal
 * authentication, the most recent first, two at most; the table allows a file with none. A TerminalAuthenticationInfo may
 * name other identifiers (`efCvca`). Not signed, and updated by the chip itself.
 *
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { efCvca, parseUntagged } from "cardwright/lds";
 * parseUntagged(efCvca, fromHex(`420D44454953435643413030303031${"00".repeat(21)}`)); // => ["DEISCVCA00001"]
 */
export const efCvca: UntaggedFile<readonly string[]> = {
  name: "EF.CVCA",
  fid: 0x011c,
  sfi: 0x1c,
  spec: "ICAO 9303-11 §K.2",
  codec: list(0x42, certificationAuthorityReference, { max: 2 }),
  filledTo: 36,
};
