import { describe, expect, it } from "vitest";
import { compareImage, statedFaceImage, statedFingerImage } from "../../src/biometric/compare-image.js";
import { parseImageHeader } from "../../src/biometric/image-header.js";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { efCom } from "../../src/lds/com.js";
import { type DataGroupNumber, dataGroupByNumber } from "../../src/lds/data-groups.js";
import { dg2 } from "../../src/lds/dg2.js";
import { dg3 } from "../../src/lds/dg3.js";
import { dg7 } from "../../src/lds/dg7.js";
import { dg14 } from "../../src/lds/dg14.js";
import { dg15 } from "../../src/lds/dg15.js";
import { buildRsaPublicKeyInfo, publicKeyOf } from "../../src/lds/public-key-info.js";
import { parseDg14SecurityInfos } from "../../src/lds/security-infos.js";
import type { ChipData } from "../../src/perso/chip-groups.js";
import { encodeDataGroups } from "../../src/perso/data-groups.js";
import { issueImage } from "../../src/perso/issue-image.js";
import { ImageError } from "../../src/perso/problems.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { parseFile } from "../../src/tlv/file.js";
import { readVector, thrownBy } from "../property/strict.js";
import { jpeg, record } from "../support/line.js";
import { AT } from "../support/national.js";
import { AA_INFO, AA_KEY, DOCUMENT_SIGNER, JP2, PACE, RINGS } from "../support/national-image.js";

/** The travel document with more data groups, each optional or not. */
function profileWith(numbers: readonly DataGroupNumber[], optional: readonly number[] = []): Profile {
  const dataGroups = [...emrtd.lds.dataGroups, ...numbers];
  const [application] = emrtd.applications;
  if (application === undefined) throw new Error("emrtd has one");
  const files = [
    ...application.files,
    ...numbers.map((number) => ({
      ...(application.files[0] as (typeof application.files)[number]),
      ...(dataGroupByNumber(number) as { name: string; fid: number; sfi: number }),
      dgi: 0x0100 + number,
      optional: optional.includes(number),
    })),
  ];
  return { ...emrtd, lds: { ...emrtd.lds, dataGroups }, applications: [{ ...application, files }] };
}

const group = (number: DataGroupNumber, changes: Partial<CitizenRecord>, chip: ChipData = {}) => {
  const { groups } = encodeDataGroups(
    record(changes),
    profileWith([number].filter((n) => (n > 2 && n < 11) || n > 12)),
    chip,
  );
  return groups.find((each) => each.number === number)?.content as Uint8Array;
};
const problems = (number: DataGroupNumber, changes: Partial<CitizenRecord>, chip: ChipData = {}) => {
  const error = thrownBy(() => group(number, changes, chip));
  expect(error).toBeInstanceOf(ImageError);
  return (error as ImageError).problems;
};

describe("DG2", () => {
  it("of a JPEG 2000 portrait, in boxes and as a codestream", () => {
    for (const portrait of [JP2, readVector("biometric/grey-12x8.j2c")]) {
      const [face] = parseFile(dg2, group(2, { portrait })).instances[0]?.data.face?.faces ?? [];
      if (face === undefined) throw new Error("no face");
      expect(face.imageDataType).toBe(1);
      expect(compareImage(statedFaceImage(face), parseImageHeader(face.image))).toEqual([]);
      expect(toHex(face.image)).toBe(toHex(portrait));
    }
  });

  it("whose size is not the one that the record states is refused with both", () => {
    expect(() => group(2, { portraitSize: { width: 1, height: 1 } })).not.toThrow();
    expect(problems(2, { portraitSize: { width: 413, height: 531 } })).toEqual([
      { path: "EF.DG2", message: expect.stringContaining("the record states size 413×531, the image has 1×1") },
    ]);
  });

  it("of an image that contradicts itself is refused", () => {
    const wrong = JP2.slice();
    const at = toHex(wrong).indexOf(toHex(new TextEncoder().encode("ihdr"))) / 2 + 4;
    wrong[at + 3] = 19;
    expect(problems(2, { portrait: wrong })[0]?.message).toMatch(/header box ihdr states size 24×19, .* 24×18/);
  });
});

describe("DG3", () => {
  const fingers = [
    { position: 6, image: RINGS },
    { position: 2, image: RINGS, imageSize: { width: 256, height: 256 } },
  ];

  it("has each finger's image in a record of ISO/IEC 19794-4, named in CBEFF", () => {
    const { instances } = parseFile(dg3, group(3, { fingers }));
    // Left thumb and right pointer by ICAO 9303-10 table 49.
    expect(instances.map(({ header }) => header.subtype)).toEqual([0b000_001_10, 0b000_010_01]);
    for (const [i, { data }] of instances.entries()) {
      const finger = data.finger;
      const [image] = finger?.images ?? [];
      if (finger === undefined || image === undefined) throw new Error("no finger");
      expect(image.position).toBe(fingers[i]?.position);
      expect(compareImage(statedFingerImage(finger, image), parseImageHeader(image.image))).toEqual([]);
      expect(toHex(image.image)).toBe(toHex(RINGS));
      expect(finger.imageResolutionX).toBe(500);
    }
  });

  it("leaves out fingers of which there are only minutiae", () => {
    const { instances } = parseFile(
      dg3,
      group(3, { fingers: [...fingers, { position: 3, minutiae: fromHex("141e40") }] }),
    );
    expect(instances).toHaveLength(2);
  });

  it("is refused for an image that is none, by finger", () => {
    const bad = [fingers[0] as { position: number; image: Uint8Array }, { position: 2, image: jpeg() }];
    expect(problems(3, { fingers: bad })).toEqual([
      { path: "EF.DG3.fingers[1].WSQ", message: expect.stringContaining("looks like JPEG") },
    ]);
    expect(thrownBy(() => group(3, { fingers: [{ position: 0, image: RINGS }] }))).toBeInstanceOf(RangeError);
  });
});

describe("DG7", () => {
  it("has the signature as it is", () => {
    expect(parseFile(dg7, group(7, { signature: JP2 })).map(toHex)).toEqual([toHex(JP2)]);
    expect(problems(7, { signature: JP2.subarray(0, 60) })[0]?.path).toBe("EF.DG7.JPEG 2000");
  });
});

describe("DG14 and DG15", () => {
  const rsa = buildRsaPublicKeyInfo(new Uint8Array(256).fill(0xc5), fromHex("010001"));

  it("have what the caller gives", () => {
    const { infos, sorted } = parseDg14SecurityInfos(group(14, {}, { securityInfos: [PACE, AA_INFO, PACE] }));
    expect([infos.map(({ kind }) => kind).sort(), sorted]).toEqual([["activeAuthenticationInfo", "paceInfo"], true]);
    const key = (chip: ChipData) => publicKeyOf(parseFile(dg15, group(15, {}, chip)).publicKeyInfo);
    expect(key({ activeAuthenticationKey: rsa }).kind).toBe("RSA");
    const onCurve = key({ activeAuthenticationKey: AA_KEY, securityInfos: [AA_INFO] });
    expect([onCurve.kind, toHex(onCurve.raw)]).toEqual(["EC", toHex(AA_KEY)]);
  });

  it("are refused for keys of another kind, and without DG14's word for a curve", () => {
    const dh = { ...rsa, algorithm: { algorithm: "1.2.840.113549.1.9.16.3.5" } };
    expect(problems(15, {}, { activeAuthenticationKey: dh })[0]?.message).toContain("neither RSA nor EC");
    expect(problems(15, {}, { activeAuthenticationKey: AA_KEY })[0]?.message).toContain("activeAuthenticationInfo");
    expect(problems(15, {}, { activeAuthenticationKey: concatBytes(AA_KEY, AA_KEY) })[0]?.path).toMatch(/^EF\.DG15/);
    expect(problems(14, {}, { securityInfos: [] })[0]?.path).toMatch(/^EF\.DG14/);
  });

  it("come onto an ordinary travel document too", async () => {
    const profile = profileWith([14, 15]);
    const chip = { securityInfos: [PACE, AA_INFO], activeAuthenticationKey: AA_KEY };
    const { image } = await issueImage(record(), { profile, documentSigner: DOCUMENT_SIGNER, at: AT, ...chip });
    expect(image.applications[0]?.files.map(({ name }) => name)).toContain(dg14.name);
    expect(image.masterFile).toBeUndefined();
  });
});

describe("a data group of which there is nothing", () => {
  const numbers = [3, 7, 14, 15] as const;

  it("is left out when its file is optional, and a note says so", () => {
    const { groups, notes, com } = encodeDataGroups(record(), profileWith(numbers, numbers));
    expect(groups.map(({ number }) => number)).toEqual([1, 2, 11, 12]);
    expect(parseFile(efCom, com).tagList).toEqual([0x61, 0x75, 0x6b, 0x6c]);
    expect(notes.map(({ code, path }) => [code, path])).toEqual(
      numbers.map((number) => ["GROUP_LEFT_OUT", `EF.DG${number}`]),
    );
  });

  it("is a problem of the record, or a mistake of the caller, when it is not", () => {
    expect(problems(3, {})).toEqual([
      { path: "EF.DG3", message: "the record has no image of a finger; the profile needs it" },
    ]);
    expect(problems(7, {})[0]?.path).toBe("EF.DG7");
    expect(thrownBy(() => group(14, {}))).toMatchObject({
      name: "RangeError",
      message: expect.stringContaining("securityInfos"),
    });
    expect(thrownBy(() => group(15, {}))).toMatchObject({
      message: expect.stringContaining("activeAuthenticationKey"),
    });
  });
});
