import type { RandomSource } from "../bytes/index.js";

/**
 * Bytes that look random and are always the same, for tests that have to repeat: of protocols, and of what they recorded.
 *
 * Whoever knows the seed knows every byte: never give it to anything that makes a key which is used.
 *
 * @param seed - A whole number of 32 bits; another one gives other bytes.
 * @returns A source that goes on where its last call ended.
 * @throws {RangeError} when the seed is no such number.
 * @example
 * import { fixedRandom } from "cardwright/testing";
 * fixedRandom(1)(4).join() === fixedRandom(1)(4).join(); // => true
 * fixedRandom(1)(4).join() === fixedRandom(2)(4).join(); // => false
 */
export function fixedRandom(seed: number): RandomSource {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError(`fixedRandom: the seed is ${seed}, a whole number of 32 bits is expected`);
  }
  // A linear congruential generator (Numerical Recipes, §7.1), of which the high bits are good enough for a test.
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
}
