// The line of the package as a user imports it; the same in Node and in a browser.
// Only names of the package: no node:, no Buffer.

import { toHex, utf8 } from "cardwright/bytes";
import { primitives } from "#primitives";

const SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/** Encodes, signs and validates one card. */
export async function line() {
  const hash = toHex(primitives.hash("SHA-256", utf8("abc")));
  return { backend: primitives.backend, verdict: hash === SHA256_ABC ? "passed" : "failed" };
}
