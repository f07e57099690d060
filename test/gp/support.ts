import { readFileSync } from "node:fs";
import type { CommandApdu, ResponseApdu } from "../../src/apdu/apdu.js";
import { encodeCommand } from "../../src/apdu/apdu.js";
import type { Exchange } from "../../src/apdu/exchange.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import type { Scp03ChipOptions, Scp03ChipOutcome } from "../../src/gp/chip/scp03.js";
import { scp03Chip } from "../../src/gp/chip/scp03.js";
import type { OpenScp03Options, Scp03Terminal } from "../../src/gp/terminal/scp03.js";
import { openScp03 } from "../../src/gp/terminal/scp03.js";

export { fixedRandom } from "../../src/testing/fixed-random.js";

/** A published vector file. */
export function vectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8")) as T;
}

/** Lower-case hex of a command as it goes over the wire. */
export function wire(command: CommandApdu): string {
  return toHex(encodeCommand(command));
}

/** Runs an exchange against a function, and keeps what was sent. */
export async function drive<T>(
  exchange: Exchange<T>,
  answer: (command: CommandApdu, index: number) => ResponseApdu,
): Promise<{ sent: string[]; value?: T; error?: unknown }> {
  const sent: string[] = [];
  try {
    let step = await exchange.next(undefined as never);
    while (!step.done) {
      sent.push(wire(step.value));
      step = await exchange.next(answer(step.value, sent.length - 1));
    }
    return { sent, value: step.value };
  } catch (error) {
    return { sent, error };
  }
}

/** The chip's side as a function from command to answer, which keeps its outcome. */
export function chipSide(options: Scp03ChipOptions) {
  let protocol: ReturnType<typeof scp03Chip> | undefined;
  const side = {
    outcome: undefined as Scp03ChipOutcome | undefined,
    answer(command: CommandApdu): ResponseApdu {
      let step: IteratorResult<ResponseApdu, Scp03ChipOutcome>;
      if (protocol === undefined) {
        protocol = scp03Chip(command, options);
        step = protocol.next(undefined as never);
      } else step = protocol.next(command);
      if (!step.done) return step.value;
      protocol = undefined;
      side.outcome = step.value;
      return step.value.response ?? { data: new Uint8Array(0), sw: 0x6985 };
    },
  };
  return side;
}

/** Opens a session between our terminal and our chip. */
export async function loopback(terminal: OpenScp03Options, chip: Scp03ChipOptions) {
  const side = chipSide(chip);
  const result = await drive<Scp03Terminal>(openScp03(terminal), side.answer);
  return { ...result, outcome: side.outcome };
}

export const KDD = fromHex("00010203040506070809");
