import { equalBytes } from "../bytes/bytes.js";
import { sha1 } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { parseObject } from "../tlv/file.js";
import { type Certificate, parseCertificate } from "./certificate.js";
import type { SignedData, SignerIdentifier } from "./cms.js";
import { ALL_DEPARTURES } from "./departures.js";
import { magnitude } from "./loose-types.js";
import { matchNames } from "./name-match.js";
import { spkiObject } from "./public-key.js";

/** @internal The certificates among which signers are looked for, each parsed once. */
export interface CertificateSource {
  readonly certificates: readonly Certificate[];
  /** Why others could not be read. */
  readonly problems: readonly string[];
}

/** @internal The certificates of a message and others that are known. */
export function certificateSource(
  { certificates: inside }: SignedData,
  others: readonly (Uint8Array | Certificate)[],
): CertificateSource {
  const [own] = inside;
  const [given] = others;
  // The usual case: one certificate came along, and it is known.
  if (inside.length === 1 && others.length === 1 && own !== undefined && given !== undefined) {
    if (!(given instanceof Uint8Array) && same(given.raw, own)) return { certificates: [given], problems: NO_PROBLEMS };
  }
  const known = others.filter((other): other is Certificate => !(other instanceof Uint8Array));
  const certificates: Certificate[] = [];
  const problems: string[] = [];
  for (const other of [...inside, ...others]) {
    if (!(other instanceof Uint8Array)) {
      if (!certificates.includes(other)) certificates.push(other);
      continue;
    }
    if (certificates.some(({ raw }) => same(raw, other))) continue;
    const before = known.find(({ raw }) => same(raw, other));
    try {
      certificates.push(before ?? parseCertificate(other, { tolerate: ALL_DEPARTURES }));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      problems.push(error.message);
    }
  }
  return { certificates, problems };
}

const NO_PROBLEMS: readonly string[] = Object.freeze([]);

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && equalBytes(a, b);

/** How a certificate fits an identifier, the best first. */
const KINDS = ["exact", "form", "order", "computed"] as const;
type Kind = (typeof KINDS)[number];

/** @internal The certificate that an identifier names, and how it does. */
export interface SignerMatch {
  readonly kind: Kind;
  readonly certificate: Certificate | undefined;
  readonly candidates: number;
  readonly matching: number;
  readonly problems: readonly string[];
}

/** @internal The one certificate that a signer's identifier names; none when several do. */
export function signerCertificate({ certificates, problems }: CertificateSource, sid: SignerIdentifier): SignerMatch {
  const candidates = certificates.length + problems.length;
  const [only] = certificates;
  if (certificates.length === 1 && only !== undefined && isExact(only, sid)) {
    return { kind: "exact", certificate: only, candidates, matching: 1, problems };
  }
  for (const kind of KINDS) {
    const found = certificates.filter((certificate) => kindOf(certificate, sid) === kind);
    const certificate = found.length === 1 ? found[0] : undefined;
    if (found.length > 0) return { kind, certificate, candidates, matching: found.length, problems };
  }
  return { kind: "exact", certificate: undefined, candidates, matching: 0, problems };
}

/** The same bytes as in the certificate, which needs no second look. */
function isExact({ issuerRaw, serialNumber }: Certificate, sid: SignerIdentifier): boolean {
  if (sid.issuerRaw === undefined) return false;
  return same(serialNumber, sid.serialNumber) && same(issuerRaw, sid.issuerRaw);
}

function kindOf(certificate: Certificate, sid: SignerIdentifier): Kind | undefined {
  if (sid.subjectKeyIdentifier !== undefined) {
    const own = certificate.subjectKeyIdentifier;
    if (own !== undefined) return same(own, sid.subjectKeyIdentifier) ? "exact" : undefined;
    return same(computed(certificate), sid.subjectKeyIdentifier) ? "computed" : undefined;
  }
  if (!same(magnitude(certificate.serialNumber), magnitude(sid.serialNumber))) return undefined;
  const match = matchNames(certificate.issuerRaw, sid.issuerRaw);
  return match === "bytes" ? "exact" : match;
}

/** RFC 5280 §4.2.1.2, method 1; it names a key and protects nothing. */
function computed({ spkiRaw }: Certificate): Uint8Array {
  return sha1(parseObject(spkiObject, spkiRaw).subjectPublicKey);
}
