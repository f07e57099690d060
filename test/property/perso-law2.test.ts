import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeCommand } from "../../src/apdu/apdu.js";
import { toHex } from "../../src/bytes/bytes.js";
import type { CardImage } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { memoryJournal } from "../../src/perso/journal.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { blankChip, type Fault, faultyChannel, fixedRandom, IMAGE, keysFor, make } from "../support/line.js";
import { inspectChip, openDocument } from "../support/probe.js";
import { sessionCommand, wireCommand } from "./chip-commands.js";

describe("law 2: a blank chip after personalize behaves as the chip of its image", () => {
  /** Randomness that each run starts afresh. */
  let source = fixedRandom(0);
  const made = blankChip({ random: (length) => source(length) });
  beforeAll(async () => {
    await make({ chip: made });
  });

  it("whatever is sent, in the clear and after BAC", () => {
    // A card manager is asked for on purpose elsewhere: the chip of an image has no keys for one.
    const card = wireCommand.filter((bytes) => ((bytes[0] ?? 0) & 0x80) === 0 && bytes[1] !== 0xca);
    const stepOf = fc.oneof(
      card.map((bytes) => ({ bytes })),
      sessionCommand.map((command) => ({ command })),
      fc.constant({ open: true }),
    );
    fc.assert(
      fc.property(fc.array(stepOf, { maxLength: 20 }), fc.nat(), (steps, seed) => {
        const log = (chip: VirtualChip) => {
          chip.reset();
          let session: ReturnType<typeof openDocument> | undefined;
          return steps.map((step) => {
            if ("open" in step) {
              session = openDocument(chip, IMAGE, seed);
              return "opened";
            }
            if ("bytes" in step) return toHex(chip.transmit(step.bytes));
            return toHex(chip.transmit(encodeCommand(session?.wrap(step.command) ?? step.command)));
          });
        };
        source = fixedRandom(seed);
        expect(log(made)).toEqual(log(VirtualChip.fromImage(IMAGE, {}, { random: fixedRandom(seed) })));
      }),
      { numRuns: 200 },
    );
  });
});

/** One file more or less, other contents, other block sizes: what profiles differ in. */
const [application] = IMAGE.applications as readonly [CardImage["applications"][number]];
const [row] = emrtd.applications as readonly [Profile["applications"][number]];

const cardOf = fc
  .record({
    sizes: fc.array(fc.oneof(fc.constantFrom(0, 1, 200, 231, 254, 255, 256), fc.nat(700)), {
      minLength: 4,
      maxLength: 4,
    }),
    blockSize: fc.constantFrom(8, 16, 100, 231, 239),
    securityLevel: fc.constantFrom(0x01, 0x03, 0x11, 0x13, 0x33),
    seed: fc.nat(),
  })
  .map(({ sizes, blockSize, securityLevel, seed }): { profile: Profile; image: CardImage } => {
    // COM and DG1 as they are: they open the card; the others have random content of any size
    const random = fixedRandom(seed);
    const files = application.files.map((file, i) =>
      i < 2 ? file : { ...file, content: random(sizes[i - 2] as number) },
    );
    return {
      image: { ...IMAGE, applications: [{ ...application, files }] },
      profile: {
        ...emrtd,
        applications: [row],
        personalization: { ...emrtd.personalization, blockSize, securityLevel },
      },
    };
  });

const faults = fc.array(
  fc.record({ at: fc.nat(60), kind: fc.constantFrom("lostCommand", "lostReply", "emptyReply") }) as fc.Arbitrary<Fault>,
  { maxLength: 4 },
);

describe("a card of any contents, torn at random", () => {
  it("ends finished, with the right files", async () => {
    await fc.assert(
      fc.asyncProperty(cardOf, faults, async ({ profile, image }, tears) => {
        const script = compilePersonalization(image, profile);
        const chip = blankChip({ profile });
        const journal = memoryJournal();
        const keys = keysFor(image);
        let finished = false;
        for (const fault of [...tears, undefined]) {
          if (finished) break;
          const channel = faultyChannel(chip, fault);
          finished = await make({ channel, script, journal, keys }).then(
            () => true,
            (error) => {
              expect(error).toMatchObject({ code: "PERSO_INTERRUPTED" });
              return false;
            },
          );
        }
        const found = await inspectChip(chip, image);
        expect(found).toMatchObject({ applicationState: 0x0f, cardState: 0x0f });
        expect(found.files).toEqual(application.files.map(({ name }) => name));
      }),
      { numRuns: 60 },
    );
  });
});
