import { describe, expect, it } from "vitest";
import type { ChipPassword } from "../../../src/access/pace/chip.js";
import { pinCounter } from "../../../src/access/pace/chip.js";
import type { PaceOffer } from "../../../src/access/pace/parameters.js";
import { openPace } from "../../../src/access/pace/terminal.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { concatBytes, fromHex, utf8 } from "../../../src/bytes/bytes.js";
import { ProtocolError } from "../../../src/errors.js";
import { encodeTlv, parseTlv } from "../../../src/tlv/ber.js";
import { CAN, canOfChip, chipOf, offerOf } from "./support.js";

type Change = (bytes: Uint8Array) => Uint8Array;

/** Runs PACE with somebody in between who changes message `at` on its way. */
function between(
  offer: PaceOffer,
  passwords: ChipPassword[],
  where: "command" | "response",
  at: number,
  change: Change,
) {
  const { group } = offer;
  const cam = offer.protocol.mapping === "CAM";
  const key = group.randomScalar((length) => new Uint8Array(length).fill(5));
  const chip = chipOf({ offers: [offer], passwords, chipAuthenticationKeys: new Map([[group.parameterId, key]]) });
  const options = cam ? { chipAuthenticationKey: group.power(group.generator, key) } : {};
  let count = 0;
  let changed = false;
  const alter = (bytes: Uint8Array, here: "command" | "response"): Uint8Array => {
    if (here !== where || count !== at) return bytes;
    changed = true;
    return change(bytes);
  };
  const transmit = (command: Uint8Array): Uint8Array => {
    const answer = alter(chip.transmit(alter(command, "command")), "response");
    count++;
    return answer;
  };
  const kind = passwords[0]?.kind ?? "can";
  try {
    const { session } = runSync(transmit, openPace(offer, { kind, secret: CAN.secret }, options));
    session.close();
    return { error: undefined, chip, changed };
  } catch (error) {
    return { error, chip, changed };
  }
}

const flip =
  (index: number): Change =>
  (bytes) => {
    const copy = bytes.slice();
    const i = index < 0 ? copy.length + index : index;
    copy[i] = (copy[i] as number) ^ 0x01;
    return copy;
  };

const OFFERS = [
  offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12),
  offerOf("id-PACE-ECDH-IM-AES-CBC-CMAC-256", 12),
  offerOf("id-PACE-ECDH-CAM-AES-CBC-CMAC-128", 12),
  offerOf("id-PACE-DH-GM-3DES-CBC-CBC", 0),
];

describe.each(OFFERS.map((offer) => [`${offer.protocol.name} ${offer.group.name}`, offer] as const))(
  "an attacker between terminal and chip, %s",
  (_name, offer) => {
    const im = offer.protocol.mapping === "IM";

    it("who changes a byte of what the chip answers is told by one code, and no session opens", () => {
      for (let at = 1; at <= 4; at++) {
        if (im && at === 2) continue; // an empty answer has nothing to change
        // the first and last byte of the value, and the last but one of the status word and of the header
        for (const index of [0, 1, 2, 3, 8, -3, -4, -9]) {
          const { error, changed } = between(offer, [canOfChip()], "response", at, flip(index));
          expect(changed).toBe(true);
          const codes =
            at === 4 && offer.protocol.mapping === "CAM" ? ["PACE_FAILED", "PACE_CHIP_NOT_GENUINE"] : ["PACE_FAILED"];
          expect(error, `answer ${at}, byte ${index}`).toBeInstanceOf(ProtocolError);
          expect(codes, `answer ${at}, byte ${index}`).toContain((error as ProtocolError).code);
        }
      }
    });

    it("who changes a byte of what the terminal sends is too, and the chip opens none", () => {
      for (let at = 1; at <= 4; at++) {
        for (const index of [5, 6, 7, 8, -2, -3]) {
          if (at === 1 && index !== 5 && index !== 6) continue;
          const { error, chip, changed } = between(offer, [canOfChip()], "command", at, flip(index));
          expect(changed).toBe(true);
          expect(error, `command ${at}, byte ${index}`).toMatchObject({ code: "PACE_FAILED", protocol: "PACE" });
          expect(chip.outcome().session, `command ${at}, byte ${index}`).toBeUndefined();
        }
      }
    });

    it("who names another password or protocol gets nowhere", () => {
      for (const index of [-1, 10, 16]) {
        const { error, chip } = between(offer, [canOfChip()], "command", 0, flip(index));
        expect(error, `byte ${index}`).toMatchObject({ code: "PACE_FAILED" });
        expect(chip.outcome().session).toBeUndefined();
      }
    });

    it("who truncates, doubles or replaces an answer is told too", () => {
      const changes: Change[] = [
        (bytes) => bytes.subarray(-2),
        (bytes) => concatBytes(bytes.subarray(0, -2), bytes),
        () => fromHex("9000"),
        () => fromHex("7c009000"),
        () => fromHex("6300"),
        () => fromHex("6f00"),
        (bytes) => concatBytes(encodeTlv(0x7c, bytes.subarray(2, -2), fromHex("8900")), fromHex("9000")),
      ];
      for (let at = 1; at <= 4; at++) {
        for (const change of changes) {
          const { error } = between(offer, [canOfChip()], "response", at, change);
          expect(error).toMatchObject({ code: "PACE_FAILED" });
        }
      }
    });
  },
);

it.each([
  [2, 0x82, OFFERS[0]],
  [3, 0x84, OFFERS[0]],
  [3, 0x84, OFFERS[1]],
  [2, 0x82, OFFERS[3]],
  [3, 0x84, OFFERS[3]],
] as const)("an attacker who sends the terminal's key of command %i back to it is refused", (at, tag, offer) => {
  const chip = chipOf({ offers: [offer as PaceOffer], passwords: [canOfChip()] });
  let count = 0;
  const transmit = (command: Uint8Array): Uint8Array => {
    if (count++ !== at) return chip.transmit(command);
    const key = [...parseTlv(command.slice(5, -1), 0x7c).children][0]?.value as Uint8Array;
    return concatBytes(encodeTlv(0x7c, encodeTlv(tag, key)), fromHex("9000"));
  };
  const exchange = openPace(offer as PaceOffer, CAN);
  expect(() => runSync(transmit, exchange)).toThrow(expect.objectContaining({ code: "PACE_FAILED" }));
  expect(count).toBe(at + 1);
});

describe("points and numbers that are no public keys", () => {
  it.each([
    ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12, `04${"00".repeat(64)}`],
    ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12, `04${"ff".repeat(64)}`],
    ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12, `02${"6b".repeat(32)}`],
    ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12, "00"],
    ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12, ""],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, ""],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "00"],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "01"],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "02"], // in no subgroup of order q
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "ff".repeat(128)],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "p-1"],
    ["id-PACE-DH-GM-AES-CBC-CMAC-128", 0, "00g"],
  ] as const)("%s %i: %s is refused on both sides", (name, parameterId, text) => {
    const offer = offerOf(name, parameterId);
    const { group } = offer;
    const generator = group.generator;
    const minusOne = fromHex(
      "b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d189838ef1e2ee652c013ecb4aea9061123" +
        "24975c3cd49b83bfaccbdd7d90c4bd7098488e9c219a73724effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65" +
        "e68cfda76d4da708df1fb2bc2e4a4370",
    );
    const value = text === "p-1" ? minusOne : text === "00g" ? concatBytes(fromHex("00"), generator) : fromHex(text);
    expect(group.isElement(generator)).toBe(true);
    expect(group.isElement(value)).toBe(false);
    for (const at of [2, 3]) {
      const replaceAnswer = () =>
        concatBytes(encodeTlv(0x7c, encodeTlv(at === 2 ? 0x82 : 0x84, value)), fromHex("9000"));
      expect(between(offer, [canOfChip()], "response", at, replaceAnswer).error).toMatchObject({ code: "PACE_FAILED" });
      const data = encodeTlv(0x7c, encodeTlv(at === 2 ? 0x81 : 0x83, value));
      const replaceCommand = () => concatBytes(fromHex("10860000"), Uint8Array.of(data.length), data, Uint8Array.of(0));
      const { error } = between(offer, [canOfChip()], "command", at, replaceCommand);
      expect(error).toMatchObject({ code: "PACE_FAILED", cause: { sw: 0x6a80 } });
    }
  });
});

describe("retry counters with somebody in between", () => {
  const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12);
  const pin = () => ({ kind: "pin", secret: utf8(CAN.secret), counter: pinCounter() }) satisfies ChipPassword;

  it("only a token that is judged costs a try", () => {
    for (const [where, at, left] of [
      ["command", 1, 3],
      ["command", 2, 3],
      ["command", 3, 3],
      ["command", 4, 3],
      ["response", 1, 2],
      ["response", 2, 3],
      ["response", 3, 3],
      ["response", 4, 3],
    ] as const) {
      const password = pin();
      // byte 5 is a tag of what is sent; byte 8 of an answer lies in its value
      between(offer, [password], where, at, flip(where === "command" ? 5 : 8));
      expect(password.counter.left, `${where} ${at}`).toBe(left);
    }
  });

  it("a card that is torn away when the token was judged has counted it", () => {
    const password = pin();
    between(offer, [password], "command", 4, flip(-2));
    expect(password.counter.left).toBe(2);
  });
});
