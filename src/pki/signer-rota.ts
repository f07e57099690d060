import { CardwrightError } from "../errors.js";
import type { Certificate } from "./certificate.js";
import { checkSignerTime, lastInstant } from "./cms-sign.js";
import type { MaybePromise } from "./signer.js";
import { GuardedSigner, type PolicySigner, type SigningPolicy } from "./signing-policy.js";

/** A key of a rota. */
export type RotaKey = Omit<SigningPolicy, "counter" | "now" | "reserveAhead">;

/** How a rota works. */
export interface SignerRotaOptions extends Pick<SigningPolicy, "counter" | "now" | "reserveAhead"> {
  /** The key in force first, then those that are staged to follow it. */
  readonly keys: readonly RotaKey[];
  /**
   * Milliseconds before the end of its period at which a key is begun with no more, when the next one may sign already: longer than
   * anything takes that was begun. One minute unless told otherwise.
   */
  readonly margin?: number;
}

/** The key in force, as a security object needs it; the same object for the same key. */
export interface RotaSigner {
  readonly signer: PolicySigner;
  readonly certificate: Certificate;
}

/** Keys that follow each other. */
export interface SignerRota {
  /**
   * The key that is to sign the next document, with one signature of its limit set aside. Ask again for each document.
   *
   * @returns At once when the counter answers at once.
   * @throws {CardwrightError} when no key may sign, with the reason of the last one: `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID` or
   *   `SIGNER_LIMIT_REACHED`; thrown, or as a rejection.
   */
  next(): MaybePromise<RotaSigner>;
  /** Stages one more key, last. */
  stage(key: RotaKey): void;
  /** The keys that are not used up, the one in force first. */
  readonly keys: readonly PolicySigner[];
}

/**
 * Document Signers that follow each other without a pause: when the key in force has made its signatures, or its period ends, the
 * next document is signed with the key staged after it.
 *
 * Spec: ICAO 9303-12 §5 (usage period of at most three months; the next key is there before the last one has run out).
 *
 * A key that was left never comes back. One that may not sign yet is waited for as long as the one before it may.
 *
 * @throws {CardwrightError} `SIGNER_MISMATCH` - a certificate is for another key than its signer's.
 * @throws {RangeError} when there is no key, and as `policySigner`.
 * @example
 * const rota = signerRota({ keys: [{ signer, certificate, maxSignatures: 100_000 }, nextKey], counter, now: () => new Date() });
 * const sod = await signSecurityObject(groups, profile, await rota.next(), at);
 */
export function signerRota(options: SignerRotaOptions): SignerRota {
  const { counter, now, reserveAhead, margin = 60_000 } = options;
  const guard = (key: RotaKey): GuardedSigner =>
    new GuardedSigner({ ...key, counter, now, ...(reserveAhead === undefined ? {} : { reserveAhead }) });
  if (options.keys.length === 0) throw new RangeError("signerRota: there is no key");
  const keys = options.keys.map(guard);

  const next = (): MaybePromise<RotaSigner> => {
    const at = now();
    const [key, following] = keys as [GuardedSigner, GuardedSigner | undefined];
    const problem = problemOf(key, at);
    // Before its time a key is no reason to go on to a later one.
    if (problem !== undefined && (problem.code !== "SIGNER_EXPIRED" || following === undefined)) throw problem;
    const ends = at.getTime() > lastSigning(key.certificate) - margin;
    if (problem !== undefined || (following !== undefined && ends && problemOf(following, at) === undefined)) {
      return leave(key);
    }
    const go = (has: boolean): MaybePromise<RotaSigner> =>
      has ? { signer: key, certificate: key.certificate } : leave(key);
    const promised = key.promise();
    return typeof promised === "boolean" ? go(promised) : promised.then(go);
  };

  /** Goes on to the key behind this one; others may have done so while this one waited. */
  const leave = (key: GuardedSigner): MaybePromise<RotaSigner> => {
    if (keys[0] === key) {
      if (keys.length === 1) throw key.limitReached();
      keys.shift();
    }
    return next();
  };

  return {
    next,
    stage: (key) => {
      keys.push(guard(key));
    },
    get keys() {
      return [...keys];
    },
  };
}

function problemOf({ certificate }: GuardedSigner, at: Date): CardwrightError | undefined {
  try {
    checkSignerTime(certificate, at);
    return undefined;
  } catch (error) {
    if (error instanceof CardwrightError) return error;
    throw error;
  }
}

function lastSigning({ notAfter, privateKeyUsagePeriod }: Certificate): number {
  const usage = privateKeyUsagePeriod?.notAfter;
  return Math.min(lastInstant(notAfter), usage === undefined ? Infinity : lastInstant(usage));
}
