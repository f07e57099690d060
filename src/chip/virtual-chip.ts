import { bacChip } from "../access/bac/chip.js";
import { type BacKeys, deriveBacKeys } from "../access/bac/shared.js";
import { ifWellFormed } from "../access/data-objects/shared.js";
import { beginsComparison } from "../access/eid/chip.js";
import { beginsPace } from "../access/pace/chip.js";
import { isPinCommand } from "../access/pin/chip.js";
import { documentIdentifier } from "../access/terminal-authentication/shared.js";
import { type CommandApdu, encodeResponse, parseCommand, type ResponseApdu } from "../apdu/apdu.js";
import { isExtended } from "../apdu/decorate.js";
import type { ChipExchange } from "../apdu/exchange.js";
import type { ChipSecureSession } from "../apdu/session.js";
import { SW } from "../apdu/status.js";
import { concatBytes, equalBytes, fromHex } from "../bytes/bytes.js";
import type { RandomSource } from "../bytes/random.js";
import type { AccessProtocol, Shown } from "../card/access-rule.js";
import { type CardImage, type ChipSecrets, DOCUMENT_BASIC_ACCESS } from "../card/image.js";
import type { ChipQuirks } from "../card/profile.js";
import { MalformedError, ProtocolError } from "../errors.js";
import { scp03Chip } from "../gp/chip/scp03.js";
import { isProtected, SmRefusal } from "../sm/chip.js";
import { lengthSize, parseTlvs } from "../tlv/ber.js";
import { status } from "./answer.js";
import { getData, type ManagerState, manage } from "./card-manager.js";
import { readBinary, type Selection, select } from "./files.js";
import { type BlankChipOptions, blankMemory, memoryOfImage } from "./memory.js";
import { beginProtocol, compare, isChained, isFragment, managePins, proveKey } from "./protocols.js";
import { beginsRenewal, renew } from "./renewal.js";
import { type ActiveSession, noteTerminal, type Outcome, sessionOf, shownIn } from "./session.js";
import { type ChipApplication, type ChipMemory, usedBytes } from "./state.js";

/** Answer to reset: contactless card, T=1 offered, check byte right. */
const ATR = fromHex("3b8180018080");

/** Failed authentications after which a key set is blocked for good. */
const MAX_FAILURES = 10;

/** SCP03 as the chip speaks it: pseudo-random challenges, R-MAC, R-ENC. */
const SCP03_I = 0x70;

/** INS of the steps of PACE and others. */
const GENERAL_AUTHENTICATE = 0x86;

/** Most bytes of a command that comes in a chain: as many as an extended one has. */
const MAX_CHAIN = 65_535;

/** Most data bytes of an answer (ISO 7816-4 §5.2). */
const MAX_ANSWER = 65_536;

/** DO 99 and DO 8E: what a protected answer has at least. */
const PROTECTION = 4 + 10;

/** Bytes of an answer that the Le around a protected command allows; without one a short answer is meant. */
const outerRoom = ({ ne }: CommandApdu): number => (ne === 0 ? 256 : ne);

/** Most plain bytes whose protected form surely fits `room`: DO 87 or 85 with up to five bytes of header, at least one of padding. */
function protectedRoom(room: number, blockSize: number): number {
  return Math.max(0, Math.floor((room - PROTECTION - 5) / blockSize) * blockSize - 1);
}

/** Bytes of the protected form of `length` plain ones (ICAO 9303-11 §9.8.4). */
function protectedLength(length: number, ins: number, blockSize: number): number {
  if (length === 0) return PROTECTION;
  const indicator = (ins & 1) === 1 ? 0 : 1;
  const inner = indicator + length + blockSize - (length % blockSize);
  return 1 + lengthSize(inner) + inner + PROTECTION;
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
  /** Block of the cipher that the last PACE to begin agrees on, in bytes; then that of the session. */
  #paceBlock = 8;
  #block = 8;
  /** Protocols that began in a session, and go on in it alone. */
  readonly #inner = new WeakSet<ChipExchange<Outcome>>();
  /** Parts of a chain outside the session. */
  #fragments: Uint8Array[] = [];
  /** Parts of a chain inside the session (ISO 7816-4 §5.3.3). */
  #chain: CommandApdu[] = [];

  private constructor(memory: ChipMemory) {
    this.#memory = memory;
  }

  /** A chip as its maker delivers it: code and keys, no application instance, card state OP_READY. */
  static blank(options: BlankChipOptions): VirtualChip {
    return new VirtualChip(blankMemory(options));
  }

  /**
   * A finished chip that holds an image. Access keys follow from the image. It answers PACE when the image has an EF.CardAccess:
   * with the MRZ, and with the passwords that are among the secrets; the other protocols when its files state them and their keys are
   * among the secrets. Names: `CHIP_SECRETS` of the room `card`.
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
    return new VirtualChip(memoryOfImage(image, secrets, options));
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
    else if (ended?.rights !== undefined && this.#session) noteTerminal(this.#session, ended, this.#memory.doors);
    return response;
  }

  #answer(command: CommandApdu): ResponseApdu {
    const active = this.#session;
    const running = this.#protocol;
    this.#protocol = undefined;
    if (active !== undefined) {
      const shielded = active.kind === "SCP03" ? (command.cla & 0x84) === 0x84 : isProtected(command);
      if (shielded) {
        const whole = active.kind === "SCP03" ? command : this.#joined(command);
        if (whole !== undefined) return this.#inSession(active, running, whole);
        this.#protocol = running;
        return status(SW.OK);
      }
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
    if (kind === "SCP03") {
      const managed = plain.ins !== 0xa4 && plain.ins !== 0xca;
      return session.wrap(managed ? manage(this.#memory, this.#manager, plain) : this.#dispatch(plain));
    }
    // An answer that has no room for any protection comes in the clear, which ends the session; nothing was done then.
    const room = outerRoom(command);
    if (room < PROTECTION) {
      this.#drop();
      return status(SW.WRONG_LENGTH);
    }
    const whole = this.#chained(plain);
    if (typeof whole === "number") {
      this.#protocol = running; // a chain is one command of the protocol
      return session.wrap(status(whole));
    }
    const inner = running !== undefined && this.#inner.has(running) ? running : undefined;
    const response = this.#advance(inner, whole) ?? this.#dispatch(whole, active, protectedRoom(room, this.#block));
    if (protectedLength(response.data.length, command.ins, this.#block) <= room) return session.wrap(response);
    this.#protocol?.return({});
    this.#protocol = undefined;
    this.#ended = undefined; // a session whose answer did not get through does not begin
    return session.wrap(status(SW.WRONG_LENGTH));
  }

  /**
   * A protected command that a reader has cut up on its way, put together again: its parts have no MAC of their own. undefined while more
   * are to come; what does not belong together has no right MAC in the end.
   */
  #joined(part: CommandApdu): CommandApdu | undefined {
    const parts = this.#fragments;
    this.#fragments = [];
    const size = parts.reduce((sum, { length }) => sum + length, part.data.length);
    // An empty part would be a command in the clear that leaves the session open: without a MAC it ends it.
    if (part.data.length > 0 && isFragment(part) && size <= MAX_CHAIN) {
      this.#fragments = [...parts, part.data];
      return undefined;
    }
    return parts.length === 0 ? part : { ...part, data: concatBytes(...parts, part.data) };
  }

  /** The whole command when this is its last part, or the only one; else the status word for the part. */
  #chained(part: CommandApdu): CommandApdu | number {
    const parts = this.#chain;
    this.#chain = [];
    const [first] = parts;
    const more = isChained(part);
    if (first === undefined && !more) return part;
    const belongs = first === undefined || (first.ins === part.ins && first.p1 === part.p1 && first.p2 === part.p2);
    if (!belongs) return more ? SW.LAST_COMMAND_OF_CHAIN_EXPECTED : part; // what was begun is given up
    const chain = [...parts, part];
    const data = concatBytes(...chain.map((each) => each.data));
    if (data.length > MAX_CHAIN) return SW.WRONG_LENGTH;
    if (!more) return { ...part, data };
    this.#chain = chain;
    return SW.OK;
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
    const protocols: readonly AccessProtocol[] =
      active === undefined || active.kind === "SCP03" || elsewhere ? [] : [active.kind];
    const shown = elsewhere ? {} : shownIn(active);
    if (beginsComparison(command) && active !== undefined) return status(compare(this.#memory, command, active));
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
        return readBinary(this.#memory, this.#selection, command, protocols, room, shown);
      case 0x84:
        return this.#getChallenge(command);
      case 0x22: {
        this.#paceBlock = paceBlockOf(this.#memory, command) ?? this.#paceBlock;
        const protocol = beginProtocol(this.#memory, command, active);
        if (typeof protocol === "number") return status(protocol);
        if (active !== undefined) this.#inner.add(protocol);
        return this.#begin(protocol);
      }
      case GENERAL_AUTHENTICATE:
        return status(this.#memory.doors.pace === undefined ? SW.INS_NOT_SUPPORTED : SW.CONDITIONS_NOT_SATISFIED);
      case 0x88:
        return proveKey(this.#memory, this.#selection.application, command, protocols, shown);
      case 0xdb:
        return status(this.#renew(command, protocols, shown));
      case 0x82:
        return status(SW.CONDITIONS_NOT_SATISFIED); // no challenge was asked for
      case 0xca:
        return this.#selection.application === undefined
          ? getData(this.#memory, command)
          : status(SW.REFERENCED_DATA_NOT_FOUND);
      default:
        return status(isPinCommand(command) ? managePins(this.#memory, command, active) : SW.INS_NOT_SUPPORTED);
    }
  }

  #renew(command: CommandApdu, protocols: readonly AccessProtocol[], shown: Shown): number {
    if (!beginsRenewal(command)) return SW.INCORRECT_P1_P2;
    const room = this.#memory.capacity - usedBytes(this.#memory);
    const { application } = this.#selection;
    const sw = renew(application, command, protocols, shown, room);
    // What was selected is the file as it was.
    if (sw === SW.OK) this.#selection.file = application?.files.get(this.#selection.file?.fid ?? -1);
    return sw;
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
    const { keyVersion, protocol, password } = ended;
    const before = this.#session;
    if (protocol !== undefined) this.#block = protocol.suite === "3DES" ? 8 : 16;
    else this.#block = password === undefined ? 8 : this.#paceBlock;
    this.#drop();
    if (this.#memory.quirks.counterMovesWithDataOnly === true) session.countOnlyData?.();
    const { application } = this.#selection;
    this.#session = sessionOf(ended, session, before, application, () => identifierOf(application));
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
    this.#chain = [];
    this.#fragments = [];
  }
}

/** Block of the cipher of the PACE protocol that a MANAGE SECURITY ENVIRONMENT names; undefined when it names none of the chip's. */
function paceBlockOf({ doors }: ChipMemory, command: CommandApdu): number | undefined {
  if (!beginsPace(command)) return undefined;
  const reference = ifWellFormed(() => [...parseTlvs(command.data)].find(({ tag }) => tag === 0x80)?.value);
  const offer = reference && doors.pace?.offers.find(({ protocol }) => equalBytes(protocol.reference, reference));
  return offer?.protocol.cipher.blockSize;
}

/** ID.IC of terminal authentication after BAC. */
function identifierOf(application: ChipApplication | undefined): Uint8Array | undefined {
  const secret = application?.secrets.get(DOCUMENT_BASIC_ACCESS);
  return secret && documentIdentifier(new TextDecoder().decode(secret));
}
