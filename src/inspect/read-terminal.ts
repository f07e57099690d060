import { openChipAuthentication } from "../access/chip-authentication/terminal.js";
import { EXPOSE_SESSION_SECRETS } from "../access/evidence/shared.js";
import { documentIdentifier } from "../access/terminal-authentication/shared.js";
import { authenticateTerminal, type TerminalBinding } from "../access/terminal-authentication/terminal.js";
import type { CommandApdu, ResponseApdu } from "../apdu/apdu.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { type SecureSession, secured } from "../apdu/session.js";
import { EphemeralKey } from "../crypto/key-agreement.js";
import { MalformedError, ProtocolError, StatusError } from "../errors.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efCvca } from "../lds/cvca.js";
import { dg14 } from "../lds/dg14.js";
import { mrzInformation } from "../lds/mrz.js";
import { parseDg14SecurityInfos } from "../lds/security-infos.js";
import { parseUntagged } from "../lds/untagged.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import type { ReadingFall } from "./card-files.js";
import { isMrzKey, protectionOf } from "./doors.js";
import { type FilePlace, openFile } from "./read-file.js";
import { readMasterFile } from "./read-master-file.js";
import type { ReadingTerminal } from "./read-options.js";
import type { Reading } from "./reading.js";
import { signedInfosOf } from "./reading-checks.js";
import { CheckList } from "./report.js";
import { chainFor } from "./terminal-credentials.js";
import { infosOfCardAccess, signedOffer, statesVersion2, type Version2Offer, version2Offers } from "./version-2.js";

type TerminalFall = Extract<ReadingFall, { kind: "terminalAuthentication" }>;
type ChipFall = Extract<ReadingFall, { kind: "chipAuthentication" }>;

/**
 * Terminal authentication of version 1: certificates and a signature over the chip's challenge.
 *
 * Spec: ICAO 9303-11 §7.1, after chip authentication or PACE with its mapping. Trust points come with PACE, or stand in EF.CVCA (K.2).
 */
export async function* authenticateToChip(
  reading: Reading,
  terminal: ReadingTerminal,
): AsyncGenerator<CommandApdu, void, ResponseApdu> {
  const { session, pace, opening, falls, proofs } = reading;
  // Version 2 has been done, or the chip has refused this terminal once: a session takes one try (§7.1.3).
  if (proofs.terminalAuthentication !== undefined || falls.some(({ kind }) => kind === "terminalAuthentication"))
    return;
  const compressedKey = opening?.compressedKey ?? pace?.compressedKey;
  const idIc = identifierOf(reading);
  if (session === undefined || compressedKey === undefined || idIc === undefined) {
    return fallOfTerminal(reading, { reason: "noChipAuthentication" });
  }
  const fromPace = pace?.certificationAuthorityReferences ?? [];
  const told = fromPace.length > 0 ? fromPace : yield* secured(session, trustedReferences(reading));
  const chain = chainFor(told, terminal);
  if (chain === undefined) return fallOfTerminal(reading, { reason: "noChain", trustPoints: told });
  yield* prove(reading, terminal, chain, { version: 1, idIc, compressedKey });
}

/**
 * Terminal and chip authentication of version 2, when EF.CardAccess offers both: the general authentication procedure, in the
 * session of PACE, before an application is selected. The session of chip authentication takes the place of the one before; in it the
 * rights of the terminal hold.
 *
 * Spec: TR-03110-2 §3.3 and §3.4, general authentication procedure: PACE, terminal authentication, EF.CardSecurity with its signature, chip authentication.
 *
 * What does not come about is among the falls, and chip authentication of version 1 may follow.
 */
export async function* authenticateMutually(
  reading: Reading,
  terminal: ReadingTerminal,
): AsyncGenerator<CommandApdu, void, ResponseApdu> {
  const { options, session, pace, state, random } = reading;
  const asked = options.proofs?.includes("chipAuthentication") ?? true;
  if (!asked || state.chipAuthenticationFall !== undefined || session === undefined || pace === undefined) return;
  const infos = infosOfCardAccess(reading.root?.files[efCardAccess.name]);
  const [offer] = version2Offers(infos);
  if (offer === undefined) {
    if (statesVersion2(infos)) fallOfChip(reading, { reason: "unknown" });
    return;
  }
  const trustPoints = pace.certificationAuthorityReferences;
  const chain = chainFor(trustPoints, terminal);
  if (chain === undefined) return fallOfTerminal(reading, { reason: "noChain", trustPoints });
  const ephemeral = new EphemeralKey(offer.group, random);
  try {
    const binding = { version: 2, idIc: pace.idIc, compressedKey: ephemeral.compressed } as const;
    if (!(yield* prove(reading, terminal, chain, binding))) return;
    if (yield* proveChip(reading, session, offer, ephemeral, terminal)) return;
  } finally {
    ephemeral.wipe();
  }
  fallOfTerminal(reading, { reason: "noChipAuthentication" });
}

/** Terminal authentication with a chain that begins at a trust point; whether the chip accepted it. */
async function* prove(
  reading: Reading,
  { signer }: ReadingTerminal,
  certificates: readonly CvCertificate[],
  binding: TerminalBinding,
): AsyncGenerator<CommandApdu, boolean, ResponseApdu> {
  const { session, allow } = reading;
  try {
    const exchange = authenticateTerminal({ certificates, signer }, binding);
    const terminalAuthentication = yield* secured(session as SecureSession, exchange);
    reading.proofs = { ...reading.proofs, terminalAuthentication };
    return true;
  } catch (error) {
    const refused = error instanceof ProtocolError && error.code === "TERMINAL_AUTHENTICATION_REFUSED";
    if (!refused || allow.terminalAuthentication === false) throw error;
    const { cause } = error;
    fallOfTerminal(reading, { reason: "refused", ...(cause instanceof StatusError && { sw: cause.sw }) });
    return false;
  }
}

/** Chip authentication of version 2 with the key that terminal authentication announced; whether it came about. */
function* proveChip(
  reading: Reading,
  session: SecureSession,
  offer: Version2Offer,
  ephemeral: EphemeralKey,
  terminal: ReadingTerminal,
): SyncExchange<boolean> {
  const { options, state, protection, random } = reading;
  // Some chips show it to terminals only that have authenticated.
  reading.root = yield* secured(session, readMasterFile(state, "cardSecurity", reading.root, protection));
  const chosen = signedOffer(reading.root.files[efCardSecurity.name], offer);
  if (chosen === undefined) return fallOfChip(reading, { reason: "noKey" });
  if (!isAuthentic(reading, terminal)) return fallOfChip(reading, { reason: "notAuthentic" });
  const exposing = options[EXPOSE_SESSION_SECRETS] === true ? ({ [EXPOSE_SESSION_SECRETS]: true } as const) : {};
  reading.step = "chipAuthentication";
  try {
    const opening = yield* secured(session, openChipAuthentication(chosen, { ephemeral, random, ...exposing }));
    session.close();
    reading.opening = opening;
    reading.session = opening.session;
    reading.protection = protectionOf(chosen.protocol.suite === "3DES" ? 8 : 16);
    reading.step = undefined;
    return true;
  } catch (error) {
    const refused = error instanceof ProtocolError && error.code === "CHIP_AUTHENTICATION_REFUSED";
    if (!refused) throw error;
    reading.step = undefined;
    const { cause } = error;
    return fallOfChip(reading, { reason: "refused", ...(cause instanceof StatusError && { sw: cause.sw }) }, error);
  }
}

/** Whether EF.CardSecurity is signed by whom the caller trusts; left to the verdict when the caller names nobody. */
function isAuthentic({ root }: Reading, { passiveAuthentication }: ReadingTerminal): boolean {
  if (passiveAuthentication === undefined) return true;
  const list = new CheckList();
  const card = { files: root?.files ?? {}, evidence: { accessControl: "PACE", notGiven: [], notAsked: [] } } as const;
  signedInfosOf(list, card, passiveAuthentication);
  return list.verdict() === "passed";
}

function fallOfTerminal({ falls, allow }: Reading, fall: Omit<TerminalFall, "kind">): void {
  if (allow.terminalAuthentication === false) throw terminalNotAllowed(fall);
  falls.push({ kind: "terminalAuthentication", ...fall });
}

function fallOfChip({ falls, allow }: Reading, fall: Omit<ChipFall, "kind" | "version">, error?: ProtocolError): false {
  if (allow.chipAuthentication === false) throw error ?? chipNotAllowed(fall.reason);
  falls.push({ kind: "chipAuthentication", version: 2, ...fall });
  return false;
}

function terminalNotAllowed({ reason, trustPoints = [] }: Omit<TerminalFall, "kind">): ProtocolError {
  const named = trustPoints.length > 0 ? ` It names ${trustPoints.join(" and ")}.` : "";
  const message =
    reason === "noChain"
      ? `no certificate of the terminal leads from what the chip trusts: get newer ones.${named}`
      : "the chip has not authenticated itself, and the terminal's rights are bound to that.";
  return new ProtocolError("TERMINAL_AUTHENTICATION_REFUSED", "terminal authentication", reason, message);
}

function chipNotAllowed(reason: ChipFall["reason"]): ProtocolError {
  const message =
    reason === "notAuthentic"
      ? "the signature of EF.CardSecurity is not one that is trusted here: the key in it is anybody's."
      : reason === "noKey"
        ? "EF.CardSecurity has no key of what EF.CardAccess offers: somebody may be in between."
        : "the chip offers no chip authentication of version 2 that is known here.";
  return new ProtocolError("CHIP_AUTHENTICATION_REFUSED", "chip authentication", efCardSecurity.name, message);
}

/** ID.IC: of PACE, or the document number that BAC went by. */
function identifierOf({ pace, options: { accessKey } }: Reading): Uint8Array | undefined {
  if (pace !== undefined) return pace.idIc;
  return accessKey === undefined || !isMrzKey(accessKey) ? undefined : documentIdentifier(mrzInformation(accessKey));
}

/** What EF.CVCA says that the chip trusts; nothing when it is not there. */
function* trustedReferences({ state, files }: Reading): SyncExchange<readonly string[]> {
  try {
    const place = placeOfCvca(files[dg14.name]);
    return parseUntagged(efCvca, yield* openFile(place, state, efCvca.filledTo));
  } catch (error) {
    if (error instanceof StatusError || error instanceof MalformedError) return [];
    throw error;
  }
}

/** EF.CVCA is where it always is, unless EF.DG14 says otherwise; without a short identifier it has to be selected (9303-11 K.2). */
function placeOfCvca(file: Uint8Array | undefined): FilePlace {
  const { name, fid, sfi } = efCvca;
  const infos = file === undefined ? [] : parseDg14SecurityInfos(file, { keepMalformed: true }).infos;
  for (const info of infos) {
    if (info.kind !== "terminalAuthenticationInfo" || info.version !== 1 || info.efCvca === undefined) continue;
    const { fid: stated, sfi: short = 0 } = info.efCvca;
    return { name, fid: stated, ...(short >= 1 && short <= 30 && { sfi: short }) };
  }
  return { name, fid, sfi };
}
