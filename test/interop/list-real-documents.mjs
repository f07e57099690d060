// Every signature of real documents, one by one: those that do not verify here, with what OpenSSL and BouncyCastle answer.
// node test/interop/list-real-documents.mjs [--write]: prints, or writes docs/real-documents.md. The files themselves are not in
// the repository (see steps/real-documents.mjs); their names and the answers are.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pki from "cardwright/pki";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = process.env.CARDWRIGHT_DOCUMENTS ?? join(ROOT, "../shared/vectors");
const JARS = ["bcprov", "bcpkix", "bcutil"].map((name) => `/usr/share/java/${name}.jar`);
const LENIENT = { tolerate: pki.ALL_DEPARTURES };

const below = (folder, pattern) =>
  existsSync(join(FOLDER, folder))
    ? readdirSync(join(FOLDER, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => pattern.test(file))
        .map((file) => join(folder, file))
        .sort()
    : [];
const read = (file) => new Uint8Array(readFileSync(join(FOLDER, file)));

/** The content of tag 77. */
function contentOf(file) {
  const first = file[1];
  return file.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

/** Every message and every certificate, with where it is. */
export function collect() {
  const messages = [];
  const certificates = new Map();
  const add = (der, where) => {
    const key = createHash("sha256").update(der).digest("hex");
    const known = certificates.get(key);
    if (known !== undefined) known.where.push(where);
    else certificates.set(key, { der, where: [where], certificate: pki.parseCertificate(der, LENIENT) });
  };
  for (const file of below("lds", /EF\.SOD\.bin$|EF\.CardSecurity\.bin$|ef_cardsecurity\.bin$/)) {
    const bytes = read(file);
    messages.push({ file, der: bytes[0] === 0x77 ? contentOf(bytes) : bytes });
  }
  for (const file of below("pki", /\.ml$/)) messages.push({ file, der: read(file) });
  for (const message of messages) {
    message.signedData = pki.parseCms(message.der, LENIENT);
    for (const der of message.signedData.certificates) add(der, message.file);
    if (!message.file.endsWith(".ml")) continue;
    for (const der of pki.parseMasterList(message.der, LENIENT).certificates) add(der, message.file);
  }
  for (const file of below("pki", /\.(cer|crt|der|pem)$/)) {
    const bytes = read(file);
    const ders = bytes[0] === 0x2d ? pki.allFromPem(Buffer.from(bytes).toString("latin1"), "CERTIFICATE") : [bytes];
    for (const der of ders) add(der, file);
  }
  return { messages, certificates: [...certificates.values()] };
}

/** Those whose key may have signed a certificate, by name and, where both state it, key identifier. */
function issuersOf({ certificate }, bySubject) {
  const { authorityKeyIdentifier: wanted } = certificate;
  const named = bySubject.get(pki.nameToString(certificate.issuer)) ?? [];
  return named.filter(({ certificate: { subjectKeyIdentifier: own } }) => {
    return wanted === undefined || own === undefined || Buffer.from(wanted).equals(own);
  });
}

/** What verifies, what does not, and what has no key to be verified with. */
export function judge({ messages, certificates }) {
  const bySubject = new Map();
  for (const entry of certificates) {
    const name = pki.nameToString(entry.certificate.subject);
    bySubject.set(name, [...(bySubject.get(name) ?? []), entry]);
  }
  const answers = { good: 0, bad: [], unknown: [], messages: [] };
  for (const message of messages) {
    const { good, findings, departures } = pki.verifySignedData(message.signedData);
    const codes = [...new Set([...message.signedData.departures, ...departures].map(({ code }) => code))];
    const why = findings.filter(({ status }) => status === "failed" || status === "notChecked");
    answers.messages.push({ ...message, good, codes, why: why.map(({ detail }) => detail).join(" ") });
  }
  for (const entry of certificates) {
    const issuers = issuersOf(entry, bySubject);
    const verdicts = issuers.map(({ certificate }) =>
      pki.verifyCertificateSignature(entry.certificate, certificate.spkiRaw),
    );
    if (verdicts.includes(true)) answers.good++;
    else if (issuers.length === 0) answers.unknown.push(entry);
    else answers.bad.push({ ...entry, issuers, verdicts });
  }
  return answers;
}

const SECONDS = 120_000;

/** What OpenSSL and BouncyCastle say about each bad signature, and about every message. */
export function secondOpinions({ bad, messages }, folder) {
  mkdirSync(folder, { recursive: true });
  const rows = [];
  const file = (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  for (const [i, message] of messages.entries()) {
    const path = file(`message-${i}`, message.der);
    const args = ["cms", "-verify", "-inform", "DER", "-in", path, "-noverify", "-binary", "-out", "/dev/null"];
    const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8", timeout: SECONDS });
    message.openssl = status === 0 ? "ok" : firstError(stderr);
    rows.push({ line: `cms\t${path}`, of: message });
  }
  for (const [i, entry] of bad.entries()) {
    entry.openssl = entry.issuers.map(({ der }) => openSsl(entry.der, der));
    entry.bouncyCastle = [];
    for (const [j, issuer] of entry.issuers.entries()) {
      rows.push({ line: `cert\t${file(`c-${i}`, entry.der)}\t${file(`i-${i}-${j}`, issuer.der)}`, of: entry });
    }
  }
  const list = file("list", rows.map(({ line }) => line).join("\n"));
  const lines = bouncyCastle(folder, list);
  for (const [i, { of }] of rows.entries()) {
    if (Array.isArray(of.bouncyCastle)) of.bouncyCastle.push(lines[i]);
    else of.bouncyCastle = lines[i];
  }
}

/** Without addresses and lines of the program's source, which differ from run to run. */
function firstError(text) {
  const line = text.split("\n").find((one) => one.includes(":error:")) ?? text.trim();
  const [, library, , reason] = /:error:[^:]*:([^:]*):([^:]*):([^:]*)/.exec(line) ?? [];
  return library === undefined ? line.slice(0, 120) : `${library}: ${reason}`;
}

function openSsl(der, issuer) {
  try {
    return new X509Certificate(der).verify(new X509Certificate(issuer).publicKey) ? "ok" : "bad signature";
  } catch (error) {
    return error.message.replace(/\s+/g, " ").slice(0, 120);
  }
}

function bouncyCastle(folder, list) {
  if (!JARS.every(existsSync)) throw new Error("install libbcprov-java and libbcpkix-java");
  const source = join(ROOT, "test/interop/rig/SignatureJudge.java");
  const options = { timeout: SECONDS, stdio: ["ignore", "pipe", "inherit"] };
  execFileSync("javac", ["-nowarn", "-cp", JARS.join(":"), "-d", folder, source], options);
  const text = execFileSync("java", ["-cp", [...JARS, folder].join(":"), "SignatureJudge", list], options);
  return text.toString().trimEnd().split("\n");
}

const cell = (text) => text.replace(/[|\\`<>*_]/g, "\\$&");
const table = (head, rows) =>
  [
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
const names = (where) => [...new Set(where.map((file) => file.split("/").slice(-2).join("/")))].join(", ");
const count = (list, word) => `${list.length} ${word}${list.length === 1 ? "" : "s"}`;

/** The page, in Markdown. */
export function page(answers, versions) {
  const { good, bad, unknown, messages } = answers;
  const notGood = messages.filter((message) => !message.good);
  const disagreed = messages.filter(
    (message) => message.good && (message.openssl !== "ok" || message.bouncyCastle !== "ok"),
  );
  const short = (entry) => createHash("sha256").update(entry.der).digest("hex").slice(0, 16);
  const subject = ({ certificate }) => cell(pki.nameToString(certificate.subject));
  return `# Signatures of real documents

Made by \`node test/interop/list-real-documents.mjs --write\`; do not edit. The documents are not in the repository, as they are not
ours to publish. The second opinions are those of ${versions}.

Messages (EF.SOD, EF.CardSecurity, master lists): ${messages.length}, of which ${messages.length - notGood.length} verify here. Certificates, each once:
${good + bad.length + unknown.length}, of which ${good} verify here with the key of a certificate at hand, ${bad.length} do not, and for ${unknown.length} no certificate of the
issuer is at hand (a link whose old key is in none of the lists).

## Messages that do not verify

${
  notGood.length === 0
    ? "None."
    : table(
        ["file", "here", "OpenSSL", "BouncyCastle"],
        notGood.map((m) => [cell(names([m.file])), cell(m.why), cell(m.openssl), cell(m.bouncyCastle)]),
      )
}

## Messages that verify here, and that another program refuses

${
  disagreed.length === 0
    ? "None."
    : table(
        ["file", "departures named here", "OpenSSL", "BouncyCastle"],
        disagreed.map((m) => [cell(names([m.file])), cell(m.codes.join(", ")), cell(m.openssl), cell(m.bouncyCastle)]),
      )
}

## Certificates that do not verify with the key that they name

${
  bad.length === 0
    ? "None."
    : table(
        ["subject", "SHA-256", "found in", "issuers tried", "here", "OpenSSL", "BouncyCastle"],
        bad.map((entry) => [
          subject(entry),
          short(entry),
          cell(names(entry.where)),
          String(entry.issuers.length),
          entry.verdicts.includes(undefined) ? "not supported" : "bad signature",
          cell([...new Set(entry.openssl)].join("; ")),
          cell([...new Set(entry.bouncyCastle)].join("; ")),
        ]),
      )
}

## Certificates whose issuer is not at hand

${count(unknown, "certificate")}; nothing can be said of their signatures.

${table(
  ["subject", "SHA-256", "found in"],
  unknown.map((entry) => [subject(entry), short(entry), cell(names(entry.where))]),
)}
`;
}

function main() {
  const answers = judge(collect());
  const folder = mkdtempSync(join(tmpdir(), "cardwright-signatures-"));
  try {
    secondOpinions(answers, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const openssl = execFileSync("openssl", ["version"]).toString().split(" ").slice(0, 2).join(" ");
  const text = page(answers, `${openssl}, OpenSSL ${process.versions.openssl} as in Node, and BouncyCastle 1.72`);
  if (process.argv.includes("--write")) writeFileSync(join(ROOT, "docs/real-documents.md"), text);
  else process.stdout.write(text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
