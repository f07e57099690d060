import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipSecureSession } from "../../apdu/session.js";
import { EMPTY, equalBytes, wipe } from "../../bytes/bytes.js";
import { AesCmac, AesKey } from "../../crypto/aes.js";
import { ProtocolError } from "../../errors.js";
import type { Scp03SessionKeys } from "../key-types.js";
import {
  channelOf,
  commandMac,
  decryptData,
  encryptedMessageOf,
  isProtectedStatus,
  isSecureCla,
  LEVEL,
  MAC_SIZE,
  messageOf,
  plainCla,
  putMac,
  responseCounter,
  responseMac,
  type Scp03SecurityLevel,
  stepCounter,
} from "../shared.js";

/** How a chip deviates; the same names as the terminal's quirks. */
export interface Scp03ChipQuirks {
  /** The encryption counter steps only for commands with data. */
  readonly counterOnlyWithData?: boolean;
}

/**
 * The chip's half of an SCP03 session.
 *
 * Spec: Amendment D §5.6 (a security error ends the session), §6.2.4 to §6.2.7.
 *
 * `unwrap` throws a ProtocolError `SCP03_FAILED` for whatever is wrong with a command, also one without secure
 * messaging or on another logical channel; the session is closed then and the chip answers 6982. Later use of a closed
 * session is `SCP03_CLOSED`.
 */
export class Scp03ChipSession implements ChipSecureSession {
  readonly #keys: Scp03SessionKeys;
  /** Absent at levels without encryption. */
  readonly #sEnc: AesKey | undefined;
  readonly #sMac: AesCmac;
  readonly #sRmac: AesCmac;
  readonly #level: Scp03SecurityLevel;
  readonly #channel: number;
  readonly #quirks: Scp03ChipQuirks;
  readonly #counter = new Uint8Array(16);
  #chaining: Uint8Array;
  #open = true;

  /**
   * Takes the keys over: `close` wipes them.
   *
   * @param start.chaining - Full C-MAC of EXTERNAL AUTHENTICATE, 16 bytes.
   * @param start.channel - Logical channel on which the session was opened.
   */
  constructor(
    keys: Scp03SessionKeys,
    level: Scp03SecurityLevel,
    start: { readonly chaining: Uint8Array; readonly channel: number; readonly quirks?: Scp03ChipQuirks },
  ) {
    this.#keys = keys;
    this.#sEnc = (level & LEVEL.C_ENC) === 0 ? undefined : new AesKey(keys.sEnc);
    this.#sMac = new AesCmac(keys.sMac);
    this.#sRmac = new AesCmac(keys.sRmac);
    this.#level = level;
    this.#chaining = start.chaining.slice();
    this.#channel = start.channel;
    this.#quirks = start.quirks ?? {};
  }

  unwrap(command: CommandApdu): CommandApdu {
    if (!this.#open) throw closed();
    const { cla, ins, p1, p2, ne } = command;
    const length = command.data.length - MAC_SIZE;
    if (!isSecureCla(cla) || channelOf(cla) !== this.#channel || length < 0) throw this.#failed();
    const body = command.data.subarray(0, length);
    const mac = commandMac(this.#sMac, this.#chaining, command, body);
    if (!equalBytes(mac.subarray(0, MAC_SIZE), command.data.subarray(length))) throw this.#failed();
    this.#chaining = mac;
    if (length > 0 || this.#quirks.counterOnlyWithData !== true) stepCounter(this.#counter);
    const data = this.#sEnc === undefined || length === 0 ? body : decryptData(this.#sEnc, this.#counter, body);
    if (data === undefined) throw this.#failed();
    return { cla: plainCla(cla), ins, p1, p2, data, ne };
  }

  wrap(response: ResponseApdu): ResponseApdu {
    if (!this.#open) throw closed();
    const { data, sw } = response;
    if ((this.#level & LEVEL.R_MAC) === 0) return response;
    // An error goes out as its status word alone (§6.2.5).
    if (!isProtectedStatus(sw)) return { data: EMPTY, sw };
    // Without response data there is nothing to encrypt (§6.2.7).
    const sEnc = (this.#level & LEVEL.R_ENC) !== 0 && data.length > 0 ? this.#sEnc : undefined;
    const message =
      sEnc === undefined ? messageOf(data) : encryptedMessageOf(sEnc, responseCounter(this.#counter), data);
    const body = message.subarray(0, message.length - MAC_SIZE);
    putMac(message, responseMac(this.#sRmac, this.#chaining, body, sw));
    return { data: message, sw };
  }

  close(): void {
    this.#open = false;
    this.#sEnc?.wipe();
    this.#sMac.wipe();
    this.#sRmac.wipe();
    wipe(this.#keys.sEnc, this.#keys.sMac, this.#keys.sRmac, this.#chaining);
  }

  #failed(): ProtocolError {
    this.close();
    return new ProtocolError("SCP03_FAILED", "SCP03", "command", "a command of the secure channel is not authentic.");
  }
}

function closed(): ProtocolError {
  return new ProtocolError("SCP03_CLOSED", "SCP03", "command", "the secure channel of the chip is closed.");
}
