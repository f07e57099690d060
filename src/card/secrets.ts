import type { SecretSlot } from "./profile.js";

const keyed =
  (name: string) =>
  (keyId?: number): string =>
    keyId === undefined ? name : `${name}.${keyId}`;

/**
 * Names of the secrets that a chip's protocols take, beside the MRZ information (`DOCUMENT_BASIC_ACCESS`). Numbers are ASCII digits,
 * private keys as long as the order of their group unless it says otherwise.
 */
export const CHIP_SECRETS = {
  /** CAN: printed on the card. */
  can: "cardAccessNumber",
  /** Identity PIN of the holder: three tries, the last one after the CAN. */
  pin: "identityPin",
  /** Signature PIN of the holder: three tries. */
  signaturePin: "signaturePin",
  /** PUK: ten tries. */
  puk: "unblockingKey",
  /** Static private key of chip authentication, and of its mapping in PACE; with the identifier of the key when it has one. */
  chipAuthentication: keyed("chipAuthentication"),
  /** Private key of active authentication: PKCS#8. */
  activeAuthentication: "activeAuthentication",
  /** SK.ID of restricted identification. */
  restrictedIdentification: keyed("restrictedIdentification"),
  /** Not secret, but loaded like the keys: the CVCA certificates that the chip trusts, one after the other, 7F21 each. */
  trustPoints: "terminalTrustPoints",
} as const;

/** Numbers of the keys of chip authentication: one of its own, and those of mappings, which are called by their domain parameters. */
const STATIC_KEYS = [1, 12, 13, 14, 15, 16, 17, 18];
/** Number of the key of restricted identification. */
const SECTOR_KEY = 1;

/** Slots for what the protocols that an issuer installs may take; see `statementsOf`. The DGIs are those of the virtual chip. */
export const PROTOCOL_SECRET_SLOTS: readonly SecretSlot[] = [
  CHIP_SECRETS.can,
  CHIP_SECRETS.pin,
  CHIP_SECRETS.puk,
  CHIP_SECRETS.signaturePin,
  CHIP_SECRETS.trustPoints,
  CHIP_SECRETS.activeAuthentication,
  CHIP_SECRETS.restrictedIdentification(SECTOR_KEY),
  CHIP_SECRETS.chipAuthentication(),
  ...STATIC_KEYS.map(CHIP_SECRETS.chipAuthentication),
].map((name, i) => ({ name, dgi: 0x8001 + i, optional: true }));
