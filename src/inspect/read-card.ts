import { selectApplication } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { secured } from "../apdu/session.js";
import { SW, send } from "../apdu/status.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import type { AccessProtocol } from "../card/access-rule.js";
import { ProtocolError, StatusError } from "../errors.js";
import { efCom } from "../lds/com.js";
import { DATA_GROUPS, dataGroupByNumber, dataGroupByTag, LDS1_AID } from "../lds/data-groups.js";
import { efSod } from "../lds/security-object.js";
import { parseFile } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import { type AccessKey, checkAccessKey, isCan, type OpenDoor, openByBac, openByPace } from "./doors.js";
import { isSameCard, readFile } from "./read-file.js";
import { type MasterFileReading, offerOf, readMasterFile } from "./read-master-file.js";
import type { Protection } from "./read-size.js";
import { dropFiles, type MemoryState, type ReadingMemory, readingMemory, stateOf } from "./reading-memory.js";

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
  /** Opens the card: the printed document number and dates when the card asks for BAC, or the card access number by PACE. */
  readonly accessKey?: AccessKey;
  /** Numbers of the data groups wanted; all that EF.COM announces when left out. EF.COM and EF.SOD are always read. */
  readonly dataGroups?: readonly number[];
  /** Reads the files beside the applications too: EF.ATR/INFO, EF.DIR, EF.CardAccess, EF.CardSecurity. Off when left out. */
  readonly masterFile?: boolean;
  /**
   * Longest response in bytes, status word included, that reader and chip can both do; 258, short lengths only, when left
   * out. EF.ATR/INFO, when it is read, may say less. A chip that refuses longer ones is read with short ones from then on.
   */
  readonly maxResponse?: number;
  /** Where the reading goes on that was torn with this memory before. Another card is read from its beginning. */
  readonly resume?: ReadingMemory;
  readonly random?: RandomSource;
  /** Called after each step. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads a travel document: selects the application, opens it when the chip asks for it, reads the files.
 *
 * Spec: ICAO 9303-10 §3.6, 9303-11 §4.2 to §4.4.
 *
 * A data group that the chip does not open is listed in the evidence with its status word. One that is opened is read to
 * its end, or the reading fails: no half file comes back. Where less is settled for than both sides seem to know, `falls` says
 * so. Whether the data are authentic is not looked at: see `validateCard`.
 *
 * Commands: one for the header of each file, ceil(rest / what fits a response), and those of the protocol.
 *
 * @returns Whole files, and how they were read. Whoever judges them needs both.
 * @throws {ProtocolError} `ACCESS_KEY_NEEDED` - the chip asks for BAC and there is no access key for it; `BAC_REFUSED`,
 *   `BAC_CHIP_NOT_GENUINE`, `PACE_FAILED`, `SM_FAILED`, `SM_CLOSED` from the protocols.
 * @throws {StatusError} - there is no travel-document application, no EF.COM or no EF.SOD; or the chip refuses in the
 *   middle of a file.
 * @throws {MalformedError} - EF.COM is malformed, a file's header is, or a file ends before its length; with its name.
 * @throws {RangeError} - an access key, a data group or `maxResponse` that cannot be.
 * @throws {TypeError} - `resume` does not come from `readingMemory`.
 * @example
 * const card = await run(channel, readCard({ accessKey }));
 */
export function* readCard(options: ReadCardOptions = {}): SyncExchange<CardFiles> {
  const { accessKey, dataGroups, maxResponse = 258, resume = readingMemory() } = options;
  if (!(maxResponse >= LEAST_RESPONSE)) {
    throw new RangeError(`readCard: maxResponse is ${maxResponse}, ${LEAST_RESPONSE} at least`);
  }
  const strange = dataGroups?.find((number) => dataGroupByNumber(number) === undefined);
  if (strange !== undefined) throw new RangeError(`readCard: data group ${strange}, 1 to 16 exist`);
  if (accessKey !== undefined) checkAccessKey(accessKey);
  const state = stateOf(resume);
  const { size } = state;
  size.maxResponse = size.maxResponse === 0 ? maxResponse : Math.min(maxResponse, size.maxResponse);
  if (state.files.size > 0 || state.partial !== undefined) state.resumed++;
  for (;;) {
    try {
      const result = yield* readOnce(options, state);
      resume.clear();
      return result;
    } catch (error) {
      if (!fellFromExtended(error, state)) throw error;
    }
  }
}

/**
 * Whether the session ended because the chip does not know extended lengths: it then answers 6700 without protection, being
 * unable to read the command. The reading begins again with short lengths. Whoever else sent that gains nothing but time.
 */
function fellFromExtended(error: unknown, { size }: MemoryState): boolean {
  const cause = error instanceof ProtocolError && error.code === "SM_FAILED" ? error.cause : undefined;
  if (!(cause instanceof StatusError) || cause.sw !== SW.WRONG_LENGTH || size.maxResponse <= 258) return false;
  size.falls.push({ kind: "readSize", from: size.maxResponse, to: 258, sw: cause.sw });
  size.maxResponse = 258;
  return true;
}

function* readOnce(options: ReadCardOptions, state: MemoryState): SyncExchange<CardFiles> {
  const { accessKey, masterFile = false, random = systemRandom } = options;
  const pace = accessKey !== undefined && isCan(accessKey);
  const root: MasterFileReading | undefined = masterFile || pace ? yield* readMasterFile(state, masterFile) : undefined;
  if (pace) {
    const door = yield* openByPace(offerOf(root), accessKey, random);
    return yield* behind(door, options, state, masterFile ? root : undefined);
  }
  yield* selectDocument();
  let refused: StatusError | undefined;
  if (state.access !== "BAC") {
    try {
      return yield* readFiles(options, state, "none", 0, root);
    } catch (error) {
      if (!(error instanceof StatusError) || !LOCKED.includes(error.sw)) throw error;
      refused = error;
    }
  }
  if (accessKey === undefined) throw keyNeeded(refused);
  const door = yield* openByBac(accessKey, random);
  return yield* behind(door, options, state, root);
}

function* selectDocument(): SyncExchange<void> {
  yield* send(selectApplication(LDS1_AID), "SELECT the travel-document application");
}

/** Reads in the session that a door has opened, and ends it. */
function* behind(
  { protocol, session, protection }: OpenDoor,
  options: ReadCardOptions,
  state: MemoryState,
  root: MasterFileReading | undefined,
): SyncExchange<CardFiles> {
  const inside = function* (): SyncExchange<CardFiles> {
    // PACE opens the card, not the application, and what is in the master file behind it is read before
    const more =
      protocol === "PACE" && root !== undefined ? yield* readMasterFile(state, true, root, protection) : root;
    if (protocol === "PACE") yield* selectDocument();
    return yield* readFiles(options, state, protocol, protection, more);
  };
  try {
    return yield* secured(session, inside());
  } finally {
    session.close();
  }
}

function keyNeeded(refused: StatusError | undefined): ProtocolError {
  return new ProtocolError(
    "ACCESS_KEY_NEEDED",
    "BAC",
    refused?.step ?? "resume",
    "the chip asks for Basic Access Control: give the access key (document number, date of birth, date of expiry).",
    refused === undefined ? {} : { cause: refused },
  );
}

function* readFiles(
  options: ReadCardOptions,
  state: MemoryState,
  access: AccessProtocol | "none",
  protection: Protection,
  root: MasterFileReading | undefined,
): SyncExchange<CardFiles> {
  const { accessKey, dataGroups, onProgress } = options;
  yield* recall(state, access, protection);
  const progress = (name: string) => (done: number, total: number) => onProgress?.({ file: name, done, total });
  const files: Record<string, Uint8Array> = {};
  for (const place of [efCom, efSod]) {
    files[place.name] = yield* readFile(place, state, protection, progress(place.name));
  }
  const announced = parseFile(efCom, files[efCom.name] as Uint8Array).tagList.map(dataGroupByTag);
  const notGiven: { name: string; sw: number }[] = [];
  const notAsked: string[] = [];
  for (const group of DATA_GROUPS) {
    const { name, number } = group;
    if (!announced.includes(group)) continue;
    if (dataGroups !== undefined && !dataGroups.includes(number)) {
      notAsked.push(name);
      continue;
    }
    try {
      files[name] = yield* readFile(group, state, protection, progress(name));
    } catch (error) {
      // Once its first bytes came, it is read to its end or not at all.
      if (!(error instanceof StatusError) || state.partial?.name === name) throw error;
      // EF.COM may be free to everybody and this file not; for DG3 and DG4 basic access control is not enough.
      const locked = access === "none" && LOCKED.includes(error.sw) && number !== 3 && number !== 4;
      if (locked && (accessKey !== undefined || number <= 2)) throw error;
      notGiven.push({ name, sw: error.sw });
    }
  }
  const { size, resumed } = state;
  return {
    files: { ...files, ...root?.files },
    evidence: {
      accessControl: access,
      notGiven,
      notAsked,
      ...(root !== undefined && root.notGiven.length > 0 && { masterFileNotGiven: root.notGiven }),
      ...(size.falls.length > 0 && { falls: [...size.falls] }),
      ...(resumed > 0 && { resumed }),
    },
  };
}

/** What was read before counts only under the same protection and when this is the same card. */
function* recall(state: MemoryState, access: AccessProtocol | "none", protection: Protection): SyncExchange<void> {
  const known = state.files.get(efSod.name);
  const same = known !== undefined && state.access === access && (yield* isSameCard(efSod, known, state, protection));
  if (!same) dropFiles(state);
  state.access = access;
}
