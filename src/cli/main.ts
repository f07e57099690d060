#!/usr/bin/env node
import { createProgram } from "./program.js";

const version = "0.1.0";

const program = createProgram(version, {
  write: (text) => process.stdout.write(text),
  onConnected: (connection) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => connection.close());
  },
});

try {
  await program.parseAsync();
} catch (error) {
  // The message says what to do; a stack would only hide it.
  process.stderr.write(`cardwright: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
