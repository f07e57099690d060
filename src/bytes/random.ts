/** Gives `length` unpredictable bytes. An argument everywhere; a fixed source lives in `cardwright/testing` only. */
export type RandomSource = (length: number) => Uint8Array;

/** The system's generator (Web Crypto), the default wherever randomness is taken. */
export const systemRandom: RandomSource = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));
