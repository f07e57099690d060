import { describe, expect, it } from "vitest";
import { deriveBacKeys } from "../../src/access/bac/shared.js";
import { openBac } from "../../src/access/bac/terminal.js";
import { chipAuthenticationMappingKey, chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import { type PaceOffer, verifyChipAuthenticationMapping } from "../../src/access/pace/shared.js";
import { openPace } from "../../src/access/pace/terminal.js";
import { documentIdentifier } from "../../src/access/terminal-authentication/shared.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { readBinary, selectApplication, selectMasterFile } from "../../src/apdu/commands.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, accessSecretsOf, type CardImage, DOCUMENT_BASIC_ACCESS, fileOf } from "../../src/card/image.js";
import { nationalId } from "../../src/card/profiles/national-id/profile.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { memoryScp03Keys } from "../../src/gp/keys.js";
import { efCvca } from "../../src/lds/cvca.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { mrzInformation } from "../../src/lds/mrz.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { parseUntagged } from "../../src/lds/untagged.js";
import { compilePersonalization } from "../../src/perso/script.js";
import { parseCms } from "../../src/pki/cms.js";
import {
  CA1,
  CAN,
  CVCAS,
  chatBytes,
  GM,
  inside,
  NATIONAL,
  offers,
  on,
  onAsync,
  raw,
  readFile,
  readNational,
  SECRETS,
  TA1,
  terminalWith,
} from "../support/chips.js";
import { blankChip, KEY_VERSION, MASTER, make } from "../support/line.js";
import { profileOf } from "../support/national-image.js";
import { EAC, ICAO, type IssuedPassport, PACE_CAM, passport } from "../support/passports.js";

/** The same card twice: from its image, and personalized through SCP03. */
async function chipsOf({ profile, image, secrets }: IssuedPassport): Promise<readonly VirtualChip[]> {
  const actual = profileOf(image, profile);
  const blank = blankChip({ profile: actual });
  const all = {
    ...(image.applications[0]?.secrets.includes(DOCUMENT_BASIC_ACCESS) && accessSecretsOf(image)),
    ...secrets,
  };
  const keys = memoryScp03Keys({ masters: { [KEY_VERSION]: MASTER }, secrets: (name) => all[name] });
  await make({ chip: blank, script: compilePersonalization(image, actual), keys });
  blank.reset();
  const { quirks } = profile;
  return [VirtualChip.fromImage(image, secrets, quirks ? { quirks } : {}), blank];
}

const start = (image: CardImage, name: string) => toHex((fileOf(image, name) as Uint8Array).subarray(0, 8));
const shown = (value: Uint8Array | number) => (typeof value === "number" ? value.toString(16) : toHex(value));
const read = (chip: VirtualChip, session: SecureSession, fid: number) =>
  shown(inside(chip, session, readFile(LDS1_AID, fid)));

function bac(chip: VirtualChip, image: CardImage): SecureSession {
  on(
    chip,
    (function* () {
      yield selectApplication(LDS1_AID);
    })(),
  );
  return on(chip, openBac(deriveBacKeys(mrzInformation(accessKeyOf(image)))));
}

describe("a passport of the first years", () => {
  it("opens by BAC alone, and takes short lengths only", async () => {
    const [fromImage, personalized] = await chipsOf(ICAO);
    for (const chip of [fromImage, personalized] as [VirtualChip, VirtualChip]) {
      expect(raw(chip, selectMasterFile()).sw).not.toBe(0x9000);
      const session = bac(chip, ICAO.image);
      expect(read(chip, session, 0x0101)).toBe(start(ICAO.image, "EF.DG1"));
      expect(read(chip, session, 0x0102)).toBe(start(ICAO.image, "EF.DG2"));
      expect(shown(on(chip, readFile(LDS1_AID, 0x0101)))).toBe("6982");
      expect(raw(chip, readBinary(0, 300)).sw).toBe(0x6700);
    }
  });
});

describe("a passport with chip authentication mapping", () => {
  it("opens by PACE alone, and proves its key on the way", async () => {
    const { image } = PACE_CAM;
    for (const chip of await chipsOf(PACE_CAM)) {
      const [best] = offers(chip);
      expect(best?.protocol.mapping).toBe("CAM");
      const { session, chipAuthentication } = on(chip, openPace(best as PaceOffer, CAN));
      const infos = parseSecurityInfos(parseCms(fileOf(image, "EF.CardSecurity") as Uint8Array).eContent).infos;
      if (chipAuthentication === undefined) throw new Error("no evidence");
      const key = chipAuthenticationMappingKey(infos, chipAuthentication);
      expect(verifyChipAuthenticationMapping(chipAuthentication, key as Uint8Array)).toBe(true);
      expect(read(chip, session, 0x0101)).toBe(start(image, "EF.DG1"));
      expect(raw(chip, { cla: 0, ins: 0x84, p1: 0, p2: 0, data: new Uint8Array(0), ne: 8 }).sw).toBe(0x6d00); // no BAC
    }
  });
});

describe("a passport with extended access control", () => {
  const authenticated = async (chip: VirtualChip, first: SecureSession, idIc: Uint8Array, right: string) => {
    const parties = await terminalWith("IS", [right]);
    const [offer] = chipAuthenticationOffers(parseDg14SecurityInfos(fileOf(EAC.image, "EF.DG14") as Uint8Array).infos);
    if (offer === undefined) throw new Error("no offer");
    const { session, compressedKey } = inside(chip, first, openChipAuthentication(offer));
    const certificates = parties.map(({ certificate }) => certificate);
    const signer = parties.at(-1)?.signer;
    if (signer === undefined) throw new Error("no signer");
    const binding = { version: 1, idIc, compressedKey } as const;
    await onAsync(chip, secured(session, authenticateTerminal({ certificates, signer }, binding)));
    return session;
  };

  it.each([
    ["readDg3", "EF.DG3"],
    ["readDg4", "6982"],
  ])("opens by BAC or PACE, and the fingers to a terminal with %s: %s", async (right, answer) => {
    const { image } = EAC;
    const expected = answer === "EF.DG3" ? start(image, answer) : answer;
    for (const chip of await chipsOf(EAC)) {
      const plain = bac(chip, image);
      expect(read(chip, plain, 0x0101)).toBe(start(image, "EF.DG1"));
      expect(read(chip, plain, 0x0103)).toBe("6982");
      const name = documentIdentifier(mrzInformation(accessKeyOf(image)));
      expect(read(chip, await authenticated(chip, plain, name, right), 0x0103)).toBe(expected);
      chip.reset();
      const chat = chatBytes(await terminalWith("IS", [right]));
      const { session, idIc } = on(chip, openPace(offers(chip)[0] as PaceOffer, CAN, { chat }));
      expect(read(chip, session, 0x0103)).toBe("6982");
      expect(read(chip, await authenticated(chip, session, idIc, right), 0x0103)).toBe(expected);
    }
  });
});

describe("EF.CVCA", () => {
  it("is what the chip trusts, and who may read the rest may read it", async () => {
    const expected = parseUntagged(efCvca, fileOf(EAC.image, "EF.CVCA") as Uint8Array);
    expect(expected).toEqual(["UTISCVCA00001"]);
    for (const chip of await chipsOf(EAC)) {
      expect(shown(on(chip, readFile(LDS1_AID, 0x011c)))).toBe("6982");
      const content = inside(chip, bac(chip, EAC.image), readFile(LDS1_AID, 0x011c, 36));
      expect(parseUntagged(efCvca, content as Uint8Array)).toEqual(expected);
    }
  });

  it("is written by the chip when it gets its trust points, whatever the image says", async () => {
    for (const trustPoints of [[], [CVCAS.AT.certificate]]) {
      const issued = passport(EAC.profile, [GM, CA1, TA1], trustPoints);
      expect(parseUntagged(efCvca, fileOf(issued.image, "EF.CVCA") as Uint8Array)).toEqual([]);
      const [, personalized] = (await chipsOf(issued)) as [VirtualChip, VirtualChip];
      const session = bac(personalized, issued.image);
      const content = inside(personalized, session, readFile(LDS1_AID, 0x011c, 36));
      expect(parseUntagged(efCvca, content as Uint8Array)).toEqual(["UTISCVCA00001"]);
    }
  });

  it("is on no chip without terminal authentication of version 1, and names CVCAs only", async () => {
    expect(fileOf(passport(EAC.profile, [GM, CA1]).image, "EF.CVCA")).toBeUndefined();
    const [dv] = await terminalWith("IS", []);
    if (dv === undefined) throw new Error("no DV");
    expect(() => passport(EAC.profile, [GM, CA1, TA1], [dv.certificate])).toThrow(/trustPoints: UTISDV00001/);
  });
});

describe("the national card", () => {
  it("speaks the same when it was personalized as when it was made from its image", async () => {
    for (const chip of await chipsOf({ profile: nationalId, image: NATIONAL, secrets: SECRETS })) {
      const { session } = on(chip, openPace(offers(chip)[0] as PaceOffer, { kind: "pin", secret: "4711" }));
      expect(shown(readNational(chip, session, 0x0201))).toBe(start(NATIONAL, "EF.PersonalInfo1"));
    }
  });
});
