// The protocols after access control, one row for each variant, with what proves it; `protocols.mjs` puts them into the table.
// `steps/libeac-ca.mjs` and `steps/libeac-ta.mjs` run what is said of libeac, and `test/access/chip-authentication/table.test.ts` holds
// the rows of chip authentication against the package.
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
          ...(program && { step: "libeac-ca" }),
          parts: vector || program ? "" : "secret as version 2: libeac; session keys as PACE: libeac",
        };
      }),
    ),
  );

const row = (protocol, keyAgreement, { vector = "", program = "", step, parts = "", cipher = "" }) => ({
  ...{ protocol, mapping: "", keyAgreement, cipher, group: "", vector, program, parts, ...(step && { step }) },
});

const ecdsa = (curve, hash) => ({
  name: `ECDSA ${hash.replace("SHA", "SHA-")}, ${curve}`,
  algorithm: `ECDSA-${hash}`,
  newKey: ({ generateEcPrivateKey }) => generateEcPrivateKey(curve),
});
const rsa = (scheme, algorithm, bits) => ({
  name: `${scheme}, ${bits} bits`,
  algorithm,
  ...(scheme.includes("PSS") && { longSalt: true }),
  newKey: ({ generateRsaPrivateKey }) => generateRsaPrivateKey(bits),
});

/**
 * What `steps/libeac-ta.mjs` runs with libeac at the other end. `newKey` takes the package's `pki`. With PSS libeac's terminal makes the
 * salt as long as the key lets it, where 9303-11 §7.1.4.1.1 wants it as long as the digest.
 */
export const TERMINAL_AUTHENTICATION_BY_LIBEAC = [
  ecdsa("P-224", "SHA224"),
  ecdsa("brainpoolP224r1", "SHA224"),
  ecdsa("P-256", "SHA256"),
  ecdsa("brainpoolP256r1", "SHA256"),
  ecdsa("brainpoolP320r1", "SHA384"),
  ecdsa("P-384", "SHA384"),
  ecdsa("brainpoolP384r1", "SHA384"),
  ecdsa("brainpoolP512r1", "SHA512"),
  ecdsa("P-521", "SHA512"),
  rsa("RSA v1.5 SHA-256", "RSA-SHA256", 2048),
  rsa("RSA v1.5 SHA-512", "RSA-SHA512", 2048),
  rsa("RSA PSS SHA-256", "RSASSA-PSS-SHA256", 2048),
  rsa("RSA PSS SHA-512", "RSASSA-PSS-SHA512", 3072),
];

const terminalAuthentication = (version) =>
  TERMINAL_AUTHENTICATION_BY_LIBEAC.map(({ name, longSalt }) => {
    const program = longSalt ? "libeac (chip)" : "libeac (both roles)";
    const worked = version === 2 && name === "ECDSA SHA-256, brainpoolP256r1";
    const vector = worked ? "BSI's worked example (chip)" : "";
    return row(`Terminal authentication ${version}`, name, { vector, program, step: "libeac-ta" });
  });

const HASHES = ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"];
const restrictedIdentification = ["DH", "ECDH"].flatMap((keyAgreement) =>
  HASHES.map((hash) =>
    row("Restricted identification", `${keyAgreement} ${hash}`, {
      vector:
        `${keyAgreement} ${hash}` === "ECDH SHA-256" ? "`restricted-identification-sector1.json`, revocation too" : "",
      program: "libeac (identifier)",
      step: "libeac-ca",
    }),
  ),
);

const secureMessaging = [
  row("Secure messaging", "", {
    cipher: "3DES",
    vector: "9303-11 App. D",
    program: "libeac (both roles)",
    step: "libeac",
  }),
  row("Secure messaging", "", {
    ...{ cipher: "AES-128", vector: "`sm-aes128-mse-set-at.json`; `sm-aes128-gematik.json`" },
    ...{ program: "libeac (both roles)", step: "libeac" },
  }),
  row("Secure messaging", "", { cipher: "AES-192", program: "libeac (both roles)", step: "libeac" }),
  row("Secure messaging", "", {
    ...{ cipher: "AES-256", vector: "`sm-aes256-persosim.json`", program: "libeac (both roles)", step: "libeac" },
  }),
];

/** Rows of chip, terminal and active authentication, of restricted identification, secure messaging and what goes inside it. */
export const eacProtocols = (groups, ciphers) => [
  ...chipAuthentication(1, groups, ciphers),
  ...chipAuthentication(2, groups, ciphers),
  ...terminalAuthentication(1),
  ...terminalAuthentication(2),
  row("Terminal authentication 1, 2", "SHA-1; curves of 192 bits", {
    parts: "as with others; certificates and key on P-192: vsmartcard, signed by OpenSSL",
  }),
  row("PACE with a template, then TA 2 and CA 2", "", { program: "libeac (both roles)", step: "libeac-ta" }),
  row("CV certificates on the chip: trust points, date", "", { program: "cvc-create", step: "cvc-chip" }),
  row("Active authentication", "RSA, BC (SHA-1)", {
    vector: "9303-11 App. F; `active-authentication-rsa1024-bc.json`",
  }),
  row("Active authentication", "RSA, 34CC (SHA-256)", {
    vector: "`active-authentication-sm-3des.json` (a real chip)",
  }),
  row("Active authentication", "RSA, 33CC, 35CC, 36CC, 38CC", { parts: "as BC and 34CC with another hash function" }),
  row("Active authentication", "ECDSA, plain and DER", { parts: "ECDSA: Wycheproof; the challenge itself is signed" }),
  ...restrictedIdentification,
  ...secureMessaging,
  row("PIN: change, suspend, resume, block, unblock", "", { program: "npa-tool (terminal)", step: "npa-tool" }),
  row("Auxiliary data: age, validity, community", "", {
    parts: "signed by libeac in terminal authentication; the questions are the standard's text",
  }),
];
