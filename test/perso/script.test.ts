import { describe, expect, it } from "vitest";
import { encodeCommand } from "../../src/apdu/apdu.js";
import { concatBytes, fromHex, toHex, uintToBytes } from "../../src/bytes/bytes.js";
import { type AccessRule, after, allOf, always } from "../../src/card/access-rule.js";
import { accessSecretsOf, type CardImage, cardImageToJson, parseCardImage } from "../../src/card/image.js";
import type { ApplicationProfile, Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { CardwrightError } from "../../src/errors.js";
import { compilePersonalization, estimateScript, type PersonalizationScript } from "../../src/perso/script.js";
import { blankChip, faultyChannel, IMAGE, imageOf, make, SCRIPT } from "../support/line.js";

const hexOf = (step: PersonalizationScript["steps"][number]) => toHex(encodeCommand(step.command));
const [application] = emrtd.applications as readonly [ApplicationProfile];

/** A profile of one file and one secret, and its image with `size` bytes of content. */
function small(size: number, blockSize: number): { profile: Profile; image: CardImage } {
  const files = application.files.slice(0, 1);
  const profile: Profile = {
    ...emrtd,
    applications: [{ ...application, files }],
    personalization: { ...emrtd.personalization, blockSize },
  };
  const content = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
  const [whole] = IMAGE.applications as readonly [CardImage["applications"][number]];
  const kept = whole.files.filter((file) => file.name === files[0]?.name).map((file) => ({ ...file, content }));
  return { profile, image: { ...IMAGE, applications: [{ ...whole, files: kept }] } };
}

/** The STORE DATA commands of the one file. */
function blocks(size: number, blockSize: number) {
  const { profile, image } = small(size, blockSize);
  const { steps } = compilePersonalization(image, profile);
  return steps.filter((step) => step.command.ins === 0xe2 && step.secret === undefined).map((step) => step.command);
}

/** What the chip gets for a file of `size` bytes, put together here: DGI 0062 with the FCP, DGI 011E with the content. */
function framed(size: number): string {
  const content = toHex(Uint8Array.from({ length: size }, (_, i) => i & 0xff));
  const length = size < 255 ? toHex(uintToBytes(size, 1)) : `ff${toHex(uintToBytes(size, 2))}`;
  return `0062156213${`8002${toHex(uintToBytes(size, 2))}`}8201018302011e8801f08c0303ffe0011e${length}${content}`;
}

/** DGI 0062 and FCP, and the head of the content's DGI. */
const OVERHEAD = 24 + 3;

function refusal(image: CardImage, profile: Profile): string {
  try {
    compilePersonalization(image, profile);
  } catch (error) {
    expect(error).toBeInstanceOf(CardwrightError);
    expect((error as CardwrightError).code).toBe("SCRIPT_INVALID");
    return (error as Error).message;
  }
  throw new Error("it was compiled");
}

describe("the script of the emrtd profile", () => {
  it("installs, loads the secret, writes the files, locks and checks", () => {
    const units = [...new Set(SCRIPT.steps.map((step) => step.unit))];
    expect(units).toEqual([
      "install eMRTD",
      "secret documentBasicAccess",
      "EF.COM",
      "EF.DG1",
      "EF.DG2",
      "EF.DG11",
      "EF.DG12",
      "EF.SOD",
      "lock eMRTD",
      "check eMRTD",
      "set the card to state 07",
      "set the card to state 0F",
      "check the life cycle of the card",
    ]);
  });

  it("has the commands of GPCS 2.3.1 §11, by hand here", () => {
    const by = (label: string) => {
      const step = SCRIPT.steps.find((each) => each.label === label);
      if (step === undefined) throw new Error(label);
      return hexOf(step);
    };
    const aid = "07a0000002471001";
    expect(by("install eMRTD")).toBe(`80e60c001d06f043574c4453${"07f043574c445301"}${aid}010002c9000000`);
    expect(by("EF.COM: address eMRTD")).toBe(`80e620000d0000${aid}00000000`);
    expect(by("secret documentBasicAccess: address eMRTD")).toBe(`80e620000d0000${aid}00000000`);
    expect(by("secret documentBasicAccess")).toBe("80e2e800"); // last, encrypted, DGI; empty until the wire
    expect(by("lock eMRTD")).toBe("80f0400f07a0000002471001");
    expect(by("check the life cycle of eMRTD")).toBe("80f24002094f07a000000247100100");
    expect(by("set the card to state 07")).toBe("80f08007");
    expect(by("set the card to state 0F")).toBe("80f0800f");
    expect(by("check the life cycle of the card")).toBe("80f28002024f0000");
  });

  it("numbers the blocks of each file from zero, and marks the last", () => {
    for (const file of SCRIPT.files) {
      const stored = SCRIPT.steps.filter((step) => step.unit === file.name && step.command.ins === 0xe2);
      expect(stored.length).toBeGreaterThan(0);
      stored.forEach(({ command }, block) => {
        expect(command.p2).toBe(block);
        expect(command.p1).toBe(block === stored.length - 1 ? 0x88 : 0x08);
        expect(command.data.length).toBeLessThanOrEqual(231);
      });
      const data = toHex(concatBytes(...stored.map(({ command }) => command.data)));
      const content = IMAGE.applications[0]?.files.find(({ name }) => name === file.name)?.content as Uint8Array;
      expect(data.endsWith(toHex(content))).toBe(true);
      expect(file.size).toBe(content.length);
    }
  });

  it("goes through a short APDU at level 33, every command", async () => {
    const chip = blankChip();
    const channel = faultyChannel(chip);
    await make({ chip, channel: { ...channel, maxCommand: 261 } });
    expect(Math.max(...channel.sent.map((command) => command.length))).toBeLessThanOrEqual(261);
    expect(channel.sent.length).toBe(estimateScript(SCRIPT).commands);
  });
});

describe("segmentation", () => {
  it.each([
    ["one byte less than a block", 231 - OVERHEAD - 1, [230]],
    ["one block exactly", 231 - OVERHEAD, [231]],
    ["one byte more", 231 - OVERHEAD + 1, [231, 1]],
    ["two blocks exactly", 462 - OVERHEAD - 2, [231, 231]], // above 254 bytes the DGI length has three bytes
    ["one byte more than two", 462 - OVERHEAD - 1, [231, 231, 1]],
  ])("%s", (_name, size, lengths) => {
    const stored = blocks(size, 231);
    expect(stored.map(({ data }) => data.length)).toEqual(lengths);
    expect(toHex(concatBytes(...stored.map(({ data }) => data)))).toBe(framed(size));
  });

  it.each([0, 1, 254, 255, 256, 65_535])("frames a file of %i bytes", (size) => {
    const stored = blocks(size, 260);
    expect(toHex(concatBytes(...stored.map(({ data }) => data)))).toBe(framed(size));
  });

  it("takes blocks of one byte", () => {
    const stored = blocks(20, 1);
    expect(stored.length).toBe(OVERHEAD + 20);
    expect(stored.map(({ p2 }) => p2)).toEqual(stored.map((_, i) => i));
  });

  it("fills 256 blocks and refuses the 257th, saying what to raise", () => {
    const full = 256 * 10 - OVERHEAD - 2;
    expect(blocks(full, 10).length).toBe(256);
    expect(blocks(full, 10)[255]).toMatchObject({ p1: 0x88, p2: 0xff });
    const { image, profile } = small(full + 1, 10);
    expect(refusal(image, profile)).toMatch(/EF\.COM needs 257 STORE DATA blocks.*blockSize/);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a block size of %d", (blockSize) => {
    const { image, profile } = small(10, blockSize);
    expect(refusal(image, profile)).toContain("blockSize");
  });
});

describe("the same image", () => {
  it("gives the same script, from memory or from JSON", () => {
    const again = compilePersonalization(parseCardImage(cardImageToJson(IMAGE)), emrtd);
    expect(again).toEqual(SCRIPT);
    expect(again.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("gives another digest when one bit of one file differs", () => {
    const content = fromHex(toHex(IMAGE.applications[0]?.files[3]?.content ?? fromHex("")));
    content[5] = (content[5] as number) ^ 1;
    const applications = IMAGE.applications.map((each) => ({
      ...each,
      files: each.files.map((file, i) => (i === 3 ? { ...file, content } : file)),
    }));
    const other = compilePersonalization({ ...IMAGE, applications }, emrtd);
    expect(other.digest).not.toBe(SCRIPT.digest);
    expect(other.imageDigest).not.toBe(SCRIPT.imageDigest);
  });

  it("gives another digest at another security level", () => {
    const profile: Profile = { ...emrtd, personalization: { ...emrtd.personalization, securityLevel: 0x03 } };
    expect(compilePersonalization(IMAGE, profile).digest).not.toBe(SCRIPT.digest);
    expect(compilePersonalization(IMAGE, profile).imageDigest).toBe(SCRIPT.imageDigest);
  });
});

describe("a script", () => {
  it("holds no clear secret", () => {
    const json = JSON.stringify(SCRIPT, (_key, value) => (value instanceof Uint8Array ? toHex(value) : value));
    for (const secret of Object.values(accessSecretsOf(IMAGE))) {
      expect(json).not.toContain(toHex(secret));
      expect(json).not.toContain(new TextDecoder().decode(secret));
    }
  });

  it("is data: it survives a structured clone", () => {
    expect(structuredClone(SCRIPT)).toEqual(SCRIPT);
  });
});

describe("image and profile that do not belong together", () => {
  const [whole] = IMAGE.applications as readonly [CardImage["applications"][number]];
  const withFiles = (files: CardImage["applications"][number]["files"]): CardImage => ({
    ...IMAGE,
    applications: [{ ...whole, files }],
  });
  const withFirst = (change: object): CardImage =>
    withFiles(whole.files.map((file, i) => (i === 0 ? { ...file, ...change } : file)));

  it.each<[string, CardImage, string]>([
    ["of another profile", { ...IMAGE, profile: { id: "nationalId", version: "1" } }, "nationalId 1, not emrtd 1"],
    ["of another version", { ...IMAGE, profile: { id: "emrtd", version: "2" } }, "emrtd 2, not emrtd 1"],
    ["without the application", { ...IMAGE, applications: [] }, "no application eMRTD"],
    [
      "with a further application",
      { ...IMAGE, applications: [whole, { ...whole, name: "LDS2", aid: fromHex("a0000002472001") }] },
      "no application LDS2",
    ],
    ["without a file", withFiles(whole.files.slice(1)), "no EF.COM"],
    [
      "with a further file, which nobody would write",
      withFiles([...whole.files, { ...(whole.files[0] as (typeof whole.files)[0]), name: "EF.DG3", fid: 0x0103 }]),
      "EF.DG3",
    ],
    ["with a file elsewhere", withFirst({ fid: 0x0199 }), "EF.COM does not lie"],
    ["with another SFI", withFirst({ sfi: 3 }), "EF.COM does not lie"],
    ["with a file that everybody may read", withFirst({ read: always }), "EF.COM does not lie"],
    ["without a secret", { ...IMAGE, applications: [{ ...whole, secrets: [] }] }, "documentBasicAccess"],
    ["with a further secret", { ...IMAGE, applications: [{ ...whole, secrets: [...whole.secrets, "pin"] }] }, '"pin"'],
  ])("an image %s is refused", (_name, image, place) => {
    expect(refusal(image, emrtd)).toContain(place);
  });

  it("a file too long for its FCP is refused before the chip is touched", () => {
    const { image, profile } = small(65_536, 1000);
    expect(refusal(image, profile)).toMatch(/EF\.COM \(65536 bytes\).*size/);
  });

  it("an access rule that a chip cannot be told is refused", () => {
    let read: AccessRule = always;
    for (let level = 0; level < 9; level++) read = allOf(after("BAC"), read);
    const files = application.files.map((file) => ({ ...file, read }));
    const profile: Profile = { ...emrtd, applications: [{ ...application, files }] };
    expect(refusal(imageOf({}, profile), profile)).toContain("access");
  });
});
