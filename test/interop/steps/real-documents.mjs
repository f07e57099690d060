// Security objects, certificates and lists of real document series. They are not ours to publish, so they lie outside the
// repository, in the folder that CARDWRIGHT_DOCUMENTS names, or ../shared/vectors: lds/sod and pki below it.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, ROOT, scratch } from "../lib.mjs";

const FOLDER = process.env.CARDWRIGHT_DOCUMENTS ?? join(ROOT, "../shared/vectors");
const bytes = (file) => new Uint8Array(readFileSync(join(FOLDER, file)));
const below = (folder, pattern) =>
  existsSync(join(FOLDER, folder))
    ? readdirSync(join(FOLDER, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => pattern.test(file))
        .map((file) => join(folder, file))
        .sort()
    : [];
const located = (error) => error?.name === "MalformedError" && error.path !== undefined && error.offset !== undefined;

export default async function realDocuments({ check, leftOut }) {
  if (!existsSync(FOLDER)) {
    leftOut(
      "security objects, certificates and lists of real documents",
      "these files are not in the repository, as they are not ours to publish; CARDWRIGHT_DOCUMENTS names their folder",
    );
    return;
  }
  const lds = await import("cardwright/lds");
  const tlv = await import("cardwright/tlv");
  const pki = await import("cardwright/pki");
  const lenient = { tolerate: pki.ALL_DEPARTURES };
  const words = (departures) => [...new Set(departures.map(({ code }) => code))].join(" ");
  const sods = below("lds/sod", /EF\.SOD\.bin$/);

  await check("EF.SOD of real document series: a value, or a refusal that says where", () => {
    assert(sods.length > 0, `no EF.SOD.bin below ${FOLDER}`);
    let refused = 0;
    for (const file of sods) {
      try {
        tlv.parseFile(lds.efSod, bytes(file));
      } catch (error) {
        assert(located(error), `${file}: ${error?.stack}`);
        refused++;
      }
    }
    return `${sods.length - refused} read, ${refused} refused`;
  });

  await check("EF.SOD and EF.CardSecurity of real document series verify, and OpenSSL agrees", () => {
    const folder = scratch("sod");
    const named = [];
    for (const file of [...sods, ...below("lds/sod", /EF\.CardSecurity\.bin$/)]) {
      const whole = bytes(file);
      const message = file.endsWith("EF.SOD.bin") ? contentOf(whole) : whole;
      const signedData = pki.parseCms(message, lenient);
      const { good, findings, departures } = pki.verifySignedData(signedData);
      assert(good, `${file}: ${JSON.stringify(findings.filter(({ status }) => status !== "passed"))}`);
      const codes = words([...signedData.departures, ...departures]);
      if (codes !== "") named.push(`${file.split("/").at(-2)} ${codes}`);
      writeFileSync(join(folder, "message"), message);
      const args = ["cms", "-verify", "-inform", "DER", "-in", join(folder, "message"), "-noverify", "-binary"];
      const content = execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
      assert(content.equals(signedData.eContent), `${file}: OpenSSL finds another content`);
    }
    return named.length === 0 ? "none departs" : named.join(", ");
  });

  await check("every certificate of master lists and folders is read, each departure by name", () => {
    const certificates = below("pki", /\.(cer|crt|der|pem)$/).flatMap((file) => {
      const found = bytes(file);
      return found[0] === 0x2d ? pki.allFromPem(Buffer.from(found).toString("latin1"), "CERTIFICATE") : [found];
    });
    for (const file of below("pki", /\.ml$/)) {
      const list = pki.parseMasterList(bytes(file), lenient);
      certificates.push(...list.certificates, ...list.signedData.certificates);
    }
    const counts = {};
    let strict = 0;
    for (const der of certificates) {
      const certificate = pki.parseCertificate(der, lenient);
      const { departures } = certificate;
      if (departures.length === 0) strict++;
      for (const code of new Set(departures.map((departure) => departure.code))) counts[code] = (counts[code] ?? 0) + 1;
      const index = pki.indexCertificate(der);
      for (const field of ["issuerRaw", "subjectRaw", "spkiRaw", "serialNumber"]) {
        assert(Buffer.from(index[field]).equals(certificate[field]), `${field} is found elsewhere by indexCertificate`);
      }
    }
    const rest = Object.entries(counts).map(([code, count]) => `${count} ${code}`);
    return `${certificates.length} read, ${strict} of them strictly; ${rest.join(", ")}`;
  });

  await check("master lists: the signature is good, and each certificate that its own key signed verifies", () => {
    const lines = [];
    for (const file of below("pki", /\.ml$/)) {
      const list = pki.parseMasterList(bytes(file), lenient);
      const { good, findings, departures } = pki.verifySignedData(list.signedData);
      assert(good, `${file}: ${JSON.stringify(findings.filter(({ status }) => status !== "passed"))}`);
      let own = 0;
      let links = 0;
      const others = [];
      for (const der of list.certificates) {
        const certificate = pki.parseCertificate(der, lenient);
        if (pki.verifyCertificateSignature(certificate, certificate.spkiRaw) === true) own++;
        else if (isLink(certificate, list, pki, lenient)) links++;
        else others.push(pki.nameToString(certificate.subject));
      }
      const codes = words([...list.departures, ...departures]);
      lines.push(
        `${file.split("/").at(-1)}: ${list.certificates.length} certificates, ${own} signed by their own key, ${links} by another of the list, ` +
          `${others.length} by neither${codes === "" ? "" : `; ${codes}`}`,
      );
    }
    assert(lines.length > 0, `no .ml below ${FOLDER}`);
    return lines.join("; ");
  });

  await check("every signature verifies but those made bad for a test; docs/real-documents.md lists them", async () => {
    const { collect, judge } = await import("../list-real-documents.mjs");
    const { good, bad, unknown, messages } = judge(collect());
    assert(
      messages.every((message) => message.good),
      JSON.stringify(messages.map(({ file, why }) => [file, why])),
    );
    const names = bad.filter(({ where }) => !where.every((file) => file.includes("pkits"))).map(({ where }) => where);
    assert(names.length === 0, `these do not verify: ${names.join("; ")}`);
    const page = readFileSync(join(ROOT, "docs/real-documents.md"), "utf8");
    for (const { certificate } of bad) {
      assert(page.includes(pki.nameToString(certificate.subject)), "docs/real-documents.md is not that of this folder");
    }
    return `${good} good, ${bad.length} bad as they should be, ${unknown.length} without a certificate of their issuer`;
  });

  await check("a master list counts once its signer or its CSCA is pinned, and gives every certificate", () => {
    const lines = [];
    for (const file of below("pki", /\.ml$/)) {
      const input = { name: file, bytes: bytes(file) };
      const { certificates, signedData } = pki.parseMasterList(input.bytes, lenient);
      assert(pki.buildTrustStore({ files: [input] }).anchors.length === 0, `${file}: trusted by its own word`);
      for (const raw of signedData.certificates) {
        const store = pki.buildTrustStore({ files: [input], pins: [pki.fingerprintOf({ raw })] });
        assert(store.anchors.length >= certificates.length, `${file}: ${store.anchors.length} anchors`);
        assert(store.unused.length === 0, JSON.stringify(store.unused));
      }
      lines.push(`${file.split("/").at(-1)}: ${certificates.length}`);
    }
    return lines.join("; ");
  });
}

/** The content of tag 77, by a reading of its own. */
function contentOf(file) {
  const first = file[1];
  return file.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

/** Whether another certificate of the list with the issuer's name signed this one. */
function isLink(certificate, list, pki, lenient) {
  return list.certificates.some((der) => {
    const { subjectRaw } = pki.indexCertificate(der);
    if (pki.matchNames(subjectRaw, certificate.issuerRaw) === undefined) return false;
    return pki.verifyCertificateSignature(certificate, pki.parseCertificate(der, lenient).spkiRaw) === true;
  });
}
