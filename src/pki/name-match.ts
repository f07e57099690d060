import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { parseTlv } from "../tlv/ber.js";
import { lenienceOf, readObject } from "./lenient.js";
import { decodeText, rdnSequence } from "./name.js";

/**
 * How two distinguished names are the same: byte by byte, after normalisation (`form`), or with their parts in another order as
 * well (`order`); undefined when they are different.
 */
export type NameMatch = "bytes" | "form" | "order";

const LENIENCE = { tolerate: ["SET_ORDER", "STRING_CHARACTERS"] } as const;

/**
 * Compares two distinguished names.
 *
 * Spec: RFC 5280 §7.1: string types do not count, nor does upper or lower case, nor how much white space there is.
 *
 * @param a - DER of Name, e.g. `issuerRaw` of a certificate.
 * @param b - DER of Name.
 * @example
 * matchNames(certificate.issuerRaw, csca.subjectRaw); // "bytes"
 */
export function matchNames(a: Uint8Array, b: Uint8Array): NameMatch | undefined {
  if (a.length === b.length && equalBytes(a, b)) return "bytes";
  const parts = partsOf(a);
  const others = partsOf(b);
  if (parts === undefined || others === undefined || parts.length !== others.length) return undefined;
  if (parts.every((part, index) => part === others[index])) return "form";
  const sorted = [...others].sort();
  return [...parts].sort().every((part, index) => part === sorted[index]) ? "order" : undefined;
}

/** The parts of a name, each as one text that is equal for equal parts; undefined when it is no name. */
function partsOf(der: Uint8Array): readonly string[] | undefined {
  try {
    return readObject(rdnSequence, der, lenienceOf(LENIENCE)).map((attributes) =>
      JSON.stringify(attributes.map(({ oid, value }) => `${oid}=${normalise(value)}`).sort()),
    );
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** RFC 4518 as far as names of certificates need it. */
function normalise(value: Uint8Array): string {
  const text = decodeText(value, 0, lenienceOf(LENIENCE));
  // What is no text (`#` and hex) has to be equal as it stands.
  const { constructed } = parseTlv(value);
  return constructed ? text : text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}
