import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ChipAuthenticationOffer, chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import { commandApdu, encodeCommand } from "../../src/apdu/apdu.js";
import { getChallenge, readBinary, readBinaryBySfi, selectApplication, selectFile } from "../../src/apdu/commands.js";
import { run } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, DOCUMENT_BASIC_ACCESS, fileOf } from "../../src/card/image.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { readCard } from "../../src/inspect/read-card.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { parseDg14SecurityInfos } from "../../src/lds/security-infos.js";
import { CA1, CAN, GM, nationalImage, on, pace, raw, SECRET_NUMBERS, SECRETS } from "../support/chips.js";
import { blankChip, fixedRandom, IMAGE, make } from "../support/line.js";
import { ask, contentOf, openDocument, swFor, tell } from "../support/probe.js";

const chipOf = (image: CardImage = IMAGE) => VirtualChip.fromImage(image, {}, { random: fixedRandom(4) });
const ALL = IMAGE.applications.flatMap(({ files }) => files);

/** Commands of which readers' software sends to find out what lies on the reader: other cards' applications and files. */
const FOREIGN = [
  "00a4000c023f00",
  "00a40000023f0000",
  "00a40004023f0000",
  "00a4000c022f00",
  "00a4020c022f01",
  "00a4080c023f00",
  "00a4040c09a00000030800001000", // PIV
  "00a404000ba000000308000010000100",
  "00a4040006d27600012401", // OpenPGP
  "00a404000ca000000063504b43532d313500", // PKCS #15
  "00a4040c0ca000000063504b43532d3135",
  "00a4040008a00000000300000000", // an old card manager
  "00a4040007a0000001510000",
  "00a4040007a000000018434d00",
  "00a404000ee828bd080fa000000167455349474e",
  "00a4040008d27600000102",
  "00a404000cd2760001180002ff49502589c0019b",
  "00a4040010a000000077030c60000000fe0000050000",
  "00a40400051122334455",
  "00a4040c00",
  "00a4",
  "00",
  "",
  "00ca000000",
  "00ca9f7f00",
  "00ca010000",
  "00ca5f5200",
  "80ca9f7f00",
  "80ca006600",
  "80f2800002 4f00",
  "80e00000",
  "90600000",
  "9060000000",
  "b0a4000002 3f00",
  "c0a4000002 3f0000",
  "f0f0f0f0",
  "ffca000000", // what PC/SC software asks the reader itself
  "00c0000010",
  "00b2010c00",
  "00b0960010",
  "0020008100",
  "00200081081234ffffffffffff",
  "0022c1a4",
  "0022f301",
  "00500000",
  "8050000008000000000000000000",
  "00870000047c028000 00",
  "108600000 27c0000".replace(/ /g, ""),
  "0070000001",
  "0184000008",
  "8c b0 00 00",
  "0cb00000",
  "0cb0000000",
  "0cb000000d97010 48e08000000000000000000".replace(/ /g, ""),
].map((hex) => hex.replace(/ /g, ""));

describe("foreign commands", () => {
  it("there are enough of them", () => {
    expect(FOREIGN.length).toBeGreaterThan(40);
  });

  it("do not upset a chip: it answers each, gives no file away, and can be read afterwards", () => {
    const chip = chipOf();
    const contents = ALL.map(({ content }) => toHex(content));
    for (const hex of [...FOREIGN, ...FOREIGN.toReversed()]) {
      const answer = ask(chip, hex);
      expect(answer.length, hex).toBeGreaterThanOrEqual(4);
      expect(answer.slice(-4), hex).toMatch(/^(9000|6[0-9a-f]{3})$/);
      const data = answer.slice(0, -4);
      if (data.length >= 16) for (const content of contents) expect(content, hex).not.toContain(data);
    }
    const session = openDocument(chip);
    for (const { fid, content } of ALL) expect(toHex(contentOf(chip, session, fid) as Uint8Array)).toBe(toHex(content));
  });

  it("between two commands of a reading end the session, each of them, and a new one can be opened", () => {
    for (const hex of FOREIGN) {
      const chip = chipOf();
      const session = openDocument(chip);
      expect(tell(chip, selectFile(0x011e), session).sw).toBe(0x9000);
      ask(chip, hex);
      const stale = tell(chip, session.wrap(readBinary(0, 4)));
      expect(stale.data.length, hex).toBe(0);
      expect([0x6988, 0x6982, 0x6e00], hex).toContain(stale.sw);
      const again = openDocument(chip);
      expect(tell(chip, selectFile(0x011e), again).sw).toBe(0x9000);
      expect(tell(chip, readBinary(0, 4), again).sw).toBe(0x9000);
    }
  });

  it("inside the session do not end it: they are refused under its protection", () => {
    const chip = chipOf();
    const session = openDocument(chip);
    for (const command of [
      commandApdu(0, 0xca, 0x00, 0x66, new Uint8Array(0), 256),
      commandApdu(0, 0x20, 0, 0x81),
      commandApdu(0, 0xb2, 1, 0x0c, new Uint8Array(0), 256),
    ]) {
      expect(tell(chip, command, session).sw).toBeGreaterThan(0x6a00);
    }
    expect(tell(chip, selectFile(0x011e), session).sw).toBe(0x9000);
  });
});

describe("a challenge", () => {
  const KEY = accessKeyOf(IMAGE);

  it("is good for the next command only", () => {
    const chip = chipOf();
    swFor(chip, selectApplication(LDS1_AID));
    const wrong = commandApdu(0, 0x82, 0, 0, new Uint8Array(40), 40);
    expect(swFor(chip, wrong)).toBe(0x6985);
    expect(swFor(chip, getChallenge(8))).toBe(0x9000);
    expect(swFor(chip, wrong)).toBe(0x6300);
    expect(swFor(chip, wrong)).toBe(0x6985);
    expect(swFor(chip, getChallenge(8))).toBe(0x9000);
    ask(chip, "00b0"); // a command that is cut off uses it up too
    expect(swFor(chip, wrong)).toBe(0x6985);
  });

  it("asked for inside a session and answered in the clear ends the session", () => {
    const chip = chipOf();
    const session = openDocument(chip);
    tell(chip, selectFile(0x011e), session);
    expect(tell(chip, getChallenge(8), session)).toMatchObject({ sw: 0x9000, data: { length: 8 } });
    expect(swFor(chip, commandApdu(0, 0x82, 0, 0, new Uint8Array(40), 40))).toBe(0x6300);
    expect(tell(chip, session.wrap(readBinary(0, 4)))).toMatchObject({ sw: 0x6988, data: { length: 0 } });
  });

  it("is different each time with a real source of randomness", () => {
    const chip = VirtualChip.fromImage(IMAGE);
    swFor(chip, selectApplication(LDS1_AID));
    const seen = new Set(Array.from({ length: 20 }, () => toHex(tell(chip, getChallenge(8)).data)));
    expect(seen.size).toBe(20);
  });

  it("lets the terminal in that knows the MRZ, and nobody else", async () => {
    const read = (accessKey: typeof KEY) => run(virtualChannel(chipOf()), readCard({ accessKey }));
    expect(Object.keys((await read(KEY)).files).length).toBe(6);
    await expect(read({ ...KEY, documentNumber: "C01X00048" })).rejects.toMatchObject({ code: "BAC_REFUSED" });
    await expect(read({ ...KEY, dateOfBirth: "910421" })).rejects.toMatchObject({ code: "BAC_REFUSED" });
    await expect(read({ ...KEY, dateOfExpiry: "360523" })).rejects.toMatchObject({ code: "BAC_REFUSED" });
  });
});

describe("law 2: a blank chip after personalize is the chip of the image", () => {
  it("byte for byte: SELECT, GET CHALLENGE, BAC, every read", async () => {
    const made = blankChip({ random: fixedRandom(4) });
    await make({ chip: made });
    made.reset();
    const born = chipOf();
    const log = (chip: VirtualChip) => {
      const seen: string[] = [];
      const spy = {
        transmit: (bytes: Uint8Array) => {
          const answer = chip.transmit(bytes);
          seen.push(`${toHex(bytes)} -> ${toHex(answer)}`);
          return answer;
        },
      } as VirtualChip;
      for (const { fid, sfi } of ALL) {
        swFor(spy, selectApplication(LDS1_AID));
        tell(spy, commandApdu(0, 0xa4, 2, 4, Uint8Array.of(fid >> 8, fid & 0xff), 256));
        for (const read of [`00b0${(0x80 | sfi).toString(16)}0000`, "00b0000000", "00b1000003540100 00"])
          ask(spy, read);
      }
      for (const hex of FOREIGN) if (!/^80(50|ca)/.test(hex)) ask(spy, hex);
      const session = openDocument(spy);
      for (const { fid } of ALL) seen.push(toHex(contentOf(spy, session, fid) as Uint8Array));
      return seen;
    };
    const [a, b] = [log(made), log(born)];
    expect(a.length).toBeGreaterThan(80);
    expect(a).toEqual(b);
    expect(made.atr).toEqual(born.atr);
    expect(made.lifeCycle).toBe(born.lifeCycle);
  });
});

describe("a chip of an image", () => {
  const [application] = IMAGE.applications as readonly [CardImage["applications"][number]];

  it("needs the secrets that do not follow from it", () => {
    const image = { ...IMAGE, applications: [{ ...application, secrets: [...application.secrets, "pin"] }] };
    expect(() => VirtualChip.fromImage(image)).toThrow(expect.objectContaining({ code: "SECRET_UNKNOWN" }));
    expect(() => VirtualChip.fromImage(image, { pin: utf8("1234") })).not.toThrow();
  });

  it("takes an access key that is given, also when DG1 is unreadable", () => {
    const broken = application.files.map((file) =>
      file.name === "EF.DG1" ? { ...file, content: fromHex("6100") } : file,
    );
    const image = { ...IMAGE, applications: [{ ...application, files: broken }] };
    expect(() => VirtualChip.fromImage(image)).toThrow();
    const key = utf8("C01X00047591042003605222");
    const chip = VirtualChip.fromImage(image, { [DOCUMENT_BASIC_ACCESS]: key });
    key.fill(0); // the chip keeps a copy
    expect(() => openDocument(chip, IMAGE)).not.toThrow();
  });

  it("does not need DG1 when it holds no access key", () => {
    const image = { ...IMAGE, applications: [{ ...application, files: [], secrets: [] }] };
    const chip = VirtualChip.fromImage(image);
    swFor(chip, selectApplication(LDS1_AID));
    expect(ask(chip, "0084000008")).toBe("6d00");
  });

  it("has no keys of a card manager", () => {
    const chip = chipOf();
    expect(ask(chip, "8050000008000000000000000000")).toBe("6a88");
    expect(chip.lifeCycle).toBe(0x0f);
  });
});

describe("the Le around a protected command", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const KEY = {
    spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
    pkcs8: new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })),
  };
  const PACE_3DES: InstalledProtocol = {
    kind: "pace",
    protocol: "0.4.0.127.0.7.2.2.4.2.1",
    parameterId: 13,
    passwords: ["can"],
  };
  /** A chip opened by PACE, with its travel document selected, that signs with RSA. */
  function opened(door: InstalledProtocol) {
    const { spki, pkcs8 } = KEY;
    const image = nationalImage([door, CA1, { kind: "activeAuthentication", publicKey: spki }]);
    const chip = VirtualChip.fromImage(image, { ...SECRETS, [CHIP_SECRETS.activeAuthentication]: pkcs8 });
    const { session } = pace(chip, CAN);
    expect(session.unwrap(raw(chip, session.wrap(selectApplication(LDS1_AID)))).sw).toBe(0x9000);
    return { chip, session, image };
  }
  it.each([
    ["3DES", 231, PACE_3DES],
    ["AES", 223, GM],
  ] as const)("READ BINARY after PACE with %s: %i bytes at most in a short answer", (_name, most, door) => {
    const { chip, session } = opened(door);
    for (let ne = 200; ne <= 256; ne++) {
      const wire = session.wrap(readBinaryBySfi(2, 0, ne));
      const response = raw(chip, wire);
      const { data, sw } = session.unwrap(response);
      expect(response.data.length).toBeLessThanOrEqual(wire.ne);
      expect([sw, data.length]).toEqual(ne <= most ? [0x9000, ne] : ne === 256 ? [0x9000, most] : [0x6700, 0]);
    }
  });

  it("counts with the block of chip authentication, once it has taken the session over", () => {
    const { chip, session, image } = opened(PACE_3DES);
    const read = (inside: SecureSession, ne: number) => {
      const { data, sw } = inside.unwrap(raw(chip, inside.wrap(readBinaryBySfi(2, 0, ne))));
      return [sw, data.length];
    };
    expect(read(session, 231)).toEqual([0x9000, 231]);
    const [offer] = chipAuthenticationOffers(parseDg14SecurityInfos(fileOf(image, "EF.DG14") as Uint8Array).infos);
    const { session: second } = on(chip, secured(session, openChipAuthentication(offer as ChipAuthenticationOffer)));
    expect(read(second, 231)).toEqual([0x6700, 0]);
    expect(read(second, 223)).toEqual([0x9000, 223]);
    expect(read(second, 256)).toEqual([0x9000, 223]);
  });

  it("INTERNAL AUTHENTICATE that does not fit is refused under protection, and the session goes on", () => {
    const { chip, session } = opened(GM);
    const protectedSize = 291; // 256 bytes of signature and their protection
    for (const outer of [14, 256, protectedSize - 1, protectedSize, 65_536]) {
      const wire = session.wrap(commandApdu(0, 0x88, 0, 0, new Uint8Array(8), 65_536));
      const response = raw(chip, { ...wire, ne: outer });
      expect(response.data.length).toBe(outer < protectedSize ? 14 : protectedSize);
      expect(session.unwrap(response).sw).toBe(outer < protectedSize ? 0x6700 : 0x9000);
    }
  });

  it("that leaves no room for protection at all: 6700 in the clear, nothing is done, and the session is over", () => {
    const { chip, session } = opened(GM);
    const wire = session.wrap(selectFile(0x0101));
    expect(raw(chip, { ...wire, ne: 13 })).toEqual({ data: new Uint8Array(0), sw: 0x6700 });
    expect(raw(chip, session.wrap(readBinary(0, 4))).sw).not.toBe(0x9000);
  });

  it("an RSA-2048 key is asked for its signature so that the answer fits, through the whole reading", async () => {
    const { chip } = opened(GM);
    chip.reset();
    const card = await run(
      virtualChannel(chip),
      readCard({ accessKey: { can: SECRET_NUMBERS.can }, maxResponse: 65_538, dataGroups: [1] }),
    );
    expect(card.evidence.falls ?? []).toEqual([]);
    expect(card.evidence.proofs?.activeAuthentication?.response.length).toBe(256);
  });
});

describe("a channel to a chip", () => {
  it("passes lengths on, resets, and closes", async () => {
    const chip = chipOf();
    const channel = virtualChannel(chip);
    expect([channel.maxCommand, channel.maxResponse]).toEqual([65_544, 65_538]);
    const small = virtualChannel(chip, { extended: false });
    expect([small.maxCommand, small.maxResponse]).toEqual([261, 258]);
    expect(channel.atr).toEqual(chip.atr);
    openDocument(chip);
    await channel.reset?.();
    expect(ask(chip, "00b0000001")).toBe("6986");
    await expect(channel.transmit(new Uint8Array(4), { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow(
      "no",
    );
    await channel.close?.();
    await expect(channel.transmit(encodeCommand(getChallenge(8)))).rejects.toMatchObject({ code: "CHANNEL_CLOSED" });
  });
});

describe("the answer to reset", () => {
  it("has a right check byte", () => {
    const { atr } = chipOf();
    // TCK: the exclusive-or of all bytes after TS is zero (ISO 7816-3 §8.2.5)
    expect(atr.subarray(1).reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
  });
});
