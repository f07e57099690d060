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
const pukOf = (left: number) =>
  ({ kind: "puk", secret: utf8("12345678"), counter: { ...pukCounter(), left } }) satisfies ChipPassword;
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

  it("is not held back at its last try", () => {
    const puk = pukOf(1);
    expect(attempt(puk, "12345678")).toMatchObject({ password: "puk", triesLeft: 1 });
    expect(puk.counter.left).toBe(10);
  });
});

describe("the words", () => {
  const told = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
    return "opened";
  };
  const refusal = (kind: "mrz" | "can" | "pin" | "puk", sw: number, atSetAt: boolean): string => {
    const exchange = openPace(offer, { kind, secret: "123456" });
    exchange.next();
    const answers = atSetAt ? [sw] : [0x9000, sw];
    return told(() => {
      for (const answer of answers) exchange.next({ data: new Uint8Array(), sw: answer });
    });
  };

  it("of a PIN name CAN and PUK", () => {
    expect(told(() => attempt(pinOf({ ...pinCounter(), left: 1 }), PIN))).toMatch(
      /^PACE_PASSWORD_SUSPENDED: .*the CAN/,
    );
    expect(told(() => attempt(pinOf({ ...pinCounter(), left: 0 }), PIN))).toMatch(/^PACE_PASSWORD_BLOCKED: .*the PUK/);
    for (const sw of [0x6983, 0x6984]) expect(refusal("pin", sw, false)).toMatch(/^PACE_PASSWORD_BLOCKED: .*the PUK/);
    expect(refusal("pin", 0x6283, true)).toMatch(/^PACE_PASSWORD_BLOCKED: the PIN .*the PUK/);
  });

  it("of a PUK name what is left: the issuer, or a new card", () => {
    expect(told(() => attempt(pukOf(0), "12345678"))).toBe(
      "PACE_PASSWORD_BLOCKED: the PUK is blocked or deactivated: ask the issuer.",
    );
    expect(told(() => attempt(pukOf(2), "00000000"))).toMatch(/^PACE_FAILED: .*one try is left, then only a new card/);
    expect(told(() => attempt(pukOf(1), "00000000"))).toMatch(/^PACE_FAILED: .*no try is left: ask the issuer/);
    expect(told(() => attempt(pukOf(5), "00000000"))).toMatch(/^PACE_FAILED: .*check the password/);
    for (const left of [0, 1, 2, 5]) {
      expect(told(() => attempt(pukOf(left), "00000000"))).not.toMatch(/CAN|with the PUK/);
    }
  });

  it("say of no other password than a PIN that it is suspended", () => {
    for (const kind of ["mrz", "can", "puk"] as const) {
      expect(refusal(kind, 0x63c1, true)).toBe("opened"); // the exchange goes on
      expect(refusal(kind, 0x6985, false)).toMatch(/^PACE_FAILED: /);
      expect(refusal(kind, 0x6983, false)).toMatch(/^PACE_PASSWORD_BLOCKED: .*ask the issuer/);
    }
    expect(refusal("pin", 0x6985, false)).toMatch(/^PACE_PASSWORD_SUSPENDED: /);
  });
});
