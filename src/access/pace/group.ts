import { equalBytes, fromHex } from "../../bytes/bytes.js";
import { CURVES, type CurveParameters } from "../../crypto/curves.js";
import { DH_GROUPS, type DhGroup, dhMultiply, dhPower } from "../../crypto/dh-groups.js";
import { type AgreementGroup, ecAgreementGroup, standardGroup, unsigned } from "../../crypto/key-agreement.js";
import { ecEncodeToPoint, ecMapGeneric } from "../../crypto/points.js";
import { reduceScalar } from "../../crypto/scalar.js";

/** A group that PACE runs in: standardized domain parameters and the mappings that are defined for them. */
export interface PaceGroup extends AgreementGroup {
  /** Number among the standardized domain parameters (ICAO 9303-11 §9.5.1, table 12). */
  readonly parameterId: number;
  /** Bits of security against discrete logarithms, for choosing the best. */
  readonly strength: number;
  /** Whether the integrated mapping is defined: it is not for P-224. */
  readonly integrated: boolean;
  /** Generic mapping (§4.4.3.3.1; vectors: App. G.1, G.2); undefined when it would be the neutral element. */
  mapGeneric(nonce: Uint8Array, h: Uint8Array): Uint8Array | undefined;
  /** Integrated mapping of R(s, t) (§4.4.3.3.2; vectors: App. H.1, H.2); undefined when it would be the neutral element. */
  mapIntegrated(r: Uint8Array): Uint8Array | undefined;
}

function curveGroup(row: CurveParameters): PaceGroup {
  const { name, parameterId, bits } = row;
  return {
    ...ecAgreementGroup(name),
    parameterId,
    strength: bits >> 1,
    integrated: name !== "P-224",
    mapGeneric: (nonce, h) => ecMapGeneric(name, nonce, h),
    mapIntegrated: (r) => ecEncodeToPoint(name, r),
  };
}

function dhGroup(row: DhGroup): PaceGroup {
  const { p, q, bits, parameterId } = row;
  const cofactor = quotient(p, q);
  const one = (number: Uint8Array): boolean => equalBytes(unsigned(number), Uint8Array.of(1));
  return {
    ...standardGroup(row),
    parameterId,
    strength: bits === 1024 ? 80 : 112,
    integrated: true,
    mapGeneric(nonce, h) {
      const exponent = reduceScalar(nonce, q);
      if (exponent.every((byte) => byte === 0)) return h.slice();
      const mapped = dhMultiply(row, dhPower(row, fromHex(row.g), exponent), h);
      return one(mapped) ? undefined : unsigned(mapped);
    },
    mapIntegrated(r) {
      const base = reduceScalar(r, p);
      // 0, 1 and p - 1 have the power 0 or 1, as the cofactor is even.
      if (unsigned(base).length === 0 || one(base) || one(dhMultiply(row, base, base))) return undefined;
      const mapped = dhPower(row, base, cofactor);
      return one(mapped) ? undefined : unsigned(mapped);
    },
  };
}

/** (p - 1) / q, big-endian. */
function quotient(p: string, q: string): Uint8Array {
  const hex = ((BigInt(`0x${p}`) - 1n) / BigInt(`0x${q}`)).toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/**
 * The standardized domain parameters, one group each.
 *
 * Spec: ICAO 9303-11 §9.5.1, table 12.
 */
export const PACE_GROUPS: readonly PaceGroup[] = [...DH_GROUPS.map(dhGroup), ...CURVES.map(curveGroup)].sort(
  (one, other) => one.parameterId - other.parameterId,
);

/** The group of a number of the standardized domain parameters; undefined for a number that is reserved. */
export function paceGroupById(parameterId: number): PaceGroup | undefined {
  return PACE_GROUPS.find((group) => group.parameterId === parameterId);
}
