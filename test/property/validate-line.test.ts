import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { accessKeyOf } from "../../src/card/image.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { readCard } from "../../src/inspect/read-card.js";
import { encodeDataGroups } from "../../src/perso/data-groups.js";
import { buildCardImage } from "../../src/perso/image.js";
import { signSecurityObject } from "../../src/perso/security-object.js";
import { parseCms } from "../../src/pki/cms.js";
import { bitsOf, type Chain, flipBit, issueChain } from "../pki/support.js";
import {
  AT,
  changeImage,
  filesOf,
  idsWith,
  judge,
  replace,
  type SampleCard,
  sampleCard,
  sampleRecords,
  trustOf,
} from "../support/inspect.js";

/** The other backend does elliptic curves some ten times slower: it tries a sample of what this one tries all of. */
const { EXPECT_BACKEND } = process.env;
const FAST = EXPECT_BACKEND === "node";

describe("law 3: a card that was made, written and read as it should passes", () => {
  const records = sampleRecords();
  let chains: readonly Chain[];
  beforeAll(async () => {
    chains = [await issueChain("P-256", "named"), await issueChain("P-384", "explicit")];
  });

  it.each(records.filter((_, i) => FAST || i % 9 === 0).map((record) => [record.documentNumber, record] as const))(
    "%s",
    async (_, record) => {
      const [index, chain] = [...chains.entries()][records.indexOf(record) % 2] as [number, Chain];
      const groups = encodeDataGroups(record, emrtd);
      const sod = signSecurityObject(groups, emrtd, { signer: chain.signer, certificate: chain.certificate }, AT);
      const image = buildCardImage(emrtd, groups, sod);
      const extended = index === 0;
      const channel = virtualChannel(VirtualChip.fromImage(image), { extended });
      const exchange = readCard({ accessKey: accessKeyOf(image), maxResponse: channel.maxResponse });
      const card = await run(channel, exchange);
      expect(card).toEqual(filesOf(image));
      const report = judge(card, { trust: trustOf(...chains) });
      expect(idsWith(report, "failed")).toEqual([]);
      expect(report.verdict).toBe("passed");
    },
  );
});

describe("law 3: any changed bit", () => {
  let card: SampleCard;
  let explicit: SampleCard;
  let large: SampleCard;
  beforeAll(async () => {
    card = await sampleCard();
    explicit = await sampleCard({ chain: await issueChain("P-256", "explicit") });
    large = await sampleCard({ ownPortrait: true, chain: card.chain });
  });

  const verdictWith = ({ image, trust }: SampleCard, name: string, bit: number): string => {
    const good = filesOf(image);
    return judge(replace(good, { [name]: flipBit(good.files[name] as Uint8Array, bit) }), { trust }).verdict;
  };

  /** Every bit of a list, or `count` of them, spread evenly over it. */
  const some = (bits: readonly number[], count: number): readonly number[] =>
    bits.length <= count
      ? bits
      : Array.from({ length: count }, (_, i) => bits[Math.floor((i * bits.length) / count)] as number);

  const bitsOfFile = ({ image }: SampleCard, name: string): number[] => {
    const file = filesOf(image).files[name] as Uint8Array;
    return bitsOf(file, file);
  };

  it.each(["EF.DG1", "EF.DG11", "EF.DG12"])("of %s fails the verdict", (name) => {
    const bits = bitsOfFile(card, name);
    const passed = some(bits, FAST ? bits.length : 40).filter((bit) => verdictWith(card, name, bit) !== "failed");
    expect(passed).toEqual([]);
    expect(bits.length).toBeGreaterThan(500);
  });

  it("of EF.DG2 fails the verdict", () => {
    const bits = bitsOfFile(large, "EF.DG2");
    fc.assert(
      fc.property(fc.nat(bits.length - 1), (bit) => {
        expect(verdictWith(large, "EF.DG2", bit)).toBe("failed");
      }),
      { numRuns: FAST ? 500 : 40, examples: [[0], [8], [bits.length - 1]] },
    );
    expect(bits.length).toBeGreaterThan(80_000);
  });

  /** Bits of EF.SOD: content, signed attributes and signature; the signer's certificate; and all others. */
  const bitsOfSod = ({ image }: SampleCard) => {
    const sod = filesOf(image).files["EF.SOD"] as Uint8Array;
    const signedData = parseCms(sod.subarray(4));
    const [info] = signedData.signerInfos;
    const attributes = info?.signedAttrsRaw ?? new Uint8Array(0);
    // They are a copy with another tag; the message holds their content once.
    const content = attributes.subarray(attributes.length < 130 ? 2 : 3);
    const at = Buffer.from(sod).indexOf(content);
    expect(at).toBeGreaterThan(0);
    const parts = [signedData.eContent, sod.subarray(at, at + content.length), info?.signature as Uint8Array];
    const signed = parts.flatMap((part) => bitsOf(part, sod));
    const certificate = bitsOf(signedData.certificates[0] as Uint8Array, sod);
    const known = new Set([...signed, ...certificate]);
    return { signed, certificate, others: bitsOf(sod, sod).filter((bit) => !known.has(bit)) };
  };

  it("of what is signed in EF.SOD fails the verdict", () => {
    const { signed, certificate } = bitsOfSod(card);
    // Every bit of content, attributes and signature; two of each byte of the certificate, different ones from byte to byte.
    const spread = certificate.filter((bit) => bit % 8 === (bit >> 3) % 8 || bit % 8 === ((bit >> 3) * 3 + 4) % 8);
    const bits = FAST ? [...signed, ...spread] : [...some(signed, 80), ...some(spread, 60)];
    expect(bits.filter((bit) => verdictWith(card, "EF.SOD", bit) !== "failed")).toEqual([]);
    expect(signed.length).toBeGreaterThan(8 * 250);
    expect(spread.length).toBeGreaterThan(600);
  });

  it("of what is signed in an EF.SOD with explicit curve parameters fails the verdict", () => {
    const { signed, certificate } = bitsOfSod(explicit);
    const bits = some([...signed, ...certificate], FAST ? 600 : 60);
    expect(bits.filter((bit) => verdictWith(explicit, "EF.SOD", bit) !== "failed")).toEqual([]);
  });

  it("of the rest of EF.SOD, and of EF.COM, gives a report, never an exception", () => {
    const { others } = bitsOfSod(card);
    const verdicts = some(others, FAST ? others.length : 40).map((bit) => verdictWith(card, "EF.SOD", bit));
    expect(verdicts.length).toBeGreaterThan(30);
    const com = bitsOfFile(card, "EF.COM");
    for (const bit of some(com, FAST ? com.length : 40)) {
      // Whatever EF.COM says is held against what is signed, so nothing in it can change unnoticed either.
      expect(verdictWith(card, "EF.COM", bit)).toBe("failed");
    }
  });

  it("of two data groups at once, or a file cut or lengthened, fails the verdict too", () => {
    const good = filesOf(card.image);
    const names = Object.keys(good.files).filter((name) => name !== "EF.COM");
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.oneof(fc.constant(0), fc.nat()),
        fc.uint8Array({ maxLength: 3 }),
        (name, cut, tail) => {
          const file = good.files[name] as Uint8Array;
          const kept = file.subarray(0, file.length - (cut % file.length));
          const changed = Uint8Array.from([...kept, ...tail]);
          fc.pre(changed.length !== file.length);
          expect(judge(replace(good, { [name]: changed }), { trust: card.trust }).verdict).toBe("failed");
        },
      ),
      { numRuns: FAST ? 300 : 40 },
    );
  });

  it("of an image on the chip is found by whoever reads the chip", async () => {
    const image = changeImage(card.image, ({ name, content }) =>
      name === "EF.DG12" ? { content: flipBit(content, 8 * (content.length - 1) + 7) } : {},
    );
    const channel = virtualChannel(VirtualChip.fromImage(image));
    const files = await run(channel, readCard({ accessKey: accessKeyOf(image) }));
    const report = judge(files, { trust: card.trust });
    expect(idsWith(report, "failed")).toEqual(["hash.EF.DG12"]);
  });
});
