import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { wipe } from "../bytes/index.js";
import { CardwrightError } from "../errors.js";
import type { ReadingTerminal } from "../inspect/index.js";
import { fromPem, memorySigner, parseCvCertificate, parsePkcs8 } from "../pki/index.js";

/** Where the terminal's certificates and its key are. */
export interface TerminalOptions {
  readonly terminal?: readonly string[];
  readonly terminalKey?: string;
}

function readBytes(path: string, option: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new InvalidArgumentError(`${option}: ${error instanceof Error ? error.message : "the file cannot be read"}`);
  }
}

/** What is wrong with a file, without a word of what is in it. */
function parsed<T>(path: string, option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CardwrightError)) throw error;
    throw new InvalidArgumentError(`${option}: ${path} cannot be used (${error.code})`);
  }
}

function keyOf(path: string): ReadingTerminal["signer"] {
  const bytes = readBytes(path, "--terminal-key");
  return parsed(path, "--terminal-key", () => {
    const der = bytes[0] === 0x30 ? bytes : fromPem(new TextDecoder().decode(bytes), "PRIVATE KEY");
    try {
      return memorySigner(parsePkcs8(der));
    } finally {
      wipe(bytes, der);
    }
  });
}

/**
 * The terminal that the options give; undefined when they give none.
 *
 * @throws {InvalidArgumentError} when they give half of one, or files that are none.
 */
export function terminalFrom({ terminal, terminalKey }: TerminalOptions): ReadingTerminal | undefined {
  if (terminal === undefined && terminalKey === undefined) return undefined;
  if (terminal === undefined || terminalKey === undefined) {
    throw new InvalidArgumentError("--terminal and --terminal-key belong together.");
  }
  const certificates = terminal.map((path) =>
    parsed(path, "--terminal", () => parseCvCertificate(readBytes(path, "--terminal"))),
  );
  return { certificates, signer: keyOf(terminalKey) };
}
