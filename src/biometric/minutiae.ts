import { bits } from "../tlv/bits.js";
import type { Value } from "../tlv/codec.js";
import { dataObject } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { items, record } from "../tlv/record.js";
import { opt, req, struct } from "../tlv/struct.js";

/** One minutia in three bytes (ISO/IEC 19794-2:2005 §8.2, compact size). */
const compactMinutia = bits(3, {
  /** Tenths of a millimetre from the left. */
  x: 8,
  /** Tenths of a millimetre from the top. */
  y: 8,
  /** 0 other, 1 ridge ending, 2 ridge bifurcation. */
  type: 2,
  /** 64 units a turn, counter-clockwise from the right. */
  angle: 6,
});

/** Finger minutiae of compact size for a card (ISO/IEC 19794-2:2005 §8.2); a card states their number in one byte. */
export const compactMinutiae = record({ minutiae: items(compactMinutia, { max: 255 }) });
/** Value of {@link compactMinutiae}. */
export interface CompactMinutiae extends Value<typeof compactMinutiae> {}
/** One minutia of {@link CompactMinutiae}. */
export type CompactMinutia = CompactMinutiae["minutiae"][number];

/** Biometric data template 7F2E with finger minutiae for a comparison on the card (ISO/IEC 19794-2:2005 §8; ISO/IEC 7816-11). */
export const minutiaeTemplate = dataObject(
  "BiometricDataTemplate",
  0x7f2e,
  struct({
    finger: req(0x90, compactMinutiae),
    ridgeCounts: opt(0x91, octets()),
    corePoints: opt(0x92, octets()),
    deltaPoints: opt(0x93, octets()),
    cellQuality: opt(0x94, octets()),
  }),
);
/** Value of {@link minutiaeTemplate}. */
export interface MinutiaeTemplate extends Value<typeof minutiaeTemplate.codec> {}
