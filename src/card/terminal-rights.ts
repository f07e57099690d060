/**
 * Rights that terminal authentication proves, each with its bit in the terminal's authorization: bit 0 is the last one, of one
 * byte for an inspection system and of five for an authentication terminal (BSI TR-03110-3 C.4.1 and C.4.2). The role belongs
 * to the name, because the same words mean something else in the other: DG4 is the iris to an inspection system.
 */
export const TERMINAL_RIGHTS = {
  "inspection.readDg3": 0,
  "inspection.readDg4": 1,
  "authentication.readDg1": 8,
  "authentication.readDg2": 9,
  "authentication.readDg3": 10,
  "authentication.readDg4": 11,
  "authentication.readDg5": 12,
  "authentication.readDg6": 13,
  "authentication.readDg7": 14,
  "authentication.readDg8": 15,
  "authentication.readDg9": 16,
  "authentication.readDg10": 17,
  "authentication.readDg11": 18,
  "authentication.readDg12": 19,
  "authentication.readDg13": 20,
  "authentication.readDg14": 21,
  "authentication.readDg15": 22,
  "authentication.readDg16": 23,
  "authentication.readDg17": 24,
  "authentication.readDg18": 25,
  "authentication.readDg19": 26,
  "authentication.readDg20": 27,
  "authentication.readDg21": 28,
  "authentication.writeDg21": 33,
  "authentication.writeDg20": 34,
  "authentication.writeDg19": 35,
  "authentication.writeDg18": 36,
  "authentication.writeDg17": 37,
} as const;
/** See {@link TERMINAL_RIGHTS}. */
export type TerminalRight = keyof typeof TERMINAL_RIGHTS;

/** Whether `name` is a right that is known here. */
export function isTerminalRight(name: unknown): name is TerminalRight {
  return typeof name === "string" && Object.hasOwn(TERMINAL_RIGHTS, name);
}
