import { EncodeError, MalformedError } from "../errors.js";
import { Codec } from "./codec.js";
import { text } from "./text.js";

/** ASCII text that is one of some values, such as the codes of a standard. */
export function oneOf(values: readonly [string, ...string[]]): Codec<string> {
  const sizes = [...new Set(values.map((value) => value.length))].sort((a, b) => a - b);
  const [min, max] = [sizes[0] as number, sizes[sizes.length - 1] as number];
  const inner = text(max, { min, charset: "ascii", sizes });
  const wrong = (value: string) => `${JSON.stringify(value)} is not one of ${values.join(", ")}`;
  return new Codec<string>(
    (value, out, end) => {
      const start = inner.write(value, out, end);
      if (!values.includes(value)) throw new EncodeError(wrong(value));
      return start;
    },
    (c) => {
      const { at } = c;
      const value = inner.read(c);
      if (!values.includes(value)) throw new MalformedError("BAD_VALUE", wrong(value), at);
      return value;
    },
    { kind: "text", charset: "ascii", min, max, sizes, values },
  );
}
