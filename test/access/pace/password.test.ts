import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChipPassword, pinCounter, pukCounter, restoreTries } from "../../../src/access/pace/chip.js";
import { passwordState } from "../../../src/access/pace/password.js";
import { openPace } from "../../../src/access/pace/terminal.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { utf8 } from "../../../src/bytes/bytes.js";
import { chipOf, code, offerOf } from "./support.js";

const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12);
const PIN = "4711";
const pinOf = (counter = pinCounter()) => ({ kind: "pin", secret: utf8(PIN), counter }) satisfies ChipPassword;

function attempt(password: ChipPassword, secret: string, options: { resumed?: boolean; lastTry?: boolean } = {}) {
  const chip = chipOf({ offers: [offer], passwords: [password] }, { resumed: options.resumed ?? false });
  return runSync(
    chip.transmit,
    openPace(offer, { kind: password.kind, secret }, { lastTry: options.lastTry ?? false }),
  );
}

describe("PIN: three tries, the last one after the CAN", () => {
  it("loses a try for each mistake, is suspended, resumed, and has all back", () => {
    const pin = pinOf();
    const wrong = () => attempt(pin, "0000");
    expect(attempt(pin, PIN).triesLeft).toBeUndefined();
    expect(wrong).toThrow(
      expect.objectContaining({ code: "PACE_FAILED", cause: expect.objectContaining({ sw: 0x63c2 }) }),
    );
    expect(attempt(pin, PIN).triesLeft).toBe(2);
    expect(pin.counter.left).toBe(3);
    expect(wrong).toThrow(code("PACE_FAILED"));
    expect(wrong).toThrow(expect.objectContaining({ cause: expect.objectContaining({ sw: 0x63c1 }) }));
    // suspended: the terminal stops by itself, and the chip does not go on without the CAN
    expect(() => attempt(pin, PIN)).toThrow(code("PACE_PASSWORD_SUSPENDED"));
    expect(() => attempt(pin, PIN, { lastTry: true })).toThrow(code("PACE_PASSWORD_SUSPENDED"));
    expect(pin.counter.left).toBe(1);
    expect(() => attempt(pin, PIN, { resumed: true })).toThrow(code("PACE_PASSWORD_SUSPENDED"));
    expect(attempt(pin, PIN, { resumed: true, lastTry: true }).triesLeft).toBe(1);
    expect(pin.counter.left).toBe(3);
  });

  it("is blocked by a mistake in the last try, until the PUK restores it", () => {
    const pin = pinOf({ ...pinCounter(), left: 1 });
    expect(() => attempt(pin, "0000", { resumed: true, lastTry: true })).toThrow(code("PACE_FAILED"));
    expect(pin.counter.left).toBe(0);
    for (const resumed of [false, true]) {
      expect(() => attempt(pin, PIN, { resumed, lastTry: true })).toThrow(code("PACE_PASSWORD_BLOCKED"));
    }
    restoreTries(pin);
    expect(attempt(pin, PIN).password).toBe("pin");
  });

  it("is not there for a holder who does not use it", () => {
    const pin = pinOf({ ...pinCounter(), active: false });
    expect(() => attempt(pin, PIN)).toThrow(code("PACE_PASSWORD_BLOCKED"));
    expect(passwordState(pin, true)).toBe("deactivated");
  });

  it("a chip that refuses later than at MSE:Set AT is understood as well", () => {
    for (const [sw, expected] of [
      [0x6983, "PACE_PASSWORD_BLOCKED"],
      [0x6984, "PACE_PASSWORD_BLOCKED"],
      [0x6985, "PACE_PASSWORD_SUSPENDED"],
      [0x63c0, "PACE_FAILED"],
    ] as const) {
      const exchange = openPace(offer, { kind: "pin", secret: PIN });
      exchange.next();
      exchange.next({ data: new Uint8Array(), sw: 0x9000 });
      expect(() => exchange.next({ data: new Uint8Array(), sw })).toThrow(code(expected));
    }
  });

  it("whatever is tried, the tries left are those that the mistakes in a row leave", () => {
    const step = fc.record({ right: fc.boolean(), resumed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const pin = pinOf();
        let left = 3;
        for (const { right, resumed } of steps) {
          const ready = left > 1 || (left === 1 && resumed);
          try {
            attempt(pin, right ? PIN : "1111", { resumed, lastTry: true });
            expect(right && ready).toBe(true);
            left = 3;
          } catch (error) {
            if (!(error instanceof Error) || error.name === "AssertionError") throw error;
            if (ready) {
              expect(right).toBe(false);
              left--;
            }
          }
          expect(pin.counter.left).toBe(left);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("PUK: ten tries, none held back", () => {
  it("works to the last one", () => {
    const puk = { kind: "puk", secret: utf8("12345678"), counter: pukCounter() } satisfies ChipPassword;
    for (let i = 0; i < 9; i++) expect(() => attempt(puk, "00000000", { lastTry: true })).toThrow(code("PACE_FAILED"));
    expect(puk.counter.left).toBe(1);
    expect(attempt(puk, "12345678", { lastTry: true }).password).toBe("puk");
    expect(puk.counter.left).toBe(10);
  });
});
