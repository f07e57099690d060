// BouncyCastle judges both halves with its PKIX path: it takes explicit curve parameters, which OpenSSL's path refuses.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueHierarchy, KINDS } from "../issued.mjs";
import {
  assert,
  cards,
  cmsOf,
  file,
  HALVES,
  HERE,
  halfOf,
  ldsSecurityObjectOf,
  program,
  run,
  scratch,
} from "../lib.mjs";

const JARS = ["bcprov", "bcpkix", "bcutil"].map((name) => `/usr/share/java/${name}.jar`);

export const needs = [
  program("javac", "default-jdk-headless"),
  program("java", "default-jdk-headless"),
  ...JARS.map((jar) => file(jar, jar.includes("bcprov") ? "libbcprov-java" : "libbcpkix-java")),
];

export default async function bouncyCastle({ check }) {
  const folder = scratch("bouncycastle");
  const classPath = [...JARS, folder].join(":");
  const compiled = await check("the judge compiles", async () => {
    const sources = ["SodJudge", "PathJudge"].map((name) => join(HERE, `rig/${name}.java`));
    await run("javac", ["-nowarn", "-cp", classPath, "-d", folder, ...sources], { seconds: 120 });
  });
  if (!compiled) return;

  const judge = (list) => run("java", ["-cp", classPath, "SodJudge", list], { seconds: 180, mayFail: true });
  const prepared = cards().map((card) => {
    const efSod = card.read("EF.SOD.bin");
    const [cms, content] = [join(folder, `${card.number}.cms`), join(folder, `${card.number}.lds`)];
    writeFileSync(cms, cmsOf(efSod));
    return { card, efSod, cms, content, half: halfOf(efSod) };
  });
  const listOf = (name, rows) => {
    const list = join(folder, name);
    writeFileSync(list, rows.map((row) => row.join("\t")).join("\n"));
    return list;
  };

  await check("signature, document signer and PKIX path of every EF.SOD, both halves", async () => {
    const { code, text } = await judge(
      listOf(
        "all",
        prepared.map(({ cms, content, half }) => [cms, join(half.pki, "csca.pem"), content]),
      ),
    );
    const accepted = text.split("\n").filter((line) => line.startsWith("ok ")).length;
    assert(code === 0 && accepted === prepared.length, text);
    for (const { card, efSod, content } of prepared) {
      assert(readFileSync(content).equals(ldsSecurityObjectOf(efSod)), `${card.number}: another content`);
    }
    return HALVES.map(({ name }) => `${prepared.filter(({ half }) => half.name === name).length} ${name}`).join(", ");
  });

  await check("refuses one flipped bit, and the other half's CSCA", async () => {
    const [{ cms, content, half }] = prepared;
    const flipped = Buffer.from(readFileSync(cms));
    flipped[flipped.length - 1] ^= 1; // in the signature
    const bad = join(folder, "flipped.cms");
    writeFileSync(bad, flipped);
    const other = HALVES.find(({ name }) => name !== half.name);
    const { text } = await judge(
      listOf("bad", [
        [bad, join(half.pki, "csca.pem"), content],
        [cms, join(other.pki, "csca.pem"), content],
      ]),
    );
    const refused = text.split("\n").filter((line) => line.startsWith("FAIL ")).length;
    assert(refused === 2, `it refused ${refused} of 2\n${text}`);
  });

  await issued(check, folder, classPath);
}

/** What the package issues: paths and revocation lists, with named and with explicit parameters. */
async function issued(check, folder, classPath) {
  const rows = [];
  for (const [kind, row] of Object.entries(KINDS)) {
    for (const form of row.algorithm.startsWith("ECDSA") ? ["named", "explicit"] : ["named"]) {
      const files = await issueHierarchy(join(folder, `issued-${rows.length}`), row, form);
      const { csca, crl, link } = files;
      const expect = (good, what, ...parts) => rows.push({ good, what: `${kind}, ${form}: ${what}`, parts });
      for (const name of ["ds", "master-list-signer", "deviation-list-signer", "holder"]) {
        expect(true, `${name} by the CSCA and its list`, csca, crl, files[name]);
      }
      expect(/revocation after/, "a revoked signer", csca, crl, files.revoked);
      expect(true, "a signer of the new key", files["new-csca"], files["new-crl"], files["ds-of-new"]);
      expect(true, "a signer of the new name", files["renamed-csca"], files["renamed-crl"], files["ds-of-renamed"]);
      expect(true, "the link to the new key", csca, crl, link);
      expect(true, "the link to the new name", csca, crl, files["name-change-link"]);
      expect(true, "a path over the link to the new key", csca, "-", files["ds-of-new"], link);
      // RFC 5280 leaves the constraints of an anchor out of a path, so that this passes where OpenSSL, which applies them, refuses.
      const over = files["name-change-link"];
      expect(true, "a path over the link to the new name", csca, "-", files["ds-of-renamed"], over);
      expect(/does not verify/, "a signer under another root", files["new-csca"], "-", files.ds);
    }
  }
  const list = join(folder, "paths");
  writeFileSync(list, rows.map(({ parts }) => parts.join("\t")).join("\n"));
  const { text } = await run("java", ["-cp", classPath, "PathJudge", list], { seconds: 180, mayFail: true });
  const answers = new Map(
    text.split("\n").flatMap((line) => {
      const [, word, number, reason] = /^(ok|FAIL) (\d+) ?(.*)$/.exec(line) ?? [];
      return word === undefined ? [] : [[Number(number), word === "ok" ? true : reason]];
    }),
  );
  const wrong = rows.flatMap(({ good, what }, i) => {
    const answer = answers.get(i + 1);
    const right = good === true ? answer === true : typeof answer === "string" && good.test(answer);
    return right ? [] : [`${what}: ${answer}`];
  });
  for (const [name, of] of [
    ["accepts paths, links and lists of every kind of key, named and explicit", (good) => good === true],
    ["refuses a revoked signer, and a signer under another root", (good) => good !== true],
  ]) {
    await check(name, () => {
      const own = rows.filter(({ good }) => of(good)).map(({ what }) => what);
      const failed = wrong.filter((line) => own.some((what) => line.startsWith(`${what}:`)));
      assert(failed.length === 0, failed.join("\n") || text);
      return `${own.length} paths`;
    });
  }
}
