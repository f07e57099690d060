import { SW } from "../apdu/status.js";
import { equalBytes, toHex } from "../bytes/bytes.js";
import { anyHashByOid, hashAny } from "../crypto/legacy/sha1.js";
import { MalformedError } from "../errors.js";
import { type EfCom, efCom } from "../lds/com.js";
import { dataGroupByNumber, dataGroupByTag } from "../lds/data-groups.js";
import { efSod, ID_LDS_SECURITY_OBJECT, type LdsSecurityObject, ldsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import { CMS, parseCms, type SignedData } from "../pki/cms.js";
import { SIGNATURE_CHECKS, verifySignedData } from "../pki/cms-verify.js";
import { ALL_DEPARTURES, DEPARTURES, type Departure } from "../pki/departures.js";
import type { TrustAnchor } from "../pki/trust-store.js";
import { cacheOf, signersNamed } from "../pki/trust-store.js";
import { cursorOver, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { type DataFile, parseObject } from "../tlv/file.js";
import { TOLERANCES, type Tolerated } from "../tlv/tolerances.js";
import { parseFileTolerantly } from "../tlv/tolerant.js";
import type { CardFiles } from "./card-files.js";
import { checkLegacy } from "./legacy.js";
import type { ObjectToCheck, PassiveSettings } from "./passive-types.js";
import { checkPath } from "./path.js";
import type { Check, CheckList } from "./report.js";

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
  try {
    const { value, tolerated } = parseFileTolerantly(file, bytes, { tolerate: list.tolerate });
    list.add({ ...base, ...wellFormed(tolerated) });
    return value;
  } catch (error) {
    list.add({ ...base, ...malformed(error) });
    return undefined;
  }
}

/** What to say of a file that could be read: a tolerance that was needed is never silent. */
function wellFormed(tolerated: readonly Tolerated[]): Pick<Check, "status" | "message" | "evidence"> {
  if (tolerated.length === 0) return { status: "passed", message: "Well-formed." };
  const codes = [...new Set(tolerated.map(({ code }) => code))];
  const reasons = codes.map((code) => TOLERANCES.find((row) => row.code === code)?.reason);
  return {
    status: "warning",
    message: `Read although it departs from the standard: ${reasons.join("; ")}.`,
    evidence: Object.fromEntries(
      codes.map((code) => [
        code,
        tolerated.flatMap((use) => (use.code === code ? [`${use.path} (byte ${use.offset})`] : [])).join(", "),
      ]),
    ),
  };
}

/** What to say of what could not be read; anything but a MalformedError is a fault of this program. */
function malformed(error: unknown): Pick<Check, "status" | "message" | "evidence"> {
  if (!(error instanceof MalformedError)) throw error;
  const evidence = { code: error.code, at: error.path, offset: String(error.offset) };
  return { status: "failed", message: `Malformed: ${error.message}.`, evidence };
}

/** @internal Runs `parse`; a fault becomes a failed check. */
export function attempt<T>(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  parse: () => T,
): T | undefined {
  try {
    const value = parse();
    list.add({ ...base, ...wellFormed([]) });
    return value;
  } catch (error) {
    list.add({ ...base, ...malformed(error) });
    return undefined;
  }
}

/** What passive authentication found, for the checks that build on it. */
export interface PassiveResult {
  /** The signer's certificate as it came with the signature; not trusted by itself. */
  readonly signer: Certificate | undefined;
  /** The trusted certificate that it leads to. */
  readonly csca: Certificate | undefined;
  /** The same with where it came from. */
  readonly anchor: TrustAnchor | undefined;
}

/**
 * Passive authentication: security object, signature, path to a trusted CSCA, hash of every data group, LDS versions.
 *
 * Spec: ICAO 9303-11 §5.1; 9303-10 §4.6; 9303-12 §6.1.
 */
export function checkPassive(list: CheckList, files: CardFiles, settings: PassiveSettings): PassiveResult {
  const com = parsed(list, files, efCom, true);
  const { signedData, signer, csca, anchor } = checkSecurityObject(list, files, settings);
  const lds = parsedLds(list, signedData);
  checkLegacy(list, settings, { signedData, signer, csca, lds });
  checkHashes(list, files, lds);
  checkLdsVersion(list, lds, com);
  checkPresence(list, files, lds, com);
  return { signer, csca, anchor };
}

const TRAVEL_DOCUMENT: ObjectToCheck = { file: efSod, contentType: ID_LDS_SECURITY_OBJECT, suffix: "" };

/** @internal Form, signature and path of one security object. */
export function checkSecurityObject(
  list: CheckList,
  files: CardFiles,
  settings: PassiveSettings,
  object: ObjectToCheck = TRAVEL_DOCUMENT,
) {
  const { file, suffix } = object;
  const signedData = readSecurityObject(list, files, file);
  const { trust } = settings;
  const known = trust === undefined ? undefined : cacheOf(trust);
  const others =
    trust === undefined ? [] : (signedData?.signerInfos ?? []).flatMap(({ sid }) => signersNamed(trust, sid));
  const certificates = signedData === undefined ? [] : (known?.all([...signedData.certificates, ...others]) ?? []);
  const signature = signedData === undefined ? undefined : verifySignedData(signedData, { certificates });
  for (const id of SIGNATURE_CHECKS) {
    const finding = signature?.findings.find((candidate) => candidate.id === id);
    const time = id === "signature" ? signature?.signingTime : undefined;
    list.add({
      id: `signature.${id}${suffix}`,
      status: finding?.status ?? "notChecked",
      path: file.name,
      spec: SPEC_PA,
      message: finding?.detail ?? NO_SECURITY_OBJECT,
      // A claim of the signer, and nothing is judged by it.
      ...(time !== undefined && { evidence: { signingTime: time.toISOString() } }),
    });
  }
  const signer = signature?.certificate;
  const path = checkPath(list, signer, certificates, settings, object);
  return { signedData, signer, csca: path?.csca, anchor: path?.anchor };
}

/** Every departure but one: bytes behind a signed message are nobody's, and no document is known to have some. */
const SIGNED_DEPARTURES = ALL_DEPARTURES.filter((code) => code !== "TRAILING_BYTES");

/** The message in a security object; what departs from the standard is a warning with its codes. */
function readSecurityObject(list: CheckList, files: CardFiles, file: DataFile<Uint8Array>): SignedData | undefined {
  const bytes = files.files[file.name];
  const base = { id: `parse.${file.name}`, path: file.name, spec: file.spec };
  if (bytes === undefined) {
    list.add({ ...base, status: "failed", message: "The card gave no security object: nothing can be authenticated." });
    return undefined;
  }
  try {
    const { value, tolerated } = contentOf(list, file, bytes);
    const signedData = within(file.name, () => parseCms(value, { tolerate: SIGNED_DEPARTURES }));
    list.add({ ...base, ...asRead(tolerated, signedData.departures) });
    return signedData;
  } catch (error) {
    list.add({ ...base, ...malformed(error) });
    return undefined;
  }
}

/** What stands under the file's tag; the message in it may be BER, so that only this header has to be DER. */
function contentOf(list: CheckList, file: DataFile<Uint8Array>, bytes: Uint8Array) {
  const c = cursorOver(bytes);
  if (peekTag(c) === file.tag) {
    c.at = tagSize(file.tag);
    // An open length has no end of its own here: the tolerant reading finds it.
    const length = bytes[c.at] === 0x80 ? -1 : readLength(c);
    if (c.at + length === bytes.length) return { value: bytes.subarray(c.at), tolerated: [] };
  }
  return parseFileTolerantly(file, bytes, { tolerate: list.tolerate.filter((code) => code !== "TRAILING_BYTES") });
}

function within<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof MalformedError ? error.within(name) : error;
  }
}

function asRead(
  tolerated: readonly Tolerated[],
  departures: readonly Departure[],
): Pick<Check, "status" | "message" | "evidence"> {
  if (departures.length === 0) return wellFormed(tolerated);
  const codes = [...new Set(departures.map(({ code }) => code))];
  const reasons = codes.map((code) => DEPARTURES.find((row) => row.code === code)?.reason);
  const more = tolerated.length === 0 ? undefined : wellFormed(tolerated);
  const uses = codes.map((code) => {
    const where = departures.flatMap((use) => (use.code === code ? [`${use.path} (byte ${use.offset})`] : []));
    return [code, where.join(", ")] as const;
  });
  return {
    status: "warning",
    message: `${more === undefined ? "" : `${more.message} `}The message departs from the standard: ${reasons.join("; ")}.`,
    evidence: { ...more?.evidence, ...Object.fromEntries(uses) },
  };
}

/** @internal The signed content of a security object, when it has the right type. */
export function parsedLds(
  list: CheckList,
  signedData: SignedData | undefined,
  { file, contentType, suffix }: ObjectToCheck = TRAVEL_DOCUMENT,
): LdsSecurityObject | undefined {
  const type = { id: `securityObject.contentType${suffix}`, path: file.name, spec: "ICAO 9303-10 §4.6.2.2" };
  const form = { id: `parse.LDSSecurityObject${suffix}`, path: file.name, spec: "ICAO 9303-10 §4.6.2.3" };
  if (signedData === undefined) {
    list.add({ ...type, status: "notChecked", message: NO_SECURITY_OBJECT });
    list.add({ ...form, status: "notChecked", message: NO_SECURITY_OBJECT });
    return undefined;
  }
  const right = signedData.eContentType === contentType;
  const plain = contentType === ID_LDS_SECURITY_OBJECT;
  if (!right && plain && signedData.eContentType === CMS.data) {
    const message = `Content type ${CMS.data} (data) stands where that of an LDS security object is due (CONTENT_TYPE_DATA).`;
    list.add({ ...type, status: "warning", message });
    return attempt(list, form, () => parseObject(ldsSecurityObject, signedData.eContent));
  }
  const message = right
    ? `It is ${plain ? "an LDS security object" : `what ${file.name} is to be`}.`
    : `Content type ${signedData.eContentType} is ${plain ? "no LDS security object" : `not that of ${file.name}`}.`;
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
    } else if (content === undefined)
      addAbsent(list, base, number <= 2, files); // DG1 and DG2 are mandatory (9303-10 table 38)
    else if (expected === undefined) {
      list.add({ ...base, status: "failed", message: "The security object does not list it: it is not signed." });
    } else if (algorithm === undefined) {
      const message = `The hash algorithm ${lds.hashAlgorithm.algorithm} is not known.`;
      list.add({ ...base, status: "notChecked", message });
    } else addHash(list, base, expected, hashAny(algorithm.name, content), algorithm.name);
  }
}

/** @internal The answer about a file that was read and is signed. */
export function addHash(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  expected: Uint8Array,
  found: Uint8Array,
  algorithm: string,
): void {
  const evidence = { signed: toHex(expected), found: toHex(found) };
  if (expected.length !== found.length) {
    const message = `The signed hash has ${expected.length} bytes, which is no ${algorithm} value (HASH_LENGTH).`;
    list.add({ ...base, status: "failed", message, evidence });
    return;
  }
  const same = equalBytes(found, expected);
  list.add({
    ...base,
    status: same ? "passed" : "failed",
    message: same ? "Unchanged since it was signed." : "Changed since it was signed.",
    evidence,
  });
}

/** @internal A file that is signed and was not read: what that means depends on why. */
export function addAbsent(
  list: CheckList,
  base: { readonly id: string; readonly path: string; readonly spec: string },
  mandatory: boolean,
  { evidence }: CardFiles,
): void {
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
