import { describe, expect, it } from "vitest";
import { verifyActiveAuthentication } from "../../src/access/active-authentication/shared.js";
import { askActiveAuthentication } from "../../src/access/active-authentication/terminal.js";
import { chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import { askComparison, bornBy, livingIn, validOn } from "../../src/access/eid/terminal.js";
import { askPin, changePin, unblockPin, verifyPin } from "../../src/access/pin/terminal.js";
import {
  encodeSectorKey,
  RESTRICTED_IDENTIFICATION_PROTOCOLS,
  type SectorKey,
  sectorIdentifier,
  sectorKeyHash,
} from "../../src/access/restricted-identification/shared.js";
import { askSectorIdentifiers } from "../../src/access/restricted-identification/terminal.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { commandApdu } from "../../src/apdu/apdu.js";
import { getChallenge, readBinary, selectApplication } from "../../src/apdu/commands.js";
import { secured } from "../../src/apdu/session.js";
import { EMPTY, toHex, utf8 } from "../../src/bytes/bytes.js";
import { fileOf } from "../../src/card/image.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { exportEcScalar, generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { EphemeralKey, ecAgreementGroup } from "../../src/crypto/key-agreement.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { parseDg14SecurityInfos } from "../../src/lds/security-infos.js";
import { CVC_EXTENSION } from "../../src/pki/cvc/certificate.js";
import { createCvcaLink } from "../../src/pki/cvc/issue.js";
import { encodeTlv } from "../../src/tlv/ber.js";
import { newCvca } from "../pki/cvc/support.js";
import {
  AA,
  CA1,
  CAN,
  CVCAS,
  chat,
  chatBytes,
  GM,
  inside,
  NATIONAL,
  nationalChip,
  nationalImage,
  on,
  onAsync,
  openAsTerminal,
  PIN,
  PUK,
  pace,
  RI_POINT,
  raw,
  readFile,
  readNational,
  SECRET_NUMBERS,
  SECRETS,
  TA2,
  terminalWith,
  told,
} from "../support/chips.js";

const file = (name: string) => fileOf(NATIONAL, name) as Uint8Array;
const start = (name: string) => toHex(file(name).subarray(0, 8));
const hex = (bytes: Uint8Array | number) => (typeof bytes === "number" ? bytes.toString(16) : toHex(bytes));
const INFO1 = 0x0201;
const INFO2 = 0x0202;
const FINGERS = 0x0302;
const DG14 = parseDg14SecurityInfos(file("EF.DG14")).infos;

describe("who may read what of a national card", () => {
  it("the CAN opens what is for everybody after PACE, and a PIN in it what is the holder's", () => {
    const chip = nationalChip();
    const { session } = pace(chip, CAN);
    expect(hex(readNational(chip, session, 0x0204))).toBe(start("EF.Holder"));
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
    expect(hex(readNational(chip, session, FINGERS))).toBe("6982");
    expect(inside(chip, session, verifyPin("identity", SECRET_NUMBERS.pin)).outcome).toBe("done");
    expect(hex(readNational(chip, session, INFO1))).toBe(start("EF.PersonalInfo1"));
    expect(hex(readNational(chip, session, INFO2))).toBe(start("EF.PersonalInfo2"));
    expect(hex(readNational(chip, session, FINGERS))).toBe("6982");
    expect(hex(inside(chip, session, readFile(LDS1_AID, 0x0103)))).toBe("6982");
    // a wrong entry takes it back
    expect(inside(chip, session, verifyPin("identity", "0000"))).toMatchObject({ outcome: "wrong", triesLeft: 2 });
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
  });

  it("PACE with the PIN does so at once; the PUK and the signature PIN do not", () => {
    const chip = nationalChip();
    expect(hex(readNational(chip, pace(chip, PIN).session, INFO1))).toBe(start("EF.PersonalInfo1"));
    const { session } = pace(chip, PUK);
    expect(inside(chip, session, verifyPin("signature", SECRET_NUMBERS.signature)).outcome).toBe("done");
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
  });

  it.each([
    ["readDg4", INFO1, "EF.PersonalInfo1"],
    ["readDg17", INFO2, "EF.PersonalInfo2"],
    ["readDg3", FINGERS, "EF.Fingers"],
  ] as const)("a terminal with %s reads that file and no other", async (right, fid, name) => {
    const chip = nationalChip();
    const session = await openAsTerminal(chip, await terminalWith("AT", [right]));
    for (const each of [INFO1, INFO2, FINGERS]) {
      expect(hex(readNational(chip, session, each))).toBe(each === fid ? start(name) : "6982");
    }
    // EF.DG3 is the inspection system's
    expect(hex(inside(chip, session, readFile(LDS1_AID, 0x0103)))).toBe("6982");
  });

  it("rights of version 2 wait for chip authentication with the announced key", async () => {
    const chip = nationalChip();
    const terminal = await terminalWith("AT", ["readDg4"]);
    const session = await openAsTerminal(chip, terminal, { chipAuthentication: false });
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
    // somebody with the keys of PACE runs chip authentication with a key of his own
    const [first] = chipAuthenticationOffers(DG14);
    if (first === undefined) throw new Error("no offer");
    expect(() => inside(chip, session, openChipAuthentication(first))).toThrow(
      expect.objectContaining({ code: "CHIP_AUTHENTICATION_REFUSED" }),
    );
  });

  it("rights of version 2 never hold on a chip without a key for chip authentication of version 2", async () => {
    const chip = VirtualChip.fromImage(nationalImage([GM, CA1, TA2, AA]), SECRETS);
    const parties = await terminalWith("AT", ["readDg4"]);
    const { session, idIc } = pace(chip, CAN, { chat: chatBytes(parties) });
    const certificates = parties.map(({ certificate }) => certificate);
    const { signer } = parties.at(-1) as (typeof parties)[number];
    const ephemeral = new EphemeralKey(ecAgreementGroup("brainpoolP256r1"));
    const binding = { version: 2, idIc, compressedKey: ephemeral.compressed } as const;
    await onAsync(chip, secured(session, authenticateTerminal({ certificates, signer }, binding)));
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
    // in the session of the key that was announced they do, whatever its version
    const offer = chipAuthenticationOffers(DG14).find(({ version }) => version === 1);
    if (offer === undefined) throw new Error("no offer");
    const opened = inside(chip, session, openChipAuthentication(offer, { ephemeral }));
    expect(hex(readNational(chip, opened.session, INFO1))).toBe(start("EF.PersonalInfo1"));
  });

  it("PACE's template limits the rights, and a terminal of another type has none here", async () => {
    const chip = nationalChip();
    const [dv, terminal] = await terminalWith("AT", ["readDg4", "readDg17"]);
    const [, small] = await terminalWith("AT", ["readDg17"]);
    if (dv === undefined || terminal === undefined || small === undefined) throw new Error("no chain");
    const opened = pace(chip, CAN, { chat: chatBytes([dv, small]) });
    const { session, idIc } = opened;
    expect(opened.certificationAuthorityReferences).toEqual(["UTATCVCA00001"]);
    const certificates = [dv.certificate, terminal.certificate];
    const compressedKey = new Uint8Array(32).fill(1);
    const binding = { version: 2, idIc, compressedKey } as const;
    const { signer } = terminal;
    await onAsync(chip, secured(session, authenticateTerminal({ certificates, signer }, binding)));
    // a second time in one session is refused
    await expect(
      onAsync(chip, secured(session, authenticateTerminal({ certificates, signer }, binding))),
    ).rejects.toMatchObject({ code: "TERMINAL_AUTHENTICATION_REFUSED" });
    expect(hex(readNational(chip, session, INFO1))).toBe("6982");
  });
});

describe("version 1 and inspection systems", () => {
  const version1 = async (right: readonly string[]) => {
    const chip = nationalChip();
    const parties = await terminalWith("IS", right);
    const { session: first, idIc } = pace(chip, CAN, { chat: chatBytes(parties) });
    const offer = chipAuthenticationOffers(DG14).find(({ version }) => version === 1);
    if (offer === undefined) throw new Error("no offer");
    const { session, compressedKey } = inside(chip, first, openChipAuthentication(offer));
    const certificates = parties.map(({ certificate }) => certificate);
    const signer = parties.at(-1)?.signer;
    if (signer === undefined) throw new Error("no signer");
    const binding = { version: 1, idIc, compressedKey } as const;
    await onAsync(chip, secured(session, authenticateTerminal({ certificates, signer }, binding)));
    return { chip, session, offer };
  };

  it("the right to DG3 opens the fingers of the travel document, after chip authentication 1", async () => {
    const { chip, session } = await version1(["readDg3"]);
    expect(hex(inside(chip, session, readFile(LDS1_AID, 0x0103)))).toBe(start("EF.DG3"));
    expect(hex(readNational(chip, session, INFO1))).toBe("6982"); // DG4 of the other role
    expect(hex(readNational(chip, session, FINGERS))).toBe("6982");
  });

  it("holds for the key that the terminal was bound to: with the next one it authenticates again", async () => {
    const { chip, session, offer } = await version1(["readDg3"]);
    const again = inside(chip, session, openChipAuthentication(offer)).session;
    expect(hex(inside(chip, again, readFile(LDS1_AID, 0x0103)))).toBe("6982");
  });

  it("the right to DG4 does not", async () => {
    const { chip, session } = await version1(["readDg4"]);
    expect(hex(inside(chip, session, readFile(LDS1_AID, 0x0103)))).toBe("6982");
  });
});

describe("the chip's own proofs", () => {
  it("active authentication, for whoever may read DG15", () => {
    const chip = nationalChip();
    const challenge = new Uint8Array(8).fill(7);
    expect(raw(chip, selectApplication(LDS1_AID)).sw).toBe(0x9000);
    expect(raw(chip, commandApdu(0, 0x88, 0, 0, challenge, 256)).sw).toBe(0x6982);
    const { session } = pace(chip, CAN);
    told(chip, session, selectApplication(LDS1_AID));
    const { response } = inside(chip, session, askActiveAuthentication(file("EF.DG15"), { challenge }));
    expect(verifyActiveAuthentication(file("EF.DG15"), file("EF.DG14"), challenge, response).good).toBe(true);
    expect(verifyActiveAuthentication(file("EF.DG15"), file("EF.DG14"), new Uint8Array(8), response).good).toBe(false);
  });

  it("a copy without a key does not speak its protocol, and one with a key of its own is found out", () => {
    const name = CHIP_SECRETS.chipAuthentication(1);
    const [offer] = chipAuthenticationOffers(DG14);
    if (offer === undefined) throw new Error("no offer");
    const applications = NATIONAL.applications.map((each) => ({
      ...each,
      secrets: each.secrets.filter((secret) => secret !== name),
    }));
    const { [name]: _key, ...without } = SECRETS;
    const silent = VirtualChip.fromImage({ ...NATIONAL, applications }, without);
    const plain = pace(silent, CAN).session;
    expect(() => inside(silent, plain, openChipAuthentication(offer))).toThrow(
      expect.objectContaining({ code: "CHIP_AUTHENTICATION_REFUSED" }),
    );
    const wrong = nationalChip({ ...SECRETS, [name]: exportEcScalar(generateEcPrivateKey("brainpoolP256r1")) });
    const { session } = pace(wrong, CAN);
    const opened = inside(wrong, session, openChipAuthentication(offer));
    expect(() => told(wrong, opened.session, readBinary(0, 1))).toThrow(
      expect.objectContaining({ code: "CHIP_NOT_GENUINE" }),
    );
  });

  it("restricted identification gives a sector its identifier, and an unauthenticated terminal none", async () => {
    const chip = nationalChip();
    const group = ecAgreementGroup("brainpoolP256r1");
    const sector = generateEcPrivateKey("brainpoolP256r1");
    const protocol = RESTRICTED_IDENTIFICATION_PROTOCOLS.find(({ oid }) => oid === "0.4.0.127.0.7.2.2.5.2.3");
    if (protocol === undefined) throw new Error("no protocol");
    const key: SectorKey = { protocol, group, publicKey: sector.point };
    const hash = sectorKeyHash("SHA-256", encodeSectorKey(key));
    const extensions = [{ oid: CVC_EXTENSION.sector, objects: [encodeTlv(0x80, hash)] }];
    const session = await openAsTerminal(
      chip,
      await terminalWith("AT", ["restrictedIdentification"], { extensions: extensions as never }),
    );
    const { first } = inside(chip, session, askSectorIdentifiers(1, { first: key }));
    const expected = sectorIdentifier("SHA-256", group, exportEcScalar(sector), RI_POINT);
    expect(toHex(first ?? EMPTY)).toBe(toHex(expected));
    const plain = pace(chip, CAN).session;
    expect(() => inside(chip, plain, askSectorIdentifiers(1, { first: key }))).toThrow(
      expect.objectContaining({ code: "RESTRICTED_IDENTIFICATION_REFUSED" }),
    );
    const without = await openAsTerminal(chip, await terminalWith("AT", [], { extensions: extensions as never }));
    expect(() => inside(chip, without, askSectorIdentifiers(1, { first: key }))).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ sw: 0x6982 }) }),
    );
  });
});

describe("questions about the holder", () => {
  const rights = ["ageVerification", "communityIdVerification"];
  it("are answered with one bit each", async () => {
    const chip = nationalChip();
    const ask = async (statements: Parameters<typeof openAsTerminal>[2]) =>
      openAsTerminal(chip, await terminalWith("AT", rights), statements);
    const yes = await ask({ statements: [bornBy("2008-11-22"), validOn("2030-01-01"), livingIn("1939")] });
    expect((["age", "validity", "community"] as const).map((kind) => inside(chip, yes, askComparison(kind)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(hex(readNational(chip, yes, INFO1))).toBe("6982");
    const no = await ask({ statements: [bornBy("1990-01-01"), validOn("2050-01-01"), livingIn("2")] });
    expect((["age", "validity", "community"] as const).map((kind) => inside(chip, no, askComparison(kind)))).toEqual([
      false,
      false,
      false,
    ]);
    const silent = await ask({});
    expect(() => inside(chip, silent, askComparison("age"))).toThrow(expect.objectContaining({ sw: 0x6a88 }));
  });

  it("are refused without terminal authentication, without the right, and in the clear", async () => {
    const chip = nationalChip();
    const { session } = pace(chip, CAN);
    expect(() => inside(chip, session, askComparison("age"))).toThrow(expect.objectContaining({ sw: 0x6982 }));
    const few = await openAsTerminal(chip, await terminalWith("AT", []), { statements: [bornBy("2008-11-22")] });
    expect(() => inside(chip, few, askComparison("age"))).toThrow(expect.objectContaining({ sw: 0x6982 }));
    const early = await openAsTerminal(chip, await terminalWith("AT", rights), {
      statements: [bornBy("2008-11-22")],
      chipAuthentication: false,
    });
    expect(() => inside(chip, early, askComparison("age"))).toThrow(expect.objectContaining({ sw: 0x6982 }));
    expect(() => on(chip, askComparison("age"))).toThrow(expect.objectContaining({ sw: 0x6982 }));
  });
});

describe("PINs on the chip", () => {
  it("VERIFY in the clear is refused and takes no try", () => {
    const chip = nationalChip();
    for (const reference of [3, 4, 0x81]) {
      expect(raw(chip, commandApdu(0, 0x20, 0, reference, utf8("0000"))).sw).toBe(0x6982);
      expect(raw(chip, commandApdu(0, 0x2c, 3, reference)).sw).toBe(0x6982);
      expect(raw(chip, commandApdu(0, 0x24, 0, reference, utf8("47111234"))).sw).toBe(0x6982);
    }
    expect(inside(chip, pace(chip, CAN).session, askPin("identity")).triesLeft).toBe(3);
  });

  it("a changed PIN opens PACE from then on, across resets; the old one does not", () => {
    const chip = nationalChip();
    expect(inside(chip, pace(chip, PIN).session, changePin("identity", { new: "31415926" })).outcome).toBe("done");
    chip.reset();
    expect(() => pace(chip, PIN)).toThrow(expect.objectContaining({ code: "PACE_FAILED" }));
    const { session } = pace(chip, { kind: "pin", secret: "31415926" });
    expect(hex(readNational(chip, session, INFO1))).toBe(start("EF.PersonalInfo1"));
  });

  it("VERIFY and PACE share the tries; a blocked PIN comes back with the PUK", () => {
    const chip = nationalChip();
    const { session } = pace(chip, CAN);
    for (const outcome of ["wrong", "wrong", "blocked"]) {
      expect(inside(chip, session, verifyPin("identity", "0000")).outcome).toBe(outcome);
    }
    expect(() => pace(chip, PIN, { lastTry: true })).toThrow(
      expect.objectContaining({ code: "PACE_PASSWORD_BLOCKED" }),
    );
    expect(inside(chip, pace(chip, PUK).session, unblockPin("identity")).outcome).toBe("done");
    expect(pace(chip, PIN).password).toBe("pin");
  });
});

describe("trust points", () => {
  it("are renewed by a link certificate, and the date by what is accepted; both outlive a reset", async () => {
    const chip = nationalChip();
    const { certificate: old } = CVCAS.AT;
    const parties = await terminalWith("AT", ["readDg4"]);
    const { certificate: next } = await newCvca({
      chr: "UTATCVCA00002",
      chat: chat("cvca", "AT"),
      effectiveDate: "2027-02-15",
      expirationDate: "2030-12-31",
    });
    const link = await createCvcaLink({ issuer: CVCAS.AT, next });
    const { session, idIc } = pace(chip, CAN, { chat: chatBytes(parties) });
    const binding = { version: 2, idIc, compressedKey: new Uint8Array(32) } as const;
    const chain = [link, ...parties.map(({ certificate }) => certificate)];
    const signer = parties.at(-1)?.signer;
    if (signer === undefined) throw new Error("no signer");
    await onAsync(chip, secured(session, authenticateTerminal({ certificates: chain, signer }, binding)));
    chip.reset();
    expect(pace(chip, CAN, { chat: chatBytes(parties) }).certificationAuthorityReferences).toEqual([next.chr, old.chr]);
    // the chip's day is that of the terminal's certificate now: one that has ended before is refused
    const ended = await terminalWith("AT", [], { effectiveDate: "2027-02-01", expirationDate: "2027-02-28" });
    await expect(openAsTerminal(chip, ended)).rejects.toMatchObject({ code: "TERMINAL_AUTHENTICATION_REFUSED" });
    await openAsTerminal(nationalChip(), ended);
  });
});

describe("what belongs into a session", () => {
  it.each([
    ["terminal authentication", commandApdu(0, 0x22, 0x81, 0xb6, encodeTlv(0x83, utf8("UTATCVCA00001")))],
    ["chip authentication", commandApdu(0, 0x22, 0x41, 0xa6, encodeTlv(0x91, new Uint8Array(65)))],
  ])("%s is refused in the clear", (_, command) => {
    const chip = nationalChip();
    expect(raw(chip, command).sw).toBe(0x6982);
  });

  it("a chain that is given up leaves nothing, and its parts are one command of their protocol", async () => {
    const chip = nationalChip();
    const { session } = pace(chip, CAN);
    const part = commandApdu(0x10, 0xdb, 0x3f, 0xff, new Uint8Array(10));
    expect(told(chip, session, part).sw).toBe(0x9000);
    expect(told(chip, session, getChallenge(8)).sw).toBe(0x6d00);
    expect(told(chip, session, { ...part, cla: 0 }).sw).toBe(0x6a81); // one command, and nothing to renew here
    expect(told(chip, session, part).sw).toBe(0x9000);
    expect(told(chip, session, { ...part, p2: 0 }).sw).toBe(0x6883);
    expect(told(chip, session, { ...part, data: new Uint8Array(60_000) }).sw).toBe(0x9000);
    expect(told(chip, session, { ...part, data: new Uint8Array(6_000) }).sw).toBe(0x6700);
  });
});
