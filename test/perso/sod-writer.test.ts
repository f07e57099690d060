import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { HASHES, hash } from "../../src/crypto/hash.js";
import { efSod, ID_LDS_SECURITY_OBJECT, ldsSecurityObject } from "../../src/lds/security-object.js";
import { signSecurityObject, sodWriter } from "../../src/perso/security-object.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { parseCms } from "../../src/pki/cms.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { issueCsca } from "../../src/pki/issue/csca.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { memorySigner, type Signer, type SyncSigner } from "../../src/pki/signer.js";
import { encodeFile, encodeObject, parseFile } from "../../src/tlv/file.js";

const AT = new Date("2026-11-25T00:00:00Z");
const years = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2030-01-01T00:00:00Z") };
const common = {
  ...years,
  privateKeyUsage: years,
  contact: "a@b.example",
  crlDistributionPoints: ["https://b.example/"],
};

let signer: SyncSigner;
let certificate: Uint8Array;

beforeAll(async () => {
  const cscaSigner = memorySigner(generateEcPrivateKey("P-256"));
  const csca = await issueCsca({
    ...common,
    country: "UT",
    countryCode3: "UTO",
    commonName: "CSCA",
    signer: cscaSigner,
  });
  signer = memorySigner(generateEcPrivateKey("P-256"));
  certificate = await issueDocumentSigner({
    ...common,
    commonName: "DS",
    publicKey: signer.publicKey,
    issuer: { certificate: csca, signer: cscaSigner },
    documentTypes: ["I"],
  });
});

const groupsOf = (contents: readonly Uint8Array[]) => ({
  documentNumber: "X",
  com: new Uint8Array(0),
  notes: [],
  groups: contents.map((content, i) => ({ number: [1, 2, 11, 12][i] as 1, content })),
});

/** EF.SOD without a template, by the encoders alone. */
function plainly(contents: readonly Uint8Array[], by: SyncSigner): Uint8Array {
  const content = encodeObject(ldsSecurityObject, {
    version: 1,
    hashAlgorithm: { algorithm: HASHES.find((row) => row.name === "SHA-256")?.oid as string },
    dataGroupHashValues: contents.map((bytes, i) => ({
      dataGroupNumber: [1, 2, 11, 12][i] as number,
      dataGroupHashValue: hash("SHA-256", bytes),
    })),
    ldsVersionInfo: { ldsVersion: "0108", unicodeVersion: "040000" },
  });
  return encodeFile(efSod, signCms({ content, contentType: ID_LDS_SECURITY_OBJECT, signer: by, certificate, at: AT }));
}

const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 4, maxLength: 4 });
/** r‖s of all lengths that DER gives them. */
const rs = fc.tuple(fc.nat(4), fc.nat(4), fc.uint8Array({ minLength: 64, maxLength: 64 })).map(([a, b, bytes]) => {
  bytes.fill(0, 0, a);
  bytes.fill(0, 32, 32 + b);
  bytes[31] = 1;
  bytes[63] = 1;
  return bytes;
});

describe("SodWriter", () => {
  it("gives what the encoders give, for every length of the signature, once and again", () => {
    fc.assert(
      fc.property(contents, rs, (files, signature) => {
        const fixed: SyncSigner = { ...signer, sign: () => signature };
        const plain = plainly(files, fixed);
        // one writer for the whole test: its templates are used again and again
        const writer = sodWriter(emrtd, { signer: lastSigner, certificate }, [1, 2, 11, 12]);
        next = signature;
        expect(writer.sign(writer.prepare(files, AT))).toEqual(plain);
        const room = new Uint8Array(plain.length + 100).fill(0xee);
        expect(writer.signInto(writer.prepare(files, AT), room, room.length - 7)).toBe(93);
        expect(room.subarray(93, 93 + plain.length)).toEqual(plain);
        expect(room.subarray(0, 93).every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("signs what verifies, card after card", () => {
    for (let i = 0; i < 5; i++) {
      const files = [Uint8Array.of(i), Uint8Array.of(i, i), Uint8Array.of(3), Uint8Array.of(4)];
      const sod = signSecurityObject(groupsOf(files), emrtd, { signer, certificate }, AT);
      expect(verifySignedData(parseCms(parseFile(efSod, sod))).good).toBe(true);
    }
  });

  it("keeps concurrent cards apart when the signer answers late", async () => {
    const late: Signer = {
      ...signer,
      sign: async (message, algorithm) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        return signer.sign(message, algorithm);
      },
    };
    const cards = Array.from({ length: 8 }, (_, i) => [1, 2, 3, 4].map((n) => Uint8Array.of(i, n)));
    const parsed = parseCertificate(certificate);
    const sods = await Promise.all(
      cards.map((files) => signSecurityObject(groupsOf(files), emrtd, { signer: late, certificate: parsed }, AT)),
    );
    for (const [i, sod] of sods.entries()) {
      const cms = parseCms(parseFile(efSod, sod));
      expect(verifySignedData(cms).good).toBe(true);
      expect(cms.eContent).toEqual(parseCms(parseFile(efSod, plainly(cards[i] as Uint8Array[], signer))).eContent);
    }
  });

  it("refuses a signer out of its time, another one's certificate, a wrong number of files, DER for r‖s, no room", () => {
    const files = [1, 2, 3, 4].map((n) => Uint8Array.of(n));
    const writer = sodWriter(emrtd, { signer, certificate }, [1, 2, 11, 12]);
    expect(() => writer.prepare(files, new Date("2031-01-01T00:00:00Z"))).toThrow(/may sign until/);
    expect(() => writer.prepare(files, new Date("2025-01-01T00:00:00Z"))).toThrow(/may sign from/);
    expect(() => writer.prepare(files.slice(1), AT)).toThrow(RangeError);
    expect(() => writer.signInto(writer.prepare(files, AT), new Uint8Array(100), 100)).toThrow(RangeError);
    const other = memorySigner(generateEcPrivateKey("P-256"));
    expect(() => sodWriter(emrtd, { signer: other, certificate }, [1, 2])).toThrow(/another key/);
    const der: SyncSigner = { ...signer, sign: () => new Uint8Array(70).fill(1) };
    const bad = sodWriter(emrtd, { signer: der, certificate: certificate.slice() }, [1, 2, 11, 12]);
    expect(() => bad.sign(bad.prepare(files, AT))).toThrow(/r‖s of its curve has 64/);
  });
});

let next: Uint8Array = new Uint8Array(64).fill(1);
const lastSigner = {
  get publicKey() {
    return signer.publicKey;
  },
  get algorithms() {
    return signer.algorithms;
  },
  sign: () => next,
} as SyncSigner;
