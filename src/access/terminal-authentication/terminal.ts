import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import { externalAuthenticate, getChallenge } from "../../apdu/commands.js";
import { SW, statusError } from "../../apdu/status.js";
import { CardwrightError, ProtocolError } from "../../errors.js";
import type { CvCertificate } from "../../pki/cvc/certificate.js";
import { roleOf } from "../../pki/cvc/chat.js";
import { samePublicKey } from "../../pki/cvc/checks.js";
import { signCvc } from "../../pki/cvc/issue.js";
import { cvcPublicKeyFromSpki, isEcKey } from "../../pki/cvc/public-key.js";
import { publicKeyFromSpki } from "../../pki/public-key.js";
import type { Signer } from "../../pki/signer.js";
import { encodeObject } from "../../tlv/file.js";
import type { TerminalAuthenticationEvidence } from "./evidence.js";
import { CHALLENGE_LENGTH, terminalAuthenticationMessage } from "./formulas.js";
import { mseSetAtTerminal, mseSetDst, verifyCertificate } from "./messages.js";
import { oidObject } from "./oid.js";

/** Who the terminal is. */
export interface TerminalCredentials {
  /** Links, DV, terminal: in the order in which the chip gets them. See `certificateChainFor`. */
  readonly certificates: readonly CvCertificate[];
  /** Holds the private key to the last of them. */
  readonly signer: Signer;
}

/** What terminal authentication binds. */
export interface TerminalBinding {
  /** 1 after chip authentication, as ICAO 9303-11 has it; 2 before it, as TR-03110-2. */
  readonly version: 1 | 2;
  /** After PACE `idIc` of its result; after BAC `documentIdentifier`. */
  readonly idIc: Uint8Array;
  /** Comp(PK.IFD): version 1 `compressedKey` of chip authentication, version 2 that of the ephemeral key to come. */
  readonly compressedKey: Uint8Array;
  /** Version 2: data object 67, see `encodeAuxiliaryData`. */
  readonly auxiliaryData?: Uint8Array;
}

/**
 * Terminal authentication on the terminal's side: certificates, then a signature over the chip's challenge.
 *
 * Spec: ICAO 9303-11 §7.1 (version 1); TR-03110-2 §3.3 (version 2); signature of the worked example of TR-03110. To be run inside
 * the session that chip authentication (version 1) or PACE (version 2) opened.
 *
 * @param credentials - The key never leaves the signer; its signature is verified before it is sent.
 * @throws {ProtocolError} `TERMINAL_AUTHENTICATION_REFUSED` - the chip accepts a certificate or the signature not, with its
 *   `StatusError` as `cause` when there is one. Certificates that it accepted before have renewed its trust points and its date.
 * @throws {CardwrightError} `SIGNER_MISMATCH` - the signer holds another key than the last certificate; `ALGORITHM_UNSUPPORTED` - it does
 *   not sign with the algorithm that the certificate names.
 * @throws {RangeError} when the chain is empty or does not end with a terminal, or version 1 is given auxiliary data.
 * @example
 * const certificates = certificateChainFor(references, pool);
 * yield* secured(session, authenticateTerminal({ certificates, signer }, { version: 1, idIc, compressedKey }));
 */
export async function* authenticateTerminal(
  credentials: TerminalCredentials,
  binding: TerminalBinding,
): AsyncGenerator<CommandApdu, TerminalAuthenticationEvidence, ResponseApdu> {
  const { certificates, signer } = credentials;
  const { version, idIc, compressedKey, auxiliaryData } = binding;
  const terminal = certificates.at(-1);
  if (terminal === undefined || roleOf(terminal.chat) !== "terminal") {
    throw new RangeError("authenticateTerminal: the last certificate must be the terminal's");
  }
  if (version === 1 && auxiliaryData !== undefined) {
    throw new RangeError("authenticateTerminal: version 1 has no auxiliary data");
  }
  // A key that is not the certificate's is found out before the chip is bothered.
  const key = keyOf(terminal, signer);

  for (const certificate of certificates) {
    yield* step(mseSetDst(certificate.car), "MSE:Set DST");
    yield* step(verifyCertificate(certificate), "PSO:Verify Certificate");
  }
  const announced =
    version === 1
      ? undefined
      : {
          algorithm: encodeObject(oidObject, terminal.publicKey.oid).subarray(2),
          compressedKey,
          ...(auxiliaryData && { auxiliaryData }),
        };
  yield* step(mseSetAtTerminal(terminal.chr, announced), "MSE:Set AT");
  const challenge = (yield* step(getChallenge(CHALLENGE_LENGTH), "GET CHALLENGE")).slice();
  if (challenge.length !== CHALLENGE_LENGTH) throw refused("GET CHALLENGE");
  const message = terminalAuthenticationMessage(idIc, challenge, compressedKey, auxiliaryData);
  const signature = await signCvc(key, signer, message);
  yield* step(externalAuthenticate(0x00, 0x00, signature), "EXTERNAL AUTHENTICATE");
  return {
    version,
    certificates: certificates.map(({ raw }) => raw.slice()),
    idIc: idIc.slice(),
    challenge,
    compressedKey: compressedKey.slice(),
    ...(auxiliaryData && { auxiliaryData: auxiliaryData.slice() }),
    signature: signature.slice(),
  };
}

function keyOf({ publicKey, chr }: CvCertificate, { publicKey: spki }: Signer) {
  const own = publicKeyFromSpki(spki);
  const key = (own.kind === "EC") === isEcKey(publicKey) ? cvcPublicKeyFromSpki(spki, publicKey.oid) : undefined;
  if (key !== undefined && samePublicKey(key, publicKey)) return key;
  throw new CardwrightError("SIGNER_MISMATCH", `${chr} is a certificate for another key than the signer's.`);
}

async function* step(command: CommandApdu, name: string): AsyncGenerator<CommandApdu, Uint8Array, ResponseApdu> {
  const { data, sw } = yield command;
  if (sw === SW.OK) return data;
  throw refused(name, statusError(command, sw, `${name} (terminal authentication)`));
}

function refused(name: string, cause?: Error): ProtocolError {
  const message =
    "the chip does not accept the terminal: check that the chain begins at one of its trust points and has not expired on its date.";
  const options = cause === undefined ? {} : { cause };
  return new ProtocolError("TERMINAL_AUTHENTICATION_REFUSED", "terminal authentication", name, message, options);
}
