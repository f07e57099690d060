import { type CommandApdu, encodeCommand } from "../apdu/apdu.js";
import { SW } from "../apdu/status.js";
import { equalBytes, toHex, utf8 } from "../bytes/bytes.js";
import { encodeFileControl } from "../card/file-control.js";
import { orderedFunctions } from "../card/functions.js";
import { type CardApplication, type CardFile, type CardImage, cardImageToJson, orderedRule } from "../card/image.js";
import type { ApplicationProfile, FileProfile, Profile } from "../card/profile.js";
import { hash } from "../crypto/hash.js";
import { CardwrightError, EncodeError } from "../errors.js";
import {
  encodeDgis,
  getStatus,
  installForInstall,
  installForPersonalization,
  installParameters,
  setStatus,
  storeData,
} from "../gp/terminal/commands.js";

/** One command of a script, as it is before protection. */
export interface PersonalizationStep {
  /** What it does, e.g. `EF.DG2 3/90`. */
  readonly label: string;
  /**
   * Steps of one unit are done again from the unit's first when the last one is in doubt: all of them are safe to
   * repeat, because a file counts only when it is complete.
   */
  readonly unit: string;
  readonly command: CommandApdu;
  /** Status words that mean it is done. */
  readonly expect: readonly number[];
  /** Further ones that mean so when the step was sent before and its answer was lost. */
  readonly expectAgain?: readonly number[];
  /**
   * The secret that goes into the command: its data are then empty, and what the key service has encrypted under the
   * chip's DEK is put in at the wire, as the value of this DGI.
   */
  readonly secret?: { readonly name: string; readonly dgi: number };
  /** The answer must report this life-cycle state (GET STATUS, tag 9F70), */
  readonly expectLifeCycle?: number;
  /** and for the application with this AID; of the issuer security domain when left out. */
  readonly expectAid?: Uint8Array;
}

/** The plan for one card, complete before the chip is touched: plain data without any clear secret. */
export interface PersonalizationScript {
  readonly format: "cardwright.script.1";
  readonly documentNumber: string;
  readonly profile: { readonly id: string; readonly version: string };
  readonly issuerSecurityDomain: Uint8Array;
  readonly securityLevel: 0x01 | 0x03 | 0x11 | 0x13 | 0x33;
  /** Digest of the image, hex: equal images give equal ones. */
  readonly imageDigest: string;
  /** What will be on the chip: sizes in bytes, SHA-256 in hex. */
  readonly files: readonly {
    readonly name: string;
    readonly fid: number;
    readonly size: number;
    readonly sha256: string;
  }[];
  /** SHA-256 of everything above and of all steps, hex; a journal is bound to it. */
  readonly digest: string;
  readonly steps: readonly PersonalizationStep[];
}

/** DGI of file control parameters where no application names another. */
const FILE_DGI = 0x0062;

/** Statuses of a step that was done already (GPCS 2.3.1: the object exists, the state is reached). */
const DONE_BEFORE = [SW.CONDITIONS_NOT_SATISFIED, SW.WRONG_DATA] as const;

function installStep(application: ApplicationProfile): PersonalizationStep {
  const { install, aid, name } = application;
  return {
    label: `install ${name}`,
    unit: `install ${name}`,
    command: installForInstall({
      loadFileAid: install.loadFile,
      moduleAid: install.module,
      instanceAid: aid,
      privileges: install.privileges,
      parameters: installParameters({ application: install.applicationParameters }),
    }),
    expect: [SW.OK],
    expectAgain: DONE_BEFORE,
  };
}

/**
 * INSTALL [for personalization], then `data` in STORE DATA blocks numbered from zero. Without an application the blocks are for
 * the issuer security domain itself, which keeps the master file.
 */
function storeSteps(
  application: ApplicationProfile | undefined,
  unit: string,
  data: Uint8Array,
  blockSize: number,
): PersonalizationStep[] {
  const count = Math.ceil(data.length / blockSize);
  if (count > 256) {
    throw new CardwrightError(
      "SCRIPT_INVALID",
      `${unit} needs ${count} STORE DATA blocks of ${blockSize} bytes; they are numbered in one byte. Raise blockSize.`,
    );
  }
  const steps: PersonalizationStep[] = application === undefined ? [] : [openForPersonalization(application, unit)];
  for (let block = 0; block < count; block++) {
    const part = data.subarray(block * blockSize, (block + 1) * blockSize);
    steps.push({
      label: `${unit} ${block + 1}/${count}`,
      unit,
      command: storeData({ block, last: block === count - 1, encrypted: false, data: part }),
      expect: [SW.OK],
    });
  }
  return steps;
}

function openForPersonalization(application: ApplicationProfile, unit: string): PersonalizationStep {
  return {
    label: `${unit}: address ${application.name}`,
    unit,
    command: installForPersonalization(application.aid),
    expect: [SW.OK],
  };
}

function fileControlOf(file: FileProfile, content: Uint8Array): Uint8Array {
  const { fid, sfi, read, update } = file;
  try {
    return encodeFileControl({ size: content.length, fid, sfi, access: { read, update } });
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const message = `${file.name} (${content.length} bytes) cannot be described to the chip: ${error.message}`;
    throw new CardwrightError("SCRIPT_INVALID", message, { cause: error });
  }
}

/** Place and access rules, in which image and profile must agree: the script writes the profile's. */
const placeOf = ({ name, fid, sfi, read, update }: FileProfile | CardFile): string =>
  JSON.stringify([name, fid, sfi, orderedRule(read), orderedRule(update)]);

/** A file of the image that has no place in the profile, which is what would be written. */
function strayFile(files: readonly CardFile[], profile: readonly FileProfile[]): string | undefined {
  const places = profile.map(placeOf);
  const stray = files.find((file) => !places.includes(placeOf(file)));
  return stray && `${stray.name} does not lie where the profile has it, or has other access rules`;
}

/** Why an application of an image is not the profile's; a receipt must not name what was never written. */
function disagreement(contents: CardApplication, application: ApplicationProfile): string | undefined {
  const stray = strayFile(contents.files, application.files);
  if (stray !== undefined) return stray;
  const unknown = contents.secrets.find((name) => !application.secrets.some((slot) => slot.name === name));
  if (unknown !== undefined) return `the profile has no secret "${unknown}"`;
  const missing = application.secrets.find(({ name, optional }) => !optional && !contents.secrets.includes(name));
  if (missing !== undefined) return `the image has no secret "${missing.name}"`;
  // They are part of the application's code on the chip, so that an image cannot bring others.
  const [of, by] = [contents, application].map(({ functions }) => JSON.stringify(orderedFunctions(functions ?? {})));
  return of === by ? undefined : "the image states other functions than the profile";
}

/** Where files are stored: an application, or the master file when there is none. */
interface Storage {
  readonly application?: ApplicationProfile;
  readonly fileDgi: number;
  readonly blockSize: number;
}

function fileSteps(storage: Storage, file: FileProfile, content: Uint8Array): PersonalizationStep[] {
  const { application, fileDgi, blockSize } = storage;
  const fcp = fileControlOf(file, content);
  const data = encodeDgis([
    { id: fileDgi, value: fcp },
    { id: file.dgi, value: content },
  ]);
  return storeSteps(application, file.name, data, blockSize);
}

/** The steps of all files that the profile has and the image too. */
function filesSteps(storage: Storage, profile: readonly FileProfile[], image: readonly CardFile[]) {
  return profile.flatMap((file) => {
    const content = image.find((candidate) => candidate.name === file.name)?.content;
    if (content !== undefined) return fileSteps(storage, file, content);
    if (file.optional === true) return [];
    throw new CardwrightError("SCRIPT_INVALID", `the image has no ${file.name}`);
  });
}

/**
 * The personalization script of an image: INSTALL, STORE DATA for every file and secret, life cycle at the end and its
 * check. Deterministic, so that an audit can make it again.
 *
 * Spec: GPCS 2.3.1 §11.5 (INSTALL), §11.11 (STORE DATA), §11.10 (SET STATUS), §11.4 (GET STATUS).
 *
 * @throws {CardwrightError} `SCRIPT_INVALID` when image and profile do not belong together, a file has too many blocks or
 *   cannot be described to the chip (65,535 bytes at most), or the block size is no whole number above zero.
 */
export function compilePersonalization(image: CardImage, profile: Profile): PersonalizationScript {
  const fail = (message: string): never => {
    throw new CardwrightError("SCRIPT_INVALID", message);
  };
  if (image.profile.id !== profile.id || image.profile.version !== profile.version) {
    fail(
      `the image was built for profile ${image.profile.id} ${image.profile.version}, not ${profile.id} ${profile.version}`,
    );
  }
  const { personalization } = profile;
  if (!Number.isInteger(personalization.blockSize) || personalization.blockSize < 1) {
    fail(`blockSize is ${personalization.blockSize}: a whole number of bytes above zero is needed`);
  }
  const homeless = image.applications.find(({ aid }) => !profile.applications.some((row) => equalBytes(row.aid, aid)));
  if (homeless !== undefined) fail(`profile ${profile.id} has no application ${homeless.name}`);
  const { blockSize } = personalization;
  const root = { fileDgi: profile.applications[0]?.fileDgi ?? FILE_DGI, blockSize };
  const stray = strayFile(image.masterFile ?? [], profile.masterFile ?? []);
  if (stray !== undefined) fail(`master file: ${stray}`);
  const steps = filesSteps(root, profile.masterFile ?? [], image.masterFile ?? []);
  for (const application of profile.applications) {
    const contents = image.applications.find((candidate) => equalBytes(candidate.aid, application.aid));
    if (contents === undefined) throw fail(`the image has no application ${application.name}`);
    const fault = disagreement(contents, application);
    if (fault !== undefined) fail(`${application.name}: ${fault}`);
    steps.push(installStep(application));
    for (const slot of application.secrets) {
      if (!contents.secrets.includes(slot.name)) continue;
      const unit = `secret ${slot.name}`;
      steps.push(openForPersonalization(application, unit), {
        label: unit,
        unit,
        command: storeData({ block: 0, last: true, encrypted: true, data: new Uint8Array(0) }),
        expect: [SW.OK],
        secret: { name: slot.name, dgi: slot.dgi },
      });
    }
    steps.push(
      ...filesSteps({ application, fileDgi: application.fileDgi, blockSize }, application.files, contents.files),
    );
    const state = personalization.lifeCycle.application;
    steps.push({
      label: `lock ${application.name}`,
      unit: `lock ${application.name}`,
      command: setStatus("applications", state, application.aid),
      expect: [SW.OK],
      expectAgain: DONE_BEFORE,
    });
    steps.push({
      label: `check the life cycle of ${application.name}`,
      unit: `check ${application.name}`,
      command: getStatus("applications", { aid: application.aid }),
      expect: [SW.OK],
      expectLifeCycle: state,
      expectAid: application.aid,
    });
  }
  const states = personalization.lifeCycle.card;
  for (const state of states) {
    const label = `set the card to state ${toHex(Uint8Array.of(state)).toUpperCase()}`;
    const command = setStatus("issuerSecurityDomain", state);
    steps.push({ label, unit: label, command, expect: [SW.OK], expectAgain: DONE_BEFORE });
  }
  const last = states[states.length - 1];
  if (last !== undefined) {
    const command = getStatus("issuerSecurityDomain");
    const label = "check the life cycle of the card";
    steps.push({ label, unit: label, command, expect: [SW.OK], expectLifeCycle: last });
  }
  const head = {
    format: "cardwright.script.1",
    documentNumber: image.documentNumber,
    profile: { id: profile.id, version: profile.version },
    issuerSecurityDomain: personalization.issuerSecurityDomain,
    securityLevel: personalization.securityLevel,
    imageDigest: digestOfImage(image),
    files: [...(image.masterFile ?? []), ...image.applications.flatMap(({ files }) => files)].map(
      ({ name, fid, content }) => ({ name, fid, size: content.length, sha256: toHex(hash("SHA-256", content)) }),
    ),
  } as const;
  return { ...head, digest: digestOf({ ...head, steps }), steps };
}

/** SHA-256 of the image's JSON with each content replaced by its own SHA-256, which is faster than all of it in hex. */
function digestOfImage(image: CardImage): string {
  const digests = (files: readonly CardFile[]) =>
    files.map((file) => ({ ...file, content: hash("SHA-256", file.content) }));
  const { masterFile } = image;
  const short: CardImage = {
    ...image,
    applications: image.applications.map((application) => ({ ...application, files: digests(application.files) })),
    ...(masterFile && { masterFile: digests(masterFile) }),
  };
  return toHex(hash("SHA-256", utf8(cardImageToJson(short))));
}

/**
 * SHA-256 of the script's JSON with bytes as hex, those longer than a digest as the hex of theirs. The bytes are replaced beforehand,
 * because a replacer would be called for each member of each step.
 */
function digestOf(script: Omit<PersonalizationScript, "digest">): string {
  const short = {
    ...script,
    issuerSecurityDomain: shortHex(script.issuerSecurityDomain),
    steps: script.steps.map((step) => {
      const command = { ...step.command, data: shortHex(step.command.data) };
      return { ...step, command, ...(step.expectAid && { expectAid: shortHex(step.expectAid) }) };
    }),
  };
  return toHex(hash("SHA-256", utf8(JSON.stringify(short))));
}

function shortHex(bytes: Uint8Array): string {
  return toHex(bytes.length > 32 ? hash("SHA-256", bytes) : bytes);
}

/** What a script will cost, before a card is touched. */
export function estimateScript(script: PersonalizationScript): { readonly commands: number; readonly bytes: number } {
  const bytes = script.steps.reduce((sum, step) => sum + encodeCommand(step.command).length, 0);
  return { commands: script.steps.length + 3, bytes };
}
