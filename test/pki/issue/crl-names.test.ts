import { fromBER } from "asn1js";
import * as pkijs from "pkijs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/bytes/bytes.js";
import { parseCertificate } from "../../../src/pki/certificate.js";
import { parseCrl, verifyCrl } from "../../../src/pki/crl.js";
import { issueCrl } from "../../../src/pki/issue/crl.js";
import { issueCsca } from "../../../src/pki/issue/csca.js";
import { issueCscaLink } from "../../../src/pki/issue/csca-link.js";
import { CSCA_SUBJECT, date, newSigner } from "../support.js";

const NEXT = {
  notBefore: date("2028-06-01T00:00:00"),
  notAfter: date("2043-06-01T00:00:00"),
  privateKeyUsage: { notBefore: date("2028-06-01T00:00:00"), notAfter: date("2032-06-01T00:00:00") },
};
const LIST = {
  thisUpdate: date("2028-07-01T00:00:00"),
  nextUpdate: date("2028-09-01T00:00:00"),
  crlNumber: Uint8Array.of(9),
};

/** A CSCA that changed its key, and then its key and its name. */
async function history() {
  const [first, second, third] = [newSigner(), newSigner(), newSigner()] as const;
  const old = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, signer: first }));
  const rekeyed = parseCertificate(await issueCsca({ ...CSCA_SUBJECT, ...NEXT, signer: second }));
  const renamed = parseCertificate(
    await issueCsca({ ...CSCA_SUBJECT, ...NEXT, commonName: "Utopia II", signer: third }),
  );
  const link = parseCertificate(await issueCscaLink({ issuer: { certificate: old, signer: first }, root: renamed }));
  return { old, rekeyed, renamed, link, second, third };
}

describe("the one list of a CSCA with a past", () => {
  it("after a change of key: by the new key, with what the old one issued, and no other names", async () => {
    const { old, rekeyed, second } = await history();
    const revoked = [{ serialNumber: old.serialNumber, revocationDate: LIST.thisUpdate }];
    const crl = parseCrl(await issueCrl({ ...LIST, issuer: { certificate: rekeyed, signer: second }, revoked }));
    expect(verifyCrl(crl, rekeyed.spkiRaw)).toBe(true);
    expect(verifyCrl(crl, old.spkiRaw)).toBe(false);
    expect(crl.issuerRaw).toEqual(old.subjectRaw);
    expect(crl.authorityKeyIdentifier).toEqual(rekeyed.subjectKeyIdentifier);
    expect(crl.revoked.find(old.serialNumber)).toBeDefined();
    expect(crl.extensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ["2.5.29.35", false],
      ["2.5.29.20", false],
    ]);
  });

  it("after a change of name: the names before as the issuer fields have them, each once (table 10, note 1)", async () => {
    const { old, rekeyed, renamed, link, third } = await history();
    const der = await issueCrl({
      ...LIST,
      issuer: { certificate: renamed, signer: third },
      previousNames: [old.raw, rekeyed, renamed],
      revoked: [],
    });
    const crl = parseCrl(der);
    const names = crl.extensions.find(({ oid }) => oid === "2.5.29.18");
    expect(names?.critical).toBe(false);
    expect(toHex(names?.value as Uint8Array)).toContain(toHex(link.issuerRaw));
    const parsed = new pkijs.GeneralNames({
      schema: fromBER(Uint8Array.from(names?.value as Uint8Array).buffer).result,
    });
    expect(parsed.names.map(({ type }) => type)).toEqual([4]);
    expect(toHex(new Uint8Array(parsed.names[0]?.value.toSchema().toBER()))).toBe(toHex(old.subjectRaw));
    expect(verifyCrl(crl, renamed.spkiRaw)).toBe(true);
  });

  it("may be signed by the link certificate's key, whose certificate is that of the new name", async () => {
    const { link, third } = await history();
    const crl = parseCrl(await issueCrl({ ...LIST, issuer: { certificate: link, signer: third }, revoked: [] }));
    expect(crl.issuerRaw).toEqual(link.subjectRaw);
    expect(crl.authorityKeyIdentifier).toEqual(link.subjectKeyIdentifier);
  });

  it("refuses names of another country, and names that are none of before", async () => {
    const { renamed, third } = await history();
    const foreign = await issueCsca({ ...CSCA_SUBJECT, country: "XX", signer: newSigner() });
    const issuer = { certificate: renamed, signer: third };
    for (const previousNames of [[foreign], [renamed]]) {
      await expect(issueCrl({ ...LIST, issuer, previousNames, revoked: [] })).rejects.toThrow(RangeError);
    }
  });
});
