import { constants, generateKeyPairSync, sign } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { generateEcPrivateKey } from "../../../src/crypto/ecdsa.js";
import { CardwrightError, MalformedError } from "../../../src/errors.js";
import { CVC_ALGORITHMS } from "../../../src/pki/cvc/algorithms.js";
import { encodeCvCertificateBody, joinSigned, parseCvCertificate } from "../../../src/pki/cvc/certificate.js";
import { verifyCvcChain } from "../../../src/pki/cvc/chain.js";
import { createCvca, createCvcaLink } from "../../../src/pki/cvc/issue.js";
import { createCvRequest, issueFromCvRequest, verifyCvRequest } from "../../../src/pki/cvc/issue-request.js";
import { type CvcEcPublicKey, cvcPublicKeyFromSpki } from "../../../src/pki/cvc/public-key.js";
import { parseCvRequest } from "../../../src/pki/cvc/request.js";
import { verifyCvcSignature } from "../../../src/pki/cvc/verify.js";
import { memorySigner } from "../../../src/pki/signer.js";
import { flipBit, notPassed, thrownBy } from "../support.js";
import { chatOf, newCvca, newHolder, newTerminal, type Party } from "./support.js";

const SHA256 = "0.4.0.127.0.7.2.2.2.2.3";
const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "nothing",
    (error) => error,
  );

let cvca: Party;
let dv: Party;
beforeAll(async () => {
  cvca = await newCvca();
  dv = await newHolder(cvca);
});

describe("createCvca", () => {
  it.each([
    "P-256",
    "P-384",
    "P-521",
    "brainpoolP256r1",
    "brainpoolP320r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
  ] as const)("is self-signed, on %s", async (curve) => {
    const { certificate } = await newCvca({}, curve);
    expect(certificate.car).toBe(certificate.chr);
    expect((certificate.publicKey as CvcEcPublicKey).domain).toBeDefined();
    expect(verifyCvcSignature(certificate.publicKey, certificate.bodyRaw, certificate.signature)).toBe(true);
    expect(parseCvCertificate(certificate.raw)).toEqual(certificate);
  });

  it("signs with the algorithm that it is told", async () => {
    const signer = memorySigner(generateEcPrivateKey("P-256"));
    const holder = {
      chr: "UTCVCA00001",
      chat: chatOf("cvca"),
      effectiveDate: "2027-01-01",
      expirationDate: "2029-01-01",
    };
    const sha384 = await createCvca({ ...holder, signer, algorithm: "0.4.0.127.0.7.2.2.2.2.4" });
    expect(sha384.publicKey.oid).toBe("0.4.0.127.0.7.2.2.2.2.4");
    expect(verifyCvcSignature(sha384.publicKey, sha384.bodyRaw, sha384.signature)).toBe(true);
    const error = await rejected(createCvca({ ...holder, signer, algorithm: "0.4.0.127.0.7.2.2.2.2.1" }));
    expect(error).toMatchObject({ code: "ALGORITHM_UNSUPPORTED" });
    expect(await rejected(createCvca({ ...holder, signer, algorithm: "0.4.0.127.0.7.2.2.2.1.2" }))).toBeInstanceOf(
      RangeError,
    );
    expect(await rejected(createCvca({ ...holder, signer, algorithm: "1.2.3" }))).toBeInstanceOf(RangeError);
  });

  it.each([
    ["a reference without sequence", { chr: "UTCVCA" }],
    ["a reference in small letters", { chr: "utCVCA00001" }],
    ["another role", { chat: chatOf("terminal") }],
    ["a day that is none", { effectiveDate: "2027-02-30" }],
    ["an end before the beginning", { expirationDate: "2026-12-31" }],
  ])("refuses %s", async (_, overrides) => {
    expect(await rejected(newCvca(overrides))).toBeInstanceOf(RangeError);
  });

  it("refuses a signer whose signatures are not by its key", async () => {
    const [one, other] = [generateEcPrivateKey("P-256"), generateEcPrivateKey("P-256")].map((key) => memorySigner(key));
    if (one === undefined || other === undefined) throw new Error("no signers");
    const signer = { ...one, sign: other.sign };
    const holder = {
      chr: "UTCVCA00001",
      chat: chatOf("cvca"),
      effectiveDate: "2027-01-01",
      expirationDate: "2029-01-01",
    };
    expect(await rejected(createCvca({ ...holder, signer }))).toMatchObject({ code: "SIGNER_MISMATCH" });
  });
});

describe("issueCvCertificate", () => {
  it("states domain parameters with a CVCA's key only", async () => {
    const next = await newCvca({ chr: "UTCVCA00002" });
    const link = await createCvcaLink({ issuer: cvca, next: next.certificate });
    expect(link.publicKey).toEqual(next.certificate.publicKey);
    expect(link.car).toBe("UTCVCA00001");
    const terminal = await newTerminal(dv);
    for (const { publicKey } of [dv.certificate, terminal.certificate]) {
      expect((publicKey as CvcEcPublicKey).domain).toBeUndefined();
    }
  });

  it("carries extensions, and none as none", async () => {
    const extensions = [{ oid: "1.2.3", objects: [Uint8Array.of(0x80, 1, 7)] }];
    expect((await newTerminal(dv, { extensions })).certificate.extensions).toEqual(extensions);
    expect((await newTerminal(dv, { extensions: [] })).certificate.extensions).toBeUndefined();
  });

  it.each([
    ["a terminal by a CVCA", () => newTerminal(cvca)],
    ["a DV by a DV", () => newHolder(dv, { chr: "UTDV00002" })],
    ["another terminal type", () => newHolder(cvca, { chat: chatOf("dvDomestic", "AT") })],
    ["the issuer's own reference", () => newHolder(cvca, { chr: "UTCVCA00001" })],
    ["a day before the issuer's first", () => newHolder(cvca, { effectiveDate: "2026-12-31" })],
    [
      "a day after the issuer's last",
      () => newTerminal(dv, { effectiveDate: "2027-05-01", expirationDate: "2027-05-02" }),
    ],
    ["a key of another curve", () => newHolder(cvca, {}, "P-384")],
    ["a key of another curve of the same size", () => newHolder(cvca, {}, "brainpoolP256r1")],
    ["a link to what is not self-signed", () => createCvcaLink({ issuer: cvca, next: dv.certificate })],
  ])("refuses %s", async (_, issue) => {
    expect(await rejected(issue())).toBeInstanceOf(RangeError);
  });

  it("refuses a key for another algorithm", async () => {
    const { publicKey } = memorySigner(generateEcPrivateKey("P-256"));
    const key = cvcPublicKeyFromSpki(publicKey, "0.4.0.127.0.7.2.2.2.2.5");
    expect(await rejected(newHolder(cvca, { publicKey: key }))).toBeInstanceOf(RangeError);
  });

  it("refuses a signer that is not the issuer's", async () => {
    const issuer = { certificate: cvca.certificate, signer: dv.signer };
    expect(await rejected(newHolder(issuer))).toMatchObject({ code: "SIGNER_MISMATCH" });
  });

  it("does not lengthen what an issuer may: its chains verify", async () => {
    const terminal = await newTerminal(dv, { chat: chatOf("terminal", "IS", ["readDg3", "readEid"]) });
    const certificates = [dv.certificate, terminal.certificate];
    const report = verifyCvcChain({ trustPoints: [cvca.certificate], certificates, currentDate: "2027-01-01" });
    expect(report.authorization?.rights).toEqual(["readDg3"]);
  });
});

describe("requests", () => {
  const signer = memorySigner(generateEcPrivateKey("P-256"));
  const holder = { chat: chatOf("dvDomestic"), effectiveDate: "2027-02-01", expirationDate: "2027-04-30" };

  it("become certificates", async () => {
    const request = await createCvRequest({ signer, chr: "UTDV00002", car: "UTCVCA00001" });
    expect(parseCvRequest(request.raw)).toEqual(request);
    expect(notPassed(verifyCvRequest(request))).toEqual({ outerSignature: "notChecked" });
    const certificate = await issueFromCvRequest({ issuer: cvca, request, holder });
    expect(certificate).toMatchObject({ chr: "UTDV00002", car: "UTCVCA00001" });
    const chain = { trustPoints: [cvca.certificate], certificates: [certificate], currentDate: "2027-01-01" };
    expect(verifyCvcChain(chain).accepted).toBe(true);
  });

  it("hand on their extensions unless the authority states others", async () => {
    const extensions = [{ oid: "1.2.3", objects: [Uint8Array.of(0x80, 1, 7)] }];
    const request = await createCvRequest({ signer, chr: "UTDV00002", extensions });
    expect((await issueFromCvRequest({ issuer: cvca, request, holder })).extensions).toEqual(extensions);
    const none = await issueFromCvRequest({ issuer: cvca, request, holder: { ...holder, extensions: [] } });
    expect(none.extensions).toBeUndefined();
  });

  it("are vouched for by an outer signature", async () => {
    const outer = { car: "UTDV00001", signer: dv.signer };
    const request = await createCvRequest({ signer, chr: "UTDV00002", outer });
    const before = cvcPublicKeyFromSpki(dv.signer.publicKey, SHA256);
    expect(parseCvRequest(request.raw)).toEqual(request);
    expect(notPassed(verifyCvRequest(request, before))).toEqual({});
    expect(notPassed(verifyCvRequest(request))).toEqual({ outerSignature: "notChecked" });
    expect(notPassed(verifyCvRequest(request, cvca.certificate.publicKey))).toEqual({ outerSignature: "failed" });
    // a key without domain parameters verifies nothing
    expect(notPassed(verifyCvRequest(request, dv.certificate.publicKey))).toEqual({ outerSignature: "notChecked" });
    for (let bit = 0; bit < request.raw.length * 8; bit += 5) {
      const changed = flipBit(request.raw, bit);
      let parsed: ReturnType<typeof parseCvRequest>;
      try {
        parsed = parseCvRequest(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
        continue;
      }
      expect(notPassed(verifyCvRequest(parsed, before)).outerSignature, `bit ${bit}`).toBe("failed");
    }
  });

  it("are refused with a bad inner signature, and without domain parameters", async () => {
    const request = await createCvRequest({ signer, chr: "UTDV00002" });
    const bad = parseCvRequest(flipBit(request.raw, request.raw.length * 8 - 1));
    expect(notPassed(verifyCvRequest(bad))).toMatchObject({ innerSignature: "failed" });
    expect(await rejected(issueFromCvRequest({ issuer: cvca, request: bad, holder }))).toMatchObject({
      code: "REQUEST_INVALID",
    });
    const { oid, point } = request.publicKey as CvcEcPublicKey;
    const short = { ...request, publicKey: { oid, point } };
    expect(notPassed(verifyCvRequest(short))).toMatchObject({ publicKey: "failed", innerSignature: "notChecked" });
    expect(notPassed(verifyCvRequest({ ...request, chr: "nobody" }))).toMatchObject({ holderReference: "warning" });
  });

  it("are not made with references that are none", async () => {
    expect(await rejected(createCvRequest({ signer, chr: "UT" }))).toBeInstanceOf(RangeError);
    expect(await rejected(createCvRequest({ signer, chr: "UTDV00002", car: "x" }))).toBeInstanceOf(RangeError);
    const outer = { car: "x", signer };
    expect(await rejected(createCvRequest({ signer, chr: "UTDV00002", outer }))).toBeInstanceOf(RangeError);
  });
});

/** OpenSSL signs; what is checked is the reading of algorithm, modulus, exponent and padding. */
describe("RSA", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const [modulus, exponent] = [jwk.n, jwk.e].map((text) => new Uint8Array(Buffer.from(text as string, "base64url")));
  if (modulus === undefined || exponent === undefined) throw new Error("no key");
  const rows = CVC_ALGORITHMS.filter(({ family }) => family !== "ECDSA");

  it.each(rows.map((row) => [row.name, row] as const))("%s verifies a chain", (_, row) => {
    const padding = row.family === "RSA-PSS" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const signed = (fields: object) => {
      const bodyRaw = encodeCvCertificateBody({
        profile: 0,
        car: "UTCVCA00001",
        publicKey: { oid: row.oid, modulus, exponent },
        effectiveDate: "2027-01-01",
        expirationDate: "2027-12-31",
        chr: "UTCVCA00001",
        chat: chatOf("cvca"),
        ...fields,
      });
      const options = { key: privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return parseCvCertificate(joinSigned(bodyRaw, sign(row.hash.replace("-", ""), bodyRaw, options)));
    };
    const root = signed({});
    const issuer = signed({ chr: "UTDV00001", chat: chatOf("dvDomestic") });
    const chain = { trustPoints: [root], certificates: [issuer], currentDate: "2027-01-01" };
    const [found] = verifyCvcChain(chain).certificates;
    expect(found?.accepted).toBe(true);
    expect(notPassed(found?.findings ?? [])).toEqual(row.hash === "SHA-1" ? { publicKey: "warning" } : {});
    const last = parseCvCertificate(flipBit(issuer.raw, issuer.raw.length * 8 - 1));
    expect(verifyCvcChain({ ...chain, certificates: [last] }).accepted).toBe(false);
    // the other algorithms of the same key do not take it
    for (const other of rows.filter(({ oid }) => oid !== row.oid)) {
      const key = { oid: other.oid, modulus, exponent };
      expect(verifyCvcSignature(key, issuer.bodyRaw, issuer.signature), other.name).toBe(false);
    }
  });

  it("an unusable modulus verifies nothing", () => {
    const key = { oid: "0.4.0.127.0.7.2.2.2.1.4", modulus: Uint8Array.of(15), exponent };
    expect(verifyCvcSignature(key, modulus, modulus)).toBe(false);
    expect(verifyCvcSignature({ ...key, oid: SHA256 }, modulus, modulus)).toBeUndefined();
  });

  it("is taken from a SubjectPublicKeyInfo, for algorithms of its kind", () => {
    const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
    expect(cvcPublicKeyFromSpki(spki, "0.4.0.127.0.7.2.2.2.1.4")).toEqual({
      oid: "0.4.0.127.0.7.2.2.2.1.4",
      modulus,
      exponent,
    });
    expect(() => cvcPublicKeyFromSpki(spki, SHA256)).toThrow(RangeError);
    expect(thrownBy(() => cvcPublicKeyFromSpki(spki, "1.2.3"))).not.toBeInstanceOf(CardwrightError);
  });
});
