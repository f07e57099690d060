import type { ChipAuthenticationChipOutcome, ChipStaticKey } from "../access/chip-authentication/chip.js";
import type { ComparingTerminal } from "../access/eid/chip.js";
import type { PaceChipOutcome } from "../access/pace/chip.js";
import type { PinKind } from "../access/pin/chip.js";
import type { SectorTerminal } from "../access/restricted-identification/chip.js";
import type { TerminalAuthenticationChipOutcome } from "../access/terminal-authentication/chip.js";
import { certifiedSectors } from "../access/terminal-authentication/shared.js";
import type { ChipOutcome, ChipSecureSession } from "../apdu/session.js";
import { EMPTY, equalBytes } from "../bytes/bytes.js";
import type { AccessProtocol, PinName, Shown } from "../card/access-rule.js";
import { isTerminalRight } from "../card/terminal-rights.js";
import type { Scp03ChipOutcome } from "../gp/chip/scp03.js";
import type { ChipDoors } from "./doors.js";
import type { ChipApplication } from "./state.js";

/** What any protocol of the chip may end with. */
export type Outcome = ChipOutcome &
  Scp03ChipOutcome &
  PaceChipOutcome &
  ChipAuthenticationChipOutcome &
  TerminalAuthenticationChipOutcome;

/** A terminal that has authenticated. */
interface KnownTerminal {
  readonly version: 1 | 2;
  readonly outcome: TerminalAuthenticationChipOutcome;
  /** Whether the rights hold in the session as it is; see {@link noteTerminal}. */
  bound: boolean;
}

/** The session that is open, how it came about, and what was proved in it. */
export interface ActiveSession {
  /** What opened it; chip authentication goes on in it. */
  readonly kind: "SCP03" | AccessProtocol;
  session: ChipSecureSession;
  /** The password of PACE. */
  readonly password?: PaceChipOutcome["password"];
  /** The application that was selected when it began; BAC opens that one alone (ICAO 9303-11 §4.2 step 4). */
  readonly application: ChipApplication | undefined;
  /** What terminal authentication binds: the chip's name in this session, and the template that PACE was given. */
  readonly idIc?: Uint8Array;
  readonly chat?: Uint8Array;
  /** Comp(PK.IFD) of chip authentication or its mapping, for version 1. */
  compressedKey?: Uint8Array;
  terminal?: KnownTerminal;
  /** PINs shown by PACE or by VERIFY. */
  pins: readonly PinKind[];
}

/** The session that a protocol has opened; chip authentication takes over what the one before it has shown. */
export function sessionOf(
  ended: Outcome,
  session: ChipSecureSession,
  before: ActiveSession | undefined,
  selected: ChipApplication | undefined,
  bacIdentifier: () => Uint8Array | undefined,
): ActiveSession {
  const { password, protocol, compressedKey, idIc, chat } = ended;
  if (protocol !== undefined && before !== undefined) {
    const { terminal, ...rest } = before;
    const announced = terminal?.outcome.announcedKey;
    if (terminal !== undefined && announced !== undefined && equalBytes(announced, compressedKey ?? EMPTY)) {
      return { ...rest, session, terminal: { ...terminal, bound: true } };
    }
    // A terminal is bound to one key: with another one it authenticates again.
    return { ...rest, session, ...(compressedKey && { compressedKey }) };
  }
  const kind = password !== undefined ? "PACE" : ended.securityLevel === undefined ? "BAC" : "SCP03";
  const name = idIc ?? (kind === "BAC" ? bacIdentifier() : undefined);
  return {
    kind,
    session,
    application: selected,
    pins: password === "pin" ? ["identity"] : password === "puk" ? ["puk"] : [],
    ...(password !== undefined && { password }),
    ...(name && { idIc: name }),
    ...(chat && { chat }),
    ...(compressedKey && { compressedKey }),
  };
}

/**
 * Which version of terminal authentication is meant: the only one that the files state, or the one that MSE:Set AT asks for. Only that of
 * version 2 announces a key (TR-03110-3 B.3). Whether the session has a key already does not tell: after PACE with chip authentication
 * mapping it has, and either may follow.
 */
export function terminalVersion({ terminalVersions }: ChipDoors, announces: boolean): 1 | 2 {
  const [only, other] = terminalVersions;
  return only !== undefined && other === undefined ? only : announces ? 2 : 1;
}

/**
 * Notes what terminal authentication has proved, and whether its rights hold already.
 *
 * Spec: ICAO 9303-11 §7.1 and §7.1.3, which TR-03110-2 §3.3 has for both versions: the chip binds the rights to the secure messaging
 * that the terminal's authenticated ephemeral key has established. In version 1 that is the session that carries the protocol.
 * In version 2 the key is only announced, so the rights wait for chip authentication with it, on every chip: in the session
 * of PACE everybody reads along who knows the password, a reader between terminal and chip for one. A chip without a key for
 * chip authentication never grants any. (What TR-03110 opens between the two, EF.CardSecurity and EF.ChipSecurity, hangs on
 * the kind of terminal; the right of privileged terminals to the latter is in no rule of a profile.)
 */
export function noteTerminal(
  active: ActiveSession,
  outcome: TerminalAuthenticationChipOutcome,
  doors: ChipDoors,
): void {
  const version = terminalVersion(doors, outcome.announcedKey !== undefined);
  active.terminal = { version, outcome, bound: version === 1 };
}

/** Rights that hold now, by the names of access rules. */
export function rightsIn(active: ActiveSession | undefined): readonly string[] {
  return active?.terminal?.bound === true ? (active.terminal.outcome.rights ?? []) : [];
}

/** What is known of the other side in a session. */
export function shownIn(active: ActiveSession | undefined): Shown {
  if (active === undefined) return {};
  const pins = active.pins.filter((pin): pin is PinName => pin !== "puk");
  return { pins, rights: rightsIn(active).filter(isTerminalRight) };
}

/** Object identifier of authentication terminals (TR-03110-3 C.4.2). */
const AUTHENTICATION_TERMINAL = "0.4.0.127.0.7.3.1.2.2";

/** Who may have auxiliary data compared. */
export function comparingTerminal(active: ActiveSession | undefined): ComparingTerminal | undefined {
  const terminal = active?.terminal;
  if (terminal === undefined || !terminal.bound || terminal.version !== 2) return undefined;
  if (terminal.outcome.authorization?.chat.oid !== AUTHENTICATION_TERMINAL) return undefined;
  return { rights: rightsIn(active), statements: terminal.outcome.auxiliaryData ?? [] };
}

/** Who may ask for a sector's identifier. */
export function sectorTerminal(active: ActiveSession | undefined): SectorTerminal | undefined {
  const certificate = active?.terminal?.bound === true ? active.terminal.outcome.certificate : undefined;
  const sectors = certificate && certifiedSectors(certificate);
  return sectors && { ...sectors, authorized: rightsIn(active).includes("authentication.restrictedIdentification") };
}

/**
 * The static keys as this moment needs them: a key may have the same protocol in both versions, of which the second is meant once a
 * terminal has announced its key.
 */
export function staticKeysFor({ staticKeys }: ChipDoors, announced: boolean): readonly ChipStaticKey[] {
  return staticKeys.map((key) => ({
    ...key,
    protocols: [...key.protocols].sort((one, other) => (announced ? -1 : 1) * (one.version - other.version)),
  }));
}
