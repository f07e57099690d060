import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import type { CancelSignal, Channel } from "../apdu/channel.js";
import { run } from "../apdu/exchange.js";
import { secured } from "../apdu/session.js";
import { send, statusError } from "../apdu/status.js";
import { equalBytes, toHex } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import { CardwrightError, ChannelError, MalformedError, ProtocolError, StatusError } from "../errors.js";
import type { Scp03Keys } from "../gp/keys.js";
import { encodeDgis, selectIssuerSecurityDomain } from "../gp/terminal/commands.js";
import { openScp03, type Scp03Terminal } from "../gp/terminal/scp03.js";
import { parseTlv, parseTlvs } from "../tlv/ber.js";
import { PersonalizationError } from "./errors.js";
import { describeProgress, type Journal, type JournalEntry, type Progress } from "./journal.js";
import type { PersonalizationScript, PersonalizationStep } from "./script.js";

/** How far a personalization is. */
export interface PersonalizationProgress {
  /** Steps acknowledged so far. */
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

/** What {@link personalize} needs. */
export interface PersonalizeOptions {
  readonly channel: Channel;
  readonly script: PersonalizationScript;
  /** Opens the secure channel and fills in secrets; see `memoryScp03Keys`. */
  readonly keys: Scp03Keys;
  /** Kept until the receipt is stored: it says what is on the chip after any fault. */
  readonly journal: Journal;
  /** The clock, for the receipt. */
  readonly now: () => Date;
  readonly random?: RandomSource;
  readonly signal?: CancelSignal;
  /** Called after each step. */
  readonly onProgress?: (progress: PersonalizationProgress) => void;
}

/** Proof of a finished card, for the record and the audit. Holds no secret. */
export interface PersonalizationReceipt {
  readonly format: "cardwright.receipt.1";
  readonly documentNumber: string;
  readonly profile: { readonly id: string; readonly version: string };
  readonly chip: { readonly kdd: string; readonly keyVersion: number };
  readonly securityLevel: number;
  readonly imageDigest: string;
  readonly scriptDigest: string;
  readonly files: PersonalizationScript["files"];
  readonly steps: number;
  /** How many secure channels it took: more than one when it was interrupted. */
  readonly sessions: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/**
 * Writes one card: selects the issuer security domain, opens SCP03, sends the script's steps, checks the life cycle.
 *
 * Called again with the same journal after a fault, it goes on where the chip is: units that the chip has acknowledged
 * are not sent again, the one in doubt is written again from its first block. It never opens a channel a second time with keys
 * that did not fit, and never writes to another chip than the one the journal names.
 *
 * Spec: GPCS 2.3.1 §11; Amendment D.
 *
 * @throws {PersonalizationError} with `progress` (what is on the chip):
 *   `PERSO_INTERRUPTED` - the way to the chip broke, the session ended or the caller stopped: call again with the card;
 *   `PERSO_REFUSED` - the chip refused a step, INITIALIZE UPDATE or the security level, reports another life cycle than
 *   is due, or the key service lacks a key version or a secret: the card is for re-make unless the cause is mended;
 *   `PERSO_DOUBTFUL_KEY` - the keys do not fit: chips count such tries and block, so find the right keys, and
 *   append `keyReviewed` to the journal before the next call;
 *   `PERSO_WRONG_CHIP` / `PERSO_WRONG_SCRIPT` - the journal belongs to another chip (no key is tried on it) or script;
 *   `PERSO_ALREADY_DONE` - the journal says that this card is finished.
 */
export async function personalize(options: PersonalizeOptions): Promise<PersonalizationReceipt> {
  const { channel, script, journal, now, signal } = options;
  const startedAt = now();
  const before = await progressOf(script, journal);
  refuseToStart(before, await journal.entries(), script);
  let chip: { readonly kdd: string; readonly keyVersion: number };
  try {
    chip = await run(channel, writeCard(options, before), signal === undefined ? {} : { signal });
  } catch (error) {
    throw await recordFailure(error, script, journal);
  }
  await journal.append({ event: "completed" });
  const sessions = (await journal.entries()).filter((entry) => entry.event === "opened").length;
  return {
    format: "cardwright.receipt.1",
    documentNumber: script.documentNumber,
    profile: script.profile,
    chip,
    securityLevel: script.securityLevel,
    imageDigest: script.imageDigest,
    scriptDigest: script.digest,
    files: script.files,
    steps: script.steps.length,
    sessions,
    startedAt: startedAt.toISOString(),
    finishedAt: now().toISOString(),
  };
}

async function progressOf(script: PersonalizationScript, journal: Journal): Promise<Progress> {
  return describeProgress(script, await journal.entries());
}

function refuseToStart(progress: Progress, entries: readonly JournalEntry[], script: PersonalizationScript): void {
  const foreign = entries.some((entry) => entry.event === "opened" && entry.script !== script.digest);
  if (foreign) {
    throw new PersonalizationError(
      "PERSO_WRONG_SCRIPT",
      "The journal belongs to another script. Go on with the script it was begun with, or re-make the card.",
      progress,
    );
  }
  if (progress.state === "completed") {
    throw new PersonalizationError("PERSO_ALREADY_DONE", "This card is finished; it is not made twice.", progress);
  }
  if (progress.state === "doubtfulKey") {
    throw new PersonalizationError(
      "PERSO_DOUBTFUL_KEY",
      "The keys did not fit this chip before. Find the right ones, then append keyReviewed to the journal.",
      progress,
    );
  }
}

/** Journals a fault and makes the error that says what is on the chip. */
async function recordFailure(error: unknown, script: PersonalizationScript, journal: Journal): Promise<unknown> {
  if (error instanceof PersonalizationError) return error;
  const wrap = async (code: PersonalizationError["code"], message: string) =>
    new PersonalizationError(code, message, await progressOf(script, journal), { cause: error });
  if (isDoubtOfKey(error)) {
    await journal.append({ event: "doubtfulKey" });
    return wrap(
      "PERSO_DOUBTFUL_KEY",
      "The keys do not fit this chip. Chips count wrong tries and block: find the right keys before the next one.",
    );
  }
  if (error instanceof StatusError) return wrap("PERSO_REFUSED", error.message);
  try {
    await journal.append({ event: "interrupted", code: error instanceof CardwrightError ? error.code : "ABORTED" });
  } catch {
    // The line only informs: what matters was written before, and `error` may be the journal's own.
  }
  // To call again helps only where the way to the chip, the session or the caller stopped it.
  if (error instanceof ChannelError) {
    return wrap(
      "PERSO_INTERRUPTED",
      `The way to the chip broke: ${error.message} Put the same card back and call again with this journal.`,
    );
  }
  const ended = error instanceof ProtocolError && (error.code === "SCP03_FAILED" || error.code === "SCP03_CLOSED");
  if (ended) return wrap("PERSO_INTERRUPTED", `${error.message} Call again with this journal.`);
  if (error instanceof CardwrightError) return wrap("PERSO_REFUSED", error.message);
  return wrap(
    "PERSO_INTERRUPTED",
    "It was stopped on this side, see the cause. Call again with the same card and journal.",
  );
}

/** Whether an authentication failed, or would have: INITIALIZE UPDATE that is refused uses up no try. */
function isDoubtOfKey(error: unknown): boolean {
  if (!(error instanceof ProtocolError)) return false;
  if (error.code === "SCP03_CARD_CRYPTOGRAM") return true;
  return error.code === "SCP03_REFUSED" && error.step === "EXTERNAL AUTHENTICATE";
}

async function* writeCard(
  options: PersonalizeOptions,
  before: Progress,
): AsyncGenerator<CommandApdu, { readonly kdd: string; readonly keyVersion: number }, ResponseApdu> {
  const { script, journal, keys, random = systemRandom } = options;
  yield* send(selectIssuerSecurityDomain(script.issuerSecurityDomain), "SELECT the issuer security domain");
  const terminal = yield* openScp03({ keys: keysOfOneChip(keys, before), securityLevel: script.securityLevel, random });
  try {
    const kdd = toHex(terminal.kdd);
    const { keyVersion } = terminal;
    await journal.append({ event: "opened", script: script.digest, kdd, keyVersion });
    yield* secured(terminal.session, writeSteps(options, before, terminal));
    return { kdd, keyVersion };
  } finally {
    terminal.session.close();
  }
}

/** The key service for the chip that the journal names: no key is tried on another one. */
function keysOfOneChip(keys: Scp03Keys, before: Progress): Scp03Keys {
  return {
    wrapSecret: (request) => keys.wrapSecret(request),
    wrapKeySet: (request) => keys.wrapKeySet(request),
    deriveSession: (request) => {
      const kdd = toHex(request.kdd);
      if (before.kdd === undefined || before.kdd === kdd) return keys.deriveSession(request);
      throw new PersonalizationError(
        "PERSO_WRONG_CHIP",
        `This chip has KDD ${kdd}, the journal was begun with ${before.kdd}. Put the right card back.`,
        before,
      );
    },
  };
}

async function* writeSteps(
  options: PersonalizeOptions,
  before: Progress,
  terminal: Scp03Terminal,
): AsyncGenerator<CommandApdu, void, ResponseApdu> {
  const { script, journal, onProgress } = options;
  const { steps } = script;
  for (let index = before.nextStep; index < steps.length; index++) {
    const step = steps[index] as PersonalizationStep;
    const command = await fillSecret(step, options.keys, terminal);
    await journal.append({ event: "sent", step: index });
    const response = yield command;
    const again = before.repeated && step.unit === before.doubtful;
    const done = step.expect.includes(response.sw) || (again && step.expectAgain?.includes(response.sw) === true);
    if (!done) {
      await journal.append({ event: "refused", step: index, sw: response.sw });
      throw statusError(command, response.sw, step.label);
    }
    if (step.expectLifeCycle !== undefined) {
      const fault = lifeCycleFault(step, response);
      if (fault !== undefined) {
        await journal.append({ event: "refused", step: index, sw: response.sw });
        throw new PersonalizationError("PERSO_REFUSED", fault, await progressOf(script, journal));
      }
    }
    await journal.append({ event: "acknowledged", step: index, sw: response.sw });
    onProgress?.({ done: index + 1, total: steps.length, label: step.label });
  }
}

/** Puts the secret that a step names into its command, encrypted under the chip's DEK by the key service. */
async function fillSecret(step: PersonalizationStep, keys: Scp03Keys, terminal: Scp03Terminal): Promise<CommandApdu> {
  if (step.secret === undefined) return step.command;
  const { name, dgi } = step.secret;
  const wrapped = await keys.wrapSecret({ name, kdd: terminal.kdd, keyVersion: terminal.keyVersion });
  return { ...step.command, data: encodeDgis([{ id: dgi, value: wrapped.cryptogram }]) };
}

/** What is wrong when the chip does not report the state that is due. */
function lifeCycleFault(step: PersonalizationStep, response: ResponseApdu): string | undefined {
  const state = lifeCycleOf(response.data, step.expectAid);
  if (state === step.expectLifeCycle) return undefined;
  const hex = (value: number | undefined) => value?.toString(16).toUpperCase().padStart(2, "0") ?? "none";
  return (
    `${step.label}: the chip reports life-cycle state ${hex(state)}, ${hex(step.expectLifeCycle)} is due. ` +
    "Do not hand this card out: check the profile against the chip."
  );
}

/**
 * Life-cycle state 9F70 of one AID in a GET STATUS answer (GPCS 2.3.1 table 11-36). A search by AID finds longer ones that begin
 * alike too, so every entry is looked at; an answer without an AID says nothing about any.
 *
 * @param aid - Of the application; the first entry is that of the issuer security domain when left out.
 */
function lifeCycleOf(data: Uint8Array, aid: Uint8Array | undefined): number | undefined {
  try {
    for (const entry of parseTlvs(data)) {
      const row = parseTlv(entry.raw, 0xe3);
      const own = row.child(0x4f)?.value;
      if (aid === undefined || (own !== undefined && equalBytes(own, aid))) return row.child(0x9f70)?.value[0];
    }
    return undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
