import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { allFromPem } from "./pem.js";

/**
 * The country signing CAs that a verifier trusts, because it got them over a way that it trusts. An immutable value, made by
 * {@link buildTrustStore}. A certificate that came with a document is never in it.
 */
export interface TrustStore {
  /** Roots and link certificates, each once. */
  readonly cscas: readonly Certificate[];
  /** Where they come from, for the report: a file name, a master list. */
  readonly source?: string;
}

const DASH = 0x2d;

/**
 * A trust store of these certificates.
 *
 * Spec: ICAO 9303-12 §3.1 and §7.1 (the CSCA certificate as trust anchor; link certificates).
 *
 * @param options.cscas - Each DER of one certificate, or PEM text (as bytes) with one or more. Copied: what happens to the
 *   arrays later does not change what is trusted.
 * @param options.source - Words for the report.
 * @throws {MalformedError} for anything that is no certificate; `path` says which (`cscas[2]…`).
 * @example
 * const store = buildTrustStore({ cscas: [cscaDer], source: "utopia.cer" });
 */
export function buildTrustStore(options: {
  readonly cscas: readonly Uint8Array[];
  readonly source?: string;
}): TrustStore {
  const cscas: Certificate[] = [];
  for (const [index, input] of options.cscas.entries()) {
    try {
      for (const der of derOf(input)) {
        if (!cscas.some(({ raw }) => equalBytes(raw, der))) cscas.push(Object.freeze(parseCertificate(der)));
      }
    } catch (error) {
      throw error instanceof MalformedError ? error.within(`cscas[${index}]`) : error;
    }
  }
  Object.freeze(cscas);
  return Object.freeze(options.source === undefined ? { cscas } : { cscas, source: options.source });
}

/** DER begins with the tag 30, PEM text with dashes; nothing else is guessed. */
function derOf(input: Uint8Array): Uint8Array[] {
  if (input[0] !== DASH) return [Uint8Array.from(input)];
  const certificates = allFromPem(new TextDecoder("latin1").decode(input), "CERTIFICATE");
  if (certificates.length === 0) throw new MalformedError("BAD_VALUE", "no block CERTIFICATE", 0, "PEM");
  return certificates;
}

/**
 * The trusted certificates whose key may have signed this one: the same name as its issuer, byte for byte, and, where both
 * state a key identifier, the same one. Several have the name when an authority has changed its key.
 *
 * Spec: RFC 5280 §4.2.1.1 and §6.1.3, ICAO 9303-11 §5.1.
 *
 * @example
 * const [issuer] = findIssuers(store, certificate);
 */
export function findIssuers(store: TrustStore, certificate: Certificate): readonly Certificate[] {
  const wanted = certificate.authorityKeyIdentifier;
  return store.cscas.filter(
    ({ subjectRaw, subjectKeyIdentifier: own }) =>
      subjectRaw.length === certificate.issuerRaw.length &&
      equalBytes(subjectRaw, certificate.issuerRaw) &&
      (wanted === undefined || own === undefined || equalBytes(wanted, own)),
  );
}
