// A token of SoftHSM2 signs through the PKCS#11 adapter, over the npm binding pkcs11js, which is installed and compiled here: it is
// an optional peer. The port's requirements, OpenSSL as judge of what was signed, and sessions that die under work.
import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { openPkcs11Signer } from "cardwright/adapters/pkcs11";
import { signBatch } from "cardwright/perso";
import { encodeSignatureValue } from "cardwright/pki";
import { SIGNER_REQUIREMENTS } from "cardwright/testing";
import { assert, file, nativeBuild, program, run, scratch } from "../lib.mjs";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";
const BINDING = "pkcs11js@2.1.7";
const PIN = "4711";

export const needs = [
  file(MODULE, "softhsm2"),
  program("softhsm2-util", "softhsm2"),
  program("pkcs11-tool", "opensc"),
  program("openssl", "openssl"),
  program("g++", "g++"),
  program("make", "make"),
  program("python3", "python3"),
];

const KEYS = [
  { id: 1, type: "EC:prime256v1", algorithm: "ECDSA-SHA256", digest: "sha256" },
  { id: 2, type: "EC:secp384r1", algorithm: "ECDSA-SHA384", digest: "sha384" },
  { id: 3, type: "EC:brainpoolP256r1", algorithm: "ECDSA-SHA256", digest: "sha256" },
  { id: 4, type: "rsa:3072", algorithm: "RSASSA-PSS-SHA256", digest: "sha256" },
];

export default async function pkcs11({ check }) {
  const folder = scratch("pkcs11");
  await mkdir(join(folder, "tokens"));
  const configuration = join(folder, "softhsm2.conf");
  writeFileSync(
    configuration,
    `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env.SOFTHSM2_CONF = configuration;

  let binding;
  const installed = await check(`npm installs and compiles ${BINDING}`, async () => {
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    await run("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", BINDING], {
      seconds: 240,
      cwd: folder,
      env: nativeBuild(),
    });
    binding = createRequire(join(folder, "package.json"))("pkcs11js");
  });
  if (!installed) return;

  await run("softhsm2-util", ["--init-token", "--free", "--label", "documents", "--so-pin", "12345678", "--pin", PIN]);
  const tool = ["--module", MODULE, "--token-label", "documents", "--login", "--pin", PIN];
  for (const { id, type } of KEYS) {
    await run("pkcs11-tool", [...tool, "--keypairgen", "--key-type", type, "--label", `key-${id}`, "--id", `0${id}`]);
  }

  const module = new binding.PKCS11();
  module.load(MODULE);
  module.C_Initialize({ flags: binding.CKF_OS_LOCKING_OK });
  let asked = 0;
  const open = (id, options = {}) =>
    openPkcs11Signer({
      module,
      token: "documents",
      key: { id: Uint8Array.of(id) },
      curveParameters: "named",
      pin: () => {
        asked++;
        return PIN;
      },
      ...options,
    });

  for (const { id, type, algorithm, digest } of KEYS) {
    await check(`${type}: does what the port of signers asks`, async () => {
      const signer = await open(id);
      assert(signer.algorithms.includes(algorithm), `it offers ${signer.algorithms}`);
      for (const { name, run: judge } of SIGNER_REQUIREMENTS) {
        await judge(signer).catch((error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      }
      await signer.close();
      return `${signer.algorithms.length} algorithms`;
    });

    await check(`${type}: OpenSSL verifies its ${algorithm}, by the public key that the adapter states`, async () => {
      const signer = await open(id);
      const message = Buffer.from(`signed by key ${id}`);
      const [key, text, value] = ["spki", "msg", "sig"].map((name) => join(folder, `${id}.${name}`));
      const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(signer.publicKey).toString("base64")}\n-----END PUBLIC KEY-----\n`;
      writeFileSync(key, pem.replace(/(.{64})(?=[^-\n])/g, "$1\n"));
      writeFileSync(text, message);
      writeFileSync(value, encodeSignatureValue(algorithm, await signer.sign(message, algorithm)));
      const pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
      const options = algorithm.startsWith("RSASSA-PSS") ? pss : [];
      await run("openssl", ["dgst", `-${digest}`, "-verify", key, ...options, "-signature", value, text]);
      await signer.close();
    });
  }

  await check("sessions and logins that end under work are replaced, nothing is lost", async () => {
    const signer = await open(1, { sessions: 4, pause: async () => {} });
    const [slot] = module.C_GetSlotList(true);
    let done = 0;
    const batch = signBatch(Array(2000).keys(), {
      prepare: (i) => Buffer.from(`card ${i}`),
      sign: (message) => signer.sign(message, "ECDSA-SHA256"),
      concurrency: signer.concurrency,
    });
    const before = asked;
    for await (const outcome of batch) {
      if ("error" in outcome) throw outcome.error;
      if (++done % 500 === 100) module.C_CloseAllSessions(slot);
    }
    assert(done === 2000, `${done} signatures`);
    assert(asked > before, "it never had to log in again");
    await signer.close();
    return `${asked - before} logins`;
  });

  await check("a whole new start of the module, as after the loss of a network token", async () => {
    const signer = await open(1, { pause: async () => {} });
    await signer.sign(Buffer.of(1), "ECDSA-SHA256");
    module.C_Finalize();
    module.C_Initialize({ flags: binding.CKF_OS_LOCKING_OK });
    assert((await signer.sign(Buffer.of(2), "ECDSA-SHA256")).length === 64, "no signature");
    await signer.close();
  });

  await check("a wrong PIN is tried once and shows nowhere", async () => {
    let tries = 0;
    const secret = "9185-not-it";
    const error = await open(1, {
      pin: () => {
        tries++;
        return secret;
      },
    }).catch((reason) => reason);
    assert(error.code === "SIGNER_UNAVAILABLE", `it gave ${error}`);
    assert(tries === 1, `${tries} tries`);
    assert(
      !`${error.stack} ${error.cause?.stack} ${JSON.stringify(error)}`.includes(secret),
      "the error holds the PIN",
    );
    return error.message.split(".")[0];
  });

  const rate = async (sessions, id, algorithm) => {
    const signer = await open(id, { sessions });
    const begun = performance.now();
    const jobs = Array(600).keys();
    const sign = (message) => signer.sign(message, algorithm);
    const batch = signBatch(jobs, { prepare: (i) => Buffer.from(`card ${i}`), sign, concurrency: sessions });
    for await (const outcome of batch) if ("error" in outcome) throw outcome.error;
    const perSecond = Math.round(600_000 / (performance.now() - begun));
    await signer.close();
    return perSecond;
  };
  await check("a pool of two sessions works, and how fast it is beside one", async () => {
    const [one, two] = [await rate(1, 2, "ECDSA-SHA384"), await rate(2, 2, "ECDSA-SHA384")];
    return `P-384: ${one} a second with one session, ${two} with two`;
  });

  module.C_Finalize();
}
