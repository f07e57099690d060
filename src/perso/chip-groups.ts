import { SEQUENCE, type SubjectPublicKeyInfo, subjectPublicKeyInfo } from "../asn1/types.js";
import { toHex } from "../bytes/bytes.js";
import type { Profile } from "../card/profile.js";
import { type InstalledProtocol, statementsOf } from "../card/protocols.js";
import { efCvca } from "../lds/cvca.js";
import { dg14 } from "../lds/dg14.js";
import { dg15 } from "../lds/dg15.js";
import { publicKeyOf } from "../lds/public-key-info.js";
import type { SecurityInfoData } from "../lds/security-info.js";
import type { SecurityInfoInput } from "../lds/security-info-content.js";
import { buildSecurityInfo, encodeSecurityInfo } from "../lds/security-infos.js";
import { encodeUntagged } from "../lds/untagged.js";
import type { CvCertificate } from "../pki/cvc/certificate.js";
import { roleOf } from "../pki/cvc/chat.js";
import { dataObject, encodeFile, parseObject } from "../tlv/file.js";
import { type BuildProblem, type Built, collect, nothing } from "./problems.js";

/** What a travel document says of its chip: which protocols it speaks, and its public keys. */
export interface ChipData {
  /** Content of DG14: what the chip speaks, and its keys of chip authentication. */
  readonly securityInfos?: readonly SecurityInfoInput[];
  /** Content of DG15: the public key of active authentication, as DER of SubjectPublicKeyInfo or parsed. RSA or EC. */
  readonly activeAuthenticationKey?: Uint8Array | SubjectPublicKeyInfo;
}

/**
 * DG14 and DG15 of a travel document from the list of what its chip speaks; see `statementsOf`, which gives the other files too.
 *
 * @throws {RangeError} as `statementsOf`.
 * @example
 * encodeDataGroups(record, profile, chipDataOf(protocols));
 */
export function chipDataOf(protocols: readonly InstalledProtocol[]): ChipData {
  const { cardAccess, dg14, activeAuthenticationKey } = statementsOf(protocols);
  return {
    securityInfos: [...cardAccess, ...dg14],
    ...(activeAuthenticationKey && { activeAuthenticationKey }),
  };
}

/** Terminal type of inspection systems (TR-03110-3 C.4.1). */
const ID_IS = "0.4.0.127.0.7.3.1.2.1";

/**
 * @internal EF.CVCA of a travel document whose chip does terminal authentication of version 1; undefined for another. Without trust points
 * it names none: the chip writes it when it gets them, and whenever they change (ICAO 9303-11 K.2).
 */
export function buildCvca(
  profile: Profile,
  protocols: readonly InstalledProtocol[],
  trustPoints: readonly CvCertificate[] = [],
): Uint8Array | undefined {
  const placed = profile.applications.some(({ files }) => files.some(({ name }) => name === efCvca.name));
  if (!placed || !protocols.some((each) => each.kind === "terminalAuthentication" && each.version === 1))
    return undefined;
  const points = trustPoints.filter(({ chat }) => chat.oid === ID_IS);
  const stranger = trustPoints.find(({ chat }) => roleOf(chat) !== "cvca");
  if (stranger !== undefined) throw new RangeError(`trustPoints: ${stranger.chr} is no certificate of a CVCA`);
  const newestFirst = points.toSorted(({ effectiveDate: one }, { effectiveDate: other }) =>
    one < other ? 1 : one > other ? -1 : 0,
  );
  return encodeUntagged(
    efCvca,
    newestFirst.slice(0, 2).map(({ chr }) => chr),
  );
}

const spki = dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo);

/** @internal SecurityInfos of several lists, each once. */
export function uniqueInfos(...lists: readonly (readonly SecurityInfoInput[])[]): readonly SecurityInfoInput[] {
  const byContent = new Map(lists.flat().map((info) => [toHex(encodeSecurityInfo(info)), info]));
  return [...byContent.values()];
}

/** @internal Entries of a file of SecurityInfos. */
export function entriesOf(infos: readonly SecurityInfoInput[]): readonly SecurityInfoData[] {
  return uniqueInfos(infos).map(buildSecurityInfo);
}

/** @internal DG14. */
export function buildDg14(problems: BuildProblem[], { securityInfos }: ChipData): Built {
  if (securityInfos === undefined) return nothing("no securityInfos were given");
  return collect(problems, dg14.name, () => encodeFile(dg14, { securityInfos: entriesOf(securityInfos) }));
}

/** @internal DG15. With a key on a curve, DG14 must say what it signs with (ICAO 9303-11 §9.2.4). */
export function buildDg15(
  problems: BuildProblem[],
  { securityInfos = [], activeAuthenticationKey: key }: ChipData,
): Built {
  if (key === undefined) return nothing("no activeAuthenticationKey was given");
  return collect(problems, dg15.name, () => {
    const publicKeyInfo = key instanceof Uint8Array ? parseObject(spki, key) : key;
    const { kind } = publicKeyOf(publicKeyInfo);
    const refuse = (message: string): undefined => {
      problems.push({ path: dg15.name, message });
    };
    if (kind !== "RSA" && kind !== "EC") return refuse("the key of active authentication is neither RSA nor EC");
    if (kind === "EC" && !securityInfos.some((info) => info.kind === "activeAuthenticationInfo")) {
      return refuse("a key on a curve needs an activeAuthenticationInfo among the securityInfos of EF.DG14");
    }
    return encodeFile(dg15, { publicKeyInfo });
  });
}
