import { describe, expect, it } from "vitest";
import type { PaceOffer } from "../../src/access/pace/parameters.js";
import { paceOffers } from "../../src/access/pace/shared.js";
import { openPace } from "../../src/access/pace/terminal.js";
import { type CommandApdu, encodeCommand, parseResponse } from "../../src/apdu/apdu.js";
import { readBinary, readBinaryBySfi, selectApplication, selectFile } from "../../src/apdu/commands.js";
import { runSync, type SyncExchange } from "../../src/apdu/exchange.js";
import { secured } from "../../src/apdu/session.js";
import { send } from "../../src/apdu/status.js";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { after, allOf, always, withPin } from "../../src/card/access-rule.js";
import { type CardImage, DOCUMENT_BASIC_ACCESS } from "../../src/card/image.js";
import { CHIP_SECRETS as PACE_SECRETS } from "../../src/card/secrets.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { importEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { IMAGE } from "../support/line.js";

const ID_PACE = "0.4.0.127.0.7.2.2.4";
const CARD_ACCESS = encodeSecurityInfos([
  { kind: "paceInfo", protocol: `${ID_PACE}.2.2`, version: 2, parameterId: 12 },
  { kind: "paceInfo", protocol: `${ID_PACE}.6.2`, version: 2, parameterId: 12 },
]);
const MRZ = utf8("L898902C<369080619406236");
const NAME = 0x0101;
const SECRET = 0x0102;

/** A card with a file for PACE and one for the PIN. */
const image: CardImage = {
  ...IMAGE,
  applications: IMAGE.applications.slice(0, 1).map((application) => ({
    ...application,
    aid: LDS1_AID,
    secrets: [DOCUMENT_BASIC_ACCESS],
    files: [
      { name: "A", fid: NAME, sfi: 1, read: after("PACE"), update: always, content: fromHex("a1a2") },
      {
        name: "B",
        fid: SECRET,
        sfi: 2,
        read: allOf(after("PACE"), withPin("identity")),
        update: always,
        content: fromHex("b1"),
      },
    ],
  })),
  masterFile: [{ name: "EF.CardAccess", fid: 0x011c, sfi: 0x1c, read: always, update: always, content: CARD_ACCESS }],
};
const STATIC_KEY = new Uint8Array(32).fill(7);
const secrets = {
  [DOCUMENT_BASIC_ACCESS]: MRZ,
  [PACE_SECRETS.can]: utf8("123456"),
  [PACE_SECRETS.pin]: utf8("4711"),
  [PACE_SECRETS.puk]: utf8("12345678"),
  [PACE_SECRETS.chipAuthentication(12)]: STATIC_KEY,
};
const blank = () => VirtualChip.fromImage(image, secrets);
const on = <T>(chip: VirtualChip, exchange: SyncExchange<T>): T => runSync((bytes) => chip.transmit(bytes), exchange);
const raw = (chip: VirtualChip, command: CommandApdu) => parseResponse(chip.transmit(encodeCommand(command)));

function offersOf(chip: VirtualChip): readonly PaceOffer[] {
  const { data } = on(chip, send(readBinaryBySfi(0x1c, 0, 256), "READ BINARY EF.CardAccess"));
  return paceOffers(parseSecurityInfos(data).infos);
}

const CAN = { kind: "can", secret: "123456" } as const;
const PIN = { kind: "pin", secret: "4711" } as const;
const WRONG = { kind: "pin", secret: "0000" } as const;
const read = (fid: number) =>
  (function* (): SyncExchange<string> {
    yield* send(selectApplication(LDS1_AID), "SELECT");
    yield* send(selectFile(fid), "SELECT EF");
    return toHex((yield* send(readBinary(0, 256), "READ BINARY")).data);
  })();

describe("the virtual chip and PACE", () => {
  it("shows EF.CardAccess to everybody, by both identifiers, and its files after PACE alone", () => {
    const chip = blank();
    const [best, second] = offersOf(chip);
    expect(best?.protocol.mapping).toBe("CAM");
    expect(second?.protocol.mapping).toBe("GM");
    expect(raw(chip, selectFile(0x011c)).sw).toBe(0x9000);
    expect(toHex(raw(chip, readBinary(0, 256)).data)).toBe(toHex(CARD_ACCESS));
    expect(() => on(chip, read(NAME))).toThrow(expect.objectContaining({ sw: 0x6982 }));
    // in the application it is not there, in the master file again
    expect(raw(chip, readBinaryBySfi(0x1c, 0, 256)).sw).toBe(0x6a82);
    expect(raw(chip, { ...selectFile(0x3f00), p1: 0 }).sw).toBe(0x9000);
    expect(raw(chip, readBinaryBySfi(0x1c, 0, 256)).sw).toBe(0x9000);
    // by its path, from an application too, as OpenSC's tools select
    const byPath = (path: string) => raw(chip, { ...selectFile(0x3f00), p1: 0x08, data: fromHex(path) }).sw;
    expect(() => on(chip, read(NAME))).toThrow(expect.objectContaining({ sw: 0x6982 }));
    expect(byPath("011c")).toBe(0x9000);
    expect(toHex(raw(chip, readBinary(0, 256)).data)).toBe(toHex(CARD_ACCESS));
    expect([byPath("0199"), byPath("3f01011c"), byPath("01011c"), byPath("")]).toEqual([
      0x6a82, 0x6a82, 0x6700, 0x6700,
    ]);
    const { session } = on(chip, openPace(best as PaceOffer, CAN));
    expect(on(chip, secured(session, read(NAME)))).toBe("a1a2");
    expect(() => on(chip, secured(session, read(SECRET)))).toThrow(expect.objectContaining({ sw: 0x6982 }));
  });

  it.each([
    ["mrz", utf8String(MRZ)],
    ["can", "123456"],
    ["puk", "12345678"],
  ] as const)("opens with %s, and not the file for the PIN", (kind, secret) => {
    const chip = blank();
    const [best] = offersOf(chip);
    const { session } = on(chip, openPace(best as PaceOffer, { kind, secret }));
    expect(on(chip, secured(session, read(NAME)))).toBe("a1a2");
    expect(() => on(chip, secured(session, read(SECRET)))).toThrow(expect.objectContaining({ sw: 0x6982 }));
  });

  it("opens with the PIN, and the file for it", () => {
    const chip = blank();
    const [best] = offersOf(chip);
    const { session } = on(chip, openPace(best as PaceOffer, PIN));
    expect(on(chip, secured(session, read(SECRET)))).toBe("b1");
    // a command in the clear ends it
    expect(raw(chip, readBinary(0, 1)).sw).toBe(0x6982);
    expect(raw(chip, session.wrap(readBinary(0, 1))).sw).toBe(0x6988);
  });

  it("proves its static key", () => {
    const chip = blank();
    const [best] = offersOf(chip);
    const chipAuthenticationKey = importEcPrivateKey("P-256", STATIC_KEY).point;
    expect(on(chip, openPace(best as PaceOffer, CAN, { chipAuthenticationKey })).chipAuthentication?.keyId).toBe(12);
  });

  it("suspends the PIN across resets, and resumes it in the session of the CAN alone", () => {
    const chip = blank();
    const offer = offersOf(chip)[1] as PaceOffer;
    for (let i = 0; i < 2; i++) expect(() => on(chip, openPace(offer, WRONG))).toThrow();
    chip.reset();
    const last = { lastTry: true };
    expect(() => on(chip, openPace(offer, PIN, last))).toThrow(
      expect.objectContaining({ code: "PACE_PASSWORD_SUSPENDED", cause: expect.objectContaining({ sw: 0x6985 }) }),
    );
    // the session of another password does not help
    const mrz = on(chip, openPace(offer, { kind: "mrz", secret: utf8String(MRZ) }));
    expect(() => on(chip, secured(mrz.session, openPace(offer, PIN, last)))).toThrow(
      expect.objectContaining({ code: "PACE_PASSWORD_SUSPENDED" }),
    );
    const can = on(chip, openPace(offer, CAN));
    const pin = on(chip, secured(can.session, openPace(offer, PIN, last)));
    expect(pin.triesLeft).toBe(1);
    expect(on(chip, secured(pin.session, read(SECRET)))).toBe("b1");
    // the session of the CAN is over
    expect(raw(chip, can.session.wrap(readBinary(0, 1))).sw).toBe(0x6988);
  });

  it("does not let the last try out of the session of the CAN", () => {
    const chip = blank();
    const offer = offersOf(chip)[1] as PaceOffer;
    for (let i = 0; i < 2; i++) expect(() => on(chip, openPace(offer, WRONG))).toThrow();
    const can = on(chip, openPace(offer, CAN));
    const exchange = openPace(offer, PIN, { lastTry: true });
    const begin = raw(chip, can.session.wrap(exchange.next().value as CommandApdu));
    const step = exchange.next(can.session.unwrap(begin)).value as CommandApdu;
    expect(raw(chip, step).sw).toBe(0x6884); // in the clear, a chain of nothing
    expect(raw(chip, { ...step, cla: 0 }).sw).toBe(0x6985);
  });

  it("blocks the PIN by a mistake in the last try", () => {
    const chip = blank();
    const offer = offersOf(chip)[1] as PaceOffer;
    for (let i = 0; i < 2; i++) expect(() => on(chip, openPace(offer, WRONG))).toThrow();
    const { session } = on(chip, openPace(offer, CAN));
    expect(() => on(chip, secured(session, openPace(offer, WRONG, { lastTry: true })))).toThrow(
      expect.objectContaining({ code: "PACE_FAILED", cause: expect.objectContaining({ sw: 0x63c0 }) }),
    );
    expect(() => on(chip, secured(session, openPace(offer, PIN, { lastTry: true })))).toThrow(
      expect.objectContaining({ code: "PACE_PASSWORD_BLOCKED" }),
    );
    // what is printed still opens
    expect(on(chip, openPace(offer, CAN)).password).toBe("can");
  });

  it("is not offered without EF.CardAccess", () => {
    const { masterFile: _none, ...rest } = image;
    const chip = VirtualChip.fromImage(rest, secrets);
    const command = openPace(offersOf(blank())[0] as PaceOffer, CAN).next().value as CommandApdu;
    expect(raw(chip, command).sw).toBe(0x6d00);
    expect(raw(chip, { cla: 0x10, ins: 0x86, p1: 0, p2: 0, data: fromHex("7c00"), ne: 256 }).sw).not.toBe(0x9000);
    expect(raw(blank(), { cla: 0, ins: 0x86, p1: 0, p2: 0, data: fromHex("7c00"), ne: 256 }).sw).toBe(0x6985);
  });
});

function utf8String(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
