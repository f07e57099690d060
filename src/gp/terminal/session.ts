import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { SecureSession } from "../../apdu/session.js";
import { equalBytes, wipe } from "../../bytes/bytes.js";
import { AesCmac, AesKey } from "../../crypto/aes.js";
import { ProtocolError } from "../../errors.js";
import type { Scp03SessionKeys } from "../key-types.js";
import {
  commandMac,
  decryptData,
  encryptedMessageOf,
  isProtectedStatus,
  LEVEL,
  MAC_SIZE,
  messageOf,
  paddedLength,
  putMac,
  responseCounter,
  responseMac,
  type Scp03SecurityLevel,
  secureCla,
  stepCounter,
} from "../shared.js";

/** Deviations of chips in the field; each is off unless a profile names it. */
export interface Scp03Quirks {
  /** The encryption counter steps only for commands with data, against Amendment D §6.2.6. */
  readonly counterOnlyWithData?: boolean;
}

/**
 * The terminal's half of an SCP03 session.
 *
 * Spec: Amendment D §6.2.4 to §6.2.7. Le goes out as it is and is not covered by the C-MAC. A response with an error
 * status word carries no R-MAC (§6.2.5): it is passed up when it has no data, and the session goes on.
 *
 * `wrap` throws a ProtocolError `SCP03_CLOSED` once the session is over; `unwrap` throws `SCP03_FAILED` for whatever is
 * wrong with a response, closes the session and wipes its keys.
 */
export class Scp03TerminalSession implements SecureSession {
  readonly #keys: Scp03SessionKeys;
  /** Absent at levels without encryption. */
  readonly #sEnc: AesKey | undefined;
  readonly #sMac: AesCmac;
  readonly #sRmac: AesCmac;
  readonly #level: Scp03SecurityLevel;
  readonly #quirks: Scp03Quirks;
  readonly #counter = new Uint8Array(16);
  #chaining: Uint8Array = new Uint8Array(16);
  #open = true;

  /** Takes the keys over: `close` wipes them. */
  constructor(keys: Scp03SessionKeys, level: Scp03SecurityLevel, quirks: Scp03Quirks = {}) {
    this.#keys = keys;
    this.#sEnc = (level & LEVEL.C_ENC) === 0 ? undefined : new AesKey(keys.sEnc);
    this.#sMac = new AesCmac(keys.sMac);
    this.#sRmac = new AesCmac(keys.sRmac);
    this.#level = level;
    this.#quirks = quirks;
  }

  /** Adds the C-MAC alone: EXTERNAL AUTHENTICATE, whose MAC starts the chain. */
  authenticate(command: CommandApdu): CommandApdu {
    return this.#addMac(command, messageOf(command.data));
  }

  wrap(command: CommandApdu): CommandApdu {
    if (!this.#open) throw closed();
    const { data } = command;
    const sEnc = data.length > 0 ? this.#sEnc : undefined;
    if ((sEnc === undefined ? data.length : paddedLength(data.length)) + MAC_SIZE > 65_535) {
      throw new RangeError(`${data.length} data bytes do not fit a command with encryption and MAC`);
    }
    if (data.length > 0 || this.#quirks.counterOnlyWithData !== true) stepCounter(this.#counter);
    return this.#addMac(command, sEnc === undefined ? messageOf(data) : encryptedMessageOf(sEnc, this.#counter, data));
  }

  unwrap(response: ResponseApdu): ResponseApdu {
    if (!this.#open) throw closed();
    if ((this.#level & LEVEL.R_MAC) === 0) return response;
    if (!isProtectedStatus(response.sw)) {
      if (response.data.length > 0) throw this.#failed();
      return response;
    }
    const length = response.data.length - MAC_SIZE;
    if (length < 0) throw this.#failed();
    const body = response.data.subarray(0, length);
    const mac = responseMac(this.#sRmac, this.#chaining, body, response.sw);
    if (!equalBytes(mac, response.data.subarray(length))) throw this.#failed();
    // Without response data there is nothing to encrypt (§6.2.7).
    if ((this.#level & LEVEL.R_ENC) === 0 || this.#sEnc === undefined || length === 0)
      return { data: body, sw: response.sw };
    const data = decryptData(this.#sEnc, responseCounter(this.#counter), body);
    if (data === undefined) throw this.#failed();
    return { data, sw: response.sw };
  }

  close(): void {
    this.#open = false;
    this.#sEnc?.wipe();
    this.#sMac.wipe();
    this.#sRmac.wipe();
    wipe(this.#keys.sEnc, this.#keys.sMac, this.#keys.sRmac, this.#chaining);
  }

  /** @param message - Has room for the C-MAC, and is handed on. */
  #addMac(command: CommandApdu, message: Uint8Array): CommandApdu {
    const { ins, p1, p2, ne } = command;
    const cla = secureCla(command.cla);
    const protectedCommand = { cla, ins, p1, p2, data: message, ne };
    const body = message.subarray(0, message.length - MAC_SIZE);
    this.#chaining = commandMac(this.#sMac, this.#chaining, protectedCommand, body);
    putMac(message, this.#chaining);
    return protectedCommand;
  }

  #failed(): ProtocolError {
    this.close();
    return new ProtocolError(
      "SCP03_FAILED",
      "SCP03",
      "response",
      "a response of the secure channel is not authentic; the session is closed. What the command did on the chip is " +
        "unknown: read it back after a new session.",
    );
  }
}

function closed(): ProtocolError {
  return new ProtocolError("SCP03_CLOSED", "SCP03", "command", "the secure channel is closed: open a new one.");
}

/**
 * Most bytes of plain command data that fit one protected command.
 *
 * @param maxCommand - Longest command of the channel in bytes, as `Channel.maxCommand`; 261 for short lengths.
 * @example
 * scp03MaxData(0x33, 261); // 239
 */
export function scp03MaxData(level: Scp03SecurityLevel, maxCommand: number): number {
  // Header 4, Lc 1 and Le 1, or Lc 3 and Le 2.
  const room = maxCommand <= 261 ? maxCommand - 6 : Math.max(255, maxCommand - 9);
  const data = Math.min(room, 65_535) - MAC_SIZE;
  if ((level & LEVEL.C_ENC) === 0) return Math.max(0, data);
  return Math.max(0, ((data >> 4) << 4) - 1); // one byte at least is padding
}
