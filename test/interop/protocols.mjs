// The protocols, one row for each mapping, cipher and group, with what proves it. `list-protocols.mjs` makes docs/protocols.md
// of it, `steps/libeac.mjs` runs what it says of libeac, and `test/access/pace/table.test.ts` holds it against the package.
import { eacProtocols } from "./protocols-eac.mjs";

const ID_PACE = "0.4.0.127.0.7.2.2.4";

/** Standardized domain parameters by number (ICAO 9303-11 §9.5.1, table 12). */
const GROUPS = {
  DH: { 0: "MODP 1024/160", 1: "MODP 2048/224", 2: "MODP 2048/256" },
  ECDH: {
    ...{ 8: "P-192", 9: "brainpoolP192r1", 10: "P-224", 11: "brainpoolP224r1", 12: "P-256", 13: "brainpoolP256r1" },
    ...{ 14: "brainpoolP320r1", 15: "P-384", 16: "brainpoolP384r1", 17: "brainpoolP512r1", 18: "P-521" },
  },
};

const CIPHERS = { 1: "3DES", 2: "AES-128", 3: "AES-192", 4: "AES-256" };

/** Mappings by their arc. */
const MAPPINGS = [
  { arc: 1, keyAgreement: "DH", mapping: "GM" },
  { arc: 2, keyAgreement: "ECDH", mapping: "GM" },
  { arc: 3, keyAgreement: "DH", mapping: "IM" },
  { arc: 4, keyAgreement: "ECDH", mapping: "IM" },
  { arc: 6, keyAgreement: "ECDH", mapping: "CAM" },
];

/** Published vectors, by arcs and number; both roles run them byte for byte. */
const VECTORS = {
  "2.2 13": "9303-11 App. G.1; BSI's worked example",
  "1.2 0": "9303-11 App. G.2",
  "4.2 13": "9303-11 App. H.1",
  "3.2 0": "9303-11 App. H.2",
  "6.2 13": "9303-11 App. I.1",
};

/** What is known where neither a vector nor a program covers the whole row. */
function parts(mapping, cipher, keyAgreement) {
  if (mapping === "CAM") return "mapping and keys as GM; chip data: two backends agree";
  const random = cipher === "AES-128" ? "" : "pseudo-random function: OpenSSL; ";
  return `${random}${keyAgreement === "ECDH" ? "point encoding: App. B.2 and B.3 agree" : "two backends agree"}`;
}

const bac = {
  ...{ protocol: "BAC", mapping: "", keyAgreement: "", cipher: "3DES", group: "" },
  ...{ vector: "9303-11 App. D", program: "mrtdreader (terminal)", parts: "" },
};

/** Every combination: P-224 has no integrated mapping, chip authentication mapping no 3DES. */
export const PROTOCOLS = [
  bac,
  ...MAPPINGS.flatMap(({ arc, keyAgreement, mapping }) =>
    Object.entries(CIPHERS)
      .filter(([, cipher]) => mapping !== "CAM" || cipher !== "3DES")
      .flatMap(([last, cipher]) =>
        Object.entries(GROUPS[keyAgreement])
          .filter(([, group]) => mapping !== "IM" || group !== "P-224")
          .map(([number, group]) => {
            const vector = VECTORS[`${arc}.${last} ${number}`] ?? "";
            const program = mapping === "GM" ? "libeac (both roles)" : "";
            return {
              ...{ protocol: "PACE", oid: `${ID_PACE}.${arc}.${last}`, parameterId: Number(number) },
              ...{ mapping, keyAgreement, cipher, group, vector, program },
              parts: vector || program ? "" : parts(mapping, cipher, keyAgreement),
            };
          }),
      ),
  ),
  ...eacProtocols(GROUPS, CIPHERS),
];

/** What libeac 1.1.2 (Debian 12) judges: each protocol of PACE with its domain parameters. */
export const PACE_BY_LIBEAC = [
  ...new Set(
    PROTOCOLS.filter(({ protocol, program }) => protocol === "PACE" && program.startsWith("libeac")).map(
      ({ oid }) => oid,
    ),
  ),
].map((protocol) => ({
  protocol,
  parameterIds: PROTOCOLS.filter(({ oid }) => oid === protocol).map(({ parameterId }) => parameterId),
}));
