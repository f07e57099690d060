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
import { DATA_GROUPS, dataGroupByTag, LDS1_AID } from "../lds/data-groups.js";
import { type MrzKeyMaterial, mrzInformation } from "../lds/mrz.js";
import { efSod } from "../lds/security-object.js";
import { parseFile } from "../tlv/file.js";
import type { CardFiles } from "./card-files.js";
import { readFile } from "./read-file.js";

/** Plain bytes that fit a short response of 256 bytes under secure messaging: DO 87, DO 99 and DO 8E around them. */
const SHORT_CHUNK = 223;
/** What secure messaging adds to a long response at most: DO 87 header, padding, DO 99, DO 8E. */
const OVERHEAD = 48;
/** Most file bytes asked for at once with extended lengths; chips' buffers are seldom larger. */
const EXTENDED_CHUNK = 4_096;

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
  /** `maxResponse` of the channel, in bytes with the status word; 258, short lengths only, when left out. */
  readonly maxResponse?: number;
  readonly random?: RandomSource;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads a travel document: selects the application, opens it by BAC when the chip asks for it, reads the files.
 *
 * Spec: ICAO 9303-10 §3.6, 9303-11 §4.2 and §4.3.
 *
 * Data groups that the chip does not give are listed in the evidence. Whether the data are authentic is not looked at:
 * see `validateCard`.
 *
 * @throws {ProtocolError} `ACCESS_KEY_NEEDED` - the chip asks for BAC and there is no access key; `BAC_REFUSED`,
 *   `BAC_CHIP_NOT_GENUINE`, `SM_FAILED`, `SM_CLOSED` from the session.
 * @throws {StatusError} - there is no travel-document application, no EF.COM or no EF.SOD.
 * @throws {MalformedError} - EF.COM is malformed, or a file's header is.
 * @example
 * const card = await run(channel, readCard({ accessKey, maxResponse: channel.maxResponse }));
 */
export function* readCard(options: ReadCardOptions = {}): SyncExchange<CardFiles> {
  const { maxResponse = 258 } = options;
  const chunk = maxResponse <= 258 ? SHORT_CHUNK : Math.min(EXTENDED_CHUNK, maxResponse - 2 - OVERHEAD);
  yield* send(selectApplication(LDS1_AID), "SELECT the travel-document application");
  try {
    return yield* readFiles(options, chunk, "none");
  } catch (error) {
    if (!(error instanceof StatusError) || error.sw !== SW.SECURITY_STATUS_NOT_SATISFIED) throw error;
  }
  const session = yield* openByBac(options);
  try {
    return yield* secured(session, readFiles(options, chunk, "BAC"));
  } finally {
    session.close();
  }
}

function* openByBac(options: ReadCardOptions): SyncExchange<SecureSession> {
  const { accessKey, random = systemRandom } = options;
  if (accessKey === undefined) {
    throw new ProtocolError(
      "ACCESS_KEY_NEEDED",
      "BAC",
      "read EF.COM",
      "the chip asks for Basic Access Control: give the access key (document number, date of birth, date of expiry).",
    );
  }
  const keys = deriveBacKeys(mrzInformation(accessKey));
  try {
    return yield* openBac(keys, { random });
  } finally {
    wipe(keys.kEnc, keys.kMac);
  }
}

function* readFiles(options: ReadCardOptions, chunk: number, accessControl: "BAC" | "none"): SyncExchange<CardFiles> {
  const { onProgress, dataGroups } = options;
  const read = (name: string, fid: number) =>
    readFile(name, fid, chunk, (done, total) => onProgress?.({ file: name, done, total }));
  const files: Record<string, Uint8Array> = {};
  const com = yield* read(efCom.name, efCom.fid);
  files[efCom.name] = com;
  files[efSod.name] = yield* read(efSod.name, efSod.fid);
  const announced = parseFile(efCom, com).tagList.map(dataGroupByTag);
  const notGiven: { name: string; sw: number }[] = [];
  const notAsked: string[] = [];
  for (const group of DATA_GROUPS) {
    if (!announced.includes(group)) continue;
    if (dataGroups !== undefined && !dataGroups.includes(group.number)) {
      notAsked.push(group.name);
      continue;
    }
    try {
      files[group.name] = yield* read(group.name, group.fid);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      notGiven.push({ name: group.name, sw: error.sw });
    }
  }
  return { files, evidence: { accessControl, notGiven, notAsked } };
}
