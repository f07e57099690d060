import { describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import { fileBytesIn, type Protection } from "../../src/inspect/read-size.js";
import { AA, CA1, CAM, NATIONAL, nationalImage, SECRETS, TA1, terminalWith } from "../support/chips.js";
import { EAC, ICAO } from "../support/passports.js";

const PARTIES = await terminalWith("IS", ["readDg3"]);
const terminal = {
  certificates: PARTIES.map(({ certificate }) => certificate),
  signer: (PARTIES.at(-1) as (typeof PARTIES)[number]).signer,
};

/** Each certificate is named and sent; the terminal is named, gets a challenge and signs it. */
const TERMINAL_AUTHENTICATION = 2 * PARTIES.length + 3;
const PACE = 5;
const BAC = 2;
/** MSE:Set AT and GENERAL AUTHENTICATE. */
const CHIP_AUTHENTICATION = 2;
const SELECT = 1;

const CAM_CARD = nationalImage([CAM, CA1, TA1, AA]);
const withoutPace = ({ masterFile: _, ...image }: CardImage): CardImage => image;
/** Secrets that the image names. */
const secretsOf = ({ applications }: CardImage): ChipSecrets =>
  Object.fromEntries(
    Object.entries(SECRETS).filter(([name]) => applications.some(({ secrets }) => secrets.includes(name))),
  );

async function counted(image: CardImage, options: ReadCardOptions): Promise<{ card: CardFiles; count: number }> {
  const inner = virtualChannel(VirtualChip.fromImage(image, secretsOf(image)), { extended: true });
  let count = 0;
  const transmit = (command: Uint8Array) => {
    count++;
    return inner.transmit(command);
  };
  const exchange = readCard({ accessKey: accessKeyOf(image), ...options });
  return { card: await run({ ...inner, transmit }, exchange), count };
}

/** A header of six bytes, and the rest in pieces that fit a response. */
const ofFiles = (card: CardFiles, chunk: number, besides: readonly string[] = ["EF.CardAccess"]): number =>
  Object.entries(card.files)
    .filter(([name]) => !besides.includes(name))
    .reduce((sum, [, { length }]) => sum + 1 + Math.ceil((length - 6) / chunk), 0);

/** No signature of active authentication, which is one more. */
const CHIP = ["chipAuthentication"] as const;

/** Name; image; what is asked for; block of the session; commands of the protocols, of the search for the door, refused ones. */
const ROWS: readonly [string, CardImage, ReadCardOptions, Protection, number][] = [
  // no EF.CardAccess and no master file; EF.COM refused in the clear
  ["BAC", ICAO.image, {}, 8, 2 + SELECT + 1 + BAC],
  // EF.CardAccess in one command; EF.DG3 refused
  ["PACE", EAC.image, { proofs: [] }, 16, 1 + PACE + SELECT + 1],
  ["PACE with the CAN", NATIONAL, { accessKey: { can: "483921" }, proofs: [] }, 16, 1 + PACE + SELECT + 1],
  ["PACE, chip authentication", EAC.image, {}, 16, 1 + PACE + SELECT + CHIP_AUTHENTICATION + 1],
  // The chip names its trust points in PACE.
  [
    "PACE, chip and terminal authentication",
    EAC.image,
    { terminal },
    16,
    1 + PACE + SELECT + CHIP_AUTHENTICATION + TERMINAL_AUTHENTICATION,
  ],
  [
    "PACE, terminal and chip authentication of version 2",
    NATIONAL,
    { terminal, proofs: CHIP },
    16,
    1 + PACE + TERMINAL_AUTHENTICATION + CHIP_AUTHENTICATION + SELECT,
  ],
  ["PACE with chip authentication mapping", CAM_CARD, { proofs: CHIP }, 16, 1 + PACE + SELECT + 1],
  [
    "PACE with its mapping, terminal authentication",
    CAM_CARD,
    { terminal, proofs: CHIP },
    16,
    1 + PACE + SELECT + TERMINAL_AUTHENTICATION,
  ],
  // EF.CVCA in one command
  [
    "BAC, chip and terminal authentication",
    withoutPace(EAC.image),
    { terminal },
    8,
    2 + SELECT + 1 + BAC + CHIP_AUTHENTICATION + 1 + TERMINAL_AUTHENTICATION,
  ],
];

describe("commands of a whole reading: its protocols, and of each file the header and ceil(rest / largest response)", () => {
  it.each(ROWS)("%s", async (_, image, options, protection, protocols) => {
    const { card, count } = await counted(image, { maxResponse: 65_538, ...options });
    expect(card.evidence.falls).toBeUndefined();
    expect(count).toBe(protocols + ofFiles(card, fileBytesIn(65_538, protection)));
  });

  it.each(ROWS.filter(([name]) => !name.includes("BAC, chip")))("%s, with short lengths", async (...row) => {
    const [, image, options, protection, protocols] = row;
    const { card, count } = await counted(image, { ...options, maxResponse: 258 });
    // The certificates go as they are: their length is the channel's to carry.
    expect(count).toBe(protocols + ofFiles(card, fileBytesIn(258, protection)));
  });

  it("a second command tells that a chip with a master file has no EF.CardAccess there", async () => {
    const [rest] = EAC.image.masterFile ?? [];
    if (rest === undefined) throw new Error("no EF.CardAccess");
    const other = { ...EAC.image, masterFile: [{ ...rest, name: "EF.DIR", fid: 0x2f00, sfi: 0x1e }] };
    const { card, count } = await counted(other, { proofs: [] });
    expect(card.evidence.accessControl).toBe("BAC");
    expect(count).toBe(3 + SELECT + 1 + BAC + 1 + ofFiles(card, fileBytesIn(258, 8)));
  });
});
