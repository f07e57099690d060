import { beforeAll, describe, expect, it } from "vitest";
import type { CommandApdu } from "../../src/apdu/apdu.js";
import type { Channel } from "../../src/apdu/channel.js";
import { standardChannel } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { EMPTY, fromHex, toHex } from "../../src/bytes/bytes.js";
import type { CardImage } from "../../src/card/image.js";
import { ChannelError, MalformedError, ProtocolError, StatusError } from "../../src/errors.js";
import { readCard } from "../../src/inspect/read-card.js";
import { chipWith, meddle, openChip, rejectionOf, sampleCard } from "../support/inspect.js";

let image: CardImage;
beforeAll(async () => {
  ({ image } = await sampleCard());
});

const isSelectFile = ({ ins, p1 }: CommandApdu) => ins === 0xa4 && p1 === 0x02;
const isRead = ({ ins }: CommandApdu) => ins === 0xb0;
const isBySfi = (command: CommandApdu) => isRead(command) && (command.p1 & 0x80) !== 0;
const offsetOf = (command: CommandApdu) => (isBySfi(command) ? command.p2 : (command.p1 << 8) | command.p2);

/** Reads an open chip that answers by a rule. */
async function failure(rule: Parameters<typeof openChip>[1]) {
  const { channel, count } = openChip(image, rule);
  const error = await rejectionOf(run(channel, readCard()));
  return { error, count: count() };
}

describe("a chip that refuses", () => {
  it.each([
    [0x6a82, "The file or application is not on this chip"],
    [0x6700, "try shorter reads"],
    [0x6c06, "The right Le is 6"],
    [0x6110, "16 more bytes wait"],
    [0x6b00, "announces more bytes than the chip holds"],
    [0x6f00, "ISO 7816-4"],
    [0x9100, "ISO 7816-4"],
  ])("with %i at every command: one try, and the error says what to do", async (sw, hint) => {
    const { error, count } = await failure(() => ({ sw }));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: "UNEXPECTED_STATUS", sw, step: "SELECT the travel-document application" });
    expect((error as Error).message).toContain(hint);
    expect(count).toBe(1);
  });

  it.each([0x6a82, 0x6700, 0x6c06, 0x6110, 0x6b00, 0x6d00])(
    "EF.COM or EF.SOD with %i: the file is named",
    async (sw) => {
      for (const name of ["EF.COM", "EF.SOD"]) {
        const selecting = await failure((command, file) => {
          if (isBySfi(command)) return { sw: 0x6a86 };
          return isSelectFile(command) && file === name ? { sw } : undefined;
        });
        expect(selecting.error).toMatchObject({ code: "UNEXPECTED_STATUS", sw, step: `SELECT ${name}` });
        const reading = await failure((command, file) => (isRead(command) && file === name ? { sw } : undefined));
        expect(reading.error).toMatchObject({ code: "UNEXPECTED_STATUS", sw, step: `READ BINARY ${name} at 0` });
      }
    },
  );

  it("with 6982 asks for the access key", async () => {
    const { error, count } = await failure((command) => (isRead(command) ? { sw: 0x6982 } : undefined));
    expect(error).toMatchObject({ code: "ACCESS_KEY_NEEDED", step: "READ BINARY EF.COM at 0" });
    expect(count).toBe(2);
  });

  it.each([0x6700, 0x6a80, 0x6a82, 0x6300])(
    "a data group with %i at once: it is listed, the rest is read",
    async (sw) => {
      const { channel } = openChip(image, (_, file) => (file === "EF.DG11" ? { sw } : undefined));
      const { files, evidence } = await run(channel, readCard());
      expect(Object.keys(files)).toEqual(["EF.COM", "EF.SOD", "EF.DG1", "EF.DG2", "EF.DG12"]);
      expect(evidence.notGiven).toEqual([{ name: "EF.DG11", sw }]);
    },
  );

  it.each([0x6982, 0x6a82, 0x6700, 0x6b00, 0x6c10, 0x6110, 0x6581])(
    "with %i in the middle of a file: no half file comes back",
    async (sw) => {
      const { error, count } = await failure((command, file) =>
        isRead(command) && file === "EF.DG2" && offsetOf(command) > 200 ? { sw } : undefined,
      );
      if (sw === 0x6982) expect(error).toMatchObject({ code: "ACCESS_KEY_NEEDED" });
      else expect(error).toMatchObject({ code: "UNEXPECTED_STATUS", sw, step: "READ BINARY EF.DG2 at 262" });
      expect(count).toBeLessThan(30);
    },
  );
});

describe("a chip that gives less than it should", () => {
  it("9000 with no bytes, at the header of a file", async () => {
    for (const name of ["EF.COM", "EF.SOD", "EF.DG2"]) {
      const { error } = await failure((command, file) =>
        isRead(command) && file === name ? { sw: 0x9000 } : undefined,
      );
      expect(error).toBeInstanceOf(MalformedError);
      expect(error).toMatchObject({ code: "BAD_LENGTH", path: name, offset: 0 });
    }
  });

  it.each([0x9000, 0x6282])("%i with no bytes, in the middle of a file", async (sw) => {
    const { error } = await failure((command, file) =>
      isRead(command) && file === "EF.DG2" && offsetOf(command) > 6 ? { sw } : undefined,
    );
    expect(error).toBeInstanceOf(MalformedError);
    expect(error).toMatchObject({ code: "TRUNCATED", path: "EF.DG2", offset: 262 });
  });

  it.each([
    ["7582FFFF7F61", /6B00/],
    ["7583FFFFF07F", /6B00/],
  ])("a header that announces more than there is (%s)", async (header, words) => {
    const bytes = fromHex(header);
    const { error, count } = await failure((command, file) =>
      isRead(command) && file === "EF.DG2" && offsetOf(command) === 0 ? { data: bytes, sw: 0x9000 } : undefined,
    );
    expect(error).toMatchObject({ code: "UNEXPECTED_STATUS", sw: 0x6b00 });
    expect((error as Error).message).toMatch(words);
    expect(count).toBeLessThan(30);
  });

  it.each([
    ["", 0],
    ["75", 1],
    ["7580", 1],
    ["7584", 1],
    ["758400000001", 1],
    ["7583FFFFFF7F", 1],
    ["7582", 1],
    ["7F61", 2],
  ])("a header without sense (%s)", async (header, offset) => {
    const data = fromHex(header);
    const { error } = await failure((command, file) =>
      isRead(command) && file === "EF.DG2" && offsetOf(command) === 0 ? { data, sw: 0x9000 } : undefined,
    );
    expect(error).toBeInstanceOf(MalformedError);
    expect(error).toMatchObject({ code: "BAD_LENGTH", path: "EF.DG2", offset });
  });

  it("one byte at a time: slow, but whole", async () => {
    const { channel } = openChip(image, (command, file) => {
      if (!isRead(command) || offsetOf(command) < 6) return undefined;
      const content = image.applications[0]?.files.find(({ name }) => name === file)?.content ?? EMPTY;
      return { data: content.subarray(offsetOf(command), offsetOf(command) + 1), sw: 0x6282 };
    });
    const { files } = await run(channel, readCard({ dataGroups: [1] }));
    expect(toHex(files["EF.DG1"] ?? EMPTY)).toBe(toHex(image.applications[0]?.files[1]?.content ?? EMPTY));
  });

  it("a malformed EF.COM: which data groups there are is not known", async () => {
    const { error } = await failure((command, file) =>
      isRead(command) && file === "EF.COM" ? { data: fromHex("60025C00"), sw: 0x9000 } : undefined,
    );
    expect(error).toBeInstanceOf(MalformedError);
    expect((error as MalformedError).path).toMatch(/^EF\.COM/);
  });
});

describe("a chip that does not know extended lengths", () => {
  it("is read with short ones after a single 6700", async () => {
    const { channel, count } = openChip(image, ({ ins, ne }) =>
      ins === 0xb0 && ne > 256 ? { sw: 0x6700 } : undefined,
    );
    const long = { ...channel, maxCommand: 65_544, maxResponse: 65_538 };
    const { files, evidence } = await run(long, readCard({ maxResponse: 65_538 }));
    expect(files).toEqual(Object.fromEntries(image.applications[0]?.files.map((f) => [f.name, f.content]) ?? []));
    const short = openChip(image, () => undefined);
    await run(short.channel, readCard());
    expect(count()).toBe(short.count() + 1);
    expect(evidence.falls).toEqual([{ kind: "readSize", from: expect.any(Number), to: 256, sw: 0x6700 }]);
  });

  it("is not asked again and again when it refuses short ones too", async () => {
    const { channel, count } = openChip(image, ({ ins, ne }) => (ins === 0xb0 && ne > 6 ? { sw: 0x6700 } : undefined));
    const long = { ...channel, maxCommand: 65_544, maxResponse: 65_538 };
    const error = await rejectionOf(run(long, readCard({ maxResponse: 65_538 })));
    expect(error).toMatchObject({ sw: 0x6700, step: "READ BINARY EF.COM at 6" });
    expect(count()).toBeLessThanOrEqual(5);
  });
});

describe("a way to the chip that fails", () => {
  /** A chip that the rule breaks at the `nth` command; the session is open from the ninth on. */
  const breaking = (nth: number, answer: string | "silence") => {
    const { channel, accessKey } = chipWith(image);
    let count = 0;
    const broken: Channel = {
      ...channel,
      transmit: (command, options) => {
        count++;
        if (count !== nth) return channel.transmit(command, options);
        return answer === "silence" ? new Promise(() => undefined) : Promise.resolve(fromHex(answer));
      },
    };
    return { broken, accessKey, count: () => count };
  };
  const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15];

  it.each(STEPS)("an empty reply to command %i: the card was torn", async (nth) => {
    const { broken, accessKey, count } = breaking(nth, "");
    const error = await rejectionOf(run(standardChannel(broken), readCard({ accessKey })));
    expect(error).toBeInstanceOf(ChannelError);
    expect(error).toMatchObject({ code: "CARD_TORN" });
    expect(count()).toBe(nth);
  });

  it.each(STEPS)("half a status word to command %i", async (nth) => {
    const { broken, accessKey } = breaking(nth, "90");
    const error = await rejectionOf(run(broken, readCard({ accessKey })));
    expect(error).toMatchObject({ code: "REPLY_MALFORMED" });
  });

  it.each([1, 4, 9])("silence at command %i: it is given up in time", async (nth) => {
    const { broken, accessKey, count } = breaking(nth, "silence");
    const channel = standardChannel(broken, { timeoutMs: 30 });
    const error = await rejectionOf(run(channel, readCard({ accessKey })));
    expect(error).toMatchObject({ code: "CHANNEL_TIMEOUT" });
    expect(count()).toBe(nth);
  });

  it.each(["9000", "6700", "6982", "6A82", "6988", "00009000"])(
    "a naked %s inside the session is never taken for an answer, and ends it",
    async (answer) => {
      for (const nth of [9, 10, 11, 18]) {
        const { broken, accessKey, count } = breaking(nth, answer);
        const error = await rejectionOf(run(broken, readCard({ accessKey })));
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error).toMatchObject({ code: "SM_FAILED", protocol: "secure messaging" });
        expect(count()).toBe(nth);
      }
    },
  );

  it.each([0, 5, -12, -4])("a changed byte in a protected answer (at %i) ends the session", async (at) => {
    const { channel, accessKey } = chipWith(image);
    let count = 0;
    const changed: Channel = {
      ...channel,
      transmit: async (command, options) => {
        const reply = (await channel.transmit(command, options)).slice();
        if (++count !== 12) return reply;
        const index = at < 0 ? reply.length + at : at;
        reply[index] = (reply[index] as number) ^ 1;
        return reply;
      },
    };
    expect(await rejectionOf(run(changed, readCard({ accessKey })))).toMatchObject({ code: "SM_FAILED" });
    expect(count).toBe(12);
  });

  it("a chip that answers EXTERNAL AUTHENTICATE with rubbish does not count as genuine", async () => {
    const { channel, accessKey } = chipWith(image);
    for (const answer of ["9000", `${"00".repeat(40)}9000`, `${"00".repeat(39)}9000`]) {
      const odd = meddle(channel, ({ ins }) => (ins === 0x82 ? answer : undefined));
      await channel.reset?.();
      expect(await rejectionOf(run(odd, readCard({ accessKey })))).toMatchObject({ code: "BAC_CHIP_NOT_GENUINE" });
    }
  });
});
