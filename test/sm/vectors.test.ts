import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandApdu, encodeCommand, encodeResponse, parseCommand, parseResponse } from "../../src/apdu/apdu.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { openChipSession } from "../../src/sm/chip.js";
import type { SmParameters, SmSuiteName } from "../../src/sm/shared.js";
import { openTerminalSession } from "../../src/sm/terminal.js";

interface Keys {
  ks_enc: string;
  ks_mac: string;
  ssc: string;
}

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/icao9303/${name}`, import.meta.url), "utf8")) as T;
}

function parameters(suite: SmSuiteName, keys: Keys): SmParameters {
  return { suite, ksEnc: fromHex(keys.ks_enc), ksMac: fromHex(keys.ks_mac), ssc: fromHex(keys.ssc) };
}

const command = (hex: string) => parseCommand(fromHex(hex));
const response = (hex: string) => parseResponse(fromHex(hex));

interface Exchange {
  plain: string;
  protected: string;
  response: string;
  plain_response: string;
}

/** Both roles, in order, byte for byte. */
function checkExchanges(session: SmParameters, exchanges: readonly Exchange[]): void {
  const terminal = openTerminalSession(session);
  const chip = openChipSession(session);
  for (const row of exchanges) {
    expect(toHex(encodeCommand(terminal.wrap(command(row.plain))))).toBe(row.protected.toLowerCase());
    expect(chip.unwrap(command(row.protected))).toEqual(command(row.plain));
    expect(toHex(encodeResponse(chip.wrap(response(row.plain_response))))).toBe(row.response.toLowerCase());
    expect(toHex(encodeResponse(terminal.unwrap(response(row.response))))).toBe(row.plain_response.toLowerCase());
  }
}

describe("secure messaging against published vectors", () => {
  it("3DES: ICAO 9303-11 appendix D.4", () => {
    const d = load<{ ks_enc: string; ks_mac: string; ssc: string; secure_messaging: Exchange[] }>("bac-example-D.json");
    checkExchanges(parameters("3DES", d), d.secure_messaging);
  });

  it("3DES: INTERNAL AUTHENTICATE with a long answer", () => {
    const v = load<Keys & Omit<Exchange, "plain"> & { internal_authenticate_plain: string }>(
      "active-authentication-sm-3des.json",
    );
    checkExchanges(parameters("3DES", v), [{ ...v, plain: v.internal_authenticate_plain }]);
  });

  it("AES-128: MSE:Set AT", () => {
    const v = load<Keys & { plain: string; protected: string }>("sm-aes128-mse-set-at.json");
    expect(toHex(encodeCommand(openTerminalSession(parameters("AES-128", v)).wrap(command(v.plain))))).toBe(
      v.protected,
    );
    expect(openChipSession(parameters("AES-128", v)).unwrap(command(v.protected))).toEqual(command(v.plain));
  });

  it("AES-256: a command without data", () => {
    const v = load<Keys & { plain: string; protected: string }>("sm-aes256-persosim.json");
    const wrapped = openTerminalSession(parameters("AES-256", v)).wrap(command(v.plain));
    expect(toHex(encodeCommand(wrapped)).toUpperCase()).toBe(v.protected);
    expect(openChipSession(parameters("AES-256", v)).unwrap(command(v.protected))).toEqual(command(v.plain));
  });

  interface Gematik extends Keys {
    commands: { case: string; plain?: string; data_zero_bytes?: number; ne?: number; protected: string }[];
    responses: { protected: string; plain: string }[];
    refused_responses: { why: string; response: string }[];
  }
  const gematik = load<Gematik>("sm-aes128-gematik.json");

  it.each(gematik.commands)("AES-128: command case $case", (row) => {
    const plain =
      row.plain === undefined
        ? commandApdu(1, 2, 3, 4, new Uint8Array(row.data_zero_bytes ?? 0), row.ne)
        : command(row.plain);
    const keys = parameters("AES-128", gematik);
    expect(toHex(encodeCommand(openTerminalSession(keys).wrap(plain)))).toBe(row.protected.toLowerCase());
    expect(openChipSession(keys).unwrap(command(row.protected))).toEqual(plain);
  });

  it.each(gematik.responses)("AES-128: response $plain", (row) => {
    const keys = parameters("AES-128", gematik);
    const opened = openTerminalSession(keys).unwrap(response(row.protected));
    expect(toHex(encodeResponse(opened))).toBe(row.plain.toLowerCase());
    const wrapped = openChipSession(keys).wrap(response(row.plain));
    expect(toHex(encodeResponse(wrapped))).toBe(row.protected.toLowerCase());
  });

  it.each(gematik.refused_responses)("AES-128: refuses a response with $why", (row) => {
    const session = openTerminalSession(parameters("AES-128", gematik));
    expect(() => session.unwrap(response(row.response))).toThrow(expect.objectContaining({ code: "SM_FAILED" }));
    expect(() => session.wrap(command("00B0000004"))).toThrow(expect.objectContaining({ code: "SM_CLOSED" }));
  });
});

describe("secure messaging against a second calculation by OpenSSL", () => {
  const { sessions } = load<{ sessions: (Keys & { suite: SmSuiteName; exchanges: Exchange[] })[] }>("sm-openssl.json");

  it.each(sessions)("$suite: odd INS, error status, long answer, header alone, counter carry", (row) => {
    checkExchanges(parameters(row.suite, row), row.exchanges);
  });

  it("covers every suite", () => {
    expect(sessions.map((row) => row.suite)).toEqual(["3DES", "AES-128", "AES-192", "AES-256"]);
  });
});
