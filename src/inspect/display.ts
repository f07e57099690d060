import { MalformedError } from "../errors.js";
import { dg1 } from "../lds/dg1.js";
import { dg2 } from "../lds/dg2.js";
import type { DataFile } from "../tlv/file.js";
import { parseFileTolerantly } from "../tlv/tolerant.js";
import type { CardFiles } from "./card-files.js";
import { faceImagesOf } from "./portrait.js";

/** What a display shows of a card, whatever a verdict says of it. */
export interface CardDisplay {
  /** The MRZ of DG1, without line breaks. */
  readonly mrz?: string;
  /** The first face of DG2 that is a JPEG, which every browser shows. */
  readonly portrait?: Uint8Array;
}

/**
 * The portrait and the MRZ of a card for a display, read with every tolerance; what is malformed or not there is missing. Nothing
 * is verified: show it beside a verdict.
 *
 * Spec: ICAO 9303-10 §4.7.1 and §4.7.2.
 *
 * @example
 * const { portrait } = displayOf(card);
 */
export function displayOf(card: CardFiles): CardDisplay {
  const mrz = contentOf(card, dg1)?.mrz;
  const faces = contentOf(card, dg2);
  const portrait = faces === undefined ? undefined : whenReadable(() => faceImagesOf(faces).find(isJpeg));
  return { ...(mrz !== undefined && { mrz }), ...(portrait !== undefined && { portrait }) };
}

const isJpeg = (image: Uint8Array) => image[0] === 0xff && image[1] === 0xd8;

function contentOf<T>(card: CardFiles, file: DataFile<T>): T | undefined {
  const bytes = card.files[file.name];
  return bytes === undefined ? undefined : whenReadable(() => parseFileTolerantly(file, bytes).value);
}

function whenReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
