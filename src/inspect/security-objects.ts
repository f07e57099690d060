import { equalBytes, toHex } from "../bytes/bytes.js";
import type { ApplicationProfile, SecurityObjectProfile } from "../card/profile.js";
import { anyHashByOid, hashAny } from "../crypto/legacy/sha1.js";
import { efSod, type LdsSecurityObject } from "../lds/security-object.js";
import type { RevocationPolicy } from "../pki/revocation.js";
import type { TrustStore } from "../pki/trust-store.js";
import type { DataFile } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import { reportedCertificates } from "./certificates.js";
import { checkLegacy } from "./legacy.js";
import { addAbsent, addHash, checkSecurityObject, parsed, parsedLds } from "./passive.js";
import type { ObjectToCheck } from "./passive-types.js";
import { CheckList, limitsOf, type ReportedCertificate, type ValidationReport } from "./report.js";

const SPEC = "ICAO 9303-10 §4.6.2 as the profile uses it";
const NO_SECURITY_OBJECT = "There is no well-formed security object to look at.";

/** What the files of an application are judged against. */
export interface ValidateSecurityObjectsOptions {
  /** CSCA certificates that are trusted; without them nobody can say who signed. */
  readonly trust?: TrustStore;
  /** The instant for which the answer is to hold. */
  readonly at: Date;
  /** The counter of the latest update that the verifier knows of, from its own records. */
  readonly knownCounter?: number;
  /** What is asked of revocation lists; `ifAvailable` unless told otherwise. */
  readonly revocation?: RevocationPolicy;
  /** What algorithms that are no longer secure do to a verdict: they warn unless told otherwise. */
  readonly legacy?: "warn" | "fail";
}

/**
 * Judges the files of an application whose profile states its own security objects: form of each file, signatures, the role
 * of each signer, hashes of exactly the files that the profile lists, and that the objects belong to one card. Pure and
 * total, like `validateCard`: whatever the card gave, the answer is a report.
 *
 * Spec: ICAO 9303-11 §5.1 in procedure; content types, roles and numbers are the profile's.
 *
 * Every check appears once, made or not. Those of one security object end with the name of its file:
 * - `parse.FILE` for each declared file that was read, and for each security object;
 * - `signature.*.SOD`, `path.*.SOD` (see `SIGNATURE_CHECKS` and `PATH_CHECKS`; `path.signerRole.SOD` fails an object that was
 *   signed in another role), `securityObject.contentType.SOD`, `parse.LDSSecurityObject.SOD`;
 * - `securityObject.hashList.SOD`: the signed list has the profile's numbers, no more and no fewer;
 * - `hash.FILE.SOD` for each file that the profile or the list names;
 * - `securityObject.binding.FILE` for a file that several objects sign: they sign the same content;
 * - `freshness`: an old pair of the same card carries good signatures, so without `knownCounter` it is `notChecked`.
 *
 * @param card - What was read; EF.CardSecurity of the master file belongs to it when the profile hashes it.
 * @example
 * const report = validateSecurityObjects(card, application, { trust, at, knownCounter: 3 });
 */
export function validateSecurityObjects(
  card: CardFiles,
  application: ApplicationProfile,
  options: ValidateSecurityObjectsOptions,
): ValidationReport {
  const { at, knownCounter } = options;
  if (Number.isNaN(at.getTime())) throw new RangeError("validateSecurityObjects: at is an invalid date");
  const objects = application.securityObjects ?? [];
  if (objects.length === 0)
    throw new RangeError(`validateSecurityObjects: ${application.name} has no security objects`);
  const list = new CheckList();
  const certificates: ReportedCertificate[] = [];
  const signed = objects.map((object) => {
    const toCheck: ObjectToCheck = {
      file: fileOf(application, object.file),
      contentType: object.contentType,
      suffix: `.${object.file}`,
      role: object.signerRole,
    };
    const found = checkSecurityObject(list, card, options, toCheck);
    const lds = parsedLds(list, found.signedData, toCheck);
    checkLegacy(list, options, { ...found, lds }, toCheck.suffix);
    certificates.push(...reportedCertificates(found, object.file));
    checkList(list, object, lds);
    checkHashes(list, card, object, lds);
    return { object, lds };
  });
  checkBinding(list, signed);
  const values = parseFiles(list, card, application);
  checkFreshness(list, application, values, knownCounter);
  return reportOf(list, at, certificates);
}

/** The declaration of a security object's file: the form is that of EF.SOD, name and place are the application's. */
function fileOf(application: ApplicationProfile, name: string): DataFile<Uint8Array> {
  const declared = application.declarations?.find((file) => file.name === name);
  return declared === undefined ? { ...efSod, name } : (declared as unknown as DataFile<Uint8Array>);
}

function checkList(list: CheckList, { file, hashes }: SecurityObjectProfile, lds: LdsSecurityObject | undefined): void {
  const base = { id: `securityObject.hashList.${file}`, path: file, spec: SPEC };
  if (lds === undefined) {
    list.add({ ...base, status: "notChecked", message: NO_SECURITY_OBJECT });
    return;
  }
  const expected = hashes.map(({ number }) => number).join(", ");
  const found = lds.dataGroupHashValues.map(({ dataGroupNumber }) => dataGroupNumber).join(", ");
  const plain = lds.version === 0 && lds.ldsVersionInfo === undefined;
  const right = expected === found && plain;
  const message = right
    ? `It signs files ${found}.`
    : plain
      ? `It signs files ${found}, where the profile says ${expected}: each must stand once, in order.`
      : "It is of another version than the profile's.";
  const evidence = { hashAlgorithm: anyHashByOid(lds.hashAlgorithm.algorithm)?.name ?? lds.hashAlgorithm.algorithm };
  list.add({ ...base, status: right ? "passed" : "failed", message, evidence });
}

/** Every file that the profile lists gets an answer. */
function checkHashes(
  list: CheckList,
  card: CardFiles,
  { file: object, hashes }: SecurityObjectProfile,
  lds: LdsSecurityObject | undefined,
): void {
  const algorithm = lds === undefined ? undefined : anyHashByOid(lds.hashAlgorithm.algorithm);
  for (const { number, file } of hashes) {
    const base = { id: `hash.${file}.${object}`, path: file, spec: "ICAO 9303-11 §5.1" };
    const content = card.files[file];
    const expected = hashOf(lds, number);
    if (lds === undefined) list.add({ ...base, status: "notChecked", message: NO_SECURITY_OBJECT });
    else if (expected === undefined) {
      list.add({ ...base, status: "failed", message: "The security object does not list it: it is not signed." });
    } else if (content === undefined) addAbsent(list, base, false, card);
    else if (algorithm === undefined) {
      const message = `The hash algorithm ${lds.hashAlgorithm.algorithm} is not known.`;
      list.add({ ...base, status: "notChecked", message });
    } else addHash(list, base, expected, hashAny(algorithm.name, content), algorithm.name);
  }
}

/** The signed hash; none when the number stands there more than once. */
function hashOf(lds: LdsSecurityObject | undefined, number: number): Uint8Array | undefined {
  const rows = lds?.dataGroupHashValues.filter((row) => row.dataGroupNumber === number) ?? [];
  return rows.length === 1 ? rows[0]?.dataGroupHashValue : undefined;
}

interface Signed {
  readonly object: SecurityObjectProfile;
  readonly lds: LdsSecurityObject | undefined;
}

/** What several objects sign ties them to one card: an object of another card signs another content. */
function checkBinding(list: CheckList, signed: readonly Signed[]): void {
  const names = signed.flatMap(({ object }) => object.hashes.map(({ file }) => file));
  const shared = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  for (const name of shared) {
    const base = { id: `securityObject.binding.${name}`, path: name, spec: SPEC };
    const hashes = signed.flatMap(({ object, lds }) => {
      const row = object.hashes.find(({ file }) => file === name);
      return row === undefined
        ? []
        : [{ object: object.file, hash: hashOf(lds, row.number), algorithm: lds?.hashAlgorithm.algorithm }];
    });
    const [first] = hashes;
    const comparable = hashes.every(({ hash, algorithm }) => hash !== undefined && algorithm === first?.algorithm);
    if (first?.hash === undefined || !comparable) {
      const message = `Not every security object lists ${name}, or they use different hash algorithms.`;
      list.add({ ...base, status: "notChecked", message }, false);
      continue;
    }
    const anchor = first.hash;
    const same = hashes.every(({ hash }) => hash !== undefined && equalBytes(hash, anchor));
    list.add({
      ...base,
      status: same ? "passed" : "failed",
      message: same
        ? `The security objects belong to one card: they sign the same ${name}.`
        : `The security objects belong to different cards: they sign different contents of ${name}.`,
      evidence: Object.fromEntries(hashes.map(({ object, hash }) => [object, hash === undefined ? "" : toHex(hash)])),
    });
  }
}

/** The form of each declared file; a file that was not read has its answer with the hashes. */
function parseFiles(list: CheckList, card: CardFiles, application: ApplicationProfile): ReadonlyMap<string, unknown> {
  const own = application.securityObjects?.map(({ file }) => file) ?? [];
  const values = new Map<string, unknown>();
  for (const file of application.declarations ?? []) {
    if (own.includes(file.name)) continue;
    values.set(file.name, parsed(list, card, file as unknown as DataFile<unknown>, false));
  }
  return values;
}

function checkFreshness(
  list: CheckList,
  { updateCounter }: ApplicationProfile,
  values: ReadonlyMap<string, unknown>,
  known: number | undefined,
): void {
  if (updateCounter === undefined) return;
  const { file, field } = updateCounter;
  const base = { id: "freshness", path: file, spec: SPEC };
  const value = values.get(file) as Readonly<Record<string, unknown>> | undefined;
  const found = value?.[field];
  if (typeof found !== "number") {
    list.add({ ...base, status: "notChecked", message: `${file} was not read, or is malformed.` }, known !== undefined);
    return;
  }
  const evidence = { counter: String(found), ...(known !== undefined && { known: String(known) }) };
  if (known === undefined) {
    const message = "No known counter was given: an older content of the same card would look the same.";
    list.add({ ...base, status: "notChecked", message, evidence }, false);
    return;
  }
  const fresh = found >= known;
  const message = fresh
    ? `Update ${found}, not older than ${known}, the latest that is known.`
    : `Update ${found} is an old one: ${known} is known.`;
  list.add({ ...base, status: fresh ? "passed" : "failed", message, evidence });
}

function reportOf(list: CheckList, at: Date, certificates: readonly ReportedCertificate[]): ValidationReport {
  const verdict = list.verdict();
  return {
    format: "cardwright.validation.1",
    verdict,
    summary: summarize(verdict, list),
    at: at.toISOString(),
    checks: list.checks,
    certificates,
  };
}

function summarize(verdict: ValidationReport["verdict"], list: CheckList): string {
  const failed = list.checks.filter((check) => check.status === "failed").map((check) => check.id);
  if (verdict === "failed") return `Do not accept: ${failed.join(", ")} failed.`;
  if (verdict === "incomplete") {
    return `No verdict: nothing failed, but these were not checked: ${list.open().join(", ")}.`;
  }
  const unread = list.checks.filter((check) => check.id.startsWith("hash.") && check.status === "notChecked");
  const names = [...new Set(unread.map((check) => check.path))].join(", ");
  const fresh = list.checks.some((check) => check.id === "freshness" && check.status === "notChecked");
  return (
    `The files${names === "" ? "" : " that were read"} are authentic and unchanged. ` +
    (names === "" ? "" : `Not read: ${names}. `) +
    (fresh ? "Whether they are the latest was not shown. " : "") +
    limitsOf(list.checks)
  );
}
