import { icaoCountry } from "../asn1/country.js";
import { equalBytes, toHex } from "../bytes/bytes.js";
import { anyHashByOid, hashAny } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { type EfCom, efCom } from "../lds/com.js";
import { dataGroupByNumber, dataGroupByTag } from "../lds/data-groups.js";
import { efSod, ID_LDS_SECURITY_OBJECT, type LdsSecurityObject, ldsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import { parseCms, type SignedData } from "../pki/cms.js";
import { SIGNATURE_CHECKS, verifySignedData } from "../pki/cms-verify.js";
import { localityOf } from "../pki/extensions.js";
import { countryOf, nameToString } from "../pki/name.js";
import { PATH_CHECKS, validateSignerPath } from "../pki/signer-path.js";
import type { TrustStore } from "../pki/trust.js";
import { type DataFile, parseFile, parseObject } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import type { CheckList } from "./report.js";

const SPEC_PA = "ICAO 9303-11 §5.1";

/** Parses what the card gave; a fault becomes a failed check. */
export function parsed<T>(list: CheckList, files: CardFiles, file: DataFile<T>): T | undefined {
  const bytes = files.files[file.name];
  const base = { id: `parse.${file.name}`, path: file.name, spec: file.spec };
  if (bytes === undefined) return undefined;
  return attempt(list, base, () => parseFile(file, bytes));
}

function attempt<T>(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  parse: () => T,
): T | undefined {
  try {
    const value = parse();
    list.add({ ...base, status: "passed", message: "Well-formed." });
    return value;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const evidence = { code: error.code, at: error.path, offset: String(error.offset) };
    list.add({ ...base, status: "failed", message: `Malformed: ${error.message}.`, evidence });
    return undefined;
  }
}

/** What passive authentication found, for the checks that build on it. */
export interface PassiveResult {
  readonly signer: Certificate | undefined;
  readonly com: EfCom | undefined;
}

/**
 * Passive authentication: security object, signature, path to a trusted CSCA, hash of every data group, LDS versions.
 *
 * Spec: ICAO 9303-11 §5.1; 9303-10 §4.6; 9303-12 §6.1.
 */
export function checkPassive(
  list: CheckList,
  files: CardFiles,
  trust: TrustStore | undefined,
  at: Date,
): PassiveResult {
  const com = parsed(list, files, efCom);
  const { signedData, signer } = checkSecurityObject(list, files, trust, at);
  const lds = signedData === undefined ? undefined : parsedLds(list, signedData);
  checkHashes(list, files, lds);
  checkLdsVersion(list, lds, com);
  checkPresence(list, files, lds, com);
  return { signer, com };
}

function checkSecurityObject(list: CheckList, files: CardFiles, trust: TrustStore | undefined, at: Date) {
  const bytes = files.files[efSod.name];
  const base = { id: `parse.${efSod.name}`, path: efSod.name, spec: efSod.spec };
  const signedData =
    bytes === undefined
      ? undefined
      : attempt(list, base, () => {
          const der = parseFile(efSod, bytes);
          try {
            return parseCms(der);
          } catch (error) {
            throw error instanceof MalformedError ? error.within(efSod.name) : error;
          }
        });
  if (bytes === undefined) {
    list.add({ ...base, status: "failed", message: "The card gave no security object: nothing can be authenticated." });
  }
  const signature = signedData === undefined ? undefined : verifySignedData(signedData);
  for (const id of SIGNATURE_CHECKS) {
    const finding = signature?.findings.find((candidate) => candidate.id === id);
    list.add({
      id: `signature.${id}`,
      status: finding?.status ?? "notChecked",
      path: efSod.name,
      spec: SPEC_PA,
      message: finding?.detail ?? "There is no well-formed security object to check.",
    });
  }
  const signer = signature?.certificate;
  const path = signer === undefined || trust === undefined ? undefined : validateSignerPath(signer, trust, at);
  const reason = trust === undefined ? "No trust store was given." : "There is no signer's certificate to check.";
  for (const id of PATH_CHECKS) {
    const finding = path?.findings.find((candidate) => candidate.id === id);
    list.add({
      id: `path.${id}`,
      status: finding?.status ?? "notChecked",
      path: "document signer",
      spec: "ICAO 9303-12 §6.1",
      message: finding?.detail ?? reason,
      ...(id === "cscaKnown" && signer !== undefined && { evidence: pathEvidence(signer, path?.csca, trust) }),
    });
  }
  list.add(
    {
      id: "path.revocation",
      status: "notChecked",
      path: "document signer",
      spec: "ICAO 9303-12 §6.1",
      message: "Revocation was not checked: no revocation list was given.",
    },
    false,
  );
  return { signedData, signer };
}

function pathEvidence(signer: Certificate, csca: Certificate | undefined, trust: TrustStore | undefined) {
  return {
    signer: nameToString(signer.subject),
    serialNumber: toHex(signer.serialNumber),
    validUntil: signer.notAfter.toISOString(),
    ...(csca && { csca: nameToString(csca.subject) }),
    ...(trust?.source !== undefined && { trustSource: trust.source }),
  };
}

function parsedLds(list: CheckList, signedData: SignedData): LdsSecurityObject | undefined {
  const right = signedData.eContentType === ID_LDS_SECURITY_OBJECT;
  list.add({
    id: "securityObject.contentType",
    status: right ? "passed" : "failed",
    path: efSod.name,
    spec: "ICAO 9303-10 §4.6.2.2",
    message: right
      ? "It is an LDS security object."
      : `Content type ${signedData.eContentType} is no LDS security object.`,
  });
  return attempt(list, { id: "parse.LDSSecurityObject", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.3" }, () =>
    parseObject(ldsSecurityObject, signedData.eContent),
  );
}

/** Every data group that was read or is listed gets an answer. */
function checkHashes(list: CheckList, files: CardFiles, lds: LdsSecurityObject | undefined): void {
  const algorithm = lds === undefined ? undefined : anyHashByOid(lds.hashAlgorithm.algorithm);
  const listed = new Map(lds?.dataGroupHashValues.map((row) => [row.dataGroupNumber, row.dataGroupHashValue]));
  if (lds !== undefined) {
    const numbers = lds.dataGroupHashValues.map((row) => row.dataGroupNumber);
    const ascending = numbers.every((number, i) => number >= 1 && (i === 0 || number > (numbers[i - 1] as number)));
    list.add({
      id: "securityObject.hashList",
      status: ascending ? "passed" : "failed",
      path: efSod.name,
      spec: "ICAO 9303-10 §4.6.2.3",
      message: ascending
        ? `Hashes of data groups ${numbers.join(", ")}.`
        : `The list of hashes names data groups ${numbers.join(", ")}: each from 1 to 16 must stand once, in order.`,
      evidence: { hashAlgorithm: algorithm?.name ?? lds.hashAlgorithm.algorithm },
    });
  }
  for (let number = 1; number <= 16; number++) {
    const name = dataGroupByNumber(number)?.name as string;
    const content = files.files[name];
    const expected = listed.get(number);
    if (content === undefined && expected === undefined) continue;
    const base = { id: `hash.${name}`, path: name, spec: SPEC_PA };
    if (lds === undefined) {
      list.add({ ...base, status: "notChecked", message: "There is no security object to compare with." });
    } else if (content === undefined) {
      const required = number <= 2; // DG1 and DG2 are mandatory (9303-10 table 38)
      list.add(
        { ...base, status: "notChecked", message: "The security object lists it, but it was not read." },
        required,
      );
    } else if (expected === undefined) {
      list.add({ ...base, status: "failed", message: "The security object does not list it: it is not signed." });
    } else if (algorithm === undefined) {
      const message = `The hash algorithm ${lds.hashAlgorithm.algorithm} is not known.`;
      list.add({ ...base, status: "notChecked", message });
    } else {
      const found = hashAny(algorithm.name, content);
      const same = equalBytes(found, expected);
      list.add({
        ...base,
        status: same ? "passed" : "failed",
        message: same ? "Unchanged since it was signed." : "Changed since it was signed.",
        evidence: { signed: toHex(expected), found: toHex(found) },
      });
    }
  }
}

function checkLdsVersion(list: CheckList, lds: LdsSecurityObject | undefined, com: EfCom | undefined): void {
  const base = { id: "securityObject.ldsVersion", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.3" };
  if (lds === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no security object to look at." });
    return;
  }
  const signed = lds.ldsVersionInfo?.ldsVersion;
  const evidence = {
    version: String(lds.version),
    ...(signed !== undefined && { signed }),
    ...(com && { com: com.ldsVersion }),
  };
  if ((lds.version === 1) !== (signed !== undefined)) {
    const message = `Version ${lds.version} of the security object ${signed === undefined ? "needs" : "has no place for"} LDS version information.`;
    list.add({ ...base, status: "failed", message, evidence });
  } else if (signed !== undefined && com !== undefined && signed !== com.ldsVersion) {
    const message = `EF.COM says LDS ${com.ldsVersion}, the signed version is ${signed}: EF.COM is not signed and wrong.`;
    list.add({ ...base, status: "failed", message, evidence });
  } else if (signed === undefined) {
    list.add({ ...base, status: "passed", message: "LDS 1.7: the version is not signed.", evidence });
  } else list.add({ ...base, status: "passed", message: `LDS version ${signed}, signed.`, evidence });
}

/** EF.COM, the signed list and what was read belong together; DG1 and DG2 are mandatory. */
function checkPresence(
  list: CheckList,
  files: CardFiles,
  lds: LdsSecurityObject | undefined,
  com: EfCom | undefined,
): void {
  const base = { id: "com.dataGroups", path: efCom.name, spec: "ICAO 9303-10 §4.6.1" };
  if (com === undefined || lds === undefined) {
    list.add({ ...base, status: "notChecked", message: "EF.COM or the security object is missing." }, false);
  } else {
    const announced = com.tagList.map((tag) => dataGroupByTag(tag)?.number ?? 0).sort((a, b) => a - b);
    const signed = lds.dataGroupHashValues.map((row) => row.dataGroupNumber);
    const same = announced.join() === signed.join();
    list.add({
      ...base,
      status: same ? "passed" : "failed",
      message: same
        ? "EF.COM announces the data groups that are signed."
        : "EF.COM announces other data groups than are signed: one was taken away or added.",
      evidence: { announced: announced.join(" "), signed: signed.join(" ") },
    });
  }
  const missing = ["EF.DG1", "EF.DG2"].filter((name) => files.files[name] === undefined);
  const message =
    missing.length === 0 ? "DG1 and DG2 are there." : `${missing.join(" and ")} is missing: it was not read.`;
  const status = missing.length === 0 ? "passed" : "notChecked";
  list.add({ id: "mandatoryDataGroups", status, path: "LDS", spec: "ICAO 9303-10 table 38", message });
}

/** The State in the MRZ is the one that signed. */
export function checkSignerCountry(
  list: CheckList,
  signer: Certificate | undefined,
  issuingState: string | undefined,
  documentCode: string | undefined,
): void {
  const spec = "ICAO 9303-12 §7.1.1.2";
  const base = { id: "path.issuingState", path: "document signer", spec };
  const types = { id: "path.documentType", path: "document signer", spec: "ICAO 9303-12 §7.1.1.6" };
  if (signer === undefined || issuingState === undefined || documentCode === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no signer's certificate or no readable MRZ." });
    list.add({ ...types, status: "notChecked", message: "There is no signer's certificate or no readable MRZ." });
    return;
  }
  const stated = signer.subjectAltName === undefined ? undefined : localityOf(signer.subjectAltName);
  const country = countryOf(signer.subject);
  const signedBy = stated ?? (country === undefined ? undefined : icaoCountry(country));
  const evidence = { mrz: issuingState, ...(signedBy !== undefined && { signer: signedBy }) };
  if (signedBy === undefined) {
    const message = `The signer's country ${country ?? "(none)"} cannot be compared with ${issuingState}.`;
    list.add({ ...base, status: "notChecked", message, evidence }, false);
  } else {
    const same = signedBy === issuingState;
    const message = same ? "The State in the MRZ signed it." : `The MRZ says ${issuingState}, ${signedBy} signed it.`;
    list.add({ ...base, status: same ? "passed" : "failed", message, evidence });
  }
  const allowed = signer.documentTypeList;
  if (allowed === undefined) {
    const message = "The signer's certificate does not say which documents it is for.";
    list.add({ ...types, status: "warning", message });
    return;
  }
  // A single letter stands for all types that begin with it.
  const fits = allowed.some((type) => type === documentCode || (type.length === 1 && documentCode.startsWith(type)));
  list.add({
    ...types,
    status: fits ? "passed" : "failed",
    message: fits ? "The signer may sign this type of document." : "The signer may not sign this type of document.",
    evidence: { documentCode, allowed: allowed.join(" ") },
  });
}
