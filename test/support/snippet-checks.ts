/** What the `// =>` and `// throws` comments of a snippet become at run time. */
import { inspect, isDeepStrictEqual } from "node:util";

/** Bytes become hex, so that `// => 6182` and JSON both read well. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "bigint") return `${value}n`;
  return value;
};

const asJson = (value: unknown): string | undefined => JSON.stringify(value, (_, item) => plain(item));

/** Whether `expected` is how one would write `value`: as text, as bytes in hex, as JSON, or as Node prints it. */
export function isWrittenAs(value: unknown, expected: string): boolean {
  const shown = plain(value);
  if (String(shown) === expected || inspect(value, { breakLength: Number.POSITIVE_INFINITY }) === expected) return true;
  const json = asJson(value);
  if (json === undefined) return false;
  try {
    return isDeepStrictEqual(JSON.parse(json), JSON.parse(expected));
  } catch {
    return false; // `expected` is no JSON
  }
}

export function __check(value: unknown, expected: string, where: string): void {
  if (isWrittenAs(value, expected)) return;
  throw new Error(`${where}: the documentation says ${expected}, the code gives ${asJson(value) ?? inspect(value)}`);
}

export async function __throws(action: () => Promise<void>, expected: string, where: string): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error(`${where}: the documentation says it throws ${expected}, but it does not`);
  const { name, code } = error as { name?: string; code?: string };
  if (![name, code, `${name} ${code}`].includes(expected)) {
    throw new Error(`${where}: the documentation says it throws ${expected}, but it throws ${name} ${code ?? ""}`, {
      cause: error,
    });
  }
}
