import { type Certificate, parseCertificate } from "../certificate.js";
import { type CmsRequest, signCms } from "../cms-sign.js";
import { EXTENSION } from "../extensions.js";

/** Who signs a list, and when. */
export interface ListSignerOptions extends Pick<CmsRequest, "signer" | "algorithm"> {
  /** The certificate of the list's signer, as DER or parsed. */
  readonly certificate: Uint8Array | Certificate;
  /** DER of the CSCA certificate that the signer's leads to; it comes along. */
  readonly csca: Uint8Array;
  /** When the list is signed; stated in the signed attribute signingTime. */
  readonly at: Date;
}

/**
 * @internal Signs the content of a list as ICAO wants it: signer named by its key identifier, signing time stated, its
 * certificate and that of its CSCA inside.
 */
export async function signList(
  name: string,
  content: Uint8Array,
  contentType: string,
  role: string,
  options: ListSignerOptions,
): Promise<Uint8Array> {
  const { signer, csca, at, algorithm } = options;
  const certificate =
    options.certificate instanceof Uint8Array ? parseCertificate(options.certificate) : options.certificate;
  const { extKeyUsage, extensions } = certificate;
  const critical = extensions.some(({ oid, critical: is }) => oid === EXTENSION.extKeyUsage && is);
  if (extKeyUsage?.join() !== role || !critical) {
    throw new RangeError(`${name}: the signer's certificate must be for ${role} alone, in a critical extension`);
  }
  return signCms({
    content,
    contentType,
    signer,
    certificate,
    ...(algorithm === undefined ? {} : { algorithm }),
    at,
    signingTime: at,
    sid: certificate.subjectKeyIdentifier === undefined ? "issuerAndSerialNumber" : "subjectKeyIdentifier",
    certificates: [csca],
  });
}
