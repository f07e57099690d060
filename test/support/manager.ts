import { type CommandApdu, commandApdu, type ResponseApdu } from "../../src/apdu/apdu.js";
import { run, type SyncExchange } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import type { ApplicationProfile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { virtualChannel } from "../../src/chip/channel.js";
import type { VirtualChip } from "../../src/chip/virtual-chip.js";
import type { Scp03Keys } from "../../src/gp/keys.js";
import {
  installForInstall,
  installForPersonalization,
  selectIssuerSecurityDomain,
  storeData,
} from "../../src/gp/terminal/commands.js";
import { openScp03 } from "../../src/gp/terminal/scp03.js";
import { fixedRandom, keysFor } from "./line.js";
import { tell } from "./probe.js";

export const [application] = emrtd.applications as readonly [ApplicationProfile];
export const AID = application.aid;

/** INSTALL of the travel document. */
export const install: CommandApdu = installForInstall({
  loadFileAid: application.install.loadFile,
  moduleAid: application.install.module,
  instanceAid: AID,
});

/** An open secure channel, and a way to send through it. */
export interface Manager {
  readonly session: SecureSession;
  send(command: CommandApdu): Promise<ResponseApdu>;
  /** Status words of several commands. */
  all(...commands: readonly CommandApdu[]): Promise<number[]>;
}

/** Selects the issuer security domain and opens SCP03. */
export async function openManager(
  chip: VirtualChip,
  options: { keys?: Scp03Keys; level?: 0x01 | 0x03 | 0x11 | 0x13 | 0x33; seed?: number; keyVersion?: number } = {},
): Promise<Manager> {
  const { keys = keysFor(), level: securityLevel = 0x33, seed = 9, keyVersion = 0 } = options;
  tell(chip, selectIssuerSecurityDomain());
  const channel = virtualChannel(chip);
  const random = fixedRandom(seed);
  const { session } = await run(channel, openScp03({ keys, securityLevel, random, keyVersion }));
  const send = (command: CommandApdu) => {
    const once = (function* (): SyncExchange<ResponseApdu> {
      return yield command;
    })();
    return run(channel, secured(session, once));
  };
  const all = async (...commands: readonly CommandApdu[]) => {
    const words: number[] = [];
    for (const command of commands) words.push((await send(command)).sw);
    return words;
  };
  return { session, send, all };
}

/** STORE DATA of one block, or of one with another P1. */
export const store = (block: number, data: Uint8Array, options: { last?: boolean; p1?: number } = {}): CommandApdu => {
  const { last = true, p1 } = options;
  const command = storeData({ block, last, encrypted: false, data });
  return p1 === undefined ? command : { ...command, p1 };
};

export const personalizeDocument = installForPersonalization(AID);

/** INITIALIZE UPDATE with a fixed challenge. */
export const initializeUpdate = commandApdu(0x80, 0x50, 0, 0, new Uint8Array(8), 256);

/** EXTERNAL AUTHENTICATE with a cryptogram and MAC of zeros. */
export const wrongAuthenticate = commandApdu(0x84, 0x82, 0x33, 0, new Uint8Array(16));
