import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ValidationReport } from "../src/inspect/report.js";

const EXAMPLES = fileURLToPath(new URL("../examples/", import.meta.url));
const sample = JSON.parse(readFileSync(join(EXAMPLES, "records.json"), "utf8")) as {
  records: Record<string, unknown>[];
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-demo-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const argv = process.argv;
let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stderr, "write").mockReturnValue(true); // the progress bar
  vi.spyOn(console, "log").mockImplementation((...words) => void lines.push(words.join(" ")));
});
afterEach(() => {
  process.argv = argv;
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.resetModules();
});

/** Runs the demo in this process, against the sources; gives its exit status and the folder that it wrote. */
async function demo(name: string, ...flags: string[]) {
  const out = join(folder, name);
  process.argv = [argv[0] as string, join(EXAMPLES, "demo.mjs"), "--out", out, ...flags];
  process.exitCode = undefined;
  vi.resetModules();
  // @ts-expect-error plain JavaScript, as a user would write it
  await import("../examples/demo.mjs");
  const status = process.exitCode;
  process.exitCode = undefined;
  return { status, out, text: lines.join("\n") };
}

/** A folder of records of one's own, each one of the sample with changes. */
function ownRecords(name: string, ...changes: Record<string, unknown>[]): string {
  const own = join(folder, name);
  mkdirSync(join(own, "portraits"), { recursive: true });
  cpSync(join(EXAMPLES, "portraits/citizen-01.jpg"), join(own, "portraits/citizen-01.jpg"));
  writeFileSync(join(own, "secret.jpg"), readFileSync(join(EXAMPLES, "portraits/citizen-01.jpg")));
  const records = changes.map((change) => ({ ...sample.records[0], ...change }));
  writeFileSync(join(own, "records.json"), JSON.stringify({ records }));
  return own;
}

const reportOf = (out: string, card: string): ValidationReport =>
  JSON.parse(readFileSync(join(out, "cards", card, "report.json"), "utf8")) as ValidationReport;

describe("npm run demo", () => {
  it("makes, reads and validates every good record, and lists the others", async () => {
    const { status, out, text } = await demo("all");
    expect(status).toBe(0);
    expect(text).toContain("28 of 28 cards valid, 3 records refused (3 expected)");
    const cards = readdirSync(join(out, "cards"));
    expect(cards).toHaveLength(28);
    for (const card of cards) {
      expect(card).toMatch(/^[A-Z0-9-]+$/);
      expect(readdirSync(join(out, "cards", card)).toSorted()).toEqual(
        [
          ...["DG1.bin", "DG11.bin", "DG12.bin", "DG2.bin", "EF.COM.bin", "EF.SOD.bin"],
          ...["apdu.log", "image.json", "receipt.json", "report.json"],
        ].toSorted(),
      );
      expect(reportOf(out, card).verdict).toBe("passed");
      // one line a card in the table
      expect(lines.filter((line) => line.startsWith(card) && line.endsWith("passed"))).toHaveLength(1);
    }
    for (const path of ["pki/csca.pem", "pki/ds.pem", "pki-explicit/csca.pem", "pki-explicit/ds.pem", "report.html"]) {
      expect(existsSync(join(out, path)), path).toBe(true);
    }
    const rejects = JSON.parse(readFileSync(join(out, "rejects.json"), "utf8")) as { problems: unknown[] }[];
    expect(rejects.map(({ problems }) => problems.length)).toEqual([16, 5, 7]);
    expect(text).toContain(
      'address.postalCode: A postal code has ten digits. (found "76187-3341"; allowed: ten digits',
    );
  });

  it("logs headers and status words only", async () => {
    const { out } = await demo("log", "--records", ownRecords("one", {}), "--refused", "0");
    const log = readFileSync(join(out, "cards/C01X00047/apdu.log"), "utf8").trim().split("\n");
    expect(log.length).toBeGreaterThan(50);
    expect(log.filter((line) => !/^[0-9A-F]{8} \d+ -> \d+ [0-9A-F]{4}$/.test(line))).toEqual(["# read back"]);
  });

  it("leaves the folder that `cardwright read` writes of the same card, byte for byte", async () => {
    const { out } = await demo("read-demo", "--records", ownRecords("read-one", {}), "--refused", "0");
    const theirs = join(out, "cards/C01X00047");
    const { parseCardImage, accessKeyOf } = await import("../src/card/image.js");
    const { VirtualChip } = await import("../src/chip/virtual-chip.js");
    const { FakePcsc } = await import("./support/pcsc.js");
    const { cardwright } = await import("./support/cli.js");
    const image = parseCardImage(readFileSync(join(theirs, "image.json"), "utf8"));
    const { documentNumber, dateOfBirth, dateOfExpiry } = accessKeyOf(image);
    const pcsc = new FakePcsc("Reader 00 00");
    pcsc.insert("Reader 00 00", VirtualChip.fromImage(image));
    const cards = join(folder, "read-cli");
    const { text, error } = await cardwright(
      pcsc,
      ...["read", "--reader", "Reader 00 00", "--out", cards],
      ...["--document", documentNumber, "--birth", dateOfBirth, "--expiry", dateOfExpiry],
      ...["--trust", join(out, "pki/csca.pem"), "--at", "2026-11-25T09:00:00Z"],
    );
    expect(error).toBeUndefined();
    expect(text).toMatch(/^passed: /m);
    const mine = join(cards, "C01X00047");
    expect(text.trimEnd().endsWith(mine)).toBe(true);
    // What issuing leaves behind is not read from a card; how it was read, and the verdict as text, come on top.
    const common = readdirSync(theirs).filter((name) => !["image.json", "receipt.json"].includes(name));
    expect(readdirSync(mine).toSorted()).toEqual([...common, "reading.json", "report.txt"].toSorted());
    for (const name of common.filter((one) => one.endsWith(".bin"))) {
      expect(readFileSync(join(mine, name)).equals(readFileSync(join(theirs, name))), name).toBe(true);
    }
    // The verdict names the file that trust came from as it was named.
    const report = readFileSync(join(mine, "report.json"), "utf8").replaceAll(join(out, "pki"), "pki");
    expect(report).toBe(readFileSync(join(theirs, "report.json"), "utf8"));
    // The log has the same form: the reading with the same commands, and those for the files beside the application.
    const logOf = (path: string) => readFileSync(join(path, "apdu.log"), "utf8").trimEnd().split("\n");
    const read = logOf(mine);
    expect(read.every((line) => /^[0-9A-F]{8} \d+ -> \d+ [0-9A-F]{4}$/.test(line))).toBe(true);
    const demoLog = logOf(theirs);
    const readBack = demoLog.slice(demoLog.indexOf("# read back") + 1).filter((line) => line.startsWith("0C"));
    expect(read.filter((line) => line.startsWith("0C"))).toEqual(readBack);
  });

  it("shows a changed byte failing the verdict, and fails itself", async () => {
    const { status, out, text } = await demo("tampered", "--tamper");
    expect(status).toBe(1);
    expect(text).toContain("27 of 28 cards valid");
    expect(text).toContain("C01X00047 (one byte of EF.DG11 was changed on the chip)");
    expect(text).toContain("FAILED: Do not accept: hash.EF.DG11 failed.");
    expect(text).toContain("FAIL hash.EF.DG11");
    expect(reportOf(out, "C01X00047").verdict).toBe("failed");
    expect(reportOf(out, "C01X00048").verdict).toBe("passed");
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("Not valid");
  });

  it("refuses a portrait whose name leads elsewhere, or to nothing", async () => {
    const own = ownRecords(
      "portraits",
      { portrait: "../secret.jpg" },
      { portrait: "/etc/passwd" },
      { portrait: "citizen-99.jpg" },
      { portrait: 7 },
      {},
    );
    const { status, text, out } = await demo("portraits-out", "--records", own, "--refused", "4");
    expect(status).toBe(0);
    expect(text).toContain("1 of 1 cards valid, 4 records refused (4 expected)");
    expect(lines.filter((line) => line.startsWith("  portrait: "))).toHaveLength(4);
    expect(readdirSync(join(out, "cards"))).toEqual(["C01X00047"]);
  });

  it("fails when more is refused than is expected", async () => {
    const own = ownRecords("unexpected", { portrait: "none.jpg" }, {});
    expect((await demo("unexpected-out", "--records", own, "--refused", "0")).status).toBe(1);
    expect((await demo("unexpected-out", "--records", own, "--refused", "2")).status).toBe(1);
  });

  it("lets nothing from a record steer the terminal or the file system", async () => {
    const own = ownRecords("steering", { documentNumber: "../\u001b[2J\u202e", givenNames: "\u001b[31mعلی" });
    const { text, out } = await demo("steering-out", "--records", own, "--refused", "1");
    for (const shown of [text, readFileSync(join(out, "report.html"), "utf8")]) {
      expect(shown).not.toContain("\u001b");
      expect(shown).not.toContain("\u202e");
      expect(shown).toContain("\\u{1b}[2J");
    }
    expect(existsSync(join(out, "cards"))).toBe(false);
  });
});
