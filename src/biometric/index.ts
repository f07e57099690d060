/**
 * Biometric records in their templates, and the headers of the images in them.
 * ISO/IEC 19794-2, -4, -5 and -6 of 2005, ISO/IEC 39794-4 and -5, CBEFF as ICAO 9303-10 §4.7.2 uses it; JPEG, JPEG 2000, WSQ, PNG.
 * Decodes no pixels; blocks of ISO/IEC 39794-6 are kept as they stand.
 * @module
 */
export {
  type BiometricData,
  type BiometricHeader,
  type BiometricHeaderWithSubtype,
  type BiometricSubtype,
  biometricHeader,
  biometricHeaderWithSubtype,
  biometricSubtype,
  FORMAT_FACE_19794_5,
  FORMAT_FACE_39794_5,
  FORMAT_FINGER_19794_4,
  FORMAT_FINGER_39794_4,
  FORMAT_IRIS_19794_6,
  iso39794Template,
  OWNER_ISO_SC37,
  parseBiometricSubtype,
  TYPE_FACE,
  TYPE_FINGER,
  TYPE_IRIS,
} from "./cbeff.js";
export {
  checkImage,
  compareImage,
  type StatedImage,
  statedFaceImage,
  statedFingerImage,
  statedIrisImage,
} from "./compare-image.js";
export {
  buildFaceRecord,
  type FaceRecord,
  type FacialRecord,
  type FeaturePoint,
  faceRecord,
  featurePointsOf,
} from "./face.js";
export {
  buildFingerRecord,
  type FingerImage,
  type FingerRecord,
  fingerRecord,
  singleFingerRecord,
} from "./finger.js";
export type { ImageFormat, ImageHeader, ImageMismatch, ImageResolution } from "./image.js";
export { parseImageHeader } from "./image-header.js";
export { type IrisEye, type IrisRecord, irisRecord } from "./iris.js";
export {
  encodeIso39794Face,
  type FaceImageDataBlock,
  faceImageDataBlock,
  parseIso39794Face,
  statedFaceImages39794,
} from "./iso39794/face.js";
export {
  encodeIso39794Finger,
  encodeSegmentation,
  type FingerImageDataBlock,
  fingerImageDataBlock,
  parseIso39794Finger,
  parseSegmentation,
  type SegmentationBlock,
  statedFingerImages39794,
} from "./iso39794/finger.js";
export { encodeLandmark, type LandmarkBlock, parseLandmark } from "./iso39794/landmarks.js";
export { codeOf } from "./iso39794/types.js";
export { type Jpeg2000Header, parseJpeg2000Header } from "./jp2.js";
export { type JpegHeader, parseJpegHeader } from "./jpeg.js";
export {
  type CompactMinutia,
  type CompactMinutiae,
  compactMinutiae,
  type MinutiaeTemplate,
  minutiaeTemplate,
} from "./minutiae.js";
export { type PngHeader, parsePngHeader } from "./png.js";
export { parseWsqHeader, type WsqHeader } from "./wsq.js";
