// The protocols, one row for each mapping, cipher and group, with what proves it. `list-protocols.mjs` makes docs/protocols.md
// of it, the step that a row names runs its program, `test/access/pace/table.test.ts` holds it against the package, and
// `test/access/proofs.test.ts` each claim against what runs it.
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

/** The file under test/vectors/ of each published vector, by what the table calls it. */
export const VECTOR_FILES = {
  "9303-11 App. D": "icao9303/bac-example-D.json",
  "9303-11 App. F": "icao9303/active-authentication-example-F.json",
  "9303-11 App. G.1": "icao9303/pace-gm-ecdh-example-G1.json",
  "9303-11 App. G.2": "icao9303/pace-gm-dh-example-G2.json",
  "9303-11 App. H.1": "icao9303/pace-im-ecdh-example-H1.json",
  "9303-11 App. H.2": "icao9303/pace-im-dh-example-H2.json",
  "9303-11 App. I.1": "icao9303/pace-cam-ecdh-example-I1.json",
  "BSI's worked example": "tr03110/eac-worked-example-ecdh.json",
  "`restricted-identification-sector1.json`": "tr03110/restricted-identification-sector1.json",
};

/** The files that a cell of the table means: separated by "; ", with remarks behind. */
export function vectorFilesOf(vector) {
  return (vector ? vector.split("; ") : []).map((label) => {
    const name = label.replace(/ \(.*\)$|, revocation too$/, "");
    const file = VECTOR_FILES[name] ?? /^`(.+\.json)`$/.exec(name)?.[1].replace(/^/, "icao9303/");
    if (file === undefined) throw new Error(`${JSON.stringify(name)} is no vector that is known`);
    return file;
  });
}

/** What is known where neither a vector nor a program covers the whole row. */
function parts(mapping, cipher, keyAgreement) {
  if (mapping === "CAM") return "mapping and keys as GM; chip data: two backends agree";
  const random = cipher === "AES-128" ? "" : "pseudo-random function: OpenSSL; ";
  return `${random}${keyAgreement === "ECDH" ? "point encoding: App. B.2 and B.3 agree" : "two backends agree"}`;
}

const bac = {
  ...{ protocol: "BAC", mapping: "", keyAgreement: "", cipher: "3DES", group: "" },
  ...{ vector: "9303-11 App. D", program: "mrtdreader (terminal)", step: "pcsc", parts: "" },
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
              ...(program && { step: "libeac" }),
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
