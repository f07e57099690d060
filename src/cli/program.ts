import { Command } from "commander";
import { type ChipCommandPorts, chipCommand } from "./chip-command.js";
import { dumpCommand } from "./dump-command.js";
import type { PcscPorts } from "./pcsc-ports.js";
import { readCommand } from "./read-command.js";
import { readersCommand } from "./readers-command.js";
import { type ValidateCommandPorts, validateCommand } from "./validate-command.js";

/** The whole program; run in `main.ts`. */
export function createProgram(version: string, ports: ChipCommandPorts & PcscPorts & ValidateCommandPorts): Command {
  return new Command("cardwright")
    .description("Build, sign, personalize, read and validate national ID cards and travel documents.")
    .version(version)
    .addCommand(readersCommand(ports))
    .addCommand(readCommand(ports))
    .addCommand(validateCommand(ports))
    .addCommand(chipCommand(ports))
    .addCommand(dumpCommand(ports));
}
