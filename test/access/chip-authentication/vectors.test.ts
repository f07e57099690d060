import { describe, expect, it } from "vitest";
import { type ChipStaticKey, chipAuthenticationChip } from "../../../src/access/chip-authentication/chip.js";
import { verifyChipAuthenticationEvidence } from "../../../src/access/chip-authentication/evidence.js";
import {
  chipAuthenticationParameters,
  chipAuthenticationToken,
} from "../../../src/access/chip-authentication/formulas.js";
import {
  type ChipAuthenticationOffer,
  chipAuthenticationMappingKey,
  chipAuthenticationOffers,
} from "../../../src/access/chip-authentication/offers.js";
import { openChipAuthentication } from "../../../src/access/chip-authentication/terminal.js";
import { EXPOSE_SESSION_SECRETS } from "../../../src/access/evidence/shared.js";
import { type CommandApdu, commandApdu, encodeCommand, parseCommand, parseResponse } from "../../../src/apdu/apdu.js";
import { secured } from "../../../src/apdu/session.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { compressPublicKey, EphemeralKey } from "../../../src/crypto/key-agreement.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../../../src/lds/security-infos.js";
import type { SmSuiteName } from "../../../src/sm/shared.js";
import { openTerminalSession } from "../../../src/sm/terminal.js";
import { values, vector } from "../pace/support.js";

interface Recorded {
  dg14: string;
  terminal_private: string;
  terminal_public: string;
  chip_public: string;
  shared_secret: string;
  sm_before: { ks_enc: string; ks_mac: string; ssc: string };
  sm_after: { ks_enc: string; ks_mac: string };
  exchange: { protected: string; plain: string; response: string; plain_response: string }[];
}

describe.each([
  ["ca-ecdh-3des.json", "3DES", "id-CA-ECDH-3DES-CBC-CBC"],
  ["ca-ecdh-aes128-nokeyid.json", "AES-128", "id-CA-ECDH-AES-CBC-CMAC-128"],
] as const)("version 1 against %s", (file, suite, name) => {
  const v = vector<Recorded>(`icao9303/${file}`);
  const { infos } = parseDg14SecurityInfos(fromHex(v.dg14));
  const offer = chipAuthenticationOffers(infos)[0] as ChipAuthenticationOffer;

  it("finds protocol and key in DG14", () => {
    expect(chipAuthenticationOffers(infos)).toHaveLength(1);
    expect(offer).toMatchObject({ version: 1, ambiguous: false, inferred: false });
    expect(offer.protocol).toMatchObject({ name, suite });
    expect(offer.group.name).toBe("brainpoolP256r1");
    expect(toHex(offer.publicKey)).toBe(v.chip_public);
    expect(toHex(chipAuthenticationMappingKey(infos, { curve: "brainpoolP256r1", keyId: 13 }) ?? fromHex(""))).toBe(
      v.chip_public,
    );
    expect(chipAuthenticationMappingKey(infos, { curve: "P-256", keyId: 12 })).toBeUndefined();
  });

  it("derives secret and keys", () => {
    const ephemeral = new EphemeralKey(offer.group, values(fromHex(v.terminal_private)));
    expect(toHex(ephemeral.publicKey)).toBe(v.terminal_public);
    const secret = ephemeral.agree(offer.publicKey);
    expect(toHex(secret)).toBe(v.shared_secret);
    const { ksEnc, ksMac, ssc } = chipAuthenticationParameters(offer.protocol, secret);
    expect([toHex(ksEnc), toHex(ksMac)]).toEqual([v.sm_after.ks_enc, v.sm_after.ks_mac]);
    expect(ssc.every((byte) => byte === 0)).toBe(true);
  });

  it("the terminal inside the session before and in the one after, byte for byte", () => {
    const old = openTerminalSession({
      suite: suite as SmSuiteName,
      ksEnc: fromHex(v.sm_before.ks_enc),
      ksMac: fromHex(v.sm_before.ks_mac),
      ssc: fromHex(v.sm_before.ssc),
    });
    const random = values(fromHex(v.terminal_private));
    const options = { random, command: "AT", [EXPOSE_SESSION_SECRETS]: true } as const;
    const exchange = secured(old, openChipAuthentication(offer, options));
    const [setAt, general, select] = v.exchange as [
      (typeof v.exchange)[0],
      (typeof v.exchange)[0],
      (typeof v.exchange)[0],
    ];
    expect(toHex(encodeCommand(exchange.next().value as CommandApdu))).toBe(setAt.protected);
    const second = exchange.next(parseResponse(fromHex(setAt.response)));
    expect(toHex(encodeCommand(second.value as CommandApdu))).toBe(general.protected);
    const last = exchange.next(parseResponse(fromHex(general.response)));
    if (!last.done) throw new Error("it goes on");
    const { session, evidence, compressedKey } = last.value;
    expect(toHex(compressedKey)).toBe(v.terminal_public.slice(2, 66));
    expect(verifyChipAuthenticationEvidence(evidence(), infos).status).toBe("notChecked");
    expect(toHex(encodeCommand(session.wrap(parseCommand(fromHex(select.plain)))))).toBe(select.protected);
    expect(session.unwrap(parseResponse(fromHex(select.response)))).toEqual({ data: fromHex(""), sw: 0x9000 });
    const recorded = evidence();
    expect(recorded).toMatchObject({ confirmed: true, protocol: offer.protocol.oid, version: 1 });
    expect(verifyChipAuthenticationEvidence(recorded, infos)).toMatchObject({
      status: "passed",
      evidence: { recomputed: "yes" },
    });
    const first = recorded.firstAnswer as NonNullable<typeof recorded.firstAnswer>;
    const data = first.data.slice();
    data[data.length - 1] = (data[data.length - 1] as number) ^ 1;
    const forged = { ...recorded, firstAnswer: { ...first, data } };
    expect(verifyChipAuthenticationEvidence(forged, infos).status).toBe("failed");
  });

  it("names no key where there is one", () => {
    const exchange = openChipAuthentication(offer, { command: "AT" });
    expect(toHex(encodeCommand(exchange.next().value as CommandApdu))).toBe((v.exchange[0] as { plain: string }).plain);
  });
});

it("MSE:Set AT names the key where there are several (sm-aes128-mse-set-at.json)", () => {
  const { plain } = vector<{ plain: string }>("icao9303/sm-aes128-mse-set-at.json");
  const offer: ChipAuthenticationOffer = { ...parsedOffer(), ambiguous: true, keyId: 0xc3 };
  expect(toHex(encodeCommand(openChipAuthentication(offer).next().value as CommandApdu))).toBe(plain);
});

function parsedOffer(): ChipAuthenticationOffer {
  const { dg14 } = vector<Recorded>("icao9303/ca-ecdh-aes128-nokeyid.json");
  return chipAuthenticationOffers(parseDg14SecurityInfos(fromHex(dg14)).infos)[0] as ChipAuthenticationOffer;
}

describe("version 2 against the worked example of TR-03110", () => {
  const v = vector<
    Record<
      | "ef_cardsecurity"
      | "ca_picc_priv_key"
      | "ca_picc_pub_key"
      | "ca_pcd_priv_key"
      | "ca_pcd_pub_key"
      | "ca_nonce"
      | "ca_picc_token"
      | "ca_shared_secret_k"
      | "ca_k_mac"
      | "ca_k_enc",
      string
    >
  >("tr03110/eac-worked-example-ecdh.json");
  // The signed content of EF.CardSecurity.
  const at = v.ef_cardsecurity.indexOf("31820137");
  const { infos } = parseSecurityInfos(fromHex(v.ef_cardsecurity.slice(at, at + 2 * (4 + 0x137))));
  const offer = chipAuthenticationOffers(infos)[0] as ChipAuthenticationOffer;
  const scalar = (hex: string) => fromHex(hex.padStart(64, "0").slice(-64));
  const ephemeral = () => new EphemeralKey(offer.group, values(scalar(v.ca_pcd_priv_key)));
  const key: ChipStaticKey = {
    group: offer.group,
    privateKey: scalar(v.ca_picc_priv_key),
    protocols: [{ oid: offer.protocol.oid, version: 2 }],
  };
  const answer = `7c14 8108 ${v.ca_nonce} 8208 ${v.ca_picc_token}`;

  it("secret, keys and token", () => {
    expect(offer).toMatchObject({ version: 2 });
    expect(toHex(offer.publicKey)).toBe(v.ca_picc_pub_key);
    expect(toHex(ephemeral().publicKey)).toBe(v.ca_pcd_pub_key);
    const secret = ephemeral().agree(offer.publicKey);
    expect(toHex(secret)).toBe(v.ca_shared_secret_k);
    const { ksEnc, ksMac } = chipAuthenticationParameters(offer.protocol, secret, fromHex(v.ca_nonce));
    expect([toHex(ksEnc), toHex(ksMac)]).toEqual([v.ca_k_enc, v.ca_k_mac]);
    expect(toHex(chipAuthenticationToken(offer.protocol, ksMac, offer.group, fromHex(v.ca_pcd_pub_key)))).toBe(
      v.ca_picc_token,
    );
  });

  it("the chip", () => {
    const announcedKey = compressPublicKey(offer.group, fromHex(v.ca_pcd_pub_key));
    const terminal = openChipAuthentication(offer, { ephemeral: ephemeral() });
    const setAt = terminal.next().value as CommandApdu;
    const chip = chipAuthenticationChip(setAt, [key], { announcedKey, random: values(fromHex(v.ca_nonce)) });
    const first = chip.next();
    if (first.done) throw new Error("it ended");
    const general = terminal.next(first.value).value as CommandApdu;
    expect(toHex(general.data)).toBe(`7c438041${v.ca_pcd_pub_key}`);
    const last = chip.next(general);
    if (!last.done) throw new Error("it goes on");
    expect(toHex(last.value.response?.data ?? fromHex(""))).toBe(answer.replaceAll(" ", ""));
    expect(last.value.session).toBeDefined();
  });

  it("the terminal, and its evidence", () => {
    const exchange = openChipAuthentication(offer, { ephemeral: ephemeral(), [EXPOSE_SESSION_SECRETS]: true });
    exchange.next();
    exchange.next({ data: fromHex(""), sw: 0x9000 });
    const last = exchange.next({ data: fromHex(answer), sw: 0x9000 });
    if (!last.done) throw new Error("it goes on");
    const evidence = last.value.evidence();
    expect(evidence.confirmed).toBe(true);
    expect(verifyChipAuthenticationEvidence(evidence, infos)).toMatchObject({
      status: "passed",
      evidence: { recomputed: "yes" },
    });
    const { ephemeralPrivateKey, ...silent } = evidence;
    expect(toHex(ephemeralPrivateKey ?? fromHex(""))).toBe(toHex(scalar(v.ca_pcd_priv_key)));
    expect(verifyChipAuthenticationEvidence(silent, infos)).toMatchObject({
      status: "passed",
      evidence: { recomputed: "no" },
    });
    const token = fromHex(v.ca_picc_token);
    token[0] = (token[0] as number) ^ 1;
    expect(verifyChipAuthenticationEvidence({ ...evidence, token }, infos).status).toBe("failed");
    expect(last.value.session.wrap(commandApdu(0, 0xb0, 0, 0)).cla).toBe(0x0c);
  });
});
