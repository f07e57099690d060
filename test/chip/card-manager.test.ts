import { describe, expect, it } from "vitest";
import { commandApdu } from "../../src/apdu/apdu.js";
import { selectApplication, selectFile } from "../../src/apdu/commands.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import { after, never } from "../../src/card/access-rule.js";
import { encodeFileControl } from "../../src/card/file-control.js";
import { accessSecretsOf, DOCUMENT_BASIC_ACCESS } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { deriveCardKeys, memoryScp03Keys } from "../../src/gp/keys.js";
import {
  encodeDgis,
  getStatus,
  installForInstall,
  installForPersonalization,
  putKey,
  selectIssuerSecurityDomain,
  setStatus,
  storeData,
} from "../../src/gp/terminal/commands.js";
import { blankChip, IMAGE, KDD, KEY_VERSION, keysFor, MASTER, make } from "../support/line.js";
import {
  AID,
  initializeUpdate,
  install,
  openManager,
  personalizeDocument,
  store,
  wrongAuthenticate,
} from "../support/manager.js";
import { ask, inspectChip, openDocument, swFor } from "../support/probe.js";

const lock = setStatus("applications", 0x0f, AID);

/** DGIs that write EF.COM with this content. */
const comFile = (content: Uint8Array, change: Partial<{ fid: number; size: number }> = {}) =>
  encodeDgis([
    {
      id: 0x0062,
      value: encodeFileControl({
        size: content.length,
        fid: 0x011e,
        sfi: 0x1e,
        access: { read: after("BAC"), update: never },
        ...change,
      }),
    },
    { id: 0x011e, value: content },
  ]);
const COM = comFile(fromHex("6000"));

/** The wrapped secret of the sample card. */
const wrapped = async () =>
  (await keysFor().wrapSecret({ name: DOCUMENT_BASIC_ACCESS, kdd: KDD, keyVersion: KEY_VERSION })).cryptogram;

/** An installed application that waits for its data. */
async function begun(chip = blankChip()) {
  const manager = await openManager(chip);
  expect(await manager.all(install, personalizeDocument)).toEqual([0x9000, 0x9000]);
  return { chip, manager };
}

describe("content management without a secure channel", () => {
  it.each([
    ["INSTALL", install],
    ["STORE DATA", store(0, COM)],
    ["SET STATUS", lock],
    ["GET STATUS", getStatus("applications")],
    ["PUT KEY", commandApdu(0x80, 0xd8, 0, 0x81, new Uint8Array(60))],
    ["DELETE", commandApdu(0x80, 0xe4, 0, 0, fromHex("4f07a0000002471001"))],
  ])("%s is refused with 6982, in the clear and with a class byte that pretends", (_name, command) => {
    const chip = blankChip();
    expect(swFor(chip, command)).toBe(0x6982);
    expect(swFor(chip, { ...command, cla: 0x84 })).toBe(0x6982);
  });

  it("one command in the clear ends the channel", async () => {
    const { chip, manager } = await begun();
    expect(swFor(chip, getStatus("applications"))).toBe(0x6982);
    await expect(manager.send(store(0, COM))).resolves.toMatchObject({ sw: 0x6982 });
  });

  it("a command whose MAC is wrong ends the channel", async () => {
    const { chip, manager } = await begun();
    const forged = manager.session.wrap(store(0, COM));
    forged.data[0] = (forged.data[0] as number) ^ 1;
    expect(swFor(chip, forged)).toBe(0x6982);
    expect((await manager.send(store(0, COM))).sw).toBe(0x6982);
    expect((await inspectChip(chip)).files).toEqual([]);
  });

  it("a command sent twice ends the channel: no replay", async () => {
    const { chip, manager } = await begun();
    const once = manager.session.wrap(store(0, COM, { last: false }));
    expect(swFor(chip, once)).toBe(0x9000);
    expect(swFor(chip, once)).toBe(0x6982);
    expect((await manager.send(store(1, COM))).sw).toBe(0x6982);
  });
});

describe("INSTALL", () => {
  it("a second time, and with another module or load file, is refused", async () => {
    const manager = await openManager(blankChip());
    const [application] = emrtd.applications;
    const base = {
      loadFileAid: application?.install.loadFile as Uint8Array,
      moduleAid: application?.install.module as Uint8Array,
    };
    const unknown = fromHex("f00102030405");
    expect(
      await manager.all(
        installForInstall({ ...base, instanceAid: AID, moduleAid: unknown }),
        installForInstall({ ...base, instanceAid: AID, loadFileAid: unknown }),
        install,
        install,
        { ...install, p1: 0x02 },
        { ...install, p2: 0x01 },
        installForPersonalization(unknown),
      ),
    ).toEqual([0x6a88, 0x6a88, 0x9000, 0x6985, 0x6a86, 0x6a86, 0x6a88]);
  });

  it.each(["", "ff", "05f0", "00", "0000", "06f043574c445307"])(
    "with the data %j is wrong data, not a crash",
    async (hex) => {
      const manager = await openManager(blankChip());
      expect((await manager.send({ ...install, data: fromHex(hex) })).sw).toBe(0x6a80);
      expect((await manager.send({ ...install, p1: 0x20, data: fromHex(hex) })).sw).toBeGreaterThanOrEqual(0x6a80);
    },
  );
});

describe("STORE DATA", () => {
  it("without an application that is addressed is refused", async () => {
    const manager = await openManager(blankChip());
    expect(await manager.all(install, store(0, COM))).toEqual([0x9000, 0x6985]);
  });

  it("with a block number out of order loses what was stored, and the application must be addressed again", async () => {
    for (const wrong of [0, 2, 255]) {
      const { chip, manager } = await begun();
      expect((await manager.send(store(0, COM.subarray(0, 10), { last: false }))).sw).toBe(0x9000);
      expect((await manager.send(store(wrong, COM.subarray(10)))).sw).toBe(0x6a86);
      expect((await manager.send(store(1, COM.subarray(10)))).sw).toBe(0x6985);
      expect(await manager.all(personalizeDocument, store(0, COM))).toEqual([0x9000, 0x9000]);
      expect((await inspectChip(chip)).files).toEqual(["EF.COM"]);
    }
  });

  it("that starts at block 1 is refused", async () => {
    const { manager } = await begun();
    expect((await manager.send(store(1, COM))).sw).toBe(0x6a86);
  });

  it("takes 256 blocks and no 257th", async () => {
    const { manager } = await begun();
    for (let block = 0; block < 256; block++) {
      expect((await manager.send(store(block, Uint8Array.of(0), { last: false }))).sw).toBe(0x9000);
    }
    expect((await manager.send(store(0, Uint8Array.of(0), { last: false }))).sw).toBe(0x6a86);
  });

  it("counts only when it is complete: nothing of a file is there before its last block", async () => {
    const { chip, manager } = await begun();
    await manager.all(store(0, COM.subarray(0, 20), { last: false }), store(1, COM.subarray(20), { last: false }));
    expect((await inspectChip(chip)).files).toEqual([]);
  });

  it("is refused after the lock, also by an application that was addressed before it", async () => {
    const { chip, manager } = await begun();
    expect(await manager.all(lock, store(0, COM))).toEqual([0x9000, 0x6985]);
    expect(await manager.all(personalizeDocument, store(0, COM))).toEqual([0x6985, 0x6985]);
    expect((await inspectChip(chip)).files).toEqual([]);
  });

  it.each([
    ["88", 0x6982], // in the clear: a secret never comes so
    ["a8", 0x6a86], // encryption left to the application, which does not do it
    ["c8", 0x6a86], // RFU
  ])("of a secret with P1 %s, which does not say encrypted, is refused with %i", async (p1, sw) => {
    const { chip, manager } = await begun();
    const data = encodeDgis([{ id: 0x8000, value: await wrapped() }]);
    expect((await manager.send(store(0, data, { p1: Number.parseInt(p1, 16) }))).sw).toBe(sw);
    expect((await inspectChip(chip)).secret).toBe(false);
  });

  it.each(["a8", "c8"])("of a file with P1 %s is refused too", async (p1) => {
    const { chip, manager } = await begun();
    expect((await manager.send(store(0, COM, { p1: Number.parseInt(p1, 16) }))).sw).toBe(0x6a86);
    expect((await inspectChip(chip)).files).toEqual([]);
  });

  it("of a secret in the clear is refused, with or without the bits", async () => {
    const { chip, manager } = await begun();
    const secret = accessSecretsOf(IMAGE)[DOCUMENT_BASIC_ACCESS] as Uint8Array;
    const data = encodeDgis([{ id: 0x8000, value: secret }]);
    expect((await manager.send(store(0, data))).sw).toBe(0x6982);
    expect(await manager.all(personalizeDocument, store(0, data, { p1: 0xe8 }))).toEqual([0x9000, 0x6a80]);
    expect((await inspectChip(chip)).secret).toBe(false);
  });

  it("of a secret under a foreign DEK never opens the card", async () => {
    const { chip, manager } = await begun();
    const foreign = keysFor(
      IMAGE,
      MASTER.map((byte) => byte ^ 1),
    );
    const { cryptogram } = await foreign.wrapSecret({ name: DOCUMENT_BASIC_ACCESS, kdd: KDD, keyVersion: KEY_VERSION });
    await manager.send(store(0, encodeDgis([{ id: 0x8000, value: cryptogram }]), { p1: 0xe8 }));
    chip.reset();
    expect(() => openDocument(chip)).toThrow();
  });

  it("of a secret that is no access key leaves a chip that says so, and does not crash", async () => {
    const { chip, manager } = await begun();
    const keys = memoryScp03Keys({ masters: { [KEY_VERSION]: MASTER }, secrets: () => fromHex("00ff00ff") });
    const { cryptogram } = await keys.wrapSecret({ name: "x", kdd: KDD, keyVersion: KEY_VERSION });
    const data = encodeDgis([{ id: 0x8000, value: cryptogram }]);
    expect((await manager.send(store(0, data, { p1: 0xe8 }))).sw).toBe(0x9000);
    chip.reset();
    expect(swFor(chip, selectApplication(AID))).toBe(0x9000);
    expect(ask(chip, "0084000008")).toBe("6984");
  });

  it.each<[string, Uint8Array]>([
    ["a file without file control parameters", encodeDgis([{ id: 0x011e, value: fromHex("6000") }])],
    ["another file identifier than the DGI's", comFile(fromHex("6000"), { fid: 0x0101 })],
    ["another size", comFile(fromHex("6000"), { size: 3 })],
    ["a DGI that is not known", encodeDgis([{ id: 0x7777, value: fromHex("6000") }])],
    ["a DGI that is cut off", COM.subarray(0, COM.length - 1)],
    ["garbage", fromHex("ffffffffffff")],
    ["file control parameters that are garbage", encodeDgis([{ id: 0x62, value: fromHex("6200") }])],
  ])("of %s is wrong data", async (_name, data) => {
    const { chip, manager } = await begun();
    expect((await manager.send(store(0, data))).sw).toBe(0x6a80);
    expect((await inspectChip(chip)).files).toEqual([]);
  });

  it("of a file with the encryption bits is wrong data", async () => {
    const { manager } = await begun();
    expect((await manager.send(store(0, COM, { p1: 0xe8 }))).sw).toBe(0x6a80);
  });

  it.each([0x80, 0x90, 0x98])("in another form than DGI (P1 %i) is refused", async (p1) => {
    const { manager } = await begun();
    expect((await manager.send(store(0, COM, { p1 }))).sw).toBe(0x6a86);
  });

  it("of more than the chip holds is 6A84, and what was there stays", async () => {
    const small: Profile = { ...emrtd, capacity: 600 };
    const { chip, manager } = await begun(blankChip({ profile: small }));
    expect((await manager.send(store(0, comFile(new Uint8Array(600))))).sw).toBe(0x9000);
    // written again: what is replaced does not count
    expect(await manager.all(personalizeDocument, store(0, comFile(new Uint8Array(600))))).toEqual([0x9000, 0x9000]);
    expect(await manager.all(personalizeDocument, store(0, comFile(new Uint8Array(601))))).toEqual([0x9000, 0x6a84]);
    const endless = [
      personalizeDocument,
      ...Array.from({ length: 9 }, (_, i) => store(i, new Uint8Array(200), { last: false })),
    ];
    expect((await manager.all(...endless)).at(-1)).toBe(0x6a84);
    chip.reset();
    expect(swFor(chip, selectApplication(AID))).toBe(0x9000);
    expect(swFor(chip, selectFile(0x011e))).toBe(0x9000);
  });

  it("by one channel does not go on in another", async () => {
    const { chip, manager } = await begun();
    await manager.send(store(0, COM.subarray(0, 10), { last: false }));
    const other = await openManager(chip, { seed: 10 });
    expect((await other.send(store(1, COM.subarray(10)))).sw).toBe(0x6985);
  });
});

describe("the life cycle", () => {
  it("of the card goes up step by step and never down", async () => {
    const chip = blankChip();
    const manager = await openManager(chip);
    const set = async (state: number) => (await manager.send(setStatus("issuerSecurityDomain", state))).sw;
    expect(chip.lifeCycle).toBe(0x01);
    for (const state of [0x00, 0x01, 0x0f, 0x7f, 0xff]) expect(await set(state)).toBe(0x6985);
    expect(await set(0x07)).toBe(0x9000);
    for (const state of [0x01, 0x07]) expect(await set(state)).toBe(0x6985);
    expect(await set(0x0f)).toBe(0x9000);
    for (const state of [0x01, 0x07, 0x0f]) expect(await set(state)).toBe(0x6985);
    expect(chip.lifeCycle).toBe(0x0f);
    chip.reset();
    expect(chip.lifeCycle).toBe(0x0f);
  });

  it("of an application goes up only", async () => {
    const manager = await openManager(blankChip());
    const set = (state: number) => setStatus("applications", state, AID);
    expect(await manager.all(set(0x0f), install, set(0x03), set(0x07), set(0x08), set(0x0f))).toEqual([
      0x6a88, 0x9000, 0x6985, 0x6985, 0x6985, 0x9000,
    ]);
    expect(await manager.all(set(0x07), set(0x0f))).toEqual([0x6985, 0x6985]);
  });

  it("is reported by GET STATUS", async () => {
    const manager = await openManager(blankChip());
    expect((await manager.send(getStatus("applications"))).sw).toBe(0x6a88);
    await manager.all(install, lock);
    expect(toHex((await manager.send(getStatus("applications", { aid: AID }))).data)).toBe(
      "e30d4f07a00000024710019f70010f",
    );
    const domain = await manager.send(getStatus("issuerSecurityDomain"));
    expect(toHex(domain.data)).toBe("e30e4f08a0000001510000009f700101");
    expect(await manager.all({ ...getStatus("applications"), p2: 0 }, getStatus("loadFiles"))).toEqual([
      0x6a80, 0x6a86,
    ]);
  });
});

describe("failed authentications", () => {
  const fail = (chip: VirtualChip) => [swFor(chip, initializeUpdate), swFor(chip, wrongAuthenticate)];

  it("are counted, and the tenth blocks the key set for good", async () => {
    const chip = blankChip();
    for (let i = 0; i < 10; i++) expect(fail(chip)).toEqual([0x9000, 0x6300]);
    expect(swFor(chip, initializeUpdate)).toBe(0x6983);
    chip.reset();
    await expect(openManager(chip)).rejects.toMatchObject({ code: "SCP03_REFUSED" });
    expect(await make({ chip }).catch((error) => error)).toMatchObject({ code: "PERSO_REFUSED" });
  });

  it("before a right one do not count any more", async () => {
    const chip = blankChip();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++) fail(chip);
      await openManager(chip, { seed: round });
      chip.reset();
    }
    expect(fail(chip)).toEqual([0x9000, 0x6300]);
  });

  it("are not caused by INITIALIZE UPDATE alone, nor by our terminal with wrong keys", async () => {
    const chip = blankChip();
    for (let i = 0; i < 20; i++) {
      expect(swFor(chip, initializeUpdate)).toBe(0x9000);
      await expect(
        openManager(chip, {
          keys: keysFor(
            IMAGE,
            MASTER.map((b) => b ^ 1),
          ),
        }),
      ).rejects.toMatchObject({
        code: "SCP03_CARD_CRYPTOGRAM",
      });
    }
    await openManager(chip);
  });
});

describe("PUT KEY", () => {
  const NEW_MASTER = MASTER.map((byte) => byte ^ 0x55);
  const service = (length = 16) =>
    memoryScp03Keys({
      masters: { [KEY_VERSION]: MASTER, 49: Uint8Array.from({ length }, (_, i) => NEW_MASTER[i % 16] as number) },
    });

  it("adds a key set, with which the next channel is opened", async () => {
    for (const length of [16, 24, 32]) {
      const chip = blankChip();
      const manager = await openManager(chip);
      const { keys } = await service(length).wrapKeySet({ kdd: KDD, keyVersion: KEY_VERSION, newKeyVersion: 0x31 });
      expect((await manager.send(putKey({ oldVersion: 0, newVersion: 0x31, keyId: 1, keys }))).sw).toBe(0x9000);
      await openManager(chip, { keys: service(length), keyVersion: 0x31 });
    }
  });

  it("of keys of different lengths, or a wrong check value, is wrong data", async () => {
    const chip = blankChip();
    const manager = await openManager(chip);
    const wrap = (length: number) =>
      service(length).wrapKeySet({ kdd: KDD, keyVersion: KEY_VERSION, newKeyVersion: 0x31 });
    const [short, long] = [(await wrap(16)).keys, (await wrap(32)).keys];
    const put = (keys: Parameters<typeof putKey>[0]["keys"]) =>
      putKey({ oldVersion: 0, newVersion: 0x31, keyId: 1, keys });
    const wrong = { ...short[0], kcv: fromHex("000000") };
    expect(
      await manager.all(
        put([short[0], long[1], short[2]]),
        put([short[0], short[1], long[2]]),
        put([wrong, short[1], short[2]]),
        put([short[0]]),
        { ...put(short), data: fromHex("31") },
        { ...put(short), p1: 0x11 },
      ),
    ).toEqual([0x6a80, 0x6a80, 0x6a80, 0x6a80, 0x6a80, 0x6a88]);
    expect(ask(chip, "80ca00e000")).toBe("6982"); // in the clear: the channel is over
    expect(ask(chip, "00ca00e000")).toBe("e012c00401308810c00402308810c004033088109000");
  });
});

describe("what anybody may ask", () => {
  it("is KDD and key information, and no more", () => {
    const chip = blankChip();
    expect(ask(chip, "80ca00cf00")).toBe(`cf0a${toHex(KDD)}9000`);
    expect(ask(chip, "80ca9f7f00")).toBe("6a88");
    expect(ask(chip, "80ca006600")).toBe("6a88");
    expect(swFor(chip, selectIssuerSecurityDomain())).toBe(0x9000);
    expect(ask(chip, "00a4040000")).toBe("6f0c8408a000000151000000a5009000");
  });
});

describe("a blank chip", () => {
  it("has a KDD of ten bytes", () => {
    const keySets = new Map([[1, deriveCardKeys(MASTER, KDD)]]);
    expect(() => VirtualChip.blank({ profile: emrtd, kdd: new Uint8Array(9), keySets })).toThrow(RangeError);
  });

  it("has no travel document", () => {
    expect(swFor(blankChip(), selectApplication(AID))).toBe(0x6a82);
  });
});

describe("STORE DATA blocks", () => {
  it("may be cut anywhere", async () => {
    const content = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
    const data = comFile(content);
    for (const size of [1, 2, 3, 100, data.length]) {
      if (Math.ceil(data.length / size) > 256) continue;
      const { chip, manager } = await begun();
      for (let block = 0; block * size < data.length; block++) {
        const part = data.subarray(block * size, (block + 1) * size);
        const last = (block + 1) * size >= data.length;
        expect((await manager.send(storeData({ block, last, encrypted: false, data: part }))).sw).toBe(0x9000);
      }
      chip.reset();
      swFor(chip, selectApplication(AID));
      expect(swFor(chip, selectFile(0x011e))).toBe(0x9000);
    }
  });
});
