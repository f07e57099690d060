import { parseJpegHeader } from "../biometric/jpeg.js";
import { MalformedError } from "../errors.js";
import { type Dg2, dg2 } from "../lds/dg2.js";
import type { CheckList } from "./report.js";

const SPEC = "ICAO 9303-10 §4.7.2; ISO/IEC 19794-5 §5.7";

/** The size that the face record states is the one that the image has. Nothing decodes pixels. */
export function checkPortrait(list: CheckList, value: Dg2 | undefined): void {
  const base = { id: "dg2.image", path: dg2.name, spec: SPEC };
  const face = value?.instances[0]?.face.faces[0];
  if (face === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no readable face record." }, false);
    return;
  }
  if (face.imageDataType !== 0) {
    list.add({ ...base, status: "notChecked", message: "The header of a JPEG 2000 image is not read yet." }, false);
    return;
  }
  const stated = `${face.width}×${face.height}`;
  try {
    const header = parseJpegHeader(face.image);
    const found = `${header.width}×${header.height}`;
    const same = stated === found;
    const message = same
      ? `A JPEG of ${found} pixels, as stated.`
      : `The record states ${stated} pixels, the image has ${found}.`;
    list.add({ ...base, status: same ? "passed" : "warning", message, evidence: { stated, found } }, false);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    list.add(
      { ...base, status: "warning", message: `The image is not the JPEG that is stated: ${error.message}.` },
      false,
    );
  }
}
