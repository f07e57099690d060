import { encodeObject } from "../../tlv/file.js";
import {
  type DeviationListContent,
  deviationList,
  ID_DEVIATION_LIST,
  ID_DEVIATION_LIST_SIGNER,
} from "../deviation-list.js";
import { type ListSignerOptions, signList } from "./signed-list.js";

/** What a new deviation list is to say. */
export interface DeviationListOptions extends ListSignerOptions, Omit<DeviationListContent, "version"> {}

/**
 * A deviation list, signed by a deviation list signer.
 *
 * Spec: ICAO 9303-12 §10, table 19.
 *
 * @returns DER of ContentInfo.
 * @throws {RangeError} when there is no deviation, a certificate is named by a digest whose algorithm is not stated, or the
 *   signer's certificate is for something else.
 * @throws {EncodeError} for values that do not fit their fields.
 * @throws {CardwrightError} as `signCms`.
 * @example
 * const list = await issueDeviationList({ signer, certificate, csca, at, deviations: [{
 *   documents: { documentType: "P", documentNumbers: ["L898902C3"] },
 *   descriptions: [{ description: "Hash of DG2 is wrong", deviationType: DEVIATION.dgHashWrong }] }] });
 */
export async function issueDeviationList(options: DeviationListOptions): Promise<Uint8Array> {
  const { deviations, digestAlgorithm } = options;
  if (deviations.length === 0) throw new RangeError("issueDeviationList: there is no deviation");
  const byDigest = deviations.some(({ documents }) => documents.dscIdentifier?.certificateDigest !== undefined);
  if (byDigest && digestAlgorithm === undefined) {
    throw new RangeError("issueDeviationList: certificateDigest needs digestAlgorithm (ICAO 9303-12 §10.2)");
  }
  const content = encodeObject(deviationList, {
    version: 0,
    deviations,
    ...(digestAlgorithm === undefined ? {} : { digestAlgorithm }),
  });
  return signList("issueDeviationList", content, ID_DEVIATION_LIST, ID_DEVIATION_LIST_SIGNER, options);
}
