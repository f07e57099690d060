import { toHex } from "../bytes/bytes.js";
import type { Certificate } from "../pki/certificate.js";
import { nameToString } from "../pki/name.js";
import { OPTIONAL_PATH_CHECKS, PATH_CHECKS, type PathFindings, validateSignerPath } from "../pki/signer-path.js";
import { fingerprintOf, type TrustAnchor } from "../pki/trust-store.js";
import type { ObjectToCheck, PassiveSettings } from "./passive-types.js";
import type { CheckList } from "./report.js";

/** The sections of the standard that ask for the checks of a path, where it is another than that on paths. */
const SPECS: Readonly<Record<string, string>> = {
  cscaKnown: "ICAO 9303-11 §5.1; 9303-12 §6.1.1",
  cscaForm: "ICAO 9303-12 §7.1",
  pathLength: "ICAO 9303-12 table 6",
  privateKeyUsage: "ICAO 9303-11 §5.1.1; 9303-12 §7.1.1.4",
  keys: "ICAO 9303-12 §4.1.6",
  documentTypeList: "ICAO 9303-12 §7.1.1.6",
  revocation: "ICAO 9303-12 §4.1.5 and §6.1.2",
  cscaRevocation: "ICAO 9303-12 §4.1.5.1",
};

/** The path from the signer of an object to a trust anchor, every check made or not. */
export function checkPath(
  list: CheckList,
  signer: Certificate | undefined,
  others: readonly Certificate[],
  settings: PassiveSettings,
  { suffix, role }: ObjectToCheck,
): PathFindings | undefined {
  const { trust, at, issued, validity, revocation } = settings;
  const path =
    signer === undefined || trust === undefined
      ? undefined
      : validateSignerPath(signer, trust, at, {
          others,
          ...(role !== undefined && { role }),
          ...(issued !== undefined && { issued }),
          ...(issued !== undefined && validity === "issue" && { validAt: issued }),
          ...(revocation !== undefined && { revocation }),
        });
  const reason = trust === undefined ? "No trust store was given." : "There is no signer's certificate to check.";
  for (const id of PATH_CHECKS) {
    const finding = path?.findings.find((candidate) => candidate.id === id);
    const known = id === "cscaKnown" && signer !== undefined ? pathEvidence(signer, path) : undefined;
    const evidence = finding?.evidence ?? known;
    const optional = OPTIONAL_PATH_CHECKS.includes(id);
    list.add(
      {
        id: `path.${id}${suffix}`,
        status: finding?.status ?? "notChecked",
        path: id.startsWith("csca") ? "CSCA" : "document signer",
        spec: SPECS[id] ?? "ICAO 9303-12 §6.1",
        message: finding?.detail ?? reason,
        ...(evidence !== undefined && { evidence }),
      },
      !optional,
    );
  }
  return path;
}

function pathEvidence(signer: Certificate, path: PathFindings | undefined) {
  return {
    signer: nameToString(signer.subject),
    serialNumber: toHex(signer.serialNumber),
    validUntil: signer.notAfter.toISOString(),
    ...(path?.csca && { csca: nameToString(path.csca.subject) }),
    ...(path?.anchor && { cscaSha256: fingerprintOf(path.anchor), trust: provenanceOf(path.anchor).join("; ") }),
  };
}

const WORDS = { pinned: "pinned", link: "link from", masterList: "master list of" } as const;

/** Where the trust in an anchor comes from, one sentence a reason. */
export function provenanceOf({ origins }: TrustAnchor): readonly string[] {
  return origins.map(({ how, source, by }) => `${WORDS[how]}${by === undefined ? "" : ` ${by}`} (${source})`);
}
