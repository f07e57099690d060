import type { Value } from "../../tlv/codec.js";
import { type DataFile, dataFile, dataObject, encodeObject } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { req, struct } from "../../tlv/struct.js";
import { authenticityToken, recordNumber } from "./elements.js";

/** DO 5F2E: what is signed; its form is the issuer's. */
const biometricData = dataObject("BiometricData", 0x5f2e, octets(1));

/** Content of EF.Biometrics (table 93). */
const content = struct({
  biometricData: req(biometricData.tag, biometricData.codec),
  signature: req(0x5f37, authenticityToken),
  /** Number of the signer's certificate in EF.Certificates. */
  certificateReference: req(0x5f38, recordNumber(64)),
});
/** Value of a file of {@link efBiometrics}. */
export interface EfBiometrics extends Value<typeof content> {}

/**
 * EF.Biometrics1 to EF.Biometrics64, at FID 0201 to 0240. They have no short identifier: `sfi` is 0.
 *
 * @param number - 1 to 64.
 */
export function efBiometrics(number: number): DataFile<EfBiometrics> {
  if (!Number.isInteger(number) || number < 1 || number > 64) {
    throw new RangeError(`efBiometrics: ${number} is no number from 1 to 64`);
  }
  return dataFile<EfBiometrics>({
    name: `EF.Biometrics${number}`,
    fid: 0x0200 + number,
    sfi: 0,
    tag: 0x7f2e,
    spec: "ICAO 9303-10 §5.3.3",
    content,
  });
}

/** The bytes that the signature is over: DO 5F2E with tag and length (ICAO 9303-10 §5.3.3). */
export function biometricsSignedBytes(file: EfBiometrics): Uint8Array {
  return encodeObject(biometricData, file.biometricData);
}
