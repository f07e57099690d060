import { describe, expect, it } from "vitest";
import { type ChipPins, type PinSession, pinChip, signaturePinCounter } from "../../../src/access/pin/chip.js";
import { pinCounter, pukCounter } from "../../../src/access/pin/shared.js";
import { askPin, changePin, type PinReport, unblockPin, verifyPin } from "../../../src/access/pin/terminal.js";
import type { CommandApdu } from "../../../src/apdu/apdu.js";
import { commandApdu, encodeCommand } from "../../../src/apdu/apdu.js";
import type { SyncExchange } from "../../../src/apdu/exchange.js";
import { EMPTY, fromHex, toHex, utf8 } from "../../../src/bytes/bytes.js";

type State = { -readonly [K in keyof PinSession]: PinSession[K] };

/** A chip with PINs and one session, as the virtual chip keeps them. */
function card(session: Partial<PinSession> = { password: "can" }) {
  const pins = {
    identity: { secret: utf8("4711"), counter: pinCounter() },
    signature: { secret: utf8("271828"), counter: signaturePinCounter() },
    puk: { secret: utf8("12345678"), counter: pukCounter() },
    can: { secret: utf8("483921") },
  } satisfies ChipPins;
  const state: State = { shown: [], rights: [], ...session };
  const sent: string[] = [];
  const tell = (command: CommandApdu): number => {
    sent.push(toHex(encodeCommand(command)));
    const { sw, shown, forgotten } = pinChip(command, pins, state);
    state.shown = state.shown.filter((pin) => pin !== forgotten);
    if (shown !== undefined && shown !== forgotten) state.shown = [...state.shown, shown];
    return sw;
  };
  const ask = (exchange: SyncExchange<PinReport>): PinReport => {
    let step = exchange.next();
    while (!step.done) step = exchange.next({ data: EMPTY, sw: tell(step.value) });
    return step.value;
  };
  return { pins, state, tell, ask, sent };
}

const verify = (reference: number, digits: string) => commandApdu(0, 0x20, 0, reference, utf8(digits));
const TEXT = new TextDecoder();

describe("commands as they are on the wire", () => {
  it("follow ISO 7816-4, and TR-03110-3 B.11 for passwords of PACE", () => {
    const { ask, sent } = card({ password: "puk", shown: ["puk"] });
    ask(askPin("identity"));
    ask(verifyPin("signature", "271828"));
    ask(changePin("signature", { new: "314159" }));
    ask(unblockPin("identity"));
    ask(unblockPin("identity", { newPin: "2718" }));
    ask(unblockPin("signature", { puk: "12345678" }));
    ask(unblockPin("signature", { puk: "12345678", newPin: "161803" }));
    expect(sent).toEqual([
      "00200003",
      "0020008106323731383238",
      "0024018106333134313539",
      "002c0303",
      "002c02030432373138",
      "002c0181083132333435363738",
      "002c00810e3132333435363738313631383033",
    ]);
  });
});

describe("three things", () => {
  it("have words of their own, and none opens what another is for", () => {
    const { ask, state } = card();
    const asked = (["identity", "signature", "puk"] as const).map((pin) => ask(askPin(pin)));
    expect(asked.map(({ message }) => message)).toEqual([
      "Enter the identity PIN (which you enter to show who you are). 3 tries are left.",
      "Enter the signature PIN (which you enter each time you sign). 3 tries are left.",
      "Enter the PUK (which came by letter, unblocks a PIN and does nothing else). 10 tries are left.",
    ]);
    expect(ask(verifyPin("identity", "4711"))).toMatchObject({ outcome: "done" });
    expect(state.shown).toEqual(["identity"]);
    expect(ask(verifyPin("signature", "123456"))).toMatchObject({ outcome: "wrong", triesLeft: 2 });
    expect(ask(verifyPin("puk", "12345678"))).toMatchObject({ outcome: "done" });
    expect(state.shown).toEqual(["identity", "puk"]);
    expect(ask(askPin("identity")).outcome).toBe("done");
  });

  it("are refused in the clear, and in a session that PACE did not open", () => {
    const { pins } = card();
    for (const session of [undefined, { shown: [], rights: ["authentication.pinManagement"] } as PinSession]) {
      for (const ins of [0x20, 0x24, 0x2c, 0x44, 0x04]) {
        for (const reference of [2, 3, 4, 0x81]) {
          const command = commandApdu(0, ins, ins === 0x44 || ins === 4 ? 0x10 : 0, reference, utf8("4711"));
          expect(pinChip(command, pins, session)).toEqual({ sw: 0x6982 });
        }
      }
    }
    expect(pins.identity.counter.left).toBe(3);
  });

  it("the identity PIN is verified in a session of the CAN, not of what is printed in the MRZ or of the PUK", () => {
    for (const password of ["mrz", "puk"] as const) {
      const { ask, pins } = card({ password });
      expect(ask(verifyPin("identity", "4711"))).toMatchObject({
        outcome: "notAllowed",
        message: expect.stringContaining("(CAN)"),
      });
      expect(pins.identity.counter.left).toBe(3);
      expect(ask(verifyPin("signature", "271828")).outcome).toBe("done");
    }
  });
});

describe("tries", () => {
  it("go down, suspend the identity PIN outside a session of the CAN, and block", () => {
    const inPin = card({ password: "pin", shown: ["identity"] });
    expect(inPin.ask(verifyPin("identity", "0000"))).toMatchObject({ outcome: "wrong", triesLeft: 2 });
    expect(inPin.state.shown).toEqual([]);
    expect(inPin.ask(verifyPin("identity", "0000"))).toMatchObject({
      triesLeft: 1,
      message:
        "The identity PIN is wrong. One try is left. If that is wrong too, only the PUK helps: stop when you are not sure.",
    });
    expect(inPin.ask(verifyPin("identity", "4711"))).toMatchObject({
      outcome: "suspended",
      triesLeft: 1,
      message: expect.stringContaining("printed on the card (CAN) first"),
    });
    const { ask, pins, state } = card();
    pins.identity.counter.left = 1;
    expect(ask(verifyPin("identity", "0000"))).toMatchObject({ outcome: "blocked", triesLeft: 0 });
    expect(ask(verifyPin("identity", "4711"))).toMatchObject({
      outcome: "blocked",
      message: expect.stringContaining("Unblock it with the PUK"),
    });
    expect(state.shown).toEqual([]);
    expect(ask(askPin("identity")).outcome).toBe("blocked");
  });

  it("are given back by a right entry, and are none of a PIN that is switched off", () => {
    const { ask, pins, tell, state } = card();
    tell(verify(3, "0000"));
    expect(ask(verifyPin("identity", "4711")).outcome).toBe("done");
    expect(pins.identity.counter.left).toBe(3);
    expect(tell(commandApdu(0, 0x04, 0x10, 3))).toBe(0x6982);
    state.rights = ["authentication.pinManagement"];
    expect(tell(commandApdu(0, 0x04, 0x10, 3))).toBe(0x9000);
    expect(state.shown).toEqual([]);
    expect(ask(verifyPin("identity", "4711"))).toMatchObject({ outcome: "deactivated" });
    expect(ask(askPin("identity")).outcome).toBe("deactivated");
    expect(ask(unblockPin("identity")).outcome).toBe("deactivated");
    expect(tell(commandApdu(0, 0x44, 0x10, 3, utf8("1")))).toBe(0x6700);
    expect(tell(commandApdu(0, 0x44, 0x10, 3))).toBe(0x9000);
    expect(ask(verifyPin("identity", "4711")).outcome).toBe("done");
    expect(tell(commandApdu(0, 0x04, 0x10, 0x81))).toBe(0x6982); // never the signature PIN
  });

  it("of the PUK end for good", () => {
    const { ask } = card();
    for (let left = 9; left > 0; left--) {
      expect(ask(unblockPin("signature", { puk: "00000000" }))).toMatchObject({ outcome: "wrong", triesLeft: left });
    }
    expect(ask(unblockPin("signature", { puk: "00000000" }))).toMatchObject({
      outcome: "blocked",
      message: "The PUK is blocked. It cannot be unblocked: ask the issuer for a new card.",
    });
    expect(ask(unblockPin("signature", { puk: "12345678" })).outcome).toBe("blocked");
  });
});

describe("a new PIN", () => {
  it("takes the old one, by VERIFY before or in the same command", () => {
    const { ask, pins, tell } = card();
    expect(ask(changePin("identity", { old: "0000", new: "1234" }))).toMatchObject({ outcome: "wrong", triesLeft: 2 });
    expect(TEXT.decode(pins.identity.secret)).toBe("4711");
    expect(ask(changePin("identity", { new: "1234" })).outcome).toBe("notAllowed");
    expect(ask(changePin("identity", { old: "4711", new: "12345678" })).outcome).toBe("done");
    expect(TEXT.decode(pins.identity.secret)).toBe("12345678");
    expect(ask(verifyPin("identity", "4711")).outcome).toBe("wrong");
    expect(tell(commandApdu(0, 0x24, 0, 3, utf8("123456789999")))).toBe(0x9000);
    expect(TEXT.decode(pins.identity.secret)).toBe("9999");
    expect(tell(commandApdu(0, 0x24, 0, 3, utf8("99991")))).toBe(0x6a80); // too short
    expect(TEXT.decode(pins.identity.secret)).toBe("9999");
    expect(tell(commandApdu(0, 0x24, 2, 3, utf8("9999")))).toBe(0x6a86);
  });

  it("or the PUK, in a session of it or entered", () => {
    const { ask, pins } = card({ password: "puk", shown: ["puk"] });
    pins.identity.counter.left = 0;
    pins.signature.counter.left = 0;
    expect(ask(unblockPin("identity")).message).toBe("The identity PIN is unblocked.");
    expect(pins.identity.counter.left).toBe(3);
    expect(TEXT.decode(pins.identity.secret)).toBe("4711");
    expect(ask(unblockPin("signature", { newPin: "161803" }))).toMatchObject({ outcome: "done" });
    expect(TEXT.decode(pins.signature.secret)).toBe("161803");
    const other = card({ password: "mrz" });
    other.pins.signature.counter.left = 0;
    expect(other.ask(unblockPin("signature")).outcome).toBe("notAllowed");
    expect(other.ask(unblockPin("signature", { puk: "12345678" })).outcome).toBe("done");
    expect(other.pins.signature.counter.left).toBe(3);
  });

  it("of a terminal with the right to PIN management: the identity PIN and the CAN, never the signature PIN", () => {
    const { ask, pins, tell } = card({ password: "can", rights: ["authentication.pinManagement"] });
    expect(ask(unblockPin("identity", { newPin: "1234" })).outcome).toBe("done");
    expect(ask(unblockPin("signature", { newPin: "161803" })).outcome).toBe("notAllowed");
    expect(ask(unblockPin("signature")).outcome).toBe("notAllowed");
    expect(tell(commandApdu(0, 0x2c, 2, 2, utf8("111111")))).toBe(0x9000);
    expect(TEXT.decode(pins.can.secret)).toBe("111111");
    expect(tell(commandApdu(0, 0x2c, 2, 2, utf8("11111")))).toBe(0x6a80);
    expect(tell(commandApdu(0, 0x2c, 3, 2))).toBe(0x6a86);
    expect(tell(commandApdu(0, 0x20, 0, 2, utf8("111111")))).toBe(0x6a88);
    expect(card().tell(commandApdu(0, 0x2c, 2, 2, utf8("111111")))).toBe(0x6982);
  });

  it("is of digits, as many as its kind has; what was entered is in no error", () => {
    const { sent, ask } = card();
    for (const pin of ["12", "abcdef", "123456789", "۱۲۳۴۵۶"]) {
      expect(() => ask(verifyPin("signature", pin))).toThrow("the signature PIN has 6 to 8 digits");
      expect(() => ask(changePin("signature", { new: pin }))).toThrow(TypeError);
      expect(() => ask(unblockPin("signature", { newPin: pin }))).toThrow(TypeError);
      expect(() => ask(unblockPin("signature", { puk: pin.slice(0, 7) }))).toThrow("the PUK has 8 to 10 digits");
    }
    expect(sent).toEqual([]);
    expect(() => ask(verifyPin("match" as "puk", "1234"))).toThrow(TypeError);
  });

  it("nothing changes the PUK, and a card without a PIN says so", () => {
    const { tell } = card({ password: "puk", shown: ["puk"], rights: ["authentication.pinManagement"] });
    expect(tell(commandApdu(0, 0x24, 1, 4, utf8("87654321")))).toBe(0x6982);
    expect(tell(commandApdu(0, 0x2c, 2, 4, utf8("87654321")))).toBe(0x6982);
    expect(tell(commandApdu(0, 0x2c, 3, 3, utf8("1")))).toBe(0x6700);
    expect(tell(commandApdu(0, 0x2c, 9, 3))).toBe(0x6a86);
    expect(tell(commandApdu(0, 0x20, 1, 3))).toBe(0x6a86);
    expect(tell(commandApdu(0, 0x20, 0, 9))).toBe(0x6a88);
    const session: PinSession = { password: "can", shown: [], rights: [] };
    expect(pinChip(verify(3, "4711"), {}, session)).toEqual({ sw: 0x6a88 });
    expect(
      pinChip(commandApdu(0, 0x2c, 1, 3, utf8("12345678")), { identity: { secret: fromHex("31") } }, session),
    ).toEqual({ sw: 0x6a88 });
    const exchange = askPin("signature");
    exchange.next();
    expect(() => exchange.next({ data: EMPTY, sw: 0x6a88 })).toThrow(expect.objectContaining({ sw: 0x6a88 }));
  });
});
