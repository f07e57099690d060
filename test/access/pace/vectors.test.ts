import { describe, expect, it } from "vitest";
import { paceChip } from "../../../src/access/pace/chip.js";
import { decryptChipData, encryptChipData, PACE_CIPHERS, pseudoRandom } from "../../../src/access/pace/cipher.js";
import { type PaceOffer, paceOffers } from "../../../src/access/pace/parameters.js";
import {
  authenticationToken,
  compressedKey,
  derivePaceKey,
  type PacePassword,
  paceSessionParameters,
  passwordBytes,
  verifyChipAuthenticationMapping,
} from "../../../src/access/pace/shared.js";
import { openPace } from "../../../src/access/pace/terminal.js";
import {
  type CommandApdu,
  encodeCommand,
  encodeResponse,
  parseCommand,
  parseResponse,
} from "../../../src/apdu/apdu.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { reduceScalar } from "../../../src/crypto/scalar.js";
import { parsePublicKeyInfo } from "../../../src/lds/public-key-info.js";
import { parseSecurityInfos, securityInfoOf } from "../../../src/lds/security-infos.js";
import { encodeTlv, parseTlv } from "../../../src/tlv/ber.js";
import { offerOf, values, vector } from "./support.js";

type Field =
  | "ca_ic"
  | "chip_authentication_public_key_info"
  | "encrypted_chip_authentication_data"
  | "k_pi"
  | "ks_enc"
  | "ks_mac"
  | "map_pcd_pub"
  | "map_picc_priv"
  | "map_picc_pub"
  | "mapped_g"
  | "oid"
  | "pcd_priv"
  | "pcd_pub"
  | "picc_priv"
  | "picc_pub"
  | "picc_pub_key"
  | "q"
  | "r"
  | "s"
  | "shared_h"
  | "shared_k"
  | "shared_secret_k"
  | "t_ic"
  | "t_ifd"
  | "z";
type Example = Readonly<Record<Field, string>> & { apdus: { c: string; r: string }[] };
const g1 = vector<Example>("icao9303/pace-gm-ecdh-example-G1.json");
const g2 = vector<Example>("icao9303/pace-gm-dh-example-G2.json");
const h1 = vector<Example>("icao9303/pace-im-ecdh-example-H1.json");
const h2 = vector<Example>("icao9303/pace-im-dh-example-H2.json");
const i1 = vector<Example>("icao9303/pace-cam-ecdh-example-I1.json");
const eac = vector<Example>("tr03110/eac-worked-example-ecdh.json");

const bytes = (example: Example, name: string): Uint8Array => fromHex(String(example[name as Field]));
const aes128 = PACE_CIPHERS["AES-128"];
/** A private key that is printed with leading zeros, or longer than the order, as the protocol draws it. */
const scalar = (offer: PaceOffer, example: Example, name: string): Uint8Array => {
  const order = offer.group.keyAgreement === "DH" ? g2.q : BP256_ORDER;
  return reduceScalar(bytes(example, name), order);
};
const BP256_ORDER = "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7";
const point = (example: Example, name: string): string => {
  const value = String(example[name as Field]);
  return value.startsWith("04") && value.length % 64 === 2 ? value : `04${value}`;
};

const gm1 = offerOf("id-PACE-ECDH-GM-AES-CBC-CMAC-128", 13);
const gm2 = offerOf("id-PACE-DH-GM-AES-CBC-CMAC-128", 0);
const im1 = offerOf("id-PACE-ECDH-IM-AES-CBC-CMAC-128", 13);
const im2 = offerOf("id-PACE-DH-IM-AES-CBC-CMAC-128", 0);
const cam = offerOf("id-PACE-ECDH-CAM-AES-CBC-CMAC-128", 13);

const passwords = {
  g1: { kind: "mrz", secret: "T22000129364081251010318" },
  i1: { kind: "mrz", secret: "C11T002JM496081222310314" },
  pin: { kind: "pin", secret: "123456" },
} as const satisfies Record<string, PacePassword>;

describe("PACE formulas against ICAO 9303-11 and TR-03110", () => {
  it("§9.7.3: keys from MRZ, CAN and PIN", () => {
    const key = (name: keyof typeof passwords) => {
      const password = passwords[name];
      return toHex(derivePaceKey(password.kind, passwordBytes(password), aes128));
    };
    expect(key("g1")).toBe(g1.k_pi);
    expect(key("i1")).toBe(i1.k_pi);
    expect(key("pin")).toBe(eac.k_pi);
    expect(key("pin")).toBe(h1.k_pi);
    expect(key("pin")).toBe(h2.k_pi);
  });

  it("§4.4.3.3: encrypted nonces", () => {
    for (const example of [g1, h2, i1]) {
      expect(toHex(aes128.encrypt(bytes(example, "k_pi"), bytes(example, "s")))).toBe(example.z);
      expect(toHex(aes128.decrypt(bytes(example, "k_pi"), bytes(example, "z")))).toBe(example.s);
    }
  });

  it.each([
    ["G.1", gm1, g1],
    ["I.1", cam, i1],
  ] as const)("%s: generic mapping on a curve", (_name, offer, example) => {
    const { group } = offer;
    for (const side of ["pcd", "picc"]) {
      const own = group.power(group.generator, bytes(example, `map_${side}_priv`));
      expect(toHex(own)).toBe(point(example, `map_${side}_pub`));
    }
    const h = group.power(fromHex(point(example, "map_pcd_pub")), bytes(example, "map_picc_priv"));
    expect(toHex(h)).toBe(point(example, "shared_h"));
    const mapped = group.mapGeneric(bytes(example, "s"), h) as Uint8Array;
    expect(toHex(mapped)).toBe(point(example, "mapped_g"));
    expect(toHex(group.power(mapped, bytes(example, "pcd_priv")))).toBe(point(example, "pcd_pub"));
  });

  it("G.2: generic mapping modulo a prime", () => {
    const { group } = gm2;
    expect(toHex(group.power(group.generator, bytes(g2, "map_pcd_priv")))).toBe(g2.map_pcd_pub);
    expect(toHex(group.power(group.generator, bytes(g2, "map_picc_priv")))).toBe(g2.map_picc_pub);
    const h = group.power(bytes(g2, "map_picc_pub"), bytes(g2, "map_pcd_priv"));
    expect(toHex(h)).toBe(g2.shared_h);
    expect(toHex(group.mapGeneric(bytes(g2, "s"), h) as Uint8Array)).toBe(g2.mapped_g);
    // printed with a leading zero byte, sent without
    expect(`00${toHex(group.power(bytes(g2, "mapped_g"), bytes(g2, "pcd_priv")))}`).toBe(g2.pcd_pub);
    expect(toHex(group.secret(group.power(bytes(g2, "picc_pub"), bytes(g2, "pcd_priv"))))).toBe(g2.shared_k);
  });

  it("H.1: pseudo-random function and point encoding", () => {
    const r = pseudoRandom(aes128, bytes(h1, "s"), bytes(h1, "t"), im1.group.bits);
    expect(toHex(r)).toBe(h1.r);
    const mapped = im1.group.mapIntegrated(r) as Uint8Array;
    expect(toHex(mapped)).toBe(point(h1, "mapped_g"));
    expect(toHex(im1.group.power(mapped, bytes(h1, "picc_priv")))).toBe(point(h1, "picc_pub"));
    const k = im1.group.power(fromHex(point(h1, "pcd_pub")), bytes(h1, "picc_priv"));
    expect(toHex(im1.group.secret(k))).toBe(h1.shared_k);
  });

  it("H.2: pseudo-random function and power modulo a prime", () => {
    const r = pseudoRandom(aes128, bytes(h2, "s"), bytes(h2, "t"), im2.group.bits);
    expect(toHex(r)).toBe(h2.r);
    expect(toHex(im2.group.mapIntegrated(r) as Uint8Array)).toBe(h2.mapped_g);
    expect(toHex(im2.group.power(bytes(h2, "mapped_g"), scalar(im2, h2, "pcd_priv")))).toBe(h2.pcd_pub);
    expect(toHex(im2.group.power(bytes(h2, "picc_pub"), scalar(im2, h2, "pcd_priv")))).toBe(h2.shared_k);
  });

  it("pseudo-random function of 3DES, AES-192 and AES-256 as OpenSSL calculates it", () => {
    const { vectors } = vector<{
      vectors: { suite: "3DES" | "AES-192" | "AES-256"; bits: number; s: string; t: string; r: string }[];
    }>("icao9303/prf-openssl.json");
    for (const row of vectors) {
      const r = pseudoRandom(PACE_CIPHERS[row.suite], fromHex(row.s), fromHex(row.t), row.bits);
      expect(toHex(r), `${row.suite}, ${row.bits}`).toBe(row.r);
    }
    expect(new Set(vectors.map(({ suite }) => suite)).size).toBe(3);
  });

  it.each([
    ["G.1", gm1, g1],
    ["G.2", gm2, g2],
    ["H.1", im1, h1],
    ["H.2", im2, h2],
    ["I.1", cam, i1],
  ] as const)("%s: session keys and tokens", (_name, offer, example) => {
    const { group, protocol } = offer;
    const parameters = paceSessionParameters(bytes(example, "shared_k"), protocol.cipher);
    expect([toHex(parameters.ksEnc), toHex(parameters.ksMac)]).toEqual([example.ks_enc, example.ks_mac]);
    expect(toHex(parameters.ssc)).toBe("00".repeat(16));
    const key = (name: string) =>
      group.keyAgreement === "ECDH"
        ? fromHex(point(example, name))
        : fromHex(String(example[name as Field]).replace(/^(00)+/, ""));
    const token = (name: string) =>
      toHex(authenticationToken(protocol.cipher, parameters.ksMac, protocol.reference, group, key(name)));
    expect(toHex(protocol.reference)).toBe(example.oid);
    expect([token("picc_pub"), token("pcd_pub")]).toEqual([example.t_ifd, example.t_ic]);
  });

  it("I.1: encrypted chip authentication data, and the key that they prove", () => {
    const ksEnc = bytes(i1, "ks_enc");
    expect(toHex(encryptChipData(ksEnc, bytes(i1, "ca_ic")))).toBe(i1.encrypted_chip_authentication_data);
    expect(toHex(decryptChipData(ksEnc, bytes(i1, "encrypted_chip_authentication_data")) as Uint8Array)).toBe(i1.ca_ic);
    const evidence = {
      curve: "brainpoolP256r1",
      keyId: 13,
      mappingKey: fromHex(point(i1, "map_picc_pub")),
      chipAuthenticationData: bytes(i1, "ca_ic"),
    } as const;
    const key = chipKeyOfI1();
    expect(verifyChipAuthenticationMapping(evidence, key)).toBe(true);
    expect(verifyChipAuthenticationMapping({ ...evidence, mappingKey: key }, key)).toBe(false);
    expect(verifyChipAuthenticationMapping(evidence, evidence.mappingKey)).toBe(false);
    expect(verifyChipAuthenticationMapping(evidence, key.subarray(1))).toBe(false);
  });

  it("TR-03110 worked example: ID.IC is the x-coordinate", () => {
    const { group } = gm1;
    expect(toHex(compressedKey(group, bytes(eac, "picc_pub_key")))).toBe(eac.picc_pub_key.slice(2, 66));
    const k = group.power(bytes(eac, "picc_pub_key"), scalar(gm1, eac, "pcd_priv_key"));
    expect(toHex(group.secret(k))).toBe(eac.shared_secret_k);
  });
});

function chipKeyOfI1(): Uint8Array {
  const info = securityInfoOf({
    ...parseInfo(i1.chip_authentication_public_key_info),
  });
  if (info.kind !== "chipAuthenticationPublicKeyInfo") throw new Error(info.kind);
  const spki = parseTlv(fromHex(i1.chip_authentication_public_key_info)).child(0x30);
  const key = parsePublicKeyInfo(spki?.raw as Uint8Array);
  if (key.kind !== "EC") throw new Error(key.kind);
  return key.point;
}

function parseInfo(text: string) {
  const node = parseTlv(fromHex(text), 0x30);
  const [protocol, required, optional] = [...node.children];
  if (protocol === undefined || required === undefined || optional === undefined) throw new Error("three expected");
  return { protocol: "0.4.0.127.0.7.2.2.1.2", requiredData: required.raw, optionalData: optional.raw };
}

describe("PACE, byte for byte with the keys of the worked examples", () => {
  const commandsOf = (
    offer: PaceOffer,
    password: PacePassword,
    random: Uint8Array[],
    apdus: { c: string; r: string }[],
  ) => {
    const exchange = openPace(offer, password, { random: values(...random) });
    let step = exchange.next();
    for (const { c, r } of apdus) {
      if (step.done) throw new Error("PACE is over");
      expect(toHex(encodeCommand(step.value as CommandApdu))).toBe(c.toLowerCase());
      step = exchange.next(parseResponse(fromHex(r)));
    }
    if (!step.done) throw new Error("PACE goes on");
    return step.value;
  };

  it.each([
    ["G.1", gm1, g1, "g1"],
    ["I.1", cam, i1, "i1"],
  ] as const)("%s: terminal", (_name, offer, example, password) => {
    const random = [bytes(example, "map_pcd_priv"), bytes(example, "pcd_priv")];
    const result = commandsOf(offer, passwords[password], random, example.apdus);
    expect(toHex(result.idIc)).toBe(example.picc_pub.slice(0, 64));
    expect(result.certificationAuthorityReferences).toEqual([]);
    if (offer === cam) {
      expect(toHex(result.chipAuthentication?.chipAuthenticationData ?? new Uint8Array())).toBe(i1.ca_ic);
      expect(result.chipAuthentication?.keyId).toBe(13);
    } else expect(result.chipAuthentication).toBeUndefined();
  });

  it("G.2: terminal, with the trust point that the chip names", () => {
    const random = [bytes(g2, "map_pcd_priv"), bytes(g2, "pcd_priv")];
    const result = commandsOf(gm2, passwords.g1, random, g2.apdus);
    expect(result.certificationAuthorityReferences).toEqual(["DETESTCVCA00003"]);
  });

  it.each([
    ["G.1", gm1, g1, "g1"],
    ["G.2", gm2, g2, "g1"],
    ["I.1", cam, i1, "i1"],
  ] as const)("%s: chip", (_name, offer, example, name) => {
    const password = passwords[name];
    const keys = ["map_picc_priv", "picc_priv"].map((field) => scalar(offer, example, field));
    const random = [bytes(example, "s"), ...keys];
    // CA.IC = SK.IC⁻¹ · SK.Map,IC; the example prints no SK.IC, so it is calculated from CA.IC
    const n = BigInt(`0x${BP256_ORDER}`);
    const staticKey = offer === cam ? divide(BigInt(`0x${i1.map_picc_priv}`), BigInt(`0x${i1.ca_ic}`), n) : undefined;
    const exchange = paceChip(
      parseCommand(fromHex(example.apdus[0]?.c as string)),
      {
        offers: [offer],
        passwords: [{ kind: password.kind, secret: passwordBytes(password) }],
        ...(staticKey && { chipAuthenticationKeys: new Map([[13, staticKey]]) }),
      },
      { random: values(...random) },
    );
    let step = exchange.next();
    for (const [i, { r }] of example.apdus.entries()) {
      const response = step.done ? step.value.response : step.value;
      if (response === undefined) throw new Error("no response");
      // in G.2 the chip names its trust point unasked
      const expected = offer === gm2 && i === 4 ? "7c0a8608917f37b5c0e6d8d19000" : r;
      expect(toHex(encodeResponse(response))).toBe(expected);
      const next = example.apdus[i + 1];
      if (next) step = exchange.next(parseCommand(fromHex(next.c)));
    }
    expect(step.done && step.value.session !== undefined).toBe(true);
  });

  const dynamic = (tag: number, value: Uint8Array) => encodeTlv(0x7c, encodeTlv(tag, value));
  it.each([
    ["H.1", im1, h1],
    ["H.2", im2, h2],
  ] as const)("%s: terminal and chip", (_name, offer, example) => {
    const key = (name: string) => (offer === im1 ? fromHex(point(example, name)) : bytes(example, name));
    const terminal = openPace(offer, passwords.pin, {
      random: values(bytes(example, "t"), scalar(offer, example, "pcd_priv")),
    });
    const pin = { kind: "pin", secret: fromHex("313233343536") } as const;
    const chip = paceChip(
      (terminal.next().value as CommandApdu) ?? undefined,
      { offers: [offer], passwords: [pin] },
      { random: values(bytes(example, "s"), scalar(offer, example, "picc_priv")) },
    );
    const answers: Uint8Array[] = [];
    const commands: Uint8Array[] = [];
    let response = chip.next();
    let last: unknown;
    for (;;) {
      const sent = response.done ? response.value.response : response.value;
      if (sent === undefined) throw new Error("no response");
      answers.push(sent.data);
      const command = terminal.next(sent);
      if (command.done) {
        last = command.value.offer;
        break;
      }
      commands.push(command.value.data);
      response = chip.next(command.value);
    }
    expect(last).toBe(offer);
    const hex = (list: Uint8Array[]) => list.map(toHex);
    expect(hex(commands)).toEqual([
      "7c00",
      toHex(dynamic(0x81, bytes(example, "t"))),
      toHex(dynamic(0x83, key("pcd_pub"))),
      toHex(dynamic(0x85, bytes(example, "t_ifd"))),
    ]);
    expect(hex(answers)).toEqual([
      "",
      toHex(dynamic(0x80, aes128.encrypt(bytes(example, "k_pi"), bytes(example, "s")))),
      "7c028200",
      toHex(dynamic(0x84, key("picc_pub"))),
      toHex(dynamic(0x86, bytes(example, "t_ic"))),
    ]);
  });

  it("TR-03110 worked example: what its EF.CardAccess offers, and both sides with its keys", () => {
    const offers = paceOffers(parseSecurityInfos(bytes(eac, "ef_cardaccess")).infos);
    expect(offers.map(({ protocol, parameterId, ambiguous }) => [protocol.name, parameterId, ambiguous])).toEqual([
      ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", 13, false],
    ]);
    const [offer] = offers as [PaceOffer];
    const terminal = openPace(offer, passwords.pin, {
      random: values(scalar(offer, eac, "map_pcd_priv_key"), scalar(offer, eac, "pcd_priv_key")),
    });
    const ok = (tag: number, name: string) => ({ data: dynamic(tag, bytes(eac, name)), sw: 0x9000 });
    terminal.next();
    terminal.next({ data: new Uint8Array(), sw: 0x9000 });
    const map = terminal.next(ok(0x80, "nonce_enc"));
    expect(toHex((map.value as CommandApdu).data)).toBe(toHex(dynamic(0x81, bytes(eac, "map_pcd_pub_key"))));
    const agree = terminal.next(ok(0x82, "map_picc_pub_key"));
    expect(toHex((agree.value as CommandApdu).data)).toBe(toHex(dynamic(0x83, bytes(eac, "pcd_pub_key"))));
    const token = terminal.next(ok(0x84, "picc_pub_key"));
    expect(toHex((token.value as CommandApdu).data)).toBe(toHex(dynamic(0x85, bytes(eac, "authentication_token_pcd"))));
    const end = terminal.next(ok(0x86, "authentication_token_picc"));
    expect(end.done).toBe(true);
  });
});

function divide(a: bigint, b: bigint, n: bigint): Uint8Array {
  let power = 1n;
  for (let e = n - 2n, base = b; e > 0n; e >>= 1n, base = (base * base) % n) if (e & 1n) power = (power * base) % n;
  return fromHex(((a * power) % n).toString(16).padStart(64, "0"));
}
