import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectVpcd, type VpcdChip, type VpcdConnection } from "../../src/adapters/vpcd.js";
import { run } from "../../src/apdu/exchange.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf } from "../../src/card/image.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { readCard } from "../../src/inspect/read-card.js";
import { filesOf, judge, rejectionOf, sampleCard } from "../support/inspect.js";
import { type FakeVpcd, fakeVpcd, framed } from "../support/vpcd.js";

const ATR = fromHex("3b8180018080");
/** Longer than any answer of the chip could take; nothing waits for it in a test that passes. */
const QUIET = 30;

let daemon: FakeVpcd;
let connection: VpcdConnection | undefined;
let log: string[];

beforeEach(async () => {
  daemon = await fakeVpcd();
  log = [];
});
afterEach(async () => {
  connection?.close();
  connection = undefined;
  await daemon.close();
});

/** Answers 9000 after the bytes of the command, or by the rule; `log` holds what it was told. */
function chip(
  answer: (command: Uint8Array) => Uint8Array = (command) => Uint8Array.from([...command, 0x90, 0]),
): VpcdChip {
  return {
    atr: ATR,
    transmit: (command) => {
      log.push(toHex(command));
      return answer(command);
    },
    reset: () => void log.push("reset"),
  };
}

const connect = async (on: VpcdChip = chip()) => {
  connection = await connectVpcd({ chip: on, host: "127.0.0.1", port: daemon.port });
  return connection;
};

describe("connectVpcd", () => {
  it("answers a command, and keeps the order of several in one chunk", async () => {
    await connect();
    const commands = ["00a4040c", "00b0000000", "00b1", "80ca9f7f00"].map(fromHex);
    await daemon.write(Uint8Array.from(commands.flatMap((command) => [...framed(command)])));
    for (const command of commands) expect(toHex(await daemon.receive())).toBe(`${toHex(command)}9000`);
    expect(log).toEqual(commands.map(toHex));
  });

  it("puts a message together that comes byte by byte, with the next one at its heels", async () => {
    await connect();
    const command = fromHex("00a4020c02011e");
    const bytes = Uint8Array.from([...framed(command), ...framed(command)]);
    for (const byte of bytes) {
      await daemon.write(Uint8Array.of(byte));
      await sleep(1);
    }
    for (let i = 0; i < 2; i++) expect(toHex(await daemon.receive())).toBe(`${toHex(command)}9000`);
    expect(log).toHaveLength(2);
  });

  it("carries the longest message both ways", async () => {
    await connect(chip((command) => command));
    const long = Uint8Array.from({ length: 0xffff }, (_, i) => i % 253);
    await daemon.send(long);
    expect(await daemon.receive()).toEqual(long);
  });

  it("understands the control messages, and answers only the one that asks for the ATR", async () => {
    await connect();
    for (const control of [0, 1, 2]) await daemon.send(Uint8Array.of(control));
    await daemon.send(Uint8Array.of(4));
    expect(await daemon.receive()).toEqual(ATR);
    expect(log).toEqual(["reset", "reset", "reset"]);
    await sleep(QUIET);
    expect(daemon.pending()).toBe(0);
  });

  it.each(["03", "05", "ff", "00a4", "00a404", ""])("passes %j on as a command, whoever sent it", async (hex) => {
    await connect(chip(() => fromHex("6700")));
    await daemon.send(fromHex(hex));
    expect(toHex(await daemon.receive())).toBe("6700");
    expect(log).toEqual([hex]);
  });

  it.each([
    ["empty", 0],
    ["of one byte", 1],
    ["of 65,536 bytes", 0x10000],
  ])("sends 6F00 instead of an answer %s, for which the daemon would wait for ever", async (_, length) => {
    await connect(chip(() => new Uint8Array(length)));
    await daemon.send(fromHex("00b0000000"));
    expect(toHex(await daemon.receive())).toBe("6f00");
    await daemon.send(Uint8Array.of(4));
    expect(await daemon.receive()).toEqual(ATR);
  });

  it("settles when the daemon goes away, in the middle of a message too", async () => {
    const { closed } = await connect();
    await daemon.write(Uint8Array.of(0, 5, 0xa4));
    await sleep(QUIET);
    (await daemon.card).end();
    await expect(closed).resolves.toBeUndefined();
    expect(log).toEqual([]);
  });

  it("rejects when the connection is broken off, and harms nobody who does not look", async () => {
    const { closed } = await connect();
    (await daemon.card).resetAndDestroy();
    expect(await rejectionOf(closed)).toMatchObject({ code: "ECONNRESET" });
  });

  it("takes the card away even from a daemon that hangs", async () => {
    await daemon.close();
    daemon = await fakeVpcd({ allowHalfOpen: true });
    const { closed, close } = await connect();
    await daemon.card;
    close();
    close();
    await expect(closed).resolves.toBeUndefined();
  });

  it("says that nobody listens there", async () => {
    const { port } = daemon;
    await daemon.close();
    const error = await rejectionOf(connectVpcd({ chip: chip(), host: "127.0.0.1", port }));
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    daemon = await fakeVpcd();
  });

  it("takes a chip that throws off the reader, and says why", async () => {
    const { closed } = await connect(
      chip(() => {
        throw new Error("the chip is broken");
      }),
    );
    await daemon.send(fromHex("00b0000000"));
    expect(await rejectionOf(closed)).toMatchObject({ message: "the chip is broken" });
    await new Promise<void>((resolve) => void daemon.card.then((socket) => socket.once("close", () => resolve())));
    expect(daemon.pending()).toBe(0);
  });

  it("puts the virtual chip on a reader, which gives a card that validates", async () => {
    const { image, trust } = await sampleCard();
    await connect(VirtualChip.fromImage(image));
    await daemon.send(Uint8Array.of(1));
    const channel = {
      maxCommand: 65_535,
      maxResponse: 65_535,
      transmit: async (command: Uint8Array) => {
        await daemon.send(command);
        return daemon.receive();
      },
    };
    const files = await run(channel, readCard({ accessKey: accessKeyOf(image), maxResponse: 4096 }));
    expect(files).toEqual(filesOf(image));
    expect(judge(files, { trust }).verdict).toBe("passed");
    for (const hex of ["00", "01", "02"]) await daemon.send(fromHex(hex)); // the daemon resets the card as it likes
    for (const hex of ["00c00000", "0000", "ffca000000", "a0a40000023f00", "00a40000", "00200081", "00a4040c00"]) {
      await daemon.send(fromHex(hex));
      expect((await daemon.receive()).length).toBeGreaterThanOrEqual(2);
    }
  });
});
