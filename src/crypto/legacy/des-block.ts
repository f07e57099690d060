import { wipe } from "../../bytes/bytes.js";
import { PC1, PC2, ROTATIONS, SP } from "./des-tables.js";

/** Bytes of a DES block. */
export const BLOCK = 8;

/** Words of one DES key schedule: two for each of 16 rounds. */
export const SCHEDULE = 32;

/**
 * The round keys of one DES key, two words a round. The 48 bits are dealt out as the rounds below take them: six bits
 * a byte, S-boxes 1 3 5 7 in the first word and 2 4 6 8 in the second.
 */
export function keySchedule(key: Uint8Array): Int32Array {
  const cd = new Uint8Array(56);
  for (let i = 0; i < 56; i++) {
    const bit = (PC1[i] as number) - 1;
    cd[i] = ((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1;
  }
  const schedule = new Int32Array(SCHEDULE);
  for (let round = 0; round < 16; round++) {
    const rotation = ROTATIONS[round] as number;
    let odd = 0;
    let even = 0;
    for (let i = 0; i < 48; i++) {
      const from = (PC2[i] as number) - 1;
      const half = from < 28 ? 0 : 28;
      const bit = cd[half + ((from - half + rotation) % 28)] as number;
      const box = Math.floor(i / 6);
      const place = 24 - 8 * (box >> 1) + 5 - (i % 6);
      if (box & 1) even |= bit << place;
      else odd |= bit << place;
    }
    schedule[2 * round] = odd;
    schedule[2 * round + 1] = even;
  }
  wipe(cd);
  return schedule;
}

/** The same round keys, last round first: DES decrypts as it encrypts. */
export function reversed(schedule: Int32Array): Int32Array {
  const result = new Int32Array(SCHEDULE);
  for (let i = 0; i < SCHEDULE; i++) result[i] = schedule[SCHEDULE - 2 - (i & ~1) + (i & 1)] as number;
  return result;
}

/**
 * Runs one or three DES encryptions in a row, from behind the initial permutation to before the final one (between two
 * of them the permutations cancel out).
 *
 * Both halves are held rotated left by one bit. So turned, the expansion E needs no bit shuffling: each S-box finds its
 * six bits in one byte, boxes 2 4 6 8 in the half as it is, boxes 1 3 5 7 in the half rotated right by four.
 */
export function rounds(state: Int32Array, schedules: Int32Array, from: number, count: number): void {
  let left = state[0] as number;
  let right = state[1] as number;
  let k = from;
  for (let n = 0; n < count; n++) {
    for (const end = k + SCHEDULE; k < end; k += 4) {
      left ^= f(right, schedules[k] as number, schedules[k + 1] as number);
      right ^= f(left, schedules[k + 2] as number, schedules[k + 3] as number);
    }
    // The halves leave the last round exchanged.
    const swap = left;
    left = right;
    right = swap;
  }
  state[0] = left;
  state[1] = right;
}

/** The cipher function f(R, K) of FIPS 46-3. */
function f(half: number, oddKey: number, evenKey: number): number {
  const odd = ((half >>> 4) | (half << 28)) ^ oddKey;
  const even = half ^ evenKey;
  return (
    (SP[(odd >>> 24) & 63] as number) ^
    (SP[64 | ((even >>> 24) & 63)] as number) ^
    (SP[128 | ((odd >>> 16) & 63)] as number) ^
    (SP[192 | ((even >>> 16) & 63)] as number) ^
    (SP[256 | ((odd >>> 8) & 63)] as number) ^
    (SP[320 | ((even >>> 8) & 63)] as number) ^
    (SP[384 | (odd & 63)] as number) ^
    (SP[448 | (even & 63)] as number)
  );
}

/** Xors a block, put through the initial permutation and the rotation by one bit, into the state. */
export function addBlock(state: Int32Array, data: Uint8Array, at: number): void {
  let left = readWord(data, at);
  let right = readWord(data, at + 4);
  // The permutation as five exchanges of bit groups between the halves.
  let t = ((left >>> 4) ^ right) & 0x0f0f0f0f;
  right ^= t;
  left ^= t << 4;
  t = ((left >>> 16) ^ right) & 0x0000ffff;
  right ^= t;
  left ^= t << 16;
  t = ((right >>> 2) ^ left) & 0x33333333;
  left ^= t;
  right ^= t << 2;
  t = ((right >>> 8) ^ left) & 0x00ff00ff;
  left ^= t;
  right ^= t << 8;
  right = (right << 1) | (right >>> 31);
  t = (left ^ right) & 0xaaaaaaaa;
  left ^= t;
  right ^= t;
  left = (left << 1) | (left >>> 31);
  state[0] = (state[0] as number) ^ left;
  state[1] = (state[1] as number) ^ right;
}

/** Writes the state's halves as a block: the exchanges of {@link addBlock} backwards, which is the final permutation. */
export function writeBlock(leftHalf: number, rightHalf: number, out: Uint8Array, at: number): void {
  let left = (leftHalf >>> 1) | (leftHalf << 31);
  let right = rightHalf;
  let t = (left ^ right) & 0xaaaaaaaa;
  left ^= t;
  right ^= t;
  right = (right >>> 1) | (right << 31);
  t = ((right >>> 8) ^ left) & 0x00ff00ff;
  left ^= t;
  right ^= t << 8;
  t = ((right >>> 2) ^ left) & 0x33333333;
  left ^= t;
  right ^= t << 2;
  t = ((left >>> 16) ^ right) & 0x0000ffff;
  right ^= t;
  left ^= t << 16;
  t = ((left >>> 4) ^ right) & 0x0f0f0f0f;
  right ^= t;
  left ^= t << 4;
  writeWord(left, out, at);
  writeWord(right, out, at + 4);
}

function readWord(data: Uint8Array, at: number): number {
  return (
    ((data[at] as number) << 24) |
    ((data[at + 1] as number) << 16) |
    ((data[at + 2] as number) << 8) |
    (data[at + 3] as number)
  );
}

function writeWord(word: number, out: Uint8Array, at: number): void {
  out[at] = word >>> 24;
  out[at + 1] = word >>> 16;
  out[at + 2] = word >>> 8;
  out[at + 3] = word;
}
