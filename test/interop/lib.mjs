// What the steps share: running programs with a time limit, needs, and a DER walk that owes nothing to src/.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const HERE = fileURLToPath(new URL("./", import.meta.url));
export const OUT = join(ROOT, "out");

/** A new empty folder; the runner removes all of them at the end. */
export const scratch = (name) => {
  const base = join(tmpdir(), `cardwright-interop-${process.pid}`);
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, `${name}-`));
};

const children = new Set();
/** Ends what steps have left running; only processes started here. */
export const endChildren = () => {
  for (const child of children) child.kill("SIGKILL");
};

/** Starts a program in its own process; its output gathers in `child.text`. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  children.add(child);
  child.text = "";
  child.stdout?.on("data", (data) => (child.text += data));
  child.stderr?.on("data", (data) => (child.text += data));
  child.ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, error }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => children.delete(child));
  return child;
}

/**
 * Environment for npm to compile a native package: the headers of this very Node, when they are installed beside it, so that they
 * need not be fetched.
 */
export function nativeBuild() {
  const prefix = join(process.execPath, "..", "..");
  const headers = existsSync(join(prefix, "include", "node", "node.h"));
  return headers ? { ...process.env, npm_config_nodedir: prefix } : process.env;
}

/** Runs a program to its end: its output, or an error that shows it. Always within a time limit. */
export async function run(command, args, { seconds = 60, input, mayFail = false, ...options } = {}) {
  const child = start(command, args, { ...options, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  if (input !== undefined) child.stdin.end(input);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const { code, error } = await child.ended;
  clearTimeout(timer);
  const shown = `${command} ${args.join(" ")}`;
  if (error) throw error;
  if (late) throw new Error(`${shown}: no end after ${seconds} s\n${tail(child.text)}`);
  if (code !== 0 && !mayFail) throw new Error(`${shown}: exit status ${code}\n${tail(child.text)}`);
  return { code, text: child.text };
}

export const tail = (text, lines = 30) => text.trimEnd().split("\n").slice(-lines).join("\n");

export async function until(what, seconds, ready) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ready();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

/** A program or file that a step needs, and the Debian package that brings it. */
export const program = (name, debian) => ({
  name,
  debian,
  present: () => spawnSync("sh", ["-c", `command -v "$1"`, "sh", name]).status === 0,
});
export const file = (name, debian) => ({ name, debian, present: () => existsSync(name) });

// ---- what the demo left

/** One folder per card the demo issued. */
export function cards() {
  const folder = join(OUT, "cards");
  return readdirSync(folder)
    .sort()
    .map((number) => {
      const read = (name) => readFileSync(join(folder, number, name));
      return { number, folder: join(folder, number), read, files: readdirSync(join(folder, number)) };
    });
}

export const pem = (path) =>
  Buffer.from(
    readFileSync(path, "utf8").replace(/-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----|\s/g, ""),
    "base64",
  );

/** The two halves of the demo: which PKI signed a security object shows in the document signer inside it. */
export const HALVES = [
  { name: "named", pki: join(OUT, "pki") },
  { name: "explicit", pki: join(OUT, "pki-explicit") },
];

export function halfOf(efSod) {
  const matching = HALVES.filter(({ pki }) => efSod.includes(pem(join(pki, "ds.pem"))));
  assert(matching.length === 1, `EF.SOD holds the document signer of ${matching.length} halves, expected one`);
  return matching[0];
}

/** The first record of the examples, its portrait as base64: one JSON value, for Node and browsers. */
export function sampleRecord() {
  const examples = join(ROOT, "examples");
  const [record] = JSON.parse(readFileSync(join(examples, "records.json"), "utf8")).records;
  return { ...record, portrait: readFileSync(join(examples, "portraits", record.portrait)).toString("base64") };
}

// ---- DER

/** One TLV at `at`: tag bytes as hex, where the value starts and ends. */
export function tlv(bytes, at = 0) {
  let position = at + 1;
  if ((bytes[at] & 0x1f) === 0x1f) while (bytes[position++] & 0x80);
  const tag = bytes.subarray(at, position).toString("hex");
  let length = bytes[position++];
  if (length === 0x80) throw new Error("indefinite length");
  if (length > 0x80) {
    const octets = length & 0x7f;
    length = bytes.readUIntBE(position, octets);
    position += octets;
  }
  if (position + length > bytes.length) throw new Error(`TLV ${tag} at ${at} is longer than its file`);
  return { tag, value: bytes.subarray(position, position + length), end: position + length };
}

export function parts(bytes) {
  const items = [];
  for (let at = 0; at < bytes.length; at = items.at(-1).end) items.push(tlv(bytes, at));
  return items;
}

/** The CMS inside EF.SOD: tag 77 removed. */
export function cmsOf(efSod) {
  const outer = tlv(efSod);
  assert(outer.tag === "77" && outer.end === efSod.length, "EF.SOD is not one TLV of tag 77");
  return outer.value;
}

/** LDSSecurityObject inside EF.SOD: ContentInfo → SignedData → encapContentInfo → OCTET STRING. */
export function ldsSecurityObjectOf(efSod) {
  const [, content] = parts(tlv(cmsOf(efSod)).value);
  const signedData = parts(tlv(content.value).value);
  const [, eContent] = parts(signedData[2].value);
  const octets = tlv(eContent.value);
  assert(octets.tag === "04", "eContent is not a primitive OCTET STRING");
  return octets.value;
}

/** Data group number → hash, and the OID of the hash (hex), from an LDSSecurityObject. */
export function hashesOf(ldsSecurityObject) {
  const [, algorithm, list] = parts(tlv(ldsSecurityObject).value);
  const hashes = new Map();
  for (const item of parts(list.value)) {
    const [number, hash] = parts(item.value);
    hashes.set(number.value[0], hash.value);
  }
  return { oid: tlv(algorithm.value).value.toString("hex"), hashes };
}
