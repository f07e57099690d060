#!/usr/bin/env node
import { safeText } from "../report/index.js";
import { describeError, exitCodeOf } from "./exit-codes.js";
import { createProgram } from "./program.js";
import { progressBar } from "./progress.js";

const version = "0.1.0";

/** Ends what waits for cards; a second signal ends the process. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

const program = createProgram(version, {
  write: (text) => process.stdout.write(text),
  progress: progressBar(),
  interruption,
  exit: (code) => {
    process.exitCode = code;
  },
  onConnected: (connection) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => connection.close());
  },
});

try {
  await program.parseAsync();
} catch (error) {
  // The message says what to do; a stack would only hide it.
  process.stderr.write(`cardwright: ${safeText(describeError(error))}\n`);
  process.exitCode = exitCodeOf(error);
}
