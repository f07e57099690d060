import { readFileSync } from "node:fs";
import { SEQUENCE, subjectPublicKeyInfo } from "../../src/asn1/types.js";
import { always } from "../../src/card/access-rule.js";
import type { CardImage } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { NATIONAL_ID_AID, nationalId } from "../../src/card/profiles/national-id/profile.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import type { SecurityInfoInput } from "../../src/lds/security-info-content.js";
import {
  type IssuedNationalImage,
  issueNationalImage,
  type NationalImageOptions,
} from "../../src/perso/issue-national-image.js";
import type { DocumentSigner } from "../../src/perso/security-object.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import type { SyncSigner } from "../../src/pki/signer.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { dataObject, parseObject } from "../../src/tlv/file.js";
import { jpeg, record } from "./line.js";
import { AT, OPTIONS, SIGNERS, signerOf } from "./national.js";

const vector = (path: string) => new Uint8Array(readFileSync(new URL(`../vectors/${path}`, import.meta.url)));

/** A WSQ file of 256 × 256 pixels, 500 an inch. */
export const RINGS = vector("biometric/rings-256x256.wsq");
/** Six minutiae of compact size. */
export const MINUTIAE = vector("biometric/minutiae-compact.bin");
/** A JPEG 2000 file of 24 × 18 pixels. */
export const JP2 = vector("biometric/drawn-24x18.jp2");

const point = (key = generateEcPrivateKey("P-256")) => encodeSpki("P-256", key.point, "named");
/** Public key of active authentication, on a curve. */
export const AA_KEY = point();

/** id-PACE-ECDH-GM-AES-CBC-CMAC-128 on brainpoolP256r1. */
export const PACE: SecurityInfoInput = {
  kind: "paceInfo",
  protocol: "0.4.0.127.0.7.2.2.4.2.2",
  version: 2,
  parameterId: 13,
};
const CHIP_AUTHENTICATION: readonly SecurityInfoInput[] = [
  { kind: "chipAuthenticationInfo", protocol: "0.4.0.127.0.7.2.2.3.2.2", version: 1 },
  {
    kind: "chipAuthenticationPublicKeyInfo",
    protocol: "0.4.0.127.0.7.2.2.1.2",
    chipAuthenticationPublicKey: parseObject(
      dataObject("SubjectPublicKeyInfo", SEQUENCE, subjectPublicKeyInfo),
      point(),
    ),
  },
];
/** id-icao-mrtd-security-aaProtocolObject with ecdsa-plain-SHA256. */
export const AA_INFO: SecurityInfoInput = {
  kind: "activeAuthenticationInfo",
  protocol: "2.23.136.1.1.5",
  version: 1,
  signatureAlgorithm: "0.4.0.127.0.7.1.1.4.1.3",
};

/** A document signer without a role of its own. */
export const DOCUMENT_SIGNER: DocumentSigner & { readonly signer: SyncSigner } = await signerOf();

const { fingers: _, ...files } = OPTIONS;
/** What a card is issued with, but its record. */
export const ISSUING: NationalImageOptions & Required<Pick<NationalImageOptions, "securityInfos">> = {
  ...files,
  at: AT,
  profile: nationalId,
  documentSigner: DOCUMENT_SIGNER,
  signers: SIGNERS,
  securityInfos: { cardAccess: [PACE], cardSecurity: CHIP_AUTHENTICATION, dg14: [...CHIP_AUTHENTICATION, AA_INFO] },
  activeAuthenticationKey: AA_KEY,
};

/** A record with everything that a national card can hold. */
export const FULL = record({
  latin: { given: "Sara", family: "Ahmadi" },
  fatherName: "بهرام",
  birthCertificate: { number: "1234", series: "الف12" },
  householdId: "12345",
  portrait: jpeg(300),
  portraitSize: { width: 1, height: 1 },
  fingers: [
    { position: 7, image: RINGS, imageSize: { width: 256, height: 256 }, minutiae: MINUTIAE },
    { position: 2, image: RINGS },
  ],
  signature: JP2,
  signatureSize: { width: 24, height: 18 },
});

/** An image at once. */
export function issueNow(of: CitizenRecord, changes: Partial<NationalImageOptions> = {}): IssuedNationalImage {
  const issued = issueNationalImage(of, { ...ISSUING, ...changes });
  if (issued instanceof Promise) throw new Error("the signers of the tests answer at once");
  return issued;
}

/** The profile with the national identity application free to read, as long as no protocol of its rules is there to open it. */
export function openNational(profile: Profile): Profile {
  const applications = profile.applications.map((application) =>
    application.aid === NATIONAL_ID_AID
      ? { ...application, files: application.files.map((file) => ({ ...file, read: always })) }
      : application,
  );
  return { ...profile, applications };
}

/** The profile without the optional files that an image has left out: what its script is compiled for. */
export function profileOf(image: CardImage, profile: Profile): Profile {
  const held = image.applications.flatMap(({ files }) => files.map(({ name }) => name));
  const applications = profile.applications.map((application) => ({
    ...application,
    files: application.files.filter((file) => file.optional !== true || held.includes(file.name)),
  }));
  return { ...profile, applications };
}
