import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { connectVpcd, type VpcdConnection } from "../adapters/vpcd.js";
import { fromHex } from "../bytes/index.js";
import { type ChipSecrets, parseCardImage } from "../card/index.js";
import { VirtualChip } from "../chip/index.js";
import { CardwrightError } from "../errors.js";

/** What the command needs of the process around it. */
export interface ChipCommandPorts {
  /** Tells the user what happens. */
  readonly write: (text: string) => void;
  /** Called with the card on the reader, e.g. to take it away on a signal. */
  readonly onConnected?: (connection: VpcdConnection) => void;
}

/**
 * `HOST:PORT`, an IPv6 address in brackets.
 *
 * @throws {InvalidArgumentError} for anything else.
 */
export function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(\[[0-9A-Fa-f:.%\w]+\]|[^\s:[\]]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("Expected HOST:PORT, e.g. 127.0.0.1:35963.");
  }
  return { host: (match[1] as string).replace(/^\[(.*)\]$/, "$1"), port };
}

/** The text of a file; the error says for which option it was wanted. */
function readText(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CardwrightError("IMAGE_INVALID", `${option}: the file cannot be read: ${reason}`, { cause });
  }
}

/**
 * Secrets by name from a JSON object of hex strings.
 *
 * @throws {CardwrightError} `IMAGE_INVALID` that names the file and the secret, never a value.
 */
export function readSecrets(path: string): ChipSecrets {
  const fail = (what: string): never => {
    throw new CardwrightError("IMAGE_INVALID", `--secrets ${path}: ${what}`);
  };
  let data: unknown;
  try {
    data = JSON.parse(readText(path, "--secrets"));
  } catch (error) {
    if (error instanceof CardwrightError) throw error;
    return fail("this is no JSON"); // no cause: the parser's message quotes the text
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return fail("an object of secrets by name expected, each in hex");
  }
  return Object.fromEntries(
    Object.entries(data).map(([name, hex]: [string, unknown]) => {
      if (typeof hex !== "string") return fail(`${JSON.stringify(name)}: hex expected`);
      try {
        return [name, fromHex(hex)];
      } catch {
        return fail(`${JSON.stringify(name)}: hex expected`);
      }
    }),
  );
}

/** `cardwright chip`: a virtual chip on a reader of a PC/SC daemon, until the reader goes away. */
export function chipCommand(ports: ChipCommandPorts): Command {
  return new Command("chip")
    .description("put a virtual chip on a reader of a PC/SC daemon (vpcd), until the reader goes away")
    .requiredOption("--image <file>", "card image, JSON as made by the library or the demo (image.json)")
    .option("--secrets <file>", "JSON object of the secrets that the image names, by name, in hex")
    .requiredOption("--vpcd <host:port>", "where vpcd listens, e.g. 127.0.0.1:35963", hostAndPort)
    .action(async (options: { image: string; secrets?: string; vpcd: { host: string; port: number } }) => {
      const image = parseCardImage(readText(options.image, "--image"));
      const secrets = options.secrets === undefined ? {} : readSecrets(options.secrets);
      const chip = VirtualChip.fromImage(image, secrets);
      const { host, port } = options.vpcd;
      const connection = await connectVpcd({ chip, host, port });
      ports.write(`card ${JSON.stringify(image.documentNumber)} is on the reader at ${host}:${port}\n`);
      ports.onConnected?.(connection);
      await connection.closed;
    });
}
