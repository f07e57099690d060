/**
 * A chip in software that answers like a card: blank and ready to be personalized, or made from an image.
 * ISO/IEC 7816-4 (SELECT, READ BINARY), GlobalPlatform Card Specification 2.3.1 with SCP03, ICAO 9303-11 and BSI TR-03110 (every protocol of `access`).
 * For tests and rehearsals; not hardened, and it shares no code with the terminal but formulas pinned by published vectors.
 * @module
 */
export { virtualChannel } from "./channel.js";
export type { BlankChipOptions } from "./memory.js";
export { VirtualChip } from "./virtual-chip.js";
