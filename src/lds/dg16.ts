import { EncodeError, MalformedError } from "../errors.js";
import { expectTag, readLength, writeHeader } from "../tlv/ber.js";
import { Codec, type Value } from "../tlv/codec.js";
import { dataFile } from "../tlv/file.js";
import { readField, req, struct } from "../tlv/struct.js";
import { digits, text } from "../tlv/text.js";

/** A text element; table 81 names no limit, so this is that of DG11's longest. */
const element = text(4 * 999, { characters: 999 });

/** One person to notify. */
export const personToNotify = struct({
  /** Day the details were recorded, `YYYYMMDD`. */
  dateRecorded: req(0x5f50, digits(8)),
  /** Name with fillers as in the MRZ; it must not be truncated. */
  name: req(0x5f51, element),
  /** In international form. */
  telephone: req(0x5f52, element),
  address: req(0x5f53, element),
});
/** Value of `personToNotify`. */
export interface PersonToNotify extends Value<typeof personToNotify> {}

const COUNT = 0x02;
/** Tag of the first template; the tag goes up by one with each. */
const FIRST = 0xa1;
/** A1 to AF. */
const MAX_PERSONS = 15;

/** A counted list whose templates have tags of their own: A1, A2, … (table 80). */
function numberedTemplates<T>(item: Codec<T>): Codec<readonly T[]> {
  return new Codec<readonly T[]>(
    (values, out, end) => {
      if (!Array.isArray(values)) throw new EncodeError("expected a list");
      if (values.length < 1 || values.length > MAX_PERSONS) {
        throw new EncodeError(`${values.length} entries; 1 to ${MAX_PERSONS} are allowed`);
      }
      let at = end;
      for (let i = values.length - 1; i >= 0; i--) {
        try {
          const start = item.write(values[i] as T, out, at);
          at = writeHeader(FIRST + i, at - start, out, start);
        } catch (error) {
          throw error instanceof EncodeError ? error.within(`[${i}]`) : error;
        }
      }
      out[at - 1] = values.length;
      return writeHeader(COUNT, 1, out, at - 1);
    },
    (c) => {
      expectTag(c, COUNT);
      c.at++;
      const lengthAt = c.at;
      if (readLength(c) !== 1) throw new MalformedError("BAD_LENGTH", "the count has one byte", lengthAt);
      const countAt = c.at;
      const count = c.buf[c.at++] as number;
      if (count < 1 || count > MAX_PERSONS) {
        throw new MalformedError("BAD_VALUE", `the count says ${count}; 1 to ${MAX_PERSONS} are allowed`, countAt);
      }
      const values: T[] = [];
      for (let i = 0; i < count; i++) {
        const tag = FIRST + i;
        const name = `[${i}]`;
        try {
          expectTag(c, tag);
          values.push(readField(c, tag, item) as T);
        } catch (error) {
          throw error instanceof MalformedError ? error.within(name) : error;
        }
      }
      return values;
    },
    { kind: "list", tag: FIRST, item: item.shape, countTag: COUNT, min: 1, max: MAX_PERSONS, compare: undefined },
  );
}

/** DG16: persons to notify in an emergency, at most 15. */
export const dg16 = dataFile({
  name: "EF.DG16",
  fid: 0x0110,
  sfi: 0x10,
  tag: 0x70,
  spec: "ICAO 9303-10 §4.7.16",
  content: numberedTemplates(personToNotify),
});
/** Value of {@link dg16}: the persons. */
export type Dg16 = Value<typeof dg16>;
