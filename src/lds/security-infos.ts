import { oid } from "../asn1/oid.js";
import { OBJECT_IDENTIFIER, SEQUENCE, SET } from "../asn1/types.js";
import { compareBytes, concatBytes } from "../bytes/bytes.js";
import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, cursorOver, encodeTlv, expectTag, peekTag, readLength, tagSize } from "../tlv/ber.js";
import type { Value } from "../tlv/codec.js";
import { type DataObject, encodeObject, parseObject } from "../tlv/file.js";
import { readField } from "../tlv/struct.js";
import { MAX_SECURITY_INFOS, type SecurityInfoData, securityInfo } from "./security-info.js";
import type {
  MalformedSecurityInfo,
  SecurityInfo,
  SecurityInfoInput,
  SecurityInfos,
  SecurityInfosOptions,
  UnknownSecurityInfo,
} from "./security-info-content.js";
import { type privilegedTerminalInfo, SECURITY_INFO_KINDS, type SecurityInfoKind } from "./security-info-kinds.js";
import { securityProtocolByOid } from "./security-info-oids.js";

/** What a run may still read: nested ones count, so that a small input cannot become many objects. */
interface Budget {
  left: number;
  readonly keepMalformed: boolean;
}

const protocolOid = oid();

/** Reads SecurityInfos up to the end of the window. */
function readInfos(c: Cursor, budget: Budget, nested: boolean): SecurityInfos {
  const infos: SecurityInfo[] = [];
  let sorted = true;
  while (c.at < c.end) {
    if (budget.left === 0) {
      throw new MalformedError("BAD_VALUE", `more than ${MAX_SECURITY_INFOS} entries`, c.at);
    }
    budget.left--;
    const last = infos[infos.length - 1];
    try {
      const info = readInfo(c, budget, nested);
      if (last !== undefined && compareBytes(last.raw, info.raw) > 0) sorted = false;
      infos.push(info);
    } catch (error) {
      throw error instanceof MalformedError ? error.within(`[${infos.length}]`) : error;
    }
  }
  if (infos.length === 0) throw new MalformedError("BAD_VALUE", "fewer than 1 entries", c.at);
  return { infos, sorted };
}

/** Reads one SecurityInfo: first its object identifier, then, from the start, what that identifier stands for. */
function readInfo(c: Cursor, budget: Budget, nested: boolean): SecurityInfo {
  const start = c.at;
  expectTag(c, SEQUENCE);
  const inside: Cursor = { buf: c.buf, at: start + 1, end: c.end };
  const length = readLength(inside);
  inside.end = inside.at + length;
  const raw = c.buf.subarray(start, inside.end);
  expectTag(inside, OBJECT_IDENTIFIER, "protocol");
  const protocol = readProtocol(inside);
  c.at = inside.end;
  const row = securityProtocolByOid(protocol);
  if (row === undefined) {
    while (inside.at < inside.end) {
      inside.at += tagSize(peekTag(inside));
      const size = readLength(inside);
      inside.at += size;
    }
    return { kind: "unknown", protocol, raw };
  }
  try {
    return readKind(row.kind, { buf: c.buf, at: start, end: inside.end }, raw, budget, nested);
  } catch (error) {
    if (!budget.keepMalformed || !(error instanceof MalformedError)) throw error;
    const { code, path, offset, detail } = error;
    return { kind: "malformed", protocol, raw, problem: { code, path, offset, detail } };
  }
}

/** Reads a SecurityInfo of a known kind. */
function readKind(kind: SecurityInfoKind, c: Cursor, raw: Uint8Array, budget: Budget, nested: boolean): SecurityInfo {
  const start = c.at;
  const value = readField(c, SEQUENCE, SECURITY_INFO_KINDS[kind].codec) as object;
  if (kind !== "privilegedTerminalInfo") return Object.assign(value, { kind, raw }) as SecurityInfo;
  if (nested) throw new MalformedError("NESTED_TOO_DEEP", "privileged terminals inside privileged ones", start);
  const { protocol, privilegedTerminalInfos: set } = value as Value<typeof privilegedTerminalInfo>;
  const at = set.byteOffset - c.buf.byteOffset;
  try {
    const inner = readInfos({ buf: c.buf, at, end: at + set.length }, budget, true);
    return { kind, protocol, privilegedTerminalInfos: inner, raw };
  } catch (error) {
    throw error instanceof MalformedError ? error.within("privilegedTerminalInfos") : error;
  }
}

function readProtocol(c: Cursor): string {
  try {
    return readField(c, OBJECT_IDENTIFIER, protocolOid) as string;
  } catch (error) {
    throw error instanceof MalformedError ? error.within("protocol") : error;
  }
}

/** Reads the set at the cursor, which must be all there is. */
function readSet(c: Cursor, { keepMalformed = false }: SecurityInfosOptions): SecurityInfos {
  expectTag(c, SET);
  c.at++;
  const length = readLength(c);
  if (c.at + length !== c.end) {
    throw new MalformedError("TRAILING_BYTES", `${c.end - c.at - length} bytes follow the data object`, c.at + length);
  }
  return readInfos(c, { left: MAX_SECURITY_INFOS, keepMalformed }, false);
}

/**
 * What SecurityInfos say: of EF.CardAccess, or the signed content of EF.CardSecurity.
 *
 * Strict but for the order of the set, which is kept and told: `sorted`. Protocols that are not known are kept as bytes;
 * a known one in a form that is not its own is refused, unless `options.keepMalformed`.
 *
 * Spec: ICAO 9303-11 §9.2; BSI TR-03110-3 A.1.1.
 *
 * @param bytes - The SET and nothing else. Byte fields of the result are views of it.
 * @throws {MalformedError} with path (`SecurityInfos[1].version`) and offset.
 * @example
 * import { fromHex } from "cardwright/bytes";
 * import { parseSecurityInfos, securityProtocolByOid } from "cardwright/lds";
 * const { infos } = parseSecurityInfos(fromHex("31143012060A04007F0007020204020202010202010D"));
 * infos.map(({ protocol }) => securityProtocolByOid(protocol)?.keyBits); // => [128]
 */
export function parseSecurityInfos(bytes: Uint8Array, options: SecurityInfosOptions = {}): SecurityInfos {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("parseSecurityInfos: expected a Uint8Array");
  try {
    return readSet(cursorOver(bytes), options);
  } catch (error) {
    throw error instanceof MalformedError ? error.within("SecurityInfos") : error;
  }
}

const DG14 = 0x6e;

/** Like {@link parseSecurityInfos}, for the bytes of the whole EF.DG14. */
export function parseDg14SecurityInfos(bytes: Uint8Array, options: SecurityInfosOptions = {}): SecurityInfos {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("parseDg14SecurityInfos: expected a Uint8Array");
  const c = cursorOver(bytes);
  try {
    expectTag(c, DG14);
    c.at++;
    const length = readLength(c);
    if (c.at + length !== c.end) {
      const left = c.end - c.at - length;
      throw new MalformedError("TRAILING_BYTES", `${left} bytes follow the data object`, c.at + length);
    }
    try {
      return readSet(c, options);
    } catch (error) {
      throw error instanceof MalformedError ? error.within("securityInfos") : error;
    }
  } catch (error) {
    throw error instanceof MalformedError ? error.within("EF.DG14") : error;
  }
}

/** What one entry of a parsed DG14 or EF.CardAccess says; errors as {@link parseSecurityInfos}. */
export function securityInfoOf(data: SecurityInfoData): SecurityInfo {
  const bytes = encodeObject(securityInfo, data);
  const { infos } = parseSecurityInfos(encodeTlv(SET, bytes));
  return infos[0] as SecurityInfo;
}

/**
 * Bytes of one SecurityInfo, made from its fields; `raw` counts for an unknown or malformed one only.
 *
 * @throws {EncodeError} `VALUE_NOT_ENCODABLE` when a field does not fit, or `protocol` belongs to another kind.
 */
export function encodeSecurityInfo(info: SecurityInfoInput): Uint8Array {
  if (info.kind === "unknown" || info.kind === "malformed") return keptBytes(info);
  if (securityProtocolByOid(info.protocol)?.kind !== info.kind) {
    throw new EncodeError(`${info.protocol} is no protocol of this kind`, `${info.kind}.protocol`);
  }
  if (info.kind !== "privilegedTerminalInfo") {
    return encodeObject(SECURITY_INFO_KINDS[info.kind] as DataObject<unknown>, info);
  }
  const { infos } = info.privilegedTerminalInfos;
  if (infos.some(({ kind }) => kind === info.kind)) throw new EncodeError("cannot hold another one", info.kind);
  return encodeObject(SECURITY_INFO_KINDS[info.kind], {
    protocol: info.protocol,
    privilegedTerminalInfos: joinSorted(infos),
  });
}

/** The bytes of an unknown SecurityInfo, if they are one. */
function keptBytes({ kind, raw }: UnknownSecurityInfo | MalformedSecurityInfo): Uint8Array {
  try {
    if (parseSecurityInfos(encodeTlv(SET, raw), { keepMalformed: true }).infos.length === 1) return raw;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
  }
  throw new EncodeError("the bytes are no SecurityInfo", `${kind}.raw`);
}

/** Encodings in DER order, without the set around them. */
function joinSorted(infos: readonly SecurityInfoInput[]): Uint8Array {
  return concatBytes(...infos.map(encodeSecurityInfo).sort(compareBytes));
}

/**
 * Bytes of SecurityInfos, in DER order: EF.CardAccess, or what EF.CardSecurity signs.
 *
 * @throws {EncodeError} as {@link encodeSecurityInfo}.
 * @example
 * import { toHex } from "cardwright/bytes";
 * import { encodeSecurityInfos } from "cardwright/lds";
 * const pace = "0.4.0.127.0.7.2.2.4.2.2"; // id-PACE-ECDH-GM-AES-CBC-CMAC-128
 * toHex(encodeSecurityInfos([{ kind: "paceInfo", protocol: pace, version: 2, parameterId: 13 }]));
 */
export function encodeSecurityInfos(infos: readonly SecurityInfoInput[]): Uint8Array {
  return encodeTlv(SET, joinSorted(infos));
}

/** An entry for `encodeFile(dg14, …)` or `encodeFile(efCardAccess, …)`; errors as {@link encodeSecurityInfo}. */
export function buildSecurityInfo(info: SecurityInfoInput): SecurityInfoData {
  return parseObject(securityInfo, encodeSecurityInfo(info));
}
