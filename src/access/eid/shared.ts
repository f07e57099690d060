/** Statements that a chip compares with its own data (TR-03110-3 A.6.5). */
export type ComparisonKind = "age" | "validity" | "community";

/** One kind of statement. */
export interface Comparison {
  readonly kind: ComparisonKind;
  /** Dotted. */
  readonly oid: string;
  /** Content octets of the object identifier, as commands carry it. */
  readonly reference: Uint8Array;
  /** Right that the terminal needs; undefined when every authentication terminal may ask. */
  readonly right?: string;
}

/** id-AuxiliaryData: bsi-de applications mrtd 4. */
const ID_AUXILIARY_DATA = "0.4.0.127.0.7.3.1.4";
const reference = (arc: number): Uint8Array => Uint8Array.of(0x04, 0x00, 0x7f, 0x00, 0x07, 0x03, 0x01, 0x04, arc);

/**
 * The statements of TR-03110-3 A.6.5: id-DateOfBirth, id-DateOfExpiry, id-CommunityID. No vector is published; libeac signs them in
 * terminal authentication (interop step libeac-ta).
 */
export const COMPARISONS: readonly Comparison[] = [
  {
    kind: "age",
    oid: `${ID_AUXILIARY_DATA}.1`,
    reference: reference(1),
    right: "authentication.ageVerification",
  },
  { kind: "validity", oid: `${ID_AUXILIARY_DATA}.2`, reference: reference(2) },
  {
    kind: "community",
    oid: `${ID_AUXILIARY_DATA}.3`,
    reference: reference(3),
    right: "authentication.communityIdVerification",
  },
];

/** The row of a kind. @throws {TypeError} for a name that is none. */
export function comparisonOf(kind: ComparisonKind): Comparison {
  const row = COMPARISONS.find((candidate) => candidate.kind === kind);
  if (row === undefined) throw new TypeError("a comparison is age, validity or community");
  return row;
}
