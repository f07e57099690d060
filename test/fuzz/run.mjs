// `npm run fuzz -- --seconds N [--seed S]`: mutates the vectors and holds law 7: no input makes a reader loop, overflow the
// stack or throw anything but a MalformedError, and what was read strictly is written back byte for byte.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as biometric from "../../dist/biometric.js";
import { MalformedError, validateCard } from "../../dist/index.js";
import * as lds2 from "../../dist/lds/lds2.js";
import { readMrzLines, repairMrz } from "../../dist/lds/ocr.js";
import * as ldsTools from "../../dist/lds/tools.js";
import * as lds from "../../dist/lds.js";
import * as pki from "../../dist/pki.js";
import { dumpTlv, parseFileTolerantly } from "../../dist/tlv/tools.js";
import { encodeFile, encodeObject, parseFile, parseObject, parseTlvs } from "../../dist/tlv.js";

const { fromPem } = pki;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    cases: { type: "string", default: "0" },
  },
});

/** Small and repeatable: the seed tells the whole run. */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const next = random(Number(flags.seed));
const below = (n) => Math.floor(next() * n);

// ---- what is mutated
const VECTORS = fileURLToPath(new URL("../vectors/", import.meta.url));
const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
const seeds = files(VECTORS)
  .filter((path) => /\.(bin|der|cer|crt|jpg|jp2|pem)$/.test(path))
  .map((path) => {
    const bytes = new Uint8Array(readFileSync(path));
    return path.endsWith(".pem") ? fromPem(new TextDecoder().decode(bytes), "CERTIFICATE") : bytes;
  });
const nested = (levels) => Uint8Array.from({ length: 2 * levels }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80));
seeds.push(nested(100), nested(100_000), new Uint8Array(0));

/** One to four small changes, or a splice of two inputs. Large inputs are cut down mostly, so that cases stay many. */
function mutate() {
  const seed = seeds[below(seeds.length)];
  const keep = seed.length > 2_000 && below(20) > 0 ? 200 + below(1_800) : seed.length;
  let bytes = seed.slice(0, keep);
  for (let i = 1 + below(4); i > 0; i--) {
    const at = below(bytes.length + 1);
    switch (below(7)) {
      case 0:
        bytes[at] ^= 1 << below(8);
        break;
      case 1:
        bytes[at] = [0x00, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, 0x1f, 0x30][below(9)];
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = Uint8Array.of(
          ...bytes.subarray(0, at).slice(0, 60_000),
          below(256),
          ...bytes.subarray(at, at + 60_000),
        );
        break;
      case 4:
        bytes = Uint8Array.of(
          ...bytes.subarray(0, at).slice(0, 60_000),
          ...bytes.subarray(at + 1 + below(8)).slice(0, 60_000),
        );
        break;
      case 5: {
        const other = seeds[below(seeds.length)];
        const from = below(other.length + 1);
        bytes.set(other.subarray(from, from + Math.min(16, bytes.length - at)), at);
        break;
      }
      default:
        bytes[at] = below(256);
    }
  }
  return bytes;
}

// ---- what is held against them
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const strict = (name, parse, encode) => [
  name,
  (bytes) => {
    const value = parse(bytes);
    if (encode !== undefined && !same(encode(value), bytes)) throw new Error("writing it back gives other bytes");
  },
];
const isFile = (value) => typeof value === "object" && value !== null && "codec" in value && "tag" in value;
const declared = [...Object.entries(lds), ...Object.entries(lds2)].filter(([, value]) => isFile(value));
const readers = [
  ...declared.map(([name, file]) =>
    "fid" in file
      ? strict(
          name,
          (b) => parseFile(file, b),
          (v) => encodeFile(file, v),
        )
      : strict(
          name,
          (b) => parseObject(file, b),
          (v) => encodeObject(file, v),
        ),
  ),
  ...declared
    .filter(([, file]) => "fid" in file)
    .map(([name, file]) => strict(`${name} with tolerances`, (b) => parseFileTolerantly(file, b))),
  ...declared
    .filter(([, file]) => "fid" in file)
    .map(([name, file]) => strict(`dump of ${name}`, (b) => void dumpTlv(b, file))),
  strict("parseTlvs", (b) => [...parseTlvs(b)].length),
  ...["Certificate", "Cms", "Crl", "MasterList", "DeviationList", "CvCertificate", "CvRequest"].flatMap((what) => {
    const parse = new Map(Object.entries(pki)).get(`parse${what}`);
    return [
      strict(`parse${what}`, (b) => void parse(b)),
      strict(`parse${what} with departures`, (b) => void parse(b, { tolerate: pki.ALL_DEPARTURES })),
    ];
  }),
  strict("indexCertificate", (b) => void pki.indexCertificate(b)),
  strict("verifySignedData", (b) => void pki.verifySignedData(pki.parseCms(b, { tolerate: pki.ALL_DEPARTURES }))),
  strict("publicKeyFromSpki", (b) => {
    try {
      pki.publicKeyFromSpki(b);
    } catch (error) {
      if (error?.code !== "ALGORITHM_UNSUPPORTED") throw error;
    }
  }),
  ...lds.UNTAGGED_FILES.flatMap((file) => [
    strict(
      file.name,
      (b) => lds.parseUntagged(file, b),
      (v) => lds.encodeUntagged(file, v),
    ),
    strict(`${file.name} with tolerances`, (b) => void ldsTools.parseUntaggedTolerantly(file, b)),
    strict(`dump of ${file.name}`, (b) => void ldsTools.dumpUntagged(file, b)),
  ]),
  ...Object.entries(biometric)
    .filter(([name, value]) => /^parse\w*(Header|Face|Finger|Iris)$/.test(name) && typeof value === "function")
    .map(([name, parse]) => strict(name, (b) => void parse(b))),
  strict("parseSecurityInfos", (b) => void lds.parseSecurityInfos?.(b)),
  ...[
    ["parseMrz", lds.parseMrz],
    ["repairMrz", repairMrz],
    ["readMrzLines", readMrzLines],
  ].map(([name, read]) => strict(name, (b) => void read(String.fromCharCode(...b.subarray(0, 120))))),
];
const NOW = new Date("2026-11-25T00:00:00Z");
const names = ["EF.COM", "EF.SOD", ...Array.from({ length: 16 }, (_, i) => `EF.DG${i + 1}`)];

const end = performance.now() + Number(flags.seconds) * 1000;
const most = Number(flags.cases) || Number.POSITIVE_INFINITY;
let cases = 0;
let values = 0;
let slowest = 0;
let faults = 0;
const fault = (name, bytes, error) => {
  faults++;
  if (faults <= 10) {
    console.error(
      `${name}: ${error?.stack ?? error}\n  input ${Buffer.from(bytes.subarray(0, 200)).toString("hex")} (${bytes.length} bytes)`,
    );
  }
};
while (performance.now() < end && cases < most) {
  const bytes = mutate();
  // A reader that fits the input now and then, any other one mostly: both have to stand it.
  for (let i = 0; i < 8; i++) {
    const [name, read] = readers[below(readers.length)];
    const start = performance.now();
    cases++;
    try {
      read(bytes);
      values++;
    } catch (error) {
      const { length } = bytes;
      if (!(error instanceof MalformedError)) fault(name, bytes, error);
      else if (!(error.offset >= 0 && error.offset <= Math.max(length, 120)))
        fault(name, bytes, `offset ${error.offset} of ${length}`);
    }
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    if (took > 2_000) fault(name, bytes, `took ${took.toFixed(0)} ms`);
  }
  if (cases % 800 === 0) {
    const given = Object.fromEntries(names.filter(() => below(3) === 0).map((name) => [name, mutate()]));
    try {
      validateCard({ files: given, evidence: { accessControl: "none", notGiven: [], notAsked: [] } }, { at: NOW });
    } catch (error) {
      fault("validateCard", bytes, error);
    }
  }
}
console.log(
  `fuzz: ${cases} cases over ${readers.length} readers and ${seeds.length} vectors, seed ${flags.seed}: ` +
    `${values} values, ${cases - values - faults} MalformedErrors, ${faults} faults; slowest ${slowest.toFixed(1)} ms`,
);
process.exitCode = faults === 0 ? 0 : 1;
