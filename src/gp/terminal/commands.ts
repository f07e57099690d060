import type { CommandApdu } from "../../apdu/apdu.js";
import { commandApdu } from "../../apdu/apdu.js";
import { concatBytes, EMPTY } from "../../bytes/bytes.js";
import { encodeTlv, lengthSize } from "../../tlv/ber.js";
import { KEY_TYPE_AES, type WrappedKey } from "../key-types.js";

export { DGI_KEY_ATTRIBUTES, DGI_SECRET_KEY, type Dgi, encodeDgis, parseDgis } from "../dgi.js";

const CLA = 0x80;

function byte(name: string, value: number, max = 0xff): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${name} is ${value}, 0 to ${max}`);
  return value;
}

function checkAid(name: string, aid: Uint8Array): Uint8Array {
  if (aid.length < 5 || aid.length > 16) throw new RangeError(`${name} has ${aid.length} bytes, an AID 5 to 16`);
  return aid;
}

/** Length of one byte and value. */
function lv(value: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(value.length), value);
}

/** Length as in BER and value. */
function berLv(value: Uint8Array): Uint8Array {
  return encodeTlv(0x00, value).subarray(1);
}

/**
 * SELECT of the issuer security domain, by its AID or, without one, as what the chip holds for the default.
 *
 * Spec: GPCS 2.3.1 §11.9.
 */
export function selectIssuerSecurityDomain(aid: Uint8Array = EMPTY): CommandApdu {
  return commandApdu(0x00, 0xa4, 0x04, 0x00, aid.length === 0 ? EMPTY : checkAid("aid", aid), 256);
}

/**
 * INITIALIZE UPDATE.
 *
 * Spec: GPCS 2.3.1 §D.4.1.
 *
 * @param keyVersion - 0 lets the chip choose, otherwise 1 to 255.
 * @param hostChallenge - 8 bytes.
 */
export function initializeUpdate(keyVersion: number, hostChallenge: Uint8Array, keyId = 0): CommandApdu {
  if (hostChallenge.length !== 8) throw new RangeError(`hostChallenge has ${hostChallenge.length} bytes, not 8`);
  return commandApdu(CLA, 0x50, byte("keyVersion", keyVersion), byte("keyId", keyId), hostChallenge, 256);
}

/** EXTERNAL AUTHENTICATE before its C-MAC is added (Amendment D §7.1.2). */
export function externalAuthenticate(securityLevel: number, hostCryptogram: Uint8Array): CommandApdu {
  return commandApdu(CLA, 0x82, byte("securityLevel", securityLevel), 0x00, hostCryptogram);
}

/** What INSTALL [for install and make selectable] names. */
export interface InstallForInstall {
  /** Executable load file, 5 to 16 bytes. */
  readonly loadFileAid: Uint8Array;
  /** Executable module in it. */
  readonly moduleAid: Uint8Array;
  /** AID under which the application will be selected. */
  readonly instanceAid: Uint8Array;
  /** 1 or 3 bytes (GPCS 2.3.1 §11.1.2); none by default. */
  readonly privileges?: Uint8Array;
  /** Install parameters field, made by {@link installParameters}; C9 00 by default. */
  readonly parameters?: Uint8Array;
  /** Install token, when the card manager wants one. */
  readonly token?: Uint8Array;
}

/**
 * INSTALL [for install and make selectable].
 *
 * Spec: GPCS 2.3.1 §11.5, table 11-43.
 */
export function installForInstall(install: InstallForInstall): CommandApdu {
  const privileges = install.privileges ?? Uint8Array.of(0);
  if (privileges.length !== 1 && privileges.length !== 3) throw new RangeError("privileges have 1 or 3 bytes");
  const data = concatBytes(
    lv(checkAid("loadFileAid", install.loadFileAid)),
    lv(checkAid("moduleAid", install.moduleAid)),
    lv(checkAid("instanceAid", install.instanceAid)),
    lv(privileges),
    berLv(install.parameters ?? installParameters()),
    berLv(install.token ?? EMPTY),
  );
  return commandApdu(CLA, 0xe6, 0x0c, 0x00, data, 256);
}

/**
 * Install parameters field: application-specific (C9) and, when given, system-specific parameters (EF).
 *
 * Spec: GPCS 2.3.1 §11.5.2.3.7; pinned by gp/install-parameters-pysim.json.
 *
 * @param options.application - Value of C9, for the application; empty by default.
 * @param options.nonVolatileMemory - Value of C8 in bytes of memory, 0 to 2³²−1; `volatileMemory` is C7.
 * @param options.toolkit - Value of CA, the parameter that ETSI TS 102 226 specifies.
 */
export function installParameters(
  options: {
    readonly application?: Uint8Array;
    readonly nonVolatileMemory?: number;
    readonly volatileMemory?: number;
    readonly toolkit?: Uint8Array;
  } = {},
): Uint8Array {
  const system: Uint8Array[] = [];
  if (options.nonVolatileMemory !== undefined) system.push(encodeTlv(0xc8, memory(options.nonVolatileMemory)));
  if (options.volatileMemory !== undefined) system.push(encodeTlv(0xc7, memory(options.volatileMemory)));
  if (options.toolkit !== undefined) system.push(encodeTlv(0xca, options.toolkit));
  const application = encodeTlv(0xc9, options.application ?? EMPTY);
  return system.length === 0 ? application : concatBytes(application, encodeTlv(0xef, ...system));
}

/** Two bytes up to 32,767, four above (GPCS 2.3.1 §11.5.2.3.7). */
function memory(bytes: number): Uint8Array {
  byte("memory", bytes, 0xffff_ffff);
  const low = Uint8Array.of((bytes >>> 8) & 0xff, bytes & 0xff);
  return bytes <= 0x7fff ? low : concatBytes(Uint8Array.of(bytes >>> 24, (bytes >>> 16) & 0xff), low);
}

/** INSTALL [for personalization]: the STORE DATA commands that follow go to this application (GPCS 2.3.1 §11.5.2.3.6). */
export function installForPersonalization(aid: Uint8Array): CommandApdu {
  const data = concatBytes(Uint8Array.of(0, 0), lv(checkAid("aid", aid)), Uint8Array.of(0, 0, 0));
  return commandApdu(CLA, 0xe6, 0x20, 0x00, data, 256);
}

/** One STORE DATA block. */
export interface StoreData {
  /** Block number, 0 to 255. */
  readonly block: number;
  /** Whether it ends the personalization. */
  readonly last: boolean;
  /** Whether the values of all structures in the block are encrypted under the DEK. */
  readonly encrypted: boolean;
  readonly data: Uint8Array;
  /** Form of `data`; `dgi` by default. */
  readonly structure?: "dgi" | "ber" | "unspecified";
  /** Whether response data is expected (ISO case 4); false by default. */
  readonly response?: boolean;
}

/** P1 b5-b4, table 11-89. */
const STRUCTURE = { unspecified: 0x00, dgi: 0x08, ber: 0x10 } as const;

/**
 * STORE DATA.
 *
 * Spec: GPCS 2.3.1 §11.11, table 11-89: P1 b8 last block, b7-b6 = 11 encrypted, b5-b4 = 01 DGI or 10 BER-TLV, b1
 * response data expected. P1 of the BER form is pinned by gp/scp03-pysim-*.json.
 */
export function storeData(store: StoreData): CommandApdu {
  const p1 =
    (store.last ? 0x80 : 0) |
    (store.encrypted ? 0x60 : 0) |
    STRUCTURE[store.structure ?? "dgi"] |
    (store.response === true ? 0x01 : 0);
  return commandApdu(CLA, 0xe2, p1, byte("block", store.block), store.data, store.response === true ? 256 : 0);
}

/** P1 of SET STATUS and GET STATUS. */
const KIND = {
  issuerSecurityDomain: 0x80,
  applications: 0x40,
  securityDomainAndApplications: 0x60,
  loadFiles: 0x20,
  loadFilesAndModules: 0x10,
} as const;

/** Life-cycle states that SET STATUS takes (GPCS 2.3.1 §11.1.1). */
export const LIFE_CYCLE = {
  cardOpReady: 0x01,
  cardInitialized: 0x07,
  cardSecured: 0x0f,
  cardLocked: 0x7f,
  cardTerminated: 0xff,
  applicationInstalled: 0x03,
  applicationSelectable: 0x07,
  securityDomainPersonalized: 0x0f,
} as const;

/**
 * SET STATUS.
 *
 * Spec: GPCS 2.3.1 §11.10.
 *
 * @param state - Life-cycle state, see {@link LIFE_CYCLE}; for a lock or unlock only bit 8 counts.
 * @param aid - The application or security domain; the chip does not look at it for the issuer security domain.
 */
export function setStatus(
  kind: "issuerSecurityDomain" | "applications" | "securityDomainAndApplications",
  state: number,
  aid: Uint8Array = EMPTY,
): CommandApdu {
  if (kind !== "issuerSecurityDomain" || aid.length > 0) checkAid("aid", aid);
  return commandApdu(CLA, 0xf0, KIND[kind], byte("state", state), aid);
}

/**
 * GET STATUS in the TLV form (P2 b2). The chip answers 6310 while there is more: ask again with `next`.
 *
 * Spec: GPCS 2.3.1 §11.4.
 *
 * @param options.aid - First bytes of the AIDs wanted; all by default.
 */
export function getStatus(
  kind: "issuerSecurityDomain" | "applications" | "loadFiles" | "loadFilesAndModules",
  options: { readonly aid?: Uint8Array; readonly next?: boolean } = {},
): CommandApdu {
  const data = encodeTlv(0x4f, options.aid ?? EMPTY);
  return commandApdu(CLA, 0xf2, KIND[kind], options.next === true ? 0x03 : 0x02, data, 256);
}

/** GET DATA, e.g. 0x0066 card data, 0x00E0 key information, 0x9F7F CPLC, 0x00CF key diversification data. */
export function getData(tag: number): CommandApdu {
  byte("tag", tag, 0xffff);
  return commandApdu(CLA, 0xca, tag >> 8, tag & 0xff, EMPTY, 256);
}

/** DELETE of an application or load file (GPCS 2.3.1 §11.2); `related` deletes what came of a load file too. */
export function deleteObject(aid: Uint8Array, options: { readonly related?: boolean } = {}): CommandApdu {
  const data = encodeTlv(0x4f, checkAid("aid", aid));
  return commandApdu(CLA, 0xe4, 0x00, options.related === true ? 0x80 : 0x00, data, 256);
}

/**
 * PUT KEY of AES keys that are already encrypted under the chip's DEK.
 *
 * Spec: GPCS 2.3.1 §11.8; key data field as in Amendment D, table 7-10: type 88, length of the block, length of the
 * key, cryptogram, 03, key check value. (In STORE DATA the same cryptogram stands alone in a DGI 8113.)
 *
 * @param put.oldVersion - Version that is replaced, 0 to add a new one.
 * @param put.newVersion - 1 to 127.
 * @param put.keyId - Identifier of the first key; the others count up.
 */
export function putKey(put: {
  readonly oldVersion: number;
  readonly newVersion: number;
  readonly keyId: number;
  readonly keys: readonly WrappedKey[];
}): CommandApdu {
  const { keys } = put;
  if (keys.length === 0) throw new RangeError("putKey: no keys");
  if (byte("newVersion", put.newVersion, 0x7f) === 0) throw new RangeError("newVersion is 0, 1 to 127");
  const fields = keys.map(({ length, cryptogram, kcv }) => {
    if (lengthSize(cryptogram.length + 1) !== 1) throw new RangeError("putKey: a wrapped AES key has 16 or 32 bytes");
    const head = Uint8Array.of(KEY_TYPE_AES, cryptogram.length + 1, length);
    return concatBytes(head, cryptogram, lv(kcv));
  });
  const data = concatBytes(Uint8Array.of(put.newVersion), ...fields);
  const p2 = byte("keyId", put.keyId, 0x7f) | (keys.length > 1 ? 0x80 : 0);
  return commandApdu(CLA, 0xd8, byte("oldVersion", put.oldVersion, 0x7f), p2, data, 256);
}
