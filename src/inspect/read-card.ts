import { deriveBacKeys } from "../access/bac/shared.js";
import { openBac } from "../access/bac/terminal.js";
import { selectApplication } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { type SecureSession, secured } from "../apdu/session.js";
import { SW, send } from "../apdu/status.js";
import { wipe } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import { ProtocolError, StatusError } from "../errors.js";
import { efCom } from "../lds/com.js";
import { DATA_GROUPS, dataGroupByNumber, dataGroupByTag, LDS1_AID } from "../lds/data-groups.js";
import { type MrzKeyMaterial, mrzInformation } from "../lds/mrz.js";
import { efSod } from "../lds/security-object.js";
import { parseFile } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import { type ChunkSize, openFile, readRest } from "./read-file.js";

/** What secure messaging adds to an answer at most, status word included: DO 87 header and padding, DO 99, DO 8E. */
const OVERHEAD = 35;
/** File bytes that fit a short answer of 256 bytes under secure messaging, AES too. */
const SHORT_CHUNK = 258 - OVERHEAD;
/** The header of DO 53 around bytes beyond 32,767. */
const OBJECT_HEADER = 4;
/** Most file bytes asked for at once with extended lengths; chips' buffers are seldom larger. */
const EXTENDED_CHUNK = 4_096;
/** The answer of BAC, 42 bytes, and a useful piece of a file must fit. */
const LEAST_RESPONSE = 64;

/** Status words with which chips refuse files until access control is over; 6982 is the standard's. */
const LOCKED: readonly number[] = [
  SW.SECURITY_STATUS_NOT_SATISFIED,
  SW.CONDITIONS_NOT_SATISFIED,
  SW.COMMAND_NOT_ALLOWED,
  SW.SM_OBJECTS_MISSING,
];

/** Progress of a reading. */
export interface ReadProgress {
  readonly file: string;
  /** Bytes of this file. */
  readonly done: number;
  readonly total: number;
}

/** What to read and how. */
export interface ReadCardOptions {
  /** Opens the card when it asks for that: the printed document number and dates. */
  readonly accessKey?: MrzKeyMaterial;
  /** Numbers of the data groups wanted; all that EF.COM announces when left out. EF.COM and EF.SOD are always read. */
  readonly dataGroups?: readonly number[];
  /**
   * Longest response in bytes, status word included, that reader and chip can both do; 258, short lengths only, when left
   * out. A chip that answers 6700 to longer ones is read with short ones from then on.
   */
  readonly maxResponse?: number;
  readonly random?: RandomSource;
  /** Called after each step. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads a travel document: selects the application, opens it by BAC when the chip asks for it, reads the files.
 *
 * Spec: ICAO 9303-10 §3.6, 9303-11 §4.2 and §4.3.
 *
 * A data group that the chip does not open is listed in the evidence with its status word. One that is opened is read to
 * its end, or the reading fails: no half file comes back. Whether the data are authentic is not looked at: see
 * `validateCard`.
 *
 * @returns Whole files, and how they were read. Whoever judges them needs both.
 * @throws {ProtocolError} `ACCESS_KEY_NEEDED` - the chip asks for BAC and there is no access key; `BAC_REFUSED`,
 *   `BAC_CHIP_NOT_GENUINE`, `SM_FAILED`, `SM_CLOSED` from the session.
 * @throws {StatusError} - there is no travel-document application, no EF.COM or no EF.SOD; or the chip refuses in the
 *   middle of a file.
 * @throws {MalformedError} - EF.COM is malformed, a file's header is, or a file ends before its length; with its name.
 * @throws {RangeError} - an access key, a data group or `maxResponse` that cannot be.
 * @example
 * const card = await run(channel, readCard({ accessKey }));
 */
export function* readCard(options: ReadCardOptions = {}): SyncExchange<CardFiles> {
  const { accessKey, dataGroups, maxResponse = 258 } = options;
  const chunk = chunkFor(maxResponse);
  const strange = dataGroups?.find((number) => dataGroupByNumber(number) === undefined);
  if (strange !== undefined) throw new RangeError(`readCard: data group ${strange}, 1 to 16 exist`);
  if (accessKey !== undefined) mrzInformation(accessKey); // a mistake in it is found whatever the card does
  yield* send(selectApplication(LDS1_AID), "SELECT the travel-document application");
  let refused: StatusError;
  try {
    return yield* readFiles(options, chunk, "none");
  } catch (error) {
    if (!(error instanceof StatusError) || !LOCKED.includes(error.sw)) throw error;
    refused = error;
  }
  const session = yield* openByBac(options, refused);
  try {
    return yield* secured(session, readFiles(options, chunk, "BAC"));
  } finally {
    session.close();
  }
}

function chunkFor(maxResponse: number): ChunkSize {
  if (!(maxResponse >= LEAST_RESPONSE)) {
    throw new RangeError(`readCard: maxResponse is ${maxResponse}, ${LEAST_RESPONSE} at least`);
  }
  const least = Math.min(SHORT_CHUNK, maxResponse - OVERHEAD);
  const size = Math.min(EXTENDED_CHUNK, maxResponse - OVERHEAD - OBJECT_HEADER);
  // Up to 256 bytes are asked for with a short Le, whose answer has no room for secure messaging around so many.
  return size > 256 ? { size, least } : { size: least, least };
}

function* openByBac(options: ReadCardOptions, refused: StatusError): SyncExchange<SecureSession> {
  const { accessKey, random = systemRandom } = options;
  if (accessKey === undefined) {
    throw new ProtocolError(
      "ACCESS_KEY_NEEDED",
      "BAC",
      refused.step,
      "the chip asks for Basic Access Control: give the access key (document number, date of birth, date of expiry).",
      { cause: refused },
    );
  }
  const keys = deriveBacKeys(mrzInformation(accessKey));
  try {
    return yield* openBac(keys, { random });
  } finally {
    wipe(keys.kEnc, keys.kMac);
  }
}

function* readFiles(
  options: ReadCardOptions,
  chunk: ChunkSize,
  accessControl: "BAC" | "none",
): SyncExchange<CardFiles> {
  const { accessKey, dataGroups, onProgress } = options;
  const progress = (name: string) => (done: number, total: number) => onProgress?.({ file: name, done, total });
  const files: Record<string, Uint8Array> = {};
  for (const { name, fid } of [efCom, efSod]) {
    const head = yield* openFile(name, fid);
    files[name] = yield* readRest(name, head, chunk, progress(name));
  }
  const announced = parseFile(efCom, files[efCom.name] as Uint8Array).tagList.map(dataGroupByTag);
  const notGiven: { name: string; sw: number }[] = [];
  const notAsked: string[] = [];
  for (const group of DATA_GROUPS) {
    const { name, fid, number } = group;
    if (!announced.includes(group)) continue;
    if (dataGroups !== undefined && !dataGroups.includes(number)) {
      notAsked.push(name);
      continue;
    }
    let head: Uint8Array;
    try {
      head = yield* openFile(name, fid);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // EF.COM may be free to everybody and this file not; for DG3 and DG4 basic access control is not enough.
      const locked = accessControl === "none" && LOCKED.includes(error.sw) && number !== 3 && number !== 4;
      if (locked && (accessKey !== undefined || number <= 2)) throw error;
      notGiven.push({ name, sw: error.sw });
      continue;
    }
    files[name] = yield* readRest(name, head, chunk, progress(name));
  }
  return { files, evidence: { accessControl, notGiven, notAsked } };
}
