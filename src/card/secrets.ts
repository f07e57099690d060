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
