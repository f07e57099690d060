import { MalformedError } from "../errors.js";
import {
  checkSize,
  cut,
  type ImageHeader,
  type ImageMismatch,
  type ImageResolution,
  notThis,
  perInch,
  uintAt,
} from "./image.js";

/** What the header of a JPEG 2000 file says (ISO/IEC 15444-1). */
export interface Jpeg2000Header extends ImageHeader {
  readonly format: "JPEG 2000";
  /** Whether the file is a bare codestream, without boxes. */
  readonly bare: boolean;
}

// Types of boxes: four letters read as one integer.
const JP2H = 0x6a703268;
const IHDR = 0x69686472;
const RES = 0x72657320;
const RESC = 0x72657363;
const RESD = 0x72657364;
const JP2C = 0x6a703263;

/** Most boxes in one place; files have fewer than ten. */
const MAX_BOXES = 64;

/** A box; `at` is where its content starts. */
interface Box {
  readonly type: number;
  readonly start: number;
  readonly at: number;
  readonly end: number;
}

const fail = (detail: string, offset: number): never => {
  throw new MalformedError("BAD_VALUE", detail, offset, "JPEG 2000");
};

/** The box at `start` (annex I.4); `limit` is where what holds it ends. */
function boxAt(bytes: Uint8Array, start: number, limit: number): Box {
  if (limit - start < 8) throw cut("JPEG 2000", "the file ends in the header of a box", limit);
  const type = uintAt(bytes, start + 4, 4);
  let length = uintAt(bytes, start, 4);
  let at = start + 8;
  if (length === 1) {
    if (limit - start < 16) throw cut("JPEG 2000", "the file ends in the header of a box", limit);
    length = uintAt(bytes, at, 8);
    at += 8;
  } else if (length === 0) length = limit - start;
  if (length < at - start) fail(`a box cannot be ${length} bytes long`, start);
  if (length > limit - start) {
    throw cut("JPEG 2000", `a box announces ${length} bytes, ${limit - start} are left`, start);
  }
  return { type, start, at, end: start + length };
}

function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  for (let at = from, count = 1; at < to; count++) {
    if (count > MAX_BOXES) fail(`more than ${MAX_BOXES} boxes`, at);
    const box = boxAt(bytes, at, to);
    yield box;
    at = box.end;
  }
}

/** Grid points an inch in a resolution box (annex I.5.3.7); 0 in a denominator states nothing. */
function resolutionOf(bytes: Uint8Array, { at, end }: Box): ImageResolution | undefined {
  if (end - at !== 10) fail("a resolution box has ten bytes", at);
  const part = (numerator: number, exponent: number): number => {
    const signed = ((bytes[exponent] as number) << 24) >> 24;
    return (uintAt(bytes, numerator, 2) / uintAt(bytes, numerator + 2, 2)) * 10 ** signed;
  };
  const [y, x] = [perInch(part(at, at + 8)), perInch(part(at + 4, at + 9))];
  return Number.isFinite(x) && Number.isFinite(y) && x > 0 && y > 0 ? { x, y } : undefined;
}

type Frame = Pick<ImageHeader, "width" | "height" | "components" | "precision">;

/** The marker segment SIZ that a codestream starts with (annex A.5.1), and the end marker. */
function parseCodestream(bytes: Uint8Array, at: number, end: number): Frame {
  if (end - at < 42) throw cut("JPEG 2000", "the codestream ends in its header", end);
  if (uintAt(bytes, at, 4) !== 0xff4fff51) fail("the codestream does not start with SOC and SIZ", at);
  const components = uintAt(bytes, at + 40, 2);
  if (uintAt(bytes, at + 4, 2) !== 38 + 3 * components || components === 0) {
    fail(`the length of SIZ does not fit ${components} components`, at + 4);
  }
  if (end - at < 42 + 3 * components) throw cut("JPEG 2000", "the codestream ends in its header", end);
  const width = uintAt(bytes, at + 8, 4) - uintAt(bytes, at + 16, 4);
  const height = uintAt(bytes, at + 12, 4) - uintAt(bytes, at + 20, 4);
  checkSize("JPEG 2000", width, height, at + 8);
  if (bytes[end - 2] !== 0xff || bytes[end - 1] !== 0xd9) {
    throw cut("JPEG 2000", "the codestream does not end with its end marker FFD9", end - 1);
  }
  return { width, height, components, precision: ((bytes[at + 42] as number) & 0x7f) + 1 };
}

/** Where the header box says something else than the codestream. */
function contradictions(box: Omit<Frame, "precision">, frame: Frame): readonly ImageMismatch[] {
  const found: ImageMismatch[] = [];
  const [stated, held] = [`${box.width}×${box.height}`, `${frame.width}×${frame.height}`];
  if (stated !== held) found.push({ field: "size", stated, found: held, by: "header box ihdr" });
  if (box.components !== frame.components) {
    const [left, right] = [`${box.components}`, `${frame.components}`];
    found.push({ field: "components", stated: left, found: right, by: "header box ihdr" });
  }
  return found;
}

/**
 * Reads the header of a JPEG 2000 file, in boxes (JP2) or as a bare codestream: nothing is decoded.
 *
 * Spec: ISO/IEC 15444-1 annexes A (codestream) and I (JP2).
 *
 * @throws {MalformedError} that says what the file looks like instead, or where it goes wrong.
 */
export function parseJpeg2000Header(bytes: Uint8Array): Jpeg2000Header {
  const { length } = bytes;
  if (length >= 4 && uintAt(bytes, 0, 4) === 0xff4fff51) {
    return { format: "JPEG 2000", ...parseCodestream(bytes, 0, length), bare: true, length };
  }
  // the signature box, whole (annex I.5.1)
  if (length < 12 || uintAt(bytes, 0, 8) !== 0x0c6a502020 || uintAt(bytes, 8, 4) !== 0x0d0a870a) {
    throw notThis("JPEG 2000", bytes);
  }
  let stated: Omit<Frame, "precision"> | undefined;
  let frame: Frame | undefined;
  let resolution: ImageResolution | undefined;
  for (const box of boxesIn(bytes, 12, length)) {
    if (box.type === JP2H) {
      for (const inner of boxesIn(bytes, box.at, box.end)) {
        if (inner.type === IHDR) {
          if (inner.end - inner.at !== 14) fail("the box ihdr has 14 bytes", inner.at);
          const [height, width] = [uintAt(bytes, inner.at, 4), uintAt(bytes, inner.at + 4, 4)];
          stated = { width, height, components: uintAt(bytes, inner.at + 8, 2) };
        } else if (inner.type === RES) {
          // the resolution of the capture (resc) before the one to show it in (resd)
          const all = [...boxesIn(bytes, inner.at, inner.end)];
          const best = all.find(({ type }) => type === RESC) ?? all.find(({ type }) => type === RESD);
          if (best !== undefined) resolution = resolutionOf(bytes, best);
        }
      }
    } else if (box.type === JP2C) {
      frame ??= parseCodestream(bytes, box.at, box.end);
    }
  }
  if (stated === undefined) return fail("there is no header box ihdr", length);
  if (frame === undefined) return fail("there is no codestream", length);
  const wrong = contradictions(stated, frame);
  return {
    format: "JPEG 2000",
    ...frame,
    bare: false,
    ...(resolution !== undefined && { resolution }),
    length,
    ...(wrong.length > 0 && { contradictions: wrong }),
  };
}
