// Chains of CV certificates of ours, for programs that compare with today's date.
import {
  buildChat,
  CVC_ALGORITHMS,
  createCvca,
  cvcPublicKeyFromSpki,
  issueCvCertificate,
  memorySigner,
} from "cardwright/pki";

/** The day this many days from now. */
export const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Object identifier of what a signer prefers. */
const algorithmOf = ({ algorithms: [first] }) => CVC_ALGORITHMS.find(({ signature }) => signature === first).oid;

/**
 * CVCA, DV and terminal.
 *
 * @param options.newKey - Makes a private key; called for each of the three.
 * @param options.rights - By role: `cvca`, `dvDomestic`, `terminal`; one list for all when it is an array.
 */
export async function cvChain({ newKey, algorithm, terminalType = "AT", rights = [], dates, names = {}, extensions }) {
  const keys = [newKey(), newKey(), newKey()];
  const signers = keys.map((key) => memorySigner(key, algorithm && { algorithm }));
  const of = (role) => (Array.isArray(rights) ? rights : rights[role]);
  const chat = (role) => buildChat({ terminalType, role, rights: of(role) });
  const valid = { effectiveDate: day(0), expirationDate: day(20), ...dates };
  const key = (i) => cvcPublicKeyFromSpki(signers[i].publicKey, algorithmOf(signers[i]));
  const { cvca: root = "UTCVCA00001", dv: middle = "UTDV00001", terminal: leaf = "UTTERM00001" } = names;
  const cvca = await createCvca({ ...valid, signer: signers[0], chr: root, chat: chat("cvca") });
  const dv = await issueCvCertificate({
    ...{ ...valid, chr: middle, chat: chat("dvDomestic"), publicKey: key(1) },
    issuer: { certificate: cvca, signer: signers[0] },
  });
  const terminal = await issueCvCertificate({
    ...{ ...valid, chr: leaf, chat: chat("terminal"), publicKey: key(2), ...(extensions && { extensions }) },
    issuer: { certificate: dv, signer: signers[1] },
  });
  return { cvca, dv, terminal, signers, keys, oid: algorithmOf(signers[2]) };
}

/**
 * How terminal authentication of version 2 ends on a chip of ours that knows `trust`, which it changes.
 *
 * @returns The chip's outcome, or the code and step with which our terminal was refused.
 */
export async function authenticateOnChip(trust, credentials) {
  const { authenticateTerminal, terminalAuthenticationChip } = await import("cardwright/access");
  const binding = { version: 2, idIc: new Uint8Array(32).fill(1) };
  const terminal = authenticateTerminal(credentials, { ...binding, compressedKey: new Uint8Array(32).fill(2) });
  let chip;
  let outcome = {};
  try {
    for (let step = await terminal.next(); !step.done; ) {
      chip ??= terminalAuthenticationChip(step.value, trust, binding);
      const { done, value } = chip.next(step.value);
      if (done) outcome = value;
      step = await terminal.next(done ? value.response : value);
    }
  } catch (error) {
    if (error.code === "TERMINAL_AUTHENTICATION_REFUSED") return { refused: error.step, rights: outcome.rights };
    throw error;
  }
  return outcome;
}
