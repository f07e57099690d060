/** A benchmark of wrong results is worth nothing: stops it when two byte strings differ. */
export function sameBytes(what, actual, expected) {
  if (!Buffer.from(actual).equals(Buffer.from(expected))) throw new Error(`${what}: the bytes differ from what is due`);
}
