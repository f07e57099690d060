import { describe, expect, it } from "vitest";
import { commandApdu } from "../../src/apdu/apdu.js";
import { readBinary, readBinaryBySfi, readBinaryOdd, selectApplication, selectFile } from "../../src/apdu/commands.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { type AccessRule, after, allOf, always, anyOf, never } from "../../src/card/access-rule.js";
import type { CardFile, CardImage } from "../../src/card/image.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { fixedRandom, IMAGE } from "../support/line.js";
import { ask, openDocument, tell } from "../support/probe.js";

/** `size` bytes that tell where they come from. */
const counted = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

const [whole] = IMAGE.applications as readonly [CardImage["applications"][number]];

const freeFile = (fid: number, sfi: number, content: Uint8Array, read: AccessRule = always): CardFile => ({
  name: `EF.${fid.toString(16)}`,
  fid,
  sfi,
  read,
  update: never,
  content,
});

const SHORT = counted(300);
const LONG = counted(70_000);
const FILES = [
  freeFile(0x0201, 5, SHORT),
  freeFile(0x0202, 6, LONG),
  freeFile(0x0203, 7, new Uint8Array(0)),
  freeFile(0x0204, 8, SHORT, never),
  freeFile(0x0205, 9, SHORT, anyOf(never, after("BAC"))),
  freeFile(0x0206, 10, SHORT, allOf()),
  freeFile(0x0207, 11, LONG, after("BAC")),
];

const image: CardImage = { ...IMAGE, applications: [{ ...whole, files: [...whole.files, ...FILES] }] };

function chipWith(fid?: number): VirtualChip {
  const chip = VirtualChip.fromImage(image, {}, { random: fixedRandom(4) });
  expect(tell(chip, selectApplication(LDS1_AID)).sw).toBe(0x9000);
  if (fid !== undefined) expect(tell(chip, selectFile(fid)).sw).toBe(0x9000);
  return chip;
}

const shown = ({ data, sw }: { data: Uint8Array; sw: number }) => `${toHex(data)} ${sw.toString(16)}`;
const part = (content: Uint8Array, from: number, to: number, sw = "9000") =>
  `${toHex(content.subarray(from, to))} ${sw}`;

describe("SELECT", () => {
  it.each([
    ["the application by its AID, no answer", "00a4040c07a0000002471001", "9000"],
    ["with FCI", "00a4040007a000000247100100", "6f0b8407a0000002471001a5009000"],
    ["FCI asked for without Le", "00a4040007a0000002471001", "9000"],
    ["FCP", "00a4040407a000000247100100", "6f0b8407a0000002471001a5009000"],
    ["by the first bytes of its AID", "00a4040c05a000000247", "9000"],
    ["another application", "00a4040c07a0000002472001", "6a82"],
    ["a longer name", "00a4040c08a000000247100100", "6a82"],
    ["a name of 17 bytes", `00a4040c11${"a0".repeat(17)}`, "6700"],
    ["the next occurrence", "00a4040e07a0000002471001", "6a86"],
    ["the issuer security domain", "00a4040008a00000015100000000", "6f0c8408a000000151000000a5009000"],
    ["the default", "00a4040000", "6f0c8408a000000151000000a5009000"],
    ["the master file, which there is none", "00a4000c023f00", "6a82"],
    ["the parent DF", "00a40300", "6a81"],
    ["a path", "00a4080c0401 0001 1e".replace(/ /g, ""), "6a81"],
    ["a child DF", "00a4010c023f00", "6a81"],
  ])("%s", (_name, command, answer) => {
    expect(ask(VirtualChip.fromImage(image), command)).toBe(answer);
  });

  it.each([
    ["a file", "00a4020c02011e", "9000"],
    ["with P1 00", "00a4000c020201", "9000"],
    ["with FCP", "00a4020402020100", "620b8002012c8201018302020190 00".replace(/ /g, "")],
    [
      "with FCP of a file above 65,535 bytes",
      "00a4020402020200",
      "620d8004000111708201018302020290 00".replace(/ /g, ""),
    ],
    ["a file that is not there", "00a4020c020103", "6a82"],
    ["one byte", "00a4020c0101", "6700"],
    ["three bytes", "00a4020c03011e01", "6700"],
    ["nothing", "00a4020c", "6a82"],
  ])("%s of the selected application", (_name, command, answer) => {
    expect(ask(chipWith(), command)).toBe(answer);
  });

  it("that fails leaves the selected file as it was", () => {
    const chip = chipWith(0x0201);
    for (const command of ["00a4020c020103", "00a4040c0401020304", "00a4020c01ff"]) {
      ask(chip, command);
      expect(ask(chip, "00b0000004")).toBe(`${toHex(SHORT.subarray(0, 4))}9000`);
    }
  });

  it("of the application again leaves no file selected", () => {
    const chip = chipWith(0x0201);
    tell(chip, selectApplication(LDS1_AID));
    expect(ask(chip, "00b0000004")).toBe("6986");
  });
});

describe("READ BINARY, even", () => {
  it.each<[string, string, string]>([
    ["from the beginning", "00b0000010", part(SHORT, 0, 16)],
    ["at an offset", "00b0012008", part(SHORT, 0x120, 0x128)],
    ["of the last byte", "00b0012b01", part(SHORT, 299, 300)],
    ["beyond the end: what there is, 6282", "00b0012010", part(SHORT, 288, 300, "6282")],
    ["all that is left in a short answer (Ne 256)", "00b0010000", part(SHORT, 256, 300)],
    ["256 bytes", "00b0000000", part(SHORT, 0, 256)],
    ["Ne 65,536", "00b00000000000", part(SHORT, 0, 300)],
    ["Ne 300 in extended length", "00b0000000012c", part(SHORT, 0, 300)],
    ["Ne 301 in extended length", "00b0000000012d", part(SHORT, 0, 300, "6282")],
    ["Ne 16 in extended length", "00b00000000010", part(SHORT, 0, 16)],
    ["at the end", "00b0012c01", " 6b00"],
    ["far behind the end", "00b07fff00", " 6b00"],
    ["without Le", "00b00000", " 6700"],
    ["with data", "00b000000101", " 6700"],
    ["with a reserved bit in P1", "00b0c50000", " 6a86"],
    ["with the other one", "00b0a50000", " 6a86"],
  ])("%s", (_name, command, answer) => {
    expect(ask(chipWith(0x0201), command)).toBe(answer.replace(" ", ""));
  });

  it("without a selected file is 6986", () => {
    expect(ask(chipWith(), "00b0000001")).toBe("6986");
    expect(ask(VirtualChip.fromImage(image), "00b0000001")).toBe("6986");
  });

  it("of an empty file is 6B00", () => {
    expect(ask(chipWith(0x0203), "00b0000000")).toBe("6b00");
  });

  it("by short identifier selects the file", () => {
    const chip = chipWith();
    expect(shown(tell(chip, readBinaryBySfi(5, 2, 4)))).toBe(part(SHORT, 2, 6));
    expect(shown(tell(chip, readBinary(100, 4)))).toBe(part(SHORT, 100, 104));
    expect(ask(chip, "00b09f0001")).toBe("6a82"); // there is no file 31
    expect(shown(tell(chip, readBinary(100, 4)))).toBe(part(SHORT, 100, 104));
  });

  it("by short identifier of a file that may not be read does not select it", () => {
    const chip = chipWith(0x0201);
    expect(tell(chip, readBinaryBySfi(8, 0, 4)).sw).toBe(0x6982);
    expect(shown(tell(chip, readBinary(0, 4)))).toBe(part(SHORT, 0, 4));
  });

  it("gives 65,536 bytes at once, and reaches 32,767", () => {
    const chip = chipWith(0x0202);
    expect(shown(tell(chip, readBinary(0, 65_536)))).toBe(part(LONG, 0, 65_536));
    expect(shown(tell(chip, readBinary(0x7fff, 16)))).toBe(part(LONG, 0x7fff, 0x7fff + 16));
  });
});

describe("READ BINARY, odd", () => {
  const odd = (p1p2: string, data: string, le = "00") =>
    `00b1${p1p2}${(data.length / 2).toString(16).padStart(2, "0")}${data}${le}`;

  it.each<[string, string, string]>([
    [
      "the selected file, offset in two bytes",
      odd("0000", "54020010", "06"),
      `5304${toHex(SHORT.subarray(16, 20))}9000`,
    ],
    ["offset in one byte", odd("0000", "540110", "06"), `5304${toHex(SHORT.subarray(16, 20))}9000`],
    ["offset in four bytes", odd("0000", "540400000010", "06"), `5304${toHex(SHORT.subarray(16, 20))}9000`],
    ["by SFI in P2", odd("0005", "540100", "06"), `5304${toHex(SHORT.subarray(0, 4))}9000`],
    ["by FID in P1 P2", odd("0201", "540100", "06"), `5304${toHex(SHORT.subarray(0, 4))}9000`],
    ["the end, Ne 256", odd("0000", "54020120"), `530c${toHex(SHORT.subarray(288))}9000`],
    ["beyond the end, Ne stated", odd("0000", "54020120", "20"), `530c${toHex(SHORT.subarray(288))}6282`],
    ["253 bytes fit into Ne 256", odd("0000", "540100"), `5381fd${toHex(SHORT.subarray(0, 253))}9000`],
    ["Ne 130 has room for 127", odd("0000", "540100", "82"), `537f${toHex(SHORT.subarray(0, 127))}9000`],
    ["Ne 2 has room for nothing", odd("0000", "540100", "02"), "6700"],
    ["at the end", odd("0000", "5402012c"), "6b00"],
    ["at four gigabytes", odd("0000", "5404ffffffff"), "6b00"],
    ["a file that is not there", odd("0199", "540100"), "6a82"],
    ["an SFI that is not there", odd("001f", "540100"), "6a82"],
    ["no offset", "00b1000000", "6a80"],
    ["an empty offset", odd("0000", "5400"), "6a80"],
    ["an offset of five bytes", odd("0000", "54050000000000"), "6a80"],
    ["another object", odd("0000", "510100"), "6a80"],
    ["trailing bytes", odd("0000", "54010000"), "6a80"],
    ["garbage", odd("0000", "ffffff"), "6a80"],
    ["no Le", odd("0000", "540100", ""), "6700"],
    ["a file nobody may read", odd("0204", "540100"), "6982"],
  ])("%s", (_name, command, answer) => {
    expect(ask(chipWith(0x0201), command)).toBe(answer);
  });

  it("reaches what the even one cannot", () => {
    const chip = chipWith(0x0202);
    expect(shown(tell(chip, readBinaryOdd(0x8000, 4)))).toBe(`5304${part(LONG, 0x8000, 0x8004)}`);
    expect(shown(tell(chip, readBinaryOdd(69_998, 4)))).toBe(`5302${part(LONG, 69_998, 70_000, "6282")}`);
  });
});

describe("access rules of files", () => {
  it.each([
    [0x0201, 0x9000, 0x9000],
    [0x0204, 0x6982, 0x6982],
    [0x0205, 0x6982, 0x9000],
    [0x0206, 0x6982, 0x6982],
    [0x0207, 0x6982, 0x9000],
    [0x011e, 0x6982, 0x9000],
  ])("file %i: %i in the clear, %i after BAC", (fid, clear, inside) => {
    const chip = chipWith(fid);
    expect(tell(chip, readBinary(0, 4))).toMatchObject({ sw: clear, data: { length: clear === 0x9000 ? 4 : 0 } });
    const session = openDocument(chip, image);
    expect(tell(chip, selectFile(fid), session).sw).toBe(0x9000);
    expect(tell(chip, readBinary(0, 4), session).sw).toBe(inside);
  });

  it.each([
    "00d6000001ff",
    "00d0000001ff",
    "000e0000",
    "00e00000",
    "00e4000002011e",
    "00dc0104020000",
    "0044000002011e",
  ])("%s: nothing can be written to a finished card", (command) => {
    expect(ask(chipWith(0x0201), command)).toBe("6d00");
  });
});

describe("under secure messaging", () => {
  const open = (fid: number) => {
    const chip = chipWith();
    const session = openDocument(chip, image);
    expect(tell(chip, selectFile(fid), session).sw).toBe(0x9000);
    return { chip, session };
  };
  const raw = (chip: VirtualChip, session: ReturnType<typeof openDocument>, ne: number, outer: number, offset = 0) => {
    const wire = session.wrap(readBinary(offset, ne));
    const response = tell(chip, { ...wire, ne: outer });
    return { length: response.data.length, ...session.unwrap(response) };
  };

  it.each([
    [231, 256, 231, 0x9000],
    [256, 256, 231, 0x9000], // as much as fits a short answer with its protection
    [232, 256, 0, 0x6700],
    [255, 256, 0, 0x6700],
    [4096, 65_536, 4096, 0x9000],
    [65_536, 65_536, 65_511, 0x9000],
    [65_536, 256, 231, 0x9000],
    // Le outside is under no MAC: one that leaves no room must not make a file look empty.
    [256, 14, 0, 0x6700],
    [65_536, 15, 0, 0x6700],
  ])("Ne %i inside, %i outside: %i bytes, %i", (inner, outer, bytes, sw) => {
    const { chip, session } = open(0x0207);
    const answer = raw(chip, session, inner, outer);
    expect(answer.sw).toBe(sw);
    expect(toHex(answer.data)).toBe(toHex(LONG.subarray(0, bytes)));
    expect(answer.length).toBeLessThanOrEqual(outer);
  });

  it("the protected answer never is longer than Le allows, whatever is asked for", () => {
    const { chip, session } = open(0x0207);
    for (const outer of [256, 300, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 65_536]) {
      for (const inner of [256, 65_536]) {
        expect(raw(chip, session, inner, outer).length).toBeLessThanOrEqual(outer);
      }
    }
  });

  it("the last chunk comes with a protected 6282", () => {
    const { chip, session } = open(0x0205);
    const answer = raw(chip, session, 16, 256, 290);
    expect(shown(answer)).toBe(part(SHORT, 290, 300, "6282"));
  });

  it("errors come protected, and the session goes on", () => {
    const { chip, session } = open(0x0205);
    expect(raw(chip, session, 4, 256, 300).sw).toBe(0x6b00);
    expect(tell(chip, selectFile(0x0199), session).sw).toBe(0x6a82);
    expect(tell(chip, commandApdu(0, 0xd6, 0, 0, fromHex("ff")), session).sw).toBe(0x6d00);
    expect(raw(chip, session, 4, 256).sw).toBe(0x9000);
  });
});
