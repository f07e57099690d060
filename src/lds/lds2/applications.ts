const LDS2_RID_PIX = (last: number): Uint8Array => Uint8Array.of(0xa0, 0, 0, 2, 0x47, 0x20, last);

/** Application identifier of travel records (ICAO 9303-10 §5.1.1). */
export const TRAVEL_RECORDS_AID: Uint8Array = LDS2_RID_PIX(0x01);
/** Application identifier of visa records (ICAO 9303-10 §5.2.1). */
export const VISA_RECORDS_AID: Uint8Array = LDS2_RID_PIX(0x02);
/** Application identifier of additional biometrics (ICAO 9303-10 §5.3.1). */
export const ADDITIONAL_BIOMETRICS_AID: Uint8Array = LDS2_RID_PIX(0x03);
