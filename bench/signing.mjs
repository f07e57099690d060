// Security objects over a signer that takes its time, like a security module: values to signed files in a batch, against the same
// signer with as many signatures at once and nothing else to do. The signer waits and then gives a signature made before, so that all
// that is left of the time is the batch's own.
import { emrtd } from "../dist/index.js";
import { signBatch, sodWriter } from "../dist/perso.js";
import { parseCms, verifySignedData } from "../dist/pki.js";
import { parseTlv } from "../dist/tlv.js";
import { encodeAllGroups, NOW } from "./fixtures.mjs";
import { summarize } from "./measure.mjs";

const MILLISECONDS = 5;
const GOAL = 0.9;
const NUMBERS = [1, 2, 11, 12, 14];

/** A signer that answers after {@link MILLISECONDS}; `real` makes the signatures, else they are one made before. */
function slowSigner({ publicKey, algorithms, sign }, real = false) {
  const made = sign(new Uint8Array(100), algorithms[0]);
  return {
    publicKey,
    algorithms,
    sign: (message, algorithm) =>
      new Promise((resolve) => {
        const signature = real ? sign(message, algorithm) : made;
        setTimeout(resolve, MILLISECONDS, signature);
      }),
  };
}

/** That many signatures, `concurrency` at once, and nothing else. */
async function alone(signer, message, cards, concurrency) {
  let left = cards;
  const lane = async () => {
    while (left-- > 0) await signer.sign(message, signer.algorithms[0]);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

function* repeated(records, cards) {
  for (let i = 0; i < cards; i++) yield records[i % records.length];
}

/** That many cards: encoded, hashed, signed, put together; `take` gets each EF.SOD. */
async function batch(records, documentSigner, cards, concurrency, take) {
  const writer = sodWriter(emrtd, documentSigner, NUMBERS);
  const outcomes = signBatch(repeated(records, cards), {
    prepare: (record) =>
      writer.prepare(
        encodeAllGroups(record).groups.map(({ content }) => content),
        NOW,
      ),
    sign: (prepared) => writer.sign(prepared),
    concurrency,
  });
  for await (const outcome of outcomes) {
    if ("error" in outcome) throw outcome.error;
    take(outcome.result);
  }
}

/** Signs a few cards with real signatures and verifies each: a benchmark of wrong results is worth nothing. */
async function checkBatch(records, { signer, certificate }) {
  const documentSigner = { signer: slowSigner(signer, true), certificate };
  let good = 0;
  await batch(records, documentSigner, 20, 8, (sod) => {
    const { findings } = verifySignedData(parseCms(parseTlv(sod).value));
    if (findings.some(({ status }) => status === "failed")) throw new Error("a security object does not verify");
    good++;
  });
  if (good !== 20) throw new Error(`${good} of 20 security objects`);
}

/**
 * Records to security objects over a signer of 5 ms, by signatures at once.
 *
 * @param settings `rounds`, and `scale` of the number of cards.
 */
export async function measureSigning({ rounds, scale }, records, { documentSigner }, wanted, report) {
  let checked = false;
  for (const concurrency of [4, 16]) {
    const id = `signing-${concurrency}`;
    if (!wanted(id)) continue;
    if (!checked) await checkBatch(records, documentSigner);
    checked = true;
    const slow = { signer: slowSigner(documentSigner.signer), certificate: documentSigner.certificate };
    const message = new Uint8Array(100);
    const cards = Math.ceil(concurrency * 150 * scale);
    let bytes = 0;
    const ALONE = `the signer alone, ${concurrency} at once`;
    const BATCH = "encoded, hashed, signed and put together";
    const variants = [
      [ALONE, (count) => alone(slow.signer, message, count, concurrency)],
      [BATCH, (count) => batch(records, slow, count, concurrency, (sod) => (bytes += sod.length))],
    ];
    for (const [, run] of variants) await run(Math.ceil(cards / 4));
    const times = variants.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < variants.length; turn++) {
        const i = (round + turn) % variants.length;
        const start = performance.now();
        await variants[i][1](cards);
        times[i].push(((performance.now() - start) * 1000) / cards);
      }
    }
    if (bytes === 0) throw new Error("nothing was signed");
    report(
      summarize(
        {
          id,
          name: `records to security objects over a signer of ${MILLISECONDS} ms, ${concurrency} signatures at once`,
          base: ALONE,
          variants: variants.map(([label]) => ({ label })),
          claims: [{ text: `batch over a slow signer, ${concurrency} at once`, of: BATCH, against: ALONE, goal: GOAL }],
        },
        times,
      ),
    );
  }
}
