import { icaoCountry } from "../asn1/country.js";
import type { Mrz } from "../lds/mrz-elements.js";
import type { Certificate } from "../pki/certificate.js";
import { localityOf } from "../pki/extensions.js";
import { countryOf } from "../pki/name.js";
import type { PassiveResult } from "./passive.js";
import type { CheckList } from "./report.js";

const PATH = "document signer";
const NOTHING = "There is no signer's certificate or no readable MRZ.";

/** May this signer sign this document? State and type against its certificate (9303-11 §5.1.1, best practice). */
export function checkSigner(list: CheckList, { signer, csca }: PassiveResult, mrz: Mrz | undefined): void {
  checkState(list, signer, csca, mrz?.issuingState);
  checkDocumentType(list, signer, mrz?.documentCode);
}

/** Codes as in the MRZ that a certificate states: in its alternative name, and by its country. */
function statesOf(certificate: Certificate | undefined): readonly string[] {
  if (certificate === undefined) return [];
  const country = countryOf(certificate.subject);
  const stated = certificate.subjectAltName === undefined ? undefined : localityOf(certificate.subjectAltName);
  const derived = country === undefined ? undefined : icaoCountry(country.toUpperCase());
  return [stated, derived].filter((code) => code !== undefined);
}

/** The State in the MRZ is the one that signed, by both certificates. */
function checkState(
  list: CheckList,
  signer: Certificate | undefined,
  csca: Certificate | undefined,
  issuingState: string | undefined,
): void {
  const base = { id: "path.issuingState", path: PATH, spec: "ICAO 9303-11 §5.1.1; 9303-12 §7.1.1.2" };
  if (signer === undefined || issuingState === undefined) {
    list.add({ ...base, status: "notChecked", message: NOTHING });
    return;
  }
  const codes = [...new Set([...statesOf(signer), ...statesOf(csca)])];
  const evidence = { mrz: issuingState, certificates: codes.join(" ") };
  if (codes.length === 0) {
    const message = `The signer's country ${countryOf(signer.subject) ?? "(none)"} cannot be compared with ${issuingState}.`;
    list.add({ ...base, status: "notChecked", message, evidence }, false);
    return;
  }
  const same = codes.every((code) => code === issuingState);
  const message = same
    ? "The State in the MRZ signed it."
    : `The MRZ says ${issuingState}, the certificates say ${codes.join(" and ")}.`;
  list.add({ ...base, status: same ? "passed" : "failed", message, evidence });
}

function checkDocumentType(list: CheckList, signer: Certificate | undefined, documentCode: string | undefined): void {
  const base = { id: "path.documentType", path: PATH, spec: "ICAO 9303-11 §5.1.1; 9303-12 §7.1.1.6" };
  if (signer === undefined || documentCode === undefined) {
    list.add({ ...base, status: "notChecked", message: NOTHING });
    return;
  }
  const allowed = signer.documentTypeList;
  if (allowed === undefined) {
    const message = "The signer's certificate does not say which documents it is for.";
    list.add({ ...base, status: "warning", message });
    return;
  }
  // A single letter stands for all types that begin with it.
  const fits = allowed.some((type) => type === documentCode || (type.length === 1 && documentCode.startsWith(type)));
  list.add({
    ...base,
    status: fits ? "passed" : "failed",
    message: fits ? "The signer may sign this type of document." : "The signer may not sign this type of document.",
    evidence: { documentCode, allowed: allowed.join(" ") },
  });
}
