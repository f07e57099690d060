import type { CommandApdu } from "../../apdu/apdu.js";
import type { SyncExchange } from "../../apdu/exchange.js";
import type { SecureSession } from "../../apdu/session.js";
import { SW, statusError } from "../../apdu/status.js";
import { equalBytes, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { EphemeralKey } from "../../crypto/key-agreement.js";
import { ProtocolError } from "../../errors.js";
import type { SmParameters } from "../../sm/shared.js";
import { openTerminalSession } from "../../sm/terminal.js";
import { valuesByTag } from "../data-objects/shared.js";
import { EXPOSE_SESSION_SECRETS } from "../evidence/shared.js";
import type { ChipAuthenticationEvidence } from "./evidence.js";
import { chipAuthenticationParameters, chipAuthenticationToken, NONCE_LENGTH } from "./formulas.js";
import { generalAuthenticateWith, mseSetAtChipAuthentication, mseSetKat } from "./messages.js";
import type { ChipAuthenticationOffer } from "./offers.js";

/** Options of {@link openChipAuthentication}. */
export interface ChipAuthenticationOptions {
  /** Gives the ephemeral private key. */
  readonly random?: RandomSource;
  /**
   * The ephemeral key that terminal authentication of version 2 announced; it must be of the offer's group. It stays the caller's
   * to wipe.
   */
  readonly ephemeral?: EphemeralKey;
  /** How version 1 with 3DES is asked for: by MSE:Set KAT (which every such chip knows) or by MSE:Set AT and GENERAL AUTHENTICATE. */
  readonly command?: "KAT" | "AT";
  /** Puts the ephemeral private key into the evidence: whoever has that can read the session. */
  readonly [EXPOSE_SESSION_SECRETS]?: true;
}

/** What chip authentication leaves with the terminal. */
export interface ChipAuthenticationOpening {
  /**
   * The new session; it takes the place of the one that carried the protocol, which the caller closes. In version 1 its first
   * answer is the proof: until then the chip is not known to be genuine.
   */
  readonly session: SecureSession;
  readonly offer: ChipAuthenticationOffer;
  /** Comp(PK.IFD): what terminal authentication of version 1 signs. */
  readonly compressedKey: Uint8Array;
  /** The evidence as it stands now; `confirmed` once the proof has come. */
  evidence(): ChipAuthenticationEvidence;
}

/**
 * Chip authentication on the terminal's side: agrees on new keys with the chip's static key, which a copy of the chip does not have.
 *
 * Spec: ICAO 9303-11 §6.2 (version 1); TR-03110-2 §3.4 (version 2, after terminal authentication). To be run inside the session
 * of BAC or PACE.
 *
 * @param offer - One of `chipAuthenticationOffers` of the signed file. That file is to be checked by passive authentication, before
 *   or afterwards: until then the key is anybody's.
 * @throws {ProtocolError} `CHIP_AUTHENTICATION_REFUSED` - the chip does not do it, with its `StatusError` as `cause`;
 *   `CHIP_NOT_GENUINE` - what it sends does not prove that it holds the key. The latter also from the session's first `unwrap`.
 * @throws {RangeError} when `options.ephemeral` is of another group, or `options.command` is not for the protocol.
 * @example
 * const [best] = chipAuthenticationOffers(parseDg14SecurityInfos(efDg14).infos);
 * const { session } = yield* secured(bacSession, openChipAuthentication(best));
 */
export function* openChipAuthentication(
  offer: ChipAuthenticationOffer,
  options: ChipAuthenticationOptions = {},
): SyncExchange<ChipAuthenticationOpening> {
  const { random = systemRandom } = options;
  const { protocol, group, version, publicKey } = offer;
  const command = options.command ?? (protocol.suite === "3DES" && version === 1 ? "KAT" : "AT");
  if (command === "KAT" && (protocol.suite !== "3DES" || version !== 1)) {
    throw new RangeError("openChipAuthentication: MSE:Set KAT is for 3DES and version 1");
  }
  if (options.ephemeral !== undefined && options.ephemeral.group.name !== group.name) {
    throw new RangeError(`openChipAuthentication: the ephemeral key is not of ${group.name}`);
  }
  const ephemeral = options.ephemeral ?? new EphemeralKey(group, random);
  let secret: Uint8Array | undefined;
  let parameters: SmParameters | undefined;
  try {
    let nonce: Uint8Array | undefined;
    let token: Uint8Array | undefined;
    if (command === "KAT") yield* step(mseSetKat(offer, ephemeral.publicKey), "MSE:Set KAT");
    else {
      yield* step(mseSetAtChipAuthentication(offer), "MSE:Set AT");
      const answer = yield* step(generalAuthenticateWith(ephemeral.publicKey), "GENERAL AUTHENTICATE");
      if (version === 2) {
        const objects = valuesByTag(answer, [0x81, 0x82], 0x7c);
        nonce = objects?.get(0x81);
        token = objects?.get(0x82);
        if (nonce?.length !== NONCE_LENGTH || token === undefined) throw notGenuine("GENERAL AUTHENTICATE");
      } else if (answer.length > 0 && valuesByTag(answer, [], 0x7c) === undefined)
        throw notGenuine("GENERAL AUTHENTICATE");
    }
    secret = ephemeral.agree(publicKey);
    parameters = chipAuthenticationParameters(protocol, secret, nonce);
    if (token !== undefined) {
      const expected = chipAuthenticationToken(protocol, parameters.ksMac, group, ephemeral.publicKey);
      if (!equalBytes(expected, token)) throw notGenuine("GENERAL AUTHENTICATE");
    }
    const recorded: Recorded = { confirmed: token !== undefined, firstAnswer: undefined };
    const exposed = options[EXPOSE_SESSION_SECRETS] === true ? ephemeral.exportScalar() : undefined;
    const compressedKey = ephemeral.compressed.slice();
    const ephemeralKey = ephemeral.publicKey.slice();
    return {
      session: proving(openTerminalSession(parameters), recorded),
      offer,
      compressedKey,
      evidence: () => ({
        protocol: protocol.oid,
        version,
        ...(offer.keyId !== undefined && { keyId: offer.keyId }),
        publicKey: publicKey.slice(),
        ephemeralKey,
        ...(nonce !== undefined && { nonce }),
        ...(token !== undefined && { token }),
        confirmed: recorded.confirmed,
        ...(recorded.firstAnswer !== undefined && { firstAnswer: recorded.firstAnswer }),
        ...(exposed !== undefined && { ephemeralPrivateKey: exposed }),
      }),
    };
  } finally {
    wipe(secret, parameters?.ksEnc, parameters?.ksMac);
    if (options.ephemeral === undefined) ephemeral.wipe();
  }
}

interface Recorded {
  confirmed: boolean;
  firstAnswer: ChipAuthenticationEvidence["firstAnswer"];
}

function* step(command: CommandApdu, name: string): SyncExchange<Uint8Array> {
  const { data, sw } = yield command;
  if (sw === SW.OK) return data;
  const message = "the chip does not do chip authentication here: go on without it, or choose another key or protocol.";
  const cause = statusError(command, sw, `${name} (chip authentication)`);
  throw new ProtocolError("CHIP_AUTHENTICATION_REFUSED", PROTOCOL, name, message, { cause });
}

/** The session, whose first answer is the proof: a chip without the key cannot make it. */
function proving(session: SecureSession, recorded: Recorded): SecureSession {
  if (recorded.confirmed) return session;
  let ins = 0;
  return {
    wrap(command) {
      const wrapped = session.wrap(command);
      ins = wrapped.ins;
      return wrapped;
    },
    unwrap(response) {
      if (recorded.confirmed) return session.unwrap(response);
      const { data, sw } = response;
      const firstAnswer = { ins, data: data.slice(), sw };
      try {
        const plain = session.unwrap(response);
        recorded.confirmed = true;
        recorded.firstAnswer = firstAnswer;
        return plain;
      } catch (error) {
        if (error instanceof ProtocolError && error.code === "SM_FAILED") throw notGenuine("first answer", error);
        throw error;
      }
    },
    close: () => session.close(),
  };
}

const PROTOCOL = "chip authentication";

function notGenuine(name: string, cause?: Error): ProtocolError {
  const message = "the chip does not prove that it holds its static key: it may be a copy; do not go on with it.";
  return new ProtocolError("CHIP_NOT_GENUINE", PROTOCOL, name, message, cause === undefined ? {} : { cause });
}
