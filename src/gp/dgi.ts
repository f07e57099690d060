import { MalformedError } from "../errors.js";

/** A data grouping: a two-byte identifier and its value (EMV CPS 1.1; GlobalPlatform STORE DATA). */
export interface Dgi {
  /** 0x0000 to 0xFFFF. */
  readonly id: number;
  /** 0 to 65,535 bytes. */
  readonly value: Uint8Array;
}

/** DGI of the attributes of keys that follow (GPCS 2.3.1 §11.11.4). */
export const DGI_KEY_ATTRIBUTES = 0x00b9;

/** DGI of one symmetric key, encrypted under the DEK; its value is `cryptogram` of a wrapped key. */
export const DGI_SECRET_KEY = 0x8113;

/**
 * Data groupings one after the other: identifier, length (one byte, or FF and two bytes, most significant first), value.
 *
 * Spec: GlobalPlatform Systems Scripting Language, EMV CPS 1.1 §2.2; pinned by tlv/simple-and-dgi-tlv.json and
 * gp/store-data-keys-kaoh.json.
 *
 * @throws {RangeError} when an identifier or a value does not fit.
 * @example
 * encodeDgis([{ id: 0x1234, value: Uint8Array.of(1) }]); // 12 34 01 01
 */
export function encodeDgis(dgis: readonly Dgi[]): Uint8Array {
  let length = 0;
  for (const { id, value } of dgis) {
    if (!Number.isInteger(id) || id < 0 || id > 0xffff) throw new RangeError(`encodeDgis: identifier ${id}`);
    if (value.length > 0xffff) throw new RangeError(`encodeDgis: ${value.length} bytes, 65535 at most`);
    length += headSize(value.length) + value.length;
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const { id, value } of dgis) {
    out[at++] = id >> 8;
    out[at++] = id & 0xff;
    if (value.length >= 0xff) {
      out[at++] = 0xff;
      out[at++] = value.length >> 8;
    }
    out[at++] = value.length & 0xff;
    out.set(value, at);
    at += value.length;
  }
  return out;
}

function headSize(length: number): number {
  return length < 0xff ? 3 : 5;
}

/**
 * The data groupings in `bytes`, in order; values are views.
 *
 * @throws {MalformedError} `TRUNCATED` when one ends early, `BAD_LENGTH` when FF introduces a length below 255.
 */
export function parseDgis(bytes: Uint8Array): Dgi[] {
  const dgis: Dgi[] = [];
  let at = 0;
  const byte = () => {
    if (at >= bytes.length) throw new MalformedError("TRUNCATED", "the input ends inside the head of a DGI", at, "DGI");
    return bytes[at++] as number;
  };
  while (at < bytes.length) {
    const id = (byte() << 8) | byte();
    const lengthAt = at;
    let length = byte();
    if (length === 0xff) {
      length = (byte() << 8) | byte();
      if (length < 0xff) throw new MalformedError("BAD_LENGTH", "the length is not minimal", lengthAt, "DGI");
    }
    if (length > bytes.length - at) {
      const left = bytes.length - at;
      throw new MalformedError("TRUNCATED", `the length says ${length} bytes, ${left} are left`, lengthAt, "DGI");
    }
    dgis.push({ id, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return dgis;
}
