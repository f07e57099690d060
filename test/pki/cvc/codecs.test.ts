import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { TERMINAL_RIGHTS } from "../../../src/card/terminal-rights.js";
import { CURVES } from "../../../src/crypto/curves.js";
import { EncodeError, MalformedError } from "../../../src/errors.js";
import { type CvCertificateBody, encodeCvCertificate, parseCvCertificate } from "../../../src/pki/cvc/certificate.js";
import { buildChat, chatContent, effectiveChat, grantedRights, rightsOf, roleOf } from "../../../src/pki/cvc/chat.js";
import { cvcDate } from "../../../src/pki/cvc/date.js";
import { curveOf, cvcPublicKey, domainParametersOf } from "../../../src/pki/cvc/public-key.js";
import { parseHolderReference, referenceText } from "../../../src/pki/cvc/reference.js";
import { encodeCvRequest, parseCvRequest } from "../../../src/pki/cvc/request.js";
import { TERMINAL_TYPES } from "../../../src/pki/cvc/terminal-types.js";
import type { Codec } from "../../../src/tlv/codec.js";
import { dataObject, encodeObject, parseObject } from "../../../src/tlv/file.js";
import { flipBit, thrownBy } from "../support.js";
import { vector } from "./support.js";

const written = <T>(codec: Codec<T>, value: T): string =>
  toHex(encodeObject(dataObject("x", 0x04, codec), value).subarray(2));
const read = <T>(codec: Codec<T>, hex: string): T =>
  parseObject(dataObject("x", 0x04, codec), Uint8Array.of(4, hex.length / 2, ...fromHex(hex)));

describe("dates", () => {
  it("are six digits, one a byte", () => {
    expect(written(cvcDate(), "2029-12-31")).toBe("020901020301");
    expect(read(cvcDate(), "020901020301")).toBe("2029-12-31");
    expect(read(cvcDate(), "020800020209")).toBe("2028-02-29");
  });

  it.each(["020900020209", "02090103000a", "020900000001", "0209010203", "f20901020301"])("%s is none", (hex) => {
    expect(() => read(cvcDate(), hex)).toThrow(MalformedError);
  });

  it.each(["1999-12-31", "2100-01-01", "2027-02-29", "2027-1-1", "", 20270101 as unknown as string])(
    "%j is not written",
    (text) => {
      expect(() => written(cvcDate(), text)).toThrow(EncodeError);
    },
  );
});

describe("references", () => {
  it("have three parts", () => {
    expect(parseHolderReference("DE0000071003G3")).toEqual({ country: "DE", mnemonic: "0000071", sequence: "003G3" });
    expect(parseHolderReference("UT00001")).toEqual({ country: "UT", mnemonic: "", sequence: "00001" });
    for (const text of ["UT0001", "ut00001", "UTABCDEFGHIJ00001", "UTDVabcde", "UT\u0007A00001"]) {
      expect(parseHolderReference(text), text).toBeUndefined();
    }
  });

  it("are ISO 8859-1 without control codes, 7 to 16 of them", () => {
    expect(written(referenceText(), "UTÄ00001")).toBe("5554c43030303031");
    expect(read(referenceText(), "5554c43030303031")).toBe("UTÄ00001");
    for (const bad of ["UT0001", "UT345678901234567", "UT\u000000001", "UT\u008500001", "UT€00001"]) {
      expect(() => written(referenceText(), bad), bad).toThrow(EncodeError);
    }
    for (const bad of ["555430303031", "55540030303031", "55548530303031", "55".repeat(17)]) {
      expect(() => read(referenceText(), bad), bad).toThrow(MalformedError);
    }
  });
});

describe("authorization templates", () => {
  const description = fc.constantFrom(...TERMINAL_TYPES).chain(({ name, rights }) =>
    fc.record({
      terminalType: fc.constant(name),
      role: fc.constantFrom("cvca" as const, "dvDomestic" as const, "dvForeign" as const, "terminal" as const),
      rights: fc.subarray([...rights]),
    }),
  );

  it("come out of their description and give it back; every bit has a name", () => {
    fc.assert(
      fc.property(description, (wanted) => {
        const chat = buildChat(wanted);
        expect(roleOf(chat)).toBe(wanted.role);
        expect(rightsOf(chat)).toEqual(wanted.rights);
        expect(grantedRights(chat)).toEqual(wanted.rights.filter((right) => !right.startsWith("rfu")));
      }),
    );
    for (const { rights, bytes } of TERMINAL_TYPES) expect(new Set(rights).size).toBe(bytes * 8 - 2);
  });

  it("name the same bits as the access rules of cards", () => {
    for (const [name, bit] of Object.entries(TERMINAL_RIGHTS)) {
      const [role, right] = name.split(".") as [string, string];
      expect(TERMINAL_TYPES[role === "inspection" ? 0 : 1]?.rights[bit], name).toBe(right);
    }
  });

  it("refuse what their tables do not have", () => {
    const base = { terminalType: "IS", role: "cvca", rights: ["readDg3"] } as const;
    expect(() => buildChat({ ...base, terminalType: "XX" as "IS" })).toThrow(RangeError);
    expect(() => buildChat({ ...base, role: "boss" as "cvca" })).toThrow(RangeError);
    expect(() => buildChat({ ...base, rights: ["readDg1"] })).toThrow(RangeError);
  });

  it("have the length of their type", () => {
    const chat = { oid: "0.4.0.127.0.7.3.1.2.1", authorization: Uint8Array.of(0xc3) };
    expect(written(chatContent, chat)).toBe("060904007f0007030102015301c3");
    expect(thrownBy(() => read(chatContent, "060904007f0007030102015302c300"))).toMatchObject({ code: "BAD_LENGTH" });
    expect(thrownBy(() => written(chatContent, { ...chat, authorization: Uint8Array.of(1, 2) }))).toBeInstanceOf(
      EncodeError,
    );
    // a type that is not known here has any length, and no rights by name
    expect(rightsOf(read(chatContent, "06022a03530200ff"))).toEqual([]);
  });

  it("are cut to what they share; of one type only", () => {
    const [is, st] = [TERMINAL_TYPES[0]?.oid as string, TERMINAL_TYPES[2]?.oid as string];
    const chat = (oid: string, bits: number) => ({ oid, authorization: Uint8Array.of(bits) });
    expect(effectiveChat(chat(is, 0x03), chat(is, 0xa1), chat(is, 0xe3)).authorization).toEqual(Uint8Array.of(0x01));
    expect(() => effectiveChat(chat(is, 3), chat(st, 3))).toThrow(RangeError);
    expect(() => effectiveChat()).toThrow(RangeError);
  });
});

describe("public keys", () => {
  it.each(CURVES.map((row) => [row.name, row] as const))("%s is known by its domain parameters", (_, row) => {
    const domain = domainParametersOf(row);
    expect(curveOf(domain)).toBe(row);
    expect([domain.p, domain.a, domain.b, domain.n].every(([first]) => first !== 0)).toBe(true);
    expect(curveOf({ ...domain, g: flipBit(domain.g, 100) })).toBeUndefined();
    expect(curveOf({ ...domain, h: Uint8Array.of(2) })).toBeUndefined();
  });

  it("state all domain parameters or none", () => {
    const base = "06022a03";
    expect(read(cvcPublicKey, `${base}860104`)).toMatchObject({ oid: "1.2.3", point: Uint8Array.of(4) });
    expect(read(cvcPublicKey, `${base}810105820103`)).toMatchObject({ modulus: Uint8Array.of(5) });
    for (const bad of [
      `${base}`,
      `${base}810105`,
      `${base}810105860104`,
      `${base}860104870101`,
      `${base}810105820103870101`,
    ]) {
      expect(() => read(cvcPublicKey, bad), bad).toThrow(MalformedError);
    }
    expect(() => read(cvcPublicKey, `${base}860104810105`)).toThrow(MalformedError);
  });
});

const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const key = fc.oneof(
  fc.record({ oid: fc.constant("0.4.0.127.0.7.2.2.2.2.3"), point: bytes(1, 133) }),
  fc.record({
    oid: fc.constant("1.2.3"),
    point: bytes(1, 133),
    domain: fc.record(
      { p: bytes(1, 66), a: bytes(1, 66), b: bytes(1, 66), g: bytes(1, 133), n: bytes(1, 66), h: bytes(1, 2) },
      { requiredKeys: ["p", "a", "b", "g", "n"] },
    ),
  }),
  fc.record({ oid: fc.constant("0.4.0.127.0.7.2.2.2.1.4"), modulus: bytes(1, 512), exponent: bytes(1, 4) }),
);
const reference = fc.stringMatching(/^[A-Z]{2}[\x20-\x7e\xa0-\xff]{0,9}[0-9A-Z]{5}$/);
const day = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const extensions = fc.array(
  fc.record(
    {
      oid: fc.constantFrom("1.2.3", "0.4.0.127.0.7.3.1.3.1"),
      objects: fc.constant([fromHex("8002cafe"), fromHex("8100")]),
    },
    { requiredKeys: ["oid"] },
  ),
  { minLength: 1, maxLength: 3 },
);

describe("certificates and requests of any content", () => {
  const body = fc.record(
    {
      profile: fc.constant(0),
      car: reference,
      publicKey: key,
      chr: reference,
      chat: bytes(5, 5).map((authorization) => ({ oid: "0.4.0.127.0.7.3.1.2.2", authorization })),
      effectiveDate: day,
      expirationDate: day,
      extensions,
    },
    { requiredKeys: ["profile", "car", "publicKey", "chr", "chat", "effectiveDate", "expirationDate"] },
  );

  it("are read as they were written, and written as they were read", () => {
    fc.assert(
      fc.property(body, bytes(1, 256), (fields, signature) => {
        const raw = encodeCvCertificate({ ...(fields as CvCertificateBody), signature });
        const parsed = parseCvCertificate(raw);
        expect(parsed).toMatchObject({ ...fields, signature });
        expect(encodeCvCertificate(parsed)).toEqual(raw);
        const { car, publicKey, chr } = fields as CvCertificateBody;
        const request = encodeCvRequest({ profile: 0, publicKey, chr, signature, outer: { car, signature } });
        expect(parseCvRequest(request)).toMatchObject({ publicKey, chr, signature, outer: { car, signature } });
        expect(encodeCvRequest(parseCvRequest(request))).toEqual(request);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["persosim-AT/at_cert_1.cvcert", parseCvCertificate],
    ["bc-UTIS00100072.csr", parseCvRequest],
  ] as const)("%s with any byte changed is read again or malformed, and nothing else", (file, parse) => {
    const original = vector(file);
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(original);
        changed[at] = (changed[at] as number) ^ by;
        try {
          parse(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 500 },
    );
    for (let length = 0; length < original.length; length++) {
      expect(() => parse(original.subarray(0, length))).toThrow(MalformedError);
    }
  });
});
