import { describe, expect, it } from "vitest";
import { commandApdu } from "../../src/apdu/apdu.js";
import { selectApplication } from "../../src/apdu/commands.js";
import { withChaining } from "../../src/apdu/decorators.js";
import { run } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { concatBytes, equalBytes, toHex } from "../../src/bytes/bytes.js";
import { fileOf } from "../../src/card/image.js";
import { efPersonalInfo2 } from "../../src/card/profiles/national-id/files.js";
import { NATIONAL_ID_AID, NATIONAL_ID_OIDS } from "../../src/card/profiles/national-id/profile.js";
import { virtualChannel } from "../../src/chip/channel.js";
import type { VirtualChip } from "../../src/chip/virtual-chip.js";
import { addressUpdateOf, renewFiles, updateAddress } from "../../src/perso/renew-files.js";
import type { FilesByName } from "../../src/perso/security-objects.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { parseFile } from "../../src/tlv/file.js";
import {
  CAN,
  inside,
  NATIONAL,
  nationalChip,
  openAsTerminal,
  PIN,
  pace,
  terminalWith,
  told,
} from "../support/chips.js";
import { type Fault, faultyChannel } from "../support/line.js";
import { APPLICATION, AT, SIGNERS } from "../support/national.js";
import { FULL } from "../support/national-image.js";

const [INFO2, SOD2] = ["EF.PersonalInfo2", "EF.SOD2"] as const;
const old = (name: string) => fileOf(NATIONAL, name) as Uint8Array;
const moved = { ...FULL, address: { ...FULL.address, city: "شیراز", postalCode: "7134814336" } };

function newPair(updateCounter = 8): FilesByName {
  const options = { application: APPLICATION, holder: old("EF.Holder"), updateCounter, at: AT, signers: SIGNERS };
  const pair = addressUpdateOf(moved, options);
  if (pair instanceof Promise) throw new Error("the signers of the tests answer at once");
  return pair;
}
const PAIR = newPair();
const writer = await terminalWith("AT", ["writeDg17", "readDg17"]);

/** Both files as a terminal with the right reads them. */
async function pairOn(chip: VirtualChip): Promise<FilesByName> {
  const session = await openAsTerminal(chip, writer);
  return pairIn(chip, session);
}

function pairIn(chip: VirtualChip, session: SecureSession): FilesByName {
  told(chip, session, selectApplication(NATIONAL_ID_AID));
  const whole = (sfi: number): Uint8Array =>
    told(chip, session, commandApdu(0, 0xb0, 0x80 | sfi, 0, undefined, 65_536)).data;
  return { [INFO2]: whole(2), [SOD2]: whole(8) };
}

function is(pair: FilesByName, expected: (name: string) => Uint8Array): boolean {
  return [INFO2, SOD2].every((name) => equalBytes(pair[name] as Uint8Array, expected(name)));
}
const isOld = (pair: FilesByName) => is(pair, old);
const isNew = (pair: FilesByName) => is(pair, (name) => PAIR[name] as Uint8Array);

describe("a new address", () => {
  it("replaces both files, which a reader then finds", async () => {
    const chip = nationalChip();
    expect(isOld(await pairOn(chip))).toBe(true);
    const session = await openAsTerminal(chip, writer);
    inside(chip, session, updateAddress(APPLICATION, PAIR));
    expect(isNew(pairIn(chip, session))).toBe(true);
    chip.reset();
    const pair = await pairOn(chip);
    expect(isNew(pair)).toBe(true);
    const { updateCounter, address } = parseFile(efPersonalInfo2, pair[INFO2] as Uint8Array);
    expect([updateCounter, address.city]).toEqual([8, "شیراز"]);
    // the holder reads it with his PIN
    expect(isNew(pairIn(chip, pace(chip, PIN).session))).toBe(true);
  });

  it.each([17, 100, 220, 4000])("comes in commands of %i bytes as well", async (blockSize) => {
    const chip = nationalChip();
    const session = await openAsTerminal(chip, writer);
    inside(chip, session, renewFiles(APPLICATION, PAIR, { blockSize }));
    expect(isNew(pairIn(chip, session))).toBe(true);
  });

  it("passes a reader without extended lengths", async () => {
    const chip = nationalChip();
    const session = await openAsTerminal(chip, writer);
    const channel = withChaining(virtualChannel(chip, { extended: false }));
    await run(channel, secured(session, updateAddress(APPLICATION, PAIR)));
    expect(isNew(await pairOn(chip))).toBe(true);
    // one command, cut up behind secure messaging
    const other = nationalChip();
    const opened = await openAsTerminal(other, writer);
    const whole = withChaining(virtualChannel(other, { extended: false }));
    await run(whole, secured(opened, renewFiles(APPLICATION, PAIR, { blockSize: 4000 })));
    expect(isNew(await pairOn(other))).toBe(true);
  });

  it("has the counter grow: the same, an older pair, or that of before is refused", async () => {
    const chip = nationalChip();
    const session = await openAsTerminal(chip, writer);
    const refused = (files: FilesByName) =>
      expect(() => inside(chip, session, updateAddress(APPLICATION, files))).toThrow(
        expect.objectContaining({ sw: 0x6985 }),
      );
    refused({ [INFO2]: old(INFO2), [SOD2]: old(SOD2) });
    refused(newPair(7));
    inside(chip, session, updateAddress(APPLICATION, newPair(12)));
    refused(PAIR);
    refused({ [INFO2]: old(INFO2), [SOD2]: old(SOD2) });
    inside(chip, session, updateAddress(APPLICATION, newPair(0xffff_ffff)));
    refused(newPair(13));
  });
});

describe("refused is", () => {
  const update = (chip: VirtualChip, session: SecureSession) =>
    expect(() => inside(chip, session, updateAddress(APPLICATION, PAIR)));

  it("whoever has not the right", async () => {
    const chip = nationalChip();
    const no = expect.objectContaining({ sw: 0x6982 });
    update(chip, pace(chip, CAN).session).toThrow(no);
    update(chip, pace(chip, PIN).session).toThrow(no);
    for (const rights of [["readDg17"], ["writeDg18"], ["readDg1", "writeDg21"]]) {
      update(chip, await openAsTerminal(chip, await terminalWith("AT", rights))).toThrow(no);
    }
    update(chip, await openAsTerminal(chip, writer, { chipAuthentication: false })).toThrow(no);
    expect(isOld(await pairOn(chip))).toBe(true);
  });

  it("anything but the pair, in its order and whole", async () => {
    const chip = nationalChip();
    const session = await openAsTerminal(chip, writer);
    told(chip, session, selectApplication(NATIONAL_ID_AID));
    const [info, sod] = [PAIR[INFO2], PAIR[SOD2]] as [Uint8Array, Uint8Array];
    const counterless = encodeTlv(0xe2, encodeTlv(0xdf22, new Uint8Array(10)));
    const long = encodeTlv(0xe2, encodeTlv(0xdf20, new Uint8Array(7).fill(1)));
    for (const data of [
      encodeTlv(0xe8, info),
      encodeTlv(0xe8, sod, info),
      encodeTlv(0xe8, info, sod, sod),
      encodeTlv(0xe8, info, info),
      encodeTlv(0xe9, info, sod),
      encodeTlv(0xe8, counterless, sod),
      encodeTlv(0xe8, long, sod),
      encodeTlv(0xe8, info, sod).subarray(0, -1),
      concatBytes(encodeTlv(0xe8, info, sod), Uint8Array.of(0)),
      new Uint8Array(0),
    ]) {
      expect(told(chip, session, commandApdu(0, 0xdb, 0x3f, 0xff, data)).sw, toHex(data.subarray(0, 4))).toBe(0x6a80);
    }
    expect(told(chip, session, commandApdu(0, 0xdb, 0, 0, encodeTlv(0xe8, info, sod))).sw).toBe(0x6a86);
    expect(isOld(pairIn(chip, session))).toBe(true);
  });

  it("a mistake of the caller, before anything is sent", () => {
    const first = (exchange: Generator) => () => exchange.next();
    const { functions: _none, ...bare } = APPLICATION;
    expect(first(updateAddress(bare, PAIR))).toThrow(RangeError);
    expect(first(updateAddress(APPLICATION, { [INFO2]: old(INFO2) }))).toThrow("there is no EF.SOD2");
    for (const blockSize of [0, 1.5, 65_536]) {
      expect(first(updateAddress(APPLICATION, PAIR, { blockSize }))).toThrow(RangeError);
    }
    const options = { application: APPLICATION, holder: old("EF.Holder"), updateCounter: 8, at: AT };
    expect(() => addressUpdateOf(moved, { ...options, signers: {} })).toThrow(RangeError);
    const sod1 = SIGNERS[NATIONAL_ID_OIDS.sod1Signer];
    if (sod1 === undefined) throw new Error("no signer");
    // who signs the name may not sign the address
    expect(() => addressUpdateOf(moved, { ...options, signers: { [NATIONAL_ID_OIDS.sod2Signer]: sod1 } })).toThrow(
      expect.objectContaining({ code: "SIGNER_MISMATCH" }),
    );
  });
});

describe("a card that is torn away", () => {
  it("at any command, before it or before its answer, holds the old pair or the new one", async () => {
    const commands = 1 + Math.ceil(encodeTlv(0xe8, PAIR[INFO2] as Uint8Array, PAIR[SOD2] as Uint8Array).length / 220);
    expect(commands).toBeGreaterThan(5);
    const held: string[] = [];
    for (let at = 0; at < commands; at++) {
      for (const kind of ["lostCommand", "lostReply"] as const) {
        const chip = nationalChip();
        const session = await openAsTerminal(chip, writer);
        const fault: Fault = { at, kind };
        await expect(
          run(faultyChannel(chip, fault), secured(session, updateAddress(APPLICATION, PAIR))),
        ).rejects.toMatchObject({ code: "CARD_TORN" });
        const pair = await pairOn(chip);
        expect(isOld(pair) || isNew(pair)).toBe(true);
        held.push(isNew(pair) ? "new" : "old");
        // it can be sent again, or has been done
        const again = await openAsTerminal(chip, writer);
        if (isOld(pair)) inside(chip, again, updateAddress(APPLICATION, PAIR));
        expect(isNew(pairIn(chip, again))).toBe(true);
      }
    }
    expect(held).toEqual([...new Array(2 * commands - 1).fill("old"), "new"]);
  }, 60_000);
});
