import { compareBytes, equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Certificate, isSelfIssued } from "./certificate.js";
import { type CertificateIndex, indexCertificate } from "./certificate-index.js";
import { verifySignedData } from "./cms-verify.js";
import { ID_MASTER_LIST_SIGNER } from "./master-list.js";
import { countryOf, nameToString } from "./name.js";
import { isRevoked, revocationOf } from "./revocation.js";
import { validateSignerPath } from "./signer-path.js";
import { isLink, isSignedBy } from "./signer-path-checks.js";
import type { FoundCertificate, FoundInputs, FoundMasterList } from "./trust-inputs.js";
import {
  type AnchorOrigin,
  anchorsNamed,
  findIssuers,
  fingerprintOf,
  type KnownCrl,
  type KnownSigner,
  keyOf,
  LazyAnchor,
  readOrUndefined,
  type TrustAnchor,
  type TrustStore,
  type UnusedInput,
} from "./trust-store.js";

/** A certificate that may be a link. */
interface LinkCandidate {
  readonly index: CertificateIndex;
  readonly certificate: Certificate;
  readonly source: string;
}

/** A master list whose signature was looked at. */
interface ListCandidate extends FoundMasterList {
  readonly signer: Certificate | undefined;
  readonly good: boolean;
  /** Why the signature does not count. */
  readonly reason: string;
}

/** CRLs whose time has come, whenever that is: a store is not made for one date. */
const END_OF_TIME = new Date(8.64e15);
const NO_CRLS: readonly KnownCrl[] = Object.freeze([]);

/** Finds what is to be trusted: goes through everything until nothing more is added. */
export class TrustClosure {
  readonly #found: FoundInputs;
  readonly #pins: ReadonlySet<string>;
  readonly #at: Date | undefined;
  readonly #roots: FoundCertificate[] = [];
  readonly #links: LinkCandidate[] = [];
  readonly #lists: readonly ListCandidate[];
  readonly #signers: KnownSigner[] = [];
  readonly #unused: UnusedInput[];

  constructor(found: FoundInputs, pins: ReadonlySet<string>, at: Date | undefined) {
    this.#found = found;
    this.#pins = pins;
    this.#at = at;
    this.#unused = [...found.unused];
    for (const certificate of found.certificates) this.#sort(certificate);
    this.#lists = found.masterLists.map((list) => this.#candidate(list));
  }

  /** Roots, links, signers: what a certificate can be here. */
  #sort(found: FoundCertificate): void {
    const { index, source, given } = found;
    if (this.#isPinned(index)) {
      this.#roots.push(found);
      return;
    }
    if (!mayBeAuthority(index)) {
      this.#signers.push({ ...index, source });
      return;
    }
    const certificate = readOrUndefined(index.raw);
    if (certificate === undefined) {
      this.#unused.push({ source, what: "certificate", reason: "it is malformed beyond what is let pass" });
    } else if (isRoot(certificate)) {
      if (given) this.#roots.push(found);
      // Signed by a key that is trusted already it is as good as a link: the same key under a certificate of its own.
      else this.#links.push({ index, certificate, source });
    } else if (isSelfIssued(certificate) || certificate.nameChange === true) {
      this.#links.push({ index, certificate, source });
    } else this.#signers.push({ ...index, source });
  }

  #isPinned(index: CertificateIndex): boolean {
    return this.#pins.size > 0 && this.#pins.has(fingerprintOf(index));
  }

  #candidate({ list, source }: FoundMasterList): ListCandidate {
    const { good, findings, certificate } = verifySignedData(list.signedData);
    const bad = findings.find(({ status }) => status === "failed" || status === "notChecked");
    for (const der of this.#pins.size === 0 ? [] : list.signedData.certificates) {
      const index = this.#indexOrTell(der, source);
      if (index !== undefined && this.#isPinned(index) && mayBeAuthority(index)) {
        this.#roots.push({ index, source, given: true });
      }
    }
    return { list, source, signer: certificate, good, reason: bad?.detail ?? "" };
  }

  #indexOrTell(der: Uint8Array, source: string): CertificateIndex | undefined {
    try {
      return indexCertificate(der);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#unused.push({ source, what: "certificate", reason: error.message });
      return undefined;
    }
  }

  store(): TrustStore {
    // Revocation takes trust away, which would make the order matter: so it is asked of the whole, and the whole made again.
    const revoked = new Set<ListCandidate>();
    for (;;) {
      const { anchors, lists } = this.#close(revoked);
      const crls = this.#crlsFor(anchors);
      const store = { anchors: anchors.all(), crls, signers: this.#signers, unused: [] };
      const at = this.#at ?? END_OF_TIME;
      const more = [...lists.keys()].filter(
        ({ signer }) => signer !== undefined && isRevoked(revocationOf(signer, store, at, { crl: "ifAvailable" })),
      );
      if (more.length === 0) return this.#finish(anchors, lists, crls, revoked);
      for (const list of more) revoked.add(list);
    }
  }

  /** Adds until nothing is added. */
  #close(revoked: ReadonlySet<ListCandidate>) {
    const anchors = new AnchorSet();
    for (const { index } of this.#roots) anchors.add(index);
    let links: readonly LinkCandidate[] = this.#links;
    let waiting: readonly ListCandidate[] = this.#lists.filter((list) => list.good && !revoked.has(list));
    const lists = new Map<ListCandidate, readonly LazyAnchor[]>();
    for (let size = -1; size !== anchors.size + lists.size; ) {
      size = anchors.size + lists.size;
      links = links.filter((link) => {
        const issuer = issuersOfLink(link.certificate, anchors.all())[0];
        if (issuer !== undefined) anchors.add(link.index);
        return issuer === undefined;
      });
      waiting = waiting.filter((candidate) => {
        if (this.#signerOf(candidate, anchors.all()) === undefined) return true;
        lists.set(candidate, this.#anchorsOf(candidate, anchors));
        return false;
      });
    }
    return { anchors, lists };
  }

  #anchorsOf({ list, source }: ListCandidate, anchors: AnchorSet): readonly LazyAnchor[] {
    const indexes = list.certificates.map((der) => this.#indexOrTell(der, source));
    return indexes.filter((index) => index !== undefined).map((index) => anchors.add(index));
  }

  /** On what the trust in a list rests; undefined when there is none (yet). */
  #signerOf({ signer }: ListCandidate, anchors: readonly TrustAnchor[]) {
    if (signer === undefined) return undefined;
    const by = nameToString(signer.subject);
    if (this.#pins.size > 0 && this.#pins.has(fingerprintOf(signer))) return { by };
    const { good, anchor } = this.#pathOf(signer, anchors);
    return good && anchor !== undefined ? { by, via: anchor } : undefined;
  }

  #pathOf(signer: Certificate, anchors: readonly TrustAnchor[]) {
    const store = { anchors, crls: NO_CRLS, signers: [], unused: [] };
    return validateSignerPath(signer, store, this.#at ?? signer.notBefore, {
      role: ID_MASTER_LIST_SIGNER,
      revocation: { crl: "ignore" },
    });
  }

  /** Lists of issuers that are known, each once, in a fixed order. */
  #crlsFor(anchors: AnchorSet): readonly KnownCrl[] {
    const store = { anchors: anchors.all() };
    const known = this.#found.crls.filter(
      ({ crl }) => anchorsNamed(store, crl.issuerRaw, crl.authorityKeyIdentifier).anchors.length > 0,
    );
    const sorted = known.sort((a, b) => compareBytes(a.crl.raw, b.crl.raw) || (a.source < b.source ? -1 : 1));
    return Object.freeze(
      sorted.filter(
        ({ crl }, i) => i === 0 || compareBytes(crl.raw, (sorted[i - 1] as (typeof sorted)[number]).crl.raw) !== 0,
      ),
    );
  }

  #finish(
    anchors: AnchorSet,
    lists: ReadonlyMap<ListCandidate, readonly LazyAnchor[]>,
    crls: readonly KnownCrl[],
    revoked: ReadonlySet<ListCandidate>,
  ): TrustStore {
    const all = anchors.sorted();
    for (const { index, source } of this.#roots) anchors.explain(anchors.add(index), { how: "pinned", source });
    for (const link of this.#links.filter(({ index }) => anchors.has(index))) {
      const issuers = issuersOfLink(link.certificate, all).filter(({ raw }) => compareBytes(raw, link.index.raw) !== 0);
      for (const via of issuers) {
        const by = via.certificate === undefined ? "" : nameToString(via.certificate.subject);
        anchors.explain(anchors.add(link.index), { how: "link", source: link.source, by, via });
      }
    }
    for (const [candidate, listed] of lists) {
      const trusted = this.#signerOf(candidate, all);
      const origin = { how: "masterList", source: candidate.source, ...trusted } as const;
      for (const anchor of new Set(listed)) anchors.explain(anchor, origin);
    }
    anchors.freeze();
    const unused = [...this.#unused, ...this.#left(anchors, all, lists, crls, revoked)]
      .sort(bySource)
      .filter((entry, i, sorted) => i === 0 || bySource(sorted[i - 1] as UnusedInput, entry) !== 0);
    const signers = this.#signers.sort((a, b) => compareBytes(a.raw, b.raw));
    return Object.freeze({
      anchors: all,
      crls,
      signers: Object.freeze(signers),
      unused: Object.freeze(unused),
    });
  }

  /** What was well-formed and is not trusted. */
  #left(
    anchors: AnchorSet,
    all: readonly TrustAnchor[],
    lists: ReadonlyMap<ListCandidate, readonly LazyAnchor[]>,
    crls: readonly KnownCrl[],
    revoked: ReadonlySet<ListCandidate>,
  ): UnusedInput[] {
    const links = this.#links
      .filter(({ index }) => !anchors.has(index))
      .map(({ certificate, source }): UnusedInput => {
        const what = isRoot(certificate) ? "its own word is no reason" : "it is a link certificate";
        const pin = `to trust it as it stands, pin ${fingerprintOf(certificate)}`;
        const reason = `${nameToString(certificate.subject)}: ${what}, and no trusted key signed it; ${pin}`;
        return { source, what: "certificate", reason };
      });
    const masterLists = this.#lists
      .filter((list) => !lists.has(list))
      .map((list): UnusedInput => {
        const reason = revoked.has(list) ? "its signer is revoked" : this.#whyNot(list, all);
        return { source: list.source, what: "masterList", reason };
      });
    const used = new Set(crls.map(({ crl }) => keyOf(crl.raw)));
    const others = this.#found.crls
      .filter(({ crl }) => !used.has(keyOf(crl.raw)))
      .map(({ crl, source }): UnusedInput => {
        return { source, what: "crl", reason: `no trusted CSCA is named ${nameToString(crl.issuer)}, with this key` };
      });
    return [...links, ...masterLists, ...others];
  }

  #whyNot(candidate: ListCandidate, anchors: readonly TrustAnchor[]): string {
    const { good, signer, reason } = candidate;
    if (!good || signer === undefined) return `its signature does not count: ${reason}`;
    const { findings } = this.#pathOf(signer, anchors);
    const bad =
      findings.find(({ status }) => status === "failed") ?? findings.find(({ status }) => status === "notChecked");
    return `its signer ${nameToString(signer.subject)} leads to nothing that is trusted: ${bad?.detail}`;
  }
}

/** Self-issued without naming another key: the certificate of a root, if its own signature is good, which is a check of the path. */
function isRoot(certificate: Certificate): boolean {
  if (isLink(certificate)) return false;
  const { authorityKeyIdentifier: aki, subjectKeyIdentifier: ski } = certificate;
  // Without identifiers the signature alone tells a root from a link.
  return (aki !== undefined && ski !== undefined) || isSignedBy(certificate, certificate) !== false;
}

/** The anchors whose key made this certificate a link: same authority, same country, an authority by its extensions. */
function issuersOfLink(certificate: Certificate, anchors: readonly TrustAnchor[]): readonly TrustAnchor[] {
  const { basicConstraints, keyUsage } = certificate;
  if (basicConstraints?.ca !== true || keyUsage?.includes("keyCertSign") !== true) return [];
  const country = countryOf(certificate.subject)?.toUpperCase();
  if (country === undefined || country !== countryOf(certificate.issuer)?.toUpperCase()) return [];
  return findIssuers({ anchors }, certificate).anchors.filter(
    ({ certificate: old }) =>
      old !== undefined &&
      old.basicConstraints?.ca === true &&
      old.keyUsage?.includes("keyCertSign") === true &&
      isSignedBy(certificate, old) === true,
  );
}

const NAME_CHANGE = Uint8Array.of(0x06, 0x07, 0x67, 0x81, 0x08, 0x01, 0x01, 0x06, 0x01);

/** Subject and issuer are the same, or the bytes of the extension for another name are there; the rest cannot be an authority here. */
function mayBeAuthority({ raw, subjectRaw, issuerRaw }: CertificateIndex): boolean {
  if (compareBytes(subjectRaw, issuerRaw) === 0) return true;
  for (let at = raw.indexOf(NAME_CHANGE[0] as number); at >= 0; at = raw.indexOf(NAME_CHANGE[0] as number, at + 1)) {
    const part = raw.subarray(at, at + NAME_CHANGE.length);
    if (part.length === NAME_CHANGE.length && equalBytes(part, NAME_CHANGE)) return true;
  }
  return false;
}

function bySource(a: UnusedInput, b: UnusedInput): number {
  const [left, right] = [a, b].map(({ source, reason }) => `${source}\n${reason}`) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bytes at the end that tell certificates apart: they are of the signature. */
const TAIL = 16;

function tailOf(raw: Uint8Array): string {
  return String.fromCharCode.apply(null, raw.subarray(Math.max(0, raw.length - TAIL)) as unknown as number[]);
}

/** An anchor that is being made. */
interface Draft {
  readonly tail: string;
  readonly anchor: LazyAnchor;
  readonly origins: AnchorOrigin[];
}

/** Anchors by their bytes, each once. */
class AnchorSet {
  readonly #byTail = new Map<string, Draft[]>();
  readonly #drafts = new Map<LazyAnchor, Draft>();
  #all: readonly TrustAnchor[] | undefined;

  get size(): number {
    return this.#drafts.size;
  }

  has({ raw }: CertificateIndex): boolean {
    return this.#byTail.get(tailOf(raw))?.some(({ anchor }) => compareBytes(anchor.raw, raw) === 0) === true;
  }

  /** The anchor with these bytes, new or not. */
  add(index: CertificateIndex): LazyAnchor {
    const tail = tailOf(index.raw);
    const bucket = this.#byTail.get(tail);
    const known = bucket?.find(({ anchor }) => compareBytes(anchor.raw, index.raw) === 0);
    if (known !== undefined) return known.anchor;
    const origins: AnchorOrigin[] = [];
    const draft = { tail, anchor: new LazyAnchor(index, origins), origins };
    if (bucket === undefined) this.#byTail.set(tail, [draft]);
    else bucket.push(draft);
    this.#drafts.set(draft.anchor, draft);
    this.#all = undefined;
    return draft.anchor;
  }

  /** A reason why it is trusted. */
  explain(anchor: LazyAnchor, origin: AnchorOrigin): void {
    this.#drafts.get(anchor)?.origins.push(origin);
  }

  all(): readonly TrustAnchor[] {
    this.#all ??= [...this.#drafts.keys()];
    return this.#all;
  }

  /** In an order that follows from their bytes, and which no order of inputs changes. */
  sorted(): readonly TrustAnchor[] {
    const drafts = [...this.#drafts.values()].sort((a, b) =>
      a.tail < b.tail ? -1 : a.tail > b.tail ? 1 : compareBytes(a.anchor.raw, b.anchor.raw),
    );
    this.#all = Object.freeze(drafts.map(({ anchor }) => anchor));
    return this.#all;
  }

  freeze(): void {
    const key = ({ how, source, by = "" }: AnchorOrigin) => `${how}\n${source}\n${by}`;
    for (const { origins } of this.#drafts.values()) {
      if (origins.length > 1) origins.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
      Object.freeze(origins);
    }
  }
}
