import { CardwrightError } from "../errors.js";
import type { Certificate } from "./certificate.js";
import { nameToString } from "./name.js";
import { type PublicKey, publicKeyFromSpki } from "./public-key.js";

const keys = new WeakMap<Certificate, PublicKey>();

/**
 * @internal The key of a certificate for `verifySignature`, imported once: that costs more than a verification on a short curve.
 * What cannot be imported is given as it stands, so that verifying says why.
 */
export function keyOfCertificate(certificate: Certificate): PublicKey | Uint8Array {
  const known = keys.get(certificate);
  if (known !== undefined) return known;
  try {
    const key = publicKeyFromSpki(certificate.spkiRaw);
    keys.set(certificate, key);
    return key;
  } catch (error) {
    // MalformedError is one as well.
    if (error instanceof CardwrightError) return certificate.spkiRaw;
    throw error;
  }
}

const labels = new WeakMap<Certificate, string>();

/** @internal The subject of a certificate for people, made once. */
export function labelOfCertificate(certificate: Certificate): string {
  const known = labels.get(certificate);
  if (known !== undefined) return known;
  const label = nameToString(certificate.subject);
  labels.set(certificate, label);
  return label;
}
