import { beforeAll, describe, expect, it } from "vitest";
import type { Certificate } from "../../src/pki/certificate.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import type { RevocationPolicy } from "../../src/pki/revocation.js";
import { validateSignerPath } from "../../src/pki/signer-path.js";
import { buildTrustStore } from "../../src/pki/trust.js";
import { date, flipBit, TODAY, vector } from "./support.js";
import { type Authority, crlOf, linkBetween, newAuthority, signerUnder } from "./trust-support.js";

let old: Authority;
let next: Authority;
let signer: Certificate;
beforeAll(async () => {
  [old, next] = [await newAuthority(), await newAuthority()];
  signer = (await signerUnder(old)).certificate;
});

const files = (...all: readonly Uint8Array[]) => all.map((bytes, i) => ({ name: `list ${i}`, bytes }));
const judge = (
  crls: readonly Uint8Array[],
  crl: RevocationPolicy["crl"] = "ifAvailable",
  more: { readonly maxAge?: number; readonly cscas?: readonly Uint8Array[]; readonly at?: Date } = {},
) => {
  const { maxAge, cscas = [old.root.raw, next.root.raw], at = TODAY } = more;
  const store = buildTrustStore({ cscas, files: files(...crls) });
  const path = validateSignerPath(signer, store, at, { revocation: { crl, ...(maxAge !== undefined && { maxAge }) } });
  const of = (id: string) => path.findings.find((finding) => finding.id === id);
  return { good: path.good, signer: of("revocation"), csca: of("cscaRevocation") };
};

describe("revocation", () => {
  it("passes by a current list, with its number and dates", async () => {
    const answer = judge([await crlOf(old, [], { crlNumber: Uint8Array.of(0x2a) })], "require");
    expect([answer.good, answer.signer?.status, answer.csca?.status]).toEqual([true, "passed", "passed"]);
    expect(answer.signer?.evidence).toMatchObject({ crlNumber: "2a", thisUpdate: "2026-05-20T00:00:00.000Z" });
  });

  it("without a list says so: not checked, or failed where one is required", () => {
    expect(judge([])).toMatchObject({ good: true, signer: { status: "notChecked" } });
    expect(judge([], "ignore")).toMatchObject({ good: true, signer: { status: "notChecked" } });
    const required = judge([], "require");
    expect(required).toMatchObject({ good: false, signer: { status: "failed" }, csca: { status: "failed" } });
    expect(required.signer?.detail).toContain("no usable revocation list");
  });

  it("fails a revoked signer, by any policy but ignore", async () => {
    const crl = await crlOf(old, [signer]);
    for (const policy of ["require", "ifAvailable"] as const) {
      expect(judge([crl], policy)).toMatchObject({ good: false, signer: { status: "failed" } });
    }
    expect(judge([crl]).signer?.detail).toMatch(/^Revoked on 2026-05-20/);
    expect(judge([crl], "ignore").good).toBe(true);
  });

  it("the list of the current key covers the certificates of earlier ones", async () => {
    expect(judge([await crlOf(next, [signer])])).toMatchObject({ signer: { status: "failed" } });
    expect(judge([await crlOf(next, [])], "require")).toMatchObject({ good: true });
  });

  it("the newest list answers, in whatever order they come", async () => {
    const before = await crlOf(old, [], { thisUpdate: date("2026-04-01T00:00:00"), crlNumber: Uint8Array.of(9) });
    const after = await crlOf(next, [signer], { thisUpdate: date("2026-05-01T00:00:00") });
    for (const crls of [
      [before, after],
      [after, before],
    ])
      expect(judge(crls)).toMatchObject({ signer: { status: "failed" } });
  });

  it("an old list is a warning, or a failure where one is required; what it revokes is revoked", async () => {
    const dates = { thisUpdate: date("2026-01-10T00:00:00"), nextUpdate: date("2026-02-10T00:00:00") };
    const crl = await crlOf(old, [], dates);
    expect(judge([crl])).toMatchObject({ good: true, signer: { status: "warning" } });
    expect(judge([crl], "require")).toMatchObject({ good: false, signer: { status: "failed" } });
    expect(judge([crl]).signer?.detail).toContain("due on 2026-02-10");
    expect(judge([await crlOf(old, [signer], dates)])).toMatchObject({ signer: { status: "failed" } });
    const fresh = await crlOf(old, []);
    expect(judge([fresh], "require", { maxAge: 11 })).toMatchObject({ signer: { status: "failed" } });
    expect(judge([fresh], "require", { maxAge: 12 })).toMatchObject({ signer: { status: "passed" } });
  });

  it("a list with a bad signature, of a stranger, or from the future does not count", async () => {
    const good = await crlOf(old, [signer]);
    const broken = judge([flipBit(good, good.length * 8 - 9)]);
    expect(broken.signer).toMatchObject({ status: "warning", detail: expect.stringContaining("signature") });
    const stranger = await newAuthority();
    expect(judge([await crlOf(stranger, [signer])]).signer).toMatchObject({ status: "notChecked" });
    const future = await crlOf(old, [], { thisUpdate: date("2026-07-01T00:00:00") });
    expect(judge([future]).signer).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("after the date"),
    });
    expect(judge([good, flipBit(good, good.length * 8 - 9)]).signer?.status).toBe("failed");
  });

  it("a revoked CSCA fails, and with it what only its link vouches for", async () => {
    const crl = await crlOf(old, [old.root]);
    expect(judge([crl])).toMatchObject({ good: false, signer: { status: "passed" }, csca: { status: "failed" } });
    const link = await linkBetween(old, next);
    const { certificate } = await signerUnder(next);
    const of = (cscas: readonly Uint8Array[]) => {
      const store = buildTrustStore({ cscas, files: files(crl) });
      return validateSignerPath(certificate, store, TODAY).findings.find(({ id }) => id === "cscaRevocation");
    };
    expect(of([old.root.raw, link.raw])).toMatchObject({ status: "failed", detail: expect.stringContaining("link") });
    // The new root that is pinned besides does not rest on the old key.
    expect(of([old.root.raw, link.raw, next.root.raw])?.status).toBe("passed");
  });

  it("after a change of name the list under the new one counts for the old", async () => {
    const renamed = await newAuthority({ commonName: "Utopia CSCA, renamed" as never });
    const link = await linkBetween(old, renamed);
    const crl = await crlOf(renamed, [signer]);
    expect(judge([crl], "ifAvailable", { cscas: [old.root.raw, link.raw] })).toMatchObject({
      signer: { status: "failed" },
    });
    // Of another authority of the same country it is no proof, and no silence.
    const other = judge([crl], "ifAvailable", { cscas: [old.root.raw, renamed.root.raw] });
    expect(other.signer).toMatchObject({ status: "warning", detail: expect.stringContaining("this serial number") });
  });
});

describe("PKITS", () => {
  const file = (name: string) => vector(`pkits/${name}`);
  const at = date("2005-06-01T00:00:00");
  const judgeEe = (ee: string, ca: string, crls: readonly string[]) => {
    const authority = file(ca);
    const pins = [pinOf(authority)];
    const store = buildTrustStore({ files: files(authority, ...crls.map(file)), pins });
    const certificate = parseCertificate(file(ee), { tolerate: ALL_DEPARTURES });
    const { findings } = validateSignerPath(certificate, store, at, { revocation: { crl: "require" } });
    return Object.fromEntries(findings.map(({ id, status }) => [id, status]));
  };
  const pinOf = (der: Uint8Array) => {
    // The intermediate authorities of PKITS are not self-signed: they are trusted as they stand.
    const { createHash } = process.getBuiltinModule("node:crypto");
    return createHash("sha256").update(der).digest("hex");
  };

  it.each([
    [
      "ValidCertificatePathTest1EE.crt",
      "GoodCACert.crt",
      ["GoodCACRL.crl"],
      { signature: "warning", revocation: "passed" },
    ],
    ["InvalidEESignatureTest3EE.crt", "GoodCACert.crt", ["GoodCACRL.crl"], { signature: "failed" }],
    [
      "InvalidRevokedEETest3EE.crt",
      "GoodCACert.crt",
      ["GoodCACRL.crl"],
      { signature: "warning", revocation: "failed" },
    ],
    [
      "InvalidBadCRLSignatureTest4EE.crt",
      "BadCRLSignatureCACert.crt",
      ["BadCRLSignatureCACRL.crl"],
      { revocation: "failed" },
    ],
  ] as const)("%s under %s: %o %o", (ee, ca, crls, expected) => {
    expect(judgeEe(ee, ca, crls)).toMatchObject(expected);
  });
});
