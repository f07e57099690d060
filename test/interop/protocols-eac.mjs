// The protocols after access control, one row for each variant, with what proves it; `protocols.mjs` puts them into the table.
// `steps/libeac-ca.mjs` runs what is said of libeac, and `test/access/chip-authentication/table.test.ts` holds the rows of chip
// authentication against the package.
const ID_CA = "0.4.0.127.0.7.2.2.3";

/** Published vectors of chip authentication, by version, arcs and number. */
const VECTORS = {
  "1 2.1 13": "`ca-ecdh-3des.json` (terminal)",
  "1 2.2 13": "`ca-ecdh-aes128-nokeyid.json` (terminal)",
  "2 2.2 13": "BSI's worked example",
};

const chipAuthentication = (version, groups, ciphers) =>
  [
    { arc: 1, keyAgreement: "DH" },
    { arc: 2, keyAgreement: "ECDH" },
  ].flatMap(({ arc, keyAgreement }) =>
    Object.entries(ciphers).flatMap(([last, cipher]) =>
      Object.entries(groups[keyAgreement]).map(([number, group]) => {
        const vector = VECTORS[`${version} ${arc}.${last} ${number}`] ?? "";
        const program = version === 2 ? "libeac (both roles)" : "";
        return {
          ...{
            protocol: `Chip authentication ${version}`,
            oid: `${ID_CA}.${arc}.${last}`,
            parameterId: Number(number),
          },
          ...{ version, mapping: "", keyAgreement, cipher, group, vector, program },
          parts: vector || program ? "" : "secret as version 2: libeac; session keys as PACE: libeac",
        };
      }),
    ),
  );

const row = (protocol, keyAgreement, vector, program = "", parts = "") => ({
  ...{ protocol, mapping: "", keyAgreement, cipher: "", group: "", vector, program, parts },
});

const HASHES = "SHA-1, 224, 256, 384, 512";

/** Rows of chip, terminal and active authentication and of restricted identification. */
export const eacProtocols = (groups, ciphers) => [
  ...chipAuthentication(1, groups, ciphers),
  ...chipAuthentication(2, groups, ciphers),
  row("Terminal authentication 1", "ECDSA, RSA v1.5, RSA PSS", "", "", "chains: PersoSim; what is signed as version 2"),
  row("Terminal authentication 2", "ECDSA", "BSI's worked example (chip; certificates and signature)"),
  row(
    "Terminal authentication 2",
    "RSA v1.5, RSA PSS",
    "",
    "",
    "what is signed as with ECDSA; signatures: OpenSSL's backend",
  ),
  row("Active authentication", "RSA, BC (SHA-1)", "9303-11 App. F; `active-authentication-rsa1024-bc.json`"),
  row("Active authentication", "RSA, 34CC (SHA-256)", "`active-authentication-sm-3des.json` (a real chip)"),
  row("Active authentication", "RSA, 33CC, 35CC, 36CC, 38CC", "", "", "as BC and 34CC with another hash function"),
  row("Active authentication", "ECDSA, plain and DER", "", "", "ECDSA: Wycheproof; the challenge itself is signed"),
  row("Restricted identification", "ECDH SHA-256", "`restricted-identification-sector1.json`, revocation too"),
  row(
    "Restricted identification",
    `DH, ECDH, ${HASHES}`,
    "",
    "",
    "as ECDH SHA-256; secret: libeac by chip authentication",
  ),
];
