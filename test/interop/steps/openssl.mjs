// OpenSSL judges the half with named curves: certificates, every EF.SOD, and what it signs. The hashes in it are held
// against the files with OpenSSL's SHA-2, for both halves.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
}
