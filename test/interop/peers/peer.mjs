// The C peers of this folder: building them against libeac, and talking to one in hex lines.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assert, file, HERE, program, run, scratch } from "../lib.mjs";

export const PEER_NEEDS = [
  program("gcc", "gcc"),
  program("pkg-config", "pkg-config"),
  file("/usr/include/eac/ta.h", "libeac-dev"),
  file("/usr/include/openssl/evp.h", "libssl-dev"),
];

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));

/** Compiles `peers/NAME.c`; the path of the program. */
export async function buildPeer(name) {
  const binary = join(scratch(name), name);
  const flags = (await run("pkg-config", ["--cflags", "--libs", "libeac", "libcrypto"])).text.trim().split(/\s+/);
  const source = join(HERE, "peers", `${name}.c`);
  // what the peers share is in headers, of which none uses all
  await run("gcc", ["-Wall", "-Werror", "-Wno-unused-function", "-O1", source, "-o", binary, ...flags]);
  return binary;
}

/** A peer in its own process: one line there, one line back. */
export function startPeer(binary, args) {
  const child = spawn(binary, args, { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  child.stdin.on("error", () => {}); // it has ended; the next line says how
  return {
    next: async () => (await lines.next()).value ?? "# ended",
    write: (bytes) => child.stdin.write(`${hex(bytes)}\n`),
    end: () => {
      clearTimeout(timer);
      child.stdin.end();
      child.kill();
    },
  };
}

/** A channel to a chip that is a peer; a line that is no response is an error. */
export const channelTo = (peer) => ({
  maxCommand: 4096,
  maxResponse: 4096,
  async transmit(command) {
    peer.write(command);
    const line = await peer.next();
    assert(!line.startsWith("#"), `libeac's chip: ${line}`);
    return fromHex(line);
  },
});

/**
 * libeac takes the shared secret of DH without its leading zeros, where PKCS #3 has it as long as the prime, so that one run in
 * 256 fails between it and everybody who follows the standard. Three in a row do not.
 */
export async function agree(keyAgreement, wanted, attempt) {
  let found;
  for (let i = 0; i < (keyAgreement === "DH" ? 3 : 1); i++) {
    found = await attempt().catch((error) => error.code ?? error.message);
    if (found === wanted) return;
  }
  assert(false, `${wanted} expected, found ${found}`);
}
