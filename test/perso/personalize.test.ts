import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { equalBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { accessSecretsOf, DOCUMENT_BASIC_ACCESS } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { deriveCardKeys } from "../../src/gp/keys.js";
import { type JournalEntry, memoryJournal } from "../../src/perso/journal.js";
import type { PersonalizationProgress } from "../../src/perso/personalize.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { TODAY } from "../pki/support.js";
import {
  blankChip,
  faultyChannel,
  IMAGE,
  imageOf,
  jpeg,
  KDD,
  KEY_VERSION,
  keysFor,
  MASTER,
  make,
  SCRIPT,
} from "../support/line.js";
import { inspectChip } from "../support/probe.js";

const LEVELS = [0x01, 0x03, 0x11, 0x13, 0x33] as const;
const MASTERS = [16, 24, 32].map((length) => Uint8Array.from({ length }, (_, i) => 0x40 + i));
const ALL_FILES = IMAGE.applications.flatMap(({ files }) => files.map(({ name }) => name));
const FINISHED = { installed: true, secret: true, files: ALL_FILES, applicationState: 0x0f, cardState: 0x0f };

const atLevel = (securityLevel: (typeof LEVELS)[number]): Profile => ({
  ...emrtd,
  personalization: { ...emrtd.personalization, securityLevel },
});

describe("a blank chip", () => {
  const cases = LEVELS.flatMap((level) =>
    MASTERS.map((master) => [level.toString(16).padStart(2, "0"), master.length * 8, master, level] as const),
  );
  it.each(cases)("is personalized at level %s with an AES-%i master", async (_hex, _bits, master, level) => {
    const chip = blankChip({ master });
    const channel = faultyChannel(chip);
    const script = compilePersonalization(IMAGE, atLevel(level));
    const receipt = await make({ channel, script, keys: keysFor(IMAGE, master) });
    expect(receipt.securityLevel).toBe(level);
    // EXTERNAL AUTHENTICATE asks for the level, and what is encrypted there is not readable on the wire.
    expect(toHex(channel.sent[2] as Uint8Array).slice(0, 8)).toBe(`8482${level.toString(16).padStart(2, "0")}00`);
    const wire = channel.sent.map(toHex).join(" ");
    expect(wire.includes("5f1f5a49")).toBe((level & 0x02) === 0); // the MRZ's tag, length and first letter, I
    if (master.length === 16) expect(await inspectChip(chip)).toEqual(FINISHED);
  });

  it("takes a portrait of 45 KB, in blocks of 255 bytes", async () => {
    const image = imageOf({ portrait: jpeg(45_000) });
    const chip = blankChip();
    await make({ chip, script: compilePersonalization(image, emrtd), keys: keysFor(image) });
    expect(await inspectChip(chip, image)).toEqual(FINISHED);
  });
});

describe("the receipt", () => {
  it("says what was made, on which chip, and shows no secret", async () => {
    const receipt = await make();
    expect(receipt).toEqual({
      format: "cardwright.receipt.1",
      documentNumber: "C01X00047",
      profile: { id: "emrtd", version: "1" },
      chip: { kdd: toHex(KDD), keyVersion: KEY_VERSION },
      securityLevel: 0x33,
      imageDigest: SCRIPT.imageDigest,
      scriptDigest: SCRIPT.digest,
      files: SCRIPT.files,
      steps: SCRIPT.steps.length,
      sessions: 1,
      startedAt: TODAY.toISOString(),
      finishedAt: TODAY.toISOString(),
    });
    expect(receipt.files.map(({ name }) => name)).toEqual(ALL_FILES);
  });

  it("is data: JSON gives it back", async () => {
    const receipt = await make();
    expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt);
  });
});

describe("the journal of a run without fault", () => {
  it("holds each step twice, before and after, between opened and completed", async () => {
    const journal = memoryJournal();
    await make({ journal });
    const steps = SCRIPT.steps.flatMap((_, step): JournalEntry[] => [
      { event: "sent", step },
      { event: "acknowledged", step, sw: 0x9000 },
    ]);
    expect(await journal.entries()).toEqual([
      { event: "opened", script: SCRIPT.digest, kdd: toHex(KDD), keyVersion: KEY_VERSION },
      ...steps,
      { event: "completed" },
    ]);
  });

  it("is stored before the next command goes out", async () => {
    const order: string[] = [];
    const journal = memoryJournal();
    const chip = blankChip();
    const channel = faultyChannel(chip);
    await make({
      channel: {
        ...channel,
        transmit: async (command) => {
          order.push("command");
          return channel.transmit(command);
        },
      },
      journal: {
        entries: () => journal.entries(),
        append: async (entry) => {
          order.push(`${entry.event}…`);
          await new Promise((resolve) => setImmediate(resolve));
          await journal.append(entry);
          order.push(entry.event);
        },
      },
    });
    const step = ["sent…", "sent", "command", "acknowledged…", "acknowledged"];
    expect(order).toEqual([
      ...["command", "command", "command", "opened…", "opened"],
      ...SCRIPT.steps.flatMap(() => step),
      ...["completed…", "completed"],
    ]);
  });

  it("comes with progress for the caller", async () => {
    const seen: PersonalizationProgress[] = [];
    await make({ onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual(SCRIPT.steps.map(({ label }, i) => ({ done: i + 1, total: SCRIPT.steps.length, label })));
  });
});

describe("secrets", () => {
  const secrets = Object.values(accessSecretsOf(IMAGE));
  const keys = deriveCardKeys(MASTER, KDD);
  const forbidden = [MASTER, keys.enc, keys.mac, keys.dek, ...secrets].map(toHex);

  function search(what: string, text: string): void {
    const compact = text.toLowerCase().replace(/\s/g, "");
    for (const hex of forbidden) {
      expect(compact, what).not.toContain(hex);
      expect(compact, what).not.toContain([...fromHex(hex)].join(",")); // an array printed in decimal
    }
    for (const secret of secrets) expect(text, what).not.toContain(new TextDecoder().decode(secret));
  }

  const deep = (value: unknown) => inspect(value, { depth: 20, maxArrayLength: null, showHidden: true });

  it("stand in nothing that is stored, shown or logged", async () => {
    const journal = memoryJournal();
    const chip = blankChip();
    const service = keysFor();
    const channel = faultyChannel(chip);
    const receipt = await make({ chip, channel, journal, keys: service });
    search("journal", JSON.stringify(await journal.entries()));
    search("receipt", JSON.stringify(receipt));
    search(
      "script",
      JSON.stringify(SCRIPT, (_k, v) => (v instanceof Uint8Array ? toHex(v) : v)),
    );
    search("script, inspected", deep(SCRIPT));
    for (const [what, value] of Object.entries({ service, chip, keys })) {
      search(`${what} as JSON`, JSON.stringify(value) ?? "");
      search(`${what}, inspected`, deep(value));
      search(`${what} as text`, String(value));
    }
    search("the wire at level 33", channel.sent.map(toHex).join(""));
  });

  it("stand in no error, whatever goes wrong", async () => {
    for (let at = 0; at < 40; at += 3) {
      const chip = blankChip();
      const error = await make({ channel: faultyChannel(chip, { at, kind: "status", sw: 0x6982 }) }).catch((e) => e);
      search(`error at ${at}`, `${deep(error)} ${JSON.stringify(error)} ${String(error)}`);
    }
    const wrong = MASTER.map((byte) => byte ^ 1);
    const error = await make({ keys: keysFor(IMAGE, wrong) }).catch((e) => e);
    forbidden.push(toHex(wrong));
    search("wrong key", `${deep(error)} ${JSON.stringify(error)}`);
  });

  it("are found when they are there: the search works", () => {
    expect(() => search("itself", deep({ key: MASTER }))).toThrow();
    expect(() => search("itself", toHex(keys.dek))).toThrow();
    expect(() => search("itself", new TextDecoder().decode(secrets[0]))).toThrow();
  });
});

describe("a secret", () => {
  it("goes over the wire under the DEK, also at level 01", async () => {
    const script = compilePersonalization(IMAGE, atLevel(0x01));
    const channel = faultyChannel(blankChip());
    await make({ channel, script });
    const stored = channel.sent.find((command) => command[1] === 0xe2 && command[2] === 0xe8) as Uint8Array;
    const secret = accessSecretsOf(IMAGE)[DOCUMENT_BASIC_ACCESS] as Uint8Array;
    // CLA INS P1 P2 Lc, DGI 8000 and its length, 32 bytes of cryptogram, MAC
    expect(toHex(stored).slice(0, 16)).toBe("84e2e8002b800020");
    expect(equalBytes(stored.subarray(8, 8 + 24), secret)).toBe(false);
    expect(channel.sent.map(toHex).join("")).not.toContain(toHex(secret));
  });
});
