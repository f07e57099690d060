import {
  checkImage,
  type StatedImage,
  statedFaceImage,
  statedFingerImage,
  statedIrisImage,
} from "../biometric/compare-image.js";
import type { ImageFormat, ImageMismatch } from "../biometric/image.js";
import { parseImageHeader } from "../biometric/image-header.js";
import { parseIso39794Face, statedFaceImages39794 } from "../biometric/iso39794/face.js";
import { parseIso39794Finger, statedFingerImages39794 } from "../biometric/iso39794/finger.js";
import { toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { type Dg2, dg2 } from "../lds/dg2.js";
import { type Dg3, dg3 } from "../lds/dg3.js";
import { type Dg4, dg4 } from "../lds/dg4.js";
import type { Check, CheckList } from "./report.js";

/** An image and what its record says of it. */
interface Stated {
  readonly stated: StatedImage;
  readonly image: Uint8Array;
  /** The formats that the standard allows, where no record states one. */
  readonly allowed?: readonly ImageFormat[];
}

/** The images of one template, made when they are looked at: the data may be malformed. */
type Template = () => readonly Stated[];

/** The images of a template of DG2, in either format. */
const facesOf =
  ({ data }: Dg2["instances"][number]): Template =>
  () =>
    data.face === undefined
      ? statedFaceImages39794(parseIso39794Face(data.iso39794.standardized))
      : data.face.faces.map((face) => ({ stated: statedFaceImage(face), image: face.image }));

/** @internal The faces of DG2, as they stand. */
export function faceImagesOf({ instances }: Dg2): readonly Uint8Array[] {
  return instances.flatMap((instance) => facesOf(instance)().map(({ image }) => image));
}

const fingersOf =
  ({ data }: Dg3["instances"][number]): Template =>
  () => {
    const { finger } = data;
    return finger === undefined
      ? statedFingerImages39794(parseIso39794Finger(data.iso39794.standardized))
      : finger.images.map((image) => ({ stated: statedFingerImage(finger, image), image: image.image }));
  };

/** A block of ISO/IEC 39794-6 is kept as it stands, so its images are not looked at. */
const irisesOf =
  ({ data }: Dg4["instances"][number]): Template =>
  () => {
    const { iris } = data;
    if (iris === undefined) return [];
    return iris.eyes.flatMap(({ images }) => images.map(({ image }) => ({ stated: statedIrisImage(iris), image })));
  };

const WHAT: Readonly<Record<ImageMismatch["field"], (stated: string, found: string, by: string) => string>> = {
  format: (stated, found, by) => `${by} states a ${stated} image, it is a ${found}`,
  size: (stated, found, by) => `${by} states ${stated} pixels, the image has ${found}`,
  resolution: (stated, found, by) => `${by} states ${stated}, the image ${found}`,
  components: (stated, found, by) => `${by} states ${stated} samples a pixel, the image has ${found}`,
  precision: (stated, found, by) => `${by} states ${stated} bits a sample, the image has ${found}`,
  length: (stated, found, by) => `${by} states ${stated.replace(/ bytes$/, "")} bytes, the image has ${found}`,
};

type Base = Pick<Check, "id" | "path" | "spec">;

/** Formats in which the LDS displays images (tables 59, 63 and 72 of 9303-10). */
const DISPLAYED: readonly ImageFormat[] = ["JPEG", "JPEG 2000"];

interface Fault {
  readonly message: string;
  readonly evidence?: Readonly<Record<"field" | "stated" | "found", string>>;
}

/** What is to be said of one image; words when all is as stated, else the faults. */
function lookAt({ stated, image, allowed }: Stated): string | readonly Fault[] {
  const mismatches = checkImage(stated, image);
  if (mismatches.length > 0) {
    return mismatches.map(({ field, stated: left, found, by }) => ({
      message: WHAT[field](left, found, by === undefined ? "The record" : `The image's ${by}`),
      evidence: { field, stated: left, found },
    }));
  }
  if (stated.format === "raw") return `${image.length} bytes of raw pixels`;
  const { format, width, height } = parseImageHeader(image);
  if (allowed !== undefined && !allowed.includes(format)) {
    const formats = allowed.join(" or ");
    const evidence = { field: "format", stated: formats, found: format };
    return [{ message: `It is to be a ${formats} image, it is a ${format}`, evidence }];
  }
  return `${format} of ${width}×${height} pixels`;
}

/** One check over all images of a file, however many templates and faults there are. */
function checkAll(list: CheckList, base: Base, templates: readonly Template[], part = "template"): void {
  const faults: Fault[] = [];
  const passed: string[] = [];
  for (const [i, template] of templates.entries()) {
    const which = templates.length === 1 ? "" : ` (${part} ${i + 1})`;
    try {
      for (const one of template()) {
        const found = lookAt(one);
        if (typeof found === "string") passed.push(found);
        else faults.push(...found.map((fault) => ({ ...fault, message: `${fault.message}${which}.` })));
      }
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      faults.push({ message: `The image cannot be compared with its record${which}: ${error.message}.` });
    }
  }
  if (faults.length > 0) {
    const all = (key: "field" | "stated" | "found") =>
      faults.flatMap(({ evidence }) => evidence?.[key] ?? []).join("; ");
    const evidence = { field: all("field"), stated: all("stated"), found: all("found") };
    const message = faults.map((fault) => fault.message).join(" ");
    list.add({ ...base, status: "warning", message, ...(evidence.field !== "" && { evidence }) }, false);
    return;
  }
  const status = passed.length > 0 ? "passed" : "notChecked";
  const none = templates.length === 0 ? "It holds no recording." : "There is no image of a kind known here.";
  const message = passed.length > 0 ? `As stated: ${passed.join(", ")}.` : none;
  list.add({ ...base, status, message }, false);
}

/**
 * What the face records state of their images is what the headers of the images say, and of several recordings the most
 * recent is the first. Nothing decodes pixels.
 */
export function checkPortrait(list: CheckList, value: Dg2 | undefined): void {
  const image = { id: "dg2.image", path: dg2.name, spec: "ICAO 9303-10 §4.7.2; ISO/IEC 19794-5 §5.7" };
  const instances = { id: "dg2.instances", path: dg2.name, spec: "ICAO 9303-10 §4.7.2" };
  if (value === undefined) {
    for (const base of [image, instances]) {
      list.add({ ...base, status: "notChecked", message: "There is no readable face record." }, false);
    }
    return;
  }
  checkAll(list, image, value.instances.map(facesOf));
  const count = value.instances.length;
  // BCD digits sort as the dates they are.
  const created = value.instances.map(({ header }) => (header.created === undefined ? "" : toHex(header.created)));
  const [first = "", ...later] = created;
  const late = first !== "" && later.some((time) => time > first);
  const evidence = { instances: String(count), ...(created.some(Boolean) && { created: created.join("; ") }) };
  const message = late
    ? `There are ${count} recordings, and the first is not the most recent.`
    : `There ${count === 1 ? "is one recording" : `are ${count} recordings`}.`;
  list.add({ ...instances, status: late ? "warning" : "passed", message, evidence }, false);
}

/** As {@link checkPortrait}, for fingers and irises; a file that was not read has its answer with the hashes. */
export function checkFingersAndIrises(list: CheckList, fingers: Dg3 | undefined, irises: Dg4 | undefined): void {
  if (fingers !== undefined) {
    const base = { id: "dg3.image", path: dg3.name, spec: "ICAO 9303-10 §4.7.3; ISO/IEC 19794-4 §7" };
    checkAll(list, base, fingers.instances.map(fingersOf));
  }
  if (irises !== undefined) {
    const base = { id: "dg4.image", path: dg4.name, spec: "ICAO 9303-10 §4.7.4; ISO/IEC 19794-6 §5.5" };
    checkAll(list, base, irises.instances.map(irisesOf));
  }
}

/** Images without a record: displayed portrait or signature, scans of a document. They are JPEG or JPEG 2000. */
export function checkDisplayed(list: CheckList, base: Base, images: readonly Uint8Array[]): void {
  if (images.length === 0) return;
  const templates = images.map(
    (image): Template =>
      () => [{ stated: {}, image, allowed: DISPLAYED }],
  );
  checkAll(list, base, templates, "image");
}
