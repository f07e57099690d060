// EF.SOD by other packages: read, and made from data groups, each as its README does.
import { createHash, sign, webcrypto } from "node:crypto";
import cms from "@peculiar/asn1-cms";
import schema from "@peculiar/asn1-schema";
import x509 from "@peculiar/asn1-x509";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { emrtd } from "../dist/index.js";
import { ID_LDS_SECURITY_OBJECT } from "../dist/lds.js";
import { CMS } from "../dist/pki.js";
import { encodeTlv } from "../dist/tlv.js";

const SHA256 = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const EF_SOD = 0x77;

const { AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } = schema;

class DataGroupHash {}
AsnProp({ type: AsnPropTypes.Integer })(DataGroupHash.prototype, "dataGroupNumber");
AsnProp({ type: OctetString })(DataGroupHash.prototype, "dataGroupHashValue");

class LdsVersionInfo {}
AsnProp({ type: AsnPropTypes.PrintableString })(LdsVersionInfo.prototype, "ldsVersion");
AsnProp({ type: AsnPropTypes.PrintableString })(LdsVersionInfo.prototype, "unicodeVersion");

class LdsSecurityObject {}
AsnProp({ type: AsnPropTypes.Integer })(LdsSecurityObject.prototype, "version");
AsnProp({ type: x509.AlgorithmIdentifier })(LdsSecurityObject.prototype, "hashAlgorithm");
AsnProp({ type: DataGroupHash, repeated: "sequence" })(LdsSecurityObject.prototype, "dataGroupHashValues");
AsnProp({ type: LdsVersionInfo, optional: true })(LdsSecurityObject.prototype, "ldsVersionInfo");

class SignedAttributes extends schema.AsnArray {
  constructor(items) {
    super(items);
    Object.setPrototypeOf(this, SignedAttributes.prototype);
  }
}
AsnType({ type: AsnTypeTypes.Set, itemType: cms.Attribute })(SignedAttributes);

/** ContentInfo, SignedData, certificate and LDSSecurityObject as typed values. */
export function schemaParseSod(contentInfo) {
  const { content } = AsnConvert.parse(contentInfo, cms.ContentInfo);
  const signedData = AsnConvert.parse(content, cms.SignedData);
  const lds = AsnConvert.parse(signedData.encapContentInfo.eContent.single.buffer, LdsSecurityObject);
  return { signedData, numbers: lds.dataGroupHashValues.map(({ dataGroupNumber }) => dataGroupNumber) };
}

/** As `schemaParseSod`. pkijs knows no LDSSecurityObject, so that one is read as a tree. */
export function pkijsParseSod(contentInfo) {
  const signedData = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(contentInfo).content });
  const content = asn1js.fromBER(signedData.encapContentInfo.eContent.valueBlock.valueHexView);
  const [, , hashes] = content.result.valueBlock.value;
  const numbers = hashes.valueBlock.value.map(({ valueBlock }) => valueBlock.value[0].valueBlock.valueDec);
  return { signedData, numbers };
}

/** Verifies the signature and the hash of the content, by the certificate that came along; nothing about trust. */
export async function pkijsVerifySod(contentInfo) {
  const { signedData } = pkijsParseSod(contentInfo);
  return signedData.verify({ signer: 0, checkChain: false });
}

/** EF.SOD by pkijs, made as DER as pkijs can: with a primitive OCTET STRING inside. */
export async function pkijsSod(files, certificate, key) {
  const hashes = await Promise.all(files.map(({ content }) => webcrypto.subtle.digest("SHA-256", content)));
  const { Integer, ObjectIdentifier, OctetString: Octets, PrintableString, Sequence } = asn1js;
  const { ldsVersion, unicodeVersion } = emrtd.lds;
  const lds = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new Sequence({ value: [new ObjectIdentifier({ value: SHA256 })] }),
      new Sequence({
        value: files.map(
          ({ number }, i) =>
            new Sequence({ value: [new Integer({ value: number }), new Octets({ valueHex: hashes[i] })] }),
        ),
      }),
      new Sequence({
        value: [new PrintableString({ value: ldsVersion }), new PrintableString({ value: unicodeVersion })],
      }),
    ],
  });
  return encodeTlv(EF_SOD, await pkijsCms(new Uint8Array(lds.toBER()), certificate, key));
}

/** CMS SignedData over a content. */
export async function pkijsCms(content, certificate, key) {
  const digest = await webcrypto.subtle.digest("SHA-256", content);
  const encapContentInfo = new pkijs.EncapsulatedContentInfo({ eContentType: ID_LDS_SECURITY_OBJECT });
  encapContentInfo.eContent = new asn1js.OctetString({ valueHex: content });
  const attribute = (type, value) => new pkijs.Attribute({ type, values: [value] });
  const signedData = new pkijs.SignedData({
    version: 3,
    encapContentInfo,
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute(CMS.contentType, new asn1js.ObjectIdentifier({ value: ID_LDS_SECURITY_OBJECT })),
            attribute(CMS.messageDigest, new asn1js.OctetString({ valueHex: digest })),
          ],
        }),
      }),
    ],
    certificates: [certificate],
  });
  await signedData.sign(key, 0, "SHA-256");
  const contentInfo = new pkijs.ContentInfo({
    contentType: pkijs.ContentInfo.SIGNED_DATA,
    content: signedData.toSchema(true),
  });
  return new Uint8Array(contentInfo.toSchema().toBER());
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** EF.SOD by @peculiar/asn1-cms. It has no cryptography, so `node:crypto` hashes and signs for it. */
export function schemaSod(files, certificate, key) {
  const { ldsVersion, unicodeVersion } = emrtd.lds;
  const hashAlgorithm = new x509.AlgorithmIdentifier({ algorithm: SHA256 });
  const lds = Object.assign(new LdsSecurityObject(), {
    version: 1,
    hashAlgorithm,
    dataGroupHashValues: files.map(({ number, content }) =>
      Object.assign(new DataGroupHash(), {
        dataGroupNumber: number,
        dataGroupHashValue: new OctetString(sha256(content)),
      }),
    ),
    ldsVersionInfo: Object.assign(new LdsVersionInfo(), { ldsVersion, unicodeVersion }),
  });
  const content = AsnConvert.serialize(lds);
  const attribute = (attrType, value) => new cms.Attribute({ attrType, attrValues: [AsnConvert.serialize(value)] });
  const signedAttrs = [
    new cms.Attribute({
      attrType: CMS.contentType,
      attrValues: [new asn1js.ObjectIdentifier({ value: ID_LDS_SECURITY_OBJECT }).toBER()],
    }),
    attribute(CMS.messageDigest, new OctetString(sha256(new Uint8Array(content)))),
  ];
  const message = new Uint8Array(AsnConvert.serialize(new SignedAttributes(signedAttrs)));
  const { issuer, serialNumber } = certificate.tbsCertificate;
  const digestAlgorithm = new cms.DigestAlgorithmIdentifier({ algorithm: SHA256 });
  const signedData = new cms.SignedData({
    version: 3,
    digestAlgorithms: new cms.DigestAlgorithmIdentifiers([digestAlgorithm]),
    encapContentInfo: new cms.EncapsulatedContentInfo({
      eContentType: ID_LDS_SECURITY_OBJECT,
      eContent: new cms.EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new cms.CertificateSet([new cms.CertificateChoices({ certificate })]),
    signerInfos: new cms.SignerInfos([
      new cms.SignerInfo({
        version: 1,
        sid: new cms.SignerIdentifier({
          issuerAndSerialNumber: new cms.IssuerAndSerialNumber({ issuer, serialNumber }),
        }),
        digestAlgorithm,
        signedAttrs,
        signatureAlgorithm: new cms.SignatureAlgorithmIdentifier({ algorithm: ECDSA_SHA256 }),
        signature: new OctetString(sign("sha256", message, key)),
      }),
    ]),
  });
  const contentInfo = new cms.ContentInfo({ contentType: CMS.signedData, content: AsnConvert.serialize(signedData) });
  return encodeTlv(EF_SOD, new Uint8Array(AsnConvert.serialize(contentInfo)));
}

/** A certificate in the form that a peer signs with. */
export const pkijsCertificate = (der) => pkijs.Certificate.fromBER(der);
export const schemaCertificate = (der) => AsnConvert.parse(der, x509.Certificate);
