// libeac's programs judge our CV certificates, and theirs are judged by us. They compare with today's date, so all is made today.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authenticateOnChip, day } from "../cv-chain.mjs";
import { assert, program, run, scratch } from "../lib.mjs";

export const needs = [
  program("cvc-print", "openpace"),
  program("cvc-create", "openpace"),
  program("openssl", "openssl"),
];

const VERIFIED = /^certificate verified$/m;

/** Rights as we name them, and as cvc-print does. */
const TYPES = {
  IS: [
    ["readDg3", "readDg4"],
    ["Inspection system", "Read fingerprint", "Read iris"],
  ],
  AT: [
    ["ageVerification", "canAllowed", "readDg4", "readDg21", "writeDg17"],
    [
      ...["Authentication terminal", "Age Verification", "CAN allowed", "Read DG 4 (Given Names)"],
      ...["Read DG 21 (OptionalDataRW)", "Write DG 17 (Normal Place of Residence)"],
    ],
  ],
  ST: [["generateElectronicSignature"], ["Signature terminal", "Generate electronic signature"]],
};
const CURVES = ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"];

export default async function cvc({ check }) {
  const pki = await import("cardwright/pki");
  const folder = scratch("cvc");

  /** CVCA, DV and terminal of ours, in files that cvc-print finds by their references. */
  async function ours(curve, terminalType) {
    const [rights] = TYPES[terminalType];
    const chat = (role) => pki.buildChat({ terminalType, role, rights });
    const signers = [0, 1, 2].map(() => pki.memorySigner(pki.generateEcPrivateKey(curve)));
    const [algorithm] = signers[0].algorithms;
    const { oid } = pki.CVC_ALGORITHMS.find(({ signature }) => signature === algorithm);
    const dates = { effectiveDate: day(0), expirationDate: day(20) };
    const key = (i) => pki.cvcPublicKeyFromSpki(signers[i].publicKey, oid);
    const cvca = await pki.createCvca({ ...dates, signer: signers[0], chr: "UTCVCA00001", chat: chat("cvca") });
    const dv = await pki.issueCvCertificate({
      ...dates,
      issuer: { certificate: cvca, signer: signers[0] },
      publicKey: key(1),
      chr: "UTDV00001",
      chat: chat("dvDomestic"),
    });
    const terminal = await pki.issueCvCertificate({
      ...dates,
      issuer: { certificate: dv, signer: signers[1] },
      publicKey: key(2),
      chr: "UTTERM00001",
      chat: chat("terminal"),
    });
    const trust = scratch("cvc-trust");
    for (const { chr, raw } of [cvca, dv, terminal]) writeFileSync(join(trust, chr), raw);
    return { trust, cvca, dv, terminal, signers, oid };
  }
  const print = (trust, name) =>
    run("cvc-print", [`--cvc=${join(trust, name)}`, `--cvc-dir=${trust}`], { mayFail: true });

  await check("cvc-print verifies our CVCA, DV and terminal certificates, and reads the rights", async () => {
    let verified = 0;
    for (const curve of CURVES) {
      for (const [type, [, names]] of Object.entries(TYPES)) {
        const { trust, cvca, dv, terminal } = await ours(curve, type);
        for (const { chr } of [cvca, dv, terminal]) {
          const { text } = await print(trust, chr);
          assert(VERIFIED.test(text), `${curve}, ${type}, ${chr}:\n${text}`);
          for (const name of names) assert(text.includes(name), `${type}: ${name} is not in\n${text}`);
          verified++;
        }
      }
    }
    return `${verified} certificates`;
  });

  await check("cvc-print refuses a DV certificate of ours with one bit changed", async () => {
    const { trust, dv } = await ours("P-256", "IS");
    const bad = Buffer.from(dv.raw);
    bad[bad.length - 1] ^= 1;
    writeFileSync(join(trust, "bad"), bad);
    const { text } = await print(trust, "bad");
    assert(!VERIFIED.test(text), `it was accepted:\n${text}`);
  });

  /** A key of OpenSSL's in the form that cvc-create takes. */
  async function theirKey(curve) {
    const pem = join(folder, `${curve}.pem`);
    const pkcs8 = join(folder, `${curve}.pk8`);
    await run("openssl", ["ecparam", "-name", curve, "-genkey", "-noout", "-param_enc", "explicit", "-out", pem]);
    await run("openssl", ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", pem, "-out", pkcs8]);
    return pkcs8;
  }
  const create = (...args) => run("cvc-create", args, { cwd: folder });
  const their = (name) => pki.parseCvCertificate(new Uint8Array(readFileSync(join(folder, `${name}.cvcert`))));
  const expires = day(20).slice(2).replaceAll("-", "");

  for (const curve of ["prime256v1", "brainpoolP256r1"]) {
    await check(`a chain by cvc-create verifies here and on our chip, on ${curve}`, async () => {
      const key = await theirKey(curve);
      const common = [`--expires=${expires}`, `--sign-with=${key}`, "--scheme=ECDSA_SHA_256"];
      await create("--role=cvca", "--type=at", "--chr=UTCVCA00001", ...common, "--read-dg4", "--verify-age");
      const sign = ["--sign-as=UTCVCA00001.cvcert"];
      await create("--role=dv_foreign", "--type=at", "--chr=UTDV00001", ...common, ...sign, "--read-dg4", "--rid");
      const dvKey = ["--sign-with=UTDV00001.pkcs8", "--sign-as=UTDV00001.cvcert"];
      const rest = [`--expires=${expires}`, "--scheme=ECDSA_SHA_256", ...dvKey, "--read-dg4", "--verify-age"];
      const text = ["--issuer-name=Utopia", "--subject-name=Utopia"];
      writeFileSync(join(folder, "terms.txt"), "terms");
      await create("--role=terminal", "--type=at", "--chr=UTTERM00001", ...rest, ...text, "--cert-desc=terms.txt");
      const [cvca, dv, terminal] = ["UTCVCA00001", "UTDV00001", "UTTERM00001"].map(their);
      for (const one of [cvca, dv, terminal]) {
        assert(Buffer.from(pki.encodeCvCertificate(one)).equals(one.raw), `${one.chr} is written in another way`);
      }
      const chain = { trustPoints: [cvca], certificates: [dv, terminal], currentDate: day(-1) };
      const report = pki.verifyCvcChain(chain);
      const findings = report.certificates.flatMap((one) => one.findings.filter(({ status }) => status !== "passed"));
      assert(report.accepted && findings.length === 0, JSON.stringify(findings));
      assert(report.authorization.rights.join() === "readDg4", report.authorization.rights.join());

      // The chip takes the same chain, and the terminal with its key: it has that right and no other, and knows the day.
      const trust = { types: [{ trustPoints: [cvca] }], currentDate: day(-1) };
      // what it calls PKCS#8 is an ECPrivateKey
      const inner = join(folder, "UTTERM00001.pkcs8");
      const outer = join(folder, "UTTERM00001.pk8");
      await run("openssl", [
        "pkcs8",
        "-topk8",
        "-nocrypt",
        "-inform",
        "DER",
        "-outform",
        "DER",
        "-in",
        inner,
        "-out",
        outer,
      ]);
      const signer = pki.memorySigner(pki.parsePkcs8(new Uint8Array(readFileSync(outer))));
      const outcome = await authenticateOnChip(trust, { certificates: [dv, terminal], signer });
      assert(outcome.rights?.join() === "authentication.readDg4", JSON.stringify(outcome.rights));
      assert(trust.currentDate >= day(-1), trust.currentDate);
      const wrong = {
        certificates: [dv, { ...terminal, signature: terminal.signature.map((byte) => byte ^ 1) }],
        signer,
      };
      const { refused } = await authenticateOnChip({ ...trust, types: [{ trustPoints: [cvca] }] }, wrong);
      assert(refused === "PSO:Verify Certificate", String(refused));
    });
  }

  await check("cvc-print verifies a request of ours; cvc-create's certificate for it verifies here", async () => {
    const root = their("UTCVCA00001");
    const signer = pki.memorySigner(pki.generateEcPrivateKey("brainpoolP256r1"));
    const request = await pki.createCvRequest({ signer, chr: "UTDV00002", car: root.chr });
    writeFileSync(join(folder, "ours.cvreq"), request.raw);
    const { text } = await run("cvc-print", ["--csr=ours.cvreq"], { cwd: folder });
    assert(/certificate request verified/.test(text), text);
    const key = join(folder, "brainpoolP256r1.pk8");
    const signed = [`--expires=${expires}`, `--sign-with=${key}`, "--scheme=ECDSA_SHA_256"];
    await create("--role=dv_domestic", "--type=at", "--csr=ours.cvreq", ...signed, "--read-dg4");
    const certificate = their("UTDV00002");
    const report = pki.verifyCvcChain({ trustPoints: [root], certificates: [certificate], currentDate: day(-1) });
    const bad = report.certificates[0].findings.filter(({ status }) => status !== "passed");
    assert(report.accepted && bad.length === 0, JSON.stringify(bad));
  });
}
