import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes/bytes.js";
import { type CardImage, cardImageToJson } from "../../src/card/image.js";
import { hostAndPort, readSecrets } from "../../src/cli/chip-command.js";
import { createProgram } from "../../src/cli/program.js";
import { rejectionOf, sampleCard } from "../support/inspect.js";
import { type FakeVpcd, fakeVpcd } from "../support/vpcd.js";

let folder: string;
let image: CardImage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-cli-"));
  ({ image } = await sampleCard());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileWith(content: string): string {
  const path = join(folder, `file-${files++}.json`);
  writeFileSync(path, content);
  return path;
}

/** Runs the program as the shell would, without ending this process; `output` is all that it says. */
function start(...words: string[]) {
  const output: string[] = [];
  const connections: { close(): void }[] = [];
  const program = createProgram("9.9.9", {
    write: (text) => output.push(text),
    onConnected: (connection) => connections.push(connection),
  });
  const tame = (command: Command): void => {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => output.push(text), writeErr: (text) => output.push(text) });
    for (const child of command.commands) tame(child);
  };
  tame(program);
  return { done: program.parseAsync(words, { from: "user" }), output, connections };
}

const failing = async (...words: string[]): Promise<Error> => (await rejectionOf(start(...words).done)) as Error;

describe("hostAndPort", () => {
  it.each([
    ["127.0.0.1:35963", "127.0.0.1", 35963],
    ["localhost:1", "localhost", 1],
    ["[::1]:65535", "::1", 65535],
  ])("%s", (text, host, port) => {
    expect(hostAndPort(text)).toEqual({ host, port });
  });

  it.each([
    "",
    "localhost",
    "localhost:",
    ":35963",
    "localhost:0",
    "localhost:65536",
    "localhost:99999",
    "::1:80",
    "a b:80",
    "a:80x",
  ])("refuses %j", (text) => {
    expect(() => hostAndPort(text)).toThrow("Expected HOST:PORT");
  });
});

describe("readSecrets", () => {
  it("reads hex by name", () => {
    const path = fileWith('{"chipAuthentication": "00ff", "pin": "31 32"}');
    expect(readSecrets(path)).toEqual({ chipAuthentication: fromHex("00ff"), pin: fromHex("3132") });
  });

  it.each([
    ["no JSON", "{pin: 31323334", "this is no JSON"],
    ["a list", '["31323334"]', "an object of secrets"],
    ["null", "null", "an object of secrets"],
    ["a number", '{"pin": 31323334}', '"pin": hex expected'],
    ["half a byte", '{"pin": "313233345"}', '"pin": hex expected'],
    ["other letters", '{"pin": "31323334zz"}', '"pin": hex expected'],
  ])("refuses %s, and tells no secret", (_, content, words) => {
    const path = fileWith(content);
    let error: unknown;
    try {
      readSecrets(path);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "IMAGE_INVALID" });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toContain(path);
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain("31323334");
  });
});

describe("cardwright chip", () => {
  it("says which options it wants", async () => {
    const { done, output } = start("chip", "--help");
    expect(await rejectionOf(done)).toMatchObject({ code: "commander.helpDisplayed" });
    for (const option of ["--image", "--secrets", "--vpcd"]) expect(output.join("")).toContain(option);
    expect(await failing("chip", "--vpcd", "localhost:1")).toMatchObject({
      message: expect.stringContaining("--image"),
    });
    expect(await failing("chip", "--image", "x")).toMatchObject({ message: expect.stringContaining("--vpcd") });
    expect(await failing("chip", "--image", "x", "--vpcd", "nowhere")).toMatchObject({
      message: expect.stringContaining("Expected HOST:PORT"),
    });
    expect(await failing("print")).toMatchObject({ code: "commander.unknownCommand" });
  });

  it("says that the image is missing, or what is wrong in it, before it connects anywhere", async () => {
    const vpcd = ["--vpcd", "127.0.0.1:1"];
    const missing = await failing("chip", "--image", join(folder, "none.json"), ...vpcd);
    expect(missing).toMatchObject({ code: "IMAGE_INVALID", message: expect.stringMatching(/--image: .*none\.json/) });
    const none = await failing("chip", "--image", fileWith("{"), ...vpcd);
    expect(none).toMatchObject({ code: "IMAGE_INVALID", message: expect.stringContaining("no JSON") });
    const other = await failing("chip", "--image", fileWith('{"format": "x"}'), ...vpcd);
    expect(other).toMatchObject({ code: "IMAGE_INVALID", message: expect.stringContaining("format") });
  });

  it("asks for the secrets that the image names", async () => {
    const [application] = image.applications;
    const guarded = {
      ...image,
      applications: [{ ...application, secrets: ["documentBasicAccess", "pin"] }],
    } as CardImage;
    const path = fileWith(cardImageToJson(guarded));
    const vpcd = ["--vpcd", "127.0.0.1:1"];
    const error = await failing("chip", "--image", path, ...vpcd);
    expect(error).toMatchObject({ code: "SECRET_UNKNOWN", message: expect.stringContaining('"pin"') });
    const unread = await failing("chip", "--image", path, "--secrets", join(folder, "none.json"), ...vpcd);
    expect(unread).toMatchObject({ code: "IMAGE_INVALID", message: expect.stringContaining("--secrets") });
    const secrets = fileWith('{"pin": "31323334"}');
    expect(await failing("chip", "--image", path, "--secrets", secrets, ...vpcd)).toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  describe("with a daemon", () => {
    let daemon: FakeVpcd;
    beforeAll(async () => {
      daemon = await fakeVpcd();
    });
    afterAll(() => daemon.close());

    it("puts the card on the reader until it is taken away", async () => {
      const path = fileWith(cardImageToJson({ ...image, documentNumber: "C01\u001b[2J" }));
      const { done, output, connections } = start("chip", "--image", path, "--vpcd", `127.0.0.1:${daemon.port}`);
      await daemon.card;
      await daemon.send(Uint8Array.of(1));
      await daemon.send(Uint8Array.of(4));
      expect((await daemon.receive())[0]).toBe(0x3b);
      await daemon.send(fromHex("00a4040c07a0000002471001"));
      expect(await daemon.receive()).toEqual(fromHex("9000"));
      expect(output).toEqual([`card "C01\\u001b[2J" is on the reader at 127.0.0.1:${daemon.port}\n`]);
      connections[0]?.close();
      await done;
    });
  });

  it("has the version of the package", () => {
    const main = readFileSync(new URL("../../src/cli/main.ts", import.meta.url), "utf8");
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(main).toContain(`const version = "${version}";`);
    expect(main.startsWith("#!/usr/bin/env node\n")).toBe(true);
  });
});
