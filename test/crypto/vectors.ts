import { readFileSync } from "node:fs";

/** The parsed contents of a file under test/vectors/. */
export function readVectors<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), "utf8")) as T;
}
