import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bacChip } from "../../../src/access/bac/chip.js";
import { deriveBacKeys, openCryptogram, sealCryptogram, sessionParameters } from "../../../src/access/bac/shared.js";
import { openBac } from "../../../src/access/bac/terminal.js";
import {
  type CommandApdu,
  commandApdu,
  encodeCommand,
  encodeResponse,
  parseCommand,
  parseResponse,
  type ResponseApdu,
} from "../../../src/apdu/apdu.js";
import { readBinary } from "../../../src/apdu/commands.js";
import { runSync } from "../../../src/apdu/exchange.js";
import type { ChipOutcome } from "../../../src/apdu/session.js";
import { EMPTY, fromHex, toHex, xorBytes } from "../../../src/bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../../src/bytes/random.js";
import { ProtocolError, StatusError } from "../../../src/errors.js";

interface AppendixD {
  mrz_information: string;
  k_enc: string;
  k_mac: string;
  rnd_ic: string;
  rnd_ifd: string;
  k_ifd: string;
  k_ic: string;
  s: string;
  e_ifd: string;
  m_ifd: string;
  get_challenge: string;
  external_authenticate: string;
  external_authenticate_response: string;
  k_seed_session: string;
  ks_enc: string;
  ks_mac: string;
  ssc: string;
  secure_messaging: { plain: string; protected: string; response: string; plain_response: string }[];
}
const d = JSON.parse(
  readFileSync(new URL("../../vectors/icao9303/bac-example-D.json", import.meta.url), "utf8"),
) as AppendixD;
const v = (name: Exclude<keyof AppendixD, "secure_messaging">) => fromHex(d[name]);
const keys = deriveBacKeys(d.mrz_information);

/** Gives these values in order, and checks that the lengths asked for are theirs. */
function values(...list: Uint8Array[]): RandomSource {
  let at = 0;
  return (length) => {
    const value = list[at++] as Uint8Array;
    expect(value.length).toBe(length);
    return value.slice();
  };
}

/** A chip that only does BAC: starts it afresh for every command that the running one leaves. */
function chipOf(chipKeys = keys, random: RandomSource = systemRandom) {
  let running: ReturnType<typeof bacChip> | undefined;
  let outcome: ChipOutcome = {};
  const transmit = (bytes: Uint8Array): Uint8Array => {
    const command = parseCommand(bytes);
    if (outcome.session) return encodeResponse(outcome.session.wrap(echo(outcome.session.unwrap(command))));
    let step = running?.next(command);
    if (step === undefined || (step.done && step.value.response === undefined)) {
      running = bacChip(command, chipKeys, random);
      step = running.next(undefined as never);
    }
    if (!step.done) return encodeResponse(step.value);
    running = undefined;
    outcome = step.value;
    return encodeResponse(outcome.response ?? { data: EMPTY, sw: 0x6d00 });
  };
  return { transmit, session: () => outcome.session };
}

function echo(command: CommandApdu): ResponseApdu {
  return { data: Uint8Array.of(command.ins, command.p1, command.p2), sw: 0x9000 };
}

const code = (value: string) => expect.objectContaining({ code: value });

describe("Basic Access Control against ICAO 9303-11 appendix D", () => {
  it("D.2: keys from the MRZ information", () => {
    expect(toHex(keys.kEnc)).toBe(d.k_enc);
    expect(toHex(keys.kMac)).toBe(d.k_mac);
  });

  it("D.3: cryptograms and session keys", () => {
    expect(toHex(sealCryptogram(keys, v("s")))).toBe(`${d.e_ifd}${d.m_ifd}`);
    expect(toHex(openCryptogram(keys, fromHex(`${d.e_ifd}${d.m_ifd}`)) as Uint8Array)).toBe(d.s);
    expect(toHex(xorBytes(v("k_ifd"), v("k_ic")))).toBe(d.k_seed_session);
    const session = sessionParameters(v("rnd_ic"), v("rnd_ifd"), v("k_ifd"), v("k_ic"));
    expect(session.suite).toBe("3DES");
    expect([session.ksEnc, session.ksMac, session.ssc].map(toHex)).toEqual([d.ks_enc, d.ks_mac, d.ssc]);
  });

  it("D.3 and D.4: the terminal, byte for byte", () => {
    const exchange = openBac(keys, { random: values(v("rnd_ifd"), v("k_ifd")) });
    const first = exchange.next();
    expect(toHex(encodeCommand(first.value as CommandApdu))).toBe(d.get_challenge);
    const second = exchange.next(parseResponse(fromHex(`${d.rnd_ic}9000`)));
    expect(toHex(encodeCommand(second.value as CommandApdu))).toBe(d.external_authenticate);
    const last = exchange.next(parseResponse(v("external_authenticate_response")));
    if (!last.done) throw new Error("BAC goes on");
    for (const row of d.secure_messaging) {
      const wrapped = last.value.wrap(parseCommand(fromHex(row.plain)));
      expect(toHex(encodeCommand(wrapped)).toUpperCase()).toBe(row.protected);
      const plain = last.value.unwrap(parseResponse(fromHex(row.response)));
      expect(toHex(encodeResponse(plain)).toUpperCase()).toBe(row.plain_response);
    }
  });

  it("D.3 and D.4: the chip, byte for byte", () => {
    const exchange = bacChip(parseCommand(v("get_challenge")), keys, values(v("rnd_ic"), v("k_ic")));
    const first = exchange.next();
    expect(toHex(encodeResponse(first.value as ResponseApdu))).toBe(`${d.rnd_ic}9000`);
    const last = exchange.next(parseCommand(v("external_authenticate")));
    if (!last.done) throw new Error("BAC goes on");
    const { response, session } = last.value;
    expect(toHex(encodeResponse(response as ResponseApdu))).toBe(d.external_authenticate_response);
    for (const row of d.secure_messaging) {
      const plain = session?.unwrap(parseCommand(fromHex(row.protected)));
      expect(toHex(encodeCommand(plain as CommandApdu)).toUpperCase()).toBe(row.plain);
      const wrapped = session?.wrap(parseResponse(fromHex(row.plain_response)));
      expect(toHex(encodeResponse(wrapped as ResponseApdu)).toUpperCase()).toBe(row.response);
    }
  });
});

describe("deriveBacKeys", () => {
  it("takes long document numbers and unknown days of birth", () => {
    expect(deriveBacKeys("D23145890734934071279507122").kEnc.length).toBe(16);
    expect(deriveBacKeys("L898902C<369<<<<119406236").kMac.length).toBe(16);
  });

  it.each([
    "",
    "L898902C369080619406236", // the filler that makes nine characters is missing
    "L898902C<36908061940623", // no last check digit
    "L898902C<L898902C<L898902C369080619406236", // 23 characters of a number
    "l898902C<369080619406236",
    "L898902C<3 690806 1 940623 6",
    "L898902C<36908061940623<",
  ])("refuses %j without repeating it", (text) => {
    try {
      deriveBacKeys(text);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      if (text !== "") expect((error as Error).message).not.toContain(text);
      return;
    }
    throw new Error("accepted");
  });
});

describe("terminal and chip", () => {
  it("agree on a session, whatever the keys and the randomness", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(16), bytes(16), bytes(8), bytes(16), bytes(8), bytes(16), (kEnc, kMac, ...random) => {
        const [rndIfd, kIfd, rndIc, kIc] = random;
        const chip = chipOf({ kEnc, kMac }, values(rndIc, kIc));
        const session = runSync(chip.transmit, openBac({ kEnc, kMac }, { random: values(rndIfd, kIfd) }));
        const answer = session.unwrap(parseResponse(chip.transmit(encodeCommand(session.wrap(readBinary(0x0102, 4))))));
        expect(answer).toEqual({ data: fromHex("b00102"), sw: 0x9000 });
      }),
      { numRuns: 25 },
    );
  });

  it("tell the operator to check the access key when the chip refuses it", () => {
    const other = deriveBacKeys("L898902C<369080619406244");
    const chip = chipOf(other);
    const error = caught(() => runSync(chip.transmit, openBac(keys)));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "BAC_REFUSED", protocol: "BAC", step: "EXTERNAL AUTHENTICATE" });
    expect((error as Error).message).toMatch(/document number.*birth.*expiry/);
    expect((error as Error).cause).toMatchObject({ sw: 0x6300, header: "00820000" });
    expect(chip.session()).toBeUndefined();
  });
});

describe("the terminal", () => {
  const upTo = (...replies: string[]) => {
    let at = 0;
    return () => runSync(() => fromHex(replies[at++] as string), openBac(keys));
  };

  it.each(["6300", "63C2", "6982", "6983", "6985", "6988", "6A80"])("takes %s for a refused key", (sw) => {
    expect(upTo("01020304050607089000", sw)).toThrow(code("BAC_REFUSED"));
  });

  it("takes other errors for what they are", () => {
    expect(upTo("6D00")).toThrow(StatusError);
    expect(upTo("01020304050607089000", "6D00")).toThrow(StatusError);
    expect(upTo("01020304050607089000", "6F00")).toThrow(code("UNEXPECTED_STATUS"));
    expect(upTo("")).toThrow(code("CARD_TORN"));
  });

  it.each(["019000", "9000", "0102030405060708099000"])("refuses the challenge %s", (reply) => {
    expect(upTo(reply)).toThrow(code("BAC_CHIP_NOT_GENUINE"));
  });

  it("refuses a chip that does not know the keys, whichever bit is wrong", () => {
    const random = () => values(v("rnd_ifd"), v("k_ifd"));
    const good = v("external_authenticate_response").subarray(0, 40);
    const outcome = (data: Uint8Array) => {
      const exchange = openBac(keys, { random: random() });
      exchange.next();
      exchange.next({ data: v("rnd_ic"), sw: 0x9000 });
      return () => exchange.next({ data, sw: 0x9000 });
    };
    for (let bit = 0; bit < 320; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(outcome(bad)).toThrow(code("BAC_CHIP_NOT_GENUINE"));
    }
    expect(outcome(EMPTY)).toThrow(code("BAC_CHIP_NOT_GENUINE"));
    expect(outcome(good.subarray(1))).toThrow(code("BAC_CHIP_NOT_GENUINE"));
    expect(outcome(good)).not.toThrow();
  });

  it.each([
    ["RND.IC", 0],
    ["RND.IFD", 8],
  ])("refuses a well-made cryptogram that repeats another %s", (_name, at) => {
    const r = fromHex(`${d.rnd_ic}${d.rnd_ifd}${d.k_ic}`);
    r[at] = (r[at] as number) ^ 1;
    const exchange = openBac(keys, { random: values(v("rnd_ifd"), v("k_ifd")) });
    exchange.next();
    exchange.next({ data: v("rnd_ic"), sw: 0x9000 });
    expect(() => exchange.next({ data: sealCryptogram(keys, r), sw: 0x9000 })).toThrow(code("BAC_CHIP_NOT_GENUINE"));
  });

  it("refuses its own cryptogram sent back", () => {
    const exchange = openBac(keys);
    exchange.next();
    const command = exchange.next({ data: v("rnd_ic"), sw: 0x9000 }).value as CommandApdu;
    expect(() => exchange.next({ data: command.data, sw: 0x9000 })).toThrow(code("BAC_CHIP_NOT_GENUINE"));
  });

  it("wipes K.IFD when the driver ends early", () => {
    const kIfd = v("k_ifd");
    let asked = 0;
    const exchange = openBac(keys, { random: () => (asked++ === 0 ? v("rnd_ifd") : kIfd) });
    exchange.next();
    exchange.next({ data: v("rnd_ic"), sw: 0x9000 });
    expect(kIfd).toEqual(v("k_ifd"));
    exchange.return(undefined as never);
    expect(kIfd).toEqual(new Uint8Array(16));
    expect(toHex(keys.kEnc)).toBe(d.k_enc);
  });
});

describe("the chip", () => {
  const getChallenge = parseCommand(v("get_challenge"));
  const begin = () => {
    const exchange = bacChip(getChallenge, keys, values(v("rnd_ic"), v("k_ic")));
    exchange.next();
    return exchange;
  };
  const sw = (result: IteratorResult<ResponseApdu, ChipOutcome>) =>
    result.done ? result.value.response?.sw : "goes on";

  it("leaves commands that are not its own to the dispatcher", () => {
    const afresh = { done: true, value: {} };
    expect(bacChip(commandApdu(0, 0xb0, 0, 0, EMPTY, 8), keys).next()).toEqual(afresh);
    expect(bacChip(commandApdu(0, 0x84, 1, 0, EMPTY, 8), keys).next()).toEqual(afresh);
    expect(bacChip(commandApdu(0x0c, 0x84, 0, 0, EMPTY, 8), keys).next()).toEqual(afresh);
    expect(begin().next(getChallenge)).toEqual(afresh);
    expect(begin().next(commandApdu(0, 0xa4, 2, 12, fromHex("011E")))).toEqual(afresh);
    expect(begin().next({ ...parseCommand(v("external_authenticate")), p2: 1 })).toEqual(afresh);
  });

  it("answers wrong lengths with 6700", () => {
    expect(sw(bacChip({ ...getChallenge, ne: 7 }, keys).next())).toBe(0x6700);
    expect(sw(bacChip({ ...getChallenge, data: fromHex("00") }, keys).next())).toBe(0x6700);
    const command = parseCommand(v("external_authenticate"));
    expect(sw(begin().next({ ...command, data: command.data.subarray(1) }))).toBe(0x6700);
    expect(sw(begin().next({ ...command, ne: 0 }))).toBe(0x6700);
  });

  it("answers 6300, and gives no session, whichever bit of the cryptogram is wrong", () => {
    const command = parseCommand(v("external_authenticate"));
    for (let bit = 0; bit < 320; bit++) {
      const data = command.data.slice();
      data[bit >> 3] = (data[bit >> 3] as number) ^ (1 << (bit & 7));
      const result = begin().next({ ...command, data });
      expect(result).toEqual({ done: true, value: { response: { data: EMPTY, sw: 0x6300 } } });
    }
  });

  it("accepts its challenge once: a recorded EXTERNAL AUTHENTICATE is refused", () => {
    const chip = chipOf();
    const recorded = v("external_authenticate");
    chip.transmit(v("get_challenge"));
    expect(toHex(chip.transmit(recorded))).toBe("6300");
    expect(toHex(chip.transmit(recorded))).toBe("6d00");
    expect(chip.session()).toBeUndefined();
  });

  it("wipes K.IC and keeps the challenge that it checks apart from the one it gave out", () => {
    const kIc = v("k_ic");
    let asked = 0;
    const exchange = bacChip(getChallenge, keys, () => (asked++ === 0 ? v("rnd_ic") : kIc));
    (exchange.next().value as ResponseApdu).data.fill(0);
    expect(sw(exchange.next(parseCommand(v("external_authenticate"))))).toBe(0x9000);
    expect(kIc).toEqual(new Uint8Array(16));
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
