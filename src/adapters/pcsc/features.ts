import type { PcscBinding, PcscCard } from "./binding.js";

/** FEATURE_GET_TLV_PROPERTIES (PC/SC part 10 §2.2). */
const GET_TLV_PROPERTIES = 0x12;
/** dwMaxAPDUDataSize (PC/SC part 10 §2.6.14): 0 when the reader does not say. */
const MAX_APDU_DATA_SIZE = 0x0a;

/** Tag, length, value, each length one byte; undefined when `tag` is not there or cut off. */
function fieldOf(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  for (let at = 0; at + 2 <= bytes.length; at += 2 + (bytes[at + 1] as number)) {
    const end = at + 2 + (bytes[at + 1] as number);
    if (bytes[at] === tag && end <= bytes.length) return bytes.subarray(at + 2, end);
  }
  return undefined;
}

/**
 * Whether the reader passes extended lengths, by its own account (PC/SC part 10); true when it gives none. What the card does with
 * them is another matter.
 */
export async function readerTakesExtended(binding: PcscBinding, card: PcscCard): Promise<boolean> {
  const request = binding.CM_IOCTL_GET_FEATURE_REQUEST;
  if (request === undefined) return true;
  try {
    const code = fieldOf(await card.control(request), GET_TLV_PROPERTIES);
    if (code?.length !== 4) return true;
    // a control code, most significant byte first; properties come least significant byte first
    const properties = await card.control(new DataView(Uint8Array.from(code).buffer).getUint32(0));
    const size = fieldOf(properties, MAX_APDU_DATA_SIZE)?.reduce((sum, byte, i) => sum + byte * 256 ** i, 0) ?? 0;
    return size === 0 || size > 256;
  } catch {
    return true; // the driver knows no part 10
  }
}
