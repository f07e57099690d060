import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatBytes, fromHex } from "../../src/bytes/bytes.js";
import { createProgram } from "../../src/cli/program.js";
import { efCvca } from "../../src/lds/cvca.js";
import { dg11 } from "../../src/lds/dg11.js";
import { encodeUntagged } from "../../src/lds/untagged.js";
import { encodeFile } from "../../src/tlv/file.js";

const persian = encodeFile(dg11, { fullName: "رضایی<<علی‌رضا", dateOfBirth: "19910420" });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-dump-"));
  writeFileSync(join(folder, "EF.DG11.bin"), persian);
  writeFileSync(join(folder, "unnamed"), persian);
  writeFileSync(join(folder, "dg1.bin"), persian);
  writeFileSync(join(folder, "broken.bin"), concatBytes(persian.subarray(0, 30)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function dump(...args: string[]): Promise<string> {
  let text = "";
  const program = createProgram("0", { write: (part) => (text += part) });
  await program.parseAsync(["dump", ...args], { from: "user" });
  return text;
}

describe("cardwright dump", () => {
  it.each(["EF.DG11.bin", "unnamed"])("%s: names, offsets and readable Persian", async (name) => {
    const text = await dump(join(folder, name));
    expect(text).toContain("6B [");
    expect(text).toMatch(/ 5F0E \[\d+\] fullName {2}"رضایی<<علی‌رضا"\n/);
    expect(text).toMatch(/dateOfBirth {2}"19910420"\n$/);
    expect(text).not.toContain(">>>");
  });

  it("marks the byte where a file goes wrong, and the file that has another tag than its name says", async () => {
    expect(await dump(join(folder, "broken.bin"))).toMatch(/ 1 {2}>>> TRUNCATED: /);
    expect(await dump(join(folder, "dg1.bin"))).toMatch(/ 0 {2}>>> BAD_TAG: EF.DG1: tag 61 expected, tag 6B found/);
    expect(await dump(join(folder, "dg1.bin"), "--type", "dg11")).not.toContain(">>>");
  });

  it("knows files without a tag by their names", async () => {
    writeFileSync(join(folder, "EF.CVCA.bin"), encodeUntagged(efCvca, ["DEISCVCA00001"]));
    writeFileSync(join(folder, "atr-info"), fromHex("470180"));
    expect(await dump(join(folder, "EF.CVCA.bin"))).toBe(
      '     0  EF.CVCA\n     0  42 [13]  "DEISCVCA00001"\n    15  fill [21]\n',
    );
    expect(await dump(join(folder, "atr-info"))).toBe("     0  EF.ATR/INFO\n     0  47 [1]  80\n");
    expect(await dump(join(folder, "atr-info"), "--type", "EF.DIR")).toContain(">>> BAD_TAG: EF.DIR[0]: ");
  });

  it("says which file cannot be read, and which types there are", async () => {
    await expect(dump(join(folder, "absent"))).rejects.toThrow(/the file cannot be read: ENOENT/);
    await expect(dump(join(folder, "unnamed"), "--type", "DG17")).rejects.toThrow(/known are EF.COM, EF.DG1,/);
  });
});
