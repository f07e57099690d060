import {
  biometricSubtype,
  FORMAT_FACE_19794_5,
  FORMAT_FINGER_19794_4,
  OWNER_ISO_SC37,
  TYPE_FACE,
  TYPE_FINGER,
} from "../biometric/cbeff.js";
import { compareImage } from "../biometric/compare-image.js";
import { buildFaceRecord } from "../biometric/face.js";
import { buildFingerRecord } from "../biometric/finger.js";
import type { ImageHeader } from "../biometric/image.js";
import { parseJpeg2000Header } from "../biometric/jp2.js";
import { parseJpegHeader } from "../biometric/jpeg.js";
import { parseWsqHeader } from "../biometric/wsq.js";
import { dg2 } from "../lds/dg2.js";
import { dg3 } from "../lds/dg3.js";
import { dg7 } from "../lds/dg7.js";
import type { CitizenRecord, Finger, ImageSize } from "../record/record.js";
import { type FileTemplate, fileTemplate } from "../tlv/template.js";
import type { EncodeFile } from "./card-buffer.js";
import { type BuildProblem, type Built, collect, collectAll, nothing } from "./problems.js";

/** Version of the patron header of CBEFF. */
const CBEFF_VERSION = 0x0101;
/** Pixels an inch of a finger whose image does not say (ISO/IEC 19794-4 level 31). */
const USUAL_RESOLUTION = 500;
/** Compression of an ISO/IEC 19794-4 record: WSQ. */
const WSQ = 2;

/** Patron header of a face. */
const FACE_HEADER = {
  version: CBEFF_VERSION,
  type: Uint8Array.of(TYPE_FACE),
  subtype: 0,
  formatOwner: OWNER_ISO_SC37,
  formatType: FORMAT_FACE_19794_5,
};

/** A JPEG 2000 file begins with the length of its signature box, or with SOC when it is a bare codestream. */
function parsePhotoHeader(image: Uint8Array): ImageHeader {
  const jpeg2000 = image[0] === 0 || (image[0] === 0xff && image[1] === 0x4f);
  return jpeg2000 ? parseJpeg2000Header(image) : parseJpegHeader(image);
}

/** The header of an image; where it says something else than the record or than itself, that is a problem. */
function checkedHeader(
  problems: BuildProblem[],
  path: string,
  parse: (image: Uint8Array) => ImageHeader,
  image: Uint8Array,
  size: ImageSize | undefined,
): ImageHeader | undefined {
  const header = collect(problems, path, () => parse(image));
  if (header === undefined) return undefined;
  const mismatches = compareImage(size === undefined ? {} : { width: size.width, height: size.height }, header);
  for (const { field, stated, found, by = "record" } of mismatches) {
    const message = `the ${by} states ${field} ${stated}, the image has ${found}: give the image that is meant`;
    problems.push({ path, message });
  }
  return mismatches.length === 0 ? header : undefined;
}

/** @internal DG2: the portrait. */
export function buildDg2(
  problems: BuildProblem[],
  encode: EncodeFile,
  { portrait, portraitSize }: CitizenRecord,
): Built {
  const header = checkedHeader(problems, dg2.name, parsePhotoHeader, portrait, portraitSize);
  if (header === undefined) return undefined;
  const { format, width, height, components } = header;
  const template = faceTemplate(width, height, format === "JPEG" ? 0 : 1, components === 1 ? 3 : 1);
  return collect(problems, dg2.name, () => encode(template, portrait));
}

/** Templates of DG2 by size and kind of the portrait. Portraits of one issuer have few; of many, the oldest are made anew. */
const faceTemplates = new Map<string, FileTemplate>();
const FACE_TEMPLATES = 64;

function faceTemplate(width: number, height: number, imageDataType: 0 | 1, colourSpace: 1 | 3): FileTemplate {
  const key = `${width} ${height} ${imageDataType} ${colourSpace}`;
  const known = faceTemplates.get(key);
  if (known !== undefined) return known;
  const template = fileTemplate(dg2, (image) => ({
    instances: [
      { header: FACE_HEADER, data: { face: buildFaceRecord({ image, width, height, imageDataType, colourSpace }) } },
    ],
  }));
  if (faceTemplates.size === FACE_TEMPLATES) faceTemplates.delete(faceTemplates.keys().next().value as string);
  faceTemplates.set(key, template);
  return template;
}

const FINGERS = ["thumb", "pointer", "middle", "ring", "little"] as const;

/** Subtype of CBEFF of a finger position of ISO/IEC 19794: 1 to 5 right hand from the thumb, 6 to 10 left hand. */
function subtypeOf(position: number): number {
  const finger = FINGERS[(position - 1) % FINGERS.length];
  if (finger === undefined) throw new RangeError(`encodeDataGroups: finger position ${position}, 1 to 10 exist`);
  return biometricSubtype({ side: position <= FINGERS.length ? "right" : "left", finger });
}

function fingerInstance(problems: BuildProblem[], path: string, finger: Finger & { readonly image: Uint8Array }) {
  const { position, image, imageSize } = finger;
  const header = checkedHeader(problems, path, parseWsqHeader, image, imageSize);
  if (header === undefined) return undefined;
  const { width, height, resolution } = header;
  const cbeff = {
    version: CBEFF_VERSION,
    type: Uint8Array.of(TYPE_FINGER),
    subtype: subtypeOf(position),
    formatOwner: OWNER_ISO_SC37,
    formatType: FORMAT_FINGER_19794_4,
  };
  const dpi = Math.round(resolution?.x ?? USUAL_RESOLUTION);
  const record = buildFingerRecord({ image, width, height, position, compression: WSQ, resolution: dpi });
  return { header: cbeff, data: { finger: record } };
}

/** @internal DG3: the fingers that have an image; minutiae are for the comparison on the card, not for this file. */
export function buildDg3(problems: BuildProblem[], encode: EncodeFile, { fingers = [] }: CitizenRecord): Built {
  const instances = collectAll(
    fingers.flatMap((finger, i) =>
      finger.image === undefined
        ? []
        : [fingerInstance(problems, `${dg3.name}.fingers[${i}]`, { ...finger, image: finger.image })],
    ),
  );
  if (instances === undefined) return undefined;
  if (instances.length === 0) return nothing("the record has no image of a finger");
  return collect(problems, dg3.name, () => encode(dg3, { instances }));
}

/** @internal DG7: the displayed signature. */
export function buildDg7(
  problems: BuildProblem[],
  encode: EncodeFile,
  { signature, signatureSize }: CitizenRecord,
): Built {
  if (signature === undefined) return nothing("the record has no signature");
  const header = checkedHeader(problems, dg7.name, parsePhotoHeader, signature, signatureSize);
  return header && collect(problems, dg7.name, () => encode(dg7, [signature]));
}
