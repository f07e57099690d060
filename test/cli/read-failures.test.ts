import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError, InvalidArgumentError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPcscChannel } from "../../src/adapters/pcsc.js";
import { fromHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import type { ChipQuirks } from "../../src/card/profile.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { describeError, exitCodeOf, READER_EXIT } from "../../src/cli/exit-codes.js";
import { createProgram } from "../../src/cli/program.js";
import { generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { ChannelError, ProtocolError } from "../../src/errors.js";
import type { ValidationReport } from "../../src/inspect/report.js";
import { preferredAlgorithm } from "../../src/pki/cvc/issue.js";
import { cvcPublicKeyFromSpki } from "../../src/pki/cvc/public-key.js";
import { toPem } from "../../src/pki/pem.js";
import { encodePkcs8 } from "../../src/pki/pkcs8.js";
import { memorySigner } from "../../src/pki/signer.js";
import { CVCAS, NATIONAL, SECRET_NUMBERS, SECRETS, terminalWith } from "../support/chips.js";
import { cardwright } from "../support/cli.js";
import { TRUST } from "../support/national.js";
import { type FakeCard, FakePcsc } from "../support/pcsc.js";
import { twoDoors } from "../support/two-doors.js";

let folder: string;
let trust: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-failures-"));
  trust = join(folder, "csca.pem");
  writeFileSync(trust, toPem("CERTIFICATE", TRUST.anchors[0]?.raw as Uint8Array));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TWO = twoDoors();
const printed = (image: CardImage): string[] => {
  const { documentNumber, dateOfBirth, dateOfExpiry } = accessKeyOf(image);
  return ["--document", documentNumber, "--birth", dateOfBirth, "--expiry", dateOfExpiry];
};
type Answer = (command: Uint8Array, index: number) => string | undefined | Promise<string | undefined>;

/** A card that answers by a rule first. */
function card(
  image: CardImage,
  answer: Answer = () => undefined,
  secrets: ChipSecrets = SECRETS,
  quirks: ChipQuirks = {},
) {
  const chip = VirtualChip.fromImage(image, secrets, { quirks });
  let index = 0;
  const own: FakeCard = {
    atr: chip.atr,
    reset: () => chip.reset(),
    transmit: async (command) => {
      const told = await answer(command, index++);
      return told === undefined ? chip.transmit(command) : fromHex(told);
    },
  };
  return own;
}
function onReader(own: FakeCard): FakePcsc {
  const pcsc = new FakePcsc("A");
  pcsc.insert("A", own);
  return pcsc;
}
let runs = 0;
async function read(pcsc: FakePcsc, ...args: string[]) {
  const out = join(folder, `run${runs++}`);
  const { text, error } = await cardwright(pcsc, "read", "--out", out, "--trust", trust, "--at", "2026-11-25", ...args);
  const [name] = existsSync(out) ? readdirSync(out) : [];
  const file = (which: string) => readFileSync(join(out, name as string, which), "utf8");
  const report = name === undefined ? undefined : (JSON.parse(file("report.json")) as ValidationReport);
  return { text, error, name, report, file, exit: error === undefined ? 0 : exitCodeOf(error) };
}
const helpOf = (command: string): string => {
  let text = "";
  const found = createProgram("0", { write: () => undefined }).commands.find((one) => one.name() === command);
  found?.configureOutput({ writeOut: (part) => (text += part) });
  found?.outputHelp();
  return text.replace(/\s+/g, " ");
};
const statusOf = (report: ValidationReport | undefined, id: string) =>
  report?.checks.find((check) => check.id === id)?.status;

describe("cardwright read, of what it settles for", () => {
  it("opens a card by its CAN, and settles for nothing", async () => {
    const { text, error, report } = await read(onReader(card(NATIONAL)), "--can", SECRET_NUMBERS.can);
    expect(error).toBeUndefined();
    expect(text).toContain("opened by PACE");
    expect(text).toContain("shown: chipAuthentication, activeAuthentication");
    expect(text).toMatch(/^passed: The data .*authentic/m);
    expect(text).not.toContain("settled for less");
    expect(report?.verdict).toBe("passed");
  });

  const noPace: Answer = (command) => (command[1] === 0x22 && command[2] === 0xc1 ? "6a80" : undefined);

  it("does not fall from PACE to BAC, and leaves no folder", async () => {
    const { error, exit, name } = await read(onReader(card(TWO, noPace)), ...printed(TWO));
    expect(error).toMatchObject({ code: "PACE_FAILED" });
    expect([exit, name]).toEqual([READER_EXIT.failed, undefined]);
  });

  it("falls when it is told to, and says so in words, in the verdict and in the files", async () => {
    const { text, report, file } = await read(onReader(card(TWO, noPace)), "--allow-bac", ...printed(TWO));
    expect(text).toContain("opened by BAC");
    expect(text).toContain("settled for less: BAC instead of PACE: failed (6A80)\n");
    expect(text).toMatch(/^passed: .*The chip was opened in a weaker way than it offers/m);
    expect(statusOf(report, "accessControl.downgrade")).toBe("warning");
    expect(statusOf(report, "accessControl.falls")).toBe("warning");
    expect(JSON.parse(file("reading.json"))).toMatchObject({
      falls: [{ kind: "paceToBac", reason: "failed", sw: 0x6a80 }],
    });
    expect(file("report.txt")).toContain("BAC instead of PACE: failed (6A80)");
  });

  it("extended lengths that the card does not know: shorter reads, told and no worse", async () => {
    const old = card(NATIONAL, undefined, SECRETS, { shortLengthsOnly: true });
    const { text, report } = await read(onReader(old), "--can", SECRET_NUMBERS.can);
    expect(text).toMatch(/settled for less: shorter reads: \d+ to \d+ bytes \(6700\)\n/);
    expect(text.match(/settled for less/g)).toHaveLength(1);
    expect(report?.verdict).toBe("passed");
    expect(statusOf(report, "accessControl.falls")).toBe("passed");
  });

  /** The card without some of its keys. */
  const without = (...names: readonly string[]): CardImage => ({
    ...NATIONAL,
    applications: NATIONAL.applications.map((application) => ({
      ...application,
      secrets: application.secrets.filter((name) => !names.includes(name)),
    })),
  });

  it("chip authentication that is left out: no verdict about the chip, and none passed", async () => {
    const image = without(CHIP_SECRETS.chipAuthentication(1), CHIP_SECRETS.activeAuthentication);
    const held = Object.fromEntries(
      Object.entries(SECRETS).filter(([name]) => image.applications.some(({ secrets }) => secrets.includes(name))),
    );
    const copy = card(image, undefined, held);
    const { text, report, exit } = await read(onReader(copy), "--can", SECRET_NUMBERS.can);
    expect(text).toMatch(/settled for less: without chip authentication: refused/);
    expect(text).toMatch(/settled for less: without active authentication: refused/);
    expect(text).toMatch(/^incomplete: No verdict: .*chip\.activeAuthentication, chip\.chipAuthentication/m);
    expect(text).not.toContain("shown:");
    expect(statusOf(report, "chip.chipAuthentication")).toBe("notChecked");
    expect(exit).toBe(0);
  });

  it("reads the fingers as a terminal that may, and says where it may not", async () => {
    const own = generateEcPrivateKey("P-256");
    const publicKey = cvcPublicKeyFromSpki(memorySigner(own).publicKey, preferredAlgorithm(memorySigner(own)));
    const parties = await terminalWith("IS", ["readDg3", "readDg4"], { publicKey });
    const file = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const certificates = parties.map(({ certificate }, i) => file(`terminal${i}.cvcert`, certificate.raw));
    const key = file("terminal.pem", toPem("PRIVATE KEY", encodePkcs8(own)));
    const can = ["--can", SECRET_NUMBERS.can];
    const as = ["--terminal", ...certificates, "--terminal-key", key];
    const { text, error, file: read3, report } = await read(onReader(card(NATIONAL)), ...can, ...as);
    expect(error).toBeUndefined();
    expect(text).toContain("terminalAuthentication");
    expect(text).not.toContain("not given");
    expect(read3("DG3.bin").length).toBeGreaterThan(100);
    expect(report?.verdict).toBe("passed");
    expect((await read(onReader(card(NATIONAL)), ...can)).text).toContain("not given: EF.DG3 (6982)");
    const stranger = card(NATIONAL, undefined, { ...SECRETS, [CHIP_SECRETS.trustPoints]: CVCAS.AT.certificate.raw });
    const refused = await read(onReader(stranger), ...can, ...as);
    expect(refused.text).toContain("settled for less: without terminal authentication");
    expect(refused.text).toContain("not given: EF.DG3");
    // files that are none, or half of what it takes
    for (const args of [
      ["--terminal", ...certificates],
      ["--terminal-key", key],
      ["--terminal", key, "--terminal-key", key],
      ["--terminal", ...certificates, "--terminal-key", certificates[0] as string],
      ["--terminal", "/nowhere", "--terminal-key", key],
    ]) {
      const wrong = await read(new FakePcsc("A"), ...can, ...args);
      expect(wrong.error?.message).toMatch(/--terminal/);
      expect(wrong.exit).toBe(2);
    }
  });

  it("active authentication that the chip does not offer: not checked, and nothing is settled for", async () => {
    const { text, report } = await read(onReader(card(TWO)), ...printed(TWO));
    expect(text).not.toContain("settled for less");
    expect(text).toContain("shown: chipAuthentication;");
    expect(statusOf(report, "chip.activeAuthentication")).toBe("notChecked");
    expect(statusOf(report, "chip.chipAuthentication")).toBe("passed");
    expect(report?.verdict).toBe("passed");
  });
});

describe("cardwright read, when it cannot", () => {
  it("says that there is no such reader, with 3", async () => {
    const { error, exit } = await read(new FakePcsc(), "--can", "123456");
    expect(error).toMatchObject({ code: "READER_GONE" });
    expect(exit).toBe(3);
    const stopped = new FakePcsc("A");
    stopped.running = false;
    expect((await read(stopped, "--can", "123456")).exit).toBe(3);
    expect(exitCodeOf((await cardwright(stopped, "readers")).error)).toBe(3);
  });

  it("says that several readers are there, with 2", async () => {
    expect((await read(new FakePcsc("A", "B"), "--can", "123456")).exit).toBe(2);
  });

  it("says that another program has the card, with 4, and does not wait", async () => {
    const pcsc = onReader(card(NATIONAL));
    const other = await openPcscChannel(pcsc, { reader: "A" });
    const { error, exit } = await read(pcsc, "--can", SECRET_NUMBERS.can);
    expect(error).toMatchObject({ code: "READER_BUSY", message: expect.stringContaining("another program") });
    expect(exit).toBe(4);
    await other.close();
    expect((await read(pcsc, "--can", SECRET_NUMBERS.can)).exit).toBe(0);
  });

  it("says that the reader was unplugged, and no torn card, with 3", async () => {
    const pcsc: FakePcsc = onReader(
      card(NATIONAL, (_, index) => {
        if (index === 20) pcsc.detach("A");
        return undefined;
      }),
    );
    const { text, error, exit, name } = await read(pcsc, "--can", SECRET_NUMBERS.can);
    expect(error).toMatchObject({ code: "READER_GONE", message: expect.stringContaining("plug it in") });
    expect([exit, name, text]).toEqual([3, undefined, ""]);
  });

  it("says so too while it waits for a card", async () => {
    const pcsc = new FakePcsc("A");
    setTimeout(() => pcsc.detach("A"), 50);
    const { text, error, exit } = await read(pcsc, "--can", "123456");
    expect(text).toContain("put the card on A");
    expect(error).toMatchObject({ code: "READER_GONE" });
    expect(exit).toBe(3);
  });

  it("a wait that is interrupted ends with 130", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const { error } = await cardwright({ pcsc: new FakePcsc("A"), signal: stop.signal }, "read", "--can", "123456");
    expect(exitCodeOf(error)).toBe(130);
  });

  it("a card that is pulled ten times is given up, with 5", async () => {
    const torn: FakeCard = { ...card(NATIONAL), transmit: async () => new Uint8Array(0) };
    const { text, error, exit } = await read(onReader(torn), "--can", SECRET_NUMBERS.can);
    expect(error).toMatchObject({ code: "CARD_TORN" });
    expect(exit).toBe(5);
    expect(text.match(/the card left the reader/g)).toHaveLength(9);
  });

  it("a wrong CAN is the card's no, with 1; one that cannot be is the caller's mistake, with 2", async () => {
    const wrong = await read(onReader(card(NATIONAL)), "--can", "000000");
    expect(wrong.error).toMatchObject({ code: expect.stringMatching(/^PACE_/) });
    expect(wrong.exit).toBe(1);
    expect((await read(onReader(card(NATIONAL)), "--can", "12 34")).exit).toBe(2);
  });

  it("another card in the place of the torn one is read from its beginning", async () => {
    const pcsc: FakePcsc = onReader(
      card(TWO, (_, index) => {
        if (index === 25) {
          pcsc.remove("A");
          setTimeout(() => pcsc.insert("A", card(twoDoors())), 60);
        }
        return undefined;
      }),
    );
    const { text, error, report } = await read(pcsc, ...printed(TWO));
    expect(error).toBeUndefined();
    expect(text).toContain("put the card on A");
    expect(text).toContain("another card than the one that was torn: read from the beginning");
    expect(text).not.toContain("resumed");
    expect(report?.verdict).toBe("passed");
  });
});

describe("exit codes", () => {
  it.each([
    [new ChannelError("READER_GONE", "x"), 3],
    [new ChannelError("READER_BUSY", "x"), 4],
    [new ChannelError("CARD_TORN", "x"), 5],
    [new ChannelError("CHANNEL_TIMEOUT", "x"), 5],
    [new ChannelError("REPLY_MALFORMED", "x"), 5],
    [new ChannelError("CHANNEL_CLOSED", "x"), 1],
    [new ProtocolError("BAC_REFUSED", "BAC", "x", "x"), 1],
    [new InvalidArgumentError("x"), 2],
    [new CommanderError(1, "commander.unknownOption", "x"), 2],
    [new CommanderError(0, "commander.helpDisplayed", "x"), 0],
    [new RangeError("x"), 2],
    [new Error("x"), 1],
    ["x", 1],
  ])("%s: %i", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it("an error is one line, with its code", () => {
    expect(describeError(new ChannelError("READER_BUSY", "one\n  two"))).toBe("READER_BUSY: one two");
    expect(describeError(new Error("one"))).toBe("one");
    expect(describeError("one")).toBe("one");
  });

  it("are told by --help", () => {
    for (const words of ["3 no such reader", "4 another program", "5 no card"]) {
      expect(helpOf("read")).toContain(words);
      expect(helpOf("readers")).toContain(words);
    }
  });
});
