import { createProgram } from "../../src/cli/program.js";
import type { ReadProgress } from "../../src/inspect/read-card.js";
import type { FakePcsc } from "./pcsc.js";

/** Runs the command line with a PC/SC service in memory: what it wrote, its progress, and what it threw. */
export async function cardwright(
  station: FakePcsc | { readonly pcsc: FakePcsc; readonly signal: AbortSignal },
  ...args: string[]
) {
  const { pcsc, signal } = "signal" in station ? station : { pcsc: station, signal: undefined };
  let text = "";
  const progress: (ReadProgress | undefined)[] = [];
  const program = createProgram("0", {
    write: (part) => (text += part),
    loadPcsc: async () => pcsc,
    progress: (step) => progress.push(step),
    ...(signal && { interruption: () => signal }),
  });
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: () => {} });
  const error = await program.parseAsync(args, { from: "user" }).then(
    () => undefined,
    (cause: unknown) => cause as Error,
  );
  return { text, progress, error };
}
