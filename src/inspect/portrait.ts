import { compareImage, type StatedImage, statedFaceImage } from "../biometric/compare-image.js";
import type { ImageMismatch } from "../biometric/image.js";
import { parseImageHeader } from "../biometric/image-header.js";
import { parseIso39794Face, statedFaceImages39794 } from "../biometric/iso39794/face.js";
import { MalformedError } from "../errors.js";
import { type Dg2, dg2 } from "../lds/dg2.js";
import type { CheckList } from "./report.js";

const SPEC = "ICAO 9303-10 §4.7.2; ISO/IEC 19794-5 §5.7";

/** An image of DG2 and what is said of it. */
interface Portrait {
  readonly stated: StatedImage;
  readonly image: Uint8Array;
}

/** The images of one template of DG2, in either format. */
function portraitsOf({ data }: Dg2["instances"][number]): readonly Portrait[] {
  return data.face === undefined
    ? statedFaceImages39794(parseIso39794Face(data.iso39794.standardized))
    : data.face.faces.map((face) => ({ stated: statedFaceImage(face), image: face.image }));
}

const WHAT: Readonly<Record<ImageMismatch["field"], (stated: string, found: string, by: string) => string>> = {
  format: (stated, found, by) => `${by} states a ${stated} image, it is a ${found}`,
  size: (stated, found, by) => `${by} states ${stated} pixels, the image has ${found}`,
  resolution: (stated, found, by) => `${by} states ${stated}, the image ${found}`,
  components: (stated, found, by) => `${by} states ${stated} samples a pixel, the image has ${found}`,
  precision: (stated, found, by) => `${by} states ${stated} bits a sample, the image has ${found}`,
  length: (stated, found, by) => `${by} states ${stated} bytes, the image has ${found}`,
};

/** What the face records state of their images is what the headers of the images say. Nothing decodes pixels. */
export function checkPortrait(list: CheckList, value: Dg2 | undefined): void {
  const base = { id: "dg2.image", path: dg2.name, spec: SPEC };
  if (value === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no readable face record." }, false);
    return;
  }
  const warnings: { message: string; evidence?: Readonly<Record<string, string>> }[] = [];
  const passed: string[] = [];
  for (const [i, instance] of value.instances.entries()) {
    const which = value.instances.length === 1 ? "" : ` (template ${i + 1})`;
    try {
      for (const { stated, image } of portraitsOf(instance)) {
        const header = parseImageHeader(image);
        const mismatches = compareImage(stated, header);
        for (const { field, stated: left, found, by } of mismatches) {
          const message = WHAT[field](left, found, by === undefined ? "The record" : `The image's ${by}`);
          warnings.push({ message: `${message}${which}.`, evidence: { field, stated: left, found } });
        }
        if (mismatches.length === 0) passed.push(`${header.format} of ${header.width}×${header.height} pixels`);
      }
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      warnings.push({ message: `The image cannot be compared with its record${which}: ${error.message}.` });
    }
  }
  if (warnings.length > 0) {
    // One check, however many templates and faults there are.
    const all = (key: string) => warnings.flatMap(({ evidence }) => evidence?.[key] ?? []).join("; ");
    const evidence = { field: all("field"), stated: all("stated"), found: all("found") };
    const message = warnings.map((warning) => warning.message).join(" ");
    list.add({ ...base, status: "warning", message, ...(evidence.field !== "" && { evidence }) }, false);
    return;
  }
  const status = passed.length > 0 ? "passed" : "notChecked";
  const message = passed.length > 0 ? `As stated: ${passed.join(", ")}.` : "There is no image of a kind known here.";
  list.add({ ...base, status, message }, false);
}
