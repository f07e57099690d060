import { beforeAll, describe, expect, it } from "vitest";
import { OCTET_STRING } from "../../src/asn1/types.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import type { ValidateCardOptions } from "../../src/inspect/validate-card.js";
import { efCom } from "../../src/lds/com.js";
import { dg1 } from "../../src/lds/dg1.js";
import { encodeMrz } from "../../src/lds/mrz.js";
import { efSod } from "../../src/lds/security-object.js";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import { CMS, contentInfo } from "../../src/pki/cms.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import type { TrustStore } from "../../src/pki/trust.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeFile, encodeObject, parseFile, parseObject } from "../../src/tlv/file.js";
import { type Chain, date, flipBit, issueChain, newSigner, SIGNER_SUBJECT } from "../pki/support.js";
import {
  ALWAYS,
  filesOf,
  idsWith,
  judge,
  replace,
  type SampleCard,
  sampleCard,
  trustOf,
  trustOfCertificates,
  type Variant,
  variantOf,
  without,
} from "../support/inspect.js";

let card: SampleCard;
let other: SampleCard;
let good: CardFiles;
let stranger: Chain;
/** A signer under the card's CSCA whose certificate is for one purpose. */
let limited: Pick<Chain, "signer" | "certificate">;
beforeAll(async () => {
  stranger = await issueChain();
  card = await sampleCard({ index: 0 });
  other = await sampleCard({ index: 1, chain: card.chain });
  good = filesOf(card.image);
  const signer = newSigner();
  const der = await issueDocumentSigner({
    ...SIGNER_SUBJECT,
    publicKey: signer.publicKey,
    issuer: { certificate: card.chain.csca.raw, signer: card.chain.cscaSigner },
    extendedKeyUsage: "2.25.7.1",
  });
  limited = { signer, certificate: parseCertificate(der) };
});

/** Never `failed`: they warn, or cannot be made yet. */
const NEVER_FAIL = [
  "accessControl",
  // fails in read-proofs.test.ts and attacker.test.ts
  "accessControl.downgrade",
  "accessControl.falls",
  "path.documentTypeList",
  "path.privateKeyUsage",
  "mandatoryDataGroups",
  "dg2.image",
  "dg2.instances",
  "dg11.personalNumber",
  "path.keys",
  "path.cscaForm",
  "chip.activeAuthentication",
  "chip.chipAuthentication",
  "chip.paceCam",
  "chip.terminalAuthentication",
];

type Sod = ReturnType<
  typeof parseObject<(typeof contentInfo)["codec"] extends { read(c: never): infer T } ? T : never>
>;

const signedDataOf = ({ files }: CardFiles): Sod["content"]["signedData"] =>
  parseObject(contentInfo, parseFile(efSod, files[efSod.name] as Uint8Array)).content.signedData;

/** The card with a security object that was changed after signing, field by field. */
function remade(change: (signedData: Sod["content"]["signedData"]) => Sod["content"]["signedData"]): CardFiles {
  const content = { signedData: change(signedDataOf(good)) };
  const der = encodeObject(contentInfo, { contentType: CMS.signedData, content });
  return replace(good, { [efSod.name]: encodeFile(efSod, der) });
}

/** The trust store with a CSCA of which something was read otherwise. */
function trusting(change: (csca: Certificate) => Partial<Certificate>): TrustStore {
  return trustOfCertificates([{ ...card.chain.csca, ...change(card.chain.csca) }]);
}

const flipped = (bytes: Uint8Array, byte: number) => flipBit(bytes, 8 * (byte < 0 ? bytes.length + byte : byte));
const vary = (variant: Variant) => () => variantOf(card, variant);
const withMrz = (change: (mrz: string) => string) => vary({ dg1: ({ mrz }) => ({ mrz: change(mrz) }) });
const com = (change: Partial<{ ldsVersion: string; unicodeVersion: string; tagList: number[] }>) => () =>
  replace(good, {
    "EF.COM": encodeFile(efCom, { ...parseFile(efCom, good.files["EF.COM"] as Uint8Array), ...change }),
  });
interface Case {
  readonly files: () => CardFiles | Promise<CardFiles>;
  readonly options?: () => Partial<ValidateCardOptions>;
  /** Exactly these fail. */
  readonly failed: readonly string[];
}

const FAILING: Readonly<Record<string, Case>> = {
  "a signature of another key over the same content": {
    files: () => {
      const { signer, certificate } = stranger;
      const foreign = variantOf(card, { signedBy: { signer, certificate } });
      const signature = signedDataOf(foreign).signerInfos[0]?.signature ?? never();
      return remade((data) => ({ ...data, signerInfos: data.signerInfos.map((info) => ({ ...info, signature })) }));
    },
    failed: ["signature.signature"],
  },
  "a CSCA that is not trusted": {
    files: () => good,
    options: () => ({ trust: trustOfCertificates([]) }),
    failed: ["path.cscaKnown"],
  },
  "a CSCA of the same name with another key": {
    files: () => good,
    options: () => ({ trust: trustOf(stranger) }),
    failed: ["path.cscaKnown"],
  },
  "a signer of a stranger's CSCA": {
    files: vary({
      get signedBy() {
        return stranger;
      },
    }),
    failed: ["path.cscaKnown"],
  },
  "a signer's certificate that its CSCA did not sign": {
    files: () =>
      remade((data) => ({ ...data, certificates: (data.certificates ?? []).map((der) => flipped(der, -1)) })),
    failed: ["path.signature"],
  },
  "an expired signer": {
    files: () => good,
    options: () => ({ at: date("2038-01-01T00:00:00") }),
    failed: ["path.signerValidity", "dates.expiry"],
  },
  "a signer before its time": {
    files: () => good,
    options: () => ({ at: date("2025-12-31T23:59:59") }),
    failed: ["path.signerValidity", "dates.issue"],
  },
  "an expired CSCA": {
    files: () => good,
    options: () => ({ trust: trusting(() => ({ notAfter: date("2026-01-01T00:00:00") })) }),
    failed: ["path.cscaValidity"],
  },
  "a CSCA with a bad signature": {
    files: () => good,
    options: () => ({ trust: trusting(({ signature }) => ({ signature: flipped(signature, -1) })) }),
    failed: ["path.cscaSignature"],
  },
  "a CSCA that is no authority": {
    files: () => good,
    options: () => ({ trust: trusting(() => ({ keyUsage: ["digitalSignature"] })) }),
    failed: ["path.cscaAuthority"],
  },
  "a critical extension that nobody understands": {
    files: () => good,
    options: () => ({
      trust: trusting(({ extensions }) => ({
        extensions: [...extensions, { oid: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) }],
      })),
    }),
    failed: ["path.criticalExtensions"],
  },
  "a CSCA of another country": {
    files: () => good,
    options: () => ({
      trust: trusting(({ subject }) => ({
        subject: subject.map((part) => (part.value === "UT" ? { ...part, value: "DE" } : part)),
      })),
    }),
    failed: ["path.country", "path.issuingState"],
  },
  "a signer for another kind of document": {
    files: vary({
      get signedBy() {
        return limited;
      },
    }),
    failed: ["path.signerRole"],
  },
  "a document signed by the CSCA itself": {
    files: vary({
      get signedBy() {
        return { signer: card.chain.cscaSigner, certificate: card.chain.csca };
      },
    }),
    failed: ["path.cscaKnown", "path.pathLength", "path.signerKeyUsage"],
  },
  "two signers": {
    files: () => remade((data) => ({ ...data, signerInfos: [...data.signerInfos, ...data.signerInfos] })),
    failed: ["signature.singleSigner"],
  },
  "no certificate of the signer": {
    files: () => remade((data) => ({ ...data, certificates: [stranger.certificate.raw] })),
    failed: ["signature.signerCertificate"],
  },
  "a digest algorithm that is not announced": {
    files: () => remade((data) => ({ ...data, digestAlgorithms: [{ algorithm: "2.16.840.1.101.3.4.2.3" }] })),
    failed: ["signature.algorithms"],
  },
  "another content type than the signed one": {
    files: () =>
      remade((data) => ({ ...data, encapContentInfo: { ...data.encapContentInfo, eContentType: "2.23.136.1.1.2" } })),
    failed: ["signature.contentType", "securityObject.contentType"],
  },
  "something else signed as what it is": {
    files: vary({ contentType: "2.23.136.1.1.2" }),
    failed: ["securityObject.contentType"],
  },
  "hashes changed after signing": {
    files: () =>
      remade((data) => {
        const eContent = flipped(data.encapContentInfo.eContent, -40);
        return { ...data, encapContentInfo: { ...data.encapContentInfo, eContent } };
      }),
    failed: ["signature.messageDigest", "hash.EF.DG12"],
  },
  "content that is no list of hashes": {
    files: () =>
      remade((data) => {
        const eContent = encodeTlv(OCTET_STRING, Uint8Array.of(1, 2, 3));
        return { ...data, encapContentInfo: { ...data.encapContentInfo, eContent } };
      }),
    failed: ["signature.messageDigest", "parse.LDSSecurityObject"],
  },
  "a hash list that names a data group twice": {
    files: vary({
      lds: (value) => ({
        ...value,
        dataGroupHashValues: [value.dataGroupHashValues[0], ...value.dataGroupHashValues].map((row) => row ?? never()),
      }),
    }),
    failed: ["securityObject.hashList", "com.dataGroups"],
  },
  "a hash list that names data group 0": {
    files: vary({
      lds: (value) => ({
        ...value,
        dataGroupHashValues: [
          { dataGroupNumber: 0, dataGroupHashValue: new Uint8Array(32) },
          ...value.dataGroupHashValues,
        ],
      }),
    }),
    failed: ["securityObject.hashList", "com.dataGroups"],
  },
  "no security object": {
    files: () => without(good, "EF.SOD"),
    failed: ["parse.EF.SOD"],
  },
  "a data group changed": {
    files: () => replace(good, { "EF.DG2": flipped(good.files["EF.DG2"] as Uint8Array, -100) }),
    failed: ["hash.EF.DG2"],
  },
  "no revocation list where one is required": {
    files: () => good,
    options: () => ({ revocation: { crl: "require" } }),
    failed: ["path.revocation", "path.cscaRevocation"],
  },
  "hashes of SHA-1 where the policy forbids it, and of another length than that": {
    files: vary({ lds: (value) => ({ ...value, hashAlgorithm: { algorithm: "1.3.14.3.2.26" } }) }),
    options: () => ({ legacy: "fail" }),
    failed: ["legacyAlgorithms", "hash.EF.DG1", "hash.EF.DG2", "hash.EF.DG11", "hash.EF.DG12"],
  },
  "a data group exchanged with that of another card of the same issuer": {
    files: () => replace(good, { "EF.DG2": filesOf(other.image).files["EF.DG11"] }),
    failed: ["hash.EF.DG2", "parse.EF.DG2"],
  },
  "MRZ and details of another card of the same issuer": {
    files: () => {
      const { files } = filesOf(other.image);
      return replace(good, { "EF.DG1": files["EF.DG1"], "EF.DG11": files["EF.DG11"] });
    },
    failed: ["hash.EF.DG1", "hash.EF.DG11"],
  },
  "the whole security object of another card of the same issuer": {
    files: () => replace(good, { "EF.SOD": filesOf(other.image).files["EF.SOD"] }),
    failed: ["hash.EF.DG1", "hash.EF.DG11", "hash.EF.DG12"],
  },
  "a data group that is not signed": {
    files: () => replace(com({ tagList: [0x61, 0x75, 0x6b, 0x6c, 0x6d] })(), { "EF.DG13": Uint8Array.of(0x6d, 1, 0) }),
    failed: ["hash.EF.DG13", "com.dataGroups"],
  },
  "a data group that the chip no longer has": {
    files: () => without(good, "EF.DG12", { notGiven: [{ name: "EF.DG12", sw: 0x6a82 }] }),
    failed: ["hash.EF.DG12"],
  },
  "a portrait that the chip no longer has": {
    files: () => without(good, "EF.DG2", { notGiven: [{ name: "EF.DG2", sw: 0x6a82 }] }),
    failed: ["hash.EF.DG2"],
  },
  "an EF.COM that announces less": { files: com({ tagList: [0x61, 0x75, 0x6b] }), failed: ["com.dataGroups"] },
  "an EF.COM that announces more": {
    files: com({ tagList: [0x61, 0x75, 0x6b, 0x6c, 0x6f] }),
    failed: ["com.dataGroups"],
  },
  "an EF.COM of another LDS version than is signed": {
    files: com({ ldsVersion: "0107" }),
    failed: ["securityObject.ldsVersion"],
  },
  "an EF.COM of another Unicode version than is signed": {
    files: com({ unicodeVersion: "060000" }),
    failed: ["securityObject.ldsVersion"],
  },
  "version 1 without its version information": {
    files: vary({ lds: ({ ldsVersionInfo: _, ...value }) => value }),
    failed: ["securityObject.ldsVersion"],
  },
  "version 0 with version information": {
    files: vary({ lds: (value) => ({ ...value, version: 0 }) }),
    failed: ["securityObject.ldsVersion"],
  },
  "a check digit of the MRZ wrong, but signed": {
    files: withMrz((mrz) => mrz.slice(0, 14) + ((Number(mrz[14]) + 1) % 10) + mrz.slice(15)),
    failed: ["dg1.mrz"],
  },
  "the composite check digit wrong, but signed": {
    files: withMrz((mrz) => mrz.slice(0, 59) + ((Number(mrz[59]) + 1) % 10) + mrz.slice(60)),
    failed: ["dg1.mrz"],
  },
  "the MRZ of a visa": {
    files: vary({
      dg1: () => ({
        mrz: encodeMrz({
          format: "MRV-B",
          documentCode: "V",
          issuingState: "UTO",
          documentNumber: "L8988901C",
          dateOfBirth: "910420",
          sex: "F",
          dateOfExpiry: "361104",
          nationality: "UTO",
          optionalData: "",
          names: "AHMADI<<SARA".padEnd(31, "<"),
        }),
      }),
    }),
    failed: ["dg1.mrz"],
  },
  "a date of expiry that is none": {
    files: withMrz(() => `${mrzOf(good).slice(0, 38)}361304${mrzOf(good).slice(44)}`),
    failed: ["dg1.mrz"],
  },
  "another MRZ than is printed": {
    files: () => good,
    options: () => ({ printedMrz: mrzOf(filesOf(other.image)) }),
    failed: ["dg1.printed"],
  },
  "other data than are printed": {
    files: vary({ dg11: (value) => ({ ...value, personalNumber: "9943832339" }) }),
    options: () => ({
      printed: {
        documentNumber: "C01X00048",
        dateOfBirth: "19910421",
        dateOfExpiry: "361105",
        fullName: "Rahimi<<Sara",
        personalNumber: "9943832330",
      },
    }),
    failed: [
      "printed.documentNumber",
      "printed.dateOfBirth",
      "printed.dateOfExpiry",
      "printed.name",
      "printed.personalNumber",
    ],
  },
  "another State than signed it": {
    files: withMrz((mrz) => `${mrz.slice(0, 2)}D<<${mrz.slice(5)}`),
    failed: ["path.issuingState"],
  },
  "a type of document that the signer is not for": {
    files: withMrz((mrz) => `C<${mrz.slice(2)}`),
    failed: ["path.documentType"],
  },
  "another birth in DG11": {
    files: vary({ dg11: (value) => ({ ...value, dateOfBirth: "19991231" }) }),
    failed: ["dg11.dateOfBirth"],
  },
  "another name in DG11": {
    files: vary({ dg11: (value) => ({ ...value, otherNames: ["Rahimi<<Sara"] }) }),
    failed: ["dg11.name"],
  },
  "a name in DG11 of which the MRZ holds the beginning, though nothing was cut": {
    files: vary({ dg11: (value) => ({ ...value, otherNames: ["Ahmadinejad<<Sara<Maryam"] }) }),
    failed: ["dg11.name"],
  },
  "a document that has expired": {
    files: () => good,
    options: () => ({ at: date("2036-11-05T12:00:00") }),
    failed: ["dates.expiry"],
  },
  "a date of birth that is none": {
    files: vary({ dg11: (value) => ({ ...value, dateOfBirth: "19910431" }) }),
    failed: ["dates.birth", "dg11.dateOfBirth"],
  },
  "a personalization after the inspection": {
    files: vary({ dg12: (value) => ({ ...value, personalizationTime: "20261127000000" }) }),
    failed: ["dates.personalization"],
  },
  "a date of issue after the inspection": {
    files: vary({ dg12: (value) => ({ ...value, dateOfIssue: "20261127" }) }),
    failed: ["dates.issue"],
  },
  "a date of issue after the expiry": {
    files: vary({ dg12: (value) => ({ ...value, dateOfIssue: "20361105" }) }),
    options: () => ({ at: date("2036-11-04T22:00:00") }),
    failed: ["dates.issue"],
  },
  "a date of issue that is none": {
    files: vary({ dg12: (value) => ({ ...value, dateOfIssue: "20261399" }) }),
    failed: ["dates.issue"],
  },
  "garbage in every file": {
    files: () => ({
      ...good,
      files: Object.fromEntries(Object.keys(good.files).map((name) => [name, Uint8Array.of(1, 2, 3, 4)])),
    }),
    failed: ["parse.EF.COM", "parse.EF.SOD", "parse.EF.DG1", "parse.EF.DG2", "parse.EF.DG11", "parse.EF.DG12"],
  },
  "a data group of another tag": {
    files: vary({ groups: { 13: Uint8Array.of(0x6e, 1, 0) } }),
    failed: ["parse.EF.DG13"],
  },
};

const mrzOf = ({ files }: CardFiles) => parseFile(dg1, files["EF.DG1"] as Uint8Array).mrz;

function never(): never {
  throw new Error("the sample is not what the test expects");
}

const trustUnless = (options: Partial<ValidateCardOptions>) => ({ trust: card.trust, ...options });

describe("a check that fails", () => {
  it.each(Object.entries(FAILING))("%s", async (_, { files, options, failed }) => {
    const report = judge(await files(), trustUnless(options?.() ?? {}));
    expect(idsWith(report, "failed").toSorted()).toEqual(failed.toSorted());
    expect(report.verdict).toBe("failed");
    for (const id of failed) expect(report.summary).toContain(id);
    expect(report.summary).toMatch(/^Do not accept: /);
    const ids = report.checks.map(({ id }) => id);
    for (const id of ALWAYS) expect(ids).toContain(id);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("is there for every check that can fail", () => {
    const shown = new Set(Object.values(FAILING).flatMap(({ failed }) => failed));
    expect(ALWAYS.filter((id) => !NEVER_FAIL.includes(id) && !shown.has(id))).toEqual([]);
  });
});
