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
  /**
   * Whether the rights hold in the session as it is. Those of version 2 wait for chip authentication, when the chip has a key for it: who
   * knows the keys of PACE need not be who authenticated.
   */
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

/** Which version of terminal authentication a session is for: 1 once chip authentication has given it a key, 2 before. */
export function terminalVersion({ compressedKey }: ActiveSession, { terminalVersions }: ChipDoors): 1 | 2 {
  if (terminalVersions.length === 1) return terminalVersions[0] as 1 | 2;
  return compressedKey === undefined ? 2 : 1;
}

/** Notes what terminal authentication has proved. */
export function noteTerminal(
  active: ActiveSession,
  outcome: TerminalAuthenticationChipOutcome,
  doors: ChipDoors,
): void {
  const version = terminalVersion(active, doors);
  const awaited = version === 2 && doors.staticKeys.some(({ protocols }) => protocols.some((row) => row.version === 2));
  active.terminal = { version, outcome, bound: !awaited };
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
