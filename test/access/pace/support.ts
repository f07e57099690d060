import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type PaceChip, type PaceChipOptions, type PaceChipOutcome, paceChip } from "../../../src/access/pace/chip.js";
import { paceGroupById } from "../../../src/access/pace/group.js";
import { PACE_PROTOCOLS, type PaceOffer } from "../../../src/access/pace/parameters.js";
import { encodeResponse, parseCommand } from "../../../src/apdu/apdu.js";
import { concatBytes, EMPTY, fromHex, utf8 } from "../../../src/bytes/bytes.js";
import type { RandomSource } from "../../../src/bytes/random.js";

/** A vector as text; hex is brought to lower case. */
export function vector<T>(path: string): T {
  const text = readFileSync(new URL(`../../vectors/${path}`, import.meta.url), "utf8");
  return JSON.parse(text, (_name, value: unknown) =>
    typeof value === "string" && /^[0-9A-Fa-f]+$/.test(value) ? value.toLowerCase() : value,
  ) as T;
}

/** Gives these values in order, and checks that the lengths asked for are theirs. */
export function values(...list: Uint8Array[]): RandomSource {
  let at = 0;
  return (length) => {
    const value = list[at++] as Uint8Array;
    expect(value.length).toBe(length);
    return value.slice();
  };
}

/** An offer by the protocol's name and the number of the domain parameters. */
export function offerOf(name: string, parameterId: number, ambiguous = false): PaceOffer {
  const protocol = PACE_PROTOCOLS.find((row) => row.name === name);
  const group = paceGroupById(parameterId);
  if (protocol === undefined || group === undefined) throw new Error(`no ${name} with ${parameterId}`);
  return { protocol, group, parameterId, ambiguous };
}

export const CAN = { kind: "can", secret: "123456" } as const;
export const canOfChip = () => ({ kind: "can", secret: utf8("123456") }) as const;

/** A chip that only does PACE, and then echoes inside the session. */
export function chipOf(chip: PaceChip, options: PaceChipOptions = {}) {
  let running: ReturnType<typeof paceChip> | undefined;
  let outcome: PaceChipOutcome = {};
  const transmit = (bytes: Uint8Array): Uint8Array => {
    const command = parseCommand(bytes);
    if (outcome.session) {
      const plain = outcome.session.unwrap(command);
      return encodeResponse(outcome.session.wrap({ data: Uint8Array.of(plain.ins), sw: 0x9000 }));
    }
    let step = running?.next(command);
    if (step === undefined || (step.done && step.value.response === undefined)) {
      running = paceChip(command, chip, options);
      step = running.next(undefined as never);
    }
    if (!step.done) return encodeResponse(step.value);
    running = undefined;
    outcome = step.value;
    return encodeResponse(outcome.response ?? { data: EMPTY, sw: 0x6d00 });
  };
  return { transmit, outcome: () => outcome };
}

export const code = (value: string) => expect.objectContaining({ code: value });
export const hex = fromHex;
export const join = concatBytes;
