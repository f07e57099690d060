import { equalBytes } from "../../bytes/bytes.js";
import { encodeObject } from "../../tlv/file.js";
import { parseCertificate } from "../certificate.js";
import { ALL_DEPARTURES } from "../departures.js";
import { cscaMasterList, ID_MASTER_LIST, ID_MASTER_LIST_SIGNER } from "../master-list.js";
import { type ListSignerOptions, signList } from "./signed-list.js";

/** What a new master list is to hold. */
export interface MasterListOptions extends ListSignerOptions {
  /** DER of the CSCA certificates, roots and links, in any order; put in as they stand, each once. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * A CSCA master list, signed by a master list signer.
 *
 * Spec: ICAO 9303-12 §9, table 18.
 *
 * @returns DER of ContentInfo.
 * @throws {RangeError} when there is no certificate, one is that of no certification authority, or the signer's certificate is for
 *   something else.
 * @throws {MalformedError} for a certificate that cannot be read even leniently.
 * @throws {CardwrightError} as `signCms`.
 * @example
 * const list = await issueMasterList({ certificates: [csca, link, foreignCsca], signer, certificate, csca, at });
 */
export async function issueMasterList(options: MasterListOptions): Promise<Uint8Array> {
  const certList: Uint8Array[] = [];
  for (const [index, der] of options.certificates.entries()) {
    if (certList.some((other) => other.length === der.length && equalBytes(other, der))) continue;
    const { basicConstraints } = parseCertificate(der, { tolerate: ALL_DEPARTURES });
    if (basicConstraints?.ca !== true) {
      throw new RangeError(`issueMasterList: certificates[${index}] is not that of a certification authority`);
    }
    certList.push(der);
  }
  if (certList.length === 0) throw new RangeError("issueMasterList: there is no certificate");
  const content = encodeObject(cscaMasterList, { version: 0, certList });
  return signList("issueMasterList", content, ID_MASTER_LIST, ID_MASTER_LIST_SIGNER, options);
}
