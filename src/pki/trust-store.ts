import { equalBytes, toHex } from "../bytes/bytes.js";
import { hash } from "../crypto/hash.js";
import { MalformedError } from "../errors.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import { CertificateCache } from "./certificate-cache.js";
import type { CertificateIndex } from "./certificate-index.js";
import type { SignerIdentifier } from "./cms.js";
import type { Crl } from "./crl.js";
import { ALL_DEPARTURES } from "./departures.js";
import { matchNames, type NameMatch } from "./name-match.js";

/**
 * How a certificate came to be trusted:
 * - `pinned`: the caller said so, by giving the certificate or its hash;
 * - `link`: an older key of the same authority, trusted itself, signed it;
 * - `masterList`: a master list has it whose signer is trusted.
 */
export type AnchorSource = "pinned" | "link" | "masterList";

/** One reason to trust an anchor; it may have several. */
export interface AnchorOrigin {
  readonly how: AnchorSource;
  /** Where it was found: a file name, the caller's words. */
  readonly source: string;
  /** Who vouches for it: the older CSCA, the signer of the master list. */
  readonly by?: string;
  /** The anchor on which that rests. */
  readonly via?: TrustAnchor;
}

/** A key that is trusted, as a CSCA certificate states it. */
export interface TrustAnchor {
  /** DER of the certificate. */
  readonly raw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly subjectKeyIdentifier?: Uint8Array;
  /** Every reason, in a fixed order. */
  readonly origins: readonly AnchorOrigin[];
  /** The whole certificate, read when it is first asked for, with every departure allowed; undefined when it is malformed. */
  readonly certificate: Certificate | undefined;
}

/** A revocation list that was given. Its signature is looked at when it is used. */
export interface KnownCrl {
  readonly crl: Crl;
  readonly source: string;
}

/** A certificate that may be a signer's and is not trusted by being known. */
export interface KnownSigner extends CertificateIndex {
  readonly source: string;
}

/** What could not be used, and why. */
export interface UnusedInput {
  readonly source: string;
  /** What it was taken for. */
  readonly what: "file" | "certificate" | "masterList" | "crl" | "entry";
  readonly reason: string;
}

/**
 * What a verifier trusts, because it got it over a way that it trusts, and what else it knows. An immutable value, made by
 * `buildTrustStore`. A certificate that came with a document is never in it.
 */
export interface TrustStore {
  /** Each certificate once, in an order that does not depend on that of the inputs. */
  readonly anchors: readonly TrustAnchor[];
  readonly crls: readonly KnownCrl[];
  /** Certificates of signers, for documents that come without one. */
  readonly signers: readonly KnownSigner[];
  readonly unused: readonly UnusedInput[];
}

/** @internal An anchor whose certificate is read when it is first needed: lists have hundreds. */
export class LazyAnchor implements TrustAnchor {
  readonly raw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly origins: readonly AnchorOrigin[];
  readonly index: CertificateIndex;
  #certificate: Certificate | undefined | null = null;

  constructor(index: CertificateIndex, origins: readonly AnchorOrigin[]) {
    this.index = index;
    this.raw = index.raw;
    this.subjectRaw = index.subjectRaw;
    if (index.subjectKeyIdentifier !== undefined) this.subjectKeyIdentifier = index.subjectKeyIdentifier;
    this.origins = origins;
  }

  get certificate(): Certificate | undefined {
    if (this.#certificate === null) this.#certificate = readOrUndefined(this.raw);
    return this.#certificate;
  }
}

/** @internal A certificate with every departure allowed; undefined when it cannot be read. */
export function readOrUndefined(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der, { tolerate: ALL_DEPARTURES });
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** @internal Bytes as a key of a map. */
export function keyOf(bytes: Uint8Array): string {
  let key = "";
  for (let i = 0; i < bytes.length; i++) key += String.fromCharCode(bytes[i] as number);
  return key;
}

/** SHA-256 of a certificate in hex: its name in pins and reports. */
export function fingerprintOf({ raw }: { readonly raw: Uint8Array }): string {
  const known = fingerprints.get(raw);
  if (known !== undefined) return known;
  const made = toHex(hash("SHA-256", raw));
  fingerprints.set(raw, made);
  return made;
}
const fingerprints = new WeakMap<Uint8Array, string>();

const subjects = new WeakMap<readonly TrustAnchor[], ReadonlyMap<string, readonly TrustAnchor[]>>();

function bySubject({ anchors }: Pick<TrustStore, "anchors">): ReadonlyMap<string, readonly TrustAnchor[]> {
  const known = subjects.get(anchors);
  if (known !== undefined) return known;
  const index = groupBy(anchors, ({ subjectRaw }) => keyOf(subjectRaw));
  subjects.set(anchors, index);
  return index;
}

/** @internal Values by a key. */
export function groupBy<T>(values: Iterable<T>, key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const name = key(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  return groups;
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && equalBytes(a, b);

/** Anchors that may have issued something, and how their name fits. */
export interface Issuers {
  readonly anchors: readonly TrustAnchor[];
  readonly match: NameMatch;
}

/** @internal The anchors with this name and, where both state one, this key identifier. */
export function anchorsNamed(
  store: Pick<TrustStore, "anchors">,
  issuerRaw: Uint8Array,
  identifier: Uint8Array | undefined,
): Issuers {
  const fits = ({ subjectKeyIdentifier: own }: TrustAnchor) =>
    identifier === undefined || own === undefined || same(identifier, own);
  const exact = bySubject(store).get(keyOf(issuerRaw))?.filter(fits) ?? [];
  if (exact.length > 0) return { anchors: exact, match: "bytes" };
  // A name in another form is rare, so that no index is kept for it.
  for (const match of ["form", "order"] as const) {
    const anchors = store.anchors.filter(
      (anchor) => fits(anchor) && matchNames(anchor.subjectRaw, issuerRaw) === match,
    );
    if (anchors.length > 0) return { anchors, match };
  }
  return { anchors: [], match: "bytes" };
}

/**
 * The anchors whose key may have signed a certificate: the name of its issuer, and, where both state a key identifier, the same
 * one. Several have the name when an authority has changed its key. `match` tells whether the names are equal byte by byte, or
 * only after the normalisation of RFC 5280 §7.1.
 *
 * Spec: RFC 5280 §4.2.1.1 and §6.1.3, ICAO 9303-11 §5.1.
 *
 * @example
 * const [issuer] = findIssuers(store, certificate).anchors;
 */
export function findIssuers(
  store: Pick<TrustStore, "anchors">,
  { issuerRaw, authorityKeyIdentifier }: Pick<Certificate, "issuerRaw" | "authorityKeyIdentifier">,
): Issuers {
  return anchorsNamed(store, issuerRaw, authorityKeyIdentifier);
}

const caches = new WeakMap<TrustStore, CertificateCache>();

/** @internal The certificates of signers that were met while documents were judged with this store. */
export function cacheOf(store: TrustStore): CertificateCache {
  let cache = caches.get(store);
  if (cache === undefined) {
    cache = new CertificateCache();
    caches.set(store, cache);
  }
  return cache;
}

const signerIndexes = new WeakMap<readonly KnownSigner[], ReadonlyMap<string, readonly KnownSigner[]>>();

/** @internal The certificates that a store knows under the name that a signature gives; for messages that have none. */
export function signersNamed({ signers }: TrustStore, sid: SignerIdentifier): readonly Uint8Array[] {
  if (signers.length === 0) return [];
  let index = signerIndexes.get(signers);
  if (index === undefined) {
    index = new Map([
      ...groupBy(signers, ({ serialNumber }) => `n${keyOf(serialNumber)}`),
      ...groupBy(
        signers.filter(({ subjectKeyIdentifier }) => subjectKeyIdentifier !== undefined),
        ({ subjectKeyIdentifier }) => `k${keyOf(subjectKeyIdentifier as Uint8Array)}`,
      ),
    ]);
    signerIndexes.set(signers, index);
  }
  const { serialNumber, subjectKeyIdentifier } = sid;
  const key = serialNumber === undefined ? `k${keyOf(subjectKeyIdentifier)}` : `n${keyOf(serialNumber)}`;
  return index.get(key)?.map(({ raw }) => raw) ?? [];
}
