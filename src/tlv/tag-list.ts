import { EncodeError, MalformedError } from "../errors.js";
import { type Cursor, expectTag, formatTag, isTag, peekTag, tagSize, writeHeader, writeTag } from "./ber.js";
import { Codec } from "./codec.js";
import { enter, type TagListForm } from "./struct.js";

/** Most tags in a tag list: three times what any file of the LDS holds. */
const MAX_TAGS = 64;

function readTags(c: Cursor): number[] {
  const tags: number[] = [];
  while (c.at < c.end) {
    if (tags.length === MAX_TAGS) throw new MalformedError("BAD_VALUE", `more than ${MAX_TAGS} tags`, c.at);
    const tag = peekTag(c);
    tags.push(tag);
    c.at += tagSize(tag);
  }
  return tags;
}

/** Bare tags, one after the other, as in a tag list: 64 at most. */
export function tagList(): Codec<readonly number[]> {
  return new Codec<readonly number[]>(
    (value, out, end) => {
      if (!Array.isArray(value)) throw new EncodeError("expected a list of tags");
      if (value.length > MAX_TAGS) throw new EncodeError(`${value.length} tags; ${MAX_TAGS} are the most`);
      for (let i = 0; i < value.length; i++) {
        if (!isTag(value[i])) throw new EncodeError(`${value[i]} is no tag`, `[${i}]`);
      }
      let at = end;
      for (let i = value.length - 1; i >= 0; i--) at = writeTag(value[i], out, at);
      return at;
    },
    readTags,
    { kind: "tagList" },
  );
}

/**
 * The tag list that a `struct` starts with and that names the fields present, as 5C in the LDS: written from what is there,
 * compared with it when read.
 *
 * Spec: ICAO 9303-10 §4.7.11.
 *
 * @param tag - Tag of the list.
 * @example
 * import { opt, struct, text } from "cardwright/tlv";
 * import { listedBy } from "cardwright/tlv/more";
 * struct({ fullName: opt(0x5f0e, text(99)) }, { list: listedBy(0x5c) });
 */
export function listedBy(tag: number): TagListForm {
  return {
    tag,
    write: (lastToFirst, out, end) => {
      let at = end;
      for (let i = 0; i < lastToFirst.length; i++) at = writeTag(lastToFirst[i] as number, out, at);
      return writeHeader(tag, end - at, out, at);
    },
    read: (c) => {
      expectTag(c, tag);
      const outer = enter(c, tag);
      const at = c.at;
      const tags = readTags(c);
      c.end = outer;
      return (i, present) => {
        if (tags[i] === present) return undefined;
        const detail =
          present === undefined
            ? `the tag list names ${formatTag(tags[i] as number)}, which is not there`
            : `the tag list does not name ${formatTag(present)} here`;
        return new MalformedError("BAD_VALUE", detail, at);
      };
    },
  };
}
