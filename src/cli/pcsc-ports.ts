import type { PcscBinding } from "../adapters/pcsc.js";
import { ChannelError } from "../errors.js";
import type { ReadProgress } from "../inspect/index.js";

/** What the commands that use readers need of the process around them. */
export interface PcscPorts {
  /** Tells the user what happens. */
  readonly write: (text: string) => void;
  /** Loads the binding to PC/SC, which is an optional part; {@link loadSmartcard} when left out. */
  readonly loadPcsc?: () => Promise<PcscBinding>;
  /** Shows how far a reading is; `undefined` when it has ended, for good or not. */
  readonly progress?: (progress: ReadProgress | undefined) => void;
  /** A signal that ends the waiting for cards and readers; asked for by commands that wait. */
  readonly interruption?: () => AbortSignal;
}

/** Not a literal in the import, so that nobody needs it who has no reader. */
const PACKAGE: string = "smartcard";

/**
 * The npm package smartcard.
 *
 * @throws {ChannelError} `READER_GONE` when it is not installed.
 */
export async function loadSmartcard(): Promise<PcscBinding> {
  try {
    const module = (await import(PACKAGE)) as Partial<PcscBinding> & { default?: PcscBinding };
    return module.Context === undefined ? (module.default as PcscBinding) : (module as PcscBinding);
  } catch (cause) {
    const message = "readers need the package smartcard, which is not installed: npm install smartcard@3";
    throw new ChannelError("READER_GONE", message, { cause });
  }
}
