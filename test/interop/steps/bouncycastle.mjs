// BouncyCastle judges both halves with its PKIX path: it takes explicit curve parameters, which OpenSSL's path refuses.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    await run("javac", ["-nowarn", "-cp", classPath, "-d", folder, join(HERE, "rig/SodJudge.java")], { seconds: 120 });
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
}
