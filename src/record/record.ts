/** Sex as the record states it; issuers map it to `M`, `F`, `<` of the MRZ or to ISO 5218. */
export type Sex = "male" | "female" | "unspecified";

/** The holder's name in Latin letters, diacritics allowed: transliteration into the MRZ comes later. */
export interface LatinName {
  readonly given: string;
  readonly family: string;
}

/** The paper that attests the birth. */
export interface BirthCertificate {
  /** 1 to 10 ASCII digits. */
  readonly number: string;
  /** At most 12 characters. */
  readonly series?: string;
}

/** Where the holder lives. Text up to 100 characters; plate, floor and unit up to 20. */
export interface PostalAddress {
  readonly province: string;
  readonly county: string;
  readonly city: string;
  readonly district?: string;
  readonly street?: string;
  readonly alley?: string;
  readonly plate?: string;
  readonly floor?: string;
  readonly unit?: string;
  /** As the profile's rule has it; ten ASCII digits under the shipped one. */
  readonly postalCode: string;
}

/** The size that is stated for an image, in pixels: it is held against the image's own header. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** One finger: its image, its minutiae, or both. */
export interface Finger {
  /** ISO/IEC 19794-2 and 19794-4: 1 to 5 right hand from the thumb to the little finger, 6 to 10 left hand. */
  readonly position: number;
  /** Bytes of a WSQ file, for DG3. */
  readonly image?: Uint8Array;
  /** Of `image`. */
  readonly imageSize?: ImageSize;
  /** Minutiae of compact size (ISO/IEC 19794-2:2005 §8.2), 3 bytes each, 1 to 255: for a comparison on the card. */
  readonly minutiae?: Uint8Array;
}

/**
 * A citizen's record after {@link parseCitizenRecord}: what every document is built from.
 *
 * Text is NFC with the country's letter rules applied; dates are Gregorian `YYYY-MM-DD`; digits in number fields are
 * ASCII. It shares no memory with the input, and parsing it again gives an equal record.
 */
export interface CitizenRecord {
  /** 1 to 22 of A-Z and 0-9. More than nine go into a TD1 by the long-number rule (ICAO 9303-5 §4.2.2.1 note j). */
  readonly documentNumber: string;
  /** ICAO 9303-3 §5 code: 1 to 3 capital letters, without filler (`D`, `UTO`). */
  readonly issuingState: string;
  /** As `issuingState`. */
  readonly nationality: string;
  /** Given names in the national script, at most 100 characters. */
  readonly givenNames: string;
  /** Family name in the national script, at most 100 characters. */
  readonly familyName: string;
  /** The name in Latin letters; when absent, an issuer transliterates the national one. */
  readonly latin?: LatinName;
  /** Father's name in the national script, at most 100 characters. */
  readonly fatherName?: string;
  /** As the profile's rule has it; ten ASCII digits under the shipped one. Text, for leading zeros matter. */
  readonly nationalNumber: string;
  /** Gregorian `YYYY-MM-DD`. */
  readonly dateOfBirth: string;
  /** At most 100 characters. */
  readonly placeOfBirth: string;
  readonly sex: Sex;
  readonly birthCertificate?: BirthCertificate;
  /** Household the holder is registered in: at most 20 digits. */
  readonly householdId?: string;
  readonly address: PostalAddress;
  /** Gregorian `YYYY-MM-DD`, not before the birth. */
  readonly dateOfIssue: string;
  /** Gregorian `YYYY-MM-DD`, after the issue. */
  readonly dateOfExpiry: string;
  /** At most 100 characters. */
  readonly issuingAuthority: string;
  /** The face: bytes of a JPEG or JPEG 2000 file, as they go onto the chip. */
  readonly portrait: Uint8Array;
  readonly portraitSize?: ImageSize;
  /** Two to ten fingers, each once. */
  readonly fingers?: readonly Finger[];
  /** The signature or usual mark as it is displayed: bytes of a JPEG or JPEG 2000 file. */
  readonly signature?: Uint8Array;
  readonly signatureSize?: ImageSize;
}
