import { equalBytes, toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { Codec } from "./codec.js";
import { readWindow, writeBytes } from "./leaves.js";

/** Bytes that never vary, e.g. a format identifier; the value is `undefined`-free: the bytes themselves. */
export function constant(bytes: Uint8Array): Codec<Uint8Array> {
  return new Codec<Uint8Array>(
    (_value, out, end) => writeBytes(bytes, out, end),
    (c) => {
      const at = c.at;
      const found = readWindow(c);
      if (!equalBytes(found, bytes)) {
        throw new MalformedError("BAD_VALUE", `expected ${toHex(bytes)}, found ${toHex(found.subarray(0, 16))}`, at);
      }
      return found;
    },
    { kind: "constant", bytes },
  );
}
