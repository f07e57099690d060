// Chains by cvc-create on our chip: whom it lets in, and how the certificates that it accepts move its trust points and its date.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { authenticateOnChip, day } from "../cv-chain.mjs";
import { assert, program, run, scratch } from "../lib.mjs";

export const needs = [program("cvc-create", "openpace"), program("openssl", "openssl")];

export default async function cvcChip({ check }) {
  const pki = await import("cardwright/pki");

  /** Certificates of one make, each in a file of its name; keys of cvc-create or OpenSSL beside them. */
  async function world(curve) {
    const folder = scratch("cvc-chip");
    const openssl = (...args) => run("openssl", args, { cwd: folder });
    const pkcs8 = (from, to) => openssl("pkcs8", "-topk8", "-nocrypt", ...from, "-outform", "DER", "-out", to);
    await openssl("ecparam", "-name", curve, "-genkey", "-noout", "-param_enc", "explicit", "-out", "root.pem");
    await pkcs8(["-in", "root.pem"], "root.pkcs8");
    const short = (days) => day(days).slice(2).replaceAll("-", "");
    const read = (name) => pki.parseCvCertificate(new Uint8Array(readFileSync(join(folder, `${name}.cvcert`))));
    return {
      read,
      /** A certificate of `role` for `chr`, signed by `issuer`; the CVCA itself when that is left out. */
      async issue(role, chr, issuer, from, to) {
        const signer = issuer === undefined ? ["--sign-with=root.pkcs8"] : [`--sign-as=${issuer}.cvcert`];
        // the first CVCA's key is OpenSSL's, all others are made by cvc-create
        if (issuer !== undefined) signer.push(`--sign-with=${issuer === "UTCVCA00001" ? "root" : issuer}.pkcs8`);
        const dates = [`--issued=${short(from)}`, `--expires=${short(to)}`];
        const scheme = ["--scheme=ECDSA_SHA_256", "--type=at", "--read-dg4", "--read-dg17"];
        await run("cvc-create", [`--role=${role}`, `--chr=${chr}`, ...signer, ...dates, ...scheme], { cwd: folder });
        return read(chr);
      },
      /** The signer of a certificate's key, which cvc-create writes as an ECPrivateKey. */
      async signer(chr) {
        const into = `${chr}.outer`;
        await pkcs8(["-inform", "DER", "-in", `${chr}.pkcs8`], into);
        return pki.memorySigner(pki.parsePkcs8(new Uint8Array(readFileSync(join(folder, into)))));
      },
    };
  }

  const trustIn = (root, currentDate) => ({ types: [{ trustPoints: [root] }], currentDate });
  const points = (trust) => trust.types[0].trustPoints.map(({ chr }) => chr).join();
  const same = (what, found, expected) => assert(found === expected, `${what}: ${found}, expected ${expected}`);

  for (const curve of ["brainpoolP256r1", "prime256v1"]) {
    await check(`trust points and date follow the chains that the chip accepts, on ${curve}`, async () => {
      const { issue, signer } = await world(curve);
      const root = await issue("cvca", "UTCVCA00001", undefined, 0, 90);
      const trust = trustIn(root, day(0));
      const on = async (certificates) => {
        const outcome = await authenticateOnChip(trust, {
          certificates,
          signer: await signer(certificates.at(-1).chr),
        });
        const rights = outcome.refused ?? outcome.rights.map((right) => right.replace("authentication.", "")).join();
        return `${rights}; ${points(trust)}; ${trust.currentDate}`;
      };
      const both = "readDg4,readDg17";

      const home = await issue("dv_domestic", "UTDV00001", "UTCVCA00001", 2, 60);
      const inspector = await issue("terminal", "UTTERM00001", "UTDV00001", 4, 30);
      same("a domestic chain", await on([home, inspector]), `${both}; UTCVCA00001; ${day(4)}`);

      // only what the own CVCA and DVs make tells the time: a foreign DV's terminal does not
      const abroad = await issue("dv_foreign", "UTDV00002", "UTCVCA00001", 6, 60);
      const visitor = await issue("terminal", "UTTERM00002", "UTDV00002", 20, 50);
      same("a foreign chain", await on([abroad, visitor]), `${both}; UTCVCA00001; ${day(6)}`);
      same("an older chain", await on([home, inspector]), `${both}; UTCVCA00001; ${day(6)}`);

      const link = await issue("cvca", "UTCVCA00002", "UTCVCA00001", 10, 180);
      const next = await issue("dv_domestic", "UTDV00003", "UTCVCA00002", 11, 100);
      const late = await issue("terminal", "UTTERM00003", "UTDV00003", 35, 60);
      same("a link", await on([link, next, late]), `${both}; UTCVCA00002,UTCVCA00001; ${day(35)}`);
      same("the next CVCA without its link", await on([next, late]), `${both}; UTCVCA00002,UTCVCA00001; ${day(35)}`);

      // the first terminal ends on day 30
      const kept = `UTCVCA00002,UTCVCA00001; ${day(35)}`;
      same("a chain that has expired", await on([home, inspector]), `PSO:Verify Certificate; ${kept}`);
      same("a foreign chain that has not", await on([abroad, visitor]), `${both}; ${kept}`);

      // a third CVCA pushes the first one out
      const third = await issue("cvca", "UTCVCA00003", "UTCVCA00002", 36, 200);
      const dv = await issue("dv_domestic", "UTDV00004", "UTCVCA00003", 36, 100);
      const last = await issue("terminal", "UTTERM00004", "UTDV00004", 36, 60);
      same("a second link", await on([third, dv, last]), `${both}; UTCVCA00003,UTCVCA00002; ${day(36)}`);
      same(
        "a chain of the first CVCA",
        await on([abroad, visitor]),
        `MSE:Set DST; UTCVCA00003,UTCVCA00002; ${day(36)}`,
      );
    });
  }

  await check("chains that are none are refused, and change nothing", async () => {
    const { issue, signer } = await world("brainpoolP256r1");
    const root = await issue("cvca", "UTCVCA00001", undefined, 0, 90);
    const dv = await issue("dv_domestic", "UTDV00001", "UTCVCA00001", 1, 60);
    const terminal = await issue("terminal", "UTTERM00001", "UTDV00001", 2, 30);
    const other = await world("brainpoolP256r1");
    await other.issue("cvca", "UTCVCA00001", undefined, 0, 90);
    const otherLink = await other.issue("cvca", "UTCVCA00002", "UTCVCA00001", 3, 90);
    const otherDv = await other.issue("dv_domestic", "UTDV00001", "UTCVCA00001", 3, 60);
    const otherTerminal = await other.issue("terminal", "UTTERM00001", "UTDV00001", 3, 30);
    const made = {
      "a link of another CVCA by that name": [[otherLink, otherDv, otherTerminal], other],
      "a DV of another CVCA by that name": [[otherDv, otherTerminal], other],
      "a terminal of another DV by that name": [[dv, otherTerminal], other],
      "a CVCA that a DV made": [[dv, await issue("cvca", "UTCVCA00009", "UTDV00001", 3, 60), terminal], { signer }],
      "a DV that a DV made": [
        [
          dv,
          await issue("dv_domestic", "UTDV00009", "UTDV00001", 3, 60),
          await issue("terminal", "UTTERM00009", "UTDV00009", 3, 30),
        ],
        { signer },
      ],
      "a terminal that a terminal made": [
        [dv, terminal, await issue("terminal", "UTTERM00008", "UTTERM00001", 3, 30)],
        { signer },
      ],
      "a terminal that the CVCA made": [[await issue("terminal", "UTTERM00007", "UTCVCA00001", 3, 30)], { signer }],
    };
    for (const [what, [certificates, { signer: signerOf }]] of Object.entries(made)) {
      const trust = trustIn(root, day(0));
      const key = await signerOf(certificates.at(-1).chr);
      const { refused, rights } = await authenticateOnChip(trust, { certificates, signer: key });
      assert(refused === "PSO:Verify Certificate" || refused === "MSE:Set DST", `${what}: ${refused ?? "accepted"}`);
      assert(rights === undefined, `${what}: rights`);
      same(`${what}: trust points`, points(trust), "UTCVCA00001");
      // a DV before it was good, and its day counts
      same(
        `${what}: date`,
        trust.currentDate,
        certificates[0] === dv ? day(certificates[1] === terminal ? 2 : 1) : day(0),
      );
    }
    return `${Object.keys(made).length} kinds`;
  });
}
