import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/bytes.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { sodWriter } from "../../src/perso/security-object.js";
import { type SignedJob, signBatch } from "../../src/perso/sign-batch.js";
import { parseCms } from "../../src/pki/cms.js";
import { verifySignedData } from "../../src/pki/cms-verify.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { commonNameOf } from "../../src/pki/name.js";
import { memorySignatureCounter } from "../../src/pki/signature-counter.js";
import type { Signer } from "../../src/pki/signer.js";
import { signerRota } from "../../src/pki/signer-rota.js";
import { parseTlv } from "../../src/tlv/ber.js";
import { issueChain, newSigner, SIGNER_SUBJECT, TODAY } from "../pki/support.js";

/** Lets everything that is due run; no time passes. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

/** A signer on a clock of its own: a signature takes as many ticks as its job says. */
function fakeSigner(ticksOf: (job: number) => number = () => 5) {
  const under = new Map<number, { readonly due: number; readonly answer: () => void; readonly fail: () => void }>();
  const state = { now: 0, most: 0, begun: [] as number[], bad: new Set<number>() };
  return {
    state,
    underWay: () => under.size,
    sign: (job: number) =>
      new Promise<string>((resolve, reject) => {
        state.begun.push(job);
        under.set(job, {
          due: state.now + ticksOf(job),
          answer: () => resolve(`signed ${job}`),
          fail: () => reject(new Error(`no ${job}`)),
        });
        state.most = Math.max(state.most, under.size);
      }),
    async tick(): Promise<void> {
      state.now++;
      for (const [job, { due, answer, fail }] of [...under]) {
        if (due > state.now) continue;
        under.delete(job);
        if (state.bad.has(job)) fail();
        else answer();
        await settle();
      }
      await settle();
    },
  };
}

function* numbers(count: number, drawn?: number[]): Generator<number> {
  for (let i = 0; i < count; i++) {
    drawn?.push(i);
    yield i;
  }
}

/** Takes outcomes as they come while the clock runs. */
async function drain<T>(batch: AsyncGenerator<SignedJob<T>>, tick: () => Promise<void>): Promise<SignedJob<T>[]> {
  const outcomes: SignedJob<T>[] = [];
  let over = false;
  const taking = (async () => {
    for await (const outcome of batch) outcomes.push(outcome);
    over = true;
  })();
  for (let i = 0; i < 100_000 && !over; i++) await tick();
  await taking;
  return outcomes;
}

describe("signBatch", () => {
  it("gives each job's outcome in order, whatever order the signer answers in, and never asks for more at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ticks: fc.integer({ min: 1, max: 12 }), bad: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (jobs, concurrency, factor) => {
          const signer = fakeSigner((job) => jobs[job]?.ticks ?? 1);
          for (const [i, { bad }] of jobs.entries()) if (bad) signer.state.bad.add(i);
          const batch = signBatch(numbers(jobs.length), {
            prepare: (job) => job,
            sign: signer.sign,
            concurrency,
            window: concurrency * factor,
          });
          const outcomes = await drain(batch, signer.tick);
          expect(outcomes.map(({ index }) => index)).toEqual(jobs.map((_, i) => i));
          outcomes.forEach((outcome, i) => {
            if (jobs[i]?.bad) expect(outcome).toMatchObject({ error: { message: `no ${i}` } });
            else expect(outcome).toEqual({ index: i, result: `signed ${i}` });
          });
          expect(signer.state.most).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps the signer as busy as it can be: nothing idles while there are jobs", async () => {
    const signer = fakeSigner();
    const outcomes = await drain(
      signBatch(numbers(80), { prepare: (job) => job, sign: signer.sign, concurrency: 8 }),
      signer.tick,
    );
    expect(outcomes).toHaveLength(80);
    // 80 signatures of 5 ticks, 8 at once
    expect(signer.state.now).toBe(50);
  });

  it("prepares ahead, so that the next signature begins when one ends", async () => {
    const signer = fakeSigner();
    const prepared: number[] = [];
    const prepare = (job: number) => {
      prepared.push(job);
      return job;
    };
    const batch = signBatch(numbers(100), { prepare, sign: signer.sign, concurrency: 4 });
    const first = batch.next();
    await settle();
    expect(signer.state.begun).toEqual([0, 1, 2, 3]);
    expect(prepared).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (let i = 0; i < 5; i++) await signer.tick();
    expect(await first).toMatchObject({ value: { index: 0, result: "signed 0" } });
    expect(signer.state.begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await batch.return();
  });

  it("stops when nobody takes outcomes, with a window of jobs in memory, and goes on when somebody does", async () => {
    const signer = fakeSigner();
    const drawn: number[] = [];
    const batch = signBatch(numbers(1000, drawn), {
      prepare: (job) => job,
      sign: signer.sign,
      concurrency: 4,
      window: 12,
    });
    const first = batch.next();
    await settle();
    for (let i = 0; i < 100; i++) await signer.tick();
    await first;
    // One is taken, twelve are not.
    expect(drawn).toHaveLength(13);
    expect(signer.underWay()).toBe(0);
    const second = batch.next();
    await settle();
    expect(await second).toMatchObject({ value: { index: 1, result: "signed 1" } });
    expect(drawn).toHaveLength(14);
    await batch.return();
  });

  it("takes jobs that come later, and prepares that answer later", async () => {
    const signer = fakeSigner();
    async function* jobs() {
      for (const job of numbers(10)) {
        await Promise.resolve();
        yield job;
      }
    }
    const prepare = async (job: number) => {
      await Promise.resolve();
      if (job === 3) throw new RangeError("a record with problems");
      return job;
    };
    const outcomes = await drain(signBatch(jobs(), { prepare, sign: signer.sign, concurrency: 3 }), signer.tick);
    expect(outcomes.map(({ index }) => index)).toEqual([...numbers(10)]);
    expect(outcomes[3]).toEqual({ index: 3, error: new RangeError("a record with problems") });
    expect(signer.state.begun).not.toContain(3);
  });

  it("works at once over a signer that answers at once, and one that throws", async () => {
    const sign = (job: number) => {
      if (job % 7 === 0) throw new Error(`no ${job}`);
      return job * 2;
    };
    const outcomes: SignedJob<number>[] = [];
    const batch = signBatch(numbers(500), { prepare: (job) => job, sign, concurrency: 1 });
    for await (const outcome of batch) outcomes.push(outcome);
    expect(outcomes).toHaveLength(500);
    expect(outcomes[8]).toEqual({ index: 8, result: 16 });
    expect(outcomes[7]).toEqual({ index: 7, error: new Error("no 7") });
  });

  it("ends with what the jobs throw, after the outcomes before it", async () => {
    function* jobs() {
      yield 0;
      yield 1;
      throw new Error("the list of records is torn");
    }
    const signer = fakeSigner();
    const seen: number[] = [];
    const taking = (async () => {
      const batch = signBatch(jobs(), { prepare: (job) => job, sign: signer.sign, concurrency: 2 });
      for await (const { index } of batch) seen.push(index);
    })();
    const refused = expect(taking).rejects.toThrow("torn");
    for (let i = 0; i < 10; i++) await signer.tick();
    await refused;
    expect(seen).toEqual([0, 1]);
  });

  it("draws no more when the caller ends early, and lets go of the jobs", async () => {
    let released = false;
    const drawn: number[] = [];
    function* jobs() {
      try {
        yield* numbers(100, drawn);
      } finally {
        released = true;
      }
    }
    const sign = (job: number) => job;
    for await (const { index } of signBatch(jobs(), { prepare: (job) => job, sign, concurrency: 2, window: 4 })) {
      if (index === 5) break;
    }
    expect(released).toBe(true);
    expect(drawn.length).toBeLessThan(12);
  });

  it.each([
    { concurrency: 0 },
    { concurrency: 1.5 },
    { concurrency: Number.NaN },
    { concurrency: 4, window: 3 },
    { concurrency: 4, window: Infinity },
  ])("refuses %o", async (sizes) => {
    const batch = signBatch(numbers(1), { prepare: (job) => job, sign: (job) => job, ...sizes });
    await expect(batch.next()).rejects.toThrow(RangeError);
  });
});

describe("signBatch with a rota of Document Signers", () => {
  it("signs on with the next key in mid-batch: every EF.SOD verifies, none is refused", async () => {
    const chain = await issueChain();
    const keys = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const signer = newSigner();
        const certificate = await issueDocumentSigner({
          ...SIGNER_SUBJECT,
          commonName: `Utopia Document Signer ${number}`,
          publicKey: signer.publicKey,
          issuer: { certificate: chain.csca.raw, signer: chain.cscaSigner },
        });
        const later: Signer = { ...signer, sign: async (message, algorithm) => signer.sign(message, algorithm) };
        return { signer: later, certificate, maxSignatures: 10 };
      }),
    );
    const rota = signerRota({ keys, counter: memorySignatureCounter(), now: () => TODAY, reserveAhead: 3 });
    const batch = signBatch(numbers(30), {
      prepare: async (card) => {
        const writer = sodWriter(emrtd, await rota.next(), [1, 2]);
        const files = [Uint8Array.of(0x61, 1, card), Uint8Array.of(0x75, 1, card)];
        return { writer, prepared: writer.prepare(files, TODAY) };
      },
      sign: ({ writer, prepared }) => writer.sign(prepared),
      concurrency: 4,
    });
    const signedBy: (string | undefined)[] = [];
    const writers = new Set<string>();
    for await (const outcome of batch) {
      if ("error" in outcome) throw outcome.error;
      const { good, certificate } = verifySignedData(parseCms(parseTlv(outcome.result).value));
      expect(good).toBe(true);
      signedBy.push(commonNameOf(certificate?.subject ?? []));
      writers.add(toHex(outcome.result.subarray(-32)));
    }
    const name = (number: number) => Array(10).fill(`Utopia Document Signer ${number}`);
    expect(signedBy).toEqual([...name(1), ...name(2), ...name(3)]);
    expect(writers.size).toBe(30);
    await expect(async () => rota.next()).rejects.toMatchObject({ code: "SIGNER_LIMIT_REACHED" });
  });
});
