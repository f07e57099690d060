import { toHex } from "../bytes/bytes.js";
import { hash } from "../crypto/hash.js";
import { CardwrightError } from "../errors.js";
import { parseObject } from "../tlv/file.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { labelOfCertificate } from "./certificate-key.js";
import { checkSignatureSize, checkSignerKey, checkSignerTime } from "./cms-sign.js";
import { type PublicKey, publicKeyFromSpki, spkiObject } from "./public-key.js";
import { encodeSignatureValue, signatureAlgorithmIdentifier } from "./signature-algorithm.js";
import type { SignatureCounter } from "./signature-counter.js";
import type { MaybePromise, SignatureAlgorithmName, Signer } from "./signer.js";
import { verifySignature } from "./verify-signature.js";

/** What one key may do. */
export interface SigningPolicy {
  readonly signer: Signer;
  /** Its certificate, as DER or parsed: states validity and private-key usage period. */
  readonly certificate: Uint8Array | Certificate;
  /** Most signatures that the key ever makes (ICAO 9303-12 §5 advises a limit for Document Signers). */
  readonly maxSignatures: number;
  /** Keeps the count. */
  readonly counter: SignatureCounter;
  /** How many signatures are reserved at a time, 100 unless told otherwise: at most as many are lost when the process ends. */
  readonly reserveAhead?: number;
  /** The time. */
  readonly now: () => Date;
}

/** A {@link Signer} that keeps to its policy. */
export interface PolicySigner extends Signer {
  readonly certificate: Certificate;
  /** Signatures that can still be made, as far as this process knows: those of other processes are seen when the next are reserved. */
  readonly remaining: number;
}

/**
 * A signer that keeps to a policy: it signs only inside the validity of its certificate and the private-key usage period, only so
 * often, and gives out only signatures that it has verified.
 *
 * Spec: ICAO 9303-12 §5 (periods and most signatures); verification after signing protects against faults of the device
 * (TR-03110-3 has no rule for it, FIPS 186-5 §3.3 allows it).
 *
 * @returns A signer that answers at once when the signer below and the counter do. A signature counts from when it is begun.
 *   Its `sign` throws or rejects with a CardwrightError: `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`, `SIGNER_LIMIT_REACHED`, or
 *   `SIGNER_MISMATCH` for a signature that does not verify, which is not given out.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the certificate is for another key.
 * @throws {RangeError} when `maxSignatures` or `reserveAhead` is no whole number from 1 on.
 * @example
 * const guarded = policySigner({ signer, certificate, maxSignatures: 100_000, counter, now: () => new Date() });
 */
export function policySigner(policy: SigningPolicy): PolicySigner {
  return new GuardedSigner(policy);
}

/** @internal A policy signer whose signatures can be promised before they are made. */
export class GuardedSigner implements PolicySigner {
  readonly publicKey: Uint8Array;
  readonly algorithms: readonly SignatureAlgorithmName[];
  readonly certificate: Certificate;
  readonly maxSignatures: number;
  readonly #policy: SigningPolicy;
  readonly #key: PublicKey;
  readonly #keyName: string;
  readonly #block: number;
  /** Numbers that are reserved and not taken. */
  #reserved = 0;
  /** Numbers that are taken for signatures to come. */
  #promised = 0;
  /** What the counter said last. */
  #total = 0;
  #reserving: Promise<void> | undefined;

  constructor(policy: SigningPolicy) {
    const { signer, certificate, maxSignatures, reserveAhead = 100 } = policy;
    for (const [name, number] of Object.entries({ maxSignatures, reserveAhead })) {
      if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`policySigner: ${name} must be 1 or more`);
    }
    this.#policy = policy;
    this.certificate = certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate;
    checkSignerKey(signer, this.certificate);
    this.publicKey = signer.publicKey;
    this.algorithms = signer.algorithms;
    this.maxSignatures = maxSignatures;
    this.#key = publicKeyFromSpki(signer.publicKey);
    // Over the key alone, because certificates state curves in two ways.
    this.#keyName = toHex(hash("SHA-256", parseObject(spkiObject, signer.publicKey).subjectPublicKey));
    this.#block = reserveAhead;
  }

  get remaining(): number {
    return this.#reserved + Math.max(0, this.maxSignatures - this.#total);
  }

  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): MaybePromise<Uint8Array> {
    checkSignerTime(this.certificate, this.#policy.now());
    const ready = this.#promised > 0 ? this.#promised-- > 0 : this.#take();
    // A copy, because the caller may use the array again once `sign` has returned, and it is needed for verifying.
    const own = message.slice();
    const go = (has: boolean): MaybePromise<Uint8Array> => {
      if (has) return this.#signOnce(own, algorithm);
      throw this.limitReached();
    };
    return typeof ready === "boolean" ? go(ready) : ready.then(go);
  }

  /**
   * Makes sure that one more signature can be made when it comes to it: false when the limit leaves none. What is promised and not
   * used stays promised, and is used by the next signature.
   */
  promise(): MaybePromise<boolean> {
    const keep = (has: boolean): boolean => {
      if (has) this.#promised++;
      return has;
    };
    const taken = this.#take();
    return typeof taken === "boolean" ? keep(taken) : taken.then(keep);
  }

  /** Takes the number of one signature; false when there is none left. */
  #take(): MaybePromise<boolean> {
    if (this.#reserved === 0) return this.#refill();
    this.#reserved--;
    // Reserved before the last one is gone, so that nobody waits for it.
    if (this.#reserved <= this.#block / 2 && this.#reserving === undefined && this.#total < this.maxSignatures) {
      // A counter that fails is heard of when the numbers run out.
      this.#reserve()?.catch(() => undefined);
    }
    return true;
  }

  #refill(): MaybePromise<boolean> {
    if (this.#reserving === undefined && this.#total >= this.maxSignatures) return false;
    const waiting = this.#reserving ?? this.#reserve();
    return waiting === undefined ? this.#take() : waiting.then(() => this.#take());
  }

  #reserve(): Promise<void> | undefined {
    const wanted = Math.min(this.#block, this.maxSignatures - this.#total);
    const enter = (total: number): void => {
      // Another process may have taken some, and this is more than the limit then: what is above it is not used.
      const before = total - wanted;
      this.#reserved += Math.max(0, Math.min(total, this.maxSignatures) - before);
      this.#total = total;
    };
    const total = this.#policy.counter.reserve(this.#keyName, wanted);
    if (typeof total === "number") {
      enter(total);
      return undefined;
    }
    this.#reserving = total.then(enter).finally(() => {
      this.#reserving = undefined;
    });
    return this.#reserving;
  }

  #signOnce(message: Uint8Array, algorithm: SignatureAlgorithmName): MaybePromise<Uint8Array> {
    const { signer } = this.#policy;
    const signature = signer.sign(message, algorithm);
    return signature instanceof Uint8Array
      ? this.#checked(message, algorithm, signature)
      : signature.then((later) => this.#checked(message, algorithm, later));
  }

  #checked(message: Uint8Array, algorithm: SignatureAlgorithmName, signature: Uint8Array): Uint8Array {
    checkSignatureSize(this, signature);
    const value = encodeSignatureValue(algorithm, signature);
    if (verifySignature(this.#key, signatureAlgorithmIdentifier(algorithm), message, value) === true) return signature;
    throw new CardwrightError(
      "SIGNER_MISMATCH",
      `A signature made by the key of ${labelOfCertificate(this.certificate)} does not verify and was not given out; ` +
        "check which key the signer uses, and whether the device is faulty.",
    );
  }

  limitReached(): CardwrightError {
    return new CardwrightError(
      "SIGNER_LIMIT_REACHED",
      `${labelOfCertificate(this.certificate)} has made all ${this.maxSignatures} signatures that its policy allows; ` +
        "use the next key and its certificate, or stage one with signerRota.",
    );
  }
}
