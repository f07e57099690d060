import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { accessKeyOf, type CardImage } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { readCard } from "../../src/inspect/read-card.js";
import { fileBytesIn } from "../../src/inspect/read-size.js";
import { efCom } from "../../src/lds/com.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { encodeFile, parseFile } from "../../src/tlv/file.js";
import { changeImage, type SampleCard, sampleCard, withFile } from "../support/inspect.js";
import { fixedRandom } from "../support/line.js";

let card: SampleCard;
beforeAll(async () => {
  card = await sampleCard();
});

/** A card whose EF.DG13 has `size` bytes, header included. */
function cardWith(size: number): CardImage {
  const header = size < 130 ? 2 : size < 259 ? 3 : 4;
  const content = encodeTlv(
    0x6d,
    Uint8Array.from({ length: size - header }, (_, i) => i % 253),
  );
  const image = changeImage(card.image, (file) => {
    if (file.name !== efCom.name) return file;
    const com = parseFile(efCom, file.content);
    return { content: encodeFile(efCom, { ...com, tagList: [...com.tagList, 0x6d] }) };
  });
  return withFile(image, 13, content);
}

/** Commands of a reading that asks for `dataGroups` besides EF.COM and EF.SOD, and that they come out right. */
async function commandsOf(image: CardImage, dataGroups: readonly number[], maxResponse: number): Promise<number> {
  const inner = virtualChannel(VirtualChip.fromImage(image, {}, { random: fixedRandom(3) }));
  let count = 0;
  const transmit = (command: Uint8Array) => {
    count++;
    return inner.transmit(command);
  };
  const options = { accessKey: accessKeyOf(image), maxResponse, dataGroups, random: fixedRandom(4) };
  const { files, evidence } = await run({ ...inner, transmit }, readCard(options));
  for (const file of image.applications[0]?.files ?? []) {
    if (files[file.name] !== undefined) expect(files[file.name]).toEqual(file.content);
  }
  expect(evidence.falls).toBeUndefined();
  return count;
}

describe("round trips of a file: its header, and ceil(size / what fits a response)", () => {
  const SIZES = [
    ...[20, 200, 230, 231, 232, 236, 237, 238, 240, 250, 255, 256, 257, 258, 260, 262, 263, 300],
    ...[500, 1_000, 1_020, 4_096, 20_000, 32_767, 33_000, 65_600],
  ];
  it.each([258, 1_000, 65_538])("with responses of %i bytes", async (maxResponse) => {
    const fits = fileBytesIn(maxResponse, 8);
    const split: number[] = [];
    for (const size of SIZES) {
      const image = cardWith(size);
      const count = (await commandsOf(image, [13], maxResponse)) - (await commandsOf(image, [], maxResponse));
      // beyond 32,767 bytes the data come in a data object, whose header takes four bytes of each answer
      const most = 1 + Math.ceil(size / (size > 32_767 ? fits - 4 : fits));
      if (count > most) split.push(size);
      expect(count).toBeLessThanOrEqual(most + 1);
    }
    // No command asks for so few that Le is short and so many that the protected answer is not, in a file that has no more
    expect(split.filter((size) => maxResponse === 258 || size < 238 || size > 256)).toEqual([]);
  });
});
