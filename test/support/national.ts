import { fromHex } from "../../src/bytes/bytes.js";
import type { ApplicationProfile } from "../../src/card/profile.js";
import { NATIONAL_ID_AID, NATIONAL_ID_OIDS, nationalId } from "../../src/card/profiles/national-id/profile.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { type NationalFilesOptions, nationalFilesOf } from "../../src/perso/national-files.js";
import type { DocumentSigner } from "../../src/perso/security-object.js";
import { type FilesByName, signSecurityObjects } from "../../src/perso/security-objects.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import type { SyncSigner } from "../../src/pki/signer.js";
import { buildTrustStore } from "../../src/pki/trust.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { issueChain, newSigner, SIGNER_SUBJECT } from "../pki/support.js";

/** The national identity application of the shipped profile. */
export const APPLICATION = nationalId.applications.find(({ aid }) => aid === NATIONAL_ID_AID) as ApplicationProfile;

/** When the files are signed and looked at. */
export const AT = new Date("2026-11-25T09:00:00Z");

export const OPTIONS: NationalFilesOptions = {
  cardInfo: {
    chipType: fromHex("0102"),
    profileId: nationalId.id,
    profileVersion: fromHex("010000"),
    ldsVersion: "4.7",
    keyVersions: { personalData: 1, sod1: 2, sod2: 3 },
    pinAlgorithm: 1,
    keyAlgorithm: 4,
  },
  chipSerial: fromHex("0102030405060708"),
  updateCounter: 7,
  at: AT,
  fingers: [
    { position: 2, status: 1 },
    { position: 7, status: 0 },
  ],
};

/** Stands for EF.CardSecurity: any bytes, for it is hashed and not looked into. */
export const CARD_SECURITY = fromHex("3003020101");

const chain = await issueChain();
export const TRUST = buildTrustStore({ cscas: [chain.csca.raw], source: "the test" });

/** A signer under the CSCA of the test whose certificate has this extended key usage. */
export async function signerOf(extendedKeyUsage?: string): Promise<DocumentSigner & { readonly signer: SyncSigner }> {
  const signer = newSigner();
  const der = await issueDocumentSigner({
    ...SIGNER_SUBJECT,
    publicKey: signer.publicKey,
    issuer: { certificate: chain.csca.raw, signer: chain.cscaSigner },
    ...(extendedKeyUsage !== undefined && { extendedKeyUsage }),
  });
  return { signer, certificate: parseCertificate(der) };
}

/** Signers in the two roles. */
export const SIGNERS: Readonly<Record<string, DocumentSigner & { readonly signer: SyncSigner }>> = {
  [NATIONAL_ID_OIDS.sod1Signer]: await signerOf(NATIONAL_ID_OIDS.sod1Signer),
  [NATIONAL_ID_OIDS.sod2Signer]: await signerOf(NATIONAL_ID_OIDS.sod2Signer),
};

/** Every file of the application for a record, signed, with EF.CardSecurity beside them. */
export function nationalCard(record: CitizenRecord, changes: Partial<NationalFilesOptions> = {}): FilesByName {
  const files = { ...nationalFilesOf(record, { ...OPTIONS, ...changes }), "EF.CardSecurity": CARD_SECURITY };
  return { ...files, ...signSecurityObjects(files, APPLICATION, SIGNERS, AT) };
}

/** As a reading with every right gives them. */
export const read = (files: FilesByName): CardFiles => ({
  files,
  evidence: { accessControl: "PACE", notGiven: [], notAsked: [] },
});
