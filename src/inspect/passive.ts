import { SW } from "../apdu/status.js";
import { equalBytes, toHex } from "../bytes/bytes.js";
import { anyHashByOid, hashAny } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { type EfCom, efCom } from "../lds/com.js";
import { dataGroupByNumber, dataGroupByTag } from "../lds/data-groups.js";
import { efSod, ID_LDS_SECURITY_OBJECT, type LdsSecurityObject, ldsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import { parseCms, type SignedData } from "../pki/cms.js";
import { SIGNATURE_CHECKS, verifySignedData } from "../pki/cms-verify.js";
import { nameToString } from "../pki/name.js";
import { PATH_CHECKS, validateSignerPath } from "../pki/signer-path.js";
import type { TrustStore } from "../pki/trust.js";
import { type DataFile, parseFile, parseObject } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import type { CheckList } from "./report.js";

const SPEC_PA = "ICAO 9303-11 §5.1";
const NO_SECURITY_OBJECT = "There is no well-formed security object to look at.";

/** Parses what the card gave; a fault becomes a failed check. `required`: the standard says that the file must be there. */
export function parsed<T>(list: CheckList, files: CardFiles, file: DataFile<T>, required: boolean): T | undefined {
  const bytes = files.files[file.name];
  const base = { id: `parse.${file.name}`, path: file.name, spec: file.spec };
  if (bytes === undefined) {
    list.add({ ...base, status: "notChecked", message: "It was not read." }, required);
    return undefined;
  }
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
  /** The signer's certificate as it came with the signature; not trusted by itself. */
  readonly signer: Certificate | undefined;
  /** The trusted certificate that it leads to. */
  readonly csca: Certificate | undefined;
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
  const com = parsed(list, files, efCom, true);
  const { signedData, signer, csca } = checkSecurityObject(list, files, trust, at);
  const lds = parsedLds(list, signedData);
  checkHashes(list, files, lds);
  checkLdsVersion(list, lds, com);
  checkPresence(list, files, lds, com);
  return { signer, csca };
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
      message: finding?.detail ?? NO_SECURITY_OBJECT,
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
  return { signedData, signer, csca: path?.csca };
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

function parsedLds(list: CheckList, signedData: SignedData | undefined): LdsSecurityObject | undefined {
  const type = { id: "securityObject.contentType", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.2" };
  const form = { id: "parse.LDSSecurityObject", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.3" };
  if (signedData === undefined) {
    list.add({ ...type, status: "notChecked", message: NO_SECURITY_OBJECT });
    list.add({ ...form, status: "notChecked", message: NO_SECURITY_OBJECT });
    return undefined;
  }
  const right = signedData.eContentType === ID_LDS_SECURITY_OBJECT;
  const message = right
    ? "It is an LDS security object."
    : `Content type ${signedData.eContentType} is no LDS security object.`;
  list.add({ ...type, status: right ? "passed" : "failed", message });
  return attempt(list, form, () => parseObject(ldsSecurityObject, signedData.eContent));
}

/** Every data group that was read or is listed gets an answer. */
function checkHashes(list: CheckList, files: CardFiles, lds: LdsSecurityObject | undefined): void {
  const algorithm = lds === undefined ? undefined : anyHashByOid(lds.hashAlgorithm.algorithm);
  const listed = new Map(lds?.dataGroupHashValues.map((row) => [row.dataGroupNumber, row.dataGroupHashValue]));
  const base = { id: "securityObject.hashList", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.3" };
  if (lds === undefined) list.add({ ...base, status: "notChecked", message: NO_SECURITY_OBJECT });
  else {
    const numbers = lds.dataGroupHashValues.map((row) => row.dataGroupNumber);
    const ascending = numbers.every((number, i) => number >= 1 && (i === 0 || number > (numbers[i - 1] as number)));
    list.add({
      ...base,
      status: ascending ? "passed" : "failed",
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
      list.add({ ...base, status: "notChecked", message: NO_SECURITY_OBJECT });
    } else if (content === undefined) addAbsent(list, base, number, files);
    else if (expected === undefined) {
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

/** A data group that is signed and was not read: what that means depends on why. */
function addAbsent(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  number: number,
  { evidence }: CardFiles,
): void {
  const mandatory = number <= 2; // DG1 and DG2 (9303-10 table 38)
  const refused = evidence.notGiven.find(({ name }) => name === base.path);
  if (refused?.sw === SW.FILE_NOT_FOUND) {
    const message = "It is signed, but the chip has no such file: it was taken away.";
    list.add({ ...base, status: "failed", message, evidence: { sw: "6A82" } });
  } else if (refused !== undefined) {
    const sw = refused.sw.toString(16).toUpperCase().padStart(4, "0");
    // Fingers and irises need more than access control; any other refusal leaves the question open.
    const expected = refused.sw === SW.SECURITY_STATUS_NOT_SATISFIED && !mandatory;
    list.add(
      { ...base, status: "notChecked", message: `The chip did not give it: ${sw}.`, evidence: { sw } },
      !expected,
    );
  } else if (evidence.notAsked.includes(base.path)) {
    list.add({ ...base, status: "notChecked", message: "It was not asked for." }, mandatory);
  } else {
    list.add({ ...base, status: "notChecked", message: "The security object lists it, but it was not read." });
  }
}

function checkLdsVersion(list: CheckList, lds: LdsSecurityObject | undefined, com: EfCom | undefined): void {
  const base = { id: "securityObject.ldsVersion", path: efSod.name, spec: "ICAO 9303-10 §4.6.2.3" };
  if (lds === undefined) {
    list.add({ ...base, status: "notChecked", message: NO_SECURITY_OBJECT });
    return;
  }
  const versions = (of: EfCom | LdsSecurityObject["ldsVersionInfo"]) =>
    of && `${of.ldsVersion}, Unicode ${of.unicodeVersion}`;
  const signed = versions(lds.ldsVersionInfo);
  const stated = versions(com);
  const evidence = {
    version: String(lds.version),
    ...(signed !== undefined && { signed }),
    ...(stated !== undefined && { com: stated }),
  };
  if ((lds.version === 1) !== (signed !== undefined)) {
    const message = `Version ${lds.version} of the security object ${signed === undefined ? "needs" : "has no place for"} LDS version information.`;
    list.add({ ...base, status: "failed", message, evidence });
  } else if (signed !== undefined && stated !== undefined && signed !== stated) {
    const message = `EF.COM says LDS ${stated}, the signed version is ${signed}: EF.COM is not signed and wrong.`;
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
    list.add({ ...base, status: "notChecked", message: "EF.COM or the security object cannot be read." });
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
