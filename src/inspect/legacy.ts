import { anyHashByOid } from "../crypto/legacy/sha1.js";
import type { LdsSecurityObject } from "../lds/security-object.js";
import type { Certificate } from "../pki/certificate.js";
import { keyOfCertificate } from "../pki/certificate-key.js";
import type { SignedData } from "../pki/cms.js";
import { rowOf } from "../pki/verify-signature.js";
import type { PassiveSettings } from "./passive-types.js";
import type { CheckList } from "./report.js";

/** What a document rests on. */
interface Basis {
  readonly signedData: SignedData | undefined;
  readonly signer: Certificate | undefined;
  readonly csca: Certificate | undefined;
  readonly lds: LdsSecurityObject | undefined;
}

const SHA1 = "SHA-1";
const LEAST_RSA = 2048;

/** Algorithms that are no longer secure: they warn, or fail when the caller says so. */
export function checkLegacy(list: CheckList, { legacy = "warn" }: PassiveSettings, basis: Basis, suffix = ""): void {
  const { signedData, signer, csca, lds } = basis;
  const base = { id: `legacyAlgorithms${suffix}`, path: "security object", spec: "ICAO 9303-12 §4.1.6" };
  if (signedData === undefined) {
    list.add({ ...base, status: "notChecked", message: "There is no well-formed security object to look at." });
    return;
  }
  const found = new Map<string, string>();
  const hashName = (oid: string | undefined) => (oid === undefined ? undefined : anyHashByOid(oid)?.name);
  if (hashName(lds?.hashAlgorithm.algorithm) === SHA1) found.set("dataGroupHashes", SHA1);
  for (const { digestAlgorithm, signatureAlgorithm } of signedData.signerInfos) {
    if (hashName(digestAlgorithm.algorithm) === SHA1) found.set("contentHash", SHA1);
    const digest = anyHashByOid(digestAlgorithm.algorithm)?.name;
    const row = rowOf(signatureAlgorithm, digest === undefined ? {} : { digest });
    if (row?.legacy) found.set("signature", row.name);
  }
  // A root's own signature protects nothing: the certificate is trusted for other reasons.
  const row = signer === undefined ? undefined : rowOf(signer.signatureAlgorithm);
  if (row?.legacy) found.set("signerCertificate", row.name);
  for (const [who, certificate] of [
    ["signerKey", signer],
    ["cscaKey", csca],
  ] as const) {
    const key = certificate === undefined ? undefined : keyOfCertificate(certificate);
    if (key === undefined || key instanceof Uint8Array || key.kind !== "RSA") continue;
    if (key.modulus.length * 8 < LEAST_RSA) found.set(who, `RSA ${key.modulus.length * 8}`);
  }
  const names = [...new Set(found.values())].join(", ");
  if (names === "") {
    list.add({ ...base, status: "passed", message: "Every algorithm is one that is secure for new documents." });
    return;
  }
  const status = legacy === "fail" ? "failed" : "warning";
  list.add({
    ...base,
    status,
    message: `Rests on ${names}, which is no longer secure.`,
    evidence: Object.fromEntries(found),
  });
}
