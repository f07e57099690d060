// The whole line on made-up citizens: records become signed chips that are read back and validated.
// Uses only what a user would: `cardwright/*` and files. `npm run demo` builds the package and runs this.
//   --tamper           changes one byte of one chip's data group, to show the verdict failing
//   --out FOLDER       where to write (out)
//   --records FOLDER   whose records.json and portraits/ to take (those beside this file)
//   --refused N        how many of the records have faults (3, as beside this file)
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  buildCardImage,
  buildTrustStore,
  cardImageToJson,
  checkCitizenRecord,
  compilePersonalization,
  emrtd,
  encodeDataGroups,
  memoryJournal,
  memoryScp03Keys,
  parseCitizenRecord,
  personalize,
  readCard,
  run,
  signSecurityObject,
  validateCard,
} from "cardwright";
import { standardChannel, withRecording } from "cardwright/apdu";
import { equalBytes, systemRandom, uintToBytes } from "cardwright/bytes";
import { accessKeyOf, accessSecretsOf } from "cardwright/card";
import { VirtualChip, virtualChannel } from "cardwright/chip";
import { deriveCardKeys } from "cardwright/gp";
import { dg1, dg2 } from "cardwright/lds";
import { ImageError } from "cardwright/perso";
import { generateEcPrivateKey, memorySigner, nameToString, parseCertificate, toPem } from "cardwright/pki";
import { issueCsca, issueDocumentSigner } from "cardwright/pki/issue";
import { describeValidation, renderRunReport, safeFileName, safeText } from "cardwright/report";
import { parseFile } from "cardwright/tlv";
import cliProgress from "cli-progress";

const { values: flags } = parseArgs({
  options: {
    tamper: { type: "boolean", default: false },
    out: { type: "string", default: "out" },
    records: { type: "string", default: fileURLToPath(new URL("./", import.meta.url)) },
    refused: { type: "string", default: "3" },
  },
});
const OUT = flags.out;

/** The clock of the demo: the records are made for these days, and the same run gives the same files another year. */
const NOW = new Date("2026-11-25T09:00:00Z");
const day = (text) => new Date(`${text}T00:00:00Z`);

/** Version of the chip's transport keys, and the master key from which this run derives each chip's own. */
const KEY_VERSION = 0x30;

const write = (path, content) => {
  mkdirSync(join(OUT, path, ".."), { recursive: true });
  writeFileSync(join(OUT, path), content);
};
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** A CSCA and its document signer. Their keys stay in this process. */
async function makePki(folder, curveParameters, dsCurve) {
  const cscaSigner = memorySigner(generateEcPrivateKey("P-384"), { curveParameters });
  const dsSigner = memorySigner(generateEcPrivateKey(dsCurve), { curveParameters });
  const common = { contact: "csca@utopia.example", crlDistributionPoints: ["https://pki.utopia.example/csca.crl"] };
  const csca = await issueCsca({
    ...common,
    country: "UT",
    countryCode3: "UTO",
    commonName: `Utopia CSCA (${curveParameters} curve)`,
    organization: "Utopia Civil Registry",
    signer: cscaSigner,
    notBefore: day("2025-01-01"),
    notAfter: day("2040-01-01"),
    privateKeyUsage: { notBefore: day("2025-01-01"), notAfter: day("2029-01-01") },
  });
  const certificate = await issueDocumentSigner({
    ...common,
    commonName: `Utopia Document Signer ${dsCurve}`,
    organization: "Utopia Civil Registry",
    publicKey: dsSigner.publicKey,
    issuer: { certificate: csca, signer: cscaSigner },
    documentTypes: ["I"],
    notBefore: day("2026-10-01"),
    notAfter: day("2037-03-01"),
    privateKeyUsage: { notBefore: day("2026-10-01"), notAfter: day("2026-12-31") },
  });
  write(`${folder}/csca.pem`, toPem("CERTIFICATE", csca));
  write(`${folder}/ds.pem`, toPem("CERTIFICATE", certificate));
  return {
    documentSigner: { signer: dsSigner, certificate },
    trust: buildTrustStore({ cscas: [csca], source: `${folder}/csca.pem` }),
    name: nameToString(parseCertificate(certificate).subject),
  };
}

/** Runs one stage and keeps its time. */
function stopwatch() {
  const timings = {};
  return {
    timings,
    time: async (stage, work) => {
      const start = performance.now();
      const value = await work();
      timings[stage] = performance.now() - start;
      return value;
    },
  };
}

/** The channel to a chip as a reader would give it, with a log of headers and status words. */
function openChannel(chip, log) {
  const recorded = withRecording(virtualChannel(chip), ({ header, commandLength, responseLength, sw }) => {
    log.push(
      `${header} ${commandLength} -> ${responseLength} ${sw?.toString(16).toUpperCase().padStart(4, "0") ?? "-"}`,
    );
  });
  return standardChannel(recorded, { timeoutMs: 10_000 });
}

/** From one record to one report. */
async function issue(record, index, pki, tamper) {
  const { time, timings } = stopwatch();
  const groups = await time("encode", () => encodeDataGroups(record, emrtd));
  const sod = await time("sign", () => signSecurityObject(groups, emrtd, pki.documentSigner, NOW));
  const image = buildCardImage(emrtd, groups, sod);
  const script = await time("compile", () => compilePersonalization(image, emrtd));

  // A blank chip of this run: its serial, and the transport keys that its maker derived from it.
  const kdd = uintToBytes(0x43_57_00_00_0000 + index, 10);
  const keySets = new Map([[KEY_VERSION, deriveCardKeys(master, kdd)]]);
  const blank = VirtualChip.blank({ profile: emrtd, kdd, keySets });
  const keys = memoryScp03Keys({ masters: { [KEY_VERSION]: master }, secrets: (name) => accessSecretsOf(image)[name] });
  const log = [];
  const receipt = await time("personalize", () =>
    personalize({ channel: openChannel(blank, log), script, keys, journal: memoryJournal(), now: () => NOW }),
  );

  const chip = tamper ? VirtualChip.fromImage(tampered(image)) : blank;
  log.push("# read back");
  const channel = openChannel(chip, log);
  await channel.reset();
  const card = await time("read", () =>
    run(channel, readCard({ accessKey: accessKeyOf(image), maxResponse: channel.maxResponse })),
  );
  const report = await time("validate", () => validateCard(card, { trust: pki.trust, at: NOW }));
  const same = image.applications[0].files.every(({ name, content }) =>
    equalBytes(content, card.files[name] ?? content.subarray(1)),
  );
  return { image, receipt, card, report, log, timings, same, notes: groups.notes, commands: log.length - 1 };
}

/** The image with one byte of EF.DG11 changed. */
function tampered(image) {
  const change = (file) => {
    if (file.name !== "EF.DG11") return file;
    const content = file.content.slice();
    content[content.length - 1] ^= 0x01;
    return { ...file, content };
  };
  return { ...image, applications: image.applications.map((app) => ({ ...app, files: app.files.map(change) })) };
}

function writeCard(made) {
  const folder = `cards/${safeFileName(made.image.documentNumber)}`;
  for (const [name, content] of Object.entries(made.card.files)) {
    write(`${folder}/${name.replace(/^EF\.DG/, "DG")}.bin`, content);
  }
  write(`${folder}/image.json`, cardImageToJson(made.image));
  write(`${folder}/receipt.json`, json(made.receipt));
  write(`${folder}/report.json`, json(made.report));
  write(`${folder}/apdu.log`, `${made.log.join("\n")}\n`);
}

// ---- the run

const started = performance.now();
for (const part of ["pki", "pki-explicit", "cards", "rejects.json", "report.html"]) {
  rmSync(join(OUT, part), { recursive: true, force: true });
}
const { records } = JSON.parse(readFileSync(join(flags.records, "records.json"), "utf8"));

/** The portrait of a record: none when its name, which comes with the record, is not a plain one or there is no such file. */
function portraitOf({ portrait }) {
  const file = join(flags.records, "portraits", basename(String(portrait)));
  return /^[a-z0-9-]+\.jpg$/.test(portrait) && existsSync(file) ? readFileSync(file) : undefined;
}

/** From one record to a card, or to the list of what is wrong with it. */
async function make(given, index, pki, tamper) {
  const input = { ...given, portrait: portraitOf(given) };
  const { problems } = checkCitizenRecord(input);
  if (problems.length > 0) return { problems };
  const { record, warnings } = parseCitizenRecord(input);
  try {
    return { record, warnings, ...(await issue(record, index, pki, tamper)), signer: pki.name, tampered: tamper };
  } catch (error) {
    if (error instanceof ImageError) return { problems: error.problems };
    throw error;
  }
}

console.log(`cardwright demo: ${records.length} records, made up for this purpose\n`);
const halves = [await makePki("pki", "named", "P-256"), await makePki("pki-explicit", "explicit", "P-384")];
const master = systemRandom(16);

const bar = new cliProgress.SingleBar({
  format: "  {bar} {value}/{total}  {label}",
  barsize: 30,
  hideCursor: true,
  noTTYOutput: true,
  notTTYSchedule: 1000,
  clearOnComplete: false,
});
bar.start(records.length, 0, { label: "" });
const made = [];
const rejects = [];
for (const [index, input] of records.entries()) {
  const label = `record ${index + 1}: ${safeText(String(input.documentNumber ?? "(no number)"))}`;
  bar.update(index, { label });
  const card = await make(input, index, halves[made.length % 2], flags.tamper && made.length === 0);
  if (card.problems) rejects.push({ label, problems: card.problems });
  else {
    made.push(card);
    writeCard(card);
  }
  bar.update(index + 1, { label });
}
bar.stop();

const mrzOf = ({ card }) => parseFile(dg1, card.files["EF.DG1"]).mrz;
/** The name as the machine reads it: what a border officer sees of a name in any script. */
const latinName = (one) => {
  const [family = "", given = ""] = mrzOf(one).slice(60).replace(/<+$/, "").split("<<");
  return `${family}, ${given}`.replaceAll("<", " ");
};

write("rejects.json", json(rejects.map(({ label, problems }) => ({ record: label, problems }))));
write(
  "report.html",
  renderRunReport({
    title: "cardwright demo",
    madeAt: NOW.toISOString(),
    rejects,
    cards: made.map((one) => ({
      documentNumber: one.record.documentNumber,
      nationalName: `${one.record.givenNames} ${one.record.familyName}`,
      latinName: latinName(one),
      dateOfBirth: one.record.dateOfBirth,
      dateOfExpiry: one.record.dateOfExpiry,
      portrait: parseFile(dg2, one.card.files["EF.DG2"]).instances[0].data.face.faces[0].image,
      mrz: mrzOf(one),
      notes: [...one.notes, ...one.warnings].map((note) => `${note.path}: ${note.message}`),
      signer: one.signer,
      timings: one.timings,
      commands: one.commands,
      report: one.report,
    })),
  }),
);

const WIDTHS = [-11, -31, -29, 8, 5, 1]; // below zero: aligned left
const row = (cells) => cells.map((cell, i) => pad(String(cell), WIDTHS[i])).join(" ");
const pad = (text, width) => (width < 0 ? text.padEnd(-width) : text.padStart(width));
console.log(row(["\ndocument", "name", "signer", "commands", "ms", "verdict"]));
for (const one of made) {
  const ms = Object.values(one.timings)
    .reduce((sum, part) => sum + part, 0)
    .toFixed(0);
  const verdict =
    one.report.verdict === "passed" && !one.same ? "passed, but differs from the image" : one.report.verdict;
  const signer = safeText(one.signer).replace(/.*CN=/, "");
  console.log(row([one.record.documentNumber, safeText(latinName(one)), signer, one.commands, ms, verdict]));
}
console.log();
for (const { label, problems } of rejects) {
  console.log(`refused ${label}, ${problems.length} ${problems.length === 1 ? "problem" : "problems"}:`);
  for (const { path, found, allowed, message } of problems) {
    const facts = found === undefined ? "" : ` (found ${found}; allowed: ${allowed})`;
    console.log(`  ${safeText(path)}: ${safeText(message + facts)}`);
  }
}
for (const { record, report, tampered: changed } of made) {
  if (report.verdict === "passed") continue;
  console.log(`\n${record.documentNumber}${changed ? " (one byte of EF.DG11 was changed on the chip)" : ""}`);
  console.log(describeValidation(report));
}

const valid = made.filter(({ report, same }) => report.verdict === "passed" && same).length;
const wrong = Number(flags.refused);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `\n${valid} of ${made.length} cards valid, ${rejects.length} records refused (${wrong} expected), ${seconds} s.` +
    ` Look at ${join(OUT, "report.html")}.`,
);
process.exitCode = valid === records.length - wrong && rejects.length === wrong ? 0 : 1;
