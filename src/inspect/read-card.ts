import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import { selectApplication } from "../apdu/commands.js";
import type { Exchange, SyncExchange } from "../apdu/exchange.js";
import { SW, send } from "../apdu/status.js";
import { ProtocolError, StatusError } from "../errors.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efCom } from "../lds/com.js";
import { DATA_GROUPS, dataGroupByNumber, LDS1_AID } from "../lds/data-groups.js";
import { efSod } from "../lds/security-object.js";
import type { CardFiles } from "./card-files.js";
import {
  type AccessKey,
  checkAccessKey,
  chooseDoor,
  fallFromPace,
  fallFromTemplate,
  isMrzKey,
  type OpenDoor,
  openByBac,
  openByPace,
} from "./doors.js";
import { openFile } from "./read-file.js";
import { readMasterFile } from "./read-master-file.js";
import type { ReadCardOptions, ReadingTerminal } from "./read-options.js";
import { askToSign, authenticateChip, type Doubt, fellFromChipAuthentication } from "./read-proofs.js";
import { authenticateMutually, authenticateToChip } from "./read-terminal.js";
import { remember } from "./reader-memory.js";
import {
  announces,
  type Carried,
  isLocked,
  nakedStatus,
  newReading,
  type Reading,
  take,
  takeGroup,
  within,
} from "./reading.js";
import { dropFiles, type MemoryState, readingMemory, stateOf, takeUp } from "./reading-memory.js";
import { AnotherChip, beginsAnew, recognize, settle } from "./same-chip.js";
import { terminalTemplate } from "./terminal-credentials.js";

export type { AskedProof, CardSecurityTrust, ReadCardOptions, ReadingTerminal, ReadProgress } from "./read-options.js";

/** The answer of BAC, 42 bytes, and a useful piece of a file must fit. */
const LEAST_RESPONSE = 64;

/**
 * Reads a travel document: opens the chip by the best door that both sides know, lets it prove that it is no copy, and reads the
 * files.
 *
 * Spec: ICAO 9303-10 §3.6, 9303-11 §4.2 to §4.4, §6 and §7.
 *
 * In this order: EF.CardAccess; PACE where it is offered, else BAC when the chip asks for it; EF.COM, EF.SOD, EF.DG14; chip
 * authentication, unless PACE had it in its mapping; terminal authentication, when there is a `terminal`; the data groups; active
 * authentication. With a `terminal` PACE says what terminal it is, and where EF.CardAccess offers version 2, terminal authentication,
 * EF.CardSecurity and chip authentication follow it at once. A data group that the chip does not open is listed in the evidence with its status word. One that is opened is
 * read to its end, or the reading fails: no half file comes back. Where less is settled for than both sides seem to know, `falls`
 * says so, and `allow` says what may be. Whether data and proofs are good is not looked at: see `validateCard`.
 *
 * Commands: one for EF.CardAccess, or two or three that it is not there; one for the header of each other file, ceil(rest / what fits
 * a response); and those of the protocols.
 *
 * @returns Whole files, and how they were read. Whoever judges them needs both. With a `terminal` the exchange is asynchronous.
 * @throws {ProtocolError} `ACCESS_KEY_NEEDED` - the chip asks for BAC and there is no access key for it; `BAC_REFUSED`,
 *   `BAC_CHIP_NOT_GENUINE`, `PACE_FAILED`, `SM_FAILED`, `SM_CLOSED` from the protocols; `CHIP_AUTHENTICATION_REFUSED`,
 *   `CHIP_NOT_GENUINE`, `TERMINAL_AUTHENTICATION_REFUSED` when `allow` forbids to go on without.
 * @throws {StatusError} - there is no travel-document application, no EF.COM or no EF.SOD; or the chip refuses in the
 *   middle of a file.
 * @throws {MalformedError} - EF.COM is malformed, a file's header is, or a file ends before its length; with its name.
 * @throws {RangeError} - an access key, a data group, a challenge or `maxResponse` that cannot be.
 * @throws {ChannelError} `CARD_TORN` - with `resume`, when the chip turns out to be another one twice in a reading.
 * @throws {TypeError} - `resume` does not come from `readingMemory`, or `reader` not from `readerMemory`.
 * @example
 * const card = await run(channel, readCard({ accessKey }));
 */
export function readCard(options?: ReadCardOptions & { readonly terminal?: undefined }): SyncExchange<CardFiles>;
export function readCard(options?: ReadCardOptions): Exchange<CardFiles>;
export function readCard(options: ReadCardOptions = {}): Exchange<CardFiles> {
  const { terminal } = options;
  return terminal === undefined ? readAlone(options) : readAs(terminal, options);
}

function* readAlone(options: ReadCardOptions): SyncExchange<CardFiles> {
  const state = begin(options);
  const carried: Tries = {};
  for (;;) {
    const reading = newReading(options, state);
    try {
      const pace = yield* enterCard(reading, carried);
      yield* enterDocument(reading, carried, pace);
      return yield* finish(reading);
    } catch (error) {
      if (!beginsAgain(error, reading, carried)) throw error;
    } finally {
      leave(reading);
    }
  }
}

/** The same with terminal authentication in the middle: of version 2 before the application is selected, of version 1 in it. */
async function* readAs(
  terminal: ReadingTerminal,
  options: ReadCardOptions,
): AsyncGenerator<CommandApdu, CardFiles, ResponseApdu> {
  const state = begin(options);
  const carried: Tries = {};
  for (;;) {
    const reading = newReading(options, state);
    try {
      const pace = yield* enterCard(reading, carried, terminalTemplate(terminal));
      if (pace) yield* authenticateMutually(reading, terminal);
      yield* enterDocument(reading, carried, pace);
      yield* authenticateToChip(reading, terminal);
      return yield* finish(reading);
    } catch (error) {
      if (!beginsAgain(error, reading, carried)) throw error;
    } finally {
      leave(reading);
    }
  }
}

/** The end of a try, whatever it came to, a tear included. */
function leave({ session, options, state }: Reading): void {
  session?.close();
  if (options.reader !== undefined) remember(options.reader, state.size);
}

/** Finds mistakes of the caller before the chip hears of them. */
function begin(options: ReadCardOptions): MemoryState {
  const { accessKey, dataGroups, maxResponse = 258, resume = readingMemory(), challenge } = options;
  if (!(maxResponse >= LEAST_RESPONSE)) {
    throw new RangeError(`readCard: maxResponse is ${maxResponse}, ${LEAST_RESPONSE} at least`);
  }
  const strange = dataGroups?.find((number) => dataGroupByNumber(number) === undefined);
  if (strange !== undefined) throw new RangeError(`readCard: data group ${strange}, 1 to 16 exist`);
  if (challenge !== undefined && challenge.length !== 8) {
    throw new RangeError(`readCard: the challenge has ${challenge.length} bytes, not 8`);
  }
  if (accessKey !== undefined) checkAccessKey(accessKey);
  const state = stateOf(resume);
  takeUp(state, { maxResponse, allow: options.allow ?? {}, reader: options.reader });
  return state;
}

/** What goes from one try to the next. */
type Tries = Carried & Doubt;

/** Whether the reading is to begin again with what was learnt of the chip; the error is final when not. */
function beginsAgain(error: unknown, reading: Reading, carried: Tries): boolean {
  const { access, root, session, state } = reading;
  if (session === undefined && access === "none" && isLocked(error)) {
    dropFiles(state); // what could be read in the clear is read again where nobody can change it
    carried.root = root;
    carried.refused = error;
    return true;
  }
  if (beginsAnew(error, reading, carried)) {
    delete carried.doubted;
    return true;
  }
  delete carried.refused;
  if (!fellFromChipAuthentication(error, reading, carried)) return fellFromExtended(error, state);
  if (reading.settled) state.standing = undefined;
  return true;
}

/**
 * Whether the session ended because the chip does not know extended lengths: it then answers 6700 without protection, being
 * unable to read the command. The reading begins again with short lengths. Whoever else sent that gains nothing but time.
 */
function fellFromExtended(error: unknown, { size }: MemoryState): boolean {
  if (nakedStatus(error) !== SW.WRONG_LENGTH || size.maxResponse <= 258 || size.allow.readSize === false) return false;
  size.falls.push({ kind: "readSize", from: size.maxResponse, to: 258, sw: SW.WRONG_LENGTH });
  size.maxResponse = 258;
  return true;
}

/** EF.CardAccess and PACE; false when the card is to be opened by BAC, if at all. */
function* enterCard(reading: Reading, carried: Carried, chat?: Uint8Array): SyncExchange<boolean> {
  const { options, state } = reading;
  const { accessKey, masterFile = false } = options;
  reading.root = carried.root;
  if (reading.root === undefined && (masterFile || accessKey !== undefined)) {
    reading.root = yield* readMasterFile(state, masterFile ? "all" : "cardAccess");
  }
  if (carried.refused !== undefined || accessKey === undefined) return false;
  return yield* enterByPace(reading, accessKey, chat);
}

/** Up to where the data groups can be read: BAC where there was no PACE, EF.COM, EF.SOD, chip authentication. */
function* enterDocument(reading: Reading, carried: Carried, pace: boolean): SyncExchange<void> {
  const { options, state, falls } = reading;
  const { accessKey } = options;
  const { refused } = carried;
  if (pace) {
    yield* readBehindPace(reading);
    yield* within(reading, selectDocument());
  } else {
    if (refused === undefined) yield* selectDocument();
    if (refused !== undefined || state.access === "BAC" || falls.length > 0) {
      if (accessKey === undefined || !isMrzKey(accessKey)) throw keyNeeded(refused);
      try {
        enter(reading, "BAC", yield* openByBac(accessKey, reading.random));
      } catch (error) {
        // Nothing but memory said that the card wants BAC.
        const guessed = refused === undefined && falls.length === 0;
        throw guessed && error instanceof StatusError ? new AnotherChip() : error;
      }
    }
  }
  yield* within(reading, takeHead(reading));
  yield* authenticateChip(reading);
}

function enter(reading: Reading, access: "PACE" | "BAC", door: OpenDoor): void {
  reading.access = access;
  reading.session = door.session;
  reading.protection = door.protection;
  reading.facts = door.facts;
  reading.pace = door.pace;
  const { chipAuthentication } = door.pace ?? {};
  if (chipAuthentication !== undefined) reading.proofs = { paceCam: chipAuthentication };
}

/** PACE where it is offered; false when the card is to be opened by BAC. */
function* enterByPace(reading: Reading, accessKey: AccessKey, chat?: Uint8Array): SyncExchange<boolean> {
  const { allow, falls, random } = reading;
  const choice = chooseDoor(accessKey, reading.root ?? { files: {}, notGiven: [], broken: [] }, allow);
  if (choice.protocol === "BAC") {
    if (choice.fall !== undefined) falls.push(choice.fall);
    return false;
  }
  try {
    enter(reading, "PACE", yield* openByPace(choice.offer, accessKey, random, chat));
  } catch (error) {
    const withoutTemplate = chat && fallFromTemplate(error, allow);
    if (withoutTemplate !== undefined) {
      falls.push(withoutTemplate);
      return yield* enterByPace(reading, accessKey);
    }
    const fall = fallFromPace(error, accessKey, allow);
    if (fall === undefined) throw error;
    falls.push(fall);
    return false;
  }
  return true;
}

/** PACE opens the card, not the application: what is in the master file behind it is read before. */
function* readBehindPace(reading: Reading): SyncExchange<void> {
  const { options, state, root, protection, proofs } = reading;
  const behind = options.masterFile === true ? "all" : proofs.paceCam !== undefined ? "cardSecurity" : undefined;
  if (behind !== undefined) reading.root = yield* within(reading, readMasterFile(state, behind, root, protection));
}

function* selectDocument(): SyncExchange<void> {
  yield* send(selectApplication(LDS1_AID), "SELECT the travel-document application");
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

/** EF.COM and EF.SOD. What was read before counts only under the same protection and when this is the same card. */
function* takeHead(reading: Reading): SyncExchange<void> {
  const { state, access } = reading;
  yield* recognize(reading);
  if (!state.files.has(efSod.name)) dropFiles(state);
  state.access = access;
  yield* take(reading, efCom);
  yield* take(reading, efSod);
}

/** The data groups that are wanted, and what the chip signs at the end. */
function* finish(reading: Reading): SyncExchange<CardFiles> {
  const { options, files } = reading;
  const { dataGroups } = options;
  settle(reading);
  const announced = DATA_GROUPS.filter((group) => announces(reading, group));
  const wanted = announced.filter(({ number }) => dataGroups === undefined || dataGroups.includes(number));
  yield* within(reading, takeAll(reading, wanted));
  yield* askToSign(reading);
  const { state, root, access, facts, falls, notGiven } = reading;
  const all = [...falls, ...state.size.falls];
  const inOrder = [efCom, efSod, ...DATA_GROUPS].flatMap(({ name }) => {
    const file = files[name];
    return file === undefined ? [] : [[name, file] as const];
  });
  // EF.CardSecurity is asked for without `masterFile` too, where a proof rests on it: that it was kept back is told.
  const missing = (root?.notGiven ?? []).filter(
    ({ name }) => options.masterFile === true || name === efCardSecurity.name,
  );
  const proofs = proofsOf(reading);
  const result: CardFiles = {
    files: { ...Object.fromEntries(inOrder), ...root?.files },
    evidence: {
      accessControl: access,
      notGiven: DATA_GROUPS.flatMap(({ name }) => notGiven.filter((entry) => entry.name === name)),
      notAsked: announced.map(({ name }) => name).filter((name) => isNotAsked(name, reading, wanted)),
      ...(missing.length > 0 && { masterFileNotGiven: missing }),
      ...(all.length > 0 && { falls: all }),
      ...(state.resumed > 0 && { resumed: state.resumed }),
      ...(facts !== undefined && { pace: facts }),
      ...(Object.keys(proofs).length > 0 && { proofs }),
    },
  };
  if (options.reader !== undefined) remember(options.reader, state.size);
  options.resume?.clear();
  return result;
}

const isNotAsked = (
  name: string,
  { files, notGiven }: Reading,
  wanted: readonly { readonly name: string }[],
): boolean => files[name] === undefined && ![...wanted, ...notGiven].some((entry) => entry.name === name);

function* takeAll(reading: Reading, wanted: readonly (typeof DATA_GROUPS)[number][]): SyncExchange<void> {
  for (const group of wanted) yield* takeGroup(reading, group);
  // The proof of chip authentication is the first answer under its keys: when nothing was left to read, there was none yet.
  if (reading.opening?.evidence().confirmed === false) yield* openFile(efCom, reading.state);
}

function proofsOf({ proofs, opening }: Reading): typeof proofs {
  return opening === undefined ? proofs : { chipAuthentication: opening.evidence(), ...proofs };
}
