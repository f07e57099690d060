import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { terminalAuthenticationChip } from "../../../src/access/terminal-authentication/chip.js";
import { authenticateTerminal } from "../../../src/access/terminal-authentication/terminal.js";
import { chipTerminalTrust } from "../../../src/access/terminal-authentication/trust.js";
import { run } from "../../../src/apdu/exchange.js";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import { cvcAlgorithmByOid } from "../../../src/pki/cvc/algorithms.js";
import type { Signer } from "../../../src/pki/signer.js";
import { certificateOf, vector as file } from "../../pki/cvc/support.js";
import { chipThat } from "../chip-authentication/support.js";

const ID_IC = fromHex("5a".repeat(32));
const COMPRESSED = fromHex("a5".repeat(32));

/** What others made: CVCA, DV, terminal, the terminal's key; how many rights it has, some of them by our names. */
const MAKERS = [
  {
    maker: "PersoSim, inspection system",
    chain: ["persosim-IS/CVCA_Cert_01", "persosim-IS/dv_is_cert_1", "persosim-IS/is_cert_1"],
    key: "persosim-IS/IS_Key_01_default",
    rights: [2, "inspection.readDg3", "inspection.readDg4"],
  },
  {
    maker: "PersoSim, authentication terminal",
    chain: ["persosim-AT/CVCA_Cert_01", "persosim-AT/dv_at_cert_1", "persosim-AT/at_cert_1"],
    key: "persosim-AT/AT_Key_01_default",
    rights: [33, "authentication.readDg21", "authentication.writeDg17", "authentication.installCertificate"],
  },
  {
    maker: "Smart Card Shell, inspection system",
    chain: ["UTISCVCA00001.selfsigned", "UTISDVCAOD00001", "UTTERM00001"].map((name) => `scsh-UTISDVCAOD/${name}`),
    key: "scsh-UTISDVCAOD/UTTERM00001",
    rights: [2, "inspection.readDg3", "inspection.readDg4"],
  },
  {
    maker: "Smart Card Shell, authentication terminal",
    chain: ["UTATCVCA00001.selfsigned", "UTATDVCAOD00001", "UTTERM00001"].map((name) => `scsh-UTATDVCAOD/${name}`),
    key: "scsh-UTATDVCAOD/UTTERM00001",
    // every bit of the template; the reserved one is no right
    rights: [37, "authentication.privilegedTerminal", "authentication.writeDg21"],
  },
  {
    maker: "vsmartcard, signature terminal on P-192",
    chain: ["ZZSTCVCA00001", "ZZSTDVCA00001", "ZZSTTERM00001"].map((name) => `vsmartcard-ZZ/${name}`),
    key: "vsmartcard-ZZ/ZZSTTERM00001",
    rights: [0],
  },
] as const;

/** What is called PKCS#8 may be an ECPrivateKey: its version is 1, not 0. */
const formOf = (der: Uint8Array) => (toHex(der).slice(0, 12).includes("020101") ? "sec1" : "pkcs8");

/** OpenSSL signs, on curves too that are too weak for signers of ours. */
function opensslSigner(pkcs8: Uint8Array, hash: string): Signer {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: formOf(pkcs8) });
  return {
    publicKey: new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })),
    algorithms: [`ECDSA-${hash.replace("-", "")}` as Signer["algorithms"][number]],
    sign: (message) => new Uint8Array(sign(hash.replace("-", ""), message, { key, dsaEncoding: "ieee-p1363" })),
  };
}

describe.each(MAKERS)("a terminal made by $maker", ({ chain, key, rights: [count, ...names] }) => {
  const [root, dv, terminal] = chain.map((name) => certificateOf(`${name}.cvcert`));
  if (root === undefined || dv === undefined || terminal === undefined)
    throw new Error("a chain has three certificates");
  const certificates = [dv, terminal];
  const hash = cvcAlgorithmByOid(terminal.publicKey.oid)?.hash ?? "";
  const signer = opensslSigner(file(`${key}.pkcs8`), hash);

  const authenticate = async (version: 1 | 2, who = signer) => {
    const trust = chipTerminalTrust(root.raw);
    const binding = { version, idIc: ID_IC, ...(version === 1 && { compressedKey: COMPRESSED }) };
    const chip = chipThat((first) => terminalAuthenticationChip(first, trust, binding));
    const channel = { maxCommand: 65_544, maxResponse: 65_538, transmit: async (c: Uint8Array) => chip.transmit(c) };
    await run(
      channel,
      authenticateTerminal({ certificates, signer: who }, { version, idIc: ID_IC, compressedKey: COMPRESSED }),
    );
    return { outcome: chip.outcome(), trust };
  };

  it.each([1, 2] as const)("is let in by version %d, with its rights, and tells the day", async (version) => {
    const { outcome, trust } = await authenticate(version);
    expect(outcome?.authorization?.chr).toBe(terminal.chr);
    expect(outcome?.rights).toHaveLength(count);
    expect(outcome?.rights).toEqual(expect.arrayContaining(names));
    expect(trust.currentDate).toBe(
      [root, dv, terminal]
        .map(({ effectiveDate }) => effectiveDate)
        .sort()
        .at(-1),
    );
  });

  it("is refused with a signature of something else", async () => {
    const other: Signer = { ...signer, sign: (message, algorithm) => signer.sign(message.subarray(1), algorithm) };
    await expect(authenticate(2, other)).rejects.toMatchObject({ code: expect.stringMatching(/SIGN|REFUSED/) });
  });
});
