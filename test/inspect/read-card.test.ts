import { beforeAll, describe, expect, it } from "vitest";
import { standardChannel } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { withRecording } from "../../src/apdu/recording.js";
import { toHex } from "../../src/bytes/bytes.js";
import { always } from "../../src/card/access-rule.js";
import { accessKeyOf, type CardImage } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { ProtocolError, StatusError } from "../../src/errors.js";
import { type ReadCardOptions, type ReadProgress, readCard } from "../../src/inspect/read-card.js";
import { efCom } from "../../src/lds/com.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import {
  changeImage,
  chipWith,
  filesOf,
  judge,
  meddle,
  rejectionOf,
  type SampleCard,
  sampleCard,
  withFile,
} from "../support/inspect.js";

let card: SampleCard;
beforeAll(async () => {
  card = await sampleCard({ ownPortrait: true });
});

/** EF.COM that announces one more data group, which lies on the card too. */
function withAnnounced(image: CardImage, number: number, tag: number, content: Uint8Array): CardImage {
  return withFile(
    changeImage(image, (file) => {
      if (file.name !== efCom.name) return file;
      const com = parseFile(efCom, file.content);
      return { content: encodeFile(efCom, { ...com, tagList: [...com.tagList, tag] }) };
    }),
    number,
    content,
  );
}

const read = (image: CardImage, options: ReadCardOptions = {}, extended = true) => {
  const { channel, commands, accessKey } = chipWith(image, { extended });
  return { work: run(channel, readCard({ accessKey, ...options })), commands };
};

/** Round trips that a reading over BAC may take: no EF.CardAccess and no master file, application, refused probe, BAC; then a header and the rest of each file. */
function allowed(files: Readonly<Record<string, Uint8Array>>, chunk: number): number {
  const each = Object.values(files).map((file) => 1 + Math.ceil((file.length - 6) / chunk));
  return 2 + 1 + 1 + 2 + each.reduce((sum, count) => sum + count, 0);
}

describe("readCard", () => {
  it.each([
    ["short lengths", false, 258, 231],
    ["extended lengths", true, 65_538, 65_511],
    ["a reader with a small buffer", true, 1000, 975],
    ["a reader just above short lengths", true, 280, 231],
    ["a reader below short lengths", false, 100, 65],
  ])("reads every byte over BAC with %s, in as few commands as that takes", async (_, extended, maxResponse, chunk) => {
    const { work, commands } = read(card.image, { maxResponse }, extended);
    const { files, evidence } = await work;
    expect(files).toEqual(filesOf(card.image).files);
    expect(evidence).toEqual({ accessControl: "BAC", notGiven: [], notAsked: [] });
    expect(commands.length).toBeLessThanOrEqual(allowed(files, chunk));
    const extendedOnes = commands.filter((command) => command.length >= 7 && command[4] === 0);
    expect(extendedOnes.length > 0).toBe(maxResponse > 281);
  });

  it("asks for short lengths when it is not told more, and never in the clear for a file's content", async () => {
    const { work, commands } = read(card.image);
    await work;
    expect(commands.every((command) => command.length <= 261)).toBe(true);
    const plain = commands.filter((command) => command[0] === 0).map((command) => toHex(command.subarray(0, 4)));
    expect(plain).toEqual(["00b09c00", "00a4000c", "00a4040c", "00b09e00", "00840000", "00820000"]);
  });

  it.each([false, true])("reads beyond 32,767 bytes with the odd INS (extended: %s)", async (extended) => {
    const content = encodeTlv(
      0x67,
      Uint8Array.from({ length: 70_000 }, (_, i) => i % 251),
    );
    const image = withAnnounced(card.image, 7, 0x67, content);
    const maxResponse = extended ? 65_538 : 258;
    const { work, commands } = read(image, { maxResponse, dataGroups: [7] }, extended);
    const { files, evidence } = await work;
    expect(files["EF.DG7"]).toEqual(content);
    expect(evidence.notAsked).toEqual(["EF.DG1", "EF.DG2", "EF.DG11", "EF.DG12"]);
    expect(commands.length).toBeLessThanOrEqual(allowed(files, extended ? 65_507 : 228));
    expect(commands.filter((command) => command[1] === 0xb1).length).toBeGreaterThan(extended ? 0 : 160);
  });

  it("does not read what lies behind the data object in a file", async () => {
    const padded = changeImage(card.image, ({ name, content }) =>
      name === "EF.DG1" ? {} : { content: Uint8Array.from([...content, 0, 0xff, 0x90]) },
    );
    const { work } = read(padded, { maxResponse: 65_538 });
    expect((await work).files).toEqual(filesOf(card.image).files);
  });

  it("reads the data groups that are asked for, and says which were not", async () => {
    const { files, evidence } = await read(card.image, { dataGroups: [1, 12, 5] }).work;
    expect(Object.keys(files)).toEqual(["EF.COM", "EF.SOD", "EF.DG1", "EF.DG12"]);
    expect(evidence.notAsked).toEqual(["EF.DG2", "EF.DG11"]);
    const none = await read(card.image, { dataGroups: [] }).work;
    expect(Object.keys(none.files)).toEqual(["EF.COM", "EF.SOD"]);
  });

  it("reads a card with a long document number, whose key is the whole of it", async () => {
    const long = await sampleCard({ record: { documentNumber: "C01X000471" } });
    expect(accessKeyOf(long.image).documentNumber).toHaveLength(10);
    expect((await read(long.image).work).files).toEqual(filesOf(long.image).files);
    const accessKey = { ...accessKeyOf(long.image), documentNumber: "C01X00047" };
    expect(await rejectionOf(read(long.image, { accessKey }).work)).toMatchObject({ code: "BAC_REFUSED" });
  });

  it("reads a card with a short document number", async () => {
    const short = await sampleCard({ record: { documentNumber: "C0147" } });
    expect((await read(short.image).work).files).toEqual(filesOf(short.image).files);
  });

  it("tells its progress up to the end of every file", async () => {
    const seen: ReadProgress[] = [];
    const { files } = await read(card.image, { onProgress: (progress) => seen.push(progress) }).work;
    for (const [file, content] of Object.entries(files)) {
      const own = seen.filter((progress) => progress.file === file);
      expect(own.every(({ total }) => total === content.length)).toBe(true);
      expect(own.map(({ done }) => done)).toEqual(own.map(({ done }) => done).toSorted((a, b) => a - b));
      expect(own[0]?.done).toBe(6);
      expect(own.at(-1)?.done).toBe(content.length);
      expect(own.length).toBe(1 + Math.ceil((content.length - 6) / 231));
    }
  });
});

describe("access", () => {
  it("says that it needs the access key, and asks the chip for nothing more", async () => {
    const { channel, commands } = chipWith(card.image);
    const error = await rejectionOf(run(channel, readCard()));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "ACCESS_KEY_NEEDED", protocol: "BAC", cause: expect.any(StatusError) });
    expect((error as Error).message).toContain("document number, date of birth, date of expiry");
    expect(commands).toHaveLength(2);
  });

  it("says what to look at when the chip refuses the access key, without telling the key", async () => {
    const accessKey = { ...accessKeyOf(card.image), dateOfBirth: "700101" };
    const { work, commands } = read(card.image, { accessKey });
    const error = await rejectionOf(work);
    expect(error).toMatchObject({ code: "BAC_REFUSED", protocol: "BAC" });
    const { message, cause } = error as Error;
    expect(message).toContain("check document number, date of birth and date of expiry");
    expect(message).not.toMatch(/700101|C01X/);
    expect(cause).toMatchObject({ code: "UNEXPECTED_STATUS", sw: 0x6300, header: "00820000" });
    expect(commands).toHaveLength(6); // one try
  });

  it("refuses an access key, a data group or a length that cannot be before the chip hears anything", async () => {
    const { accessKey, channel, commands } = chipWith(card.image);
    for (const [options, words] of [
      [{ accessKey: { ...accessKey, dateOfExpiry: "36-11-04" } }, /dateOfExpiry/],
      [{ accessKey: { ...accessKey, documentNumber: "" } }, /documentNumber/],
      [{ accessKey, dataGroups: [1, 17] }, /data group 17/],
      [{ accessKey, maxResponse: 40 }, /maxResponse is 40/],
      [{ accessKey, maxResponse: Number.NaN }, /maxResponse is NaN/],
    ] as const) {
      const error = await rejectionOf(run(channel, readCard(options)));
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(words);
    }
    expect(commands).toHaveLength(0);
  });

  it("reads a card without access control in the clear, which the verdict mentions", async () => {
    const open = changeImage(card.image, () => ({ read: always }));
    for (const accessKey of [undefined, accessKeyOf(open)]) {
      const { channel, commands } = chipWith(open);
      const files = await run(channel, readCard(accessKey === undefined ? {} : { accessKey }));
      expect(files).toEqual(filesOf(card.image, { accessControl: "none" }));
      expect(commands.length).toBeLessThanOrEqual(allowed(files.files, 256) - (accessKey === undefined ? 5 : 3));
      const report = judge(files, { trust: card.trust });
      expect(report.verdict).toBe("passed");
      expect(report.checks.find(({ id }) => id === "accessControl")).toMatchObject({ status: "warning" });
    }
  });

  it("opens a card whose EF.COM and EF.SOD are free to everybody and whose data groups are not", async () => {
    const image = changeImage(card.image, (file) => (/DG/.test(file.name) ? file : { read: always }));
    const { files, evidence } = await read(image).work;
    expect(files).toEqual(filesOf(card.image).files);
    expect(evidence.accessControl).toBe("BAC");
    const { channel } = chipWith(image);
    expect(await rejectionOf(run(channel, readCard()))).toMatchObject({ code: "ACCESS_KEY_NEEDED" });
  });

  it.each(["6985", "6986", "6987"])("tries BAC too when the chip refuses with %s", async (sw) => {
    const { channel, accessKey } = chipWith(card.image);
    let probed = false;
    const odd = meddle(channel, ({ cla, ins, p1 }) => {
      if (cla !== 0 || ins !== 0xb0 || p1 !== 0x9e || probed) return undefined;
      probed = true;
      return sw;
    });
    expect((await run(odd, readCard({ accessKey }))).files).toEqual(filesOf(card.image).files);
  });

  it("reads a chip that a reader's channel with all decorators carries, and leaves no data in the log", async () => {
    const { chip, accessKey } = chipWith(card.image);
    const log: string[] = [];
    const recorded = withRecording(virtualChannel(chip), (entry) => log.push(JSON.stringify(entry)));
    const channel = standardChannel(recorded, { timeoutMs: 5_000 });
    const { files } = await run(channel, readCard({ accessKey, maxResponse: channel.maxResponse }));
    expect(files).toEqual(filesOf(card.image).files);
    expect(log.join()).not.toContain("unsafeData");
  });
});

describe("data groups that the chip keeps", () => {
  it("are listed with the status word, and judged by it", async () => {
    const image = withAnnounced(card.image, 3, 0x63, encodeTlv(0x63, new Uint8Array(20)));
    const locked = changeImage(image, (file) => (file.name === "EF.DG3" ? { read: { kind: "never" } } : file));
    const files = await read(locked).work;
    expect(files.evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
    expect(files.files["EF.DG3"]).toBeUndefined();
  });

  it("fail the verdict when they are signed and gone", async () => {
    const image = changeImage(card.image, (file) => (file.name === "EF.DG12" ? undefined : file));
    const files = await read(image).work;
    expect(files.evidence.notGiven).toEqual([{ name: "EF.DG12", sw: 0x6a82 }]);
    const report = judge(files, { trust: card.trust });
    expect(report.verdict).toBe("failed");
    expect(report.summary).toContain("hash.EF.DG12");
  });
});
