import { SW } from "../apdu/status.js";
import type { FallPolicy, ReadingFall } from "./card-files.js";

/** Longest response with short lengths: 256 bytes and the status word. */
const SHORT_RESPONSE = 258;
/** DO 99 (4 bytes) and DO 8E (10 bytes) of a protected answer, and the status word behind it. */
const PROTECTION = 4 + 10 + 2;
/** What every chip takes; readers in the field that ask for no more than 224 meet no refusal, some chips want less. */
const SHORT_STEPS: readonly number[] = [224, 112];
/** Refusals of a read that is too long, with extended lengths: chips that do not know these answer with any of them. */
const TOO_LONG: readonly number[] = [SW.WRONG_LENGTH, SW.WRONG_OFFSET, SW.INCORRECT_P1_P2, SW.UNKNOWN];

/** Block of the cipher that protects answers, in bytes; 0 in the clear. */
export type Protection = 0 | 8 | 16;

/** How much is asked for at once: goes down the ladder where the chip refuses, and is remembered for the rest. */
export interface ReadSize {
  /** Longest response in bytes, status word included. */
  maxResponse: number;
  /** Most bytes of a file, whatever fits the response. */
  most: number;
  readonly falls: ReadingFall[];
  /** What must not be settled for less. */
  allow: FallPolicy;
  /** A long read that is under way, or was when the card was torn: where, how much, and how often that happened there. */
  long: { readonly place: string; readonly asked: number; readonly tears: number } | undefined;
}

/** Tears at the same long read after which it is the length that is to blame: readers and drivers claim what they cannot do. */
const TEARS = 2;

/** Notes a read that needs extended lengths before it is sent. */
export function noteLong(size: ReadSize, place: string, asked: number): void {
  if (asked <= 256) return;
  size.long = { place, asked, tears: size.long?.place === place ? size.long.tears : 0 };
}

/** The chip has answered a read, whatever it said; after a tear nothing gets here. */
export function noteAnswer(size: ReadSize, place: string): void {
  if (size.long?.place === place) size.long = undefined;
}

/** Falls to short lengths when the card was torn again at the same long read. */
export function fallFromTears(size: ReadSize): void {
  if (size.long === undefined) return;
  const { asked } = size.long;
  size.long = { ...size.long, tears: size.long.tears + 1 };
  if (size.long.tears < TEARS || size.allow.readSize === false || size.maxResponse <= SHORT_RESPONSE) return;
  size.long = undefined;
  size.maxResponse = SHORT_RESPONSE;
  size.falls.push({ kind: "readSize", from: asked, to: 256 });
}

/** Bytes of a file that fit one response of `maxResponse` bytes. */
export function fileBytesIn(maxResponse: number, protection: Protection): number {
  const data = maxResponse - 2;
  if (protection === 0) return data;
  // DO 87: tag, length of two or three bytes, padding indicator; then whole blocks, at least one byte of padding in them
  const header = maxResponse > SHORT_RESPONSE ? 5 : 4;
  const blocks = Math.floor((data + 2 - PROTECTION - header) / protection);
  return blocks * protection - 1;
}

/** Bytes of a file to ask for at once, when `left` are left. */
export function chunkOf({ maxResponse, most }: ReadSize, protection: Protection, left = most): number {
  const whole = fileBytesIn(maxResponse, protection);
  const short = Math.min(fileBytesIn(Math.min(maxResponse, SHORT_RESPONSE), protection), most);
  // Up to 256 bytes are asked for with a short Le, whose answer has no room for protection around so many.
  const long = Math.min(whole, most);
  return Math.min(long, left) > 256 ? long : short;
}

/**
 * Goes one step down after a refusal: from extended lengths to short ones, to 224 bytes, to 112.
 *
 * @param asked - Bytes of the file that were asked for.
 * @returns Whether there was a step, so that the same bytes may be asked for again.
 */
export function stepDown(size: ReadSize, asked: number, protection: Protection, sw: number): boolean {
  if (size.allow.readSize === false) return false;
  const extended = asked > 256;
  const right = sw >> 8 === 0x6c ? sw & 0xff : undefined;
  if (extended ? !TOO_LONG.includes(sw) && right === undefined : sw !== SW.WRONG_LENGTH) return false;
  if (extended) size.maxResponse = Math.min(size.maxResponse, SHORT_RESPONSE);
  else {
    const next = SHORT_STEPS.find((step) => step < asked);
    if (next === undefined) return false;
    size.most = next;
  }
  size.falls.push({ kind: "readSize", from: asked, to: Math.min(asked, chunkOf(size, protection)), sw });
  return true;
}
