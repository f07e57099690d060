import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CHIP_AUTHENTICATION_PROTOCOLS } from "../../../src/access/chip-authentication/offers.js";
import { PACE_GROUPS } from "../../../src/access/pace/group.js";

interface Row {
  readonly protocol: string;
  readonly oid?: string;
  readonly version?: number;
  readonly parameterId?: number;
  readonly group: string;
  readonly cipher: string;
  readonly vector: string;
  readonly program: string;
  readonly parts: string;
}
const script = fileURLToPath(new URL("../../interop/list-protocols.mjs", import.meta.url));
const rows = JSON.parse(execFileSync(process.execPath, [script, "--json"], { encoding: "utf8" })) as Row[];

it("the table of protocols has a row for everything that the package does in chip authentication, and no other", () => {
  const key = (...parts: (string | number | undefined)[]): string => parts.join(" ");
  const ours = [1, 2].flatMap((version) =>
    CHIP_AUTHENTICATION_PROTOCOLS.flatMap(({ oid, suite, keyAgreement }) =>
      PACE_GROUPS.filter((group) => group.keyAgreement === keyAgreement).map(({ parameterId, name }) =>
        key(version, oid, suite, parameterId, name),
      ),
    ),
  );
  const listed = rows
    .filter(({ protocol }) => protocol.startsWith("Chip authentication"))
    .map(({ version, oid, cipher, parameterId, group }) => key(version, oid, cipher, parameterId, group));
  expect(listed.sort()).toEqual(ours.sort());
});

it("each row says what proves it, or what is known of its parts", () => {
  for (const { protocol, vector, program, parts } of rows)
    expect(`${vector}${program}` === "", protocol).toBe(parts !== "");
});
