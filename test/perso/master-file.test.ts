import { describe, expect, it } from "vitest";
import { commandApdu } from "../../src/apdu/apdu.js";
import { readBinaryBySfi, selectApplication, selectMasterFile } from "../../src/apdu/commands.js";
import { run } from "../../src/apdu/exchange.js";
import { equalBytes, toHex, utf8 } from "../../src/bytes/bytes.js";
import type { CardImage } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { nationalId, nationalIdProfile } from "../../src/card/profiles/national-id/profile.js";
import { eacPassport, paceCamPassport } from "../../src/card/profiles/passports.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { memoryScp03Keys } from "../../src/gp/keys.js";
import { storeData } from "../../src/gp/terminal/commands.js";
import { readCard } from "../../src/inspect/read-card.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { memoryJournal } from "../../src/perso/journal.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { rejectionOf } from "../support/inspect.js";
import { blankChip, faultyChannel, KEY_VERSION, keysFor, MASTER, make } from "../support/line.js";
import { openManager } from "../support/manager.js";
import { FULL, issueNow, profileOf } from "../support/national-image.js";
import { tell } from "../support/probe.js";

const CAN = "483921";

/** The national profile whose travel document is given the CAN, so that PACE can be tried. */
function withCan(profile: Profile): Profile {
  const [travel, ...others] = profile.applications;
  if (travel === undefined) throw new Error("no application");
  const secrets = [...travel.secrets, { name: "cardAccessNumber", dgi: 0x8001 }];
  return { ...profile, applications: [{ ...travel, secrets }, ...others] };
}

function made(base: Profile) {
  const { image } = issueNow(FULL, { profile: base });
  const profile = profileOf(image, base);
  return { image, profile, script: compilePersonalization(image, profile) };
}

const canKeys = () =>
  memoryScp03Keys({
    masters: { [KEY_VERSION]: MASTER },
    secrets: (name) => (name === "cardAccessNumber" ? utf8(CAN) : undefined),
  });

const contentOf = (image: CardImage, name: string) => image.masterFile?.find((file) => file.name === name)?.content;

describe("the master file", () => {
  it("is written before the applications, by the issuer security domain itself, and is in the receipt", async () => {
    const { image, profile, script } = made(nationalIdProfile({ bac: true }));
    expect(script.steps[0]).toMatchObject({
      label: expect.stringMatching(/^EF\.CardAccess 1\//),
      unit: "EF.CardAccess",
    });
    const chip = blankChip({ profile });
    const receipt = await make({ chip, script, keys: keysFor(image) });
    expect(receipt.files.slice(0, 2).map(({ name }) => name)).toEqual(["EF.CardAccess", "EF.CardSecurity"]);
    chip.reset();
    expect(tell(chip, selectMasterFile()).sw).toBe(0x9000);
    const access = contentOf(image, "EF.CardAccess") as Uint8Array;
    expect(toHex(tell(chip, readBinaryBySfi(0x1c, 0, 256)).data)).toBe(toHex(access));
    expect(tell(chip, commandApdu(0, 0xa4, 2, 0x0c, Uint8Array.of(0x01, 0x1c))).sw).toBe(0x9000);
    expect(tell(chip, readBinaryBySfi(0x1d, 0, 256)).sw).toBe(0x6982); // EF.CardSecurity is behind PACE
    expect(tell(chip, selectApplication(LDS1_AID)).sw).toBe(0x9000);
    expect(tell(chip, readBinaryBySfi(0x1c, 0, 256)).sw).toBe(0x6a82); // in the application there is no such file
  });

  it("survives a reader that tears in each of its units", async () => {
    const { image, profile, script } = made(nationalIdProfile({ bac: true }));
    const blocks = script.steps.filter(({ unit }) => /^EF\.Card/.test(unit)).length;
    for (let at = 3; at < 3 + blocks; at++) {
      const chip = blankChip({ profile });
      const journal = memoryJournal();
      const faulty = faultyChannel(chip, { at, kind: at % 2 === 0 ? "lostReply" : "lostCommand" });
      const keys = keysFor(image);
      expect(await rejectionOf(make({ chip, script, keys, journal, channel: faulty }))).toMatchObject({
        code: "PERSO_INTERRUPTED",
      });
      await make({ chip, script, keys, journal });
      chip.reset();
      expect(tell(chip, readBinaryBySfi(0x1c, 0, 256)).data).toEqual(contentOf(image, "EF.CardAccess"));
    }
  });

  it("opens the made card by PACE with the CAN, as the image's own chip does", async () => {
    const { image, profile, script } = made(withCan(nationalId));
    const blank = blankChip({ profile });
    await make({ chip: blank, script, keys: canKeys() });
    blank.reset();
    for (const chip of [blank, VirtualChip.fromImage(image, { cardAccessNumber: utf8(CAN) })]) {
      const exchange = readCard({ accessKey: { can: CAN }, masterFile: true, maxResponse: 65_538 });
      const { files, evidence } = await run(virtualChannel(chip), exchange);
      expect(evidence.accessControl).toBe("PACE");
      expect(evidence.notGiven).toEqual([{ name: "EF.DG3", sw: 0x6982 }]);
      expect(evidence.masterFileNotGiven?.map(({ name }) => name)).toEqual(["EF.ATR/INFO", "EF.DIR"]);
      for (const file of [...(image.masterFile ?? []), ...(image.applications[0]?.files ?? [])]) {
        if (file.name !== "EF.DG3")
          expect(equalBytes(files[file.name] ?? new Uint8Array(0), file.content), file.name).toBe(true);
      }
      const short = await run(virtualChannel(chip), readCard({ accessKey: { can: CAN }, dataGroups: [1] }));
      expect(Object.keys(short.files)).toEqual(expect.arrayContaining(["EF.COM", "EF.SOD", "EF.DG1"]));
      expect(short.evidence.notAsked).toContain("EF.DG2");
      const wrong = rejectionOf(run(virtualChannel(chip), readCard({ accessKey: { can: "000000" } })));
      expect(await wrong).toMatchObject({ code: "PACE_FAILED" });
    }
  });

  it("of an image is compared with the profile's before anything is written", () => {
    const { image, profile } = made(nationalId);
    const [first, ...others] = image.masterFile ?? [];
    if (first === undefined) throw new Error("no EF.CardAccess");
    const moved = { ...image, masterFile: [{ ...first, fid: 0x0120 }, ...others] };
    expect(() => compilePersonalization(moved, profile)).toThrow(/master file: EF.CardAccess/);
    expect(() => compilePersonalization({ ...image, masterFile: others }, profile)).toThrow(/no EF.CardAccess/);
    const digest = compilePersonalization(image, profile).digest;
    const changed = { ...image, masterFile: [{ ...first, content: Uint8Array.of(0x31, 0) }, ...others] };
    expect(compilePersonalization(changed, profile).digest).not.toBe(digest);
  });

  it("takes nothing on a chip without one, and nothing once the card is SECURED", async () => {
    const block = storeData({ block: 0, last: true, encrypted: false, data: new Uint8Array(10) });
    const plain = await openManager(blankChip());
    expect((await plain.send(block)).sw).toBe(0x6985);
    const { image, profile, script } = made(nationalIdProfile({ bac: true }));
    const chip = blankChip({ profile });
    expect((await (await openManager(chip)).send(block)).sw).toBe(0x6a80);
    await make({ chip, script, keys: keysFor(image) });
    expect((await (await openManager(chip)).send(block)).sw).toBe(0x6985);
  });
});

describe("the life cycle of the application", () => {
  it("is read from the entry with its AID, not from the first one", async () => {
    const { script, image, profile } = made(nationalIdProfile({ bac: true }));
    const checks = script.steps.filter(({ expectLifeCycle }) => expectLifeCycle !== undefined);
    expect(checks.map(({ expectAid }) => expectAid && toHex(expectAid))).toEqual([
      ...profile.applications.map(({ aid }) => toHex(aid)),
      undefined,
    ]);
    // a search by the first bytes of an AID finds both applications; the other one comes first and is not locked yet
    const [travel] = profile.applications;
    if (travel === undefined) throw new Error("no application");
    const widened = {
      ...script,
      steps: script.steps.map((step) =>
        step === checks[0] ? { ...step, command: { ...step.command, data: Uint8Array.of(0x4f, 0) } } : step,
      ),
    };
    const chip = blankChip({ profile });
    await make({ chip, script: widened, keys: keysFor(image) });
    expect(chip.lifeCycle).toBe(0x0f);
    const foreign = {
      ...script,
      steps: script.steps.map((step) => (step === checks[0] ? { ...step, expectAid: LDS1_AID.subarray(0, 5) } : step)),
    };
    const error = await rejectionOf(make({ chip: blankChip({ profile }), script: foreign, keys: keysFor(image) }));
    expect(error).toMatchObject({
      code: "PERSO_REFUSED",
      message: expect.stringMatching(/reports life-cycle state none/),
    });
  });
});

describe("passports with PACE", () => {
  it("are values: what their protocols need is given by the issuer", () => {
    expect(paceCamPassport.masterFile?.map(({ name, read }) => [name, read.kind])).toEqual([
      ["EF.CardAccess", "always"],
      ["EF.CardSecurity", "protocol"],
    ]);
    expect(paceCamPassport.applications[0]?.secrets.every(({ optional }) => optional === true)).toBe(true);
    expect(eacPassport.applications[0]?.files.find(({ name }) => name === "EF.DG3")?.read.kind).toBe("allOf");
  });
});
