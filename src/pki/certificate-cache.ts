import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { ALL_DEPARTURES } from "./departures.js";

/** Certificates kept unless told otherwise. */
const MOST_KEPT = 64;

/**
 * Parsed certificates by their bytes, so that a signer that is met again costs neither parsing nor importing its key, which both
 * take longer than a verification. Bounded: the one not used for longest goes. That a certificate is here says nothing about it.
 *
 * @example
 * const cache = new CertificateCache();
 * verifySignedData(signedData, { certificates: cache.all(signedData.certificates) });
 */
export class CertificateCache {
  readonly #kept = new Map<number, Certificate>();
  readonly #most: number;

  /** @param most - Certificates kept. */
  constructor(most: number = MOST_KEPT) {
    if (!(Number.isInteger(most) && most > 0)) throw new RangeError("CertificateCache: most is a number from 1");
    this.#most = most;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The certificate with these bytes, with every departure allowed; undefined when it cannot be read. Kept bytes are a copy. */
  get(der: Uint8Array): Certificate | undefined {
    const key = keyOf(der);
    const known = this.#kept.get(key);
    if (known !== undefined && known.raw.length === der.length && equalBytes(known.raw, der)) {
      if (this.#kept.size === this.#most) {
        this.#kept.delete(key);
        this.#kept.set(key, known);
      }
      return known;
    }
    const parsed = parseOrUndefined(Uint8Array.from(der));
    if (parsed === undefined) return undefined;
    this.#kept.delete(key);
    if (this.#kept.size >= this.#most) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    this.#kept.set(key, parsed);
    return parsed;
  }

  /** Those of several that can be read. */
  all(ders: readonly Uint8Array[]): readonly Certificate[] {
    return ders.map((der) => this.get(der)).filter((certificate) => certificate !== undefined);
  }
}

/** From the last bytes, which are of the signature; certificates with the same key replace each other. */
function keyOf(der: Uint8Array): number {
  let key = der.length;
  for (let i = Math.max(0, der.length - 8); i < der.length; i++) key = (Math.imul(key, 31) + (der[i] as number)) | 0;
  return key;
}

function parseOrUndefined(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der, { tolerate: ALL_DEPARTURES });
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
