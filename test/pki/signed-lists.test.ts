import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { EncodeError, MalformedError } from "../../src/errors.js";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import { indexCertificate } from "../../src/pki/certificate-index.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import {
  DEVIATION,
  type Deviation,
  deviationList,
  ID_DEVIATION_LIST,
  ID_DEVIATION_LIST_SIGNER,
  parseDeviationList,
} from "../../src/pki/deviation-list.js";
import { issueDeviationList } from "../../src/pki/issue/deviation-list.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { issueMasterList } from "../../src/pki/issue/master-list.js";
import {
  cscaMasterList,
  ID_MASTER_LIST,
  ID_MASTER_LIST_SIGNER,
  parseMasterList,
  parseMasterListContent,
} from "../../src/pki/master-list.js";
import type { SyncSigner } from "../../src/pki/signer.js";
import { validateSignerPath } from "../../src/pki/signer-path.js";
import { buildTrustStore } from "../../src/pki/trust.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeObject, parseObject } from "../../src/tlv/file.js";
import {
  type Chain,
  date,
  flipBit,
  issueChain,
  newSigner,
  notPassed,
  OPEN,
  SIGNER_SUBJECT,
  TODAY,
  vector,
} from "./support.js";

const LENIENT = { tolerate: ALL_DEPARTURES };
const csca = (file: string) => vector(`csca/${file}`);
const certificates = [
  csca("DE_ROOT_CA_CSCA07.cer"),
  csca("2016-01_CSCA.cer"),
  csca("2016-01_CSCA_LINK.cer"),
  vector("departures/ua-boolean-not-ff.cer"),
];

let chain: Chain;
let signer: SyncSigner;
const lists: Record<string, Certificate> = {};
beforeAll(async () => {
  chain = await issueChain();
  signer = newSigner();
  for (const role of [ID_MASTER_LIST_SIGNER, ID_DEVIATION_LIST_SIGNER]) {
    const der = await issueDocumentSigner({
      ...SIGNER_SUBJECT,
      publicKey: signer.publicKey,
      issuer: { certificate: chain.csca.raw, signer: chain.cscaSigner },
      extendedKeyUsage: role,
    });
    lists[role] = parseCertificate(der);
  }
});
const by = (role: string) => ({
  signer,
  certificate: lists[role] as Certificate,
  csca: chain.csca.raw,
  at: TODAY,
});

describe("a master list", () => {
  it("is made after the profile, and leads to its CSCA in the role of a list's signer", async () => {
    const der = await issueMasterList({
      ...by(ID_MASTER_LIST_SIGNER),
      certificates: [...certificates, ...certificates],
    });
    const list = parseMasterList(der);
    expect(list.departures).toEqual([]);
    expect(list.certificates.map(toHex).sort()).toEqual(certificates.map(toHex).sort());
    expect(list.certificates.map(indexCertificate).map(({ raw }) => raw)).toEqual(list.certificates);
    const { signedData } = list;
    expect(signedData).toMatchObject({ version: 3, eContentType: ID_MASTER_LIST, crls: [] });
    expect(signedData.signerInfos[0]).toMatchObject({
      version: 3,
      sid: { subjectKeyIdentifier: lists[ID_MASTER_LIST_SIGNER]?.subjectKeyIdentifier },
    });
    expect(signedData.certificates.map(toHex).sort()).toEqual(
      [(lists[ID_MASTER_LIST_SIGNER] as Certificate).raw, chain.csca.raw].map(toHex).sort(),
    );
    const { findings, certificate, signingTime } = verifySignedData(signedData);
    expect(notPassed(findings)).toEqual({});
    expect(signingTime).toEqual(TODAY);
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    expect(
      notPassed(validateSignerPath(certificate as Certificate, store, TODAY, ID_MASTER_LIST_SIGNER).findings),
    ).toEqual(OPEN);
    expect(notPassed(validateSignerPath(certificate as Certificate, store, TODAY).findings)).toEqual({
      signerRole: "failed",
      ...OPEN,
    });
  });

  it("names certificates out of order, and refuses what is none", () => {
    const [first, second] = [...certificates].sort((a, b) => b.length - a.length) as [Uint8Array, Uint8Array];
    const unsorted = encodeTlv(0x30, fromHex("020100"), encodeTlv(0x31, first, second));
    expect(() => parseMasterListContent(unsorted)).toThrow(/not in DER order/);
    expect(parseMasterListContent(unsorted, { tolerate: ["SET_ORDER"] })).toEqual([first, second]);
    const short = encodeTlv(0x30, fromHex("020100"), encodeTlv(0x31, fromHex("30020500")));
    expect(() => parseMasterListContent(short, LENIENT)).toThrow(/4 bytes are no certificate/);
    expect(() => parseMasterListContent(fromHex("30050201013100"), LENIENT)).toThrow(/version/);
  });

  it("is refused for another content", () => {
    const content = encodeObject(cscaMasterList, { version: 0, certList: certificates });
    const der = signCms({
      content,
      contentType: "2.23.136.1.1.1",
      signer: chain.signer,
      certificate: chain.certificate,
      at: TODAY,
    });
    expect(() => parseMasterList(der, LENIENT)).toThrow("2.23.136.1.1.1 is not CscaMasterList");
  });

  it("is not signed by just anybody, and not over just anything", async () => {
    const asDocumentSigner = { ...by(ID_MASTER_LIST_SIGNER), certificate: chain.certificate, signer: chain.signer };
    await expect(issueMasterList({ ...asDocumentSigner, certificates })).rejects.toThrow(
      /must be for 2.23.136.1.1.3 alone/,
    );
    await expect(issueMasterList({ ...by(ID_DEVIATION_LIST_SIGNER), certificates })).rejects.toThrow(RangeError);
    await expect(issueMasterList({ ...by(ID_MASTER_LIST_SIGNER), certificates: [] })).rejects.toThrow(/no certificate/);
    const leaf = { ...by(ID_MASTER_LIST_SIGNER), certificates: [chain.certificate.raw] };
    await expect(issueMasterList(leaf)).rejects.toThrow(/certificates\[0\] is not that of a certification authority/);
    const late = { ...by(ID_MASTER_LIST_SIGNER), at: date("2030-01-01T00:00:00"), certificates };
    await expect(issueMasterList(late)).rejects.toMatchObject({ code: "SIGNER_EXPIRED" });
  });

  it("mutated, gives a value or MalformedError; indexing its certificates does too (law 7)", async () => {
    const der = await issueMasterList({ ...by(ID_MASTER_LIST_SIGNER), certificates });
    fc.assert(
      fc.property(fc.nat(der.length * 8 - 1), fc.nat(der.length * 8 - 1), (first, second) => {
        const changed = flipBit(flipBit(der, first), second);
        try {
          for (const certificate of parseMasterList(changed, LENIENT).certificates) indexCertificate(certificate);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

const deviations: readonly Deviation[] = [
  {
    documents: {
      documentType: "P",
      dscIdentifier: { subjectKeyIdentifier: fromHex("0102030405060708090a0b0c0d0e0f1011121314") },
      issuingDate: { firstIssued: date("2020-01-01T00:00:00"), lastIssued: date("2020-06-30T23:59:59") },
      documentNumbers: ["L898902C3", "L898902C4"],
    },
    descriptions: [
      {
        description: "Hash of DG2 is wrong",
        deviationType: DEVIATION.dgHashWrong,
        parameters: fromHex("020102"),
        nationalUse: fromHex("0c0161"),
      },
      { deviationType: DEVIATION.chip },
    ],
  },
  {
    documents: { dscIdentifier: { certificateDigest: new Uint8Array(32) } },
    descriptions: [{ deviationType: DEVIATION.dsEncoding }],
  },
];
const SHA256 = { algorithm: "2.16.840.1.101.3.4.2.1" };

describe("a deviation list", () => {
  it("is made after the profile and read back", async () => {
    const der = await issueDeviationList({ ...by(ID_DEVIATION_LIST_SIGNER), deviations, digestAlgorithm: SHA256 });
    const { signedData, departures, ...content } = parseDeviationList(der);
    expect(departures).toEqual([]);
    expect(content).toMatchObject({ version: 0, digestAlgorithm: SHA256 });
    const byLength = [...content.deviations].sort((a, b) => b.descriptions.length - a.descriptions.length);
    expect(byLength[0]?.documents).toEqual(deviations[0]?.documents);
    expect(new Set(byLength[0]?.descriptions)).toEqual(new Set(deviations[0]?.descriptions));
    expect(byLength[1]).toEqual(deviations[1]);
    expect(signedData).toMatchObject({ version: 3, eContentType: ID_DEVIATION_LIST });
    expect(notPassed(verifySignedData(signedData).findings)).toEqual({});
  });

  it("has the tags of the ASN.1 module: ANY and CHOICE keep theirs", () => {
    const der = encodeObject(deviationList, {
      version: 0,
      deviations: [
        {
          documents: {
            documentType: "PM",
            dscIdentifier: { issuerAndSerialNumber: { issuer: fromHex("3000"), serialNumber: Uint8Array.of(5) } },
          },
          descriptions: [{ deviationType: DEVIATION.mrz, parameters: fromHex("020104") }],
        },
      ],
    });
    // SEQUENCE { 0, SET { SEQUENCE { SEQUENCE { [0] "PM", [1] { name, 5 } }, SET { SEQUENCE { oid, [0] { 4 } } } } } }
    expect(toHex(der)).toBe(
      toHex(
        encodeTlv(
          0x30,
          fromHex("020100"),
          encodeTlv(
            0x31,
            encodeTlv(
              0x30,
              encodeTlv(0x30, encodeTlv(0x80, utf8("PM")), encodeTlv(0xa1, fromHex("3000"), fromHex("020105"))),
              encodeTlv(0x31, encodeTlv(0x30, fromHex("060767810801010703"), encodeTlv(0xa0, fromHex("020104")))),
            ),
          ),
        ),
      ),
    );
    expect(parseObject(deviationList, der).deviations[0]?.descriptions[0]?.parameters).toEqual(fromHex("020104"));
  });

  it("is refused without its signer, without deviations, and with a digest of no known function", async () => {
    const options = by(ID_DEVIATION_LIST_SIGNER);
    await expect(issueDeviationList({ ...options, deviations: [] })).rejects.toThrow(/no deviation/);
    await expect(issueDeviationList({ ...options, deviations })).rejects.toThrow(
      /certificateDigest needs digestAlgorithm/,
    );
    await expect(
      issueDeviationList({ ...by(ID_MASTER_LIST_SIGNER), deviations, digestAlgorithm: SHA256 }),
    ).rejects.toThrow(/must be for 2.23.136.1.1.8 alone/);
    const long = { documents: { documentType: "PASS" }, descriptions: [{ deviationType: DEVIATION.lds }] };
    await expect(issueDeviationList({ ...options, deviations: [long] })).rejects.toThrow(EncodeError);
  });

  it("mutated, gives a value or MalformedError (law 7)", () => {
    const content = encodeObject(deviationList, { version: 0, deviations, digestAlgorithm: SHA256 });
    const certificate = lists[ID_DEVIATION_LIST_SIGNER] as Certificate;
    fc.assert(
      fc.property(fc.nat(content.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = concatBytes(content.subarray(0, at), Uint8Array.of(byte), content.subarray(at + 1));
        const der = signCms({ content: changed, contentType: ID_DEVIATION_LIST, signer, certificate, at: TODAY });
        for (const options of [{}, LENIENT]) {
          try {
            parseDeviationList(der, options);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
