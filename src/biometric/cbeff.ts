import { any, type ChoiceValue, choice } from "../tlv/choice.js";
import type { Codec, Value } from "../tlv/codec.js";
import { octets, uint } from "../tlv/leaves.js";
import { list } from "../tlv/list.js";
import { type Field, opt, req, reqOwn, type StructValue, struct } from "../tlv/struct.js";

/** Format owner of ISO/IEC JTC 1/SC 37. */
export const OWNER_ISO_SC37 = 0x0101;
/** Format type of an ISO/IEC 19794-4 finger image record. */
export const FORMAT_FINGER_19794_4 = 0x0007;
/** Format type of an ISO/IEC 19794-5 face record. */
export const FORMAT_FACE_19794_5 = 0x0008;
/** Format type of an ISO/IEC 19794-6 iris record with rectilinear images. */
export const FORMAT_IRIS_19794_6 = 0x0009;
/** Format type of an ISO/IEC 39794-4 finger image data block. */
export const FORMAT_FINGER_39794_4 = 0x0028;
/** Format type of an ISO/IEC 39794-5 face image data block. */
export const FORMAT_FACE_39794_5 = 0x002a;
/** Biometric type: facial features. */
export const TYPE_FACE = 0x02;
/** Biometric type: fingerprint. */
export const TYPE_FINGER = 0x08;
/** Biometric type: iris. */
export const TYPE_IRIS = 0x10;

const header = <const S extends Field<number, boolean>>(subtype: S) =>
  struct({
    /** Version of the patron header: 0101. */
    version: opt(0x80, uint(2)),
    /** 02 face, 08 finger, 10 iris. */
    type: opt(0x81, octets(1, 3)),
    /** Which finger or eye; see {@link biometricSubtype}. */
    subtype,
    /** `YYYYMMDDhhmmss` in BCD. */
    created: opt(0x83, octets(7, 7)),
    /** From and to, `YYYYMMDD` each, in BCD. */
    validity: opt(0x85, octets(8, 8)),
    /** Product identifier of the creator. */
    creator: opt(0x86, octets(2, 4)),
    /** Owner of the format: 0101 is ISO/IEC JTC 1/SC 37. */
    formatOwner: req(0x87, uint(2)),
    /** Format type: 0008 is ISO/IEC 19794-5. */
    formatType: req(0x88, uint(2)),
  });

/** Biometric header template of a face (ICAO 9303-10 §4.7.2.1; ISO/IEC 7816-11). */
export const biometricHeader = header(opt(0x82, uint(1)));
/** Value of {@link biometricHeader}. */
export interface BiometricHeader extends Value<typeof biometricHeader> {}

/** The same for fingers and irises, which name theirs in the subtype (ICAO 9303-10 tables 47 and 54). */
export const biometricHeaderWithSubtype = header(req(0x82, uint(1)));
/** Value of {@link biometricHeaderWithSubtype}. */
export interface BiometricHeaderWithSubtype extends Value<typeof biometricHeaderWithSubtype> {}

/** Biometric data template (ICAO 9303-10 §4.5.6 table 2): the block of ISO/IEC 39794 is kept as it stands. */
export const iso39794Template = struct({
  /** The data object 64, 65 or 66, tag and length included: input of `parseIso39794Face` and its like. */
  standardized: req(0xa1, any()),
});

/** The data of one template: a 19794 record of the given name, or the data block of ISO/IEC 39794. */
export type BiometricData<Name extends string, T> = ChoiceValue<
  { readonly [K in Name]: Field<T, false> } & { readonly iso39794: Field<Value<typeof iso39794Template>, false> }
>;
type Template<Name extends string, H, T> = StructValue<{
  readonly header: Field<H, false>;
  readonly data: Field<BiometricData<Name, T>, false>;
}>;

/**
 * Biometric information templates with their count, the content of a group template 7F61 (ICAO 9303-10 §4.7.2.1).
 *
 * @param name - Name of a record of ISO/IEC 19794 in the value of `data`; the other alternative is `iso39794`.
 */
export function biometricTemplates<const Name extends string, H, T>(
  name: Name,
  headerOf: Codec<H>,
  recordOf: Codec<T>,
  bounds: { readonly min: number; readonly max: number },
): Codec<readonly Template<Name, H, T>[]> {
  const data = choice({
    [name]: req(0x5f2e, recordOf),
    iso39794: req(0x7f2e, iso39794Template),
  } as { readonly [K in Name]: Field<T, false> } & { readonly iso39794: Field<Value<typeof iso39794Template>, false> });
  const template = struct({ header: req(0xa1, headerOf), data: reqOwn(data) }) as Codec<Template<Name, H, T>>;
  return list(0x7f60, template, { count: 0x02, ...bounds });
}

const SIDES = [undefined, "right", "left"] as const;
const FINGERS = [undefined, "thumb", "pointer", "middle", "ring", "little"] as const;

/** Which finger or eye a biometric subtype means; a part is left out when the subtype does not say. */
export interface BiometricSubtype {
  readonly side?: "right" | "left";
  readonly finger?: "thumb" | "pointer" | "middle" | "ring" | "little";
}

/**
 * The subtype byte of a finger or eye (ICAO 9303-10 tables 49 and 56).
 *
 * @example
 * import { biometricSubtype } from "cardwright/biometric";
 * biometricSubtype({ side: "left", finger: "pointer" }); // 0x0a
 */
export function biometricSubtype(of: BiometricSubtype): number {
  return (FINGERS.indexOf(of.finger) << 2) | SIDES.indexOf(of.side);
}

/** The finger or eye of a subtype byte; undefined for a value that is reserved. */
export function parseBiometricSubtype(subtype: number): BiometricSubtype | undefined {
  const side = SIDES[subtype & 3];
  const finger = FINGERS[subtype >> 2];
  if ((subtype & 3) === 3 || subtype >> 2 >= FINGERS.length) return undefined;
  return { ...(side !== undefined && { side }), ...(finger !== undefined && { finger }) };
}
