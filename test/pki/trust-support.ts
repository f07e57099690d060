import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import { EXTENSION } from "../../src/pki/extensions.js";
import { buildCertificate, extension } from "../../src/pki/issue/certificate.js";
import { issueCrl } from "../../src/pki/issue/crl.js";
import { issueCsca } from "../../src/pki/issue/csca.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { issueMasterList } from "../../src/pki/issue/master-list.js";
import { ID_MASTER_LIST_SIGNER } from "../../src/pki/master-list.js";
import type { SyncSigner } from "../../src/pki/signer.js";
import { CSCA_SUBJECT, date, newSigner, SIGNER_SUBJECT, TODAY } from "./support.js";

/** An authority with one key. */
export interface Authority {
  readonly signer: SyncSigner;
  readonly root: Certificate;
}

export async function newAuthority(change: Partial<typeof CSCA_SUBJECT> = {}): Promise<Authority> {
  const signer = newSigner();
  return { signer, root: parseCertificate(await issueCsca({ ...CSCA_SUBJECT, ...change, signer })) };
}

/** A certificate that the old key makes of the new one; under another name it has the extension for that. */
export async function linkBetween(old: Authority, next: Authority): Promise<Certificate> {
  const renamed = !Buffer.from(old.root.subjectRaw).equals(Buffer.from(next.root.subjectRaw));
  const extensions = next.root.extensions.map((entry) =>
    entry.oid === EXTENSION.authorityKeyIdentifier
      ? extension("authorityKeyIdentifier", { keyIdentifier: old.root.subjectKeyIdentifier as Uint8Array })
      : entry,
  );
  const der = await buildCertificate({
    ...next.root,
    serialNumber: Uint8Array.of(0x11, ...next.root.serialNumber.subarray(1, 9)),
    signer: old.signer,
    algorithm: "ECDSA-SHA256",
    issuerRaw: old.root.subjectRaw,
    publicKey: next.signer.publicKey,
    extensions: renamed ? [...extensions, extension("nameChange", true)] : extensions,
  });
  return parseCertificate(der);
}

/** A certificate of a signer; with a role it signs that alone. */
export async function signerUnder(authority: Authority, extendedKeyUsage?: string) {
  const signer = newSigner();
  const der = await issueDocumentSigner({
    ...SIGNER_SUBJECT,
    publicKey: signer.publicKey,
    issuer: { certificate: authority.root.raw, signer: authority.signer },
    ...(extendedKeyUsage !== undefined && { extendedKeyUsage }),
  });
  return { signer, certificate: parseCertificate(der) };
}

/** A master list under an authority, and the certificate of its signer. */
export async function masterListOf(
  authority: Authority,
  certificates: readonly Uint8Array[],
  role = ID_MASTER_LIST_SIGNER,
) {
  const { signer, certificate } = await signerUnder(authority, role);
  const list = await issueMasterList({ signer, certificate, csca: authority.root.raw, at: TODAY, certificates });
  return { list, certificate };
}

/** A revocation list of {@link TODAY}'s month unless told otherwise. */
export function crlOf(
  { root: certificate, signer }: Authority,
  revoked: readonly Certificate[],
  change: { readonly thisUpdate?: Date; readonly nextUpdate?: Date; readonly crlNumber?: Uint8Array } = {},
): Promise<Uint8Array> {
  const thisUpdate = change.thisUpdate ?? date("2026-05-20T00:00:00");
  return issueCrl({
    issuer: { certificate, signer },
    thisUpdate,
    nextUpdate: change.nextUpdate ?? new Date(thisUpdate.getTime() + 60 * 86_400_000),
    crlNumber: change.crlNumber ?? Uint8Array.of(1),
    revoked: revoked.map(({ serialNumber }) => ({ serialNumber, revocationDate: thisUpdate })),
  });
}
