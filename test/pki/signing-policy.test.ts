import { beforeAll, describe, expect, it } from "vitest";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { memorySignatureCounter, type SignatureCounter } from "../../src/pki/signature-counter.js";
import { memorySigner, type Signer } from "../../src/pki/signer.js";
import { type RotaKey, signerRota } from "../../src/pki/signer-rota.js";
import { policySigner, type SigningPolicy } from "../../src/pki/signing-policy.js";
import { signerConformance } from "./signer-conformance.js";
import { type Chain, date, issueChain, newSigner, SIGNER_SUBJECT, TODAY, thrownBy } from "./support.js";

const MESSAGE = new TextEncoder().encode("a security object");
let chain: Chain;
beforeAll(async () => {
  chain = await issueChain();
});

const policy = (over: Partial<SigningPolicy> = {}): SigningPolicy => ({
  signer: chain.signer,
  certificate: chain.certificate,
  maxSignatures: 1000,
  counter: memorySignatureCounter(),
  now: () => TODAY,
  ...over,
});
const sign = (signer: Signer) => signer.sign(MESSAGE, "ECDSA-SHA256");
const count = (signer: Signer): number => {
  for (let i = 0; ; i++) {
    try {
      sign(signer);
    } catch (error) {
      expect(error).toMatchObject({ code: "SIGNER_LIMIT_REACHED" });
      return i;
    }
  }
};
/** A counter that answers later, and can be made to fail. */
const slowCounter = (): SignatureCounter & { failing: boolean; calls: number[] } => {
  const inner = memorySignatureCounter();
  return {
    failing: false,
    calls: [],
    async reserve(key, number) {
      await Promise.resolve();
      if (this.failing) throw new Error("disk full");
      this.calls.push(number);
      return inner.reserve(key, number);
    },
  };
};

describe("policySigner", () => {
  it("signs at once over a signer and a counter that do, and gives what it was given", () => {
    const signer = policySigner(policy());
    expect(sign(signer)).toBeInstanceOf(Uint8Array);
    expect([signer.publicKey, signer.algorithms]).toEqual([chain.signer.publicKey, chain.signer.algorithms]);
    expect(signer.certificate).toBe(chain.certificate);
  });

  signerConformance("policySigner over a counter that answers later", async () =>
    policySigner({ ...policy({ counter: slowCounter(), reserveAhead: 7 }), ...(await withSigner(chain)) }),
  );

  it.each([
    ["2025-12-31T23:59:59", "SIGNER_NOT_YET_VALID"],
    ["2027-01-01T00:00:00", "SIGNER_EXPIRED"],
    ["2038-01-01T00:00:00", "SIGNER_EXPIRED"],
  ])("refuses outside the private-key usage period, at %s, and uses up nothing", (at, code) => {
    const signer = policySigner(policy({ now: () => date(at), maxSignatures: 1 }));
    expect(thrownBy(() => sign(signer))).toMatchObject({ code });
    expect(signer.remaining).toBe(1);
  });

  it.each(["2026-01-01T00:00:00", "2026-12-31T23:59:59"])("signs at the edge of the period, %s", (at) => {
    expect(sign(policySigner(policy({ now: () => date(at) })))).toHaveLength(64);
  });

  it.each([
    [1, 100],
    [7, 3],
    [100, 100],
    [101, 100],
    [250, 1],
  ])("makes %d signatures and no more, reserving %d ahead, and says what to do", (maxSignatures, reserveAhead) => {
    const signer = policySigner(policy({ maxSignatures, reserveAhead }));
    expect(signer.remaining).toBe(maxSignatures);
    expect(count(signer)).toBe(maxSignatures);
    expect(signer.remaining).toBe(0);
    expect(thrownBy(() => sign(signer))).toMatchObject({
      message: expect.stringMatching(/all \d+ signatures.*next key/),
    });
  });

  it("goes on after a restart where the counter stands: what was reserved and not used is lost, never counted twice", () => {
    const counter = memorySignatureCounter();
    const first = policySigner(policy({ counter, maxSignatures: 50, reserveAhead: 20 }));
    for (let i = 0; i < 5; i++) sign(first);
    expect(count(policySigner(policy({ counter, maxSignatures: 50, reserveAhead: 20 })))).toBe(30);
  });

  it("shares a counter with other processes, and a lower limit than what is counted signs nothing", () => {
    const counter = memorySignatureCounter();
    const of = () => policySigner(policy({ counter, maxSignatures: 25, reserveAhead: 10 }));
    const [a, b] = [of(), of()];
    let made = 0;
    for (const signer of [a, b, a, b]) {
      for (let i = 0; i < 8; i++) {
        try {
          sign(signer);
          made++;
        } catch (error) {
          expect(error).toMatchObject({ code: "SIGNER_LIMIT_REACHED" });
        }
      }
    }
    expect(made).toBeLessThanOrEqual(25);
    expect(made).toBeGreaterThan(15);
    expect(count(policySigner(policy({ counter, maxSignatures: 3 })))).toBe(0);
  });

  it("counts a key, however its certificate states the curve", () => {
    const counter = memorySignatureCounter();
    const key = generateEcPrivateKey("P-256");
    const names = new Set<string>();
    const spy: SignatureCounter = {
      reserve: (name, number) => {
        names.add(name);
        return counter.reserve(name, number);
      },
    };
    for (const curveParameters of ["named", "explicit"] as const) {
      const signer = memorySigner(key, { curveParameters });
      const certificate = { ...chain.certificate, spkiRaw: signer.publicKey };
      sign(policySigner(policy({ signer, certificate, counter: spy })));
    }
    expect([...names]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("reserves the next block before the last number is used, and keeps the limit with many at once", async () => {
    const counter = slowCounter();
    const signer = policySigner(policy({ counter, maxSignatures: 95, reserveAhead: 20 }));
    const results = await Promise.allSettled(Array.from({ length: 120 }, async () => sign(signer)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(95);
    expect(counter.calls).toEqual([20, 20, 20, 20, 15]);

    const steady = slowCounter();
    const later = policySigner(policy({ counter: steady, maxSignatures: 100, reserveAhead: 10 }));
    await sign(later);
    for (let i = 0; i < 5; i++) await sign(later);
    await Promise.resolve();
    expect(steady.calls).toEqual([10, 10]);
    expect(later.remaining).toBe(94);
  });

  it("signs nothing that was not counted: a counter that fails is heard of, and tried again", async () => {
    const counter = slowCounter();
    const signer = policySigner(policy({ counter, reserveAhead: 2 }));
    counter.failing = true;
    await expect(async () => sign(signer)).rejects.toThrow("disk full");
    counter.failing = false;
    await expect(Promise.resolve(sign(signer))).resolves.toHaveLength(64);
  });

  it.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ["one bit flipped", (signature) => signature.map((byte, i) => (i === 9 ? byte ^ 4 : byte))],
    ["zeros", () => new Uint8Array(64).fill(0)],
    ["another length", (signature) => signature.subarray(1)],
  ])("gives out no signature that does not verify: %s", (_, spoil) => {
    const signer = { ...chain.signer, sign: (m: Uint8Array) => spoil(chain.signer.sign(m, "ECDSA-SHA256")) };
    expect(() => sign(policySigner(policy({ signer })))).toThrow();
  });

  it("gives out no signature of another key, with the reason", async () => {
    const other = newSigner();
    const signer: Signer = { ...chain.signer, sign: async (m, a) => other.sign(m, a) };
    await expect(async () => sign(policySigner(policy({ signer })))).rejects.toMatchObject({ code: "SIGNER_MISMATCH" });
  });

  it("refuses a certificate for another key, and limits that are none", () => {
    expect(thrownBy(() => policySigner(policy({ signer: newSigner() })))).toMatchObject({ code: "SIGNER_MISMATCH" });
    for (const bad of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => policySigner(policy({ maxSignatures: bad }))).toThrow(RangeError);
      expect(() => policySigner(policy({ reserveAhead: bad }))).toThrow(RangeError);
    }
  });
});

async function withSigner({ signer, certificate }: Chain) {
  return { signer, certificate };
}

describe("signerRota", () => {
  const keys: RotaKey[] = [];
  beforeAll(async () => {
    const QUARTERS = ["2026-01-01", "2026-03-25", "2026-06-20", "2026-09-15"];
    for (const [i, from] of QUARTERS.entries()) {
      const signer = newSigner();
      const start = date(`${from}T00:00:00`);
      const der = await issueDocumentSigner({
        ...SIGNER_SUBJECT,
        commonName: `Utopia Document Signer ${i}`,
        notBefore: start,
        privateKeyUsage: { notBefore: start, notAfter: new Date(start.getTime() + 90 * 86_400_000) },
        publicKey: signer.publicKey,
        issuer: { certificate: chain.csca.raw, signer: chain.cscaSigner },
      });
      keys.push({ signer, certificate: parseCertificate(der), maxSignatures: 10 });
    }
  });
  const certificates = () => keys.map(({ certificate }) => certificate);
  const rotaAt = (time: { at: Date }, over: object = {}) =>
    signerRota({ keys, counter: memorySignatureCounter(), now: () => time.at, reserveAhead: 4, ...over });

  it("goes from key to key by the limit, without a signature refused in between", () => {
    const rota = rotaAt({ at: date("2026-06-21T00:00:00") }, { keys: keys.slice(1, 3), margin: 0 });
    const used: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      const turn = rota.next() as { signer: Signer; certificate: unknown };
      sign(turn.signer);
      used.push(turn.certificate);
    }
    expect(used).toEqual([...Array(10).fill(certificates()[1]), ...Array(10).fill(certificates()[2])]);
    expect(thrownBy(() => rota.next())).toMatchObject({ code: "SIGNER_LIMIT_REACHED" });
  });

  it("gives the same signer for the same key, so that what is kept with it is found again", () => {
    const rota = rotaAt({ at: TODAY }, { keys: keys.slice(1) });
    expect((rota.next() as { signer: Signer }).signer).toBe((rota.next() as { signer: Signer }).signer);
  });

  it("keeps what it promised, however many documents are under way when the limit comes", async () => {
    const rota = rotaAt(
      { at: date("2026-06-21T00:00:00") },
      { keys: keys.slice(1, 3), counter: slowCounter(), margin: 0 },
    );
    const made = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { signer, certificate } = await rota.next();
        for (let wait = 0; wait < i % 5; wait++) await Promise.resolve();
        await sign(signer);
        return certificate;
      }),
    );
    expect(made.filter((certificate) => certificate === certificates()[1])).toHaveLength(10);
    await expect(async () => rota.next()).rejects.toMatchObject({ code: "SIGNER_LIMIT_REACHED" });
  });

  it("goes on before the period ends when the next key may sign, else at its end", () => {
    const time = { at: date("2026-03-31T23:58:59") };
    const rota = rotaAt(time);
    const now = () => (rota.next() as { certificate: unknown }).certificate;
    expect(now()).toBe(certificates()[0]);
    // The first key ends on 1 April at 00:00:00; its last second counts whole.
    time.at = date("2026-03-31T23:59:30");
    expect(now()).toBe(certificates()[1]);
    expect(rota.keys).toHaveLength(3);

    const alone = { at: date("2026-04-01T00:00:00") };
    const late = rotaAt(alone, { keys: [keys[0], keys[3]] });
    expect((late.next() as { certificate: unknown }).certificate).toBe(certificates()[0]);
    alone.at = date("2026-04-02T00:00:00");
    expect(thrownBy(() => late.next())).toMatchObject({ code: "SIGNER_NOT_YET_VALID" });
    alone.at = date("2026-09-15T00:00:00");
    expect((late.next() as { certificate: unknown }).certificate).toBe(certificates()[3]);
  });

  it("lets a document that was begun be signed with its key after the next one took over", () => {
    const time = { at: date("2026-03-31T23:58:30") };
    const rota = rotaAt(time);
    const begun = rota.next() as { signer: Signer };
    time.at = date("2026-03-31T23:59:30");
    rota.next();
    expect(sign(begun.signer)).toHaveLength(64);
    time.at = date("2026-04-01T00:00:01");
    expect(thrownBy(() => sign(begun.signer))).toMatchObject({ code: "SIGNER_EXPIRED" });
  });

  it("takes a key that is staged while it runs", () => {
    const time = { at: date("2026-06-21T00:00:00") };
    const rota = rotaAt(time, { keys: keys.slice(1, 2) });
    rota.stage(keys[2] as RotaKey);
    time.at = date("2026-06-23T00:00:00");
    expect((rota.next() as { certificate: unknown }).certificate).toBe(certificates()[2]);
    time.at = date("2026-12-01T00:00:00");
    expect(thrownBy(() => rota.next())).toMatchObject({ code: "SIGNER_EXPIRED" });
  });

  it("refuses a rota without keys, and a key with another's certificate", () => {
    expect(() => rotaAt({ at: TODAY }, { keys: [] })).toThrow(RangeError);
    const rota = rotaAt({ at: TODAY });
    expect(thrownBy(() => rota.stage({ ...(keys[0] as RotaKey), signer: newSigner() }))).toMatchObject({
      code: "SIGNER_MISMATCH",
    });
  });
});
