import { beforeAll, describe, expect, it } from "vitest";
import { commandApdu, encodeCommand } from "../../src/apdu/apdu.js";
import { readBinary, readBinaryBySfi, selectApplication, selectFile } from "../../src/apdu/commands.js";
import { run } from "../../src/apdu/exchange.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, fileOf } from "../../src/card/image.js";
import type { ChipQuirks, Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { icaoPassport } from "../../src/card/profiles/passports.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { changeImage, filesOf, judge, rejectionOf, type SampleCard, sampleCard } from "../support/inspect.js";
import { blankChip, fixedRandom, imageOf, keysFor, make } from "../support/line.js";
import { EAC, PACE_CAM } from "../support/passports.js";
import { ask, openDocument, tell } from "../support/probe.js";

let card: SampleCard;
beforeAll(async () => {
  card = await sampleCard({ ownPortrait: true });
});

const chipWith = (quirks: ChipQuirks, image: CardImage = card.image) =>
  VirtualChip.fromImage(image, {}, { random: fixedRandom(4), quirks });

/** Reads a chip as a modern reader would, and counts. */
async function readFrom(chip: VirtualChip, options: ReadCardOptions = {}) {
  const inner = virtualChannel(chip);
  let count = 0;
  const transmit = (command: Uint8Array) => {
    count++;
    return inner.transmit(command);
  };
  const channel = { ...inner, transmit };
  const accessKey = accessKeyOf(card.image);
  const result = await run(channel, readCard({ accessKey, maxResponse: inner.maxResponse, ...options }));
  return { ...result, count };
}

describe("a chip with quirks is read to the last byte", () => {
  it.each<[string, ChipQuirks, readonly string[]]>([
    ["6282 at the end of a file", { endOfFile: "6282" }, []],
    ["6Cxx at the end of a file", { endOfFile: "6Cxx" }, []],
    ["at most 224 bytes, fewer than asked for", { mostRead: { bytes: 224, otherwise: "fewer" } }, []],
    ["at most 224 bytes, 6700 otherwise", { mostRead: { bytes: 224, otherwise: "6700" } }, ["231", "224"]],
    ["at most 112 bytes, 6700 otherwise", { mostRead: { bytes: 112, otherwise: "6700" } }, ["231", "224", "112"]],
    ["no extended lengths", { shortLengthsOnly: true }, ["258"]],
    ["SELECT with P2 0C only", { selectWithoutAnswerOnly: true }, []],
    ["no short file identifiers", { noShortIdentifiers: true }, ["fid"]],
    ["a counter that moves with data only", { counterMovesWithDataOnly: true }, []],
  ])("%s", async (_, quirks, steps) => {
    const { files, evidence } = await readFrom(chipWith(quirks));
    expect(files).toEqual(filesOf(card.image).files);
    const falls = (evidence.falls ?? []).map((fall) => (fall.kind === "readSize" ? String(fall.to) : "fid"));
    // what the first step down from extended lengths ends in depends on the session
    expect(falls.filter((fall) => steps.includes(fall))).toEqual(steps);
    expect(falls.length).toBe(steps.length);
    expect(judge({ files, evidence }, { trust: card.trust }).verdict).toBe("passed");
  });

  it.each<[number, boolean, readonly number[]]>([
    [224, false, [224]],
    [112, false, [224, 112]],
    [224, true, [224]],
    [112, true, [224, 112]],
  ])("at most %d bytes and no Le 00, behind PACE (extended lengths: %s)", async (bytes, extended, steps) => {
    const quirks: ChipQuirks = { mostRead: { bytes, otherwise: "6700", leZeroToo: true } };
    for (const { image, secrets } of [EAC, PACE_CAM]) {
      const channel = virtualChannel(VirtualChip.fromImage(image, secrets, { quirks }), { extended });
      const accessKey = accessKeyOf(image);
      const { files, evidence } = await run(channel, readCard({ accessKey, maxResponse: channel.maxResponse }));
      expect(evidence.accessControl).toBe("PACE");
      expect(evidence.falls?.map((fall) => fall.kind === "readSize" && fall.to)).toEqual(steps);
      for (const name of ["EF.CardAccess", "EF.COM", "EF.SOD", "EF.DG1", "EF.DG2", "EF.DG14"]) {
        expect(files[name]).toEqual(fileOf(image, name));
      }
    }
  });

  it("all at once, but for the counter", async () => {
    const { files, evidence } = await readFrom(
      chipWith({
        endOfFile: "6Cxx",
        mostRead: { bytes: 112, otherwise: "6700" },
        shortLengthsOnly: true,
        selectWithoutAnswerOnly: true,
        noShortIdentifiers: true,
      }),
    );
    expect(files).toEqual(filesOf(card.image).files);
    expect(evidence.falls?.map(({ kind }) => kind)).toEqual(["selectByFid", "readSize", "readSize", "readSize"]);
  });

  it("costs one command a step, and what was learnt is remembered for the other files", async () => {
    const plain = await readFrom(chipWith({}), { maxResponse: 258 });
    const fewer = await readFrom(chipWith({ mostRead: { bytes: 224, otherwise: "fewer" } }), { maxResponse: 258 });
    const refused = await readFrom(chipWith({ mostRead: { bytes: 224, otherwise: "6700" } }), { maxResponse: 258 });
    expect(refused.count).toBe(fewer.count + 1);
    expect(fewer.count).toBeGreaterThan(plain.count);
    // the session is lost with the first extended command, in EF.SOD: SELECT and BAC once more, EF.COM, EF.SOD's header
    const short = await readFrom(chipWith({ shortLengthsOnly: true }));
    expect(short.count).toBe(plain.count + 1 + 3 + 2 + 1);
  });

  it("a counter that moves with data only: a refusal has none, and the session ends there with one code", async () => {
    const image = changeImage(card.image, (file) => (file.name === "EF.DG11" ? undefined : file));
    const error = await rejectionOf(readFrom(chipWith({ counterMovesWithDataOnly: true }, image)));
    // 9303-11 §9.8.2 counts every response; to try the other counter too would double the chance of a forged one
    expect(error).toMatchObject({ code: "SM_FAILED", protocol: "secure messaging" });
  });
});

describe("the chip's side of the quirks", () => {
  const free = () => changeImage(card.image, () => ({ read: { kind: "always" } }));
  const openTo = (quirks: ChipQuirks) => {
    const chip = chipWith(quirks, free());
    tell(chip, selectApplication(LDS1_AID));
    return chip;
  };
  const size = () => card.image.applications[0]?.files.find(({ name }) => name === "EF.COM")?.content.length as number;

  it("6Cxx names the bytes that are left, for even and odd INS", () => {
    const chip = openTo({ endOfFile: "6Cxx" });
    tell(chip, selectFile(0x011e));
    expect(tell(chip, readBinary(4, 200))).toMatchObject({ sw: 0x6c00 | (size() - 4) });
    expect(tell(chip, readBinary(4, size() - 4)).data.length).toBe(size() - 4);
    expect(tell(chip, readBinary(4, 256))).toMatchObject({ sw: 0x9000 }); // Le 00 asks for all there is
    const odd = commandApdu(0, 0xb1, 0, 0, Uint8Array.of(0x54, 1, 4), 100);
    const right = tell(chip, odd).sw;
    expect(right).toBe(0x6c00 | (size() - 4 + 2));
    expect(tell(chip, { ...odd, ne: right & 0xff }).sw).toBe(0x9000);
  });

  it("224 bytes at most, refused or cut", () => {
    const refusing = openTo({ mostRead: { bytes: 224, otherwise: "6700" } });
    expect(tell(refusing, readBinaryBySfi(2, 0, 225))).toMatchObject({ sw: 0x6700 });
    expect(tell(refusing, readBinaryBySfi(2, 0, 224)).data.length).toBe(224);
    expect(tell(refusing, readBinaryBySfi(2, 0, 256)).data.length).toBe(224);
    const strict = openTo({ mostRead: { bytes: 224, otherwise: "6700", leZeroToo: true } });
    expect(tell(strict, readBinaryBySfi(2, 0, 256))).toMatchObject({ sw: 0x6700 });
    expect(tell(strict, readBinaryBySfi(2, 0, 224)).data.length).toBe(224);
    const cutting = openTo({ mostRead: { bytes: 224, otherwise: "fewer" } });
    expect(tell(cutting, readBinaryBySfi(2, 0, 250)).data.length).toBe(224);
    expect(tell(cutting, readBinaryBySfi(2, 0, 256)).data.length).toBe(224);
  });

  it("an extended command ends the session, unprotected", () => {
    const chip = chipWith({ shortLengthsOnly: true });
    const session = openDocument(chip, card.image);
    const long = encodeCommand(session.wrap(readBinaryBySfi(0x1e, 0, 1000)));
    expect(toHex(chip.transmit(long))).toBe("6700");
    expect(toHex(chip.transmit(encodeCommand(session.wrap(readBinaryBySfi(0x1e, 0, 6)))))).toBe("6988");
  });

  it("SELECT with an answer wanted is refused", () => {
    const chip = chipWith({ selectWithoutAnswerOnly: true });
    expect(ask(chip, "00A4040007A000000247100100")).toBe("6a86");
    expect(ask(chip, "00A4040C07A0000002471001")).toBe("9000");
  });
});

describe("a plain ICAO passport", () => {
  it("is a TD3 booklet with DG1 and DG2, made and read with short lengths only", async () => {
    const image = imageOf({}, icaoPassport);
    expect(accessKeyOf(image)).toMatchObject({ documentNumber: "C01X00047" });
    const chip = blankChip({ profile: icaoPassport });
    await make({ chip, script: compilePersonalization(image, icaoPassport), keys: keysFor(image) });
    chip.reset();
    const { files, evidence } = await run(
      virtualChannel(chip),
      readCard({ accessKey: accessKeyOf(image), maxResponse: 65_538 }),
    );
    expect(files).toEqual(filesOf(image).files);
    expect(Object.keys(files)).toEqual(["EF.COM", "EF.SOD", "EF.DG1", "EF.DG2"]);
    expect(new TextDecoder().decode(files["EF.DG1"]?.subarray(5))).toMatch(/^P<UTOAHMADI<<SARA<.{70}$/);
    expect(evidence.falls).toEqual([{ kind: "readSize", from: 65_538, to: 258, sw: 0x6700 }]);
  });

  it("quirks are part of a profile value", async () => {
    const profile: Profile = { ...emrtd, quirks: { noShortIdentifiers: true } };
    const image = imageOf({}, profile);
    const chip = blankChip({ profile });
    await make({ chip, script: compilePersonalization(image, profile), keys: keysFor(image) });
    chip.reset();
    const { evidence } = await run(virtualChannel(chip), readCard({ accessKey: accessKeyOf(image) }));
    expect(evidence.falls).toEqual([{ kind: "selectByFid", sw: 0x6a86 }]);
  });
});

describe("a session of BAC", () => {
  it("opens the application that it began in and no other (9303-11 §4.2): secure messaging goes on, the right does not", () => {
    const [first] = card.image.applications;
    if (first === undefined) throw new Error("no application");
    const AID = Uint8Array.of(0xf0, 1, 2, 3, 4);
    const image = { ...card.image, applications: [first, { ...first, aid: AID, secrets: [] }] };
    const chip = chipWith({}, image);
    const session = openDocument(chip, image);
    expect(tell(chip, readBinaryBySfi(0x1e, 0, 6), session).sw).toBe(0x9000);
    expect(tell(chip, selectApplication(AID), session).sw).toBe(0x9000);
    expect(tell(chip, readBinaryBySfi(0x1e, 0, 6), session)).toMatchObject({ sw: 0x6982 });
    expect(tell(chip, selectApplication(LDS1_AID), session).sw).toBe(0x9000);
    expect(tell(chip, readBinaryBySfi(0x1e, 0, 6), session).sw).toBe(0x9000);
  });
});
