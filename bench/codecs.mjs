// One file: values to bytes, bytes to values, and trees.
import { ASN1 } from "@lapo/asn1js";
import BerTlv from "ber-tlv";
import { toHex } from "../dist/bytes.js";
import { dg2, dg11 } from "../dist/lds.js";
import { encodeFile, encodeFileInto, parseFile, parseTlv } from "../dist/tlv.js";
import { sameBytes } from "./check.mjs";

const { TlvFactory } = BerTlv;

const FILES = [
  { name: "DG2 (20 KB)", file: dg2, key: "dg2" },
  { name: "DG11", file: dg11, key: "dg11" },
];

/** What ber-tlv builds a file from: tags and values ready as the Buffers that it wants, so that only TLV is timed. */
function plan(node) {
  const tag = Buffer.from(toHex(Uint8Array.from(tagBytes(node.tag))), "hex");
  if (node.constructed) return { tag, items: [...node.children].map(plan) };
  return { tag, value: Buffer.from(node.value) };
}

function tagBytes(tag) {
  return tag > 0xff ? [...tagBytes(tag >> 8), tag & 0xff] : [tag];
}

const build = ({ tag, items, value }) =>
  items === undefined ? TlvFactory.primitiveTlv(tag, value) : TlvFactory.constructedTlv(tag, items.map(build));

/** Visits every data object and makes the view of its value, as a reader of the tree would. */
function visit(node) {
  let count = 1 + (node.value.length & 1);
  if (node.constructed) for (const child of node.children) count += visit(child);
  return count;
}

const countBer = (items) => items.reduce((sum, { items: inner }) => sum + 1 + (inner ? countBer(inner) : 0), 0);
const countLapo = ({ sub }) => 1 + (sub ?? []).reduce((sum, node) => sum + countLapo(node), 0);
const countOwn = (node) => 1 + [...node.children].reduce((sum, child) => sum + countOwn(child), 0);

export function codecGroups(card) {
  return [...fileGroups(card), copyGroup("in cache", 1, card), copyGroup("256 portraits in turn", 256, card)];
}

/**
 * DG2 into a caller's buffer, against copying the finished file there. With one portrait everything lies in the
 * processor's nearest cache, where a copy is as good as free; a batch of cards meets each portrait for the first time.
 */
function copyGroup(how, portraits, { bytes }) {
  const out = new Uint8Array(portraits === 1 ? 32_768 : 1_048_576);
  const files = Array.from({ length: portraits }, () => bytes.dg2.slice());
  const decoded = files.map((file) => parseFile(dg2, file));
  const size = files[0].length;
  const inTurn = (work) => {
    let next = 0;
    let end = out.length;
    return () => {
      next = next + 1 === portraits ? 0 : next + 1;
      end = end < 2 * size ? out.length : end - size;
      return work(next, end);
    };
  };
  return {
    name: `encode DG2 (20 KB) against copying it, ${how}`,
    base: "copy into a buffer",
    variants: [
      { label: "copy into a buffer", run: inTurn((i, end) => out.set(files[i], end - size)) },
      { label: "encodeFileInto", run: inTurn((i, end) => encodeFileInto(dg2, decoded[i], out, end)) },
      { label: "copy into a new array", run: inTurn((i) => files[i].slice()) },
      { label: "encodeFile", run: inTurn((i) => encodeFile(dg2, decoded[i])) },
    ],
  };
}

function fileGroups({ bytes, values }) {
  return FILES.flatMap(({ name, file, key }) => {
    const encoded = bytes[key];
    const asBuffer = Buffer.from(encoded);
    const value = values[key];
    const planned = plan(parseTlv(encoded));
    const out = new Uint8Array(32_768);
    const end = out.length;

    sameBytes(`${name}, encodeFile`, encodeFile(file, value), encoded);
    sameBytes(`${name}, encodeFileInto`, out.subarray(encodeFileInto(file, value, out, end)), encoded);
    sameBytes(`${name}, ber-tlv`, TlvFactory.serialize(build(planned)), encoded);
    const nodes = countOwn(parseTlv(encoded));
    const peers = [countBer(TlvFactory.parse(asBuffer)), countLapo(ASN1.decode(encoded))];
    if (peers.some((count) => count !== nodes)) throw new Error(`${name}: ${nodes} nodes, peers see ${peers}`);

    return [
      {
        name: `encode ${name}`,
        base: "ber-tlv: build and serialize",
        variants: [
          { label: "ber-tlv: build and serialize", run: () => TlvFactory.serialize(build(planned)) },
          { label: "encodeFile (new array)", run: () => encodeFile(file, value) },
          { label: "encodeFileInto (caller's buffer)", run: () => encodeFileInto(file, value, out, end) },
        ],
      },
      {
        name: `parse ${name}`,
        base: "ber-tlv: tree",
        variants: [
          { label: "ber-tlv: tree", run: () => TlvFactory.parse(asBuffer) },
          { label: "@lapo/asn1js: tree", run: () => ASN1.decode(encoded) },
          { label: "parseTlv: checked, nothing visited", run: () => parseTlv(encoded) },
          { label: "parseTlv: every node and value visited", run: () => visit(parseTlv(encoded)) },
          { label: "parseFile: typed values", run: () => parseFile(file, encoded) },
        ],
      },
    ];
  });
}
