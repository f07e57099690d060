import { describe, expect, it } from "vitest";
import { commandApdu } from "../../../src/apdu/apdu.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { parsePutKey, putKeyResponse } from "../../../src/gp/chip/put-key.js";
import { unwrapKey, wrapKey } from "../../../src/gp/key-wrapping.js";
import { putKey } from "../../../src/gp/terminal/commands.js";
import { fixedRandom, vectors } from "../support.js";

const DEK = fromHex("000102030405060708090a0b0c0d0e0f");

describe("PUT KEY", () => {
  it("carries the published cryptograms in the layout of Amendment D, table 7-10", () => {
    const [v] = vectors<{ vectors: { keys: string[] }[] }>("gp/store-data-keys-kaoh.json").vectors;
    const keys = (v?.keys ?? []).map((key) => wrapKey(DEK, fromHex(key)));
    const command = putKey({ oldVersion: 0, newVersion: 0x01, keyId: 1, keys });
    expect([command.cla, command.ins, command.p1, command.p2]).toEqual([0x80, 0xd8, 0x00, 0x81]);
    expect(toHex(command.data)).toBe(
      "01" +
        "881110d533e59b45a153ed7e5e9c5dfcfd4aaa03504a77" +
        "8811103ef0b1a5e3059dab21fce23a7b61c4ca03f2a8df" +
        "881110adde68f7ad497268d31a0ddd5c74b08f03d7d0e4",
    );
    expect(toHex(putKeyResponse(parsePutKey(command)))).toBe("01504a77f2a8dfd7d0e4");
  });

  it.each([16, 24, 32])("comes back from the chip's parser, keys of %i bytes", (length) => {
    for (const count of [1, 3]) {
      const clear = Array.from({ length: count }, (_, at) => fixedRandom(at)(length));
      const keys = clear.map((key) => wrapKey(DEK, key));
      const parsed = parsePutKey(putKey({ oldVersion: 0x30, newVersion: 0x31, keyId: 1, keys }));
      expect(parsed).toEqual({ oldVersion: 0x30, newVersion: 0x31, keyId: 1, keys });
      expect(parsed.keys.map((key) => toHex(unwrapKey(DEK, key) as Uint8Array))).toEqual(clear.map(toHex));
    }
  });

  const block = `881110${"00".repeat(16)}03000000`;
  it.each([
    ["", 0x01, "TRUNCATED"],
    ["00", 0x01, "BAD_VALUE"],
    ["31", 0x01, "BAD_LENGTH"],
    [`31${block}`, 0x81, "BAD_VALUE"],
    [`31${block}${block}`, 0x01, "BAD_VALUE"],
    [`31${block.slice(0, -2)}`, 0x01, "TRUNCATED"],
    ["3180", 0x01, "BAD_TAG"],
    ["31882110", 0x01, "BAD_LENGTH"],
    ["31881111", 0x01, "BAD_LENGTH"],
    [`31881110${"00".repeat(16)}04000000`, 0x01, "BAD_LENGTH"],
  ])("%s with P2 %i is %s", (data, p2, code) => {
    expect(() => parsePutKey(commandApdu(0x80, 0xd8, 0, p2, fromHex(data)))).toThrow(expect.objectContaining({ code }));
  });
});
