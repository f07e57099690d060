import type { ActiveAuthenticationChipKey } from "../access/active-authentication/chip.js";
import type { ChipStaticKey } from "../access/chip-authentication/chip.js";
import { chipAuthenticationOffers } from "../access/chip-authentication/shared.js";
import { type PaceChip, pinCounter, pukCounter } from "../access/pace/chip.js";
import { type PaceOffer, paceOffers } from "../access/pace/shared.js";
import { type ChipPin, type ChipPins, signaturePinCounter } from "../access/pin/chip.js";
import type { RestrictedIdentificationKey } from "../access/restricted-identification/chip.js";
import type { ChipTerminalTrust } from "../access/terminal-authentication/chip.js";
import { chipTerminalTrust, trustReferences } from "../access/terminal-authentication/shared.js";
import { equalBytes, fromHex } from "../bytes/bytes.js";
import {
  accessSecretsOf,
  type CardFile,
  type CardImage,
  type ChipSecrets,
  DOCUMENT_BASIC_ACCESS,
} from "../card/image.js";
import { CHIP_SECRETS } from "../card/secrets.js";
import { CardwrightError, MalformedError } from "../errors.js";
import { efCardAccess } from "../lds/card-access.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efCvca } from "../lds/cvca.js";
import { dg14 } from "../lds/dg14.js";
import { dg15 } from "../lds/dg15.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../lds/security-infos.js";
import { encodeUntagged } from "../lds/untagged.js";
import { activeAuthenticationChipKey, restrictedIdentificationKeys, signedContent } from "./secrets.js";

/** Everything that a chip speaks, from what its files state and the secrets that it was given. */
export interface ChipDoors {
  /** Undefined without EF.CardAccess, or when it offers nothing usable. */
  readonly pace?: PaceChip;
  readonly pins: ChipPins;
  /** Changed by certificates that are accepted. */
  readonly trust?: ChipTerminalTrust;
  /** Versions of terminal authentication that the files state. */
  readonly terminalVersions: readonly (1 | 2)[];
  readonly staticKeys: readonly ChipStaticKey[];
  readonly activeAuthentication?: ActiveAuthenticationChipKey;
  readonly restrictedIdentification: readonly RestrictedIdentificationKey[];
}

/** What is looked at of an image. */
type ImageFiles = Pick<CardImage, "applications" | "masterFile">;

/**
 * What a chip speaks. A protocol that the files state but for which there is no secret is not spoken: such a chip is a copy of its
 * files. One whose secret does not belong to the file is: such a chip is a copy with a key of its own.
 */
export function doorsOf(image: ImageFiles, secrets: ChipSecrets): ChipDoors {
  const files = statedIn(image);
  const all = [...files.cardAccess, ...files.cardSecurity, ...files.dg14];
  const lookUp = (name: string): Uint8Array | undefined => (Object.hasOwn(secrets, name) ? secrets[name] : undefined);
  const certificates = lookUp(CHIP_SECRETS.trustPoints);
  const trust = certificates === undefined ? undefined : trustOf(certificates);
  const pins = pinsOf(lookUp);
  const offers = paceOffers(files.cardAccess);
  const pace = offers.length === 0 ? undefined : paceOf(offers, pins, lookUp, mrzOf(image), trust);
  const dg15File = inApplications(image, dg15.fid);
  const aaSecret = lookUp(CHIP_SECRETS.activeAuthentication);
  const activeAuthentication =
    dg15File === undefined || aaSecret === undefined
      ? undefined
      : activeAuthenticationChipKey(dg15File, files.dg14, aaSecret);
  const versions = all.flatMap((info) => (info.kind === "terminalAuthenticationInfo" ? [info.version] : []));
  return {
    ...(pace && { pace }),
    pins,
    ...(trust && { trust }),
    terminalVersions: ([1, 2] as const).filter((version) => versions.includes(version)),
    staticKeys: staticKeysOf([files.cardSecurity, files.dg14], lookUp),
    ...(activeAuthentication && { activeAuthentication }),
    restrictedIdentification: restrictedIdentificationKeys(all, lookUp),
  };
}

/** Content octets of id-IS, 0.4.0.127.0.7.3.1.2.1: EF.CVCA is for inspection systems. */
const ID_IS = fromHex("04007f000703010201");

/**
 * Writes EF.CVCA, where an application has it, from the trust points: nobody but the chip does (ICAO 9303-11 K.2).
 *
 * @param trust - Nothing is changed without.
 */
export function renewCvca(
  applications: Iterable<{ readonly files: Map<number, CardFile> }>,
  trust: ChipTerminalTrust | undefined,
): void {
  if (trust === undefined) return;
  const content = encodeUntagged(efCvca, trustReferences(trust, ID_IS) ?? []);
  for (const { files } of applications) {
    const file = files.get(efCvca.fid);
    if (file?.name === efCvca.name && !equalBytes(file.content, content)) files.set(file.fid, { ...file, content });
  }
}

/** An application as far as it has been written. */
interface Written {
  readonly aid: Uint8Array;
  readonly files: Map<number, CardFile>;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
}

/** What a chip that is being personalized speaks: the same as of the image that it becomes. Its trust points go into its EF.CVCA. */
export function doorsOfMemory(memory: {
  readonly applications: ReadonlyMap<string, Written>;
  readonly masterFile: ReadonlyMap<number, CardFile>;
}): ChipDoors {
  const applications = [...memory.applications.values()];
  const image: ImageFiles = {
    applications: applications.map(({ aid, files, secrets }) => ({
      name: "",
      aid,
      files: [...files.values()],
      secrets: [...secrets.keys()],
    })),
    masterFile: [...memory.masterFile.values()],
  };
  const doors = doorsOf(image, Object.fromEntries(applications.flatMap(({ secrets }) => [...secrets])));
  renewCvca(applications, doors.trust);
  return doors;
}

/** SecurityInfos by file. What cannot be read states nothing. */
function statedIn(image: ImageFiles): Record<"cardAccess" | "cardSecurity" | "dg14", readonly SecurityInfo[]> {
  const inMasterFile = (fid: number) => image.masterFile?.find((file) => file.fid === fid)?.content;
  const security = inMasterFile(efCardSecurity.fid);
  const keepMalformed = { keepMalformed: true };
  const infos = (content: Uint8Array | undefined) =>
    content === undefined ? [] : quietly(() => parseSecurityInfos(content, keepMalformed).infos);
  const group = inApplications(image, dg14.fid);
  return {
    cardAccess: infos(inMasterFile(efCardAccess.fid)),
    cardSecurity: infos(security && signedContent(security)),
    dg14: group === undefined ? [] : quietly(() => parseDg14SecurityInfos(group, keepMalformed).infos),
  };
}

function inApplications({ applications }: ImageFiles, fid: number): Uint8Array | undefined {
  for (const { files } of applications) {
    const file = files.find((candidate) => candidate.fid === fid);
    if (file !== undefined) return file.content;
  }
  return undefined;
}

type LookUp = (name: string) => Uint8Array | undefined;

function pinsOf(lookUp: LookUp): ChipPins {
  const pin = (name: string, counter?: ChipPin["counter"]): ChipPin | undefined => {
    const secret = lookUp(name);
    return secret && { secret: secret.slice(), ...(counter && { counter }) };
  };
  const identity = pin(CHIP_SECRETS.pin, pinCounter());
  const signature = pin(CHIP_SECRETS.signaturePin, signaturePinCounter());
  const puk = pin(CHIP_SECRETS.puk, pukCounter());
  const can = pin(CHIP_SECRETS.can);
  return { ...(identity && { identity }), ...(signature && { signature }), ...(puk && { puk }), ...(can && { can }) };
}

function paceOf(
  offers: readonly PaceOffer[],
  pins: ChipPins,
  lookUp: LookUp,
  ownMrz: Uint8Array | undefined,
  trust: ChipTerminalTrust | undefined,
): PaceChip {
  const mrz = lookUp(DOCUMENT_BASIC_ACCESS) ?? ownMrz;
  /** The secret as it is at the time, for a PIN can be changed. */
  const live = (kind: "can" | "pin" | "puk", pin: ChipPin | undefined): PaceChip["passwords"] =>
    pin === undefined
      ? []
      : [
          {
            kind,
            get secret() {
              return pin.secret;
            },
            ...(pin.counter && { counter: pin.counter }),
          },
        ];
  const keys = offers.flatMap(({ parameterId }): [number, Uint8Array][] => {
    const key = parameterId === undefined ? undefined : lookUp(CHIP_SECRETS.chipAuthentication(parameterId));
    return key === undefined || parameterId === undefined ? [] : [[parameterId, key.slice()]];
  });
  return {
    offers,
    passwords: [
      ...(mrz === undefined ? [] : [{ kind: "mrz" as const, secret: mrz.slice() }]),
      ...live("can", pins.can),
      ...live("pin", pins.identity),
      ...live("puk", pins.puk),
    ],
    chipAuthenticationKeys: new Map(keys),
    // Template and references are under no MAC of PACE, by its design: a changed one makes terminal authentication fail.
    ...(trust && { certificationAuthorityReferences: (type: Uint8Array) => trustReferences(trust, type) }),
  };
}

/** Static keys, each with the protocols of every file that states it. */
function staticKeysOf(lists: readonly (readonly SecurityInfo[])[], lookUp: LookUp): readonly ChipStaticKey[] {
  const keys: (ChipStaticKey & { readonly publicKey: Uint8Array })[] = [];
  for (const { keyId, group, publicKey, protocol, version } of lists.flatMap(chipAuthenticationOffers)) {
    const privateKey = lookUp(CHIP_SECRETS.chipAuthentication(keyId));
    if (privateKey === undefined) continue;
    const at = keys.findIndex((key) => key.keyId === keyId && equalBytes(key.publicKey, publicKey));
    const known = keys[at];
    const row = { oid: protocol.oid, version };
    if (known !== undefined) keys[at] = { ...known, protocols: [...known.protocols, row] };
    else {
      const named = keyId === undefined ? {} : { keyId };
      keys.push({ ...named, group, publicKey, privateKey: privateKey.slice(), protocols: [row] });
    }
  }
  return keys;
}

/** Certificates that cannot be read trust nobody. */
function trustOf(certificates: Uint8Array): ChipTerminalTrust | undefined {
  try {
    return chipTerminalTrust(certificates);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The MRZ information; undefined for a card without one that can be read. */
function mrzOf(image: ImageFiles): Uint8Array | undefined {
  try {
    return accessSecretsOf(image)[DOCUMENT_BASIC_ACCESS];
  } catch (error) {
    if (error instanceof CardwrightError) return undefined;
    throw error;
  }
}

function quietly(read: () => readonly SecurityInfo[]): readonly SecurityInfo[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}
