import { beforeAll, describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/bytes.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { EXTENSION } from "../../src/pki/extensions.js";
import { buildCertificate, extension } from "../../src/pki/issue/certificate.js";
import { issueCsca } from "../../src/pki/issue/csca.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { fromPem } from "../../src/pki/pem.js";
import { PATH_CHECKS, validateSignerPath } from "../../src/pki/signer-path.js";
import { buildTrustStore, findIssuers } from "../../src/pki/trust.js";
import { trustOfCertificates } from "../support/inspect.js";
import {
  type Chain,
  CSCA_SUBJECT,
  date,
  flipBit,
  issueChain,
  newSigner,
  notPassed,
  OPEN,
  SIGNER_SUBJECT,
  TODAY,
  vector,
} from "./support.js";

let chain: Chain;
beforeAll(async () => {
  chain = await issueChain();
});
const mock = (file: string) => fromPem(new TextDecoder().decode(vector(`mock/${file}`)), "CERTIFICATE");

describe("validateSignerPath", () => {
  it("passes every check on a good path, and names the CSCA", () => {
    const { good, findings, csca } = validateSignerPath(
      chain.certificate,
      buildTrustStore({ cscas: [chain.csca.raw] }),
      TODAY,
    );
    expect(findings.map(({ id }) => id)).toEqual(PATH_CHECKS);
    expect(notPassed(findings)).toEqual(OPEN);
    expect(good).toBe(true);
    expect(csca?.raw).toEqual(chain.csca.raw);
  });

  it("without the CSCA fails, with every check that needs it not checked", () => {
    const { good, findings, csca } = validateSignerPath(chain.certificate, buildTrustStore({ cscas: [] }), TODAY);
    expect(good).toBe(false);
    expect(csca).toBeUndefined();
    expect(notPassed(findings)).toEqual({
      cscaKnown: "failed",
      cscaForm: "notChecked",
      signature: "notChecked",
      cscaSignature: "notChecked",
      cscaAuthority: "notChecked",
      pathLength: "notChecked",
      cscaValidity: "notChecked",
      ...OPEN,
    });
  });

  it("does not take the signer's certificate for its own anchor", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    expect(notPassed(validateSignerPath(chain.csca, store, TODAY).findings)).toMatchObject({ cscaKnown: "failed" });
  });

  it.each([
    ["2025-12-31T23:59:59", { signerValidity: "failed" }],
    ["2037-01-01T00:00:01", { signerValidity: "failed" }],
    ["2024-12-31T23:59:59", { signerValidity: "failed", cscaValidity: "failed" }],
    ["2040-01-01T00:00:01", { signerValidity: "failed", cscaValidity: "failed" }],
    ["2037-01-01T00:00:00", {}],
  ])("at %s finds %o", (at, expected) => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    expect(notPassed(validateSignerPath(chain.certificate, store, date(at)).findings)).toEqual({
      ...OPEN,
      ...expected,
    });
  });

  it("an invalid date makes nothing valid", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    const { findings } = validateSignerPath(chain.certificate, store, new Date(Number.NaN));
    expect(notPassed(findings)).toEqual({ ...OPEN, signerValidity: "failed", cscaValidity: "failed" });
  });

  it("a CSCA of the same name with another key and identifier is another CSCA", async () => {
    const other = await issueCsca({ ...CSCA_SUBJECT, signer: newSigner() });
    const { findings } = validateSignerPath(chain.certificate, buildTrustStore({ cscas: [other] }), TODAY);
    expect(notPassed(findings)).toMatchObject({ cscaKnown: "failed" });
    const both = buildTrustStore({ cscas: [other, chain.csca.raw] });
    expect(validateSignerPath(chain.certificate, both, TODAY).good).toBe(true);
    expect(findIssuers(both, chain.certificate).anchors.map(({ raw }) => raw)).toEqual([chain.csca.raw]);
  });

  it("a forged signer under the CSCA's name and key identifier fails the signature", () => {
    const bit = chain.certificate.signature.byteOffset - chain.certificate.raw.byteOffset;
    const forged = parseCertificate(flipBit(chain.certificate.raw, 8 * (bit + 20)));
    const { good, findings } = validateSignerPath(forged, buildTrustStore({ cscas: [chain.csca.raw] }), TODAY);
    expect(good).toBe(false);
    expect(notPassed(findings)).toEqual({ ...OPEN, signature: "failed" });
  });

  it("a CSCA with a broken signature of its own fails", () => {
    const at = chain.csca.signature.byteOffset - chain.csca.raw.byteOffset;
    const store = buildTrustStore({ cscas: [flipBit(chain.csca.raw, 8 * (at + 20))] });
    expect(notPassed(validateSignerPath(chain.certificate, store, TODAY).findings)).toEqual({
      cscaSignature: "failed",
      ...OPEN,
    });
  });

  it.each([
    ["2.25.7.1", "2.25.7.1", {}],
    ["2.25.7.1", "2.25.7.2", { signerRole: "failed" }],
    ["2.25.7.1", undefined, { signerRole: "failed" }],
    [undefined, "2.25.7.1", { signerRole: "failed" }],
    [undefined, undefined, {}],
  ] as const)("a signer limited to %s serves the role %s: %o", async (extendedKeyUsage, role, expected) => {
    const der = await issueDocumentSigner({
      ...SIGNER_SUBJECT,
      publicKey: chain.signer.publicKey,
      issuer: { certificate: chain.csca.raw, signer: chain.cscaSigner },
      ...(extendedKeyUsage !== undefined && { extendedKeyUsage }),
    });
    const certificate = parseCertificate(der);
    const usage = certificate.extensions.find(({ oid }) => oid === EXTENSION.extKeyUsage);
    expect(usage?.critical).toBe(extendedKeyUsage === undefined ? undefined : true);
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    expect(notPassed(validateSignerPath(certificate, store, TODAY, role).findings)).toEqual({ ...OPEN, ...expected });
  });

  it("a role counts only alone and critical", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    const roleOf = (extKeyUsage: readonly string[], critical: boolean, role?: string) => {
      const extra = { oid: EXTENSION.extKeyUsage, critical, value: new Uint8Array(0) };
      const claims = { ...chain.certificate, extKeyUsage, extensions: [...chain.certificate.extensions, extra] };
      return validateSignerPath(claims, store, TODAY, role).findings.find(({ id }) => id === "signerRole")?.status;
    };
    expect(roleOf(["2.25.7.1"], true, "2.25.7.1")).toBe("passed");
    expect(roleOf(["2.25.7.1"], false, "2.25.7.1")).toBe("failed");
    expect(roleOf(["2.25.7.1", "2.25.7.2"], true, "2.25.7.1")).toBe("failed");
    expect(roleOf(["2.25.7.1"], false)).toBe("warning");
  });

  it("a CSCA as signer is refused for its key usage", () => {
    const link = parseCertificate(vector("csca/2016-01_CSCA_LINK.cer"));
    expect(notPassed(validateSignerPath(link, buildTrustStore({ cscas: [] }), TODAY).findings)).toMatchObject({
      signerKeyUsage: "failed",
    });
  });

  it("a document signer among the anchors is no authority", () => {
    const store = trustOfCertificates([chain.certificate]);
    // a certificate that claims the document signer as its issuer
    const { authorityKeyIdentifier: _, ...claims } = { ...chain.csca, issuerRaw: chain.certificate.subjectRaw };
    expect(notPassed(validateSignerPath(claims, store, TODAY).findings)).toMatchObject({
      signature: "failed",
      cscaAuthority: "failed",
    });
    // and buildTrustStore does not make it one
    const built = buildTrustStore({ cscas: [chain.certificate.raw] });
    expect([built.anchors.length, built.signers.length]).toEqual([0, 1]);
  });

  it("SHA-1 is a warning, every other algorithm passes", () => {
    const findings = (folder: string) => {
      const store = buildTrustStore({ cscas: [mock(`${folder}/mock_csca.pem`)] });
      const signer = parseCertificate(mock(`${folder}/mock_dsc.pem`));
      return notPassed(validateSignerPath(signer, store, TODAY).findings);
    };
    expect(findings("sha1_ecdsa_secp256r1")).toMatchObject({ signature: "warning" });
    for (const folder of [
      "sha384_ecdsa_secp384r1",
      "sha256_rsa_65537_4096",
      "sha256_rsapss_32_65537_3072",
      "sha256_ecdsa_brainpoolP256r1",
    ]) {
      expect(Object.keys(findings(folder)), folder).not.toContain("signature");
      expect(Object.keys(findings(folder)), folder).not.toContain("cscaSignature");
    }
  });

  it("a signer of another country fails", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    const subject = chain.certificate.subject.map((entry) =>
      entry.value === "UT" ? { ...entry, value: "XX" } : entry,
    );
    expect(notPassed(validateSignerPath({ ...chain.certificate, subject }, store, TODAY).findings)).toEqual({
      country: "failed",
      ...OPEN,
    });
  });

  it("a critical extension that is not understood fails", () => {
    const store = buildTrustStore({ cscas: [chain.csca.raw] });
    const extensions = [...chain.certificate.extensions, { oid: "1.2.3", critical: true, value: utf8("?") }];
    expect(notPassed(validateSignerPath({ ...chain.certificate, extensions }, store, TODAY).findings)).toEqual({
      criticalExtensions: "failed",
      ...OPEN,
    });
  });

  it("a link certificate counts when the key that signed it is in the store", async () => {
    const [oldSigner, newKey] = [newSigner(), newSigner()];
    const old = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, signer: oldSigner }));
    const root = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, signer: newKey }));
    // the old key signs the new one; AKI names the old key (ICAO 9303-12 table 6)
    const der = await buildCertificate({
      ...root,
      signer: oldSigner,
      algorithm: "ECDSA-SHA256",
      publicKey: newKey.publicKey,
      extensions: root.extensions.map((entry) =>
        entry.oid === EXTENSION.authorityKeyIdentifier
          ? extension("authorityKeyIdentifier", { keyIdentifier: old.subjectKeyIdentifier as Uint8Array })
          : entry,
      ),
    });
    const certificate = parseCertificate(
      await issueDocumentSigner({
        ...SIGNER_SUBJECT,
        publicKey: newSigner().publicKey,
        issuer: { certificate: der, signer: newKey },
      }),
    );
    const findings = (...cscas: Uint8Array[]) =>
      notPassed(validateSignerPath(certificate, buildTrustStore({ cscas }), TODAY).findings);
    expect(findings(der, old.raw)).toEqual(OPEN);
    // A link alone makes no anchor: nothing that is trusted has signed it.
    expect(findings(der)).toMatchObject({ cscaKnown: "failed" });
    // the old certificate alone does not lead to the signer: its key is another one
    expect(findings(old.raw)).toMatchObject({ cscaKnown: "failed" });
  });

  it("among candidates without key identifiers the one that signed is taken", async () => {
    const cscaSigner = newSigner();
    const other = await issueCsca({ ...CSCA_SUBJECT, signer: newSigner() });
    const csca = await issueCsca({ ...CSCA_SUBJECT, signer: cscaSigner });
    const der = await issueDocumentSigner({
      ...SIGNER_SUBJECT,
      publicKey: newSigner().publicKey,
      issuer: { certificate: csca, signer: cscaSigner },
    });
    const { authorityKeyIdentifier: _, ...certificate } = parseCertificate(der);
    const path = validateSignerPath(certificate, buildTrustStore({ cscas: [other, csca] }), TODAY);
    expect(path.csca?.raw).toEqual(csca);
    expect(path.good).toBe(true);
  });
});
