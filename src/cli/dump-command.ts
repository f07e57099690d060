import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Command } from "commander";
import { CardwrightError } from "../errors.js";
import { type AnyUntaggedFile, LDS_FILES, MF_FILES, UNTAGGED_FILES } from "../lds/index.js";
import { dumpUntagged } from "../lds/tools.js";
import type { AnyDataFile } from "../tlv/index.js";
import { dumpTlv } from "../tlv/tools.js";

const FILES: readonly AnyDataFile[] = [...LDS_FILES, ...MF_FILES];

/** `dg11`, `EF.DG11`, `EF.DG11.bin` all name EF.DG11. */
function nameOf(text: string): string {
  return text
    .toUpperCase()
    .replace(/\.(BIN|DER|DAT)$/, "")
    .replace(/^EF[._]?/, "")
    .replace(/[/_-]/g, "");
}

/** The untagged file that a name stands for; its bytes do not tell what it is. */
function untaggedFor(path: string, type?: string): AnyUntaggedFile | undefined {
  const wanted = nameOf(type ?? basename(path));
  return UNTAGGED_FILES.find((file) => nameOf(file.name) === wanted);
}

/** The declaration that a name or, without one, the first byte of a file stands for; undefined when there is none. */
export function declarationFor(bytes: Uint8Array, path: string, type?: string): AnyDataFile | undefined {
  const wanted = nameOf(type ?? basename(path));
  const named = FILES.find((file) => nameOf(file.name) === wanted);
  if (named !== undefined) return named;
  if (type !== undefined) {
    const known = [...FILES, ...UNTAGGED_FILES].map((file) => file.name).join(", ");
    throw new CardwrightError("IMAGE_INVALID", `--type ${type}: there is no such file; known are ${known}`);
  }
  return LDS_FILES.find((file) => file.tag === bytes[0]);
}

/** `cardwright dump`: a file as an annotated tree. */
export function dumpCommand(ports: { readonly write: (text: string) => void }): Command {
  return new Command("dump")
    .description("print a file of a chip as an annotated tree, with a mark where it goes wrong")
    .argument("<file>", "the file's bytes; its name (EF.DG11.bin) or first byte tells what it is")
    .option("--type <name>", "what it is, e.g. EF.DG11")
    .action((path: string, options: { type?: string }) => {
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(readFileSync(path));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new CardwrightError("IMAGE_INVALID", `the file cannot be read: ${reason}`, { cause });
      }
      const untagged = untaggedFor(path, options.type);
      const text =
        untagged === undefined
          ? dumpTlv(bytes, declarationFor(bytes, path, options.type))
          : dumpUntagged(untagged, bytes);
      ports.write(`${text}\n`);
    });
}
