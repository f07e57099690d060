import { describe, expect, it } from "vitest";
import { type CommandApdu, commandApdu, parseCommand, type ResponseApdu } from "../../src/apdu/apdu.js";
import type { Channel } from "../../src/apdu/channel.js";
import { run, runSync, type SyncExchange } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { SW, send } from "../../src/apdu/status.js";
import { EMPTY, fromHex, toHex } from "../../src/bytes/bytes.js";

function channel(transmit: Channel["transmit"]): Channel {
  return { maxCommand: 261, maxResponse: 258, transmit };
}

/** A protocol that notes how it ended. */
function* watched(log: string[]): SyncExchange<number> {
  try {
    const first = yield commandApdu(0, 1, 0, 0);
    const second = yield commandApdu(0, 2, 0, 0);
    return first.sw + second.sw;
  } finally {
    log.push("wiped");
  }
}

async function* watchedAsync(log: string[]): AsyncGenerator<CommandApdu, number, ResponseApdu> {
  try {
    await Promise.resolve();
    const first = yield commandApdu(0, 1, 0, 0);
    return first.sw;
  } finally {
    log.push("wiped");
  }
}

describe("run", () => {
  it("gives the result of sync and async protocols", async () => {
    const ok = channel(async () => fromHex("9000"));
    expect(await run(ok, watched([]))).toBe(2 * SW.OK);
    expect(await run(ok, watchedAsync([]))).toBe(SW.OK);
    expect(runSync(() => fromHex("9000"), watched([]))).toBe(2 * SW.OK);
  });

  it("lets a protocol wipe when the channel fails, the card is torn, or the caller aborts", async () => {
    const log: string[] = [];
    const failing = channel(async () => Promise.reject(new Error("reader gone")));
    await expect(run(failing, watched(log))).rejects.toThrow("reader gone");
    await expect(run(failing, watchedAsync(log))).rejects.toThrow("reader gone");
    const torn = channel(async () => EMPTY);
    await expect(run(torn, watched(log))).rejects.toThrow(expect.objectContaining({ code: "CARD_TORN" }));
    const abort = new AbortController();
    const aborting = channel(async () => {
      abort.abort();
      return fromHex("9000");
    });
    await expect(run(aborting, watched(log), { signal: abort.signal })).rejects.toThrow(/abort/i);
    expect(() => runSync(() => EMPTY, watched(log))).toThrow();
    expect(log).toEqual(["wiped", "wiped", "wiped", "wiped", "wiped"]);
  });

  it("passes the signal to the channel", async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    const one = channel(async (_command, options) => {
      seen.push(options?.signal);
      return fromHex("9000");
    });
    await run(one, watched([]), { signal });
    expect(seen).toEqual([signal, signal]);
  });

  it("turns an unexpected status into an error without command data", async () => {
    const refusing = channel(async () => fromHex("6982"));
    const exchange = send(commandApdu(0, 0x20, 0, 1, fromHex("31323334")), "VERIFY");
    const error = await run(refusing, exchange).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNEXPECTED_STATUS", sw: 0x6982, header: "00200001", step: "VERIFY" });
    expect(JSON.stringify(error) + String(error)).not.toContain("31323334");
  });
});

/** A session that adds a mark on the way out and takes it off on the way in. */
function marking(mark: number, fail = false): SecureSession {
  return {
    wrap: (command) => ({ ...command, data: Uint8Array.of(mark, ...command.data) }),
    unwrap(response) {
      if (fail || response.data[0] !== mark) throw new Error("unwrap refused");
      return { ...response, data: response.data.subarray(1) };
    },
    close: () => undefined,
  };
}

function* echo(log: string[]): SyncExchange<string> {
  try {
    const { data } = yield commandApdu(0, 1, 0, 0, fromHex("AA"), 256);
    return toHex(data);
  } finally {
    log.push("wiped");
  }
}

async function* echoAsync(log: string[]): AsyncGenerator<CommandApdu, string, ResponseApdu> {
  return yield* echo(log);
}

describe("secured", () => {
  const sent: string[] = [];
  const mirror = channel(async (command) => {
    sent.push(toHex(parseCommand(command).data));
    return Uint8Array.of(...parseCommand(command).data, 0x90, 0x00);
  });

  it("nests, the outer session last on the way out, for sync and async protocols", async () => {
    expect(await run(mirror, secured(marking(1), secured(marking(2), echo([]))))).toBe("aa");
    expect(await run(mirror, secured(marking(1), secured(marking(2), echoAsync([]))))).toBe("aa");
    expect(sent).toEqual(["0102aa", "0102aa"]);
  });

  it("lets the protocol inside wipe when a session refuses a response", async () => {
    const log: string[] = [];
    await expect(run(mirror, secured(marking(1), secured(marking(2, true), echo(log))))).rejects.toThrow("refused");
    await expect(run(mirror, secured(marking(1, true), secured(marking(2), echoAsync(log))))).rejects.toThrow(
      "refused",
    );
    expect(log).toEqual(["wiped", "wiped"]);
  });

  it("lets the protocol inside wipe when the channel fails", async () => {
    const log: string[] = [];
    const torn = channel(async () => EMPTY);
    await expect(run(torn, secured(marking(1), echo(log)))).rejects.toThrow();
    await expect(run(torn, secured(marking(1), echoAsync(log)))).rejects.toThrow();
    expect(log).toEqual(["wiped", "wiped"]);
  });
});
