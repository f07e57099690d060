/** A benchmark of wrong results is worth nothing: stops it when two byte strings differ. */
export function sameBytes(what, actual, expected) {
  if (!Buffer.from(actual).equals(Buffer.from(expected))) throw new Error(`${what}: the bytes differ from what is due`);
}

/**
 * Tries what a peer offers. A peer that cannot do it is left out of the table with the reason, and never stops the benchmark.
 *
 * @param attempt Gives undefined when all is right, or what is wrong; may throw.
 * @returns Why the peer cannot, or undefined.
 */
export function faultOf(attempt) {
  try {
    return attempt();
  } catch (error) {
    return `refuses: ${error.message}`;
  }
}

/** Splits peers into those that can and those that cannot: `{ label, run, fault() }` each. */
export function sortPeers(peers) {
  const able = [];
  const cannot = [];
  for (const { label, run, fault } of peers) {
    const why = faultOf(fault);
    if (why === undefined) able.push({ label, run });
    else cannot.push({ label, why });
  }
  return { able, cannot };
}
