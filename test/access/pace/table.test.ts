import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PACE_GROUPS } from "../../../src/access/pace/group.js";
import { isCombination, PACE_PROTOCOLS } from "../../../src/access/pace/parameters.js";

const path = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const list = (...options: string[]): string =>
  execFileSync(process.execPath, [path("test/interop/list-protocols.mjs"), ...options], { encoding: "utf8" });

interface Row {
  readonly protocol: string;
  readonly oid?: string;
  readonly parameterId?: number;
  readonly group: string;
  readonly cipher: string;
  readonly mapping: string;
  readonly vector: string;
  readonly program: string;
  readonly parts: string;
}
const rows = (JSON.parse(list("--json")) as Row[]).filter(({ protocol }) => protocol === "PACE");

it("the table of protocols has a row for everything that the package does in PACE, and no other", () => {
  const key = (...parts: (string | number | undefined)[]): string => parts.join(" ");
  const ours = PACE_PROTOCOLS.flatMap((protocol) =>
    PACE_GROUPS.filter((group) => isCombination(protocol, group)).map(({ name, parameterId }) =>
      key(protocol.oid, protocol.mapping, protocol.cipher.suite, parameterId, name),
    ),
  );
  const listed = rows.map((row) => key(row.oid, row.mapping, row.cipher, row.parameterId, row.group));
  expect(listed.sort()).toEqual(ours.sort());
});

it("each row says what proves it, or what is known of its parts", () => {
  for (const { vector, program, parts, oid } of rows) expect(`${vector}${program}` === "", oid).toBe(parts !== "");
});

it("docs/protocols.md is made from it", () => {
  expect(readFileSync(path("docs/protocols.md"), "utf8")).toBe(list());
});
