import { INTEGER, integerBytes, SEQUENCE } from "../../asn1/types.js";
import { equalBytes, toHex } from "../../bytes/bytes.js";
import type { CurveParameters } from "../../crypto/curves.js";
import { importEcPublicKey } from "../../crypto/ecdsa.js";
import { importLegacyRsaPublicKey } from "../../crypto/legacy/rsa.js";
import type { AnyHashName } from "../../crypto/primitives.js";
import { MalformedError } from "../../errors.js";
import { dg15 } from "../../lds/dg15.js";
import { type PublicKeyInfo, publicKeyOf } from "../../lds/public-key-info.js";
import { protocolSignatureByOid } from "../../lds/security-info-oids.js";
import { parseDg14SecurityInfos } from "../../lds/security-infos.js";
import { dataObject, parseFile, parseObject } from "../../tlv/file.js";
import { req, struct } from "../../tlv/struct.js";
import type { EvidenceFinding } from "../evidence/shared.js";
import { curveOfReference } from "../static-keys/shared.js";
import { complement, openRepresentative, type RecoveredMessage } from "./iso9796.js";

/** Bytes of RND.IFD. */
export const CHALLENGE_LENGTH = 8;

/** What active authentication leaves behind: anybody who has the signed DG15 can check it again. */
export interface ActiveAuthenticationEvidence {
  /** RND.IFD, 8 bytes. */
  readonly challenge: Uint8Array;
  /** As the chip gave it. */
  readonly response: Uint8Array;
  /** Kind and size of the key that was asked, e.g. `RSA-2048` or `ECDSA brainpoolP256r1`. */
  readonly algorithm: string;
  /**
   * Who chose the challenge, in the recorder's words, which nothing proves. One that a `verifier` chose, at random and for this run,
   * proves to it that the chip was there, once it has compared it with its own; one that the terminal drew may stand for something
   * else, and an old answer may be shown again.
   */
  readonly challengeBy: "terminal" | "verifier";
}

/** How an answer departs from the standard and was taken all the same. */
export type ActiveAuthenticationDeparture =
  /** DG14 does not say with which hash function the chip signs, so that each was tried. */
  | "hashNotStated"
  /** The signature is DER instead of r‖s. */
  | "signatureInDer"
  /** SHA-1 with ECDSA, which is not allowed. */
  | "sha1"
  /** The trailer has two bytes where one is asked for SHA-1. */
  | "trailer"
  /** DG15 states the modulus as a negative number. */
  | "modulusNegative";

/** The answer of {@link verifyActiveAuthentication}. */
export interface ActiveAuthenticationResult {
  /** true: signed by the key of DG15 over this challenge; undefined: the key or the algorithm is not offered. */
  readonly good: boolean | undefined;
  /** What was found, or why nothing could be: e.g. `RSA-1024, ISO 9796-2, SHA-1`. */
  readonly detail: string;
  readonly hash?: AnyHashName;
  readonly departures: readonly ActiveAuthenticationDeparture[];
  /** Nonce of the chip in an RSA signature. */
  readonly m1?: Uint8Array;
}

/** The key of DG15; undefined when it cannot be read. */
export function activeAuthenticationKey(dg15Bytes: Uint8Array): PublicKeyInfo | undefined {
  try {
    return publicKeyOf(parseFile(dg15, dg15Bytes).publicKeyInfo);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Kind and size of a key in words, and bytes of its signature in plain format. */
export function describeKey(key: PublicKeyInfo): { readonly name: string; readonly signatureBytes: number } {
  if (key.kind === "RSA") {
    const bits = 8 * key.modulus.length - (Math.clz32(key.modulus[0] ?? 0) - 24);
    return { name: `RSA-${bits}`, signatureBytes: key.modulus.length };
  }
  if (key.kind !== "EC") return { name: key.kind, signatureBytes: 0 };
  const row = curveOfReference(key.curve);
  return { name: `ECDSA ${row?.name ?? "on a curve that is not known"}`, signatureBytes: key.point.length - 1 };
}

const bad = (detail: string): ActiveAuthenticationResult => ({ good: false, detail, departures: [] });
const unknown = (detail: string): ActiveAuthenticationResult => ({ good: undefined, detail, departures: [] });

/**
 * Whether an answer to INTERNAL AUTHENTICATE is by the private key to DG15. Pure; never throws about a document.
 *
 * Spec: ICAO 9303-11 §6.1.2; TR-03111 §5.2 for ECDSA. Vectors: 9303-11 App. F, active-authentication-rsa1024-bc.json,
 * active-authentication-sm-3des.json.
 *
 * It says nothing about whose key DG15 holds: passive authentication does.
 *
 * @param dg15Bytes - The whole EF.DG15.
 * @param dg14Bytes - The whole EF.DG14, whose ActiveAuthenticationInfo states the hash function of ECDSA. Without it every hash
 *   function is tried, and that is told.
 * @example
 * verifyActiveAuthentication(files["EF.DG15"], files["EF.DG14"], challenge, response).good === true;
 */
export function verifyActiveAuthentication(
  dg15Bytes: Uint8Array,
  dg14Bytes: Uint8Array | undefined,
  challenge: Uint8Array,
  response: Uint8Array,
): ActiveAuthenticationResult {
  if (challenge.length !== CHALLENGE_LENGTH) return bad("the challenge does not have 8 bytes");
  const key = activeAuthenticationKey(dg15Bytes);
  if (key === undefined) return bad("EF.DG15 cannot be read");
  if (key.kind === "RSA") return verifyRsa(key, challenge, response);
  if (key.kind !== "EC") return unknown(`active authentication has no ${key.kind} keys`);
  const row = curveOfReference(key.curve);
  return row === undefined
    ? unknown("the curve of EF.DG15 is not supported")
    : verifyEcdsa(row, key.point, dg14Bytes, challenge, response);
}

function verifyRsa(
  key: PublicKeyInfo & { readonly kind: "RSA" },
  challenge: Uint8Array,
  response: Uint8Array,
): ActiveAuthenticationResult {
  const { name } = describeKey(key);
  let recovered: RecoveredMessage | undefined;
  try {
    const rsa = importLegacyRsaPublicKey({ modulus: key.modulus, publicExponent: key.exponent });
    const block = rsa.recover(response);
    if (block === undefined) return bad(`the answer is no signature of ${name}`);
    recovered =
      openRepresentative(block, rsa.bits, challenge) ??
      openRepresentative(complement(rsa.modulus, block), rsa.bits, challenge);
  } catch (error) {
    if (error instanceof RangeError) return unknown(`the key in EF.DG15 (${name}) is not supported`);
    throw error;
  }
  if (recovered === undefined)
    return bad(`${name}: the answer is not signed by the key of EF.DG15 over this challenge`);
  const { hash, trailer, m1 } = recovered;
  const departures: ActiveAuthenticationDeparture[] = [];
  if (hash === "SHA-1" && trailer.length === 2) departures.push("trailer");
  if (key.signMissing) departures.push("modulusNegative");
  return { good: true, detail: `${name}, ISO 9796-2, ${hash}`, hash, departures, m1 };
}

/** All that a chip may use, the likely ones first. */
const TRIED: readonly AnyHashName[] = ["SHA-256", "SHA-384", "SHA-512", "SHA-224", "SHA-1"];

function verifyEcdsa(
  row: CurveParameters,
  point: Uint8Array,
  dg14Bytes: Uint8Array | undefined,
  challenge: Uint8Array,
  response: Uint8Array,
): ActiveAuthenticationResult {
  const name = `ECDSA ${row.name}`;
  const stated = statedHash(dg14Bytes);
  if (stated === "unsupported") return unknown(`${name}: the hash function in EF.DG14 is not offered`);
  const departures: ActiveAuthenticationDeparture[] = stated === undefined ? ["hashNotStated"] : [];
  let signature = response;
  if (response.length !== 2 * row.bytes) {
    const plain = plainSignature(response, row.bytes);
    if (plain === undefined) return bad(`${name}: the answer is no signature`);
    signature = plain;
    departures.push("signatureInDer");
  }
  try {
    const key = importEcPublicKey(row.name, point);
    const hash = (stated === undefined ? TRIED : [stated]).find((each) => key.verify(each, challenge, signature));
    if (hash === undefined) return bad(`${name}: the answer is not signed by the key of EF.DG15 over this challenge`);
    if (hash === "SHA-1") departures.push("sha1");
    return { good: true, detail: `${name}, ${hash}`, hash, departures };
  } catch (error) {
    if (error instanceof RangeError) return bad(`EF.DG15 holds no point of ${row.name}`);
    throw error;
  }
}

/** The hash function that ActiveAuthenticationInfo names; undefined when there is none. */
function statedHash(dg14Bytes: Uint8Array | undefined): AnyHashName | "unsupported" | undefined {
  if (dg14Bytes === undefined) return undefined;
  try {
    const { infos } = parseDg14SecurityInfos(dg14Bytes, { keepMalformed: true });
    const info = infos.find(({ kind }) => kind === "activeAuthenticationInfo");
    if (info?.kind !== "activeAuthenticationInfo") return undefined;
    const hash = protocolSignatureByOid(info.signatureAlgorithm)?.hash;
    return hash === undefined || hash === "RIPEMD-160" ? "unsupported" : hash;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

const ecdsaSignature = dataObject(
  "Ecdsa-Sig-Value",
  SEQUENCE,
  struct({ r: req(INTEGER, integerBytes()), s: req(INTEGER, integerBytes()) }),
);

/** r‖s of a signature in DER; undefined when it is none of that size. */
function plainSignature(der: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const { r, s } = parseObject(ecdsaSignature, der);
    const out = new Uint8Array(2 * size);
    for (const [number, end] of [
      [r, size],
      [s, 2 * size],
    ] as const) {
      const magnitude = number[0] === 0 ? number.subarray(1) : number;
      if ((number[0] as number) >= 0x80 || magnitude.length > size) return undefined;
      out.set(magnitude, end - magnitude.length);
    }
    return out;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Departures in words. */
const IN_WORDS: Readonly<Record<ActiveAuthenticationDeparture, string>> = {
  hashNotStated: "EF.DG14 does not state the hash function",
  signatureInDer: "the signature is DER, not r‖s",
  sha1: "SHA-1 is not allowed with ECDSA",
  trailer: "the trailer of SHA-1 is 33CC, not BC",
  modulusNegative: "EF.DG15 states a negative modulus",
};

/**
 * Judges a recorded active authentication again.
 *
 * Spec: ICAO 9303-11 §6.1.
 *
 * @param evidence - undefined when the chip was not asked, which is no proof for or against it.
 * @param files - As they were read; that EF.DG15 is authentic is for passive authentication to say.
 * @param chosen - The challenge that whoever asks has chosen, 8 bytes, and never taken from the evidence. With another one in the
 *   evidence the check fails, and only with this one does the finding say that the proof convinces.
 * @returns One finding, `chip.activeAuthentication`: passed, warning with a departure by name, failed, or notChecked.
 */
export function verifyActiveAuthenticationEvidence(
  evidence: ActiveAuthenticationEvidence | undefined,
  files: { readonly dg15: Uint8Array | undefined; readonly dg14?: Uint8Array | undefined },
  chosen?: Uint8Array,
): EvidenceFinding {
  const about = { id: "chip.activeAuthentication", path: "chip", spec: "ICAO 9303-11 §6.1" } as const;
  if (evidence === undefined) return { ...about, status: "notChecked", message: "The chip was not asked to sign." };
  const { challenge, response, challengeBy } = evidence;
  if (chosen !== undefined && !equalBytes(challenge, chosen)) {
    const message = "What the chip signed is not the challenge that you chose: it may be a recording.";
    return { ...about, status: "failed", message, evidence: { challenge: toHex(challenge), chosen: toHex(chosen) } };
  }
  if (files.dg15 === undefined) {
    return { ...about, status: "notChecked", message: "There is no EF.DG15 to check the chip's signature with." };
  }
  const { good, detail, departures } = verifyActiveAuthentication(files.dg15, files.dg14, challenge, response);
  const values = { challenge: toHex(challenge), challengeBy, response: toHex(response), found: detail };
  if (good === undefined)
    return { ...about, status: "notChecked", message: `Not checked: ${detail}.`, evidence: values };
  if (!good) return { ...about, status: "failed", message: `The chip is not genuine: ${detail}.`, evidence: values };
  const convinces =
    chosen !== undefined
      ? "It signed the challenge that you chose, so it convinces you."
      : challengeBy === "verifier"
        ? "It convinces nobody yet: whoever chose the challenge has to compare it, for it may be a recording."
        : "The terminal chose the challenge, so it convinces the terminal alone.";
  const words = departures.map((departure) => `${IN_WORDS[departure]}. `).join("");
  return {
    ...about,
    status: departures.length > 0 ? "warning" : "passed",
    message: `The chip holds the private key to EF.DG15. ${words}${convinces}`,
    evidence: { ...values, ...(departures.length > 0 && { departures: departures.join(", ") }) },
  };
}
