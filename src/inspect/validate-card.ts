import { CHALLENGE_LENGTH } from "../access/active-authentication/shared.js";
import type { TerminalTrust } from "../access/terminal-authentication/shared.js";
import { MalformedError } from "../errors.js";
import { DATA_GROUPS } from "../lds/data-groups.js";
import { dg1 } from "../lds/dg1.js";
import { dg2 } from "../lds/dg2.js";
import type { Dg3 } from "../lds/dg3.js";
import type { Dg4 } from "../lds/dg4.js";
import { type Dg5, dg5 } from "../lds/dg5.js";
import { type Dg7, dg7 } from "../lds/dg7.js";
import { type Dg11, dg11 } from "../lds/dg11.js";
import { type Dg12, dg12 } from "../lds/dg12.js";
import { efSod } from "../lds/security-object.js";
import type { RevocationPolicy } from "../pki/revocation.js";
import type { TrustStore } from "../pki/trust-store.js";
import type { AnyDataFile, DataFile } from "../tlv/file.js";
import type { ToleranceCode } from "../tlv/tolerances.js";
import { parseFileTolerantly } from "../tlv/tolerant.js";
import type { CardFiles } from "./card-files.js";
import { reportedCertificates } from "./certificates.js";
import { checkChip } from "./chip.js";
import { checkMrz, checkPerson } from "./contents.js";
import { checkDates, firstInstant } from "./dates.js";
import { checkPassive, parsed } from "./passive.js";
import type { ValidityDate } from "./passive-types.js";
import { checkDisplayed, checkFingersAndIrises, checkPortrait } from "./portrait.js";
import { checkPrinted, type PrintedData } from "./printed.js";
import { checkDowngrade, checkFalls, signedInfosOf } from "./reading-checks.js";
import { CheckList, limitsOf, type ValidationReport } from "./report.js";
import { checkSigner } from "./signer.js";
import { checkMasterFileGiven, checkUnsignedFiles } from "./unsigned-files.js";

/** What a document is judged against. */
export interface ValidateCardOptions {
  /** CSCA certificates that are trusted; without them nobody can say who signed. */
  readonly trust?: TrustStore;
  /** The instant for which the answer is to hold. */
  readonly at: Date;
  /** The MRZ as printed, when it was read. Line breaks are ignored. */
  readonly printedMrz?: string;
  /** What else was read of the printed document, or its MRZ as an OCR reader gave it; its `mrz` goes before `printedMrz`. */
  readonly printed?: PrintedData;
  /** Departures from the standard that files are read with, each a warning; all but WRONG_FILE_TAG when left out. */
  readonly tolerate?: readonly ToleranceCode[];
  /**
   * At which date certificates have to be valid: at that of the inspection unless told otherwise. `issue` is an assumption, which
   * the checks state: that the document was signed on the date of issue in its own DG12; without one it is `at` again.
   */
  readonly validity?: ValidityDate;
  /** What is asked of revocation lists; `ifAvailable` unless told otherwise. */
  readonly revocation?: RevocationPolicy;
  /** What algorithms that are no longer secure do to a verdict: they warn unless told otherwise. */
  readonly legacy?: "warn" | "fail";
  /** What a terminal's certificates are judged against, when one authenticated itself during the reading. */
  readonly terminalTrust?: TerminalTrust;
  /**
   * The challenge of active authentication that you chose, 8 bytes. A chip that signed another one fails, for it may be a recording;
   * without it the report says that whoever chose the challenge has to compare it. Never take it from what is judged.
   */
  readonly challenge?: Uint8Array;
}

/**
 * Judges what was read of a card: passive authentication, contents, dates. Pure and total: whatever the card gave, the
 * answer is a report, never an exception.
 *
 * Spec: ICAO 9303-11 §5.1 (passive authentication), 9303-10 §4.6 and §4.7, 9303-12 §6.1.
 *
 * Every check appears once, made or not: `accessControl`, `signature.*` and `path.*` (see `SIGNATURE_CHECKS` and
 * `PATH_CHECKS`), `securityObject.*`, `com.dataGroups`, `mandatoryDataGroups`, `dg1.*`, `dg2.*`, `dg11.dateOfBirth`, `dg11.name`,
 * `dg11.personalNumber`, `printed.*`, `dates.*`, `legacyAlgorithms`, `accessControl.downgrade`, `accessControl.falls`, and
 * `chip.*`, about which nothing is shown unless the data are authentic. There is `parse.*` for EF.COM, EF.SOD,
 * LDSSecurityObject, DG1, DG2, DG11 and DG12 always and for other data groups that were read, and `hash.*` for each data group
 * that was read or is signed; `dg3.image`, `dg4.image`, `dg5.image`, `dg7.image`, `dg11.image` and `dg12.image` where there are
 * such images; `masterFile.unsigned` where EF.ATR/INFO or EF.DIR was read, `masterFile.notGiven` where
 * the chip kept back a file of the master file. `passed` says that the data are authentic and unchanged; it
 * does not say that the chip is genuine, which takes chip or active authentication.
 *
 * @throws {RangeError} for an invalid `at`, or a `challenge` that does not have 8 bytes.
 * @example
 * const report = validateCard(card, { trust, at: new Date("2026-11-22T12:00:00Z") });
 * report.verdict; // "passed", "failed" or "incomplete"
 */
export function validateCard(card: CardFiles, options: ValidateCardOptions): ValidationReport {
  const { at, printedMrz, printed } = options;
  refuseOtherChallenge("validateCard", options.challenge);
  if (Number.isNaN(at.getTime())) throw new RangeError("validateCard: at is an invalid date");
  const list = new CheckList(options.tolerate);
  checkAccess(list, card);
  const issued = dateOfIssue(card, list);
  const passive = checkPassive(list, card, { ...options, issued });
  const first = parsed(list, card, dg1, true);
  checkPortrait(list, parsed(list, card, dg2, true));
  const person = parsed(list, card, dg11, false);
  const document = parsed(list, card, dg12, false);
  const others = checkOthers(list, card);
  checkFingersAndIrises(list, others.get(3) as Dg3 | undefined, others.get(4) as Dg4 | undefined);
  checkImages(list, others, person, document);
  const mrz = checkMrz(list, first);
  checkPrinted(
    list,
    { ...(printedMrz !== undefined && { mrz: printedMrz }), ...printed },
    { value: first, mrz, person },
  );
  checkSigner(list, passive, mrz);
  checkPerson(list, mrz, person);
  checkDates(list, mrz, person, document, at);
  const infos = signedInfosOf(list, card, { ...options, issued });
  checkDowngrade(list, card, infos);
  checkFalls(list, card);
  checkUnsignedFiles(list, card, infos);
  checkMasterFileGiven(list, card);
  checkChip(list, card, infos, options);
  const verdict = list.verdict();
  return {
    format: "cardwright.validation.1",
    verdict,
    summary: summarize(verdict, list),
    at: at.toISOString(),
    checks: list.checks,
    certificates: reportedCertificates(passive, efSod.name),
  };
}

/**
 * Refuses what can be no challenge of active authentication.
 *
 * @throws {RangeError} when it does not have 8 bytes.
 */
export function refuseOtherChallenge(where: string, challenge: Uint8Array | undefined): void {
  if (challenge === undefined || challenge.length === CHALLENGE_LENGTH) return;
  throw new RangeError(`${where}: the challenge has ${challenge.length} bytes, not ${CHALLENGE_LENGTH}`);
}

/** When the document says that it was issued; what is malformed there has a check of its own. */
function dateOfIssue({ files }: CardFiles, { tolerate }: CheckList): Date | undefined {
  const bytes = files[dg12.name];
  if (bytes === undefined) return undefined;
  try {
    const { dateOfIssue: day } = parseFileTolerantly(dg12, bytes, { tolerate }).value;
    return day === undefined ? undefined : firstInstant(day);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function checkAccess(list: CheckList, { evidence }: CardFiles): void {
  const { accessControl } = evidence;
  const open = accessControl === "none";
  const unknown = accessControl === "unknown";
  const message = open
    ? "Anybody could read the chip: no access control."
    : unknown
      ? "How the files were read is not known."
      : `Opened by ${accessControl}.`;
  list.add(
    {
      id: "accessControl",
      status: open ? "warning" : unknown ? "notChecked" : "passed",
      path: "chip",
      spec: "ICAO 9303-11 §4",
      message,
      evidence: {
        ...(evidence.notGiven.length > 0 && {
          notGiven: evidence.notGiven.map(({ name, sw }) => `${name} (${sw.toString(16).toUpperCase()})`).join(", "),
        }),
        ...(evidence.notAsked.length > 0 && { notAsked: evidence.notAsked.join(", ") }),
      },
    },
    false,
  );
}

/** Files whose form is checked with their content. */
const LOOKED_INTO: readonly number[] = [1, 2, 11, 12];

/** The images that the LDS displays or keeps as they are. */
function checkImages(
  list: CheckList,
  others: ReadonlyMap<number, unknown>,
  person: Dg11 | undefined,
  document: Dg12 | undefined,
): void {
  const some = (...images: (Uint8Array | undefined)[]) => images.filter((image) => image !== undefined);
  checkDisplayed(list, { id: "dg5.image", path: dg5.name, spec: dg5.spec }, (others.get(5) as Dg5 | undefined) ?? []);
  checkDisplayed(list, { id: "dg7.image", path: dg7.name, spec: dg7.spec }, (others.get(7) as Dg7 | undefined) ?? []);
  checkDisplayed(list, { id: "dg11.image", path: dg11.name, spec: dg11.spec }, some(person?.proofOfCitizenship));
  const pages = some(document?.frontImage, document?.rearImage);
  checkDisplayed(list, { id: "dg12.image", path: dg12.name, spec: dg12.spec }, pages);
}

/**
 * The other data groups: their form where it is declared, else at least that they begin with their own tag. Gives the values
 * by number.
 */
function checkOthers(list: CheckList, card: CardFiles): ReadonlyMap<number, unknown> {
  const values = new Map<number, unknown>();
  for (const { number, name, tag, file } of DATA_GROUPS) {
    const bytes = card.files[name];
    if (bytes === undefined || LOOKED_INTO.includes(number)) continue;
    if (file !== undefined) {
      values.set(number, parsed(list, card, file as AnyDataFile as DataFile<unknown>, false));
      continue;
    }
    const right = bytes[0] === tag;
    list.add({
      id: `parse.${name}`,
      status: right ? "passed" : "failed",
      path: name,
      spec: "ICAO 9303-10 table 38",
      message: right ? "It has its tag; its content was not looked at." : "It has the tag of another file.",
    });
  }
  return values;
}

function summarize(verdict: ValidationReport["verdict"], list: CheckList): string {
  const failed = list.checks.filter((check) => check.status === "failed").map((check) => check.id);
  if (verdict === "failed") return `Do not accept: ${failed.join(", ")} failed.`;
  if (verdict === "incomplete") {
    return `No verdict: nothing failed, but these were not checked: ${list.open().join(", ")}.`;
  }
  const unread = list.checks.filter((check) => check.id.startsWith("hash.") && check.status === "notChecked");
  const names = unread.map((check) => check.path).join(", ");
  return (
    `The data${names === "" ? "" : " that were read"} are authentic and unchanged. ` +
    (names === "" ? "" : `Not read: ${names}. `) +
    limitsOf(list.checks)
  );
}
