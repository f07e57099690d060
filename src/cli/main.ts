#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { connectVpcd } from "../adapters/vpcd.js";
import { fromHex } from "../bytes/index.js";
import { type ChipSecrets, parseCardImage } from "../card/index.js";
import { VirtualChip } from "../chip/index.js";
import { CardwrightError } from "../errors.js";

const version = "0.1.0";

function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) throw new InvalidArgumentError("expected HOST:PORT");
  return { host: (match[1] as string).replace(/^\[(.*)\]$/, "$1"), port };
}

/** A JSON object of secrets by name, each in hex. */
function readSecrets(path: string): ChipSecrets {
  const data: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof data !== "object" || data === null)
    throw new CardwrightError("IMAGE_INVALID", `${path}: an object expected`);
  return Object.fromEntries(Object.entries(data).map(([name, hex]) => [name, fromHex(String(hex))]));
}

const program = new Command("cardwright")
  .description("Build, sign, personalize, read and validate national ID cards and travel documents.")
  .version(version);

program
  .command("chip")
  .description("put a virtual chip on a reader of a PC/SC daemon (vpcd), until the reader goes away")
  .requiredOption("--image <file>", "card image, JSON as made by the library or the demo (image.json)")
  .option("--secrets <file>", "JSON object of the secrets that the image names, by name, in hex")
  .requiredOption("--vpcd <host:port>", "where vpcd listens, e.g. 127.0.0.1:35963", hostAndPort)
  .action(async (options: { image: string; secrets?: string; vpcd: { host: string; port: number } }) => {
    const image = parseCardImage(readFileSync(options.image, "utf8"));
    const secrets = options.secrets === undefined ? {} : readSecrets(options.secrets);
    const chip = VirtualChip.fromImage(image, secrets);
    const { host, port } = options.vpcd;
    const connection = await connectVpcd({ chip, host, port });
    process.stdout.write(`card ${JSON.stringify(image.documentNumber)} is on the reader at ${host}:${port}\n`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => connection.close());
    await connection.closed;
  });

try {
  await program.parseAsync();
} catch (error) {
  // The message says what to do; a stack would only hide it.
  process.stderr.write(`cardwright: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
