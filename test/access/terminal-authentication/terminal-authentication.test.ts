import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  type ChipTerminalBinding,
  type ChipTerminalTrust,
  terminalAuthenticationChip,
} from "../../../src/access/terminal-authentication/chip.js";
import {
  type TerminalAuthenticationEvidence,
  verifyTerminalAuthenticationEvidence,
} from "../../../src/access/terminal-authentication/evidence.js";
import {
  documentIdentifier,
  terminalAuthenticationMessage,
} from "../../../src/access/terminal-authentication/formulas.js";
import { certificateChainFor, terminalKeyOf } from "../../../src/access/terminal-authentication/keys.js";
import { encodeAuxiliaryData, parseAuxiliaryData } from "../../../src/access/terminal-authentication/messages.js";
import { authenticateTerminal, type TerminalBinding } from "../../../src/access/terminal-authentication/terminal.js";
import { commandApdu, encodeCommand, parseResponse } from "../../../src/apdu/apdu.js";
import type { Channel } from "../../../src/apdu/channel.js";
import { run } from "../../../src/apdu/exchange.js";
import { concatBytes, EMPTY, fromHex, toHex, utf8 } from "../../../src/bytes/bytes.js";
import type { RsaPrivateKey } from "../../../src/crypto/rsa.js";
import { type CvCertificate, parseCvCertificate } from "../../../src/pki/cvc/certificate.js";
import { buildChat } from "../../../src/pki/cvc/chat.js";
import { createCvca, createCvcaLink, issueCvCertificate, preferredAlgorithm } from "../../../src/pki/cvc/issue.js";
import { type CvcPublicKey, cvcPublicKeyFromSpki } from "../../../src/pki/cvc/public-key.js";
import { TERMINAL_TYPES, type TerminalType } from "../../../src/pki/cvc/terminal-types.js";
import { verifyCvcSignature } from "../../../src/pki/cvc/verify.js";
import { parsePkcs8 } from "../../../src/pki/pkcs8.js";
import { memorySigner, type SyncSigner } from "../../../src/pki/signer.js";
import { encodeTlv } from "../../../src/tlv/ber.js";
import {
  certificateOf,
  chatOf,
  vector as file,
  newCvca,
  newHolder,
  newTerminal,
  type Party,
} from "../../pki/cvc/support.js";
import { chipThat } from "../chip-authentication/support.js";
import { code, values, vector } from "../pace/support.js";

const COMPRESSED = fromHex("11".repeat(32));
const ID_IC = utf8("T22000129" + "3");

const RIGHTS_OF_ALL = (TERMINAL_TYPES.find(({ name }) => name === "AT") as TerminalType).rights;

const trustIn = (...trustPoints: CvCertificate[]): ChipTerminalTrust => ({
  types: [{ trustPoints }],
  currentDate: "2027-03-01",
});

function chipOf(trust: ChipTerminalTrust, binding: Partial<ChipTerminalBinding> = {}) {
  const whole: ChipTerminalBinding = { version: 1, idIc: ID_IC, compressedKey: COMPRESSED, ...binding };
  return chipThat((first) => terminalAuthenticationChip(first, trust, whole));
}

type Transmit = (command: Uint8Array) => Uint8Array;
const over = (transmit: Transmit): Channel => ({
  maxCommand: 65_544,
  maxResponse: 65_538,
  transmit: async (command) => transmit(command),
});

const authenticate = (
  transmit: Transmit,
  parties: readonly Party[],
  binding: Partial<TerminalBinding> = {},
): Promise<TerminalAuthenticationEvidence> => {
  const certificates = parties.map(({ certificate }) => certificate);
  const { signer } = parties.at(-1) as Party;
  const whole = { version: 1, idIc: ID_IC, compressedKey: COMPRESSED, ...binding } as const;
  return run(over(transmit), authenticateTerminal({ certificates, signer }, whole));
};

const cvca = await newCvca();
const dv = await newHolder(cvca);
const terminal = await newTerminal(dv);

describe("against the worked example of TR-03110", () => {
  type Name = "picc_pub_key" | "ta_nonce" | "ca_pcd_pub_key" | "ta_pcd_signature" | "ta_cert" | "dv_cert" | "cvca_cert";
  const v = vector<Record<Name, string>>("tr03110/eac-worked-example-ecdh.json");
  const [published, ...chain] = [v.cvca_cert, v.dv_cert, v.ta_cert].map((hex) => parseCvCertificate(fromHex(hex))) as [
    CvCertificate,
    CvCertificate,
    CvCertificate,
  ];
  // The certificate in the example is of a CVCA for inspection systems, and the chain is of an authentication terminal.
  const root = { ...published, chat: buildChat({ terminalType: "AT", role: "cvca", rights: RIGHTS_OF_ALL }) };
  const x = (point: string) => fromHex(point.slice(2, 66));
  const evidence: TerminalAuthenticationEvidence = {
    version: 2,
    certificates: chain.map(({ raw }) => raw),
    idIc: x(v.picc_pub_key),
    challenge: fromHex(v.ta_nonce),
    compressedKey: x(v.ca_pcd_pub_key),
    signature: fromHex(v.ta_pcd_signature),
  };
  const trust = { trustPoints: [root], currentDate: "2010-10-01" };

  it("what the terminal signs", () => {
    const key = terminalKeyOf(chain, [root]) as CvcPublicKey;
    const message = terminalAuthenticationMessage(evidence.idIc, evidence.challenge, evidence.compressedKey);
    expect(verifyCvcSignature(key, message, evidence.signature)).toBe(true);
    expect(verifyCvcSignature(key, concatBytes(message, EMPTY, Uint8Array.of(0)), evidence.signature)).toBe(false);
  });

  it("the evidence, recomputed", () => {
    // the certificates are of 2010: the day of the reading decides
    const days = [root, ...chain].map(({ effectiveDate, expirationDate }) => [effectiveDate, expirationDate]);
    const currentDate = days
      .map(([from]) => from as string)
      .sort()
      .at(-1) as string;
    expect(verifyTerminalAuthenticationEvidence(evidence, { ...trust, currentDate })).toMatchObject({
      id: "chip.terminalAuthentication",
      status: "passed",
    });
    for (const name of ["idIc", "challenge", "compressedKey", "signature"] as const) {
      const changed = evidence[name].slice();
      changed[3] = (changed[3] as number) ^ 1;
      const finding = verifyTerminalAuthenticationEvidence({ ...evidence, [name]: changed }, { ...trust, currentDate });
      expect(finding.status, name).toBe("failed");
    }
    const first = evidence.certificates[0] as Uint8Array;
    const late = { ...trust, currentDate: "2099-01-01" };
    expect(verifyTerminalAuthenticationEvidence(evidence, late).status).toBe("failed");
    expect(verifyTerminalAuthenticationEvidence(evidence, undefined).status).toBe("notChecked");
    expect(verifyTerminalAuthenticationEvidence(undefined, trust).status).toBe("notChecked");
    const short = { ...evidence, certificates: [first] };
    expect(verifyTerminalAuthenticationEvidence(short, { ...trust, currentDate }).status).toBe("failed");
    const cut = { ...evidence, certificates: [first.subarray(1)] };
    expect(verifyTerminalAuthenticationEvidence(cut, trust).status).toBe("failed");
  });

  it("the chip accepts the recorded run, byte for byte", () => {
    const state: ChipTerminalTrust = { types: [{ trustPoints: [root] }], currentDate: root.effectiveDate };
    const send = (command: Uint8Array) => toHex(chip.transmit(command));
    const chip = chipThat((first) =>
      terminalAuthenticationChip(first, state, { version: 2, idIc: evidence.idIc }, values(evidence.challenge)),
    );
    for (const certificate of chain) {
      expect(send(fromHex(`002281b6${lv(encodeTlv(0x83, utf8(certificate.car)))}`))).toBe("9000");
      const data = concatBytes(certificate.bodyRaw, encodeTlv(0x5f37, certificate.signature));
      expect(send(encodeCommand(commandApdu(0, 0x2a, 0, 0xbe, data)))).toBe("9000");
    }
    const setAt = concatBytes(
      fromHex("800a04007f00070202020205"),
      encodeTlv(0x83, utf8((chain.at(-1) as CvCertificate).chr)),
      encodeTlv(0x91, evidence.compressedKey),
    );
    expect(send(encodeCommand(commandApdu(0, 0x22, 0x81, 0xa4, setAt)))).toBe("9000");
    expect(send(fromHex("0084000008"))).toBe(`${v.ta_nonce}9000`);
    expect(send(encodeCommand(commandApdu(0, 0x82, 0, 0, evidence.signature)))).toBe("9000");
    expect(chip.outcome()).toMatchObject({
      announcedKey: evidence.compressedKey,
      authorization: { chr: "DETESTATDE019" },
    });
  });
});

function rsaKey(): RsaPrivateKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return parsePkcs8(new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }))) as RsaPrivateKey;
}

const lv = (data: Uint8Array) => toHex(Uint8Array.of(data.length)) + toHex(data);

describe("terminal and chip", () => {
  it("version 1: the effective rights, the date, evidence that others can recompute", async () => {
    const trust = trustIn(cvca.certificate);
    const chip = chipOf(trust);
    const evidence = await authenticate(chip.transmit, [dv, terminal]);
    expect(chip.outcome()?.rights).toEqual(["inspection.readDg3", "inspection.readDg4"]);
    expect(chip.outcome()?.authorization?.chr).toBe("UTTERM00001");
    expect(trust.currentDate).toBe("2027-03-01");
    const judged = { trustPoints: [cvca.certificate], currentDate: "2027-03-15" };
    expect(verifyTerminalAuthenticationEvidence(evidence, judged)).toMatchObject({
      status: "passed",
      evidence: { rights: "inspection.readDg3, inspection.readDg4" },
    });
  });

  it("version 2: the announced key and auxiliary data are signed, and what PACE was shown limits the rights", async () => {
    const auxiliaryData = encodeAuxiliaryData([{ oid: fromHex("04007f000703010401"), data: utf8("20090101") }]);
    const at = await newCvca({ chr: "UTATCVCA00001", chat: chatOf("cvca", "AT") });
    const atDv = await newHolder(at, { chat: chatOf("dvDomestic", "AT") });
    const atTerminal = await newTerminal(atDv, { chat: chatOf("terminal", "AT") });
    const chat = buildChat({ terminalType: "AT", role: "terminal", rights: ["readDg4"] });
    const shown = encodeTlv(
      0x7f4c,
      encodeTlv(0x06, fromHex("04007f000703010202")),
      encodeTlv(0x53, chat.authorization),
    );
    const trust: ChipTerminalTrust = {
      types: [{ trustPoints: [cvca.certificate] }, { trustPoints: [at.certificate] }],
      currentDate: "2027-03-01",
    };
    const chip = chipThat((first) =>
      terminalAuthenticationChip(first, trust, { version: 2, idIc: COMPRESSED, chat: shown }),
    );
    const binding = { version: 2, idIc: COMPRESSED, compressedKey: ID_IC, auxiliaryData } as const;
    await authenticate(chip.transmit, [atDv, atTerminal], binding);
    expect(chip.outcome()).toMatchObject({
      rights: ["authentication.readDg4"],
      announcedKey: ID_IC,
      auxiliaryData: [{ oid: fromHex("04007f000703010401"), data: utf8("20090101") }],
    });
    // a terminal of another type than PACE was shown
    const other = chipThat((first) =>
      terminalAuthenticationChip(first, trust, { version: 2, idIc: COMPRESSED, chat: shown }),
    );
    await expect(authenticate(other.transmit, [dv, terminal], binding)).rejects.toMatchObject({
      code: "TERMINAL_AUTHENTICATION_REFUSED",
      step: "MSE:Set AT",
    });
    expect(parseAuxiliaryData(fromHex("6702730006"))).toBeUndefined();
    expect(parseAuxiliaryData(fromHex("67027300"))).toBeUndefined();
  });

  it.each(["RSASSA-PSS-SHA256", "RSASSA-PSS-SHA512", "RSA-SHA256"] as const)("with RSA keys, %s", async (algorithm) => {
    const party = async (make: (signer: SyncSigner) => Promise<CvCertificate>): Promise<Party> => {
      const signer = memorySigner(rsaKey(), { algorithm });
      return { certificate: await make(signer), signer };
    };
    const day = { effectiveDate: "2027-02-01", expirationDate: "2027-12-31" };
    const root = await party((signer) => createCvca({ ...day, signer, chr: "UTRSACVCA00001", chat: chatOf("cvca") }));
    const keyOf = (signer: SyncSigner) => cvcPublicKeyFromSpki(signer.publicKey, preferredAlgorithm(signer));
    const rsaDv = await party((signer) =>
      issueCvCertificate({
        ...day,
        issuer: root,
        publicKey: keyOf(signer),
        chr: "UTRSADV00001",
        chat: chatOf("dvForeign"),
      }),
    );
    const rsaTerminal = await party((signer) =>
      issueCvCertificate({
        ...day,
        issuer: rsaDv,
        publicKey: keyOf(signer),
        chr: "UTRSAIS00001",
        chat: chatOf("terminal"),
      }),
    );
    const chip = chipOf(trustIn(root.certificate));
    const evidence = await authenticate(chip.transmit, [rsaDv, rsaTerminal]);
    expect(chip.outcome()?.authorization?.chr).toBe("UTRSAIS00001");
    const judged = { trustPoints: [root.certificate], currentDate: "2027-03-15" };
    expect(verifyTerminalAuthenticationEvidence(evidence, judged).status).toBe("passed");
    const { signature } = evidence;
    signature[9] = (signature[9] as number) ^ 1;
    expect(verifyTerminalAuthenticationEvidence(evidence, judged).status).toBe("failed");
  });

  it("a link certificate renews the trust point, which stays when the terminal is refused", async () => {
    const next = await newCvca({ chr: "UTCVCA00002", effectiveDate: "2027-02-15" });
    const link = { certificate: await createCvcaLink({ issuer: cvca, next: next.certificate }), signer: next.signer };
    const nextDv = await newHolder(next, { effectiveDate: "2027-03-20" });
    const nextTerminal = await newTerminal(nextDv, { effectiveDate: "2027-03-20" });
    const trust = trustIn(cvca.certificate);
    await authenticate(chipOf(trust).transmit, [link, nextDv, nextTerminal]);
    expect(trust.types[0]?.trustPoints.map(({ chr }) => chr)).toEqual(["UTCVCA00002", "UTCVCA00001"]);
    expect(trust.currentDate).toBe("2027-03-20");
    const again = trustIn(cvca.certificate);
    await expect(authenticate(chipOf(again).transmit, [link, nextDv, terminal])).rejects.toThrow(
      code("TERMINAL_AUTHENTICATION_REFUSED"),
    );
    expect(again.types[0]?.trustPoints[0]?.chr).toBe("UTCVCA00002");
    const pool = [nextTerminal, nextDv, link, terminal, dv].map(({ certificate }) => certificate);
    const names = (references: string[], holder?: string) =>
      certificateChainFor(references, pool, holder)?.map(({ chr, car }) => `${car}>${chr}`);
    expect(names(["UTCVCA00002", "UTCVCA00001"])).toEqual(["UTCVCA00002>UTDV00001", "UTDV00001>UTTERM00001"]);
    expect(names(["UTCVCA00001"])?.[0]).toBe("UTCVCA00001>UTDV00001");
    expect(names(["UTCVCA00009"])).toBeUndefined();
    expect(names(["UTCVCA00001"], "UTTERM00009")).toBeUndefined();
  });

  it.each([
    [
      "expired",
      async () => [dv, await newTerminal(dv, { expirationDate: "2027-03-02" })],
      "2027-03-03",
      "PSO:Verify Certificate",
    ],
    [
      "of another CVCA",
      async () => {
        const a = await newCvca();
        const b = await newHolder(a);
        return [b, await newTerminal(b)];
      },
      "2027-03-01",
      "PSO:Verify Certificate",
    ],
    [
      "of an unknown CVCA",
      async () => {
        const a = await newCvca({ chr: "UTCVCA00077" });
        const b = await newHolder(a);
        return [b, await newTerminal(b)];
      },
      "2027-03-01",
      "MSE:Set DST",
    ],
    ["without its DV", async () => [terminal], "2027-03-01", "MSE:Set DST"],
  ] as const)("a chain that is %s is refused", async (_name, make, currentDate, step) => {
    const chip = chipOf({ types: [{ trustPoints: [cvca.certificate] }], currentDate });
    await expect(authenticate(chip.transmit, (await make()) as Party[])).rejects.toMatchObject({
      code: "TERMINAL_AUTHENTICATION_REFUSED",
      step,
    });
    expect(chip.outcome()?.rights).toBeUndefined();
  });

  it("a signature over another key, another chip or by another terminal is refused", async () => {
    const refused = { code: "TERMINAL_AUTHENTICATION_REFUSED", step: "EXTERNAL AUTHENTICATE", cause: { sw: 0x6300 } };
    const chip = () => chipOf(trustIn(cvca.certificate)).transmit;
    const flipped = COMPRESSED.slice();
    flipped[31] = 0;
    await expect(authenticate(chip(), [dv, terminal], { compressedKey: flipped })).rejects.toMatchObject(refused);
    await expect(authenticate(chip(), [dv, terminal], { idIc: utf8("T220001294") })).rejects.toMatchObject(refused);
    const wrongSigner = authenticate(chip(), [dv, { ...terminal, signer: dv.signer }]);
    await expect(wrongSigner).rejects.toMatchObject({ code: "SIGNER_MISMATCH" });
    const once = chipOf(trustIn(cvca.certificate), { done: true });
    await expect(authenticate(once.transmit, [dv, terminal])).rejects.toMatchObject({
      step: "MSE:Set AT",
      cause: { sw: 0x6982 },
    });
    const { compressedKey, ...unbound } = { version: 1 as const, idIc: ID_IC, compressedKey: COMPRESSED };
    expect(compressedKey).toBeDefined();
    const none = chipThat((first) => terminalAuthenticationChip(first, trustIn(cvca.certificate), unbound));
    await expect(authenticate(none.transmit, [dv, terminal])).rejects.toMatchObject({
      step: "MSE:Set AT",
      cause: { sw: 0x6985 },
    });
  });

  it("refuses chains that are none before the chip is bothered", async () => {
    const never = () => {
      throw new Error("the chip was asked");
    };
    await expect(authenticate(never, [dv])).rejects.toThrow(RangeError);
    await expect(authenticate(never, [dv, terminal], { auxiliaryData: EMPTY })).rejects.toThrow(RangeError);
  });

  it("whoever changes a byte of any message gets one code, and no rights", async () => {
    const length: number[] = [];
    const counting = chipOf(trustIn(cvca.certificate));
    await authenticate(
      (command) => {
        length.push(command.length);
        return counting.transmit(command);
      },
      [dv, terminal],
    );
    const tampered = async (where: "command" | "response", at: number, byte: number) => {
      const chip = chipOf(trustIn(cvca.certificate));
      let count = 0;
      const flip = (bytes: Uint8Array) => {
        const copy = bytes.slice();
        copy[byte] = (copy[byte] as number) ^ 1;
        return copy;
      };
      const transmit = (command: Uint8Array) => {
        const here = count++ === at;
        const answer = chip.transmit(here && where === "command" ? flip(command) : command);
        return here && where === "response" ? flip(answer) : answer;
      };
      const failed = await authenticate(transmit, [dv, terminal]).then(
        () => "accepted",
        (error: { code?: string }) => error.code,
      );
      return { failed, rights: chip.outcome()?.rights };
    };
    // MSE:Set DST, PSO, MSE:Set DST, PSO, MSE:Set AT, GET CHALLENGE, EXTERNAL AUTHENTICATE
    expect(length).toHaveLength(7);
    for (const [at, size] of length.entries()) {
      if (at === 5) continue;
      const extended = size > 261 ? 7 : 5;
      for (let byte = extended; byte < size; byte += at === 4 || at === 0 ? 1 : 13) {
        const { failed, rights } = await tampered("command", at, byte);
        expect(failed, `command ${at}, byte ${byte}`).toBe("TERMINAL_AUTHENTICATION_REFUSED");
        expect(rights).toBeUndefined();
      }
    }
    for (let byte = 0; byte < 10; byte++) {
      expect((await tampered("response", 5, byte)).failed, `challenge, byte ${byte}`).toBe(
        "TERMINAL_AUTHENTICATION_REFUSED",
      );
    }
    for (const at of [0, 1, 2, 3, 4, 6]) {
      expect((await tampered("response", at, 1)).failed).toBe("TERMINAL_AUTHENTICATION_REFUSED");
    }
  });
});

describe("the chip", () => {
  const sw = (chip: ReturnType<typeof chipOf>, ...commands: string[]) =>
    commands.map((hex) => parseResponse(chip.transmit(fromHex(hex))).sw.toString(16));

  it("leaves other commands to the dispatcher, and takes steps in order only", () => {
    const chip = chipOf(trustIn(cvca.certificate));
    const dst = `002281b60d830b${toHex(utf8("UTCVCA00001"))}`;
    expect(sw(chip, "0022c1a400", "0084000008")).toEqual(["6d00", "6d00"]);
    expect(sw(chip, dst, "00b0000001", "002a00be0100")).toEqual(["9000", "6d00", "6d00"]);
    expect(sw(chip, dst, "002a00be0100")).toEqual(["9000", "6a80"]);
    expect(sw(chip, dst, "002281a4028300")).toEqual(["9000", "6a88"]);
    expect(sw(chip, "002281b600")).toEqual(["6a88"]);
  });

  it("accepts a challenge once", async () => {
    const chip = chipOf(trustIn(cvca.certificate));
    let last = EMPTY;
    await authenticate(
      (command) => {
        last = command;
        return chip.transmit(command);
      },
      [dv, terminal],
    );
    expect(sw(chip, toHex(last))).toEqual(["6d00"]);
  });

  it("knows terminals of other makers: the chains of PersoSim", async () => {
    const certificates = ["dv_is_cert_1", "is_cert_1"].map((name) => certificateOf(`persosim-IS/${name}.cvcert`));
    const root = certificateOf("persosim-IS/CVCA_Cert_01.cvcert");
    const key = parsePkcs8(file("persosim-IS/IS_Key_01_default.pkcs8"));
    const trust: ChipTerminalTrust = { types: [{ trustPoints: [root] }], currentDate: root.effectiveDate };
    const chip = chipOf(trust);
    const binding = { version: 1, idIc: ID_IC, compressedKey: COMPRESSED } as const;
    await run(over(chip.transmit), authenticateTerminal({ certificates, signer: memorySigner(key) }, binding));
    expect(chip.outcome()?.authorization?.chr).toBe("DETESTIS00001");
    expect(trust.currentDate >= root.effectiveDate).toBe(true);
  });
});

it("documentIdentifier is the number with its check digit", () => {
  expect(new TextDecoder().decode(documentIdentifier("L898902C<369080619406236"))).toBe("L898902C<3");
  expect(new TextDecoder().decode(documentIdentifier("D23145890734934071279507122"))).toBe("D231458907349");
});
