import { describe, expect, it } from "vitest";
import { type PaceChip, paceChip } from "../../../src/access/pace/chip.js";
import { PACE_GROUPS, paceGroupById } from "../../../src/access/pace/group.js";
import { dynamicData, mseSetAtPace, parseSetAtPace } from "../../../src/access/pace/messages.js";
import { comparePaceInfos, PACE_PROTOCOLS, paceOffers } from "../../../src/access/pace/parameters.js";
import { openPace } from "../../../src/access/pace/terminal.js";
import { type CommandApdu, commandApdu } from "../../../src/apdu/apdu.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { concatBytes, EMPTY, fromHex, toHex } from "../../../src/bytes/bytes.js";
import { curveByName } from "../../../src/crypto/curves.js";
import type { SecurityInfoInput } from "../../../src/lds/security-info-content.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../../src/lds/security-infos.js";
import { encodeTlv } from "../../../src/tlv/ber.js";
import { CAN, canOfChip, chipOf, offerOf } from "./support.js";

const ID_PACE = "0.4.0.127.0.7.2.2.4";
const info = (arcs: string, parameterId?: number, version = 2): SecurityInfoInput => ({
  kind: "paceInfo",
  protocol: `${ID_PACE}.${arcs}`,
  version,
  ...(parameterId !== undefined && { parameterId }),
});
const offersOf = (...infos: SecurityInfoInput[]) => paceOffers(parseSecurityInfos(encodeSecurityInfos(infos)).infos);
const names = (...infos: SecurityInfoInput[]) =>
  offersOf(...infos).map(({ protocol, group }) => `${protocol.name.replace("id-PACE-", "")} ${group.name}`);

describe("what EF.CardAccess offers", () => {
  it("has every standardized group and every protocol", () => {
    expect(PACE_GROUPS.map(({ parameterId }) => parameterId)).toEqual([
      0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
    ]);
    expect(PACE_PROTOCOLS.length).toBe(19);
    expect(paceGroupById(3)).toBeUndefined();
    expect(paceGroupById(31)).toBeUndefined();
  });

  it("comes best first", () => {
    expect(
      names(
        info("2.1", 12),
        info("1.4", 0),
        info("4.2", 13),
        info("2.2", 13),
        info("6.2", 13),
        info("2.4", 17),
        info("2.2", 8),
      ),
    ).toEqual([
      "ECDH-CAM-AES-CBC-CMAC-128 brainpoolP256r1",
      "ECDH-GM-AES-CBC-CMAC-256 brainpoolP512r1",
      "ECDH-GM-AES-CBC-CMAC-128 brainpoolP256r1",
      "ECDH-GM-AES-CBC-CMAC-128 P-192",
      "ECDH-IM-AES-CBC-CMAC-128 brainpoolP256r1",
      "ECDH-GM-3DES-CBC-CBC P-256",
      "DH-GM-AES-CBC-CMAC-256 MODP 1024/160",
    ]);
  });

  it("leaves out what does not go together or is not known", () => {
    expect(names(info("1.2", 13))).toEqual([]); // DH on a curve
    expect(names(info("2.2", 1))).toEqual([]); // ECDH modulo a prime
    expect(names(info("4.2", 10))).toEqual([]); // integrated mapping to P-224
    expect(names(info("2.2", 7))).toEqual([]); // reserved
    expect(names(info("2.2", 13, 1))).toEqual([]); // version 1
    expect(names(info("2.2"))).toEqual([]); // no parameters at all
    expect(names(info("2.2", 40))).toEqual([]); // explicit ones that are missing
    expect(paceOffers([])).toEqual([]);
  });

  const p256 = curveByName("P-256");
  const integer = (hex: string) => encodeTlv(0x02, fromHex(`00${hex}`));
  const explicit = (g: string) =>
    encodeTlv(
      0x30,
      fromHex("020101"),
      encodeTlv(0x30, fromHex("06072a8648ce3d0101"), integer(p256.p)),
      encodeTlv(0x30, encodeTlv(0x04, fromHex(p256.a)), encodeTlv(0x04, fromHex(p256.b))),
      encodeTlv(0x04, fromHex(g)),
      integer(p256.n),
    );
  const domain = (
    parameters: Uint8Array,
    parameterId?: number,
    algorithm = "1.2.840.10045.2.1",
  ): SecurityInfoInput => ({
    kind: "paceDomainParameterInfo",
    protocol: `${ID_PACE}.2`,
    domainParameter: { algorithm, parameters },
    ...(parameterId !== undefined && { parameterId }),
  });

  it("takes explicit parameters for the curve that they are, and no other", () => {
    expect(names(info("2.2", 40), domain(explicit(p256.g), 40))).toEqual(["ECDH-GM-AES-CBC-CMAC-128 P-256"]);
    expect(names(info("2.2"), domain(explicit(p256.g)))).toEqual(["ECDH-GM-AES-CBC-CMAC-128 P-256"]);
    expect(names(info("2.2", 40), domain(fromHex("02010d"), 40, "0.4.0.127.0.7.1.2"))).toEqual([
      "ECDH-GM-AES-CBC-CMAC-128 brainpoolP256r1",
    ]);
    // another base point, as in a forgery; another number; parameters for a standardized number
    expect(
      names(
        info("2.2", 40),
        domain(explicit(toHex(offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 13).group.generator)), 40),
      ),
    ).toEqual([]);
    expect(names(info("2.2", 40), domain(explicit(p256.g), 41))).toEqual([]);
    expect(names(info("2.2", 20), domain(explicit(p256.g), 20))).toEqual([]);
    expect(names(info("2.2", 40), domain(fromHex("3003020101"), 40))).toEqual([]);
  });

  it("names the parameters in the command when there are several sets", () => {
    const [one] = offersOf(info("2.2", 13), info("2.4", 13));
    const [several] = offersOf(info("2.2", 13), info("2.4", 16));
    expect(one?.ambiguous).toBe(false);
    expect(several?.ambiguous).toBe(true);
    const data = (offer = several) =>
      toHex((openPace(offer as NonNullable<typeof offer>, CAN).next().value as CommandApdu).data);
    expect(data(one)).toBe("800a04007f00070202040204830102");
    expect(data(several)).toBe("800a04007f00070202040204830102840110");
  });

  it("is compared with the signed file", () => {
    const parse = (...infos: SecurityInfoInput[]) => parseSecurityInfos(encodeSecurityInfos(infos)).infos;
    const signed = parse(info("2.2", 13), info("2.4", 13), {
      kind: "terminalAuthenticationInfo",
      protocol: "0.4.0.127.0.7.2.2.2",
      version: 1,
    });
    expect(comparePaceInfos(parse(info("2.2", 13), info("2.4", 13)), signed)).toEqual({ added: [], removed: [] });
    const downgraded = comparePaceInfos(parse(info("2.2", 13), info("2.1", 13)), signed);
    expect(downgraded.added.map(({ protocol }) => protocol)).toEqual([`${ID_PACE}.2.1`]);
    expect(downgraded.removed.map(({ protocol }) => protocol)).toEqual([`${ID_PACE}.2.4`]);
  });
});

it("a shared secret of DH keeps its leading zeros (PKCS #3), a public key has none (§9.4.5)", () => {
  const { group } = offerOf("id-PACE-DH-GM-AES-CBC-CMAC-128", 0);
  const short = fromHex("05".repeat(126));
  expect(toHex(group.secret(short))).toBe(`0000${"05".repeat(126)}`);
  expect(group.isElement(group.generator)).toBe(true);
  expect(group.isElement(concatBytes(fromHex("00"), group.generator))).toBe(false);
});

describe("MSE:Set AT", () => {
  const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 13);
  const chat = fromHex("7f4c0e060904007f000703010201530103");
  const idIs = "04007f0007030102" + "01";

  it("is read as it was written", () => {
    const wide = { ...offer, parameterId: 0x1234, ambiguous: true };
    const template = encodeTlv(0x7f4c, encodeTlv(0x06, fromHex(idIs)), encodeTlv(0x53, fromHex("03")));
    expect(parseSetAtPace(mseSetAtPace(wide, 3, template).data)).toEqual({
      protocol: offer.protocol.reference,
      password: 3,
      parameterId: 0x1234,
      chat: { terminalType: fromHex(idIs), raw: template },
    });
    expect(parseSetAtPace(mseSetAtPace(offer, 1).data)).toEqual({ protocol: offer.protocol.reference, password: 1 });
  });

  const start = (data: string, chip: Partial<PaceChip> = {}) => {
    const step = paceChip(commandApdu(0, 0x22, 0xc1, 0xa4, fromHex(data)), {
      offers: [offer],
      passwords: [canOfChip()],
      ...chip,
    }).next();
    return (step.done ? step.value.response : step.value)?.sw.toString(16);
  };
  const oid = "800a04007f00070202040202";

  it("is accepted and refused as the standard says", () => {
    expect(start(`${oid}830102`)).toBe("9000");
    expect(start(`${oid}83010284010d`)).toBe("9000");
    expect(start(`${oid}8301029f7f0100`)).toBe("9000"); // an object that PACE does not know
    expect(start(`${oid}83010284010c`)).toBe("6a88"); // other parameters
    expect(start(`${oid}830103`)).toBe("6a88"); // a password that the chip has not
    expect(start(`${oid}830109`)).toBe("6a88");
    expect(start("800a04007f00070202040204830102")).toBe("6a80"); // a protocol that is not offered
    for (const data of [
      "",
      oid,
      "830102",
      `${oid}8300`,
      `${oid}83020102`,
      `${oid}830102830102`,
      `${oid}8301028400`,
      `${oid}8301`,
    ]) {
      expect(start(data), data).toBe("6a80");
    }
    const two = { offers: [offer, offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12)] };
    expect(start(`${oid}830102`, two)).toBe("6a80"); // which one?
    expect(start(`${oid}83010284010c`, two)).toBe("9000");
    const cam = { offers: [offerOf("id-PACE-ECDH-CAM-AES-CBC-CMAC-128", 13)] };
    expect(start("800a04007f00070202040602830102", cam)).toBe("6a88"); // without a static key
  });

  it("asks for trust points with a CHAT, and gets those of its terminal type", () => {
    const template = encodeTlv(0x7f4c, encodeTlv(0x06, fromHex(idIs)), encodeTlv(0x53, fromHex("03")));
    const chip: PaceChip = {
      offers: [offer],
      passwords: [canOfChip()],
      certificationAuthorityReferences: (type) =>
        toHex(type) === idIs ? ["DETESTCVCA00003", "DETESTCVCA00002"] : undefined,
    };
    const peer = chipOf(chip);
    const result = runSync(peer.transmit, openPace(offer, CAN, { chat: template }));
    expect(result.certificationAuthorityReferences).toEqual(["DETESTCVCA00003", "DETESTCVCA00002"]);
    expect(toHex(peer.outcome().chat as Uint8Array)).toBe(toHex(template));
    expect(runSync(chipOf(chip).transmit, openPace(offer, CAN)).certificationAuthorityReferences).toEqual([]);
    const { certificationAuthorityReferences: _none, ...without } = chip;
    const indifferent = chipOf(without);
    expect(runSync(indifferent.transmit, openPace(offer, CAN, { chat: template })).session).toBeDefined();
    expect(indifferent.outcome().chat).toBeUndefined();
    const other = encodeTlv(0x7f4c, encodeTlv(0x06, fromHex("2a03")), encodeTlv(0x53, fromHex("03")));
    for (const bad of [other, chat.slice(0, -1), encodeTlv(0x7f4c, encodeTlv(0x53, fromHex("03")))]) {
      expect(() => runSync(chipOf(chip).transmit, openPace(offer, CAN, { chat: bad }))).toThrow(
        expect.objectContaining({ code: "PACE_FAILED" }),
      );
    }
  });
});

describe("GENERAL AUTHENTICATE", () => {
  const offer = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 12);
  const begun = () => {
    const chip = paceChip(mseSetAtPace(offer, 2), { offers: [offer], passwords: [canOfChip()] });
    chip.next();
    return chip;
  };

  it.each([
    [commandApdu(0x00, 0x86, 0, 0, fromHex("7c00"), 256), 0x6985], // not chained
    [commandApdu(0x10, 0x86, 0, 1, fromHex("7c00"), 256), 0x6a86],
    [commandApdu(0x10, 0x86, 0, 0, EMPTY, 256), 0x6a80],
    [commandApdu(0x10, 0x86, 0, 0, fromHex("7c028100"), 256), 0x6a80],
  ])("out of order ends PACE (%#)", (command, sw) => {
    const step = begun().next(command);
    expect(step.done && step.value.response?.sw).toBe(sw);
  });

  it("leaves other commands to the chip", () => {
    for (const command of [commandApdu(0, 0xa4, 4, 12), commandApdu(0x80, 0x86, 0, 0, fromHex("7c00"))]) {
      expect(begun().next(command)).toEqual({ done: true, value: {} });
    }
    expect(paceChip(commandApdu(0, 0x22, 0x41, 0xa4), { offers: [], passwords: [] }).next()).toEqual({
      done: true,
      value: {},
    });
  });

  it("has its data objects in order, each once", () => {
    const data = (...parts: string[]) =>
      dynamicData(encodeTlv(0x7c, concatBytes(...parts.map((part) => fromHex(part)))), [0x86, 0x87, 0x88]);
    expect([...(data("860101", "870102")?.keys() ?? [])]).toEqual([0x86, 0x87]);
    expect(data("870102", "860101")).toBeUndefined();
    expect(data("860101", "860101")).toBeUndefined();
    expect(data("890101")).toBeUndefined();
    expect(dynamicData(fromHex("7d00"), [])).toBeUndefined();
    expect(dynamicData(fromHex("7c0100"), [])).toBeUndefined();
  });
});
