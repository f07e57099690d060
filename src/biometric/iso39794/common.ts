import { choice } from "../../tlv/choice.js";
import { octets } from "../../tlv/leaves.js";
import { list } from "../../tlv/list.js";
import { opt, req, struct } from "../../tlv/struct.js";
import { coded, codes, extensions, integer, OCTET_STRING, SEQUENCE } from "./types.js";

// ISO/IEC 39794-1:2019, as in the module of the ICAO application profile. "This software makes use of the Schema from
// ISO/IEC 39794-1 within modifications permitted in the relevant ISO/IEC standard. Please reproduce this note if possible."

/** Most items of a list of small blocks; what is read is bounded always. */
export const FEW = { max: 5 } as const;

/** Generation and year of the standard. */
export const versionBlock = struct({
  generation: req(0x80, integer(3, 65_535)),
  year: req(0x81, integer(2019, 9999)),
  extensions: extensions(2),
});

/** A number of a registered organization. */
export const registryIdBlock = struct({
  organization: req(0x80, integer(1, 65_535)),
  id: req(0x81, integer(1, 65_535)),
});

/** CertificationIdBlocks. */
export const certificationIdBlocks = list(SEQUENCE, registryIdBlock, FEW);

/** DateTimeBlock: as precise as it is known. */
export const dateTimeBlock = struct({
  year: req(0x80, integer(0, 9999)),
  month: opt(0x81, integer(1, 12)),
  day: opt(0x82, integer(1, 31)),
  hour: opt(0x83, integer(0, 23)),
  minute: opt(0x84, integer(0, 59)),
  second: opt(0x85, integer(0, 59)),
  millisecond: opt(0x86, integer(0, 999)),
});

const score = integer(0, 100);

/** ScoreOrError. */
export const scoreOrError = choice({ score: req(0x80, score), error: req(0xa1, coded([0])) });

/** QualityBlocks. */
export const qualityBlocks = list(
  SEQUENCE,
  struct({
    algorithmIdBlock: req(0xa0, registryIdBlock),
    scoreOrError: req(0xa1, scoreOrError),
    extensions: extensions(2),
  }),
  FEW,
);

/** ExtendedDataBlocks: data of a vendor. */
export const extendedDataBlocks = list(
  SEQUENCE,
  struct({ dataTypeIdBlock: req(0xa0, registryIdBlock), data: req(0x81, octets()) }),
  FEW,
);

/** PADDataBlock: what was done against presentation attacks. */
export const padDataBlock = struct({
  /** 0 no attack, 1 attack, 2 failure to assess. */
  decision: opt(0xa0, coded(codes(2))),
  scoreBlocks: opt(
    0xa1,
    list(
      SEQUENCE,
      struct({
        mechanismIdBlock: req(0xa0, registryIdBlock),
        scoreOrError: req(0xa1, scoreOrError),
        extensions: extensions(2),
      }),
      FEW,
    ),
  ),
  extendedDataBlocks: opt(0xa2, extendedDataBlocks),
  /** 0 enrolment, 1 verification, 2 identification. */
  captureContext: opt(0xa3, coded(codes(2))),
  /** 0 unknown, 1 controlled, 2 assisted, 3 observed, 4 unattended. */
  supervisionLevel: opt(0xa4, coded(codes(4))),
  riskLevel: opt(0x85, score),
  /** 0 unknown, 1 individual, 2 common. */
  criteriaCategory: opt(0xa6, coded(codes(2))),
  parameter: opt(0x87, octets()),
  challenges: opt(0xa8, list(OCTET_STRING, octets(), FEW)),
  captureDateTimeBlock: opt(0xa9, dateTimeBlock),
  extensions: extensions(10),
});

const ushort = integer(0, 65_535);

/** CoordinateCartesian2DUnsignedShortBlock. */
export const point2d = struct({ x: req(0x80, ushort), y: req(0x81, ushort) });

/** CoordinateCartesian3DUnsignedShortBlock. */
export const point3d = struct({ x: req(0x80, ushort), y: req(0x81, ushort), z: req(0x82, ushort) });
