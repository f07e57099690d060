import { EncodeError, MalformedError } from "../../errors.js";
import { Codec } from "../../tlv/codec.js";
import { octets, uint } from "../../tlv/leaves.js";
import { text } from "../../tlv/text.js";

/**
 * Free text of at most 50 characters. The tables count bytes, from the days of one-byte characters; characters are counted
 * here, as in DG11 and DG12.
 */
export const freeText = text(4 * 50, { characters: 50 });

/** Text of the alphabet A, N, S and space, at most `max` bytes. */
export const plainText = (max: number): Codec<string> => text(max, { charset: "ascii" });

/** Text of the MRZ's alphabet, exactly `size` characters. */
export const mrzText = (size: number): Codec<string> => text(size, { min: size, charset: "mrz" });

/** Authenticity token: the signature over a part of the record, plain or DER as the signer's profile says. */
export const authenticityToken: Codec<Uint8Array> = octets(1, 140);

/** Number of a record of EF.Certificates, 1 to `max`. */
export function recordNumber(max: number): Codec<number> {
  const byte = uint(1);
  const values = Array.from({ length: max }, (_, i) => i + 1);
  const fits = (value: number): boolean => value >= 1 && value <= max;
  return new Codec<number>(
    (value, out, end) => {
      if (!fits(value)) throw new EncodeError(`${value} is no record number from 1 to ${max}`);
      return byte.write(value, out, end);
    },
    (c) => {
      const at = c.at;
      const value = byte.read(c);
      if (!fits(value)) throw new MalformedError("BAD_VALUE", `${value} is no record number from 1 to ${max}`, at);
      return value;
    },
    { kind: "uint", size: 1, values },
  );
}
