import { type ChipStaticKey, chipAuthenticationChip } from "../../../src/access/chip-authentication/chip.js";
import {
  CHIP_AUTHENTICATION_PROTOCOLS,
  type ChipAuthenticationOffer,
} from "../../../src/access/chip-authentication/offers.js";
import { type CommandApdu, encodeResponse, parseCommand, type ResponseApdu } from "../../../src/apdu/apdu.js";
import type { ChipExchange } from "../../../src/apdu/exchange.js";
import type { ChipOutcome, ChipSecureSession } from "../../../src/apdu/session.js";
import { EMPTY } from "../../../src/bytes/bytes.js";
import { systemRandom } from "../../../src/bytes/random.js";
import type { AgreementGroup } from "../../../src/crypto/key-agreement.js";
import { ProtocolError } from "../../../src/errors.js";
import { SmRefusal } from "../../../src/sm/chip.js";

/** A static key of a chip for one protocol, and the offer that a terminal reads of it. */
export function chipWith(name: string, group: AgreementGroup, version: 1 | 2 = 1, keyId?: number) {
  const protocol = CHIP_AUTHENTICATION_PROTOCOLS.find((row) => row.name === name);
  if (protocol === undefined) throw new Error(`no ${name}`);
  const privateKey = group.randomScalar(systemRandom);
  const named = keyId === undefined ? {} : { keyId };
  const key: ChipStaticKey = { group, privateKey, protocols: [{ oid: protocol.oid, version }], ...named };
  const publicKey = group.power(group.generator, privateKey);
  const offer: ChipAuthenticationOffer = {
    protocol,
    version,
    ...named,
    ambiguous: keyId !== undefined,
    group,
    publicKey,
    inferred: false,
  };
  return { key, offer };
}

/** A chip that does one protocol, begun afresh for each command that the running one leaves, and then echoes in its session. */
export function chipThat<T extends ChipOutcome>(begin: (first: CommandApdu) => ChipExchange<T>) {
  let running: ChipExchange<T> | undefined;
  let outcome: T | undefined;
  let session: ChipSecureSession | undefined;
  const plainly = (command: CommandApdu): ResponseApdu => {
    let step = running?.next(command);
    if (step === undefined || (step.done && step.value.response === undefined)) {
      running = begin(command);
      step = running.next(undefined as never);
    }
    if (!step.done) return step.value;
    running = undefined;
    outcome = step.value;
    session = step.value.session ?? session;
    return step.value.response ?? { data: EMPTY, sw: 0x6d00 };
  };
  const transmit = (bytes: Uint8Array): Uint8Array => {
    const command = parseCommand(bytes);
    if (session === undefined) return encodeResponse(plainly(command));
    try {
      const plain = session.unwrap(command);
      return encodeResponse(session.wrap({ data: Uint8Array.of(plain.ins), sw: 0x9000 }));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return encodeResponse({ data: EMPTY, sw: error instanceof SmRefusal ? error.sw : 0x6982 });
    }
  };
  return { transmit, outcome: () => outcome };
}

/** A chip that does chip authentication alone. */
export const chipOf = (keys: readonly ChipStaticKey[], announcedKey?: Uint8Array) =>
  chipThat((first) => chipAuthenticationChip(first, keys, announcedKey === undefined ? {} : { announcedKey }));
