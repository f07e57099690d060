import { beforeAll, describe, expect, it } from "vitest";
import { PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING } from "../../src/asn1/types.js";
import { fromHex, utf8 } from "../../src/bytes/bytes.js";
import { sha1 } from "../../src/crypto/legacy/sha1.js";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.js";
import { parseCms, type SignerIdentifier, type SignerInfo } from "../../src/pki/cms.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { spkiObject } from "../../src/pki/public-key.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { parseObject } from "../../src/tlv/file.js";
import { type Chain, issueChain, notPassed, TODAY, vector } from "./support.js";

let chain: Chain;
beforeAll(async () => {
  chain = await issueChain();
});

const signed = (options: object = {}) =>
  parseCms(
    signCms({
      content: utf8("content"),
      contentType: "2.23.136.1.1.1",
      signer: chain.signer,
      certificate: chain.certificate,
      at: TODAY,
      ...options,
    }),
  );

/** The findings when the signer is named in another way. */
function named(sid: SignerIdentifier, certificates?: readonly Certificate[]) {
  const signedData = signed();
  const info = { ...(signedData.signerInfos[0] as SignerInfo), sid };
  const inside = certificates === undefined ? signedData.certificates : [];
  const { good, findings, departures } = verifySignedData(
    { ...signedData, certificates: inside, signerInfos: [info] },
    { certificates: certificates ?? [] },
  );
  return { good, findings: notPassed(findings), codes: departures.map(({ code }) => code) };
}

const attribute = (oid: string, tag: number, text: string) =>
  encodeTlv(SET, encodeTlv(SEQUENCE, fromHex(oid), encodeTlv(tag, utf8(text))));
const C = "0603550406";
const O = "060355040a";
const CN = "0603550403";

describe("the signer's certificate", () => {
  const serial = () => chain.certificate.serialNumber;

  it("is named by its key identifier when asked for", () => {
    const signedData = signed({ sid: "subjectKeyIdentifier" });
    const [info] = signedData.signerInfos;
    expect(info).toMatchObject({ version: 3, sid: { subjectKeyIdentifier: chain.certificate.subjectKeyIdentifier } });
    expect(notPassed(verifySignedData(signedData).findings)).toEqual({});
  });

  it("is found by a name in other strings, capitals and white space: NAME_FORM", () => {
    const issuerRaw = encodeTlv(
      SEQUENCE,
      attribute(C, PRINTABLE_STRING, "ut"),
      attribute(O, UTF8_STRING, "  UTOPIA "),
      attribute(CN, UTF8_STRING, "Utopia  csca"),
    );
    const findings = { signerCertificate: "warning" };
    expect(named({ issuerRaw, serialNumber: serial() })).toEqual({ good: true, findings, codes: ["NAME_FORM"] });
  });

  it("is found by a name in another order, as in Malaysian security objects: RDN_ORDER", () => {
    const issuerRaw = encodeTlv(
      SEQUENCE,
      attribute(CN, PRINTABLE_STRING, "Utopia CSCA"),
      attribute(O, PRINTABLE_STRING, "Utopia"),
      attribute(C, PRINTABLE_STRING, "UT"),
    );
    const findings = { signerCertificate: "warning" };
    expect(named({ issuerRaw, serialNumber: serial() })).toEqual({ good: true, findings, codes: ["RDN_ORDER"] });
  });

  it("is not found by another name, another number, or bytes that are no name", () => {
    const issuerRaw = encodeTlv(SEQUENCE, attribute(CN, PRINTABLE_STRING, "Utopia"));
    const failed = { good: false, findings: { signerCertificate: "failed", signature: "notChecked" }, codes: [] };
    expect(named({ issuerRaw, serialNumber: serial() })).toEqual(failed);
    expect(named({ issuerRaw: Uint8Array.of(0x30, 1, 0), serialNumber: serial() })).toEqual(failed);
    expect(named({ issuerRaw: chain.certificate.issuerRaw, serialNumber: Uint8Array.of(1) })).toEqual(failed);
    expect(named({ subjectKeyIdentifier: new Uint8Array(20) })).toEqual(failed);
  });

  it("is found by the identifier of its key that it does not state: KEY_IDENTIFIER_COMPUTED", () => {
    const { subjectKeyIdentifier: _, ...silent } = chain.certificate;
    const identifier = sha1(parseObject(spkiObject, silent.spkiRaw).subjectPublicKey);
    const findings = { signerCertificate: "warning" };
    const codes = ["KEY_IDENTIFIER_COMPUTED"];
    expect(named({ subjectKeyIdentifier: identifier }, [silent])).toEqual({ good: true, findings, codes });
  });

  it("may come from elsewhere; when there is none at all, that is not checked", () => {
    const signedData = { ...signed(), certificates: [] };
    const without = verifySignedData(signedData);
    expect(notPassed(without.findings)).toEqual({ signerCertificate: "notChecked", signature: "notChecked" });
    expect(without.good).toBe(false);
    for (const certificate of [chain.certificate, chain.certificate.raw]) {
      const { findings } = verifySignedData(signedData, { certificates: [chain.csca, certificate] });
      expect(notPassed(findings)).toEqual({});
    }
  });

  it("is taken as parsed before when the bytes are the same", () => {
    const { certificate } = verifySignedData(signed(), { certificates: [chain.certificate] });
    expect(certificate).toBe(chain.certificate);
  });

  it("names what was let pass when it was read", () => {
    const cy = parseCertificate(vector("departures/cy-named-bits.cer"), { tolerate: ["NAMED_BITS"] });
    const sid = { issuerRaw: cy.issuerRaw, serialNumber: cy.serialNumber };
    expect(named(sid, [cy])).toEqual({
      good: false,
      findings: { signerCertificate: "warning", signature: "failed" },
      codes: ["NAMED_BITS"],
    });
  });
});
