// A whole card, P-256 and SHA-256: values to signed bytes, against node:crypto hashing and signing the same bytes.
import { createPrivateKey, hash, sign } from "node:crypto";
import { emrtd, signSecurityObject } from "../dist/index.js";
import { dg1, dg2, dg11, dg12, dg14, efCom } from "../dist/lds.js";
import { sodWriter } from "../dist/perso.js";
import { parseCms, verifySignedData } from "../dist/pki.js";
import { encodeFile, encodeFileInto, parseTlv } from "../dist/tlv.js";
import { sameBytes } from "./check.mjs";
import { portraitOf, templateLike } from "./codecs.mjs";
import { encodeAllGroups, NOW } from "./fixtures.mjs";

export const NUMBERS = [1, 2, 11, 12, 14];
const BATCH = 16;

/** What is hashed and signed for a card: data groups, LDS security object, signed attributes. */
export function partsOf(card, sod) {
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
    { number: 14, content: encodeFile(dg14, values.dg14) },
  ],
  notes: [],
});

const slab = new Uint8Array(1 << 20);

/** DG2 from a template, as `issueImage` makes it: portraits of one size in pixels. */
let portraits;

/** Encodes a card's files one before the other, ending at `end`; gives the data groups and where they start. */
function encodeFiles(values, end) {
  const files = [];
  let at = end;
  const written = (start) => {
    files.push(slab.subarray(start, at));
    at = start;
  };
  written(encodeFileInto(dg1, values.dg1, slab, at));
  written(portraits.encodeInto(portraitOf(values.dg2), slab, at));
  written(encodeFileInto(dg11, values.dg11, slab, at));
  written(encodeFileInto(dg12, values.dg12, slab, at));
  written(encodeFileInto(dg14, values.dg14, slab, at));
  return { files, at: encodeFileInto(efCom, values.com, slab, at) };
}

function oneBuffer({ values }, documentSigner) {
  const { files, at } = encodeFiles(values, slab.length);
  const writer = sodWriter(emrtd, documentSigner, NUMBERS);
  return writer.signInto(writer.prepare(files, NOW), slab, at);
}

/** A batch of cards: all encoded, then all hashed, then all signed. */
function phased(cards, documentSigner) {
  let next = 0;
  return () => {
    const writer = sodWriter(emrtd, documentSigner, NUMBERS);
    let at = slab.length;
    const all = [];
    for (let i = 0; i < BATCH; i++, next = (next + 1) % cards.length) {
      const encoded = encodeFiles(cards[next].values, at);
      all.push(encoded.files);
      at = encoded.at;
    }
    const prepared = all.map((files) => writer.prepare(files, NOW));
    for (const sod of prepared) at = writer.signInto(sod, slab, at);
    return at;
  };
}

/** Each operation takes the next citizen, so that no card's bytes and values are always at hand. */
export function inTurn(count, work) {
  let next = 0;
  return () => {
    const i = next;
    next = (next + 1) % count;
    return work(i);
  };
}

/** The slab must hold the card's files as they are due, and an EF.SOD over them with a good signature. */
function checkCards(cards, documentSigner) {
  portraits = templateLike(cards[0].values.dg2);
  for (const card of cards) {
    const { com, ...groups } = card.bytes;
    const start = oneBuffer(card, documentSigner);
    const files = [groups.dg14, groups.dg12, groups.dg11, groups.dg2, groups.dg1];
    const due = Buffer.concat([com, ...files]);
    sameBytes("files of a card in one buffer", slab.subarray(slab.length - due.length), due);
    const sod = slab.subarray(start, slab.length - due.length);
    const signedData = parseCms(parseTlv(sod).value);
    const made = signSecurityObject(card.groups, emrtd, documentSigner, NOW);
    sameBytes(
      "LDSSecurityObject of a card in one buffer",
      signedData.eContent,
      parseCms(parseTlv(made).value).eContent,
    );
    if (!verifySignedData(signedData).good) throw new Error("the security object in the buffer does not verify");
  }
}

const FLOORS = {
  strings: "floor: string digests",
  buffers: "floor: Buffer digests",
  phased: `floor: string digests, ${BATCH} cards by phase`,
};
const BY_CARD = "cardwright: values into one buffer, card by card";
const BY_PHASE = `cardwright: values into one buffer, ${BATCH} cards by phase`;

export function wholeCardGroups(records, cards, { documentSigner, pkcs8 }) {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  checkCards(cards, documentSigner);
  const parts = cards.map((card) => partsOf(card, signSecurityObject(card.groups, emrtd, documentSigner, NOW)));
  const each = (work) => inTurn(cards.length, work);
  const hashAll = ({ hashed }, encoding) => {
    let digest;
    for (const bytes of hashed) digest = hash("sha256", bytes, encoding);
    return digest;
  };
  const floor = (encoding) => each((i) => [hashAll(parts[i], encoding), sign("sha256", parts[i].message, key)]);
  let next = 0;
  const floorByPhase = () => {
    const batch = Array.from({ length: BATCH }, () => parts[next++ % parts.length]);
    const digests = batch.map((part) => hashAll(part, "binary"));
    return [digests, batch.map(({ message }) => sign("sha256", message, key))];
  };
  const floors = Object.values(FLOORS);
  return [
    {
      id: "whole-card",
      name: "whole card (COM, DG1, DG2 20 KB, DG11, DG12, DG14, SOD), time per card",
      base: floors,
      variants: [
        { label: FLOORS.strings, run: floor("binary") },
        { label: FLOORS.buffers, run: floor("buffer") },
        { label: FLOORS.phased, batch: BATCH, run: floorByPhase },
        { label: BY_CARD, run: each((i) => oneBuffer(cards[i], documentSigner)) },
        { label: BY_PHASE, batch: BATCH, run: phased(cards, documentSigner) },
        {
          label: "cardwright: values into new arrays",
          run: each((i) => signSecurityObject(encodeValues(cards[i]), emrtd, documentSigner, NOW)),
        },
        {
          label: "cardwright: records into new arrays",
          run: each((i) => signSecurityObject(encodeAllGroups(records[i]), emrtd, documentSigner, NOW)),
        },
        {
          label: "part: values into one buffer, not signed",
          run: each((i) => encodeFiles(cards[i].values, slab.length)),
        },
        { label: "part: records into new arrays, not signed", run: each((i) => encodeAllGroups(records[i])) },
      ],
      claims: [
        { text: "whole card, card by card, against the floor", of: BY_CARD, against: floors, goal: 0.8 },
        { text: "whole card, in a phased batch, against the floor", of: BY_PHASE, against: floors, goal: 0.85 },
      ],
    },
  ];
}
