import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPcscChannel } from "../../src/adapters/pcsc.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, fileOf } from "../../src/card/image.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { createProgram } from "../../src/cli/program.js";
import { readCardFolder } from "../../src/cli/validate-command.js";
import { dg1 } from "../../src/lds/dg1.js";
import { parseFile } from "../../src/tlv/file.js";
import { NATIONAL, SECRET_NUMBERS, SECRETS } from "../support/chips.js";
import { cardwright } from "../support/cli.js";
import { rejectionOf } from "../support/inspect.js";
import { fixedRandom, IMAGE } from "../support/line.js";
import { TRUST } from "../support/national.js";
import { type FakeCard, FakePcsc } from "../support/pcsc.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-read-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = accessKeyOf(IMAGE);
const PRINTED = ["--document", key.documentNumber, "--birth", key.dateOfBirth, "--expiry", key.dateOfExpiry];
const chip = () => VirtualChip.fromImage(IMAGE, {}, { random: fixedRandom(1) });

describe("cardwright readers", () => {
  it("lists what is there", async () => {
    const pcsc = new FakePcsc("ACS 00", "Evil\u001b[2J 01");
    pcsc.insert("ACS 00", chip());
    const { text } = await cardwright(pcsc, "readers");
    expect(text).toMatch(/^ACS 00: card 3B8180018080\nEvil.*01: no card\n$/);
    expect(text).not.toContain("\u001b");
    expect((await cardwright(new FakePcsc(), "readers")).text).toBe("there is no reader\n");
  });

  it("says who holds a card", async () => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", chip());
    const alone = await openPcscChannel(pcsc, { reader: "A" });
    expect((await cardwright(pcsc, "readers")).text).toBe("A: card 3B8180018080, held by another program\n");
    await alone.close();
    const shared = await openPcscChannel(pcsc, { reader: "A", exclusive: false });
    expect((await cardwright(pcsc, "readers")).text).toBe("A: card 3B8180018080, in use by another program\n");
    await shared.close();
  });

  it("watches insertions, removals and readers until it is interrupted", async () => {
    const pcsc = new FakePcsc("A");
    const stop = new AbortController();
    const work = cardwright({ pcsc, signal: stop.signal }, "readers", "--watch");
    const steps = [() => pcsc.insert("A", chip()), () => pcsc.remove("A"), () => pcsc.detach("A"), () => stop.abort()];
    for (const step of steps) {
      await new Promise((done) => setTimeout(done, 30));
      step();
    }
    const { text, error } = await work;
    expect(error).toBeUndefined();
    expect(text).toBe("reader A\ncard on A 3B8180018080\ncard off A\nreader gone A\n");
    expect(pcsc.openContexts).toBe(0);
  });
});

describe("cardwright read", () => {
  it("writes the card's folder, with progress, and neither key nor data in the log", async () => {
    const pcsc = new FakePcsc("ACS 00", "ACS 01");
    pcsc.insert("ACS 01", chip());
    const { text, progress, error } = await cardwright(pcsc, "read", "--reader", "01", ...PRINTED, "--out", folder);
    expect(error).toBeUndefined();
    expect(text).toMatch(/files, \d+ commands, opened by BAC/);
    const card = join(folder, IMAGE.documentNumber);
    expect(readdirSync(card).sort()).toEqual(
      [
        ...["DG1.bin", "DG11.bin", "DG12.bin", "DG2.bin", "EF.COM.bin", "EF.SOD.bin"],
        ...["apdu.log", "reading.json", "report.json", "report.txt"],
      ].sort(),
    );
    for (const name of ["EF.DG2", "EF.SOD"]) {
      const bytes = readFileSync(join(card, `${name.replace("EF.DG", "DG")}.bin`));
      expect(toHex(bytes)).toBe(toHex(fileOf(IMAGE, name) as Uint8Array));
    }
    expect(readFileSync(join(card, "apdu.log"), "utf8")).toMatch(/^([0-9A-F]{8} \d+ -> \d+ [0-9A-F]{4}\n)+$/);
    expect(JSON.parse(readFileSync(join(card, "reading.json"), "utf8"))).toMatchObject({ accessControl: "BAC" });
    expect(readCardFolder(card).evidence.accessControl).toBe("BAC");
    expect(JSON.parse(readFileSync(join(card, "report.json"), "utf8"))).toMatchObject({ verdict: "incomplete" });
    expect(progress.at(-1)).toBeUndefined();
    expect(progress.filter((step) => step?.file === "EF.DG2").at(-1)?.done).toBe(fileOf(IMAGE, "EF.DG2")?.length);
  });

  it("tells a recording by the challenge that was chosen, and so does `validate`", async () => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", VirtualChip.fromImage(NATIONAL, SECRETS));
    const out = join(folder, "challenge");
    const csca = join(folder, "csca.cer");
    writeFileSync(csca, TRUST.anchors[0]?.raw as Uint8Array);
    const judged = ["--trust", csca, "--at", "2026-11-25"];
    const chosen = ["--challenge", "0102030405060708"];
    const { error } = await cardwright(pcsc, "read", "--can", SECRET_NUMBERS.can, "--out", out, ...chosen, ...judged);
    expect(error).toBeUndefined();
    const card = join(out, NATIONAL.documentNumber);
    expect(readFileSync(join(card, "report.txt"), "utf8")).toContain("so it convinces you");
    const validate = async (...options: string[]) => {
      let text = "";
      let code: number | undefined;
      const program = createProgram("0", { write: (part) => (text += part), exit: (status) => (code = status) });
      await program.parseAsync(["validate", card, ...judged, ...options], { from: "user" });
      return { text, code };
    };
    expect(await validate(...chosen)).toEqual({ code: 0, text: expect.stringContaining("so it convinces you") });
    expect(await validate()).toEqual({ code: 0, text: expect.stringContaining("has to compare it") });
    expect(await validate("--challenge", "0102030405060709")).toEqual({
      code: 1,
      text: expect.stringContaining("FAIL chip.activeAuthentication"),
    });
  });

  it("takes the lines of the MRZ, and the only reader there is", async () => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", chip());
    const mrz = parseFile(dg1, fileOf(IMAGE, "EF.DG1") as Uint8Array).mrz;
    const lines = [mrz.slice(0, 30), mrz.slice(30, 60), mrz.slice(60)];
    const out = join(folder, "mrz");
    const { text, error } = await cardwright(pcsc, "read", "--out", out, "--groups", "1,11", "--mrz", ...lines);
    expect(error).toBeUndefined();
    expect(text).toContain("not asked for: EF.DG2, EF.DG12");
    expect(readdirSync(join(out, IMAGE.documentNumber))).not.toContain("DG2.bin");
  });

  it("waits for the card, and goes on with one that was torn", async () => {
    const pcsc = new FakePcsc("A");
    let count = 0;
    const good = chip();
    const torn: FakeCard = {
      atr: good.atr,
      reset: () => good.reset(),
      transmit: (command) => {
        if (++count === 18) {
          pcsc.remove("A");
          setTimeout(() => pcsc.insert("A", good), 150);
        }
        return good.transmit(command);
      },
    };
    setTimeout(() => pcsc.insert("A", torn), 150);
    const out = join(folder, "torn");
    const { text, error } = await cardwright(pcsc, "read", ...PRINTED, "--out", out);
    expect(error).toBeUndefined();
    expect(text.match(/put the card on A/g)).toHaveLength(2);
    expect(text).toContain("torn and resumed 1 times");
    const sod = readFileSync(join(out, IMAGE.documentNumber, "EF.SOD.bin"));
    expect(toHex(sod)).toBe(toHex(fileOf(IMAGE, "EF.SOD") as Uint8Array));
  });

  it.each([
    [["--can", "123456", ...PRINTED], /one of --can, --mrz/],
    [["--document", "X"], /belong together/],
    [["--mrz", "ABC"], /--mrz/],
    [["--groups", "1,17"], /1 to 16/],
    [["--reader", "B", ...PRINTED], /0 readers fit "B"; there is: A/],
    [["--birth", "700101", "--document", key.documentNumber, "--expiry", key.dateOfExpiry], /access key/],
    [["--reader", "X", ...PRINTED], /0 readers fit "X"/],
    [["--at", "tomorrow", ...PRINTED], /YYYY-MM-DD/],
  ])("says what is wrong with %j", async (args, words) => {
    const pcsc = new FakePcsc("A");
    pcsc.insert("A", chip());
    const { error } = await cardwright(pcsc, "read", "--out", folder, ...args);
    expect(error?.message).toMatch(words);
  });

  it("says how to get the binding when it is not there", async () => {
    const program = createProgram("0", { write: () => undefined });
    const error = await rejectionOf(program.parseAsync(["readers"], { from: "user" }));
    expect((error as Error).message).toContain("npm install smartcard");
  });
});
