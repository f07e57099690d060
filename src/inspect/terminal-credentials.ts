import { certificateChainFor } from "../access/terminal-authentication/shared.js";
import { CardwrightError } from "../errors.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import { type Chat, chatContent, roleOf, terminalTypeByOid } from "../pki/cvc/chat.js";
import { samePublicKey } from "../pki/cvc/checks.js";
import { cvcPublicKeyFromSpki } from "../pki/cvc/public-key.js";
import { dataObject, encodeObject } from "../tlv/file.js";
import type { ReadingTerminal } from "./read-options.js";

const CHAT = dataObject("CHAT", 0x7f4c, chatContent);

/** Whether a certificate is for the key of the signer. */
function isFor({ publicKey }: CvCertificate, { signer }: ReadingTerminal): boolean {
  try {
    return samePublicKey(cvcPublicKeyFromSpki(signer.publicKey, publicKey.oid), publicKey);
  } catch (error) {
    if (error instanceof RangeError || error instanceof CardwrightError) return false; // a key of another kind
    throw error;
  }
}

/**
 * The certificates of terminals that are for the signer's key; all of them when none is, so that terminal authentication says what is
 * wrong.
 */
function ownCertificates(terminal: ReadingTerminal): readonly CvCertificate[] {
  const own = terminal.certificates.filter(({ chat }) => roleOf(chat) === "terminal");
  const fitting = own.filter((certificate) => isFor(certificate, terminal));
  return fitting.length > 0 ? fitting : own;
}

/**
 * What the terminal says of itself in PACE (7F4C …): its type, and what it will ask for. An inspection system leaves nothing out; what
 * it may is for its certificates to say.
 *
 * Spec: ICAO 9303-11 §4.4.4.1 (all access bits 1); TR-03110-3 B.11.1, C.4.
 *
 * @returns undefined when there is no certificate of a terminal.
 */
export function terminalTemplate(terminal: ReadingTerminal): Uint8Array | undefined {
  const chat = ownCertificates(terminal)[0]?.chat;
  if (chat === undefined) return undefined;
  const inspection: Chat = { oid: chat.oid, authorization: Uint8Array.of(0x3f) };
  return encodeObject(CHAT, terminalTypeByOid(chat.oid)?.name === "IS" ? inspection : chat);
}

/**
 * The certificates that lead from a trust point of the chip to the terminal. A chip that does not name one is given the chain from its
 * beginning; it refuses a wrong one.
 *
 * @param told - References of trust points, the newest first.
 * @returns undefined when none of them leads there.
 */
export function chainFor(told: readonly string[], terminal: ReadingTerminal): readonly CvCertificate[] | undefined {
  const { certificates } = terminal;
  const references = told.length > 0 ? told : rootsOf(certificates);
  for (const { chr } of ownCertificates(terminal)) {
    const chain = certificateChainFor(references, certificates, chr);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

/** References that no certificate of a pool holds: of the keys above. */
const rootsOf = (pool: readonly CvCertificate[]): readonly string[] => [
  ...new Set(pool.map(({ car }) => car).filter((car) => !pool.some(({ chr }) => chr === car))),
];
