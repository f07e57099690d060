import { fromBER } from "asn1js";
import * as pkijs from "pkijs";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes, toHex, utf8 } from "../../src/bytes/bytes.js";
import { cryptoBackend } from "../../src/crypto/backend.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { hash } from "../../src/crypto/hash.js";
import { MalformedError } from "../../src/errors.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { CMS, contentInfo, parseCms, type SignerInfo } from "../../src/pki/cms.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { encodeEcdsaSignature } from "../../src/pki/ecdsa-signature.js";
import { memorySigner, type SignatureAlgorithmName, type Signer } from "../../src/pki/signer.js";
import { validateSignerPath } from "../../src/pki/signer-path.js";
import { buildTrustStore } from "../../src/pki/trust.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import type { Value } from "../../src/tlv/codec.js";
import { encodeObject, parseObject } from "../../src/tlv/file.js";
import { bitsOf, type Chain, date, flipBit, issueChain, newSigner, notPassed, OPEN, TODAY, vector } from "./support.js";

const CONTENT_TYPE = "2.23.136.1.1.1";
type ParsedSignerInfo = Value<typeof contentInfo>["content"]["signedData"]["signerInfos"][number];
const content = utf8("an opaque content");

let chain: Chain;
beforeAll(async () => {
  chain = await issueChain();
});
const request = () => ({
  content,
  contentType: CONTENT_TYPE,
  signer: chain.signer,
  certificate: chain.certificate,
  at: TODAY,
});

describe("signCms", () => {
  it.each([
    ["P-256", "named", "SHA-256"],
    ["P-256", "explicit", "SHA-256"],
    ["P-384", "named", "SHA-384"],
    ["P-384", "explicit", "SHA-384"],
  ] as const)("on %s, %s parameters, is read back and verifies", async (curve, form, hashName) => {
    const { signer, certificate, csca } = await issueChain(curve, form);
    const der = signCms({ content, contentType: CONTENT_TYPE, signer, certificate: certificate.raw, at: TODAY });
    const signedData = parseCms(der);
    expect(signedData).toMatchObject({ version: 3, eContentType: CONTENT_TYPE, eContent: content, crls: [] });
    expect(signedData.certificates).toEqual([certificate.raw]);
    const info = signedData.signerInfos[0];
    expect(info?.digestAlgorithm).not.toHaveProperty("parameters");
    expect(info?.signatureAlgorithm).not.toHaveProperty("parameters");
    expect(info?.signedAttrs?.map(({ type }) => type)).toEqual([CMS.contentType, CMS.messageDigest]);
    expect(toHex(info?.signedAttrsRaw as Uint8Array)).toContain(toHex(hash(hashName, content)));

    const { good, findings, certificate: found } = verifySignedData(signedData);
    expect(notPassed(findings)).toEqual({});
    expect(good).toBe(true);
    expect(found?.raw).toEqual(certificate.raw);
    const path = validateSignerPath(found as never, buildTrustStore({ cscas: [csca.raw] }), TODAY);
    expect(notPassed(path.findings)).toEqual(OPEN);
  });

  it("states the signing time when asked to, in whole seconds", () => {
    const signingTime = new Date(TODAY.getTime() + 789);
    const signedData = parseCms(signCms({ ...request(), signingTime }));
    expect(verifySignedData(signedData).signingTime).toEqual(TODAY);
    // DER order of the set: by length first, as the shorter encoding has the smaller length byte
    expect(signedData.signerInfos[0]?.signedAttrs?.map(({ type }) => type)).toEqual([
      CMS.contentType,
      CMS.signingTime,
      CMS.messageDigest,
    ]);
  });

  it("writes what its declaration reads, byte for byte", () => {
    const der = signCms(request());
    expect(encodeObject(contentInfo, parseObject(contentInfo, der))).toEqual(der);
  });

  it("answers at once with a signer in memory, and later with a signer that does", async () => {
    const later: Signer = { ...chain.signer, sign: async (message, name) => chain.signer.sign(message, name) };
    expect(signCms(request())).toBeInstanceOf(Uint8Array);
    const promise = signCms({ ...request(), signer: later });
    expect(promise).toBeInstanceOf(Promise);
    expect(verifySignedData(parseCms(await promise)).good).toBe(true);
  });

  it("signs with the algorithm asked for", () => {
    const signedData = parseCms(signCms({ ...request(), algorithm: "ECDSA-SHA512" }));
    expect(signedData.signerInfos[0]?.signatureAlgorithm.algorithm).toBe("1.2.840.10045.4.3.4");
    expect(verifySignedData(signedData).good).toBe(true);
    expect(() =>
      signCms({ ...request(), signer: { ...chain.signer, algorithms: ["ECDSA-SHA384"] }, algorithm: "ECDSA-SHA256" }),
    ).toThrow(RangeError);
  });

  it("refuses a signer that gives something else than r‖s", () => {
    const sign = (message: Uint8Array, name: SignatureAlgorithmName) =>
      encodeEcdsaSignature(chain.signer.sign(message, name));
    expect(() => signCms({ ...request(), signer: { ...chain.signer, sign } })).toThrow(/r‖s of its curve has 64/);
  });

  it("takes a certificate that states the curve in another way than the signer", () => {
    const key = generateEcPrivateKey("P-256");
    const named = parseCertificate(chain.certificate.raw);
    const certificate = { ...named, spkiRaw: memorySigner(key, { curveParameters: "named" }).publicKey };
    const signer = memorySigner(key, { curveParameters: "explicit" });
    expect(signer.publicKey).not.toEqual(certificate.spkiRaw);
    expect(signCms({ ...request(), signer, certificate })).toBeInstanceOf(Uint8Array);
  });

  it("refuses the certificate of another key", () => {
    expect(() => signCms({ ...request(), signer: newSigner() })).toThrow(
      expect.objectContaining({ code: "SIGNER_MISMATCH" }),
    );
  });

  it.each([
    ["2025-12-31T23:59:59", "SIGNER_NOT_YET_VALID"],
    ["2027-01-01T00:00:00", "SIGNER_EXPIRED"],
    ["2038-01-01T00:00:00", "SIGNER_EXPIRED"],
  ])("refuses to sign at %s: %s", (at, code) => {
    expect(() => signCms({ ...request(), at: date(at) })).toThrow(expect.objectContaining({ code }));
  });

  it.each(["2026-01-01T00:00:00", "2026-12-31T23:59:59"])("signs at %s, the edge of the period", (at) => {
    expect(signCms({ ...request(), at: date(at) })).toBeInstanceOf(Uint8Array);
  });

  it("is read and verified by pkijs", async () => {
    const asn1 = fromBER(Uint8Array.from(signCms(request())).buffer);
    const info = new pkijs.ContentInfo({ schema: asn1.result });
    const signedData = new pkijs.SignedData({ schema: info.content });
    expect(signedData.encapContentInfo.eContentType).toBe(CONTENT_TYPE);
    expect(await signedData.verify({ signer: 0 })).toBe(true);
  });
});

describe("a message that was changed", () => {
  it("in any one bit of what is signed, or of the signature, fails", () => {
    const der = signCms(request());
    const { eContent, signerInfos } = parseCms(der);
    const { signature, signedAttrsRaw } = signerInfos[0] as SignerInfo & { signedAttrsRaw: Uint8Array };
    // as received, under the tag A0 instead of 31
    const attributesAt = toHex(der).indexOf(toHex(signedAttrsRaw.subarray(1))) / 2 - 1;
    const attributes = der.subarray(attributesAt, attributesAt + signedAttrsRaw.length);
    expect(attributes[0]).toBe(0xa0);
    const bits = [eContent, attributes, signature].flatMap((part) => bitsOf(part, der));
    expect(bits.length).toBeGreaterThan(1200);
    let refused = 0;
    // Pure JavaScript takes milliseconds for each: there a sample of every part; the other backend tries all.
    const tried = bits.filter((_, i) => cryptoBackend() === "node" || i % 7 === 0);
    for (const bit of tried) {
      try {
        const { good, findings } = verifySignedData(parseCms(flipBit(der, bit)));
        expect(good, `bit ${bit}`).toBe(false);
        expect(
          findings.some(({ status }) => status === "failed"),
          `bit ${bit}`,
        ).toBe(true);
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeLessThan(tried.length / 2);
  });

  it("anywhere, never throws anything but MalformedError", () => {
    const der = signCms({ ...request(), signingTime: TODAY });
    for (let byte = 0; byte < der.length; byte++) {
      const changed = flipBit(der, 8 * byte + (byte % 8));
      try {
        verifySignedData(parseCms(changed));
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
      }
    }
  });

  it("by another content under the same attributes fails the digest only", () => {
    const hex = toHex(signCms(request())).replace(toHex(content), toHex(utf8("AN OPAQUE CONTENT")));
    const { findings } = verifySignedData(parseCms(Uint8Array.from(Buffer.from(hex, "hex"))));
    expect(notPassed(findings)).toEqual({ messageDigest: "failed" });
  });

  it("by another content type fails the content type only", () => {
    const der = signCms(request());
    // the first of the two places: eContentType, the other one being the attribute
    const hex = toHex(der).replace("0606678108010101", "0606678108010102");
    const { findings } = verifySignedData(parseCms(Uint8Array.from(Buffer.from(hex, "hex"))));
    expect(notPassed(findings)).toEqual({ contentType: "failed" });
  });

  it("by another signer's certificate fails, and the signature is not checked", async () => {
    const other = await issueChain();
    const parts = parseObject(contentInfo, signCms(request()));
    const signedData = { ...parts.content.signedData, certificates: [other.certificate.raw] };
    const der = encodeObject(contentInfo, { ...parts, content: { signedData } });
    const { good, findings, certificate } = verifySignedData(parseCms(der));
    expect(good).toBe(false);
    expect(certificate).toBeUndefined();
    expect(notPassed(findings)).toEqual({ signerCertificate: "failed", signature: "notChecked" });
  });

  it("by a certificate that cannot be read is a finding that says so", () => {
    const parts = parseObject(contentInfo, signCms(request()));
    const signedData = { ...parts.content.signedData, certificates: [Uint8Array.of(0x30, 0x00)] };
    const { findings } = verifySignedData(parseCms(encodeObject(contentInfo, { ...parts, content: { signedData } })));
    expect(findings.find(({ id }) => id === "signerCertificate")?.detail).toMatch(/Unreadable: Certificate\.tbs/);
  });

  it("is checked over the attributes as received, whatever their order", () => {
    const parts = parseObject(contentInfo, signCms(request()));
    const info = parts.content.signedData.signerInfos[0] as ParsedSignerInfo;
    const attrs = info.signedAttrs as Uint8Array;
    // two attributes, each with a one-byte length
    const first = 2 + (attrs[1] as number);
    const signedAttrs = concatBytes(attrs.subarray(first), attrs.subarray(0, first));
    const findingsOf = (signature: Uint8Array) => {
      const signedData = { ...parts.content.signedData, signerInfos: [{ ...info, signedAttrs, signature }] };
      const der = encodeObject(contentInfo, { ...parts, content: { signedData } });
      expect(() => parseCms(der)).toThrow("the set is not in DER order");
      const read = parseCms(der, { tolerate: ["SET_ORDER"] });
      expect(read.departures.map(({ code }) => code)).toEqual(["SET_ORDER"]);
      const { findings, departures } = verifySignedData(read);
      return [notPassed(findings), departures.map(({ code }) => code)];
    };
    // signed in the order of DER, sent in another
    expect(findingsOf(info.signature)).toEqual([{ signature: "warning" }, ["SIGNED_OVER_SORTED"]]);
    const signature = chain.signer.sign(encodeTlv(0x31, signedAttrs), "ECDSA-SHA256");
    expect(findingsOf(encodeEcdsaSignature(signature))).toEqual([{}, []]);
    const other = chain.signer.sign(encodeTlv(0x31, attrs.subarray(0, first)), "ECDSA-SHA256");
    expect(findingsOf(encodeEcdsaSignature(other))).toEqual([{ signature: "failed" }, []]);
  });
});

describe("parseCms", () => {
  it.each([
    ["nothing", ""],
    ["another content", "301106092a864886f70d010702a00430020500"],
    ["plain data", "300f06092a864886f70d010701a0020400"],
    ["an indefinite length", "308006092a864886f70d010702a080"],
  ])("refuses %s", (_, hex) => {
    expect(() => parseCms(Uint8Array.from(Buffer.from(hex, "hex")))).toThrow(MalformedError);
  });

  it("refuses content in pieces (constructed OCTET STRING), as pkijs writes it unless told otherwise", () => {
    const der = toHex(signCms(request()));
    const primitive = `a0${(content.length + 2).toString(16)}04${content.length.toString(16)}`;
    expect(der).toContain(primitive);
    const constructed = der.replace(primitive, primitive.replace(/04(..)$/, "24$1"));
    expect(() => parseCms(Uint8Array.from(Buffer.from(constructed, "hex")))).toThrow("tag 04 expected, tag 24 found");
  });
});

describe("messages of OpenSSL", () => {
  it.each([
    ["p256-issuer-serial.cms", "p256-csca.cer"],
    ["p384-key-identifier.cms", "p384-csca.cer"],
  ])("%s verifies, up to its authority", (file, authority) => {
    const signedData = parseCms(vector(`openssl-cms/${file}`));
    expect(new TextDecoder().decode(signedData.eContent)).toBe("content signed by OpenSSL");
    const { findings, certificate, signingTime } = verifySignedData(signedData);
    expect(notPassed(findings)).toEqual({});
    expect(signingTime).toBeInstanceOf(Date);
    const store = buildTrustStore({ cscas: [vector(`openssl-cms/${authority}`)] });
    const path = validateSignerPath(certificate as never, store, signingTime as Date);
    expect(notPassed(path.findings)).toEqual({ ...OPEN, documentTypeList: "warning" });
  });

  it("with two signers, both good, is a warning that names it", () => {
    const signedData = parseCms(vector("openssl-cms/two-signers.cms"));
    expect(signedData.signerInfos).toHaveLength(2);
    const { good, findings, departures } = verifySignedData(signedData);
    expect(good).toBe(true);
    expect(notPassed(findings)).toEqual({ singleSigner: "warning" });
    expect(departures.map(({ code }) => code)).toEqual(["SEVERAL_SIGNERS"]);
  });

  it.each([0, 1])("with two signers, of which number %i is bad, fails", (bad) => {
    const signedData = parseCms(vector("openssl-cms/two-signers.cms"));
    const signerInfos = signedData.signerInfos.map((info, index) =>
      index === bad ? { ...info, signature: (signedData.signerInfos[1 - bad] as SignerInfo).signature } : info,
    );
    const { good, findings } = verifySignedData({ ...signedData, signerInfos });
    expect(good).toBe(false);
    expect(notPassed(findings)).toEqual({ singleSigner: "failed", signature: "failed" });
    expect(findings[0]?.detail).toContain(`number ${bad + 1} is not good`);
  });

  it("with the same signer twice fails", () => {
    const signedData = parseCms(vector("openssl-cms/p256-issuer-serial.cms"));
    const signerInfos = [...signedData.signerInfos, ...signedData.signerInfos];
    expect(notPassed(verifySignedData({ ...signedData, signerInfos }).findings)).toEqual({ singleSigner: "failed" });
  });

  it("without any signer fails", () => {
    const signedData = { ...parseCms(vector("openssl-cms/p256-issuer-serial.cms")), signerInfos: [] };
    expect(verifySignedData(signedData).findings.map(({ status }) => status)).toEqual([
      "failed",
      ...Array(5).fill("notChecked"),
    ]);
  });

  it("without signed attributes are good with a warning: the type of the content is not signed", () => {
    const signedData = parseCms(vector("openssl-cms/no-attributes.cms"));
    expect(signedData.signerInfos[0]).not.toHaveProperty("signedAttrs");
    const { good, findings, departures } = verifySignedData(signedData);
    expect(good).toBe(true);
    expect(notPassed(findings)).toEqual({ contentType: "warning", messageDigest: "warning" });
    expect(departures.map(({ code }) => code)).toEqual(["SIGNED_ATTRIBUTES_MISSING"]);
    const changed = { ...signedData, eContent: Uint8Array.from(signedData.eContent, (byte) => byte ^ 1) };
    expect(notPassed(verifySignedData(changed).findings).signature).toBe("failed");
  });

  it("attributes signed elsewhere do not pass as content", () => {
    const signedData = parseCms(signCms(request()));
    const { signedAttrs: _, signedAttrsRaw, ...info } = signedData.signerInfos[0] as SignerInfo;
    const forged = { ...signedData, eContent: signedAttrsRaw as Uint8Array, signerInfos: [info] };
    const { good, findings } = verifySignedData(forged);
    expect(good).toBe(false);
    expect(findings.find(({ id }) => id === "signature")?.detail).toMatch(/attributes of another message/);
  });
});

describe("verifySignedData", () => {
  const resigned = (signatureAlgorithm: object, sign?: SignatureAlgorithmName) => {
    const parts = parseObject(contentInfo, signCms(request()));
    const [info] = parts.content.signedData.signerInfos as [ParsedSignerInfo];
    const signature =
      sign === undefined
        ? info.signature
        : encodeEcdsaSignature(chain.signer.sign(encodeTlv(0x31, info.signedAttrs as Uint8Array), sign));
    const signedData = { ...parts.content.signedData, signerInfos: [{ ...info, signatureAlgorithm, signature }] };
    const { findings, departures, good } = verifySignedData(
      parseCms(encodeObject(contentInfo, { ...parts, content: { signedData } } as never)),
    );
    return { good, findings: notPassed(findings), codes: departures.map(({ code }) => code) };
  };

  it("fails for RSA with a key on a curve", () => {
    const rsa = { algorithm: "1.2.840.113549.1.1.11", parameters: Uint8Array.of(5, 0) };
    expect(resigned(rsa)).toEqual({ good: false, findings: { signature: "failed" }, codes: [] });
  });

  it("calls an algorithm that is not offered not checked, never good", () => {
    const findings = { algorithms: "notChecked", signature: "notChecked" };
    expect(resigned({ algorithm: "1.2.3" })).toEqual({ good: false, findings, codes: [] });
  });

  it("names content and attributes that are hashed differently", () => {
    const sha384 = { algorithm: "1.2.840.10045.4.3.3" };
    const codes = ["HASHES_DIFFER"];
    expect(resigned(sha384, "ECDSA-SHA384")).toEqual({ good: true, findings: { algorithms: "warning" }, codes });
    expect(resigned(sha384)).toEqual({ good: false, findings: { algorithms: "warning", signature: "failed" }, codes });
  });

  it("names the algorithm of the key where one of signatures is due", () => {
    const codes = ["OLD_ALGORITHM"];
    const findings = { algorithms: "warning" };
    expect(resigned({ algorithm: "1.2.840.10045.2.1" })).toEqual({ good: true, findings, codes });
  });

  it("fails a digest algorithm that is not announced, by name", () => {
    const { findings, departures } = verifySignedData({ ...parseCms(signCms(request())), digestAlgorithms: [] });
    expect(notPassed(findings)).toEqual({ algorithms: "failed" });
    expect(departures.map(({ code }) => code)).toEqual(["DIGEST_NOT_LISTED"]);
  });

  it("takes the certificate from the message, so its own word for trust is worth nothing", () => {
    const { certificate } = verifySignedData(parseCms(signCms(request())));
    const store = buildTrustStore({ cscas: [] });
    const { good, findings } = validateSignerPath(certificate as never, store, TODAY);
    expect(good).toBe(false);
    expect(findings.find(({ id }) => id === "cscaKnown")?.status).toBe("failed");
    expect(parseCertificate(certificate?.raw as Uint8Array).raw).toEqual(chain.certificate.raw);
  });
});
