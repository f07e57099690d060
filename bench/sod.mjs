// EF.SOD: made from hashes and from data groups, against signing alone and against other packages; and verified.
import { createPrivateKey, createPublicKey, hash, sign, verify, webcrypto } from "node:crypto";
import { emrtd, signSecurityObject } from "../dist/index.js";
import { efSod, ID_LDS_SECURITY_OBJECT } from "../dist/lds.js";
import { sodWriter } from "../dist/perso.js";
import { CertificateCache, parseCertificate, parseCms, signCms, verifySignedData } from "../dist/pki.js";
import { parseFile, parseTlv } from "../dist/tlv.js";
import { NOW } from "./fixtures.mjs";
import { pkijsCertificate, pkijsCms, pkijsSod, pkijsVerifySod, schemaCertificate, schemaSod } from "./peers-cms.mjs";
import { inTurn, NUMBERS, partsOf } from "./whole-card.mjs";

/** What a peer made must hold the same hashes and a good signature, or it would be no peer. */
function checkSod(who, contentInfo, content, key) {
  const { eContent, signerInfos, certificates } = parseCms(contentInfo);
  if (!Buffer.from(eContent).equals(Buffer.from(content))) throw new Error(`${who}: another LDSSecurityObject`);
  const [{ signedAttrsRaw, signature }] = signerInfos;
  if (!verify("sha256", signedAttrsRaw, createPublicKey(key), signature)) throw new Error(`${who}: a bad signature`);
  parseCertificate(certificates[0]);
}

export async function sodGroups(cards, { documentSigner, der, pkcs8 }) {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  const subtleKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
  ]);
  const certificates = { pkijs: pkijsCertificate(der), schema: schemaCertificate(der) };
  const sods = cards.map((card) => signSecurityObject(card.groups, emrtd, documentSigner, NOW));
  const parts = cards.map((card, i) => partsOf(card, sods[i]));
  const files = cards.map(({ groups }) => groups.groups);
  const each = (work) => inTurn(cards.length, work);

  const content = parts[0].hashed.at(-1);
  const made = await pkijsSod(files[0], certificates.pkijs, subtleKey);
  checkSod("pkijs", parseTlv(made).value, content, key);
  checkSod("pkijs", await pkijsCms(content, certificates.pkijs, subtleKey), content, key);
  checkSod("@peculiar/asn1-cms", parseTlv(schemaSod(files[0], certificates.schema, key)).value, content, key);

  return [
    assemblyGroup(files, parts, documentSigner, key, each),
    creationGroup({ files, certificates, subtleKey, documentSigner, key, each }),
    cmsGroup({ content, message: parts[0].message, certificates, subtleKey, documentSigner, key }),
    await verifyGroup(sods, createPublicKey(key), each),
  ];
}

/** What assembling costs beside the signature: the hashes are there, or hashing is in the floor too. */
function assemblyGroup(files, parts, documentSigner, key, each) {
  const writer = sodWriter(emrtd, documentSigner, NUMBERS);
  const contents = files.map((groups) => groups.map(({ content }) => content));
  const prepared = contents.map((all) => writer.prepare(all, NOW));
  const out = new Uint8Array(8192);
  const labels = {
    sign: "floor: node:crypto sign alone",
    hashed: "floor: node:crypto, data groups and content hashed, signed",
    into: "cardwright: signInto a buffer, hashes made before",
    array: "cardwright: sign into a new array, hashes made before",
    whole: "cardwright: prepare (hash) and signInto a buffer",
    function: "cardwright: signSecurityObject (hash, sign, new array)",
  };
  return {
    id: "sod-assembly",
    name: "EF.SOD assembled and signed, against signing alone",
    base: labels.sign,
    variants: [
      { label: labels.sign, run: each((i) => sign("sha256", parts[i].message, key)) },
      { label: labels.into, run: each((i) => writer.signInto(prepared[i], out, out.length)) },
      { label: labels.array, run: each((i) => writer.sign(prepared[i])) },
      {
        label: labels.hashed,
        run: each((i) => {
          const { hashed, message } = parts[i];
          let digest;
          for (const bytes of hashed) digest = hash("sha256", bytes, "binary");
          return [digest, sign("sha256", message, key)];
        }),
      },
      { label: labels.whole, run: each((i) => writer.signInto(writer.prepare(contents[i], NOW), out, out.length)) },
      {
        label: labels.function,
        run: each((i) => signSecurityObject({ groups: files[i] }, emrtd, documentSigner, NOW)),
      },
    ],
    claims: [
      { text: "EF.SOD assembled and signed, against signing alone", of: labels.into, against: labels.sign, goal: 0.95 },
      {
        text: "EF.SOD hashed, assembled and signed, against hashing and signing",
        of: labels.whole,
        against: labels.hashed,
        goal: 0.95,
      },
    ],
  };
}

const PKIJS = "pkijs, one after the other";

function creationGroup({ files, certificates, subtleKey, documentSigner, key, each }) {
  const label = "cardwright: signSecurityObject";
  const byPkijs = each((i) => pkijsSod(files[i], certificates.pkijs, subtleKey));
  return {
    id: "sod-creation",
    name: "data groups (21 KB) to EF.SOD: hashed, LDSSecurityObject, CMS, signed",
    base: PKIJS,
    variants: [
      { label: PKIJS, async: true, run: byPkijs },
      {
        label: "pkijs, 16 in flight",
        async: true,
        batch: 16,
        run: () => Promise.all(Array.from({ length: 16 }, byPkijs)),
      },
      {
        label: "@peculiar/asn1-cms, with node:crypto",
        run: each((i) => schemaSod(files[i], certificates.schema, key)),
      },
      { label, run: each((i) => signSecurityObject({ groups: files[i] }, emrtd, documentSigner, NOW)) },
    ],
    claims: [{ text: "EF.SOD from data groups, against pkijs", of: label, against: PKIJS, goal: 45 }],
  };
}

function cmsGroup({ content, message, certificates, subtleKey, documentSigner, key }) {
  const { signer, certificate } = documentSigner;
  const request = { content, contentType: ID_LDS_SECURITY_OBJECT, signer, certificate, at: NOW };
  return {
    id: "cms",
    name: "CMS SignedData over one content, without a template",
    base: PKIJS,
    variants: [
      { label: PKIJS, async: true, run: () => pkijsCms(content, certificates.pkijs, subtleKey) },
      { label: "cardwright: signCms", run: () => signCms(request) },
      { label: "cardwright: memorySigner alone", run: () => signer.sign(message, "ECDSA-SHA256") },
      { label: "floor: node:crypto sign alone", run: () => sign("sha256", message, key) },
    ],
  };
}

/** An EF.SOD parsed and its signature verified: by a signer met before, whose key is kept, and by one that is new each time. */
async function verifyGroup(sods, publicKey, each) {
  const signed = sods.map((sod) => {
    const [{ signedAttrsRaw, signature }] = parseCms(parseTlv(sod).value).signerInfos;
    return { message: signedAttrsRaw, signature };
  });
  const contentInfos = sods.map((sod) => parseTlv(sod).value);
  const good = await pkijsVerifySod(contentInfos[0]);
  if (!good) throw new Error("pkijs: finds a good signature bad");
  const known = "cardwright: parseFile, parseCms, verifySignedData, signer known";
  const first = "cardwright: the same, signer and key read anew";
  const cache = new CertificateCache();
  const verifyKnown = (i) => {
    const signedData = parseCms(parseFile(efSod, sods[i]));
    return verifySignedData(signedData, { certificates: cache.all(signedData.certificates) }).good;
  };
  const verifyFirst = (i) => verifySignedData(parseCms(parseFile(efSod, sods[i]))).good;
  for (const own of [verifyKnown, verifyFirst]) {
    if (own(0) !== true) throw new Error("a good security object does not verify");
  }
  const floor = "floor: node:crypto verify alone, key object kept";
  return {
    id: "sod-verify",
    name: "EF.SOD parsed and its signature verified",
    base: floor,
    variants: [
      { label: floor, run: each((i) => verify("sha256", signed[i].message, publicKey, signed[i].signature)) },
      { label: known, run: each(verifyKnown) },
      { label: first, run: each(verifyFirst) },
      { label: "pkijs", async: true, run: each((i) => pkijsVerifySod(contentInfos[i])) },
    ],
    claims: [
      {
        text: "EF.SOD parsed and verified, signer known, against verifying alone",
        of: known,
        against: floor,
        goal: 0.85,
      },
      { text: "EF.SOD parsed and verified, signer known, against pkijs", of: known, against: "pkijs", goal: 20 },
    ],
  };
}
