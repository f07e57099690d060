import { MalformedError } from "../errors.js";

const LABEL = /^[A-Z0-9](?:[A-Z0-9 ]*[A-Z0-9])?$/;
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END ([A-Z0-9 ]+)-----/g;
const LINE = 64;

/**
 * PEM armour around DER bytes, in lines of 64 characters.
 *
 * Spec: RFC 7468 §2 and §3 (strict form).
 *
 * @param label - What it is, e.g. `CERTIFICATE`, `PRIVATE KEY`, `CMS`.
 * @throws {TypeError} when `label` holds anything but capital letters, digits and inner spaces.
 * @example
 * toPem("CERTIFICATE", der).startsWith("-----BEGIN CERTIFICATE-----\n");
 */
export function toPem(label: string, der: Uint8Array): string {
  if (!LABEL.test(label)) throw new TypeError(`toPem: ${JSON.stringify(label)} is no PEM label`);
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * The bytes of every PEM block with this label, in order; text around the blocks is ignored, as RFC 7468 §2 allows.
 *
 * @throws {MalformedError} `BAD_VALUE` when a block holds anything but base64, or begins and ends with different labels.
 */
export function allFromPem(pem: string, label: string): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (const { 1: begin, 2: body = "", 3: end, index } of pem.matchAll(BLOCK)) {
    if (begin !== end) {
      throw new MalformedError("BAD_VALUE", `the block begins as ${begin} and ends as ${end}`, index, "PEM");
    }
    if (begin === label) blocks.push(fromBase64(body, index));
  }
  return blocks;
}

/**
 * The bytes of the one PEM block with this label.
 *
 * @throws {MalformedError} `BAD_VALUE` when there is no such block, or more than one, or it holds anything but base64.
 * @example
 * parseCertificate(fromPem(text, "CERTIFICATE"));
 */
export function fromPem(pem: string, label: string): Uint8Array {
  const blocks = allFromPem(pem, label);
  if (blocks.length !== 1) {
    throw new MalformedError("BAD_VALUE", `${blocks.length} blocks ${label} where one is expected`, 0, "PEM");
  }
  return blocks[0] as Uint8Array;
}

function fromBase64(body: string, offset: number): Uint8Array {
  const text = body.replace(/\s+/g, "");
  // atob alone would also take text whose padding is missing or whose last bits are not zero.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0 || btoa(atob(text)) !== text) {
    throw new MalformedError("BAD_VALUE", "the block holds something else than base64", offset, "PEM");
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
