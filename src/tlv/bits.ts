import { EncodeError, MalformedError } from "../errors.js";
import { Codec, type Flat } from "./codec.js";
import { uint } from "./leaves.js";
import { delimitedReaders } from "./record-fields.js";

/** The value of {@link bits}: a number for each name. */
export type BitsValue<F> = Flat<{ readonly [K in keyof F]: number }>;

/**
 * Unsigned numbers of some bits each in `size` bytes, most significant first; reserved bits get a name too, so that they
 * are not lost.
 *
 * @param widths - Bits of each number; all together `size * 8`, at most 48.
 * @example
 * import { bits, fixed, record } from "cardwright/tlv/more";
 * record({ point: fixed(1, bits(1, { type: 2, angle: 6 })) });
 */
export function bits<const F extends Record<string, number>>(size: number, widths: F): Codec<BitsValue<F>> {
  const fields = Object.entries(widths);
  if (fields.reduce((sum, [, width]) => sum + width, 0) !== size * 8) {
    throw new TypeError(`bits: the widths are not ${size * 8} together`);
  }
  const whole = uint(size);
  const names = fields.map(([name]) => name);
  /** What one is worth in each number's place. */
  const units = fields.map((_, i) => 2 ** fields.slice(i + 1).reduce((sum, [, width]) => sum + width, 0));
  const codec = new Codec<BitsValue<F>>(
    (value, out, end) => {
      if (typeof value !== "object" || value === null) throw new EncodeError("expected an object");
      let all = 0;
      for (const [name, width] of fields) {
        const part = (value as Record<string, number | undefined>)[name];
        if (part === undefined) throw new EncodeError("is missing", name);
        if (!Number.isInteger(part) || part < 0 || part >= 2 ** width) {
          throw new EncodeError(`${part} is no whole number of ${width} bits`, name);
        }
        all = all * 2 ** width + part;
      }
      return whole.write(all, out, end);
    },
    (c) => {
      let left = whole.read(c);
      const value: Record<string, number> = {};
      for (let i = 0; i < units.length; i++) {
        const unit = units[i] as number;
        const part = Math.floor(left / unit);
        value[names[i] as string] = part;
        left -= part * unit;
      }
      return value as BitsValue<F>;
    },
    {
      kind: "record",
      fields: fields.map(([name, width]) => ({
        name,
        role: "value",
        size: undefined,
        bits: width,
        shape: { kind: "integer", max: 2 ** width - 1 },
      })),
    },
  );
  delimitedReaders.set(codec, (c) => {
    const { end } = c;
    if (size > end - c.at) {
      throw new MalformedError("TRUNCATED", `${size} bytes expected, ${end - c.at} are left`, c.at);
    }
    c.end = c.at + size;
    const value = codec.read(c);
    c.end = end;
    return value;
  });
  return codec;
}
