import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { cardFileName } from "../../src/cli/validate-command.js";
import { validateEvidence } from "../../src/inspect/evidence.js";
import { toPem } from "../../src/pki/pem.js";
import { buildTrustStore, fingerprintOf } from "../../src/pki/trust.js";
import { date } from "../pki/support.js";
import { crlOf } from "../pki/trust-support.js";
import { filesOf, type SampleCard, sampleCard } from "../support/inspect.js";

let folder: string;
let card: SampleCard;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cardwright-validate-"));
  card = await sampleCard({ index: 0 });
  const { files } = filesOf(card.image);
  for (const [dir, name] of [
    ["good", (file: string) => `${file}.bin`],
    ["other-names", (file: string) => `${file.toLowerCase().replace(".", "_")}.bin`],
    ["short-names", (file: string) => `${file.replace(/^EF\.DG/, "DG")}.bin`],
    ["changed", (file: string) => `${file}.bin`],
  ] as const) {
    mkdirSync(at(dir));
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(at(dir), name(file)), bytes);
    writeFileSync(join(at(dir), "image.json"), "{}");
  }
  writeFileSync(join(at("changed"), "EF.DG1.bin"), Uint8Array.from(files["EF.DG1"] as Uint8Array).fill(0x41, 60, 61));
  mkdirSync(at("empty"));
  writeFileSync(at("csca.pem"), toPem("CERTIFICATE", card.chain.csca.raw));
  const crl = await crlOf({ signer: card.chain.cscaSigner, root: card.chain.csca }, [card.chain.certificate], {
    thisUpdate: date("2026-11-01T00:00:00"),
  });
  writeFileSync(at("revoked.crl"), crl);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function validate(...args: string[]): Promise<{ text: string; code: number | undefined }> {
  let text = "";
  let code: number | undefined;
  const program = createProgram("0", { write: (part) => (text += part), exit: (status) => (code = status) });
  await program.parseAsync(["validate", ...args], { from: "user" });
  return { text, code };
}
const DAY = ["--at", "2026-11-25"];

describe("cardwright validate", () => {
  it.each(["good", "other-names", "short-names"])("passes a good card (%s), with 0", async (dir) => {
    const { text, code } = await validate(at(dir), "--trust", at("csca.pem"), ...DAY);
    expect(text).toMatch(/^PASSED: /);
    expect(text).toContain("trusted: 1 CSCA certificates");
    expect(code).toBe(0);
  });

  it("fails a changed one, and gives no verdict without trust, with 1", async () => {
    expect(await validate(at("changed"), "--trust", at("csca.pem"), ...DAY)).toMatchObject({
      code: 1,
      text: expect.stringContaining("FAIL hash.EF.DG1"),
    });
    expect(await validate(at("good"), ...DAY)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/^FAILED: .*cscaKnown/),
    });
  });

  it("fails a revoked signer, and a missing list where one is required", async () => {
    const trust = ["--trust", at("csca.pem")];
    const revoked = await validate(at("good"), ...trust, "--crl", at("revoked.crl"), ...DAY);
    expect(revoked).toMatchObject({
      code: 1,
      text: expect.stringContaining("FAIL path.revocation: Revoked on 2026-11-01"),
    });
    const missing = await validate(at("good"), ...trust, "--revocation", "require", "--max-age", "30", ...DAY);
    expect(missing).toMatchObject({
      code: 1,
      text: expect.stringContaining("FAIL path.revocation: There is no usable"),
    });
    const ignored = await validate(at("good"), ...trust, "--crl", at("revoked.crl"), "--revocation", "ignore", ...DAY);
    expect(ignored.code).toBe(0);
  });

  it("writes evidence and a page, and tells what it did not use", async () => {
    writeFileSync(at("junk"), "junk\u001b[2J");
    const args = ["--trust", at("csca.pem"), at("junk"), "--json", at("e.json"), "--html", at("e.html"), "--by", "me"];
    const { text } = await validate(at("good"), ...args, ...DAY);
    expect(text).toMatch(/not used: .*junk \(file\): /);
    const evidence = validateEvidence(
      readFileSync(at("e.json"), "utf8"),
      buildTrustStore({ cscas: [card.chain.csca.raw], source: at("csca.pem") }),
    );
    expect(evidence).toMatchObject({ recordedBy: "me", differences: [], report: { verdict: "passed" } });
    const html = readFileSync(at("e.html"), "utf8");
    expect(html).toContain("data:image/jpeg;base64,");
    expect(html).toContain(fingerprintOf(card.chain.csca));
    expect(html).toContain("CSCA, trust anchor");
    expect(html).not.toContain("<script");
  });

  it("with files that cannot be read says so, with 2", async () => {
    for (const args of [
      [at("nowhere")],
      [at("empty")],
      [at("good"), "--trust", at("nowhere")],
      [at("good"), "--pin", "12"],
      [at("good"), "--trust", at("csca.pem"), "--html", at("nowhere/x.html")],
    ]) {
      const { text, code } = await validate(...args, ...DAY);
      expect([args.at(-1), code, text]).toEqual([args.at(-1), 2, expect.stringContaining("cardwright: ")]);
    }
  });

  it("knows the names that folders give to files", () => {
    expect(
      ["EF.SOD.bin", "ef_sod.bin", "DG1.bin", "ef_dg16.BIN", "EF.COM", "EF.CardAccess.bin"].map(cardFileName),
    ).toEqual(["EF.SOD", "EF.SOD", "EF.DG1", "EF.DG16", "EF.COM", "EF.CardAccess"]);
    expect(cardFileName("receipt.json")).toBeUndefined();
  });
});
