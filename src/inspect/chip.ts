import { verifyActiveAuthenticationEvidence } from "../access/active-authentication/shared.js";
import {
  chipAuthenticationOffers,
  verifyChipAuthenticationEvidence,
  verifyChipAuthenticationMappingEvidence,
} from "../access/chip-authentication/shared.js";
import type { EvidenceFinding } from "../access/evidence/shared.js";
import { type TerminalTrust, verifyTerminalAuthenticationEvidence } from "../access/terminal-authentication/shared.js";
import { dg14 } from "../lds/dg14.js";
import { dg15 } from "../lds/dg15.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import type { CardFiles, ReadingFall } from "./card-files.js";
import type { CheckList } from "./report.js";

/** The protocols by which a chip proves that it is no copy, or by which it knows its terminal. */
const CHIP_CHECKS = [
  ["chip.activeAuthentication", "ICAO 9303-11 §6.1", "The chip was not asked to sign a challenge."],
  ["chip.chipAuthentication", "ICAO 9303-11 §6.2", "The chip was not asked for chip authentication."],
  ["chip.paceCam", "ICAO 9303-11 §4.4.3.5", "The chip was not asked for PACE with chip authentication mapping."],
  ["chip.terminalAuthentication", "ICAO 9303-11 §7.1; BSI TR-03110", "The terminal did not prove itself to the chip."],
] as const;
/** Name of a check about the chip. */
export type ChipCheck = (typeof CHIP_CHECKS)[number][0];

/** Checks on which every proof of a chip rests: its public key has to be signed, by somebody who is trusted. */
const GATES = /^(parse\.(EF\.SOD|LDSSecurityObject)|(signature|path)\.[A-Za-z]+$|securityObject\.|hash\.EF\.DG1[45]$)/;
/** The same for a key that EF.CardSecurity holds. */
const CARD_SECURITY_GATES = /^(parse\.EF\.CardSecurity$|(signature|path)\.[A-Za-z]+\.EF\.CardSecurity$)/;

/** SecurityInfos of the signed files; empty where a file was not read or is malformed. */
export interface SignedInfos {
  readonly dg14: readonly SecurityInfo[];
  readonly cardSecurity: readonly SecurityInfo[];
}

type StaticKey = Extract<SecurityInfo, { readonly kind: "chipAuthenticationPublicKeyInfo" }>;

const isStaticKey = (info: SecurityInfo): info is StaticKey => info.kind === "chipAuthenticationPublicKeyInfo";

/** What whoever judges brings along, and never takes from the evidence. */
export interface ChipJudgement {
  readonly terminalTrust?: TerminalTrust | undefined;
  /** Challenge of active authentication that it chose, 8 bytes. */
  readonly challenge?: Uint8Array | undefined;
}

/**
 * What the chip proved, judged again from the evidence of the reading. The keys with which a chip proves itself stand in its data,
 * so nothing is shown about the chip unless the data are authentic: a proof under a key that nobody vouches for is none.
 *
 * Spec: ICAO 9303-11 §5.1, §6.1, §6.2 and §7.1.
 *
 * A chip that proved its key, one that did not have it, and one that was not asked or did not answer are three answers:
 * `passed`, `failed`, `notChecked`.
 */
export function checkChip(
  list: CheckList,
  card: CardFiles,
  infos: SignedInfos,
  { terminalTrust, challenge }: ChipJudgement = {},
): void {
  const open = list.open();
  const gateOf = (gates: RegExp) =>
    list.checks.find(({ id, status }) => gates.test(id) && (status === "failed" || open.includes(id)));
  const keyThere = infos.cardSecurity.some(isStaticKey);
  const fromCardSecurity = (id: ChipCheck): boolean =>
    (id === "chip.paceCam" && keyThere) || (id === "chip.chipAuthentication" && isVersion2(card));
  for (const [id, spec, otherwise] of CHIP_CHECKS) {
    const base = { id, path: "chip", spec };
    // Who the terminal was, and why it has no rights, does not hang on the chip's data.
    const ofTerminal = id === "chip.terminalAuthentication";
    const gates = fromCardSecurity(id) ? CARD_SECURITY_GATES : GATES;
    const gate = ofTerminal ? undefined : gateOf(gates);
    if (gate !== undefined) {
      const message = `Nothing is shown about the chip, because its data are not known to be authentic (${gate.id}).`;
      list.add({ ...base, status: "notChecked", message }, false);
      continue;
    }
    const finding = hasProof(card, id)
      ? judge(id, card, infos, { terminalTrust, challenge })
      : withoutProof(id, card, infos);
    if (finding === undefined) list.add({ ...base, status: "notChecked", message: otherwise }, false);
    // Who the terminal was does not change what is to be thought of the document.
    else list.add({ ...base, ...finding }, !ofTerminal);
  }
}

const PROOFS = {
  "chip.activeAuthentication": "activeAuthentication",
  "chip.chipAuthentication": "chipAuthentication",
  "chip.paceCam": "paceCam",
  "chip.terminalAuthentication": "terminalAuthentication",
} as const;

/** Version 2 of chip authentication is with a key of EF.CardSecurity, version 1 with one of EF.DG14. */
const isVersion2 = ({ evidence }: CardFiles): boolean => evidence.proofs?.chipAuthentication?.version === 2;

const hasProof = ({ evidence }: CardFiles, id: ChipCheck): boolean => evidence.proofs?.[PROOFS[id]] !== undefined;

function judge(
  id: ChipCheck,
  { files, evidence: { proofs = {} } }: CardFiles,
  infos: SignedInfos,
  { terminalTrust, challenge }: ChipJudgement,
): EvidenceFinding {
  switch (id) {
    case "chip.activeAuthentication":
      return verifyActiveAuthenticationEvidence(
        proofs.activeAuthentication,
        { dg15: files[dg15.name], dg14: files[dg14.name] },
        challenge,
      );
    case "chip.chipAuthentication": {
      const stated = proofs.chipAuthentication?.version === 2 ? infos.cardSecurity : infos.dg14;
      return verifyChipAuthenticationEvidence(proofs.chipAuthentication, stated);
    }
    case "chip.paceCam": {
      const stated = keysOfMapping(infos, proofs.paceCam?.keyId);
      if (stated.length === 0 && infos.cardSecurity.length === 0) return KEY_NOT_READ;
      return verifyChipAuthenticationMappingEvidence(proofs.paceCam, stated);
    }
    case "chip.terminalAuthentication":
      return verifyTerminalAuthenticationEvidence(proofs.terminalAuthentication, terminalTrust);
  }
}

/**
 * Where the key of the mapping is looked for: in EF.CardSecurity, where it has to be. The keys of EF.DG14 are those of chip authentication:
 * of these it is the one whose identifier is the number of PACE's domain parameters, and no other.
 *
 * Spec: ICAO 9303-11 §4.4.3.5, §9.2.6.
 */
function keysOfMapping(infos: SignedInfos, keyId: number | undefined): readonly SecurityInfo[] {
  if (infos.cardSecurity.some(isStaticKey)) return infos.cardSecurity;
  return infos.dg14.filter((info) => isStaticKey(info) && info.keyId === keyId);
}

const KEY_NOT_READ: EvidenceFinding = {
  id: "chip.paceCam",
  path: "chip",
  spec: "ICAO 9303-11 §4.4.3.5",
  status: "notChecked",
  message:
    "EF.CardSecurity, which holds the key of this proof, was not read: whether the chip is genuine was not shown.",
};

type Answer = Pick<EvidenceFinding, "status" | "message" | "evidence">;

/** What is to be said where there is no proof; undefined when nothing is amiss. */
function withoutProof(id: ChipCheck, { files, evidence }: CardFiles, { dg14: infos }: SignedInfos): Answer | undefined {
  const fall = evidence.falls?.find(({ kind }) => `chip.${kind}` === id);
  if (fall !== undefined) return ofFall(fall);
  const done = evidence.proofs?.paceCam !== undefined;
  if (id === "chip.chipAuthentication" && !done && chipAuthenticationOffers(infos).length > 0) {
    return { status: "warning", message: "The chip offers chip authentication and was not asked for it." };
  }
  if (id === "chip.activeAuthentication" && files[dg15.name] !== undefined) {
    return { status: "warning", message: "The chip can sign a challenge and was not asked for it." };
  }
  return undefined;
}

const NOT_GIVEN =
  "The signed files offer this proof and the chip did not give it: a fault, or a copy. Which was not shown.";
const NOT_SHOWN: Readonly<Partial<Record<string, string>>> = {
  unknown: "What the chip offers is not known here: whether it is genuine was not shown.",
  noKey: "EF.CardSecurity holds no key of what EF.CardAccess offers: whether the chip is genuine was not shown.",
  notAuthentic: "EF.CardSecurity is not signed by somebody trusted: the chip was not asked to prove the key in it.",
};
const TERMINAL_WORDS: Readonly<Partial<Record<string, string>>> = {
  noChain: "None of the terminal's certificates leads from what the chip trusts to the terminal.",
  noChipAuthentication: "Without chip authentication the terminal has no rights on the chip.",
};

function ofFall(fall: ReadingFall): Answer {
  const sw = "sw" in fall && fall.sw !== undefined ? { evidence: { sw: fall.sw.toString(16).toUpperCase() } } : {};
  if (fall.kind === "chipAuthentication" && fall.reason === "notGenuine") {
    const message =
      "The chip is not genuine: what it sent does not prove that it holds its signed key. It is the word of the recorder.";
    return { status: "failed", message, ...sw };
  }
  if (fall.kind === "chipAuthentication" || fall.kind === "activeAuthentication") {
    return { status: "notChecked", message: NOT_SHOWN[fall.reason] ?? NOT_GIVEN, ...sw };
  }
  const { reason, trustPoints = [] } = fall.kind === "terminalAuthentication" ? fall : {};
  const named = trustPoints.length === 0 ? {} : { evidence: { trustPoints: trustPoints.join(", ") } };
  const message = (reason && TERMINAL_WORDS[reason]) ?? "The chip did not take the terminal for an authorized one.";
  return { status: "notChecked", message, ...sw, ...named };
}
