import { type ChipPassword, type PaceChip, pinCounter, pukCounter } from "../access/pace/chip.js";
import { paceOffers } from "../access/pace/shared.js";
import { accessSecretsOf, type CardImage, type ChipSecrets, DOCUMENT_BASIC_ACCESS } from "../card/image.js";
import { CardwrightError } from "../errors.js";
import { efCardAccess } from "../lds/card-access.js";
import { parseSecurityInfos } from "../lds/security-infos.js";
import type { ChipMemory } from "./state.js";

/** Names of the secrets that PACE takes from those of a chip, beside the MRZ information. */
export const PACE_SECRETS = {
  /** CAN: its characters, ASCII. */
  can: "cardAccessNumber",
  /** PIN of the holder: three tries, the last one after the CAN. */
  pin: "identityPin",
  /** PUK: ten tries. */
  puk: "unblockingKey",
  /** Static private key for chip authentication mapping, as long as the order of its curve. */
  chipAuthentication: (keyId: number): string => `chipAuthentication.${keyId}`,
} as const;

/** What is looked at of an image. */
type ImageFiles = Pick<CardImage, "applications" | "masterFile">;

/** What PACE needs of an image and its secrets; undefined when it has no EF.CardAccess, or one that offers nothing usable. */
export function paceOfImage(image: ImageFiles, secrets: ChipSecrets): PaceChip | undefined {
  const file = image.masterFile?.find(({ fid }) => fid === efCardAccess.fid);
  if (file === undefined) return undefined;
  const offers = paceOffers(parseSecurityInfos(file.content, { keepMalformed: true }).infos);
  const mrz = secrets[DOCUMENT_BASIC_ACCESS] ?? mrzOf(image);
  const { can, pin, puk, chipAuthentication } = PACE_SECRETS;
  const password = (kind: ChipPassword["kind"], secret: Uint8Array | undefined, counter?: ChipPassword["counter"]) =>
    secret === undefined ? [] : [{ kind, secret: secret.slice(), ...(counter && { counter }) }];
  const keys = offers.flatMap(({ parameterId }): [number, Uint8Array][] => {
    const key = parameterId === undefined ? undefined : secrets[chipAuthentication(parameterId)];
    return key === undefined || parameterId === undefined ? [] : [[parameterId, key.slice()]];
  });
  return offers.length === 0
    ? undefined
    : {
        offers,
        passwords: [
          ...password("mrz", mrz),
          ...password("can", secrets[can]),
          ...password("pin", secrets[pin], pinCounter()),
          ...password("puk", secrets[puk], pukCounter()),
        ],
        chipAuthenticationKeys: new Map(keys),
      };
}

/** What PACE needs of a chip that is being personalized: the same as of the image that it becomes. */
export function paceOfMemory(memory: ChipMemory): PaceChip | undefined {
  if (!memory.masterFile.has(efCardAccess.fid)) return undefined;
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
  return paceOfImage(image, Object.fromEntries(applications.flatMap(({ secrets }) => [...secrets])));
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
