import type { ChipAuthenticationOpening } from "../access/chip-authentication/terminal.js";
import type { PaceResult } from "../access/pace/terminal.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { type SecureSession, secured } from "../apdu/session.js";
import { SW } from "../apdu/status.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import type { AccessProtocol } from "../card/access-rule.js";
import { ProtocolError, StatusError } from "../errors.js";
import { efCom } from "../lds/com.js";
import { type DATA_GROUPS, dataGroupByTag } from "../lds/data-groups.js";
import { parseFile } from "../tlv/file.js";
import type { FallPolicy, PaceFacts, ReadingFall, ReadingProofs } from "./card-files.js";
import { type FilePlace, readFile } from "./read-file.js";
import type { MasterFileReading } from "./read-master-file.js";
import type { ReadCardOptions } from "./read-options.js";
import type { Protection } from "./read-size.js";
import type { MemoryState } from "./reading-memory.js";

/** A data group, as the LDS lists it. */
export type DataGroup = (typeof DATA_GROUPS)[number];

/** One try to read a card: what it has come to. */
export interface Reading {
  readonly options: ReadCardOptions;
  readonly state: MemoryState;
  readonly allow: FallPolicy;
  readonly random: RandomSource;
  root: MasterFileReading | undefined;
  access: AccessProtocol | "none";
  /** The session that is open; whoever replaces it closes the one before. */
  session: SecureSession | undefined;
  protection: Protection;
  facts: PaceFacts | undefined;
  pace: PaceResult | undefined;
  opening: ChipAuthenticationOpening | undefined;
  /** It was this try that said how the chip stands. */
  settled: boolean;
  /** The protocol that is under way, so that what goes wrong is put down to it. */
  step: "chipAuthentication" | "activeAuthentication" | undefined;
  readonly files: Record<string, Uint8Array>;
  readonly notGiven: { name: string; sw: number }[];
  readonly falls: ReadingFall[];
  proofs: ReadingProofs;
}

/** What goes from one try to the next. */
export interface Carried {
  root?: MasterFileReading | undefined;
  /** The application is selected already, and it refused to be read in the clear. */
  refused?: StatusError;
  /** Another chip was found to be there than the one before. */
  startedOver?: true;
}

/** A try that has not begun. */
export function newReading(options: ReadCardOptions, state: MemoryState): Reading {
  return {
    options,
    state,
    allow: options.allow ?? {},
    random: options.random ?? systemRandom,
    root: undefined,
    access: "none",
    session: undefined,
    protection: 0,
    facts: undefined,
    pace: undefined,
    opening: undefined,
    settled: false,
    step: undefined,
    files: {},
    notGiven: [],
    falls: [],
    proofs: {},
  };
}

/** Runs an exchange in the session that is open, or in the clear when there is none. */
export const within = <T>({ session }: Reading, exchange: SyncExchange<T>): SyncExchange<T> =>
  session === undefined ? exchange : secured(session, exchange);

/** Reads a file of the application into the reading. */
export function* take(reading: Reading, place: FilePlace): SyncExchange<Uint8Array> {
  const { name } = place;
  const { options, state, protection, files } = reading;
  const progress = (done: number, total: number) => options.onProgress?.({ file: name, done, total });
  const file = yield* readFile(place, state, protection, progress);
  files[name] = file;
  return file;
}

/** Status words with which chips refuse files until access control is over; 6982 is the standard's. */
const LOCKED: readonly number[] = [
  SW.SECURITY_STATUS_NOT_SATISFIED,
  SW.CONDITIONS_NOT_SATISFIED,
  SW.COMMAND_NOT_ALLOWED,
  SW.SM_OBJECTS_MISSING,
];

/** Whether a chip says that it has to be opened first. */
export const isLocked = (error: unknown): error is StatusError =>
  error instanceof StatusError && LOCKED.includes(error.sw);

/** Reads a data group, or notes that the chip does not give it. */
export function* takeGroup(reading: Reading, group: DataGroup): SyncExchange<Uint8Array | undefined> {
  const { name, number } = group;
  const { files, notGiven, state, access, options } = reading;
  if (files[name] !== undefined || notGiven.some((entry) => entry.name === name)) return files[name];
  try {
    return yield* take(reading, group);
  } catch (error) {
    // Once its first bytes came, it is read to its end or not at all.
    if (!(error instanceof StatusError) || state.partial?.name === name) throw error;
    // EF.COM may be free to everybody and this file not; for DG3 and DG4 basic access control is not enough.
    const locked = access === "none" && isLocked(error) && number !== 3 && number !== 4;
    if (locked && (options.accessKey !== undefined || number <= 2)) throw error;
    notGiven.push({ name, sw: error.sw });
    return undefined;
  }
}

/** Whether EF.COM, which has been read, announces a data group. */
export function announces({ files }: Reading, group: DataGroup): boolean {
  const com = files[efCom.name];
  return com !== undefined && parseFile(efCom, com).tagList.some((tag) => dataGroupByTag(tag) === group);
}

/** The status word in a plain answer that ended a session. */
export function nakedStatus(error: unknown): number | undefined {
  const ended = error instanceof ProtocolError && (error.code === "SM_FAILED" || error.code === "CHIP_NOT_GENUINE");
  for (let cause = ended ? error.cause : undefined; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StatusError) return cause.sw;
  }
  return undefined;
}
