import { readBinary, readBinaryBySfi, selectFile, selectMasterFile } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { SW, statusError } from "../apdu/status.js";
import { MalformedError, StatusError } from "../errors.js";
import { efAtrInfo, parseAtrInfo } from "../lds/atr-info.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efDir } from "../lds/dir.js";
import { HEADER, NO_SHORT_IDENTIFIERS, openFile, read, readFile, readToEnd } from "./read-file.js";
import type { Protection, ReadSize } from "./read-size.js";
import type { MemoryState } from "./reading-memory.js";

/** What the master file gave. */
export interface MasterFileReading {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Files that were asked for and not given. */
  readonly notGiven: readonly { readonly name: string; readonly sw: number }[];
  /** Names of files among `notGiven` that were selected or begun: they are there, and cannot be read. */
  readonly broken: readonly string[];
}

const WANTED = {
  cardAccess: [efCardAccess],
  cardSecurity: [efCardSecurity],
  all: [efAtrInfo, efDir, efCardAccess, efCardSecurity],
} as const;

/** Longest response with short lengths. */
const SHORT_RESPONSE = 258;

/** What readers in the field ask for, and meet no refusal. */
const SHORT_STEP = 224;

/**
 * Reads files of the master file: one, or all of them. What is not there is noted, and so is what needs PACE
 * first; with `before`, a second call inside the session of PACE asks for those alone.
 *
 * Spec: ICAO 9303-10 §3.6.1.1, §3.11.
 */
export function* readMasterFile(
  state: MemoryState,
  which: keyof typeof WANTED,
  before?: MasterFileReading,
  protection: Protection = 0,
): SyncExchange<MasterFileReading> {
  const files: Record<string, Uint8Array> = { ...before?.files };
  const notGiven: { name: string; sw: number }[] = [];
  const missing = WANTED[which].filter(({ name }) => files[name] === undefined);
  const broken: string[] = [...(before?.broken ?? [])];
  if (missing.length === 0) return { files, notGiven, broken };
  // After a reset it is selected anyway, and a chip that has none says so at the files. PACE leaves it selected (9303-11 §4.2).
  if (before === undefined && which !== "cardAccess") yield selectMasterFile();
  // Nothing of it is kept for a resumed reading: these files are small, and the next card's may be others.
  const own: MemoryState = { ...state, files: new Map(), partial: undefined };
  for (const place of missing) {
    try {
      const untagged = place === efAtrInfo || place === efDir;
      const first = which === "cardAccess" ? yield* firstOfCardAccess(own) : undefined;
      files[place.name] = yield* untagged
        ? readToEnd(place, own, protection)
        : readFile(place, own, protection, undefined, first);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      notGiven.push({ name: place.name, sw: error.sw });
      if (own.partial?.name === place.name || isOfSelected(error)) broken.push(place.name);
    }
  }
  state.shortIdentifiers = own.shortIdentifiers;
  limitBy(files[efAtrInfo.name], state.size);
  return { files, notGiven, broken };
}

/** Whether it is a READ BINARY without a short identifier that was refused: the file was selected before, so it is there. */
const isOfSelected = ({ header }: StatusError): boolean => /^..B0[0-7]/.test(header);

/**
 * The first bytes of EF.CardAccess, which mostly are all of it: in one command, because the master file is selected after a reset. A
 * card that is in another state, or has no such file, costs one or two more: BAC must not be taken for all that there is only because an
 * application was selected, in which this short identifier means EF.CVCA or nothing; nor because it does not take so long a read.
 *
 * Spec: ICAO 9303-11 §4.2 step 1, 9303-10 §3.6.3.
 */
function* firstOfCardAccess(state: MemoryState): SyncExchange<Uint8Array> {
  const { name, fid, sfi, tag } = efCardAccess;
  const ne = Math.min(256, state.size.maxResponse - 2);
  const step = `READ BINARY ${name} at 0`;
  let refused: number | undefined;
  if (state.shortIdentifiers !== false) {
    try {
      const head = yield* read(readBinaryBySfi(sfi, 0, ne), step);
      if (head[0] === tag) {
        state.shortIdentifiers = true;
        return head;
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refused = error.sw;
    }
  }
  const master = selectMasterFile();
  const { sw } = yield master;
  if (sw !== SW.OK) throw statusError(master, sw, "SELECT the master file");
  // Its short identifier may be right here and was not where the card was before.
  const byFid = refused !== undefined && NO_SHORT_IDENTIFIERS.includes(refused);
  if (!byFid || state.size.allow.selectByFid === false) return yield* openFile(efCardAccess, state);
  const select = selectFile(fid);
  const selected = yield select;
  if (selected.sw !== SW.OK) throw statusError(select, selected.sw, `SELECT ${name}`);
  let head: Uint8Array;
  try {
    head = yield* read(readBinary(0, ne), step);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return yield* headOfSelected(ne, error, state.size);
  }
  if (refused !== undefined && refused !== SW.FILE_NOT_FOUND) {
    state.shortIdentifiers = false;
    state.size.falls.push({ kind: "selectByFid", sw: refused });
  }
  return head;
}

/**
 * The header alone, after so much as `ne` bytes was refused. That this is given shows that it was the length, by whatever status word,
 * and says nothing of short identifiers.
 */
function* headOfSelected(ne: number, refused: StatusError, size: ReadSize): SyncExchange<Uint8Array> {
  if (size.allow.readSize === false) throw refused;
  const head = yield* read(readBinary(0, HEADER), refused.step);
  size.most = Math.min(size.most, SHORT_STEP);
  size.falls.push({ kind: "readSize", from: ne, to: size.most, sw: refused.sw });
  return head;
}

/** The chip says in EF.ATR/INFO how long its responses are at most (9303-10 §3.6.4.1). */
function limitBy(atrInfo: Uint8Array | undefined, size: ReadSize): void {
  if (atrInfo === undefined) return;
  try {
    const { cardCapabilities, extendedLength } = parseAtrInfo(atrInfo);
    const none = cardCapabilities?.extendedLength === false;
    const most = extendedLength?.maxResponse ?? (none ? SHORT_RESPONSE : size.maxResponse);
    size.maxResponse = Math.min(size.maxResponse, Math.max(SHORT_RESPONSE, most));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error; // it helps, and nothing depends on it
  }
}
