import { comparePaceInfos } from "../access/pace/shared.js";
import { EMPTY, toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity, ID_SECURITY_OBJECT } from "../lds/card-security.js";
import { dg14 } from "../lds/dg14.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../lds/security-infos.js";
import { efSod } from "../lds/security-object.js";
import { encodeTlv } from "../tlv/ber.js";
import type { CardFiles, ReadingFall } from "./card-files.js";
import type { SignedInfos } from "./chip.js";
import { checkSecurityObject } from "./passive.js";
import type { PassiveSettings } from "./passive-types.js";
import type { Check, CheckList } from "./report.js";

/** The infos, or none of a file that is malformed, which has a check of its own. */
function quietly(parse: () => readonly SecurityInfo[]): readonly SecurityInfo[] {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

/**
 * What the signed files say of the chip's protocols. EF.CardSecurity is checked as a security object when it was read: form,
 * signature and path have the ids of EF.SOD with `.EF.CardSecurity` behind.
 *
 * Spec: ICAO 9303-11 §9.2, 9303-10 §3.11.4.
 */
export function signedInfosOf(list: CheckList, { files, evidence }: CardFiles, settings: PassiveSettings): SignedInfos {
  const keepMalformed = { keepMalformed: true };
  const group = files[dg14.name];
  const infos = group === undefined ? [] : quietly(() => parseDg14SecurityInfos(group, keepMalformed).infos);
  const security = files[efCardSecurity.name];
  if (security === undefined) return { dg14: infos, cardSecurity: [] };
  // The file is the message itself, which EF.SOD has under a tag.
  const wrapped = { files: { [efCardSecurity.name]: encodeTlv(efSod.tag, security) }, evidence };
  const { signedData } = checkSecurityObject(list, wrapped, settings, {
    file: { ...efSod, name: efCardSecurity.name, spec: efCardSecurity.spec },
    contentType: ID_SECURITY_OBJECT,
    suffix: `.${efCardSecurity.name}`,
  });
  const content = signedData?.eContentType === ID_SECURITY_OBJECT ? signedData.eContent : undefined;
  const cardSecurity = quietly(() => parseSecurityInfos(content ?? EMPTY, keepMalformed).infos);
  return { dg14: infos, cardSecurity: content === undefined ? [] : cardSecurity };
}

/**
 * Whether somebody between chip and terminal changed what the chip offers: EF.CardAccess is read before anything protects it, and
 * the signed files repeat it.
 *
 * Spec: ICAO 9303-11 §9.2.11.
 */
export function checkDowngrade(list: CheckList, card: CardFiles, infos: SignedInfos): void {
  const base = { id: "accessControl.downgrade", path: efCardAccess.name, spec: "ICAO 9303-11 §9.2.11" };
  list.add({ ...base, ...downgradeOf(card, infos) }, false);
}

type Answer = Pick<Check, "status" | "message" | "evidence">;

function downgradeOf({ files, evidence }: CardFiles, { dg14: group, cardSecurity }: SignedInfos): Answer {
  const { accessControl, falls = [], pace } = evidence;
  if (accessControl === "unknown") return { status: "notChecked", message: "How the card was opened is not known." };
  const bytes = files[efCardAccess.name];
  const stated = [...group, ...cardSecurity];
  const signed = stated.filter((info, i) => isPaceRelated(info) && stated.findIndex((one) => sameRaw(one, info)) === i);
  const unsigned = bytes === undefined ? [] : quietly(() => parseSecurityInfos(bytes, { keepMalformed: true }).infos);
  const { added, removed: withoutPace } = comparePaceInfos(unsigned, signed);
  // What EF.CardAccess does not offer the terminal does not ask for: who takes version 2 away keeps the terminal from its rights.
  const removed = [...withoutPace, ...onlyIn(stated.filter(isVersion2), unsigned)];
  const offersPace = signed.some(({ kind }) => kind === "paceInfo");
  const values = { signed: names(signed) };
  if (accessControl === "PACE") {
    if (bytes === undefined) return { status: "notChecked", message: "EF.CardAccess is not among the files." };
    if (!offersPace) {
      const message = "No signed file repeats what EF.CardAccess says: whether it was changed was not shown.";
      return { status: "notChecked", message };
    }
    const used =
      pace === undefined || unsigned.some(({ kind, protocol }) => kind === "paceInfo" && protocol === pace.protocol);
    const strange = unsigned.filter((info) => !stated.some((one) => sameRaw(one, info)));
    if (added.length === 0 && removed.length === 0 && used) {
      return strange.length === 0
        ? { status: "passed", message: "EF.CardAccess says what the signed files say." }
        : {
            status: "warning",
            message: "Of PACE EF.CardAccess says what the signed files say; they do not repeat other entries of it.",
            evidence: { strange: strange.map(({ raw }) => toHex(raw)).join(", ") },
          };
    }
    return {
      status: "failed",
      message: "EF.CardAccess says something else than the signed files: somebody may be in between.",
      evidence: { ...values, added: names(added), removed: names(removed) },
    };
  }
  if (stated.length === 0)
    return { status: "notChecked", message: "No signed file says whether the chip offers PACE." };
  if (!offersPace) return { status: "passed", message: "The signed files offer no PACE either." };
  if (accessControl === "none") {
    const message = "The signed files offer PACE, and the card could be read without it.";
    return { status: "warning", message, evidence: values };
  }
  return falls.some(({ kind }) => kind === "paceToBac") && removed.length === 0
    ? {
        status: "warning",
        message: "The chip offers PACE, and it was opened without, which the caller allowed.",
        evidence: values,
      }
    : {
        status: "failed",
        message: "The signed files offer PACE, and the chip seemed not to: somebody may be in between.",
        evidence: values,
      };
}

const names = (infos: readonly SecurityInfo[]): string => infos.map(({ protocol }) => protocol).join(", ");
/** Version 2 of chip and terminal authentication has to be stated in EF.CardAccess, before anything is signed (TR-03110-3 A.1.2). */
const isVersion2 = (info: SecurityInfo): boolean =>
  info.kind === "chipAuthenticationDomainParameterInfo" ||
  ((info.kind === "chipAuthenticationInfo" || info.kind === "terminalAuthenticationInfo") && info.version === 2);
/** Entries that another list does not have, each once. */
const onlyIn = (infos: readonly SecurityInfo[], others: readonly SecurityInfo[]): readonly SecurityInfo[] =>
  infos.filter(
    (info, i) => infos.findIndex((one) => sameRaw(one, info)) === i && !others.some((other) => sameRaw(other, info)),
  );
const isPaceRelated = ({ kind }: SecurityInfo): boolean => kind === "paceInfo" || kind === "paceDomainParameterInfo";
const sameRaw = (one: SecurityInfo, other: SecurityInfo): boolean =>
  one.raw.length === other.raw.length && one.raw.every((byte, i) => byte === other.raw[i]);

/** Falls that cost time and nothing else. */
const SLOW: readonly ReadingFall["kind"][] = ["readSize", "selectByFid", "paceTemplate"];

/** Says where less was settled for than both sides seemed to know. */
export function checkFalls(list: CheckList, { evidence }: CardFiles): void {
  const { falls = [], accessControl } = evidence;
  const base = { id: "accessControl.falls", path: "chip", spec: "ICAO 9303-11 §4.2" };
  if (accessControl === "unknown") {
    list.add({ ...base, status: "notChecked", message: "How the card was read is not known." }, false);
    return;
  }
  const grave = falls.filter(({ kind }) => !SLOW.includes(kind));
  const message =
    grave.length > 0
      ? `Less was settled for than both sides seemed to know: ${grave.map(describeFall).join("; ")}.`
      : falls.length > 0
        ? "The chip was read more slowly than it might have been, and as safely."
        : "Nothing less was settled for.";
  const values = Object.fromEntries(falls.map((fall, i) => [`${i + 1}`, describeFall(fall)]));
  list.add(
    {
      ...base,
      status: grave.length > 0 ? "warning" : "passed",
      message,
      ...(falls.length > 0 && { evidence: values }),
    },
    false,
  );
}

const WORDS: Readonly<Record<ReadingFall["kind"], string>> = {
  readSize: "shorter reads",
  selectByFid: "SELECT for each file",
  paceToBac: "BAC instead of PACE",
  chipAuthentication: "without chip authentication",
  activeAuthentication: "without active authentication",
  paceTemplate: "PACE without the terminal's template",
  terminalAuthentication: "without terminal authentication",
};

/**
 * A fall in words, for people.
 *
 * @example
 * import { describeFall } from "cardwright/inspect";
 * describeFall({ kind: "paceToBac", reason: "failed", sw: 0x6a80 }); // => BAC instead of PACE: failed (6A80)
 */
export function describeFall(fall: ReadingFall): string {
  const sw = fall.sw === undefined ? "" : ` (${fall.sw.toString(16).toUpperCase().padStart(4, "0")})`;
  const how =
    "reason" in fall ? `: ${fall.reason}` : fall.kind === "readSize" ? `: ${fall.from} to ${fall.to} bytes` : "";
  if (fall.kind === "readSize" && fall.remembered === true) return `${WORDS[fall.kind]}${how}, as with a card before`;
  const version = "version" in fall ? ` ${fall.version}` : "";
  const trusted = "trustPoints" in fall ? `; the chip trusts ${fall.trustPoints?.join(", ") || "nobody by name"}` : "";
  return `${WORDS[fall.kind]}${version}${how}${trusted}${sw}`;
}
