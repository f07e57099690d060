// A national card with everything that it speaks, issued by the built package, and its secrets; for programs that open it.

import { parseCitizenRecord } from "cardwright";
import { fromHex } from "cardwright/bytes";
import { CHIP_SECRETS, NATIONAL_ID_OIDS, nationalId } from "cardwright/card";
import { issueNationalImage } from "cardwright/perso";
import { encodePkcs8, encodeSpki, exportEcScalar, generateEcPrivateKey, memorySigner } from "cardwright/pki";
import { issueCsca, issueDocumentSigner } from "cardwright/pki/issue";
import { sampleRecord } from "./lib.mjs";

const YEAR = 365 * 86_400_000;
const ascii = (text) => new TextEncoder().encode(text);
export const NUMBERS = { can: "483921", pin: "471100", puk: "1234567890", signature: "271828" };

/** The template in a certificate, with its tag 7F4C. */
export function templateOf({ raw }) {
  const bytes = Buffer.from(raw);
  const at = bytes.indexOf(Buffer.from("7f4c", "hex"));
  return new Uint8Array(bytes.subarray(at, at + 3 + bytes[at + 2]));
}

const CURVE = "brainpoolP256r1";
function keyPair(curve = CURVE) {
  const key = generateEcPrivateKey(curve);
  return { key, scalar: exportEcScalar(key), spki: encodeSpki(curve, key.point) };
}

/**
 * An issued card; `certificates` are of the CVCAs that its chip trusts. Certificates of the document's own PKI name their curve, for
 * OpenSSL's sake.
 */
export async function nationalCard(certificates) {
  const now = Date.now();
  const at = (years) => new Date(Math.floor((now + years * YEAR) / 1000) * 1000);
  const newSigner = () => memorySigner(generateEcPrivateKey("P-256"), { curveParameters: "named" });
  const common = { organization: "Utopia", contact: "csca@utopia.example" };
  const crlDistributionPoints = ["https://pki.utopia.example/csca.crl"];
  const dates = { notBefore: at(-0.2), notAfter: at(14), privateKeyUsage: { notBefore: at(-0.2), notAfter: at(2) } };
  const cscaSigner = newSigner();
  const csca = await issueCsca({
    ...{ ...common, ...dates, country: "UT", countryCode3: "UTO", commonName: "Utopia CSCA", signer: cscaSigner },
    crlDistributionPoints,
  });
  async function signerFor(commonName, extendedKeyUsage) {
    const signer = newSigner();
    const certificate = await issueDocumentSigner({
      ...{ ...common, commonName, documentTypes: ["I"], publicKey: signer.publicKey, crlDistributionPoints },
      ...{ notBefore: at(-0.1), notAfter: at(11), privateKeyUsage: { notBefore: at(-0.1), notAfter: at(1) } },
      issuer: { certificate: csca, signer: cscaSigner },
      ...(extendedKeyUsage && { extendedKeyUsage }),
    });
    return { signer, certificate };
  }
  const [agreement, sectors, active] = [keyPair(), keyPair(), keyPair("P-256")];
  const chip = {
    kind: "chipAuthentication",
    protocol: "0.4.0.127.0.7.2.2.3.2.2",
    keyId: 1,
    publicKey: agreement.spki,
    parameterId: 13,
  };
  const { sod1Signer, sod2Signer } = NATIONAL_ID_OIDS;
  const { record } = parseCitizenRecord(sampleRecord());
  const { image } = await issueNationalImage(record, {
    profile: nationalId,
    documentSigner: await signerFor("Document Signer 01"),
    signers: {
      [sod1Signer]: await signerFor("SOD1 Signer 01", sod1Signer),
      [sod2Signer]: await signerFor("SOD2 Signer 01", sod2Signer),
    },
    at: at(0),
    cardInfo: {
      ...{ chipType: fromHex("0102"), profileId: nationalId.id, profileVersion: fromHex("010000"), ldsVersion: "4.7" },
      ...{ keyVersions: { personalData: 1, sod1: 1, sod2: 1 }, pinAlgorithm: 1, keyAlgorithm: 4 },
    },
    trustPoints: certificates,
    ...{ chipSerial: fromHex("0102030405060708"), updateCounter: 0 },
    protocols: [
      { kind: "pace", protocol: "0.4.0.127.0.7.2.2.4.2.2", parameterId: 13, passwords: ["can", "pin", "puk"] },
      { ...chip, version: 1 },
      { ...chip, version: 2 },
      { kind: "terminalAuthentication", version: 1 },
      { kind: "terminalAuthentication", version: 2 },
      { kind: "activeAuthentication", publicKey: active.spki, signatureAlgorithm: "0.4.0.127.0.7.1.1.4.1.3" },
      {
        ...{ kind: "restrictedIdentification", protocol: "0.4.0.127.0.7.2.2.5.2.3" },
        ...{ keyId: 1, parameterId: 13, authorizedOnly: true },
      },
      { kind: "signaturePin" },
    ],
  });
  const secrets = {
    [CHIP_SECRETS.can]: ascii(NUMBERS.can),
    [CHIP_SECRETS.pin]: ascii(NUMBERS.pin),
    [CHIP_SECRETS.puk]: ascii(NUMBERS.puk),
    [CHIP_SECRETS.signaturePin]: ascii(NUMBERS.signature),
    [CHIP_SECRETS.chipAuthentication(1)]: agreement.scalar,
    [CHIP_SECRETS.restrictedIdentification(1)]: sectors.scalar,
    [CHIP_SECRETS.activeAuthentication]: encodePkcs8(active.key),
    [CHIP_SECRETS.trustPoints]: new Uint8Array(Buffer.concat(certificates.map(({ raw }) => raw))),
  };
  return { image, secrets, csca, chipKey: agreement.key.point };
}
