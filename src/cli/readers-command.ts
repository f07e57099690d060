import { Command } from "commander";
import { listPcscReaders, type PcscEvent, type PcscReader, watchPcscReaders } from "../adapters/pcsc.js";
import { toHex } from "../bytes/index.js";
import { safeText } from "../report/index.js";
import { leaveOnUsage, READER_EXIT_HELP } from "./exit-codes.js";
import { loadSmartcard, type PcscPorts } from "./pcsc-ports.js";

const WORDS: Readonly<Record<PcscEvent["type"], string>> = {
  readerAttached: "reader",
  readerDetached: "reader gone",
  cardInserted: "card on",
  cardRemoved: "card off",
};

function describeReader({ name, card, use, atr }: PcscReader): string {
  const busy = use === "free" ? "" : `, ${use === "shared" ? "in use" : "held"} by another program`;
  const state =
    card === "none"
      ? "no card"
      : card === "mute"
        ? "a card that does not answer"
        : `card ${atr === undefined ? "" : toHex(atr).toUpperCase()}`;
  return `${safeText(name)}: ${state.trimEnd()}${busy}`;
}

/** `cardwright readers`: what lies on the readers, once or as it changes. */
export function readersCommand(ports: PcscPorts): Command {
  return new Command("readers")
    .description("list the card readers and what lies on them")
    .option("--watch", "go on and tell what changes, until interrupted", false)
    .addHelpText("after", READER_EXIT_HELP)
    .exitOverride(leaveOnUsage)
    .action(async ({ watch }: { watch: boolean }) => {
      const binding = await (ports.loadPcsc ?? loadSmartcard)();
      if (!watch) {
        const readers = listPcscReaders(binding);
        if (readers.length === 0) ports.write("there is no reader\n");
        for (const reader of readers) ports.write(`${describeReader(reader)}\n`);
        return;
      }
      const options = ports.interruption === undefined ? {} : { signal: ports.interruption() };
      for await (const event of watchPcscReaders(binding, options)) {
        const atr =
          event.type === "cardInserted" && event.atr !== undefined ? ` ${toHex(event.atr).toUpperCase()}` : "";
        ports.write(`${WORDS[event.type]} ${safeText(event.reader)}${atr}\n`);
      }
    });
}
