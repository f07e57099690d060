import { bacChip } from "../access/bac/chip.js";
import { type BacKeys, deriveBacKeys } from "../access/bac/shared.js";
import { beginsPace, type PaceChipOutcome, paceChip } from "../access/pace/chip.js";
import { type CommandApdu, encodeResponse, parseCommand, type ResponseApdu } from "../apdu/apdu.js";
import { isExtended } from "../apdu/decorate.js";
import type { ChipExchange } from "../apdu/exchange.js";
import type { ChipOutcome, ChipSecureSession } from "../apdu/session.js";
import { SW } from "../apdu/status.js";
import { fromHex, toHex } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import type { AccessProtocol, Shown } from "../card/access-rule.js";
import { accessSecretsOf, type CardImage, type ChipSecrets, DOCUMENT_BASIC_ACCESS } from "../card/image.js";
import type { ChipQuirks, Profile } from "../card/profile.js";
import { CardwrightError, MalformedError, ProtocolError } from "../errors.js";
import { type Scp03ChipOutcome, type Scp03StaticKeys, scp03Chip } from "../gp/chip/scp03.js";
import { isProtected, SmRefusal } from "../sm/chip.js";
import { status } from "./answer.js";
import { getData, type ManagerState, manage } from "./card-manager.js";
import { readBinary, type Selection, select } from "./files.js";
import { paceOfImage } from "./pace.js";
import type { ChipApplication, ChipMemory } from "./state.js";

/** Answer to reset: contactless card, T=1 offered, check byte right. */
const ATR = fromHex("3b8180018080");

/** AID of the issuer security domain when none is given. */
const ISSUER_SECURITY_DOMAIN = fromHex("a000000151000000");

/** Failed authentications after which a key set is blocked for good. */
const MAX_FAILURES = 10;

/** SCP03 as the chip speaks it: pseudo-random challenges, R-MAC, R-ENC. */
const SCP03_I = 0x70;

/** DGI of file control parameters in profiles without applications. */
const FILE_DGI = 0x0062;

/** INS of the steps of PACE. */
const GENERAL_AUTHENTICATE = 0x86;

/** Most data bytes of an answer (ISO 7816-4 §5.2). */
const MAX_ANSWER = 65_536;

/**
 * Most plain bytes whose protected form fits the outer `ne`: DO 87 or 85 with up to five bytes of header and 1 to 8 of
 * padding, DO 99 and DO 8E. Without an outer Le a short answer is meant.
 */
function protectedRoom(ne: number): number {
  return Math.max(0, ((((ne === 0 ? 256 : ne) - 14 - 5) >> 3) << 3) - 1);
}

/** What any protocol of the chip may end with. */
type Outcome = ChipOutcome & Scp03ChipOutcome & PaceChipOutcome;

/** The session that is open, and how it came about. */
interface ActiveSession {
  readonly kind: "SCP03" | AccessProtocol;
  readonly session: ChipSecureSession;
  /** The password of PACE. */
  readonly password?: PaceChipOutcome["password"];
  /** The application that was selected when it began; BAC opens that one alone (ICAO 9303-11 §4.2 step 4). */
  readonly application: ChipApplication | undefined;
}

/** What is known of the other side in a session. */
const shownIn = (active: ActiveSession | undefined): Shown =>
  active?.password === "pin" ? { pins: ["identity"] } : {};

/** What a chip is when it leaves its maker. */
export interface BlankChipOptions {
  /** Whose applications are on the chip as code, ready to be installed. */
  readonly profile: Profile;
  /** Key diversification data, 10 bytes: the chip's serial for the key service. */
  readonly kdd: Uint8Array;
  /** Keys of the issuer security domain by version. */
  readonly keySets: ReadonlyMap<number, Scp03StaticKeys>;
  readonly random?: RandomSource;
}

/**
 * A chip in software: issuer security domain with SCP03, file system with access rules, life cycle, BAC, PACE and
 * secure messaging. Bytes in, bytes out, synchronously; it never throws at a command. For tests, demonstrations and rehearsals:
 * its keys lie in the memory of the process.
 */
export class VirtualChip {
  readonly atr: Uint8Array = ATR;
  readonly #memory: ChipMemory;
  readonly #selection: Selection = { application: undefined, file: undefined };
  readonly #manager: ManagerState = { target: undefined, keyVersion: 0 };
  #protocol: ChipExchange<Outcome> | undefined;
  #session: ActiveSession | undefined;
  /** How a protocol has just ended; its session begins behind the response, which may go into the session before. */
  #ended: Outcome | undefined;

  private constructor(memory: ChipMemory) {
    this.#memory = memory;
  }

  /** A chip as its maker delivers it: code and keys, no application instance, card state OP_READY. */
  static blank(options: BlankChipOptions): VirtualChip {
    const { profile, kdd, keySets, random = systemRandom } = options;
    if (kdd.length !== 10) throw new RangeError(`VirtualChip.blank: kdd has ${kdd.length} bytes, not 10`);
    return new VirtualChip({
      kdd: kdd.slice(),
      issuerSecurityDomain: ISSUER_SECURITY_DOMAIN,
      keySets: new Map(keySets),
      counters: new Map(),
      failures: new Map(),
      applications: new Map(),
      masterFile: new Map(),
      masterFileProfile:
        profile.masterFile === undefined
          ? undefined
          : { files: profile.masterFile, secrets: [], fileDgi: profile.applications[0]?.fileDgi ?? FILE_DGI },
      pace: undefined,
      quirks: profile.quirks ?? {},
      modules: new Map(profile.applications.map((application) => [toHex(application.install.module), application])),
      capacity: profile.capacity,
      random,
      cardLifeCycle: 0x01,
    });
  }

  /**
   * A finished chip that holds an image. Access keys follow from the image. It answers PACE when the image has an EF.CardAccess:
   * with the MRZ, and with the passwords and static keys that are among the secrets by the names of {@link PACE_SECRETS}.
   *
   * @param secrets - The other secrets that the image names.
   * @param options.quirks - Departures from the standards, e.g. those of the profile; none when left out.
   * @throws {CardwrightError} `SECRET_UNKNOWN` when one is missing; `IMAGE_INVALID` or a MalformedError when the access
   *   keys cannot be read out of EF.DG1 and are not given either.
   */
  static fromImage(
    image: CardImage,
    secrets: ChipSecrets = {},
    options: { random?: RandomSource; quirks?: ChipQuirks } = {},
  ): VirtualChip {
    const follows = image.applications.some(({ secrets }) => secrets.includes(DOCUMENT_BASIC_ACCESS));
    const known: ChipSecrets =
      follows && secrets[DOCUMENT_BASIC_ACCESS] === undefined ? { ...secrets, ...accessSecretsOf(image) } : secrets;
    const applications = image.applications.map((application): [string, ChipApplication] => [
      toHex(application.aid),
      {
        aid: application.aid,
        profile: undefined,
        files: new Map(application.files.map((file) => [file.fid, file])),
        secrets: new Map(
          application.secrets.map((name) => {
            const secret = known[name];
            if (secret === undefined) {
              throw new CardwrightError("SECRET_UNKNOWN", `the image names a secret "${name}", which was not given`);
            }
            return [name, secret.slice()];
          }),
        ),
        lifeCycle: 0x0f,
      },
    ]);
    return new VirtualChip({
      kdd: new Uint8Array(10),
      issuerSecurityDomain: ISSUER_SECURITY_DOMAIN,
      keySets: new Map(),
      counters: new Map(),
      failures: new Map(),
      applications: new Map(applications),
      masterFile: new Map(image.masterFile?.map((file) => [file.fid, file])),
      masterFileProfile: undefined,
      pace: paceOfImage(image, known),
      quirks: options.quirks ?? {},
      modules: new Map(),
      capacity: 0,
      random: options.random ?? systemRandom,
      cardLifeCycle: 0x0f,
    });
  }

  /** Card life-cycle state (GPCS 2.3.1 §5.1). */
  get lifeCycle(): number {
    return this.#memory.cardLifeCycle;
  }

  /** Removes power: volatile state is gone, files stay. */
  reset(): void {
    this.#drop();
    this.#manager.target = undefined;
    this.#selection.application = undefined;
    this.#selection.file = undefined;
  }

  /** One command, one response of at least two bytes. */
  transmit(bytes: Uint8Array): Uint8Array {
    if (this.#memory.quirks.shortLengthsOnly === true && isExtended(bytes)) {
      this.#drop();
      return encodeResponse(status(SW.WRONG_LENGTH));
    }
    let command: CommandApdu;
    try {
      command = parseCommand(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#drop(); // it came in the clear, and a challenge is good for the next command only
      return encodeResponse(status(SW.WRONG_LENGTH));
    }
    return encodeResponse(this.#receive(command));
  }

  #receive(command: CommandApdu): ResponseApdu {
    const response = this.#answer(command);
    const ended = this.#ended;
    this.#ended = undefined;
    if (ended?.session !== undefined) this.#open(ended, ended.session);
    return response;
  }

  #answer(command: CommandApdu): ResponseApdu {
    const active = this.#session;
    const running = this.#protocol;
    this.#protocol = undefined;
    if (active !== undefined) {
      const shielded = active.kind === "SCP03" ? (command.cla & 0x84) === 0x84 : isProtected(command);
      if (shielded) return this.#inSession(active, running, command);
      // A command in the clear ends the session (ICAO 9303-11 §9.8.5); a card manager's is refused besides.
      this.#drop();
      const refused = active.kind === "SCP03" && (command.cla & 0x80) !== 0 && command.ins !== 0x50;
      if (refused) return status(SW.SECURITY_STATUS_NOT_SATISFIED);
      // PACE that began in the session ends with it: the last try of a suspended PIN is for that session alone.
      if (command.ins === GENERAL_AUTHENTICATE) return this.#dispatch(command);
    }
    return this.#advance(running, command) ?? this.#dispatch(command);
  }

  #inSession(active: ActiveSession, running: ChipExchange<Outcome> | undefined, command: CommandApdu): ResponseApdu {
    const { kind, session } = active;
    let plain: CommandApdu;
    try {
      plain = session.unwrap(command);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#drop();
      return status(error instanceof SmRefusal ? error.sw : SW.SECURITY_STATUS_NOT_SATISFIED);
    }
    const response =
      kind === "SCP03" && plain.ins !== 0xa4 && plain.ins !== 0xca
        ? manage(this.#memory, this.#manager, plain)
        : (this.#advance(plain.ins === GENERAL_AUTHENTICATE ? running : undefined, plain) ??
          this.#dispatch(plain, kind === "SCP03" ? undefined : active, protectedRoom(command.ne)));
    return session.wrap(response);
  }

  /** Gives the running protocol its next command; undefined when there is none or the command is not its own. */
  #advance(running: ChipExchange<Outcome> | undefined, command: CommandApdu): ResponseApdu | undefined {
    const step = running?.next(command);
    if (step === undefined) return undefined;
    if (!step.done) {
      this.#protocol = running;
      return step.value;
    }
    this.#ended = step.value;
    return step.value.response;
  }

  /** Commands in the clear, or out of a session. */
  #dispatch(command: CommandApdu, active?: ActiveSession, room = MAX_ANSWER): ResponseApdu {
    const { cla, ins } = command;
    const elsewhere = active?.kind === "BAC" && active.application !== this.#selection.application;
    const protocols = active === undefined || active.kind === "SCP03" || elsewhere ? [] : [active.kind];
    if (cla === 0x80 || cla === 0x84) return this.#cardManager(command);
    if ((cla & 0xe0) !== 0) return status(SW.CLA_NOT_SUPPORTED);
    if ((cla & 0x0c) !== 0) return status(SW.SM_OBJECTS_INCORRECT); // protected, but there is no session
    if ((cla & 0x10) !== 0) return status(SW.COMMAND_CHAINING_NOT_SUPPORTED);
    if ((cla & 0x03) !== 0) return status(SW.CHANNEL_NOT_SUPPORTED);
    switch (ins) {
      case 0xa4:
        return select(this.#memory, this.#selection, command);
      case 0xb0:
      case 0xb1:
        return readBinary(this.#memory, this.#selection, command, protocols, room, shownIn(active));
      case 0x84:
        return this.#getChallenge(command);
      case 0x22:
        return this.#mseSet(command, active);
      case GENERAL_AUTHENTICATE:
        return status(this.#memory.pace === undefined ? SW.INS_NOT_SUPPORTED : SW.CONDITIONS_NOT_SATISFIED);
      case 0x82:
        return status(SW.CONDITIONS_NOT_SATISFIED); // no challenge was asked for
      case 0xca:
        return this.#selection.application === undefined
          ? getData(this.#memory, command)
          : status(SW.REFERENCED_DATA_NOT_FOUND);
      default:
        return status(SW.INS_NOT_SUPPORTED);
    }
  }

  #getChallenge(command: CommandApdu): ResponseApdu {
    const secret = this.#selection.application?.secrets.get(DOCUMENT_BASIC_ACCESS);
    if (secret === undefined) return status(SW.INS_NOT_SUPPORTED);
    let keys: BacKeys;
    try {
      keys = deriveBacKeys(new TextDecoder().decode(secret));
    } catch (error) {
      if (error instanceof TypeError) return status(SW.REFERENCE_DATA_NOT_USABLE); // what was stored is no access key
      throw error;
    }
    return this.#begin(bacChip(command, keys, this.#memory.random));
  }

  /** PACE begins with MSE:Set AT, in the clear or, to resume a password, in a session. */
  #mseSet(command: CommandApdu, active: ActiveSession | undefined): ResponseApdu {
    const { pace, random } = this.#memory;
    if (pace === undefined) return status(SW.INS_NOT_SUPPORTED);
    if (!beginsPace(command)) return status(SW.INCORRECT_P1_P2);
    const protocol = paceChip(command, pace, { resumed: active?.password === "can", random });
    return this.#begin(protocol);
  }

  #cardManager(command: CommandApdu): ResponseApdu {
    if (this.#selection.application !== undefined) return status(SW.CLA_NOT_SUPPORTED);
    const memory = this.#memory;
    if (command.ins === 0xca) return getData(memory, command);
    if (command.ins !== 0x50) return status(SW.SECURITY_STATUS_NOT_SATISFIED);
    const version = command.p1 === 0 ? (memory.keySets.keys().next().value ?? 0) : command.p1;
    if ((memory.failures.get(version) ?? 0) >= MAX_FAILURES) return status(SW.AUTHENTICATION_METHOD_BLOCKED);
    const protocol = scp03Chip(command, {
      keySets: memory.keySets,
      kdd: memory.kdd,
      random: memory.random,
      i: SCP03_I,
      pseudoRandom: {
        aid: memory.issuerSecurityDomain,
        step: (keyVersion) => {
          const next = (memory.counters.get(keyVersion) ?? 0) + 1;
          memory.counters.set(keyVersion, next);
          return next;
        },
      },
      onFailure: (keyVersion) => {
        memory.failures.set(keyVersion, (memory.failures.get(keyVersion) ?? 0) + 1);
      },
    });
    return this.#begin(protocol);
  }

  #begin(protocol: ChipExchange<Outcome>): ResponseApdu {
    return this.#advance(protocol, undefined as never) ?? status(SW.CONDITIONS_NOT_SATISFIED);
  }

  #open(ended: Outcome, session: ChipSecureSession): void {
    const { password, keyVersion } = ended;
    this.#drop();
    const kind = password !== undefined ? "PACE" : ended.securityLevel === undefined ? "BAC" : "SCP03";
    if (this.#memory.quirks.counterMovesWithDataOnly === true) session.countOnlyData?.();
    const { application } = this.#selection;
    this.#session = { kind, session, application, ...(password !== undefined && { password }) };
    if (keyVersion !== undefined) {
      this.#manager.keyVersion = keyVersion;
      this.#manager.target = undefined;
      this.#memory.failures.delete(keyVersion);
    }
  }

  #drop(): void {
    this.#session?.session.close();
    this.#session = undefined;
    this.#protocol?.return({});
    this.#protocol = undefined;
  }
}
