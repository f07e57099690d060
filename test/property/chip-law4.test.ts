import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandApdu, encodeCommand, parseResponse } from "../../src/apdu/apdu.js";
import {
  readBinary,
  readBinaryBySfi,
  selectApplication,
  selectFile,
  selectMasterFile,
} from "../../src/apdu/commands.js";
import { isExtended } from "../../src/apdu/decorate.js";
import type { SecureSession } from "../../src/apdu/session.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { after, always, never } from "../../src/card/access-rule.js";
import type { CardFile, CardImage } from "../../src/card/image.js";
import type { ChipQuirks } from "../../src/card/profile.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { getStatus, installForInstall, setStatus } from "../../src/gp/terminal/commands.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { blankChip, fixedRandom, IMAGE } from "../support/line.js";
import { AID, install, openManager, personalizeDocument } from "../support/manager.js";
import { openDocument, swFor, tell } from "../support/probe.js";
import { plainCommand, sessionCommand, wireCommand } from "./chip-commands.js";

const [application] = IMAGE.applications as readonly [CardImage["applications"][number]];

/** Content in which every eight bytes occur once, so that a leak is seen wherever it starts. */
const marked = (file: CardFile, seed: number): CardFile =>
  file.name === "EF.DG1" ? file : { ...file, content: fixedRandom(seed)(Math.min(file.content.length, 600)) };

const rootFile = (name: string, fid: number, sfi: number, read: CardFile["read"], content: Uint8Array): CardFile => ({
  name,
  fid,
  sfi,
  read,
  update: never,
  content,
});
/** A file that anybody may read, and two that no step here opens: neither BAC nor the manager's channel is PACE. */
const masterFile: readonly CardFile[] = [
  rootFile("EF.DIR", 0x2f00, 0x1e, always, fromHex("61094f07a0000002471001")),
  rootFile("EF.CardSecurity", 0x011d, 0x1d, after("PACE"), fixedRandom(77)(300)),
  rootFile("EF.Never", 0x0103, 0x03, never, fixedRandom(78)(300)),
];
const image: CardImage = {
  ...IMAGE,
  applications: [{ ...application, files: application.files.map(marked) }],
  masterFile,
};
const files = image.applications[0]?.files as readonly CardFile[];
const windows = new Set<string>();
for (const { content } of [...files, ...masterFile.slice(1)]) {
  for (let at = 0; at + 8 <= content.length; at++) windows.add(toHex(content.subarray(at, at + 8)));
}

/** Whether an answer as it is on the wire holds eight bytes of a file that only BAC opens. */
function leaks(answer: Uint8Array): boolean {
  for (let at = 0; at + 8 <= answer.length; at++) if (windows.has(toHex(answer.subarray(at, at + 8)))) return true;
  return false;
}

/** One command that a chip must survive: it never throws, and answers at least with a status word. */
function survive(chip: VirtualChip, bytes: Uint8Array): Uint8Array {
  const answer = chip.transmit(bytes);
  expect(answer.length).toBeGreaterThanOrEqual(2);
  expect(answer.length).toBeLessThanOrEqual(65_538);
  expect(leaks(answer)).toBe(false);
  return answer;
}

type Step =
  /** Something in the clear, or noise: it ends the session when there is one. */
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  /** BAC with the right key. */
  | { readonly kind: "open" }
  /** A right command inside the session. */
  | { readonly kind: "inside"; readonly command: ReturnType<typeof commandApdu> }
  /** A file read inside the session must come out right. */
  | { readonly kind: "read"; readonly file: number; readonly at: number }
  /** A protected command with one bit flipped. */
  | { readonly kind: "flipped"; readonly bit: number }
  /** A protected command sent twice. */
  | { readonly kind: "replayed" }
  /** The master file: what is free comes out, in the clear and in the session, and the rest does not. */
  | { readonly kind: "root"; readonly file: number; readonly bySfi: boolean }
  | { readonly kind: "reset" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("plain" as const), bytes: wireCommand }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant("open" as const) }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant("inside" as const), command: sessionCommand }), weight: 5 },
  { arbitrary: fc.record({ kind: fc.constant("read" as const), file: fc.nat(5), at: fc.nat(80) }), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constant("flipped" as const), bit: fc.nat(100_000) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("replayed" as const) }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constant("root" as const), file: fc.nat(2), bySfi: fc.boolean() }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant("reset" as const) }), weight: 1 },
);

/** All but the counter that moves with data only, with which no session holds that a terminal would take for one. */
const quirks: fc.Arbitrary<ChipQuirks> = fc.record(
  {
    endOfFile: fc.constantFrom("6282", "6Cxx"),
    mostRead: fc.record({ bytes: fc.constantFrom(16, 112, 224), otherwise: fc.constantFrom("6700", "fewer") }),
    shortLengthsOnly: fc.boolean(),
    selectWithoutAnswerOnly: fc.boolean(),
    noShortIdentifiers: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** What the model knows of the chip: whether there is a session, and the terminal's half of it. */
class Model {
  readonly quirks: ChipQuirks;
  readonly chip: VirtualChip;
  session: SecureSession | undefined;
  stale: SecureSession | undefined;
  seed = 0;

  constructor(imitated: ChipQuirks) {
    this.quirks = imitated;
    this.chip = VirtualChip.fromImage(image, {}, { random: fixedRandom(8), quirks: imitated });
  }

  /** The session is over: nothing that the terminal still sends in it is answered with anything. */
  end(): void {
    this.stale = this.session ?? this.stale;
    this.session = undefined;
  }

  probeStale(): void {
    if (this.session !== undefined || this.stale === undefined) return;
    const answer = parseResponse(survive(this.chip, encodeCommand(this.stale.wrap(readBinary(0, 8)))));
    expect(answer.data.length).toBe(0);
    expect(answer.sw).not.toBe(0x9000);
  }

  tell(command: ReturnType<typeof commandApdu>) {
    const session = this.session as SecureSession;
    const bytes = encodeCommand(session.wrap(command));
    const answer = survive(this.chip, bytes);
    if (this.quirks.shortLengthsOnly === true && isExtended(bytes)) {
      expect(toHex(answer)).toBe("6700");
      this.end();
      return parseResponse(answer);
    }
    return session.unwrap(parseResponse(answer));
  }

  /** In the session when there is one, else in the clear. */
  say(command: ReturnType<typeof commandApdu>) {
    if (this.session !== undefined) return this.tell(command);
    return parseResponse(survive(this.chip, encodeCommand(command)));
  }

  run(next: Step): void {
    const protectedRead = () => encodeCommand((this.session as SecureSession).wrap(readBinary(0, 8)));
    switch (next.kind) {
      case "plain":
        survive(this.chip, next.bytes);
        this.end();
        break;
      case "open":
        this.end();
        this.session = openDocument(this.chip, image, this.seed++);
        break;
      case "reset":
        this.chip.reset();
        this.end();
        break;
      case "inside":
        // Whatever it is, the answer is authentic and the session goes on.
        if (this.session !== undefined) this.tell(next.command);
        break;
      case "read": {
        if (this.session === undefined) break;
        const { fid, content } = files[next.file] as CardFile;
        expect(this.tell(selectApplication(LDS1_AID)).sw).toBe(0x9000);
        expect(this.tell(selectFile(fid)).sw).toBe(0x9000);
        const answer = this.tell(readBinary(next.at, 16));
        const expected = content.subarray(next.at, next.at + 16);
        if (answer.sw >> 8 === 0x6c) expect(answer.sw & 0xff).toBe(expected.length);
        else expect(toHex(answer.data)).toBe(toHex(expected));
        break;
      }
      case "root": {
        const { fid, sfi, content, read } = masterFile[next.file] as CardFile;
        expect(this.say(selectMasterFile()).sw).toBe(0x9000);
        const bySfi = next.bySfi && this.quirks.noShortIdentifiers !== true;
        if (!bySfi) expect(this.say(selectFile(fid)).sw).toBe(0x9000);
        const answer = this.say(bySfi ? readBinaryBySfi(sfi, 0, 8) : readBinary(0, 8));
        if (read.kind === "always") expect(toHex(answer.data)).toBe(toHex(content.subarray(0, 8)));
        else expect(answer).toMatchObject({ sw: 0x6982, data: { length: 0 } });
        break;
      }
      case "flipped": {
        if (this.session === undefined) break;
        const bytes = protectedRead();
        // not in Lc and Le, which are no part of what is protected: CLA to P2, and the data objects
        const at = next.bit % ((4 + bytes.length - 6) * 8);
        const index = at >> 3 < 4 ? at >> 3 : (at >> 3) + 1;
        bytes[index] = (bytes[index] as number) ^ (0x80 >> (at & 7));
        const answer = survive(this.chip, bytes);
        expect(toHex(answer.subarray(-2))).not.toBe("9000");
        this.end();
        break;
      }
      case "replayed": {
        if (this.session === undefined) break;
        const bytes = protectedRead();
        survive(this.chip, bytes);
        expect(survive(this.chip, bytes).length).toBe(2);
        this.end();
      }
    }
    this.probeStale();
  }
}

describe("law 4: random commands", () => {
  it("never bring out a file whose rule is not met; any error of secure messaging drops the session", () => {
    let opened = 0;
    let read = 0;
    let root = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), quirks, (steps, imitated) => {
        const model = new Model(imitated);
        for (const next of steps) {
          model.run(next);
          if (next.kind === "open") opened++;
          if (next.kind === "read" && model.session !== undefined) read++;
          if (next.kind === "root" && model.session !== undefined) root++;
        }
      }),
      { numRuns: 300 },
    );
    expect(opened).toBeGreaterThan(50); // the property saw sessions, and files read in them
    expect(read).toBeGreaterThan(50);
    expect(root).toBeGreaterThan(20);
  });

  it("the search for leaks works: a free file comes out", () => {
    const free = {
      ...image,
      applications: [{ ...application, files: files.map((file) => ({ ...file, read: always })) }],
    };
    const chip = VirtualChip.fromImage(free);
    swFor(chip, selectApplication(LDS1_AID));
    swFor(chip, selectFile(0x010b));
    expect(leaks(chip.transmit(encodeCommand(readBinary(0, 16))))).toBe(true);
  });

  it("bytes that are no commands are answered too, on a blank chip as on a finished one", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(wireCommand, fc.uint8Array({ maxLength: 300 })), { maxLength: 30 }), (list) => {
        for (const chip of [blankChip(), VirtualChip.fromImage(image, {}, { random: fixedRandom(8) })]) {
          for (const bytes of list) survive(chip, bytes);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Content management with data from right to random; each is sent inside a secure channel. */
const management = fc.oneof(
  { arbitrary: fc.constantFrom(install, personalizeDocument), weight: 3 },
  {
    arbitrary: fc
      .record({
        ins: fc.constantFrom(0xe6, 0xe2, 0xf0, 0xf2, 0xd8, 0xca, 0xa4, 0x50, 0x82, 0xe4),
        p1: fc.oneof(fc.constantFrom(0x20, 0x0c, 0x88, 0x08, 0xe8, 0x80, 0x40), fc.nat(255)),
        p2: fc.oneof(fc.constantFrom(0, 1, 2, 0x07, 0x0f, 0x81), fc.nat(255)),
        data: fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.constant(AID),
          fc.uint8Array({ maxLength: 40 }).map((value) => Uint8Array.of(0x01, 0x1e, value.length, ...value)),
          fc.uint8Array({ minLength: 1, maxLength: 3 }).map((value) => Uint8Array.of(0x31, 0x88, 0x11, 0x10, ...value)),
        ),
        ne: fc.constantFrom(0, 256),
      })
      .map((c) => commandApdu(0x80, c.ins, c.p1, c.p2, c.data, c.ne)),
    weight: 6,
  },
  {
    arbitrary: fc
      .nat(255)
      .chain((state) =>
        fc.constantFrom(setStatus("applications", state, AID), setStatus("issuerSecurityDomain", state)),
      ),
    weight: 2,
  },
  {
    arbitrary: fc.constantFrom(setStatus("applications", 0x0f, AID), setStatus("issuerSecurityDomain", 0x07)),
    weight: 1,
  },
);

describe("random content management", () => {
  it("never throws, never takes a life cycle back, and leaves the channel as it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(management, { maxLength: 20 }), async (list) => {
        const chip = blankChip();
        const manager = await openManager(chip);
        let card = chip.lifeCycle;
        let applicationState = 0;
        for (const command of list) {
          const { sw } = await manager.send(command); // its R-MAC is right, or this throws
          expect(sw).toBeGreaterThanOrEqual(0x6000);
          expect(chip.lifeCycle).toBeGreaterThanOrEqual(card);
          card = chip.lifeCycle;
          const report = toHex((await manager.send(getStatus("applications", { aid: AID }))).data);
          const at = report.indexOf("9f7001");
          const state = at < 0 ? 0 : Number.parseInt(report.slice(at + 6, at + 8), 16);
          expect(state).toBeGreaterThanOrEqual(applicationState);
          applicationState = state;
        }
        expect([0x01, 0x07, 0x0f]).toContain(card);
      }),
      { numRuns: 150 },
    );
  });

  it("outside a channel changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(management, plainCommand), { maxLength: 20 }), (list) => {
        const chip = blankChip();
        for (const command of list) {
          survive(chip, encodeCommand(command));
          survive(chip, encodeCommand({ ...command, cla: 0x84 }));
        }
        expect(chip.lifeCycle).toBe(0x01);
        chip.reset();
        expect(swFor(chip, selectApplication(AID))).toBe(0x6a82);
      }),
      { numRuns: 150 },
    );
  });

  it("INSTALL with any AIDs and parameters is answered", async () => {
    const aid = fc.uint8Array({ minLength: 5, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(aid, aid, aid, fc.uint8Array({ maxLength: 100 })), { maxLength: 5 }),
        async (list) => {
          const chip = blankChip();
          const manager = await openManager(chip);
          for (const [loadFileAid, moduleAid, instanceAid, parameters] of list) {
            const command = installForInstall({ loadFileAid, moduleAid, instanceAid, parameters });
            expect((await manager.send(command)).sw).toBe(0x6a88);
          }
          expect(tell(chip, selectApplication(AID)).sw).toBe(0x6a82);
        },
      ),
      { numRuns: 50 },
    );
  });
});
