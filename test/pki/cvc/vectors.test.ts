import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../src/bytes/bytes.js";
import { hash } from "../../../src/crypto/hash.js";
import { MalformedError } from "../../../src/errors.js";
import {
  CVC_EXTENSION,
  encodeCvCertificate,
  extensionValue,
  parseCvCertificate,
} from "../../../src/pki/cvc/certificate.js";
import { verifyCvcChain } from "../../../src/pki/cvc/chain.js";
import { grantedRights, roleOf, terminalTypeByOid } from "../../../src/pki/cvc/chat.js";
import { verifyCvRequest } from "../../../src/pki/cvc/issue-request.js";
import { encodeCvRequest, parseCvRequest } from "../../../src/pki/cvc/request.js";
import { verifyCvcSignature } from "../../../src/pki/cvc/verify.js";
import { notPassed, thrownBy } from "../support.js";
import { certificateOf, notPassedOf, vector, vectorsLike, workedExample } from "./support.js";

/** Its outermost length is written in two bytes where one is enough. */
const NOT_MINIMAL = "openpace-kba_dvca_cert.bin";
const certificates = vectorsLike(/\.cvcert$|openpace-.*cert\.bin$|_cvca\.bin$|cvc1\.bin$/);
const requests = vectorsLike(/\.cvreq$|csr/);

const minimal = (bytes: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, 2), Uint8Array.of(0x81), bytes.subarray(4));

describe("real and test certificates", () => {
  it("are all here", () => {
    expect(certificates).toHaveLength(23);
    expect(requests).toHaveLength(9);
  });

  it.each(certificates.filter((file) => file !== NOT_MINIMAL))("%s parses and is written as it was", (file) => {
    const bytes = vector(file);
    expect(toHex(encodeCvCertificate(parseCvCertificate(bytes)))).toBe(toHex(bytes));
  });

  it("refuses a length that is not minimal", () => {
    const error = thrownBy(() => parseCvCertificate(vector(NOT_MINIMAL)));
    expect(error).toBeInstanceOf(MalformedError);
    expect(error).toMatchObject({ code: "BAD_LENGTH", offset: 2 });
    expect(parseCvCertificate(minimal(vector(NOT_MINIMAL))).chr).toBe("DEDVeIDDTR101201");
  });

  it("gives the fields", () => {
    const certificate = certificateOf("openpace-schufa_cert.bin");
    expect(certificate).toMatchObject({
      car: "DEDVeIDDTR101401",
      chr: "DE0000025004FF",
      effectiveDate: "2011-12-09",
      expirationDate: "2011-12-10",
    });
    expect(terminalTypeByOid(certificate.chat.oid)?.name).toBe("AT");
    expect(roleOf(certificate.chat)).toBe("terminal");
    expect(certificate.extensions?.map(({ oid }) => oid)).toEqual([CVC_EXTENSION.sector, CVC_EXTENSION.description]);
  });

  it.each(["cvc1", "kba_cert", "schufa"])("%s: the extension is the hash of the description", (name) => {
    const certificate = certificateOf(`openpace-${name === "schufa" ? "schufa_cert" : name}.bin`);
    const description = hash("SHA-256", vector(`openpace-${name}_desc.bin`));
    expect(toHex(extensionValue(certificate, CVC_EXTENSION.description, 0x80) as Uint8Array)).toBe(toHex(description));
  });

  it("finds both objects of an extension", () => {
    const certificate = certificateOf("persosim-AT/at_cert_1.cvcert");
    const at = (tag: number) => extensionValue(certificate, CVC_EXTENSION.sector, tag);
    expect(at(0x80)).toHaveLength(32);
    expect(at(0x81)).toHaveLength(32);
    expect(at(0x82)).toBeUndefined();
    expect(extensionValue(certificate, CVC_EXTENSION.description, 0x80)).toBeUndefined();
    expect(extensionValue(certificateOf("DECVCAeID00102.cvcert"), CVC_EXTENSION.sector, 0x80)).toBeUndefined();
  });
});

const AT_ALL = [
  ...["ageVerification", "communityIdVerification", "restrictedIdentification", "canAllowed", "pinManagement"],
  ...["installCertificate", "installQualifiedCertificate"],
  ...Array.from({ length: 21 }, (_, i) => `readDg${i + 1}`),
  ...[21, 20, 19, 18, 17].map((n) => `writeDg${n}`),
];

describe("real and test chains", () => {
  const cases = [
    ["persosim-AT", "CVCA_Cert_01", "dv_at_cert_1", "at_cert_1", "2016-11-30", AT_ALL],
    ["persosim-IS", "CVCA_Cert_01", "dv_is_cert_1", "is_cert_1", "2016-11-30", ["readDg3", "readDg4"]],
    ["scsh-UTATDVCAOD", "UTATCVCA00001.selfsigned", "UTATDVCAOD00001", "UTTERM00001", undefined, undefined],
    ["scsh-UTISDVCAOD", "UTISCVCA00001.selfsigned", "UTISDVCAOD00001", "UTTERM00001", undefined, undefined],
    ["vsmartcard-ZZ", "ZZSTCVCA00001", "ZZSTDVCA00001", "ZZSTTERM00001", undefined, undefined],
  ] as const;

  it.each(cases)("%s verifies", (folder, cvca, dv, terminal, date, rights) => {
    const [root, ...chain] = [cvca, dv, terminal].map((name) => certificateOf(`${folder}/${name}.cvcert`));
    const last = chain[1];
    if (root === undefined || last === undefined) throw new Error("no chain");
    const report = verifyCvcChain({
      trustPoints: [root],
      certificates: chain,
      currentDate: date ?? last.effectiveDate,
    });
    const failed = notPassedOf(report.certificates).map((row) => Object.values(row).filter((s) => s !== "warning"));
    expect(failed).toEqual([[], []]);
    expect(report.accepted).toBe(true);
    expect(report.authorization?.chr).toBe(last.chr);
    if (rights !== undefined) expect(report.authorization?.rights).toEqual(rights);
    else expect(report.authorization?.rights.length).toBeGreaterThan(0);
  });

  it("German authorities of 2010 and 2011, under the German CVCA", () => {
    const root = certificateOf("DECVCAeID00102.cvcert");
    const kba = verifyCvcChain({
      trustPoints: [root],
      certificates: [parseCvCertificate(minimal(vector(NOT_MINIMAL))), certificateOf("openpace-kba_cert.bin")],
      currentDate: "2010-09-22",
    });
    expect(notPassedOf(kba.certificates)).toEqual([{}, {}]);
    expect(kba.authorization?.rights).toEqual([
      ...["restrictedIdentification", "readDg4", "readDg5", "readDg8", "readDg9", "readDg17"],
    ]);
    const schufa = verifyCvcChain({
      trustPoints: [root],
      certificates: [certificateOf("openpace-schufa_dvcert.bin"), certificateOf("openpace-schufa_cert.bin")],
      currentDate: "2011-12-09",
    });
    expect(notPassedOf(schufa.certificates)).toEqual([{}, {}]);
    const [dv] = schufa.certificates;
    expect(dv && roleOf(dv.certificate.chat)).toBe("dvForeign");
  });

  it("the German CVCA for signatures is self-signed, and so no link to itself", () => {
    const root = certificateOf("DECVCAeSign00102.cvcert");
    const report = verifyCvcChain({ trustPoints: [root], certificates: [root], currentDate: "2010-01-01" });
    expect(notPassedOf(report.certificates)).toEqual([{ holderReference: "failed" }]);
    expect(grantedRights(root.chat)).toEqual(["generateQualifiedElectronicSignature"]);
  });

  it("BSI's worked example: signatures are good; its CVCA is one of another terminal type", () => {
    const { cvca_cert, dv_cert, ta_cert } = workedExample();
    const root = parseCvCertificate(cvca_cert);
    const dv = parseCvCertificate(dv_cert);
    const report = verifyCvcChain({ trustPoints: [root], certificates: [dv], currentDate: "2010-01-01" });
    expect(notPassedOf(report.certificates)).toEqual([{ terminalType: "failed" }]);
    const sameType = { ...root, chat: { oid: dv.chat.oid, authorization: Uint8Array.of(0xff, 255, 255, 255, 255) } };
    const chain = { certificates: [dv, parseCvCertificate(ta_cert)], currentDate: "2009-12-01" };
    const accepted = verifyCvcChain({ trustPoints: [sameType], ...chain });
    expect(accepted.accepted).toBe(true);
    expect(accepted.authorization?.rights).toEqual(["canAllowed", "readDg1"]);
  });
});

describe("requests", () => {
  it.each(requests)("%s parses, is written as it was, and its inner signature is good", (file) => {
    const bytes = vector(file);
    const request = parseCvRequest(bytes);
    expect(toHex(encodeCvRequest(request))).toBe(toHex(bytes));
    const found = notPassed(verifyCvRequest(request));
    expect(found).toMatchObject({ outerSignature: "notChecked" });
    expect(Object.keys(found).filter((id) => found[id as "publicKey"] === "failed")).toEqual([]);
    expect(found.innerSignature).toBeUndefined();
  });

  it("one has an outer signature that leaves out the reference, which is refused", () => {
    const request = parseCvRequest(vector("openpace-csr_with_outer_sig.bin"));
    const { outer, publicKey } = request;
    expect(outer?.car).toBe("HSMCVCA");
    expect(notPassed(verifyCvRequest(request, publicKey))).toMatchObject({ outerSignature: "failed" });
    const withoutReference = outer?.signedRaw.subarray(0, -9) as Uint8Array;
    expect(verifyCvcSignature(publicKey, withoutReference, outer?.signature as Uint8Array)).toBe(true);
  });

  it("one writes numbers with leading zeros: a warning, not a failure", () => {
    const request = parseCvRequest(vector("openpace-req_18102010_csr.bin"));
    const finding = verifyCvRequest(request).find(({ id }) => id === "publicKey");
    expect(finding).toMatchObject({ status: "warning", detail: expect.stringContaining("leading zero") });
  });
});
