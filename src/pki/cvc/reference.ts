import { EncodeError, MalformedError } from "../../errors.js";
import { Codec } from "../../tlv/codec.js";

/** The parts of a holder or authority reference. */
export interface HolderReference {
  /** Two capital letters. */
  readonly country: string;
  /** 0 to 9 characters. */
  readonly mnemonic: string;
  /** Five digits or capital letters. */
  readonly sequence: string;
}

const MIN = 7;
const MAX = 16;
// All of ISO 8859-1 but the codes that 9303-12 §7.2.3.1.4 calls unassigned.
const FORM = /^([A-Z]{2})([\x20-\x7e\xa0-\xff]{0,9})([0-9A-Z]{5})$/;

const isAssigned = (code: number): boolean => (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);

/**
 * A holder or authority reference as text.
 *
 * Spec: ICAO 9303-12 §7.2.2.2 (7 to 16 characters), §7.2.3.1.4 (ISO 8859-1, control codes refused); TR-03110-3 D.
 */
export function referenceText(): Codec<string> {
  return new Codec<string>(
    (value, out, end) => {
      if (typeof value !== "string") throw new EncodeError("expected text");
      if (value.length < MIN || value.length > MAX) {
        throw new EncodeError(`${value.length} characters; ${MIN} to ${MAX} are allowed`);
      }
      const start = end - value.length;
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (!isAssigned(code)) throw new EncodeError(`character ${JSON.stringify(value[i])} is not in ISO 8859-1`);
        out[start + i] = code;
      }
      return start;
    },
    (c) => {
      const length = c.end - c.at;
      if (length < MIN || length > MAX) {
        throw new MalformedError("BAD_LENGTH", `${length} characters; ${MIN} to ${MAX} are allowed`, c.at);
      }
      let text = "";
      for (; c.at < c.end; c.at++) {
        const code = c.buf[c.at] as number;
        if (!isAssigned(code)) throw new MalformedError("BAD_VALUE", "a control code in a reference", c.at);
        text += String.fromCharCode(code);
      }
      return text;
    },
    { kind: "text", charset: "printable", min: MIN, max: MAX },
  );
}

/**
 * Country, mnemonic and sequence number of a reference.
 *
 * Spec: ICAO 9303-12 table 12, TR-03110-3 D.
 *
 * @returns undefined when the text has not that form, which is a finding about a certificate and no mistake.
 * @example
 * import { parseHolderReference } from "cardwright/pki";
 * parseHolderReference("DECVCAeID00102")?.mnemonic; // => CVCAeID
 */
export function parseHolderReference(text: string): HolderReference | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, country = "", mnemonic = "", sequence = ""] = match;
  return { country, mnemonic, sequence };
}

/** @internal For new certificates. @throws {RangeError} when the text has not the form of a reference. */
export function checkReference(text: string, what: string): void {
  if (typeof text !== "string" || parseHolderReference(text) === undefined) {
    throw new RangeError(
      `${what}: ${JSON.stringify(text)} is no reference of two capital letters, up to 9 characters, and 5 digits or capital letters`,
    );
  }
}
