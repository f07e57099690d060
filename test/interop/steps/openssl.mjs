// OpenSSL judges the half with named curves: certificates, every EF.SOD, and what it signs. The hashes in it are held
// against the files with OpenSSL's SHA-2, for both halves.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromPem, parseCertificateRequest, parseCms, verifyCertificateRequest, verifySignedData } from "cardwright/pki";
import { issueHierarchy, KINDS } from "../issued.mjs";
import { assert, cards, cmsOf, HALVES, halfOf, hashesOf, ldsSecurityObjectOf, program, run, scratch } from "../lib.mjs";

export const needs = [program("openssl", "openssl")];

const SHA2 = { "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512" };

export default async function openssl({ check }) {
  const [{ pki }] = HALVES;
  const csca = join(pki, "csca.pem");
  await check("openssl verify -x509_strict accepts the CSCA and the document signer", async () => {
    await run("openssl", ["verify", "-x509_strict", "-CAfile", csca, csca]);
    await run("openssl", ["verify", "-x509_strict", "-CAfile", csca, join(pki, "ds.pem")]);
  });

  await check("openssl verify refuses a document signer under another CSCA", async () => {
    const { code } = await run("openssl", ["verify", "-CAfile", join(HALVES[1].pki, "csca.pem"), join(pki, "ds.pem")], {
      mayFail: true,
    });
    assert(code !== 0, "it was accepted");
  });

  const folder = scratch("openssl");
  await check("openssl cms -verify accepts every EF.SOD of the named half and returns its content", async () => {
    let verified = 0;
    for (const card of cards()) {
      const efSod = card.read("EF.SOD.bin");
      if (halfOf(efSod).name !== "named") continue;
      const [cms, content] = [join(folder, `${card.number}.cms`), join(folder, `${card.number}.lds`)];
      writeFileSync(cms, cmsOf(efSod));
      await run("openssl", [
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-purpose",
        "any",
        "-CAfile",
        csca,
        "-in",
        cms,
        "-out",
        content,
      ]);
      assert(
        readFileSync(content).equals(ldsSecurityObjectOf(efSod)),
        `${card.number}: the content is not the LDS security object`,
      );
      verified++;
    }
    assert(verified > 0, "no card of the named half");
    return `${verified} files`;
  });

  await check("the hashes in every EF.SOD are those of the card's files", async () => {
    let compared = 0;
    for (const card of cards()) {
      const { oid, hashes } = hashesOf(ldsSecurityObjectOf(card.read("EF.SOD.bin")));
      const name = SHA2[oid];
      assert(name !== undefined, `${card.number}: hash algorithm ${oid}`);
      const groups = card.files.filter((file) => /^DG\d+\.bin$/.test(file));
      assert(groups.length === hashes.size, `${card.number}: ${groups.length} data groups, ${hashes.size} hashes`);
      for (const [number, hash] of hashes) {
        const computed = createHash(name)
          .update(card.read(`DG${number}.bin`))
          .digest();
        assert(computed.equals(hash), `${card.number}: DG${number} has another ${name}`);
        compared++;
      }
    }
    return `${compared} data groups`;
  });

  await issued(check, folder);
}

/** What the package issues, certificate by certificate and list by list. */
async function issued(check, folder) {
  const verify = (options, certificate) =>
    run("openssl", ["verify", "-x509_strict", ...options, certificate], { mayFail: true });
  const accepts = async (options, certificate) => {
    const { code, text } = await verify(options, certificate);
    assert(code === 0, text);
  };
  const refuses = async (options, certificate, reason) => {
    const { code, text } = await verify(options, certificate);
    assert(code !== 0 && reason.test(text), `${code === 0 ? "it was accepted" : "another reason"}\n${text}`);
  };
  const hierarchies = {};
  for (const [kind, row] of Object.entries(KINDS)) {
    await check(`${kind}: path and revocation list of all signers are accepted, a revoked signer refused`, async () => {
      const files = await issueHierarchy(join(folder, kind.replace(/[^A-Za-z0-9]/g, "")), row, "named");
      hierarchies[kind] = files;
      const options = ["-CAfile", files.csca, "-crl_check", "-CRLfile", files.crl];
      for (const name of ["ds", "master-list-signer", "deviation-list-signer"]) await accepts(options, files[name]);
      await accepts([...options, "-purpose", "sslclient"], files.holder);
      await refuses(options, files.revoked, /certificate revoked/);
      await accepts(["-CAfile", files["new-csca"], "-crl_check", "-CRLfile", files["new-crl"]], files["ds-of-new"]);
      const renamed = ["-CAfile", files["renamed-csca"], "-crl_check", "-CRLfile", files["renamed-crl"]];
      await accepts(renamed, files["ds-of-renamed"]);
    });

    await check(
      `${kind}: a link to a new key is accepted in a path; one to a new name is refused for its path length`,
      async () => {
        const files = hierarchies[kind];
        const under = (link) => ["-CAfile", files.csca, "-untrusted", link];
        await accepts(under(files.link), files["ds-of-new"]);
        await accepts(["-CAfile", files.csca, "-partial_chain"], files["name-change-link"]);
        // Between two names it is no longer self-issued, and counts: ICAO's links are no elements of a path (9303-12 §2).
        await refuses(under(files["name-change-link"]), files["ds-of-renamed"], /path length constraint exceeded/);
      },
    );

    await check(`${kind}: what openssl cms -sign signs with its document signer verifies here`, async () => {
      const files = hierarchies[kind];
      const [content, cms] = [join(folder, "content"), join(folder, "signed.cms")];
      writeFileSync(content, `an LDS security object of ${kind}`);
      const pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"];
      const sha = `sha${/SHA-?(\d{3})$/.exec(row.algorithm)[1]}`;
      await run("openssl", [
        ...["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "2.23.136.1.1.1"],
        ...["-signer", files.ds, "-inkey", files["ds-key"], "-md", sha, "-in", content, "-out", cms],
        ...(row.algorithm.startsWith("RSASSA-PSS") ? pss : []),
      ]);
      const signedData = parseCms(new Uint8Array(readFileSync(cms)));
      const { good, findings } = verifySignedData(signedData);
      assert(good, JSON.stringify(findings.filter(({ status }) => status === "failed")));
      const bad = new Uint8Array(readFileSync(cms));
      bad[bad.length - 1] ^= 1;
      assert(!verifySignedData(parseCms(bad)).good, "a flipped bit went unnoticed");
    });
  }

  await check("explicit parameters are refused in a path, which ICAO wants and OpenSSL forbids", async () => {
    const files = await issueHierarchy(join(folder, "explicit"), KINDS["P-256 SHA-256"], "explicit");
    await refuses(["-CAfile", files.csca], files.ds, /explicit ECC parameters/);
  });

  await check("openssl req -verify accepts our requests, and we accept OpenSSL's", async () => {
    for (const { request } of Object.values(hierarchies)) {
      const { text } = await run("openssl", ["req", "-verify", "-noout", "-in", request]);
      assert(/verify OK/.test(text), text);
    }
    const [key, made] = [join(folder, "req.key"), join(folder, "req.pem")];
    const KEYS = [
      ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
      ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
      ["-newkey", "rsa:2048"],
      ["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"],
    ];
    for (const options of KEYS) {
      const subject = ["-subj", "/C=UT/CN=0012345679", "-addext", "keyUsage=critical,nonRepudiation"];
      await run("openssl", ["req", "-new", "-nodes", "-utf8", "-keyout", key, "-out", made, ...subject, ...options]);
      const request = parseCertificateRequest(fromPem(readFileSync(made, "utf8"), "CERTIFICATE REQUEST"));
      assert(verifyCertificateRequest(request) === true, `${options.join(" ")}: it does not verify`);
      assert(request.extensions[0]?.oid === "2.5.29.15", "the extension asked for is not there");
    }
    return `${Object.keys(hierarchies).length} of ours, ${KEYS.length} of OpenSSL`;
  });
}
