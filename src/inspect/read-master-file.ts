import { selectMasterFile } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { MalformedError, StatusError } from "../errors.js";
import { efAtrInfo, parseAtrInfo } from "../lds/atr-info.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efDir } from "../lds/dir.js";
import { readFile, readToEnd } from "./read-file.js";
import type { Protection, ReadSize } from "./read-size.js";
import type { MemoryState } from "./reading-memory.js";

/** What the master file gave. */
export interface MasterFileReading {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Files that were asked for and not given. */
  readonly notGiven: readonly { readonly name: string; readonly sw: number }[];
  /** Names of files among `notGiven` that were begun: they are there, and cannot be read. */
  readonly broken: readonly string[];
}

const WANTED = {
  cardAccess: [efCardAccess],
  cardSecurity: [efCardSecurity],
  all: [efAtrInfo, efDir, efCardAccess, efCardSecurity],
} as const;

/** Longest response with short lengths. */
const SHORT_RESPONSE = 258;

/**
 * Reads files of the master file: one, or all of them. What is not there is noted, and so is what needs PACE
 * first; with `before`, a second call inside the session asks for those alone.
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
  // After a reset it is selected anyway, and a chip that has none says so at the files.
  yield selectMasterFile();
  // Nothing of it is kept for a resumed reading: these files are small, and the next card's may be others.
  const own: MemoryState = { ...state, files: new Map(), partial: undefined };
  for (const place of missing) {
    try {
      const untagged = place === efAtrInfo || place === efDir;
      files[place.name] = yield* untagged ? readToEnd(place, own, protection) : readFile(place, own, protection);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      notGiven.push({ name: place.name, sw: error.sw });
      if (own.partial?.name === place.name) broken.push(place.name);
    }
  }
  limitBy(files[efAtrInfo.name], state.size);
  return { files, notGiven, broken };
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
