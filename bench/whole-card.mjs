// A whole card, P-256 and SHA-256: values to signed bytes, against node:crypto hashing and signing the same bytes.
import { createPrivateKey, createPublicKey, hash, sign, verify, webcrypto } from "node:crypto";
import { ObjectIdentifier, OctetString } from "asn1js";
import * as pkijs from "pkijs";
import { emrtd, encodeDataGroups, signSecurityObject } from "../dist/index.js";
import { dg1, dg2, dg11, dg12, efCom, ID_LDS_SECURITY_OBJECT } from "../dist/lds.js";
import { sodWriter } from "../dist/perso.js";
import { parseCms, signCms } from "../dist/pki.js";
import { encodeFile, encodeFileInto, parseTlv } from "../dist/tlv.js";
import { NOW } from "./fixtures.mjs";

/** What is hashed and signed for a card: data groups, LDS security object, signed attributes. */
function partsOf(card, sod) {
  const { eContent, signerInfos } = parseCms(parseTlv(sod).value);
  const [signer] = signerInfos;
  return { hashed: [...card.groups.groups.map(({ content }) => content), eContent], message: signer.signedAttrsRaw };
}

/** The values as `encodeDataGroups` has them, encoded anew. */
const encodeValues = ({ values, groups }) => ({
  documentNumber: groups.documentNumber,
  com: encodeFile(efCom, values.com),
  groups: [
    { number: 1, content: encodeFile(dg1, values.dg1) },
    { number: 2, content: encodeFile(dg2, values.dg2) },
    { number: 11, content: encodeFile(dg11, values.dg11) },
    { number: 12, content: encodeFile(dg12, values.dg12) },
  ],
  notes: [],
});

/** CMS SignedData by pkijs, made as DER as pkijs can: with a primitive OCTET STRING inside. */
async function pkijsCms(content, certificate, key) {
  const digest = await webcrypto.subtle.digest("SHA-256", content);
  const encapContentInfo = new pkijs.EncapsulatedContentInfo({ eContentType: ID_LDS_SECURITY_OBJECT });
  encapContentInfo.eContent = new OctetString({ valueHex: content });
  const attribute = (type, value) => new pkijs.Attribute({ type, values: [value] });
  const signedData = new pkijs.SignedData({
    version: 3,
    encapContentInfo,
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute("1.2.840.113549.1.9.3", new ObjectIdentifier({ value: ID_LDS_SECURITY_OBJECT })),
            attribute("1.2.840.113549.1.9.4", new OctetString({ valueHex: digest })),
          ],
        }),
      }),
    ],
    certificates: [certificate],
  });
  await signedData.sign(key, 0, "SHA-256");
  const contentInfo = new pkijs.ContentInfo({
    contentType: pkijs.ContentInfo.SIGNED_DATA,
    content: signedData.toSchema(true),
  });
  return new Uint8Array(contentInfo.toSchema().toBER());
}

const NUMBERS = [1, 2, 11, 12];
const slab = new Uint8Array(1 << 20);

/** Encodes a card's files one before the other, ending at `end`; gives the data groups and where they start. */
function encodeFiles(values, end) {
  const files = [];
  let at = end;
  for (const [file, value] of [
    [dg1, values.dg1],
    [dg2, values.dg2],
    [dg11, values.dg11],
    [dg12, values.dg12],
  ]) {
    const start = encodeFileInto(file, value, slab, at);
    files.push(slab.subarray(start, at));
    at = start;
  }
  return { files, at: encodeFileInto(efCom, values.com, slab, at) };
}

function oneBuffer({ values }, documentSigner) {
  const { files, at } = encodeFiles(values, slab.length);
  const writer = sodWriter(emrtd, documentSigner, NUMBERS);
  return writer.signInto(writer.prepare(files, NOW), slab, at);
}

/** Sixteen cards: all encoded, then all hashed and signed. */
function phased(cards, documentSigner) {
  let next = 0;
  return () => {
    const writer = sodWriter(emrtd, documentSigner, NUMBERS);
    let at = slab.length;
    const all = [];
    for (let i = 0; i < 16; i++, next = (next + 1) % cards.length) {
      const encoded = encodeFiles(cards[next].values, at);
      all.push(encoded.files);
      at = encoded.at;
    }
    const prepared = all.map((files) => writer.prepare(files, NOW));
    for (const sod of prepared) at = writer.signInto(sod, slab, at);
    return at;
  };
}

export async function wholeCardGroups(records, cards, { documentSigner, der, pkcs8 }) {
  const { signer, certificate } = documentSigner;
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  const sods = cards.map((card) => signSecurityObject(card.groups, emrtd, documentSigner, NOW));
  const parts = cards.map((card, i) => partsOf(card, sods[i]));

  // Each operation takes the next citizen, so that no card's bytes and values are always at hand.
  const inTurn = (work) => {
    let next = 0;
    return () => {
      const i = next;
      next = (next + 1) % cards.length;
      return work(i);
    };
  };
  const floor = (encoding) =>
    inTurn((i) => {
      const { hashed, message } = parts[i];
      let digest;
      for (const bytes of hashed) digest = hash("sha256", bytes, encoding);
      return [digest, sign("sha256", message, key)];
    });

  const { eContent } = parseCms(parseTlv(sods[0]).value);
  const { message } = parts[0];
  const subtleKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
  ]);
  const pkijsCertificate = pkijs.Certificate.fromBER(der);
  await checkPkijs(await pkijsCms(eContent, pkijsCertificate, subtleKey), key);

  return [
    {
      name: "whole card (COM, DG1, DG2, DG11, DG12, SOD)",
      base: "floor: node:crypto, string digests",
      variants: [
        { label: "floor: node:crypto, string digests", run: floor("binary") },
        { label: "floor: node:crypto, Buffer digests", run: floor("buffer") },
        {
          label: "values to signed bytes",
          run: inTurn((i) => signSecurityObject(encodeValues(cards[i]), emrtd, documentSigner, NOW)),
        },
        { label: "values into one buffer, card by card", run: inTurn((i) => oneBuffer(cards[i], documentSigner)) },
        {
          label: "values into one buffer, 16 cards by phase (per card)",
          batch: 16,
          run: phased(cards, documentSigner),
        },
        {
          label: "record to signed bytes",
          run: inTurn((i) => signSecurityObject(encodeDataGroups(records[i], emrtd), emrtd, documentSigner, NOW)),
        },
        {
          label: "prebuilt data groups to EF.SOD",
          run: inTurn((i) => signSecurityObject(cards[i].groups, emrtd, documentSigner, NOW)),
        },
        { label: "values to bytes, nothing signed", run: inTurn((i) => encodeValues(cards[i])) },
        { label: "record to bytes, nothing signed", run: inTurn((i) => encodeDataGroups(records[i], emrtd)) },
      ],
    },
    {
      name: "CMS SignedData over one LDS security object",
      base: "floor: node:crypto sign alone",
      variants: [
        { label: "floor: node:crypto sign alone", run: () => sign("sha256", message, key) },
        { label: "memorySigner alone", run: () => signer.sign(message, "ECDSA-SHA256") },
        {
          label: "signCms",
          run: () => signCms({ content: eContent, contentType: ID_LDS_SECURITY_OBJECT, signer, certificate, at: NOW }),
        },
      ],
    },
    {
      name: "CMS SignedData against pkijs",
      base: "pkijs, one after the other",
      variants: [
        {
          label: "pkijs, one after the other",
          async: true,
          run: () => pkijsCms(eContent, pkijsCertificate, subtleKey),
        },
        {
          label: "pkijs, 16 in flight",
          async: true,
          batch: 16,
          run: () => Promise.all(Array.from({ length: 16 }, () => pkijsCms(eContent, pkijsCertificate, subtleKey))),
        },
        {
          label: "signCms",
          run: () => signCms({ content: eContent, contentType: ID_LDS_SECURITY_OBJECT, signer, certificate, at: NOW }),
        },
      ],
    },
  ];
}

/** What pkijs made must be a good signature by the signer's key, or it would be no peer. */
async function checkPkijs(der, key) {
  const { SignedData, ContentInfo } = pkijs;
  const [{ signature, signedAttrs }] = new SignedData({ schema: ContentInfo.fromBER(der).content }).signerInfos;
  const good = verify(
    "sha256",
    new Uint8Array(signedAttrs.encodedValue),
    createPublicKey(key),
    signature.valueBlock.valueHexView,
  );
  if (!good) throw new Error("the signature by pkijs is wrong");
}
