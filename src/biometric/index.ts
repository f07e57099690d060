/**
 * Biometric records in their templates, and the headers of the images in them.
 * ISO/IEC 19794-5:2005 (face), CBEFF headers as ICAO 9303-10 §4.7.2 uses them, ISO/IEC 10918-1 (JPEG header).
 * Decodes no pixels.
 * @module
 */
export { type BiometricHeader, biometricHeader, FORMAT_FACE_19794_5, OWNER_ISO_SC37, TYPE_FACE } from "./cbeff.js";
export { buildFaceRecord, type FaceRecord, type FacialRecord, faceRecord } from "./face.js";
export { type JpegHeader, parseJpegHeader } from "./jpeg.js";
