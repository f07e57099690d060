import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeAuthenticationChip } from "../../../src/access/active-authentication/chip.js";
import {
  buildRepresentative,
  complement,
  openRepresentative,
} from "../../../src/access/active-authentication/iso9796.js";
import {
  verifyActiveAuthentication,
  verifyActiveAuthenticationEvidence,
} from "../../../src/access/active-authentication/shared.js";
import { askActiveAuthentication } from "../../../src/access/active-authentication/terminal.js";
import { type CommandApdu, encodeCommand, parseCommand, parseResponse } from "../../../src/apdu/apdu.js";
import { secured } from "../../../src/apdu/session.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { fromBigInt, toBigInt } from "../../../src/crypto/bigint.js";
import { generateEcPrivateKey } from "../../../src/crypto/ecdsa.js";
import { HASHES } from "../../../src/crypto/hash.js";
import { sha1 } from "../../../src/crypto/legacy/sha1.js";
import type { AnyHashName } from "../../../src/crypto/primitives.js";
import type { RsaPrivateKey } from "../../../src/crypto/rsa.js";
import { rsaSignRepresentative } from "../../../src/crypto/rsa-representative.js";
import { dg14 } from "../../../src/lds/dg14.js";
import { buildSecurityInfo } from "../../../src/lds/security-infos.js";
import { encodeEcdsaSignature } from "../../../src/pki/ecdsa-signature.js";
import { parsePkcs8 } from "../../../src/pki/pkcs8.js";
import { encodeRsaSpki, encodeSpki } from "../../../src/pki/public-key.js";
import { openChipSession } from "../../../src/sm/chip.js";
import { openTerminalSession } from "../../../src/sm/terminal.js";
import { encodeTlv } from "../../../src/tlv/ber.js";
import { encodeFile } from "../../../src/tlv/file.js";

/** Reads values of a vector by name. */
function vector(file: string): (name: string) => string {
  const url = new URL(`../../vectors/icao9303/${file}.json`, import.meta.url);
  const values = JSON.parse(readFileSync(url, "utf8")) as Record<string, string>;
  return (name) => values[name] as string;
}
const F = vector("active-authentication-example-F");
const BC = vector("active-authentication-rsa1024-bc");
const SM = vector("active-authentication-sm-3des");
const hex = (source: (name: string) => string, name: string) => fromHex(source(name));
const dg15Of = (spki: Uint8Array) => encodeTlv(0x6f, spki);

function rsaKey(bits: number): RsaPrivateKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return parsePkcs8(new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }))) as RsaPrivateKey;
}

describe("ISO 9796-2 against published vectors", () => {
  it("ICAO 9303-11 appendix F: the representative, made and opened", () => {
    const f = buildRepresentative(1024, "SHA-1", hex(F, "rnd_ifd"), (length) => {
      expect(length).toBe(106);
      return hex(F, "m1");
    });
    expect(toHex(f)).toBe(F("f"));
    expect(openRepresentative(hex(F, "f"), 1024, hex(F, "rnd_ifd"))).toEqual({
      hash: "SHA-1",
      trailer: fromHex("bc"),
      m1: hex(F, "m1"),
    });
    const exchange = askActiveAuthentication(new Uint8Array(0), { challenge: hex(F, "rnd_ifd") });
    expect(toHex(encodeCommand(exchange.next().value as CommandApdu)).toUpperCase()).toBe(F("internal_authenticate"));
  });

  it("RSA-1024 with SHA-1", () => {
    const dg15 = dg15Of(hex(BC, "public_key_spki"));
    const result = verifyActiveAuthentication(dg15, undefined, hex(BC, "rnd_ifd"), hex(BC, "signature"));
    expect(result).toMatchObject({ good: true, hash: "SHA-1", departures: [], detail: "RSA-1024, ISO 9796-2, SHA-1" });
    expect(toHex(result.m1 as Uint8Array)).toBe(BC("m1"));
  });

  it("a real chip under 3DES secure messaging, RSA-1792 with SHA-256, byte for byte", () => {
    const session = openTerminalSession({
      suite: "3DES",
      ksEnc: hex(SM, "ks_enc"),
      ksMac: hex(SM, "ks_mac"),
      ssc: hex(SM, "ssc"),
    });
    const exchange = secured(session, askActiveAuthentication(hex(SM, "dg15"), { challenge: hex(SM, "rnd_ifd") }));
    const first = exchange.next().value as CommandApdu;
    expect(toHex(encodeCommand(first))).toBe(SM("protected"));
    const last = exchange.next(parseResponse(hex(SM, "response")));
    if (!last.done) throw new Error("it goes on");
    expect(last.value).toMatchObject({ algorithm: "RSA-1792", challengeBy: "verifier" });
    const { challenge, response } = last.value;
    const result = verifyActiveAuthentication(hex(SM, "dg15"), undefined, challenge, response);
    expect(result).toMatchObject({ good: true, hash: "SHA-256" });
    expect(toHex(result.m1 as Uint8Array)).toBe(SM("m1"));
    const finding = verifyActiveAuthenticationEvidence(last.value, { dg15: hex(SM, "dg15") });
    expect(finding).toMatchObject({ id: "chip.activeAuthentication", status: "passed" });
    expect(finding.message).toContain("whoever chose the challenge");
  });

  it("refuses them with any byte of challenge or answer changed", () => {
    const dg15 = dg15Of(hex(BC, "public_key_spki"));
    const check = (challenge: Uint8Array, signature: Uint8Array) =>
      verifyActiveAuthentication(dg15, undefined, challenge, signature).good;
    for (let at = 0; at < 136; at++) {
      const [challenge, signature] = [hex(BC, "rnd_ifd"), hex(BC, "signature")];
      const [bytes, i] = at < 8 ? [challenge, at] : [signature, at - 8];
      bytes[i] = (bytes[i] as number) ^ (1 << (at & 7));
      expect(check(challenge, signature)).toBe(false);
    }
    expect(check(hex(BC, "rnd_ifd"), hex(BC, "signature").subarray(1))).toBe(false);
    expect(check(new Uint8Array(7), hex(BC, "signature"))).toBe(false);
    expect(check(hex(BC, "rnd_ifd"), new Uint8Array(128).fill(0xff))).toBe(false);
  });
});

describe("the length asked for", () => {
  const suites = [
    { suite: "3DES", keys: 16, block: 8 },
    { suite: "AES-128", keys: 16, block: 16 },
  ] as const;
  const dg15For = (bits: number) => {
    const modulus = encodeTlv(0x02, fromHex(`00${"ff".repeat(bits / 8)}`));
    const key = encodeTlv(0x03, Uint8Array.of(0), encodeTlv(0x30, modulus, fromHex("0203010001")));
    return dg15Of(encodeTlv(0x30, fromHex("300d06092a864886f70d0101010500"), key));
  };
  const neFor = (bits: number, protection?: 0 | 8 | 16) =>
    (askActiveAuthentication(dg15For(bits), protection === undefined ? {} : { protection }).next().value as CommandApdu)
      .ne;

  it.each([
    [1784, 256, 256, 256],
    [1792, 256, 256, 65_536],
    [1848, 256, 256, 65_536],
    [1856, 256, 65_536, 65_536],
    [2048, 256, 65_536, 65_536],
    [2056, 65_536, 65_536, 65_536],
  ])("RSA-%i: %i in the clear, %i under 3DES, %i under AES", (bits, clear, des, aes) => {
    expect([neFor(bits, 0), neFor(bits, 8), neFor(bits, 16)]).toEqual([clear, des, aes]);
    expect(neFor(bits)).toBe(des);
  });

  it.each(suites)("has room for the protected answer of every key, and is no longer than it must be: $suite", (row) => {
    for (let bits = 1024; bits <= 2304; bits += 8) {
      const size = bits / 8;
      const parameters = () => ({
        suite: row.suite,
        ksEnc: Uint8Array.from({ length: row.keys }, (_, i) => i + 1),
        ksMac: Uint8Array.from({ length: row.keys }, (_, i) => 2 * i + 3),
        ssc: new Uint8Array(row.block),
      });
      const [terminal, chip] = [openTerminalSession(parameters()), openChipSession(parameters())];
      const command = askActiveAuthentication(dg15For(bits), { protection: row.block }).next().value as CommandApdu;
      const wire = terminal.wrap(command);
      chip.unwrap(wire);
      const { data } = chip.wrap({ data: new Uint8Array(size), sw: 0x9000 });
      expect(data.length).toBeLessThanOrEqual(wire.ne);
      expect(wire.ne).toBe(data.length <= 256 ? 256 : 65_536);
    }
  });
});

describe("representatives", () => {
  const hashes: AnyHashName[] = ["SHA-1", ...HASHES.map(({ name }) => name)];

  it("open for every hash function and length of modulus, and for no other challenge", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...hashes),
        fc.integer({ min: 1024, max: 1100 }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.infiniteStream(fc.nat(255)),
        (hash, bits, challenge, stream) => {
          const random = (length: number) => Uint8Array.from({ length }, () => stream.next().value as number);
          const f = buildRepresentative(bits, hash, challenge, random);
          // 01 in the two highest bits: below any modulus of that length
          expect(toBigInt(f) >> BigInt(bits - 2)).toBe(1n);
          const opened = openRepresentative(f, bits, challenge);
          expect(opened?.hash).toBe(hash);
          const other = challenge.slice();
          other[0] = (other[0] as number) ^ 1;
          expect(openRepresentative(f, bits, other)).toBeUndefined();
        },
      ),
    );
  });

  it("open with the other trailer of SHA-1, and with padding", () => {
    const challenge = fromHex("0102030405060708");
    const digest = (m1: string) => toHex(sha1(fromHex(m1 + toHex(challenge))));
    const m1 = "aa".repeat(50);
    const padded = (front: string, trailer: string, size: number) => {
      const rest = `${m1}${digest(m1)}${trailer}`;
      const fill = size - rest.length / 2 - front.length / 2 - 1;
      return fromHex(`${front}${"bb".repeat(fill)}ba${rest}`);
    };
    expect(openRepresentative(padded("6b", "33cc", 128), 1024, challenge)?.hash).toBe("SHA-1");
    expect(toHex(openRepresentative(padded("6b", "bc", 128), 1024, challenge)?.m1 as Uint8Array)).toBe(m1);
    expect(openRepresentative(padded("06", "bc", 129), 1028, challenge)?.hash).toBe("SHA-1");
    expect(openRepresentative(padded("4b", "bc", 128), 1024, challenge)).toBeUndefined(); // no partial recovery
    expect(openRepresentative(padded("6b", "37cc", 128), 1024, challenge)).toBeUndefined(); // no such hash function
    expect(openRepresentative(padded("6c", "bc", 128), 1024, challenge)).toBeUndefined();
  });
});

describe("terminal and chip", () => {
  it.each([
    [2048, "SHA-256"],
    [2048, "SHA-1"],
    [2048, "SHA-384"],
    [2052, "SHA-224"],
    [2055, "SHA-512"],
  ] as const)("agree with RSA-%i and %s, and with n - s for s", (bits, hash) => {
    const key = rsaKey(bits);
    const dg15 = dg15Of(encodeRsaSpki(key));
    const exchange = askActiveAuthentication(dg15);
    const command = parseCommand(encodeCommand(exchange.next().value as CommandApdu));
    const last = exchange.next(activeAuthenticationChip(command, { key, hash }) as { data: Uint8Array; sw: number });
    if (!last.done) throw new Error("it goes on");
    const { challenge, response, challengeBy } = last.value;
    expect(challengeBy).toBe("terminal");
    expect(verifyActiveAuthentication(dg15, undefined, challenge, response)).toMatchObject({ good: true, hash });
    const other = complement(key.modulus, response);
    expect(toBigInt(other)).toBe(toBigInt(key.modulus) - toBigInt(response));
    expect(verifyActiveAuthentication(dg15, undefined, challenge, other).good).toBe(true);
    expect(verifyActiveAuthenticationEvidence(last.value, { dg15 }).message).toContain("the terminal alone");
  });

  it("takes the trailer 33CC for SHA-1 as a departure by name", () => {
    const key = rsaKey(2048);
    const challenge = fromHex("0102030405060708");
    const f = buildRepresentative(2048, "SHA-1", challenge, (length) => new Uint8Array(length));
    const m1 = new Uint8Array(256 - 1 - 20 - 2);
    const digest = sha1(Uint8Array.from([...m1, ...challenge]));
    f.set([0x6a, ...m1, ...digest, 0x33, 0xcc]);
    const response = rsaSignRepresentative(key, f);
    const dg15 = dg15Of(encodeRsaSpki(key));
    const result = verifyActiveAuthentication(dg15, undefined, challenge, response);
    expect(result).toMatchObject({ good: true, departures: ["trailer"] });
    const evidence = { challenge, response, algorithm: "RSA-2048", challengeBy: "verifier" } as const;
    expect(verifyActiveAuthenticationEvidence(evidence, { dg15 })).toMatchObject({
      status: "warning",
      message: expect.stringContaining("has to compare it"),
    });
    expect(verifyActiveAuthenticationEvidence(evidence, { dg15 }, challenge.slice())).toMatchObject({
      status: "warning",
      message: expect.stringContaining("it convinces you"),
    });
    // A recording: signed well, and over what somebody else chose.
    const others = [fromHex("0102030405060709"), new Uint8Array(0), fromHex("01020304050607")];
    for (const chosen of others) {
      const finding = verifyActiveAuthenticationEvidence(evidence, { dg15 }, chosen);
      expect(finding).toMatchObject({ status: "failed", message: expect.stringContaining("a recording") });
    }
  });

  it("rsaSignRepresentative refuses what is not below the modulus", () => {
    const key = rsaKey(2048);
    expect(() => rsaSignRepresentative(key, key.modulus)).toThrow(RangeError);
    const m = fromBigInt(2n, 256);
    const e = toBigInt(key.publicExponent);
    expect(e).toBe(65_537n);
    expect(toHex(rsaSignRepresentative(key, m))).not.toBe(toHex(m));
  });

  const dg14Of = (signatureAlgorithm: string) =>
    encodeFile(dg14, {
      securityInfos: [
        buildSecurityInfo({
          kind: "activeAuthenticationInfo",
          protocol: "2.23.136.1.1.5",
          version: 1,
          signatureAlgorithm,
        }),
      ],
    });
  const PLAIN = "0.4.0.127.0.7.1.1.4.1.";

  it.each([
    ["P-256", "SHA-256", 3],
    ["brainpoolP384r1", "SHA-384", 4],
    ["P-521", "SHA-512", 5],
    ["P-224", "SHA-224", 2],
  ] as const)("agree with ECDSA on %s and %s, plain and DER", (curve, hash, last) => {
    const key = generateEcPrivateKey(curve);
    const dg15 = dg15Of(encodeSpki(curve, key.point));
    const exchange = askActiveAuthentication(dg15);
    const command = exchange.next().value as CommandApdu;
    const done = exchange.next(activeAuthenticationChip(command, { key, hash }) as { data: Uint8Array; sw: number });
    if (!done.done) throw new Error("it goes on");
    const { challenge, response } = done.value;
    const files = dg14Of(`${PLAIN}${last}`);
    expect(verifyActiveAuthentication(dg15, files, challenge, response)).toMatchObject({
      good: true,
      hash,
      departures: [],
    });
    const der = encodeEcdsaSignature(response);
    expect(verifyActiveAuthentication(dg15, files, challenge, der)).toMatchObject({
      good: true,
      departures: ["signatureInDer"],
    });
    expect(verifyActiveAuthentication(dg15, undefined, challenge, response)).toMatchObject({
      good: true,
      hash,
      departures: ["hashNotStated"],
    });
    // another hash function than the one stated
    const wrong = last === 3 ? 4 : 3;
    expect(verifyActiveAuthentication(dg15, dg14Of(`${PLAIN}${wrong}`), challenge, response).good).toBe(false);
    expect(verifyActiveAuthentication(dg15, dg14Of(`${PLAIN}6`), challenge, response).good).toBeUndefined();
    for (const bad of [der.subarray(1), response.subarray(1), new Uint8Array(response.length), new Uint8Array(0)]) {
      expect(verifyActiveAuthentication(dg15, files, challenge, bad).good).toBe(false);
    }
  });

  it("says what could not be checked, and never throws", () => {
    const challenge = new Uint8Array(8);
    const unread = { challenge, response: challenge, algorithm: "unknown", challengeBy: "terminal" } as const;
    expect(verifyActiveAuthenticationEvidence(undefined, { dg15: undefined }).status).toBe("notChecked");
    expect(verifyActiveAuthenticationEvidence(unread, { dg15: undefined }).status).toBe("notChecked");
    expect(verifyActiveAuthenticationEvidence(unread, { dg15: fromHex("6f00") }).status).toBe("failed");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (bytes, response) => {
        const key = generateEcOnce();
        expect(verifyActiveAuthentication(bytes, bytes, challenge, response).good).not.toBe(true);
        expect(verifyActiveAuthentication(key, bytes, challenge, response).good).not.toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("the chip takes 8 bytes and nothing else", () => {
    const key = generateEcPrivateKey("P-256");
    const held = { key, hash: "SHA-256" } as const;
    const command = (data: string, ne = 256, p1 = 0): CommandApdu => ({
      cla: 0,
      ins: 0x88,
      p1,
      p2: 0,
      data: fromHex(data),
      ne,
    });
    expect(activeAuthenticationChip(command("00".repeat(7)), held)?.sw).toBe(0x6700);
    expect(activeAuthenticationChip(command("00".repeat(8), 10), held)?.sw).toBe(0x6700);
    expect(activeAuthenticationChip(command("00".repeat(8), 256, 1), held)?.sw).toBe(0x6a86);
    expect(activeAuthenticationChip({ ...command("00"), ins: 0xb0 }, held)).toBeUndefined();
  });

  it("a refusal of the chip is no verdict", () => {
    const exchange = askActiveAuthentication(dg15Of(hex(BC, "public_key_spki")));
    exchange.next();
    expect(() => exchange.next({ data: new Uint8Array(0), sw: 0x6d00 })).toThrow(
      expect.objectContaining({ code: "UNEXPECTED_STATUS" }),
    );
    expect(() => askActiveAuthentication(new Uint8Array(0), { challenge: new Uint8Array(7) }).next()).toThrow(
      RangeError,
    );
  });
});

let known: Uint8Array | undefined;
function generateEcOnce(): Uint8Array {
  known ??= dg15Of(encodeSpki("P-256", generateEcPrivateKey("P-256").point));
  return known;
}
