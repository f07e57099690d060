import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveBacKeys } from "../../src/access/bac/shared.js";
import { openBac } from "../../src/access/bac/terminal.js";
import { chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import { bornBy, livingIn, validOn } from "../../src/access/eid/terminal.js";
import type { PaceOffer, PacePassword } from "../../src/access/pace/shared.js";
import { openPace } from "../../src/access/pace/terminal.js";
import { documentIdentifier } from "../../src/access/terminal-authentication/shared.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { type CommandApdu, commandApdu, encodeCommand, parseResponse } from "../../src/apdu/apdu.js";
import { selectApplication, selectFile } from "../../src/apdu/commands.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { toHex, utf8 } from "../../src/bytes/bytes.js";
import { type AccessProtocol, isMet, type Shown } from "../../src/card/access-rule.js";
import { accessKeyOf, type CardFile, type CardImage, type ChipSecrets, fileOf } from "../../src/card/image.js";
import type { ChipQuirks } from "../../src/card/profile.js";
import { isTerminalRight } from "../../src/card/terminal-rights.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { mrzInformation } from "../../src/lds/mrz.js";
import { parseDg14SecurityInfos } from "../../src/lds/security-infos.js";
import {
  NATIONAL,
  offers,
  on,
  onAsync,
  openAsTerminal,
  SECRET_NUMBERS,
  SECRETS,
  terminalWith,
} from "../support/chips.js";
import { fixedRandom } from "../support/line.js";
import { EAC, ICAO, PACE_CAM } from "../support/passports.js";
import { sessionCommand, wireCommand } from "./chip-commands.js";

/** What the chip parses to open its doors, or writes itself, stays; every other file gets content that is its own in every eight bytes. */
const KEPT = [
  "EF.CardAccess",
  "EF.CardSecurity",
  "EF.DG1",
  "EF.DG14",
  "EF.DG15",
  "EF.PersonalInfo2",
  "EF.SOD2",
  "EF.CVCA",
];

interface Card {
  readonly image: CardImage;
  readonly secrets: ChipSecrets;
  readonly quirks?: ChipQuirks;
  readonly files: readonly { readonly aid: Uint8Array; readonly file: CardFile }[];
  /** Bytes that tell a file, at every offset. */
  readonly windows: ReadonlyMap<string, CardFile>;
}

function cardOf(image: CardImage, secrets: ChipSecrets, quirks?: ChipQuirks): Card {
  let seed = 1;
  const marked = (file: CardFile): CardFile =>
    KEPT.includes(file.name) ? file : { ...file, content: fixedRandom(seed++)(Math.min(file.content.length, 300)) };
  const applications = image.applications.map((each) => ({ ...each, files: each.files.map(marked) }));
  const files = applications.flatMap(({ aid, files: own }) => own.map((file) => ({ aid, file })));
  const windows = new Map<string, CardFile>();
  for (const { file } of files) {
    if (KEPT.includes(file.name)) continue;
    for (let at = 0; at + 8 <= file.content.length; at++) windows.set(toHex(file.content.subarray(at, at + 8)), file);
  }
  return { image: { ...image, applications }, secrets, files, windows, ...(quirks && { quirks }) };
}

const CARDS: Readonly<Record<string, Card>> = {
  "a plain ICAO passport": cardOf(ICAO.image, {}, ICAO.profile.quirks),
  "a PACE-CAM passport": cardOf(PACE_CAM.image, SECRETS),
  "an EAC passport": cardOf(EAC.image, SECRETS),
  "the national card": cardOf(NATIONAL, SECRETS),
};

const AT_RIGHTS = ["readDg3", "readDg4", "readDg17", "writeDg17", "ageVerification", "pinManagement"];
const IS_RIGHTS = ["readDg3", "readDg4"];
/** Chains are made once: issuing is the slow part. */
const terminals = {
  AT: await Promise.all(
    [[], ["readDg4"], ["readDg17"], ["readDg3"], AT_RIGHTS].map(async (rights) => ({
      rights: rights.map((right) => `authentication.${right}`),
      parties: await terminalWith("AT", rights),
    })),
  ),
  IS: await Promise.all(
    [[], ["readDg3"], ["readDg4"], IS_RIGHTS].map(async (rights) => ({
      rights: rights.map((right) => `inspection.${right}`),
      parties: await terminalWith("IS", rights),
    })),
  ),
};

type Step =
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  | { readonly kind: "inside"; readonly command: CommandApdu }
  | { readonly kind: "bac" }
  | { readonly kind: "pace"; readonly password: PacePassword["kind"] }
  | { readonly kind: "verify"; readonly right: boolean; readonly reference: number }
  | { readonly kind: "terminal1" | "terminal2"; readonly which: number; readonly whole: boolean }
  | { readonly kind: "read"; readonly file: number; readonly at: number }
  | { readonly kind: "reset" };

const authentication = fc
  .tuple(
    fc.constantFrom(0x22, 0x2a, 0x86, 0x88, 0x84, 0x82, 0x20, 0x24, 0x2c, 0xdb, 0x44, 0x04),
    fc.constantFrom(0x00, 0x10, 0x80),
    fc.constantFrom(
      0x0000,
      0x41a4,
      0x41a6,
      0x81b6,
      0x81a4,
      0xc1a4,
      0x00be,
      0x8000,
      0x0003,
      0x0081,
      0x0203,
      0x3fff,
      0x1003,
    ),
    fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(utf8("0000"), utf8("47110000"), new Uint8Array(0))),
  )
  .map(([ins, cla, p, data]) => commandApdu(cla, ins, p >> 8, p & 0xff, data, 256));

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("read" as const), file: fc.nat(40), at: fc.nat(40) }), weight: 10 },
  {
    arbitrary: fc.record({ kind: fc.constant("inside" as const), command: fc.oneof(sessionCommand, authentication) }),
    weight: 6,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("pace" as const),
      password: fc.constantFrom("can" as const, "mrz" as const, "pin" as const, "puk" as const),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant("bac" as const) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant("verify" as const),
      right: fc.boolean(),
      reference: fc.constantFrom(3, 0x81, 4),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom("terminal1" as const, "terminal2" as const),
      which: fc.nat(4),
      whole: fc.boolean(),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("plain" as const),
      bytes: fc.oneof(
        wireCommand,
        authentication.map((command) => encodeCommand(command)),
      ),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("reset" as const) }), weight: 1 },
);

/** What a terminal has shown, by the model alone: it knows the rules and what it did, and nothing of how the chip works. */
class Model {
  readonly card: Card;
  readonly chip: VirtualChip;
  session: SecureSession | undefined;
  door: AccessProtocol | undefined;
  password: PacePassword["kind"] | undefined;
  idIc: Uint8Array | undefined;
  shown: { pins: NonNullable<Shown["pins"]>; rights: string[] } = { pins: [], rights: [] };
  reads = { given: 0, refused: 0 };

  constructor(card: Card) {
    this.card = card;
    const { image, secrets, quirks } = card;
    this.chip = VirtualChip.fromImage(image, secrets, { random: fixedRandom(9), ...(quirks && { quirks }) });
  }

  end(): void {
    this.session = undefined;
    this.door = undefined;
    this.password = undefined;
    this.idIc = undefined;
    this.shown = { pins: [], rights: [] };
  }

  begin(door: AccessProtocol, session: SecureSession, idIc: Uint8Array): void {
    this.end();
    this.door = door;
    this.session = session;
    this.idIc = idIc;
  }

  allowed(file: CardFile): boolean {
    const rights = this.shown.rights.filter(isTerminalRight);
    return isMet(file.read, this.door === undefined ? [] : [this.door], { pins: this.shown.pins, rights });
  }

  /** Nothing that a rule forbids is in the answer: neither as it is on the wire nor as the terminal opens it. */
  check(bytes: Uint8Array): void {
    for (let at = 0; at + 8 <= bytes.length; at++) {
      const file = this.card.windows.get(toHex(bytes.subarray(at, at + 8)));
      if (file !== undefined) expect(this.allowed(file), file.name).toBe(true);
    }
  }

  tell(command: CommandApdu): { readonly data: Uint8Array; readonly sw: number } | undefined {
    const session = this.session;
    if (session === undefined) {
      const wire = this.chip.transmit(encodeCommand(command));
      this.check(wire);
      return parseResponse(wire);
    }
    // On the wire nothing is readable; a command too long for the chip ends the session.
    const wire = this.chip.transmit(encodeCommand(session.wrap(command)));
    expect(wire.length).toBeGreaterThanOrEqual(2);
    if (wire.length === 2) {
      this.end();
      return undefined;
    }
    const answer = session.unwrap(parseResponse(wire));
    this.check(answer.data);
    return answer;
  }

  async run(next: Step): Promise<void> {
    const { chip, card } = this;
    switch (next.kind) {
      case "reset":
        chip.reset();
        this.end();
        return;
      case "plain":
        this.check(chip.transmit(next.bytes));
        this.end();
        return;
      case "inside": {
        if (this.session === undefined) return;
        this.tell(next.command);
        // A retry counter may have moved, a PIN may count as not shown: where the model cannot know, it begins anew.
        if ([0x20, 0x24, 0x2c].includes(next.command.ins)) {
          chip.reset();
          this.end();
        }
        // A protocol may have begun; it is the chip's to keep apart.
        return;
      }
      case "bac": {
        chip.reset();
        this.end();
        if (on(chip, probe(selectApplication(LDS1_AID))) !== 0x9000) return;
        if (on(chip, probe(commandApdu(0, 0x84, 0, 0, undefined, 8))) !== 0x9000) return;
        const information = mrzInformation(accessKeyOf(card.image));
        this.begin("BAC", on(chip, openBac(deriveBacKeys(information))), documentIdentifier(information));
        return;
      }
      case "pace": {
        chip.reset();
        this.end();
        const opened = paceWith(chip, card.image, next.password);
        if (opened === undefined) return;
        this.begin("PACE", opened.session, opened.idIc);
        this.password = next.password;
        if (next.password === "pin") this.shown.pins = ["identity"];
        return;
      }
      case "verify": {
        if (this.session === undefined) return;
        const right =
          next.reference === 3
            ? SECRET_NUMBERS.pin
            : next.reference === 4
              ? SECRET_NUMBERS.puk
              : SECRET_NUMBERS.signature;
        const sw = this.tell(commandApdu(0, 0x20, 0, next.reference, utf8(next.right ? right : "000000")))?.sw;
        if (next.reference !== 3) return;
        if (sw === 0x9000) {
          expect(next.right && (this.password === "can" || this.password === "pin")).toBe(true);
          this.shown.pins = ["identity"];
        } else if (sw !== undefined && sw >> 4 === 0x63c) this.shown.pins = [];
        return;
      }
      case "terminal1": {
        const { session, idIc } = this;
        const file = fileOf(card.image, "EF.DG14");
        if (session === undefined || idIc === undefined || file === undefined) return;
        const offer = chipAuthenticationOffers(parseDg14SecurityInfos(file).infos).find(({ version }) => version === 1);
        const terminal = terminals.IS[next.which % terminals.IS.length];
        if (offer === undefined || terminal === undefined) return;
        try {
          const opened = on(chip, secured(session, openChipAuthentication(offer)));
          this.session = opened.session;
          this.shown.rights = [];
          if (!next.whole) return;
          await this.authenticate(terminal, { version: 1, idIc, compressedKey: opened.compressedKey });
        } catch (error) {
          refusedOnly(error);
          this.end();
          chip.reset();
        }
        return;
      }
      case "terminal2": {
        const terminal = terminals.AT[next.which % terminals.AT.length];
        if (card.image !== CARDS["the national card"]?.image || terminal === undefined) return;
        chip.reset();
        this.end();
        const statements = [bornBy("2008-11-22"), validOn("2030-01-01"), livingIn("19")];
        const options = { statements, chipAuthentication: next.whole };
        const session = await openAsTerminal(chip, terminal.parties, options);
        this.begin("PACE", session, new Uint8Array(0));
        this.idIc = undefined;
        this.password = "can";
        if (next.whole) this.shown.rights = [...terminal.rights]; // without chip authentication none holds
        return;
      }
      case "read": {
        const place = card.files[next.file % card.files.length];
        if (place === undefined) return;
        const { aid, file } = place;
        const selected = this.tell(selectApplication(aid));
        if (this.session === undefined && this.door !== undefined) return;
        expect(selected?.sw).toBe(0x9000);
        this.tell(selectFile(file.fid));
        const answer = this.tell(commandApdu(0, 0xb0, 0, next.at, undefined, 16));
        const bac = this.door === "BAC" && toHex(aid) !== toHex(LDS1_AID);
        if (this.allowed(file) && !bac) {
          expect(toHex(answer?.data ?? new Uint8Array(0))).toBe(toHex(file.content.subarray(next.at, next.at + 16)));
          this.reads.given++;
        } else {
          expect(answer?.sw, file.name).toBe(0x6982);
          this.reads.refused++;
        }
      }
    }
  }

  async authenticate(
    terminal: (typeof terminals.IS)[number],
    binding: Parameters<typeof authenticateTerminal>[1],
  ): Promise<void> {
    const signer = terminal.parties.at(-1)?.signer;
    if (signer === undefined || this.session === undefined) return;
    const certificates = terminal.parties.map(({ certificate }) => certificate);
    await onAsync(this.chip, secured(this.session, authenticateTerminal({ certificates, signer }, binding)));
    this.shown.rights = [...terminal.rights];
  }
}

function refusedOnly(error: unknown): void {
  const { code } = error as { readonly code?: string };
  if (code === undefined) throw error;
}

function* probe(command: CommandApdu): Generator<CommandApdu, number, { sw: number; data: Uint8Array }> {
  return (yield command).sw;
}

/** PACE, when the card has it and this password; a suspended or blocked one is not opened. */
function paceWith(chip: VirtualChip, image: CardImage, kind: PacePassword["kind"]) {
  const [offer] = image.masterFile === undefined ? [] : offers(chip);
  if (offer === undefined) return undefined;
  const secret = kind === "mrz" ? mrzInformation(accessKeyOf(image)) : SECRET_NUMBERS[kind];
  try {
    return on(chip, openPace(offer as PaceOffer, { kind, secret }, { lastTry: true }));
  } catch (error) {
    refusedOnly(error);
    chip.reset();
    return undefined;
  }
}

describe.each(Object.entries(CARDS))("law 4: random commands to %s", (_, card) => {
  it("never reach a file whose rule is not met, and always one whose rule is", async () => {
    const reads = { given: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 18 }), async (steps) => {
        const model = new Model(card);
        for (const next of steps) await model.run(next);
        reads.given += model.reads.given;
        reads.refused += model.reads.refused;
      }),
      { numRuns: 80 },
    );
    expect(reads.given).toBeGreaterThan(0); // the property saw files
    expect(reads.refused).toBeGreaterThan(0); // and refusals
  }, 120_000);
});
