// The line of the package as a user imports it, from a record to a verdict; the same in Node and in a browser.
// Only names of the package and of the web platform: no node:, no Buffer.

import { run } from "cardwright/apdu";
import { toHex, utf8 } from "cardwright/bytes";
import { accessKeyOf, emrtd } from "cardwright/card";
import { VirtualChip, virtualChannel } from "cardwright/chip";
import { readCard, validateCard } from "cardwright/inspect";
import { buildCardImage, encodeDataGroups, signSecurityObject } from "cardwright/perso";
import { buildTrustStore, memorySigner, parsePkcs8 } from "cardwright/pki";
import { issueCsca, issueDocumentSigner } from "cardwright/pki/issue";
import { parseCitizenRecord } from "cardwright/record";
import { primitives } from "#primitives";

const SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const DAY = 24 * 3600 * 1000;

/** A key of the platform's own making, so that key generation is not ours on both sides. */
async function newSigner(namedCurve) {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign"]);
  return memorySigner(parsePkcs8(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey))));
}

async function newIssuer(now) {
  const day = (days) => new Date(Math.floor(now / DAY) * DAY + days * DAY);
  const common = { crlDistributionPoints: ["https://pki.example/utopia.crl"], contact: "pki@example.org" };
  const [cscaSigner, signer] = [await newSigner("P-384"), await newSigner("P-256")];
  const csca = await issueCsca({
    ...common,
    country: "UT",
    countryCode3: "UTO",
    commonName: "Utopia CSCA",
    signer: cscaSigner,
    notBefore: day(-1),
    notAfter: day(15 * 365),
    privateKeyUsage: { notBefore: day(-1), notAfter: day(4 * 365) },
  });
  const certificate = await issueDocumentSigner({
    ...common,
    commonName: "Utopia Document Signer 01",
    publicKey: signer.publicKey,
    issuer: { certificate: csca, signer: cscaSigner },
    documentTypes: ["I"],
    notBefore: day(-1),
    notAfter: day(11 * 365),
    privateKeyUsage: { notBefore: day(-1), notAfter: day(60) },
  });
  return { csca, documentSigner: { signer, certificate } };
}

/** Encodes, signs and validates one card, read from a chip over BAC; `input` is a record with its portrait. */
export async function line(input) {
  const hash = toHex(primitives.hash("SHA-256", utf8("abc")));
  if (hash !== SHA256_ABC) throw new Error(`SHA-256 of "abc" is ${hash}`);
  const now = Date.now();
  const { csca, documentSigner } = await newIssuer(now);
  const { record } = parseCitizenRecord(input);
  const dataGroups = encodeDataGroups(record, emrtd);
  const efSod = await signSecurityObject(dataGroups, emrtd, documentSigner, new Date(now));
  const image = buildCardImage(emrtd, dataGroups, efSod);

  const channel = virtualChannel(VirtualChip.fromImage(image));
  const card = await run(channel, readCard({ accessKey: accessKeyOf(image), maxResponse: channel.maxResponse }));
  const trust = buildTrustStore({ cscas: [csca] });
  const report = validateCard(card, { trust, at: new Date(now) });

  const tampered = { ...card, files: { ...card.files, "EF.DG2": card.files["EF.DG2"].slice() } };
  tampered.files["EF.DG2"][tampered.files["EF.DG2"].length - 1] ^= 1;
  return {
    backend: primitives.backend,
    verdict: report.verdict,
    failed: report.checks.filter(({ status }) => status === "failed"),
    tamperedVerdict: validateCard(tampered, { trust, at: new Date(now) }).verdict,
  };
}

/** Throws unless `outcome` of {@link line} is that of a good card and of a tampered one, with this backend. */
export function judge(outcome, backend) {
  const { verdict, tamperedVerdict } = outcome;
  const good = outcome.backend === backend && verdict === "passed" && tamperedVerdict === "failed";
  if (!good)
    throw new Error(`expected BACKEND=${backend}, passed, and failed when tampered: ${JSON.stringify(outcome)}`);
  return `BACKEND=${outcome.backend} VERDICT=${verdict}, tampered: ${tamperedVerdict}`;
}
