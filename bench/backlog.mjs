// `npm run bench:backlog -- --cards N`: builds and signs N distinct cards as a stream, on worker threads, and says how long
// ten million would take. `--threads 0` works without workers, to compare. `--warm N` leaves the first N cards out of the rate:
// threads start and code gets warm once, however many cards follow.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { WorkerPool } from "../dist/adapters/worker-pool.js";
import { emrtd } from "../dist/index.js";
import { issueImage } from "../dist/perso.js";
import { memorySigner, parseCertificate, parsePkcs8 } from "../dist/pki.js";
import { nationalNumberCheckDigit } from "../dist/record.js";
import { loadRecords, makePki, NOW } from "./fixtures.mjs";

const { values: flags } = parseArgs({
  options: {
    cards: { type: "string", default: "10000" },
    threads: { type: "string", default: String(cpus().length) },
    curve: { type: "string", default: "P-256" },
    warm: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const cards = Number(flags.cards);
const threads = Number(flags.threads);
const warm = Number(flags.warm);
for (const [name, value] of Object.entries({ cards, threads, warm })) {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} ${flags[name]}: a whole number is expected`);
}
if (cards <= warm) throw new RangeError(`--cards ${cards}: more cards than --warm ${warm} are expected`);

const { pkcs8, der: certificate } = await makePki(flags.curve);
const templates = loadRecords();
const portraits = templates.map(({ portrait }) => portrait);

/** Distinct records: a number of their own each, the rest from the samples in turn. */
function* records() {
  for (let i = 0; i < cards; i++) {
    const nine = String(100_000_000 + i);
    const portrait = i % templates.length;
    const documentNumber = `B${i.toString(36).toUpperCase().padStart(8, "0")}`;
    yield { ...templates[portrait], documentNumber, nationalNumber: nine + nationalNumberCheckDigit(nine), portrait };
  }
}

const started = performance.now();
let warmAt = started;
let ended = started;
let bytes = 0;
let done = 0;
let failed = 0;
const take = (files) => {
  if (++done === warm) warmAt = performance.now();
  for (const content of files) bytes += content.length;
};
if (threads === 0) {
  const documentSigner = {
    signer: memorySigner(parsePkcs8(pkcs8), { curveParameters: "named" }),
    certificate: parseCertificate(certificate),
  };
  for (const { portrait, ...record } of records()) {
    const options = { profile: emrtd, documentSigner, at: NOW };
    const { image } = issueImage({ ...record, portrait: portraits[portrait] }, options);
    take(image.applications[0].files.map(({ content }) => content));
    if (done % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  ended = performance.now();
} else {
  const pool = new WorkerPool({
    url: new URL("./issue-worker.mjs", import.meta.url),
    workers: threads,
    setup: { pkcs8, certificate, at: NOW, portraits },
    heapMegabytes: 48,
  });
  for await (const outcome of pool.run(records(), { reuse: true })) {
    if ("error" in outcome) failed++;
    else take(outcome.result);
  }
  // Ending the threads takes as long for ten cards as for ten million.
  ended = performance.now();
  await pool.close();
}
const seconds = (ended - started) / 1000;
const rate = ((done - warm) * 1000) / (ended - warmAt);
const result = {
  cards: done,
  failed,
  threads,
  curve: flags.curve,
  seconds: Number(seconds.toFixed(2)),
  cardsPerSecond: Math.round(rate),
  megabytesOfImages: Math.round(bytes / 1e6),
  // The highest the system has seen, all threads included; it counts in KiB.
  peakMegabytes: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  tenMillionMinutes: Number((10_000_000 / rate / 60).toFixed(1)),
};
if (flags.json) console.log(JSON.stringify(result));
else {
  console.log(`${done} cards built and signed with ${flags.curve}, ${failed} failed, ${threads} worker threads`);
  console.log(`${result.seconds} s, ${result.cardsPerSecond} cards/s, peak memory ${result.peakMegabytes} MB`);
  console.log(`ten million cards: ${result.tenMillionMinutes} minutes on this machine`);
}
process.exitCode = done === cards && failed === 0 ? 0 : 1;
