import type { CommandApdu } from "../../apdu/apdu.js";
import { concatBytes } from "../../bytes/bytes.js";
import { MalformedError } from "../../errors.js";
import { KEY_TYPE_AES, type WrappedKey } from "../key-types.js";

/** What a PUT KEY command asks for. */
export interface PutKey {
  /** Version that is replaced, 0 to add a new one. */
  readonly oldVersion: number;
  /** Version of the keys in the command. */
  readonly newVersion: number;
  /** Identifier of the first key. */
  readonly keyId: number;
  readonly keys: readonly WrappedKey[];
}

/**
 * The AES keys in a PUT KEY command.
 *
 * Spec: GPCS 2.3.1 §11.8; Amendment D, table 7-10.
 *
 * @returns Wrapped keys, views of `command.data`; open them with `unwrapKey`.
 * @throws {MalformedError} for another key type, lengths that disagree, or P2 that contradicts the number of keys.
 */
export function parsePutKey(command: CommandApdu): PutKey {
  const { data, p1, p2 } = command;
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (data.length - at < count) throw new MalformedError("TRUNCATED", "the key data ends early", at, "PUT KEY");
    at += count;
    return data.subarray(at - count, at);
  };
  const byte = () => take(1)[0] as number;
  const bad = (code: "BAD_TAG" | "BAD_LENGTH" | "BAD_VALUE", what: string) =>
    new MalformedError(code, what, at - 1, "PUT KEY");

  const newVersion = byte();
  if (newVersion < 1 || newVersion > 0x7f) throw bad("BAD_VALUE", "a key version is 01 to 7F");
  const keys: WrappedKey[] = [];
  while (at < data.length) {
    if (byte() !== KEY_TYPE_AES) throw bad("BAD_TAG", "only AES keys (type 88) are supported");
    const blockLength = byte();
    const length = byte();
    if (length !== 16 && length !== 24 && length !== 32) throw bad("BAD_LENGTH", "an AES key has 16, 24 or 32 bytes");
    if (blockLength !== (length === 16 ? 17 : 33)) throw bad("BAD_LENGTH", "block and key length disagree");
    const cryptogram = take(blockLength - 1);
    if (byte() !== 3) throw bad("BAD_LENGTH", "a key check value has 3 bytes");
    keys.push({ length, cryptogram, kcv: take(3) });
  }
  if (keys.length === 0) throw bad("BAD_LENGTH", "there is no key");
  if (keys.length > 1 !== ((p2 & 0x80) !== 0)) throw bad("BAD_VALUE", "P2 and the number of keys disagree");
  return { oldVersion: p1 & 0x7f, newVersion, keyId: p2 & 0x7f, keys };
}

/** Response data of PUT KEY: the new version and the key check values (GPCS 2.3.1 §11.8.3.1). */
export function putKeyResponse(put: PutKey): Uint8Array {
  return concatBytes(Uint8Array.of(put.newVersion), ...put.keys.map(({ kcv }) => kcv));
}
