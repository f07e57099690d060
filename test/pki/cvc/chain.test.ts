import { beforeAll, describe, expect, it } from "vitest";
import { MalformedError } from "../../../src/errors.js";
import {
  type CvCertificate,
  encodeCvCertificate,
  encodeCvCertificateBody,
  joinSigned,
  parseCvCertificate,
} from "../../../src/pki/cvc/certificate.js";
import { CVC_CHECKS, verifyCvcChain } from "../../../src/pki/cvc/chain.js";
import { createCvcaLink } from "../../../src/pki/cvc/issue.js";
import { type CvcEcPublicKey, withoutDomain } from "../../../src/pki/cvc/public-key.js";
import { flipBit } from "../support.js";
import { chatOf, lastOf, newCvca, newHolder, newTerminal, notPassedOf, type Party } from "./support.js";

const DATE = "2027-01-15";
let cvca: Party;
let dv: Party;
let foreignDv: Party;
let terminal: Party;

beforeAll(async () => {
  cvca = await newCvca();
  dv = await newHolder(cvca);
  foreignDv = await newHolder(cvca, { chr: "ZZDV0000001", chat: chatOf("dvForeign") });
  terminal = await newTerminal(dv);
});

const chain = (...certificates: readonly CvCertificate[]) => ({
  trustPoints: [cvca.certificate],
  certificates,
  currentDate: DATE,
});

/** A certificate with other fields, signed anew: for what issuing refuses. */
function resigned(certificate: CvCertificate, by: Party, changes: Partial<CvCertificate>): CvCertificate {
  const bodyRaw = encodeCvCertificateBody({ ...certificate, ...changes });
  return parseCvCertificate(joinSigned(bodyRaw, by.signer.sign(bodyRaw, "ECDSA-SHA256")));
}

describe("verifyCvcChain", () => {
  it("accepts link-less chains, with every check of every certificate", () => {
    const report = verifyCvcChain(chain(dv.certificate, terminal.certificate));
    expect(report.accepted).toBe(true);
    for (const { findings } of report.certificates) expect(findings.map(({ id }) => id)).toEqual(CVC_CHECKS);
    expect(report.authorization).toMatchObject({ chr: "UTTERM00001", rights: ["readDg3", "readDg4"] });
    expect(report.trustPoints).toEqual([cvca.certificate]);
  });

  it("gives no authorization to a DV or a CVCA", () => {
    const report = verifyCvcChain(chain(dv.certificate));
    expect(report.accepted).toBe(true);
    expect(report.authorization).toBeUndefined();
    expect(verifyCvcChain(chain())).toMatchObject({ accepted: true, certificates: [], currentDate: DATE });
  });

  it("refuses a date that is none", () => {
    expect(() => verifyCvcChain({ ...chain(), currentDate: "2027-02-30" })).toThrow(RangeError);
  });

  it("does not take a certificate of the chain for a trust point", async () => {
    const other = await newCvca({ chr: "UTCVCA00002" });
    const theirs = await newHolder(other);
    const found = notPassedOf(verifyCvcChain(chain(other.certificate, theirs.certificate)).certificates);
    expect(found[0]).toEqual({
      issuer: "failed",
      role: "notChecked",
      terminalType: "notChecked",
      signature: "notChecked",
      issuerValidity: "notChecked",
    });
    expect(Object.values(found[1] as object)).toEqual(CVC_CHECKS.map(() => "notChecked"));
  });
});

describe("effective rights", () => {
  it("are those that CVCA, DV and terminal share", async () => {
    const root = await newCvca({ chat: chatOf("cvca", "AT", ["readDg1", "readDg2", "readDg3", "rfu31"]) });
    const issuer = await newHolder(root, { chat: chatOf("dvForeign", "AT", ["readDg2", "readDg3", "rfu31"]) });
    const holder = await newTerminal(issuer, { chat: chatOf("terminal", "AT", ["readDg1", "readDg3", "rfu31"]) });
    const report = verifyCvcChain({
      trustPoints: [root.certificate],
      certificates: [issuer.certificate, holder.certificate],
      currentDate: DATE,
    });
    // the reserved bit is kept, and grants nothing
    expect(report.authorization?.rights).toEqual(["readDg3"]);
    expect(report.authorization?.chat.authorization).toEqual(
      chatOf("terminal", "AT", ["readDg3", "rfu31"]).authorization,
    );
  });

  it("are those of the DV that issued, when a second one follows", async () => {
    const less = await newHolder(cvca, { chr: "UTDV00002", chat: chatOf("dvDomestic", "IS", ["readDg3"]) });
    const holder = await newTerminal(less);
    const report = verifyCvcChain(chain(dv.certificate, terminal.certificate, less.certificate, holder.certificate));
    expect(report.authorization?.rights).toEqual(["readDg3"]);
  });
});

describe("current date", () => {
  it("moves to the effective date of a DV certificate, domestic or foreign", () => {
    expect(verifyCvcChain(chain(dv.certificate)).currentDate).toBe("2027-02-01");
    expect(verifyCvcChain(chain(foreignDv.certificate)).currentDate).toBe("2027-02-01");
  });

  it("moves to that of a terminal of a domestic DV, and not of a foreign one", async () => {
    const theirs = await newTerminal(foreignDv);
    expect(verifyCvcChain(chain(dv.certificate, terminal.certificate)).currentDate).toBe("2027-03-01");
    const foreign = verifyCvcChain(chain(foreignDv.certificate, theirs.certificate));
    expect(foreign).toMatchObject({ accepted: true, currentDate: "2027-02-01" });
  });

  it("moves to that of a link certificate", async () => {
    const next = await newCvca({ chr: "UTCVCA00002", effectiveDate: "2028-01-01", expirationDate: "2030-12-31" });
    const link = await createCvcaLink({ issuer: cvca, next: next.certificate });
    expect(verifyCvcChain(chain(link)).currentDate).toBe("2028-01-01");
  });

  it("never moves back, and never by a certificate that was refused", () => {
    expect(verifyCvcChain({ ...chain(dv.certificate), currentDate: "2027-04-01" }).currentDate).toBe("2027-04-01");
    const bad = parseCvCertificate(flipBit(dv.certificate.raw, dv.certificate.raw.length * 8 - 1));
    expect(verifyCvcChain(chain(bad))).toMatchObject({ accepted: false, currentDate: DATE });
  });

  it("stays where a clock says, and what is not yet effective is refused", () => {
    const all = [dv.certificate, terminal.certificate];
    const report = verifyCvcChain({ ...chain(...all), currentDate: "2027-03-10", clock: true });
    expect(report).toMatchObject({ accepted: true, currentDate: "2027-03-10" });
    expect(lastOf({ ...chain(dv.certificate), clock: true })).toEqual({ validity: "failed" });
  });

  it("refuses expired DV and terminal certificates, from the day after", () => {
    const on = (currentDate: string, ...all: CvCertificate[]) => lastOf({ ...chain(...all), currentDate });
    expect(on("2027-04-30", dv.certificate)).toEqual({});
    expect(on("2027-05-01", dv.certificate)).toEqual({ validity: "failed" });
    expect(on("2027-03-31", dv.certificate, terminal.certificate)).toEqual({});
    expect(on("2027-04-01", dv.certificate, terminal.certificate)).toEqual({ validity: "failed" });
  });

  it("refuses a DV certificate by an expired trust point, and tells one that was made outside its time", () => {
    const old = resigned(cvca.certificate, cvca, { expirationDate: "2027-01-31" });
    const trustPoints = [old];
    expect(lastOf({ ...chain(dv.certificate), trustPoints, currentDate: "2027-02-02" })).toEqual({
      issuerValidity: "failed",
    });
    expect(lastOf({ ...chain(dv.certificate), trustPoints })).toEqual({ issuerValidity: "warning" });
  });
});

describe("link certificates", () => {
  it("make a trust point, which signs from then on; two are kept, the newest", async () => {
    const years = ["2027", "2028", "2029"];
    const roots: Party[] = [];
    for (const [i, year] of years.entries()) {
      const dates = { effectiveDate: `${year}-01-01`, expirationDate: `${year}-12-31` };
      roots.push(await newCvca({ chr: `UTCVCA0000${i + 1}`, ...dates }));
    }
    const [first, second, third] = roots as [Party, Party, Party];
    const links = [
      await createCvcaLink({ issuer: { ...first, certificate: longer(first) }, next: second.certificate }),
      await createCvcaLink({ issuer: { ...second, certificate: longer(second) }, next: third.certificate }),
    ];
    const dates = { effectiveDate: "2029-02-01", expirationDate: "2029-04-30" };
    const under = await newHolder(third, dates);
    const all = { trustPoints: [first.certificate], certificates: [...links, under.certificate], currentDate: DATE };
    const report = verifyCvcChain(all);
    expect(report.accepted).toBe(true);
    expect(report.trustPoints.map(({ chr }) => chr)).toEqual(["UTCVCA00003", "UTCVCA00002"]);
    // the first one is gone, and so are certificates by it
    const byFirst = await newHolder(first);
    const again = { trustPoints: report.trustPoints, certificates: [byFirst.certificate], currentDate: DATE };
    expect(lastOf(again)).toMatchObject({ issuer: "failed" });
  });

  /** Links are made on the first day of the next year. */
  const longer = ({ certificate }: Party): CvCertificate => ({ ...certificate, expirationDate: "2030-12-31" });

  it("count when expired, even by an expired trust point", async () => {
    const next = await newCvca({ chr: "UTCVCA00002", effectiveDate: "2028-01-01", expirationDate: "2030-12-31" });
    const link = await createCvcaLink({ issuer: cvca, next: next.certificate });
    const report = verifyCvcChain({ ...chain(link), currentDate: "2031-01-01" });
    expect(report).toMatchObject({ accepted: true, currentDate: "2031-01-01" });
    expect(notPassedOf(report.certificates)).toEqual([{ validity: "warning" }]);
    expect(report.trustPoints).toHaveLength(2);
  });

  it("renew the trust point even when a later certificate is refused", async () => {
    const next = await newCvca({ chr: "UTCVCA00002" });
    const link = await createCvcaLink({ issuer: cvca, next: next.certificate });
    const report = verifyCvcChain(chain(link, terminal.certificate));
    expect(report.accepted).toBe(false);
    expect(report.trustPoints.map(({ chr }) => chr)).toContain("UTCVCA00002");
  });

  it("may change the curve, and may leave out the domain parameters of the same one", async () => {
    const next = await newCvca({ chr: "UTCVCA00002" }, "brainpoolP384r1");
    const link = await createCvcaLink({ issuer: cvca, next: next.certificate });
    const under = await newHolder(next, {}, "brainpoolP384r1");
    expect(verifyCvcChain(chain(link, under.certificate)).accepted).toBe(true);

    const same = await newCvca({ chr: "UTCVCA00003" });
    const full = await createCvcaLink({ issuer: cvca, next: same.certificate });
    const short = resigned(full, cvca, { publicKey: withoutDomain(full.publicKey) });
    const renewed = verifyCvcChain(chain(short, (await newHolder(same)).certificate));
    expect(renewed.accepted).toBe(true);
    const [imported] = renewed.trustPoints.filter(({ chr }) => chr === "UTCVCA00003");
    expect(imported?.publicKey).toEqual(same.certificate.publicKey);
  });

  it("are refused when their reference is a trust point already", async () => {
    const same = await newCvca();
    const renamed = await newCvca({ chr: "UTCVCA00002" });
    const link = await createCvcaLink({ issuer: cvca, next: renamed.certificate });
    const clash = resigned(link, cvca, { chr: same.certificate.chr });
    expect(lastOf(chain(clash))).toEqual({ holderReference: "failed" });
  });
});

describe("what is refused", () => {
  it("a signature by another key, under the same references", async () => {
    const impostor = await newCvca();
    const theirs = await newHolder(impostor);
    expect(lastOf(chain(theirs.certificate))).toEqual({ signature: "failed" });
  });

  it("a terminal by a CVCA, a DV by a DV, anything by a terminal", async () => {
    expect(lastOf(chain(resigned(terminal.certificate, cvca, { car: "UTCVCA00001" })))).toEqual({ role: "failed" });
    const dvByDv = resigned(dv.certificate, dv, { car: "UTDV00001", chr: "UTDV00002" });
    expect(lastOf(chain(dv.certificate, dvByDv))).toEqual({ role: "failed" });
    const byTerminal = resigned(terminal.certificate, terminal, { car: "UTTERM00001", chr: "UTTERM00002" });
    expect(lastOf(chain(dv.certificate, terminal.certificate, byTerminal))).toEqual({ role: "failed" });
  });

  it("a terminal of another DV than the last one imported", () => {
    const all = chain(dv.certificate, foreignDv.certificate, terminal.certificate);
    expect(lastOf(all)).toMatchObject({ issuer: "failed" });
  });

  it("a terminal type that is not its issuer's", () => {
    const other = resigned(dv.certificate, cvca, { chat: chatOf("dvDomestic", "ST") });
    expect(lastOf(chain(other))).toEqual({ terminalType: "failed" });
  });

  it("domain parameters below a CVCA, another algorithm, another kind of key, a point of another curve", () => {
    const key = dv.certificate.publicKey as CvcEcPublicKey;
    const domain = (cvca.certificate.publicKey as CvcEcPublicKey).domain as NonNullable<CvcEcPublicKey["domain"]>;
    const withKey = (publicKey: CvCertificate["publicKey"]) =>
      lastOf(chain(resigned(dv.certificate, cvca, { publicKey })));
    expect(withKey({ ...key, domain })).toEqual({ publicKey: "failed" });
    expect(withKey({ ...key, oid: "0.4.0.127.0.7.2.2.2.2.4" })).toEqual({ publicKey: "failed" });
    expect(withKey({ ...key, oid: "0.4.0.127.0.7.2.2.2.1.4" })).toEqual({ publicKey: "failed" });
    expect(withKey({ ...key, oid: "1.2.3" })).toEqual({ publicKey: "failed" });
    expect(withKey({ ...key, point: new Uint8Array(97).fill(4) })).toEqual({ publicKey: "failed" });
    const modulus = new Uint8Array(256).fill(0xff);
    const rsa = { oid: "0.4.0.127.0.7.2.2.2.1.4", modulus, exponent: Uint8Array.of(1, 0, 1) };
    expect(withKey(rsa)).toEqual({ publicKey: "failed" });
  });

  it("an unknown curve: nothing is verified with it, and nothing accepted", () => {
    const key = cvca.certificate.publicKey as CvcEcPublicKey;
    const domain = { ...(key.domain as NonNullable<CvcEcPublicKey["domain"]>), b: Uint8Array.of(7) };
    const trustPoints = [{ ...cvca.certificate, publicKey: { ...key, domain } }];
    const report = verifyCvcChain({ ...chain(dv.certificate), trustPoints });
    expect(report.accepted).toBe(false);
    expect(notPassedOf(report.certificates)).toEqual([{ publicKey: "notChecked", signature: "notChecked" }]);
  });

  it("a certificate that expires before it is effective", () => {
    const turned = resigned(dv.certificate, cvca, { expirationDate: "2027-01-20" });
    expect(lastOf(chain(turned))).toEqual({ validity: "failed" });
  });

  it("warns of a reference that is not formed as one, and of one used twice", () => {
    expect(lastOf(chain(resigned(dv.certificate, cvca, { chr: "utdv0001" })))).toEqual({ holderReference: "warning" });
    expect(lastOf(chain(dv.certificate, dv.certificate))).toEqual({ holderReference: "warning" });
  });

  it("any flipped bit: malformed or refused", () => {
    const originals = [dv.certificate, terminal.certificate];
    for (const [index, { raw }] of originals.entries()) {
      for (let bit = 0; bit < raw.length * 8; bit += 3) {
        let changed: CvCertificate;
        try {
          changed = parseCvCertificate(flipBit(raw, bit));
        } catch (error) {
          expect(error, `bit ${bit}`).toBeInstanceOf(MalformedError);
          continue;
        }
        expect(encodeCvCertificate(changed), `bit ${bit}`).toEqual(flipBit(raw, bit));
        const report = verifyCvcChain(chain(...originals.with(index, changed)));
        expect(report.accepted, `certificate ${index}, bit ${bit}`).toBe(false);
        expect(report.authorization).toBeUndefined();
      }
    }
  });
});
