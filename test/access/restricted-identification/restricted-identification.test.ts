import { describe, expect, it } from "vitest";
import {
  type RestrictedIdentificationKey,
  restrictedIdentificationChip,
  type SectorTerminal,
} from "../../../src/access/restricted-identification/chip.js";
import {
  encodeSectorKey,
  parseSectorKey,
  RESTRICTED_IDENTIFICATION_PROTOCOLS,
  type RestrictedIdentificationProtocol,
  revocationKey,
  type SectorKey,
  sectorIdentifier,
  sectorKeyHash,
  sectorPublicKey,
} from "../../../src/access/restricted-identification/shared.js";
import { askSectorIdentifiers } from "../../../src/access/restricted-identification/terminal.js";
import { commandApdu, encodeCommand, parseResponse } from "../../../src/apdu/apdu.js";
import { runSync } from "../../../src/apdu/exchange.js";
import { EMPTY, fromHex, toHex } from "../../../src/bytes/bytes.js";
import { systemRandom } from "../../../src/bytes/random.js";
import { DH_GROUPS } from "../../../src/crypto/dh-groups.js";
import { type AgreementGroup, dhAgreementGroup, ecAgreementGroup } from "../../../src/crypto/key-agreement.js";
import { chipThat } from "../chip-authentication/support.js";
import { code, vector } from "../pace/support.js";

type Name =
  | "chip_id_private"
  | "chip_id_public"
  | "revocation_private"
  | "revocation_public"
  | "sector_private"
  | "sector_public"
  | "revocation_id_point"
  | "shared_point"
  | "sector_identifier_sha256_x";
const v = vector<Record<Name, string>>("tr03110/restricted-identification-sector1.json");
const hex = (name: Name) => fromHex(v[name]);
const group = ecAgreementGroup("brainpoolP256r1");
const protocolOf = (name: string): RestrictedIdentificationProtocol => {
  const row = RESTRICTED_IDENTIFICATION_PROTOCOLS.find((each) => each.name === name);
  if (row === undefined) throw new Error(`no ${name}`);
  return row;
};
const protocol = protocolOf("id-RI-ECDH-SHA-256");
const sector: SectorKey = { protocol, group, publicKey: hex("sector_public") };
const key: RestrictedIdentificationKey = {
  keyId: 1,
  group,
  privateKey: hex("chip_id_private"),
  protocols: [protocol.oid],
  authorizedOnly: false,
};
const hashOf = (one: SectorKey) => sectorKeyHash("SHA-256", encodeSectorKey(one));
const terminal: SectorTerminal = { sectorKeyHashes: { first: hashOf(sector) }, hash: "SHA-256", authorized: false };

const chipOf = (keys: readonly RestrictedIdentificationKey[], who: SectorTerminal | undefined) =>
  chipThat((first) => restrictedIdentificationChip(first, keys, who));

describe("against the vector of sector 1", () => {
  it("keys, identifier and the revocation half", () => {
    expect(toHex(group.power(group.generator, hex("chip_id_private")))).toBe(v.chip_id_public);
    expect(toHex(sectorPublicKey(group, hex("sector_private"), hex("revocation_public")))).toBe(v.sector_public);
    expect(toHex(group.power(hex("sector_public"), hex("chip_id_private")))).toBe(v.shared_point);
    const identifier = sectorIdentifier("SHA-256", group, hex("chip_id_private"), hex("sector_public"));
    expect(toHex(identifier)).toBe(v.sector_identifier_sha256_x);
    const revoked = revocationKey(group, hex("revocation_private"), hex("chip_id_public"));
    expect(toHex(revoked)).toBe(v.revocation_id_point);
    expect(toHex(sectorIdentifier("SHA-256", group, hex("sector_private"), revoked))).toBe(
      v.sector_identifier_sha256_x,
    );
    expect(() => sectorIdentifier("SHA-256", group, hex("sector_private"), EMPTY)).toThrow(RangeError);
  });

  it("terminal and chip", () => {
    const { first, second } = runSync(chipOf([key], terminal).transmit, askSectorIdentifiers(1, { first: sector }));
    expect(toHex(first ?? EMPTY)).toBe(v.sector_identifier_sha256_x);
    expect(second).toBeUndefined();
  });
});

describe("both halves", () => {
  const dh = DH_GROUPS.map(({ p, g, q }) =>
    dhAgreementGroup({ p: fromHex(p), g: fromHex(g), q: fromHex(q) }),
  ) as AgreementGroup[];
  it.each([
    ["id-RI-ECDH-SHA-512", ecAgreementGroup("P-521")],
    ["id-RI-ECDH-SHA-1", ecAgreementGroup("P-256")],
    ["id-RI-ECDH-SHA-384", ecAgreementGroup("brainpoolP384r1")],
    ["id-RI-DH-SHA-256", dh[0] as AgreementGroup],
    ["id-RI-DH-SHA-224", dh[2] as AgreementGroup],
  ])("%s over every kind of group, and each identifier is revocable", (name, own) => {
    const row = protocolOf(name);
    const random = () => own.randomScalar(systemRandom);
    const [id, revocation, one, two] = [random(), random(), random(), random()] as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const revocationPublic = own.power(own.generator, revocation);
    const keyOf = (scalar: Uint8Array): SectorKey => ({
      protocol: row,
      group: own,
      publicKey: sectorPublicKey(own, scalar, revocationPublic),
    });
    const [first, second] = [keyOf(one), keyOf(two)];
    const { publicKey, protocol: read, group: readGroup } = parseSectorKey(encodeSectorKey(first)) as SectorKey;
    expect([toHex(publicKey), read.name, readGroup.name]).toEqual([toHex(first.publicKey), name, own.name]);
    const chip = chipOf([{ keyId: 300, group: own, privateKey: id, protocols: [row.oid], authorizedOnly: true }], {
      sectorKeyHashes: { first: hashOf(first), second: hashOf(second) },
      hash: "SHA-256",
      authorized: true,
    });
    const names = runSync(chip.transmit, askSectorIdentifiers(300, { first, second }));
    expect(names.first).not.toEqual(names.second);
    const blocked = revocationKey(own, revocation, own.power(own.generator, id));
    expect(names.first).toEqual(sectorIdentifier(row.hash, own, one, blocked));
    expect(names.second).toEqual(sectorIdentifier(row.hash, own, two, blocked));
  });
});

describe("refusals", () => {
  const refused = (
    keys: readonly RestrictedIdentificationKey[],
    who: SectorTerminal | undefined,
    asked = { first: sector },
    id = 1,
  ) => expect(() => runSync(chipOf(keys, who).transmit, askSectorIdentifiers(id, asked)));
  const other = { ...sector, publicKey: hex("revocation_public") };

  it("of terminals that did not prove the key", () => {
    refused([key], undefined).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([key], terminal, { first: other }).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([key], { ...terminal, sectorKeyHashes: {} }).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([{ ...key, authorizedOnly: true }], terminal).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([key], terminal, { first: sector }, 2).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([{ ...key, protocols: [] }], terminal).toThrow(code("RESTRICTED_IDENTIFICATION_REFUSED"));
    refused([{ ...key, group: ecAgreementGroup("P-256") }], terminal).toThrow(
      code("RESTRICTED_IDENTIFICATION_REFUSED"),
    );
  });

  it("of answers that are none, and of calls without a key", () => {
    for (const answer of ["9000", "7c009000", "7c03810101 9000", `7c228320${"00".repeat(32)}9000`, "6a80"]) {
      let count = 0;
      const transmit = () => fromHex(count++ === 0 ? "9000" : answer);
      expect(() => runSync(transmit, askSectorIdentifiers(1, { first: sector }))).toThrow(
        code("RESTRICTED_IDENTIFICATION_REFUSED"),
      );
    }
    expect(() => askSectorIdentifiers(1, {}).next()).toThrow(RangeError);
    const second = { ...sector, protocol: protocolOf("id-RI-ECDH-SHA-1") };
    expect(() => askSectorIdentifiers(1, { first: sector, second }).next()).toThrow(RangeError);
  });

  it("of sector keys that are not in their group", () => {
    const content = encodeSectorKey(sector);
    const wrong = content.slice();
    wrong[content.length - 10] = (wrong[content.length - 10] as number) ^ 1;
    expect(parseSectorKey(wrong)).toBeUndefined();
    expect(parseSectorKey(content.subarray(0, -2))).toBeUndefined();
    expect(parseSectorKey(Uint8Array.from([...content.subarray(0, -1), 2]))).toBeUndefined();
    expect(parseSectorKey(content.subarray(2))).toBeUndefined();
    expect(parseSectorKey(fromHex("06"))).toBeUndefined();
  });

  it("leaves other commands to the dispatcher", () => {
    const chip = chipOf([key], terminal);
    const ca = commandApdu(0, 0x22, 0x41, 0xa4, fromHex("800a04007f00070202030202"));
    expect(parseResponse(chip.transmit(encodeCommand(ca))).sw).toBe(0x6d00);
  });
});
