import { any } from "../../../tlv/choice.js";
import type { Value } from "../../../tlv/codec.js";
import { type AnyDataFile, dataFile } from "../../../tlv/file.js";
import { octets, uint } from "../../../tlv/leaves.js";
import { list } from "../../../tlv/list.js";
import { oneOf } from "../../../tlv/one-of.js";
import { fixed, record } from "../../../tlv/record.js";
import { opt, req, struct } from "../../../tlv/struct.js";
import { digits, text } from "../../../tlv/text.js";
import { calendarDay, calendarSecond } from "./dates.js";

/**
 * Files of the national identity application. Tags of the private class are the profile's own; where ISO/IEC 7816-6 names a
 * data object, that is used. Text is UTF-8, numbers are ASCII digits, dates `YYYYMMDD`, times `YYYYMMDDhhmmss` UTC, both
 * checked against the calendar.
 */
const SPEC = "cardwright profile nationalId";

/** Names and lines of an address: as long as in the citizen's record. */
const line = text(4 * 100, { min: 1, characters: 100 });
/** Plate, floor, unit. */
const short = text(4 * 20, { min: 1, characters: 20 });
/** `min` to `max` ASCII digits. */
const number = (min: number, max: number) => text(max, { min, charset: "digits" });

/** EF.CardInfo: which generation of card this is, and which keys sign it. */
export const efCardInfo = dataFile({
  name: "EF.CardInfo",
  fid: 0x0203,
  sfi: 0x03,
  tag: 0xe3,
  spec: SPEC,
  content: struct({
    /** Two bytes, e.g. 01 02. */
    chipType: req(0xdf40, octets(2, 2)),
    /** The profile by which the card was built; at most 32 bytes. */
    profileId: req(0xdf41, text(32, { min: 1, charset: "ascii" })),
    /** Three bytes. */
    profileVersion: req(0xdf42, octets(3, 3)),
    /** E.g. `4.7`. */
    ldsVersion: req(0xdf43, text(8, { min: 1, charset: "ascii" })),
    keyVersions: req(
      0xdf44,
      record({
        /** Of the key for personal data. */
        personalData: fixed(1, uint(1)),
        sod1: fixed(1, uint(1)),
        sod2: fixed(1, uint(1)),
      }),
    ),
    pinAlgorithm: req(0xdf45, uint(1)),
    keyAlgorithm: req(0xdf46, uint(1)),
  }),
});
/** Value of {@link efCardInfo}. */
export interface CardInfo extends Value<typeof efCardInfo> {}

/** EF.Holder: ties the data to one chip. Both security objects sign it. */
export const efHolder = dataFile({
  name: "EF.Holder",
  fid: 0x0204,
  sfi: 0x04,
  tag: 0xe4,
  spec: SPEC,
  content: struct({
    /** 8 to 16 bytes. */
    chipSerial: req(0xdf50, octets(8, 16)),
    nationalNumber: req(0xdf51, digits(10)),
  }),
});
/** Value of {@link efHolder}. */
export interface Holder extends Value<typeof efHolder> {}

/** EF.PersonalInfo1: what does not change in the life of a card. */
export const efPersonalInfo1 = dataFile({
  name: "EF.PersonalInfo1",
  fid: 0x0201,
  sfi: 0x01,
  tag: 0xe1,
  spec: SPEC,
  content: struct({
    nationalNumber: req(0xdf01, digits(10)),
    /** In the national script, like the family and the father's name. */
    givenNames: req(0xdf02, line),
    familyName: req(0xdf03, line),
    latinGivenNames: opt(0xdf04, line),
    latinFamilyName: opt(0xdf05, line),
    fatherName: opt(0xdf06, line),
    /** `YYYYMMDD`. */
    dateOfBirth: req(0x5f2b, calendarDay),
    placeOfBirth: req(0x5f11, line),
    birthCertificateNumber: opt(0xdf07, number(1, 10)),
    /** At most 12 characters. */
    birthCertificateSeries: opt(0xdf08, text(4 * 12, { min: 1, characters: 12 })),
    /** ISO/IEC 5218: `0` not known, `1` male, `2` female, `9` not applicable. */
    sex: req(0x5f35, oneOf(["0", "1", "2", "9"])),
  }),
});
/** Value of {@link efPersonalInfo1}. */
export interface PersonalInfo1 extends Value<typeof efPersonalInfo1> {}

/** EF.PersonalInfo2: what the holder may have renewed on the card he has. */
export const efPersonalInfo2 = dataFile({
  name: "EF.PersonalInfo2",
  fid: 0x0202,
  sfi: 0x02,
  tag: 0xe2,
  spec: SPEC,
  content: struct({
    /** Four bytes; only ever goes up. */
    updateCounter: req(0xdf20, uint(4)),
    /** `YYYYMMDDhhmmss`, UTC. */
    timeOfUpdate: req(0xdf21, calendarSecond),
    postalCode: req(0xdf22, digits(10)),
    address: req(
      0xe0,
      struct({
        province: req(0xdf30, line),
        county: req(0xdf31, line),
        city: req(0xdf32, line),
        district: opt(0xdf33, line),
        street: opt(0xdf34, line),
        alley: opt(0xdf35, line),
        plate: opt(0xdf36, short),
        floor: opt(0xdf37, short),
        unit: opt(0xdf38, short),
      }),
    ),
    /** At most 20 digits. */
    householdId: opt(0xdf23, number(1, 20)),
  }),
});
/** Value of {@link efPersonalInfo2}. */
export interface PersonalInfo2 extends Value<typeof efPersonalInfo2> {}

/** EF.Dates: `YYYYMMDD`. */
export const efDates = dataFile({
  name: "EF.Dates",
  fid: 0x0303,
  sfi: 0x06,
  tag: 0xe6,
  spec: SPEC,
  content: struct({
    issue: req(0xb2, struct({ date: req(0x5f26, calendarDay) })),
    expiry: req(0xb3, struct({ date: req(0x5f24, calendarDay) })),
  }),
});
/** Value of {@link efDates}. */
export interface Dates extends Value<typeof efDates> {}

/** Match-on-card status of a finger. */
export const FINGER_STATUS = { none: 0, enrolled: 1, blocked: 2 } as const;

/** EF.Fingers: which two fingers the chip can compare, and whether it will. */
export const efFingers = dataFile({
  name: "EF.Fingers",
  fid: 0x0302,
  sfi: 0x07,
  tag: 0xe5,
  spec: SPEC,
  content: list(
    0xe7,
    struct({
      /** ISO/IEC 19794-2: 0 unknown, 1 to 5 right hand from the thumb, 6 to 10 left hand. */
      position: req(0xdf60, uint(1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
      /** See {@link FINGER_STATUS}. */
      status: req(0xdf61, uint(1, [0, 1, 2])),
    }),
    { min: 2, max: 2 },
  ),
});
/** Value of {@link efFingers}: two fingers. */
export type Fingers = Value<typeof efFingers>;

/** EF.SOD1: signs what does not change. A CMS SignedData over an LDSSecurityObject, opaque here. */
export const efSod1 = dataFile({
  name: "EF.SOD1",
  fid: 0x0205,
  sfi: 0x05,
  tag: 0x77,
  spec: SPEC,
  /** The ContentInfo, tag and length included. */
  content: any(),
});

/** EF.SOD2: signs what may be renewed, and is renewed with it. */
export const efSod2 = dataFile({
  name: "EF.SOD2",
  fid: 0x0206,
  sfi: 0x08,
  tag: 0x77,
  spec: SPEC,
  /** The ContentInfo, tag and length included. */
  content: any(),
});

/** All files of the national identity application, in the order of the profile's table. */
export const NATIONAL_FILES: readonly AnyDataFile[] = [
  efCardInfo,
  efHolder,
  efPersonalInfo1,
  efPersonalInfo2,
  efDates,
  efFingers,
  efSod1,
  efSod2,
];
