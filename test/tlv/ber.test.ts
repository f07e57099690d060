import { describe, expect, it } from "vitest";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { MalformedError } from "../../src/errors.js";
import {
  encodeTlv,
  formatTag,
  isConstructed,
  isTag,
  lengthSize,
  MAX_DEPTH,
  parseTlv,
  parseTlvs,
  type TlvNode,
  tagSize,
} from "../../src/tlv/ber.js";
import { dataObject, encodeObject, parseObject } from "../../src/tlv/file.js";
import { tagList } from "../../src/tlv/tag-list.js";
import { readVectors } from "../crypto/vectors.js";
import { damaged, malformed, readVector } from "../property/strict.js";

const vectors = readVectors<{
  lengths: { enc: string; len: number }[];
  tag_lists: { data: string; tags: string[] }[];
  decode: { data: string; path?: string; value?: string; expect?: Record<string, string> }[];
  indefinite: { data: string }[];
  non_minimal: { data: string }[];
  must_fail: { data: string; why: string }[];
}>("tlv/ber-tlv.json");

/** The data object that a path such as `70/A0/01[2]` names. */
function find(bytes: Uint8Array, path: string): TlvNode | undefined {
  let nodes: Iterable<TlvNode> = parseTlvs(bytes);
  let node: TlvNode | undefined;
  for (const step of path.split("/")) {
    const [, tag, nth] = /^([0-9A-F]+)(?:\[(\d)\])?$/.exec(step) as RegExpExecArray;
    node = [...nodes].filter((n) => formatTag(n.tag) === tag)[Number(nth ?? 1) - 1];
    nodes = node?.children ?? [];
  }
  return node;
}

/** `levels` data objects, each in the one before. */
function nested(levels: number): Uint8Array {
  let value: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < levels; i++) value = encodeTlv(0x30, value);
  return value;
}

/** The same for many levels, in linear time: headers are written from the inside out. */
function nestedDeep(levels: number): Uint8Array {
  const out = new Uint8Array(levels * 6);
  let at = out.length;
  for (let i = 0; i < levels; i++) {
    const length = out.length - at;
    const size = lengthSize(length);
    for (let k = 0, rest = length; k < Math.max(1, size - 1); k++, rest = Math.floor(rest / 256))
      out[--at] = rest & 0xff;
    if (size > 1) out[--at] = 0x80 | (size - 1);
    out[--at] = 0x30;
  }
  return out.slice(at);
}

describe("lengths", () => {
  it.each(vectors.lengths)("$len is written and read as $enc", ({ enc, len }) => {
    const bytes = encodeTlv(0x04, new Uint8Array(len));
    expect(toHex(bytes.subarray(0, 1 + enc.length / 2))).toBe(`04${enc.toLowerCase()}`);
    expect(lengthSize(len)).toBe(enc.length / 2);
    expect(parseTlv(bytes).value.length).toBe(len);
  });

  it("are refused in more bytes than needed", () => {
    for (const { data } of vectors.non_minimal) {
      const padded = fromHex(data + "00".repeat(5));
      expect(malformed(() => parseTlv(padded))).toMatchObject({ code: "BAD_LENGTH", path: "02", offset: 1 });
    }
    for (const length of ["8100", "817F", "82007F", "8200FF", "8300FFFF", "8400FFFFFF", "8400000000"]) {
      const bytes = new Uint8Array(70_000);
      bytes.set(fromHex(`04${length}`));
      const { code } = malformed(() => parseTlv(bytes));
      expect(code, length).toBe(length.startsWith("84") || length === "8300FFFF" ? code : "BAD_LENGTH");
      expect(["BAD_LENGTH", "TRUNCATED"]).toContain(code);
    }
  });

  it("are refused without an end, in more than four bytes, and beyond the input", () => {
    for (const { data } of vectors.indefinite) {
      expect(malformed(() => parseTlv(fromHex(data)))).toMatchObject({ code: "BAD_LENGTH", path: "61", offset: 1 });
    }
    const codes = ["0484FFFFFFFF", "0485FFFFFFFFFF", "04FF", "0484FFFF", "0480"].map(
      (hex) => malformed(() => parseTlv(fromHex(hex))).code,
    );
    expect(codes).toEqual(["TRUNCATED", "BAD_LENGTH", "BAD_LENGTH", "TRUNCATED", "BAD_LENGTH"]);
  });
});

describe("published objects", () => {
  it.each(vectors.decode)("$data is read", ({ data, path, value, expect: parts }) => {
    const wanted = parts ?? { [path as string]: value as string };
    for (const [at, hex] of Object.entries(wanted)) {
      expect(toHex(find(fromHex(data), at)?.value ?? new Uint8Array(0)), at).toBe(hex.toLowerCase());
    }
  });

  it.each(vectors.must_fail)("$data is refused: $why", ({ data, why }) => {
    const bytes = fromHex(data);
    const list = dataObject("tag list", 0x5c, tagList());
    const error = malformed(() =>
      why.startsWith("tag list") ? parseObject(list, encodeTlv(0x5c, bytes)) : parseTlvs(bytes),
    );
    expect(error.code).toBe("TRUNCATED");
    expect(error.offset).toBeLessThanOrEqual(bytes.length + 2);
  });

  it("says down to which tag it came", () => {
    const error = malformed(() => parseTlv(fromHex("61085F1F060123456789")));
    expect(error).toMatchObject({ path: "61/5F1F", offset: 4 });
    expect(error.message).toBe("61/5F1F: the length says 6 bytes, 5 are left (at byte 4)");
  });

  it.each(vectors.tag_lists)("$data is a tag list", ({ data, tags }) => {
    const list = dataObject("tag list", 0x5c, tagList());
    const bytes = encodeTlv(0x5c, fromHex(data));
    const found = parseObject(list, bytes);
    expect(found.map(formatTag)).toEqual(tags);
    expect(equalBytes(encodeObject(list, found), bytes)).toBe(true);
  });
});

describe("nesting", () => {
  it("is read to 64 levels and refused below, with path and offset", () => {
    expect(MAX_DEPTH).toBe(64);
    expect(parseTlv(nested(64)).constructed).toBe(true);
    const error = malformed(() => parseTlv(nested(65)));
    expect(error.code).toBe("NESTED_TOO_DEEP");
    expect(error.path.split("/")).toHaveLength(64);
  });

  it("is refused in a published file of very deep nesting, and 100,000 levels deep", () => {
    for (const bytes of [readVector("tlv/asn1/nested_seq.der"), nestedDeep(100_000)]) {
      expect(malformed(() => parseTlvs(bytes)).code).toBe("NESTED_TOO_DEEP");
    }
    expect(equalBytes(nestedDeep(200), nested(200))).toBe(true);
  });
});

describe("parseTlvs", () => {
  it("gives nodes whose bytes are the input, or a MalformedError, for every damaged input", () => {
    const example = fromHex(vectors.decode[1]?.data ?? "");
    const join = (nodes: Iterable<TlvNode>): string =>
      [...nodes].map((n) => toHex(encodeTlv(n.tag, n.constructed ? fromHex(join(n.children)) : n.value))).join("");
    let values = 0;
    for (const bytes of damaged(example)) {
      try {
        expect(join(parseTlvs(bytes))).toBe(toHex(bytes));
        values++;
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        expect(error.offset).toBeLessThanOrEqual(bytes.length);
      }
    }
    expect(values).toBeGreaterThan(100);
  });

  it("takes nothing for no objects, where parseTlv wants one and one alone", () => {
    expect([...parseTlvs(new Uint8Array(0))]).toEqual([]);
    expect(parseTlvs(new Uint8Array(0)).first).toBeUndefined();
    expect(malformed(() => parseTlv(new Uint8Array(0))).code).toBe("TRUNCATED");
    expect(malformed(() => parseTlv(fromHex("04000500")))).toMatchObject({ code: "TRAILING_BYTES", offset: 2 });
    expect(malformed(() => parseTlv(fromHex("0400"), 0x30))).toMatchObject({ code: "BAD_TAG", offset: 0 });
    expect(parseTlv(fromHex("0400"), 0x04).raw).toEqual(fromHex("0400"));
  });
});

describe("tags", () => {
  it("have one to four bytes, and a leading group that is not zero", () => {
    for (const hex of ["5F0E00", "7F8101 00", "DF81820300"]) {
      const node = parseTlv(fromHex(hex));
      expect(node.raw).toEqual(fromHex(hex));
      expect(encodeTlv(node.tag)).toEqual(fromHex(hex));
    }
    expect(malformed(() => parseTlvs(fromHex("5F800100")))).toMatchObject({ code: "BAD_TAG", offset: 1 });
    expect(malformed(() => parseTlvs(fromHex("5F8182830100")))).toMatchObject({ code: "BAD_TAG", offset: 4 });
    expect(malformed(() => parseTlvs(fromHex("5F81")))).toMatchObject({ code: "TRUNCATED", offset: 2 });
  });

  it("are told from numbers that are none", () => {
    for (const tag of [0x00, 0x04, 0x30, 0x5f0e, 0x7f49, 0xdf8102, 0x7f818201])
      expect(isTag(tag), formatTag(tag)).toBe(true);
    for (const tag of [-1, 1.5, Number.NaN, 0x1f, 0x7f, 0x100, 0x5f80, 0x5f8001, 0x5f0e01, 0x7f8182, 2 ** 32]) {
      expect(isTag(tag), String(tag)).toBe(false);
    }
  });

  it("know their size, their name and whether they hold objects", () => {
    expect([0x04, 0x5f0e, 0xdf8102, 0x7f818201].map(tagSize)).toEqual([1, 2, 3, 4]);
    expect([0x04, 0x5f0e, 0x7f818201].map(formatTag)).toEqual(["04", "5F0E", "7F818201"]);
    expect([0x04, 0x30, 0x5f0e, 0x7f49, 0x9f8102, 0xbf818201].map(isConstructed)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
