// Other TLV and ASN.1 packages, each called as its README does, with its input prepared in the form that it takes.
import { ASN1 } from "@lapo/asn1js";
import * as asn1js from "asn1js";
import BerTlv from "ber-tlv";
import NodeTlv from "node-tlv";
import { toHex } from "../dist/bytes.js";
import { parseTlv } from "../dist/tlv.js";

const { TlvFactory } = BerTlv;

const countBer = (items) => items.reduce((sum, { items: inner }) => sum + 1 + (inner ? countBer(inner) : 0), 0);
const countNode = (tlv) => 1 + tlv.getChild().reduce((sum, child) => sum + countNode(child), 0);
/** Children of what is constructed only: @lapo/asn1js also looks for ASN.1 inside strings, and finds some. */
const countLapo = ({ tag, sub }) => 1 + (tag.tagConstructed ? sub : []).reduce((sum, node) => sum + countLapo(node), 0);
const countAsn1 = ({ idBlock, valueBlock }) =>
  1 + (idBlock.isConstructed ? valueBlock.value : []).reduce((sum, node) => sum + countAsn1(node), 0);
export const countOwn = (node) => 1 + [...node.children].reduce((sum, child) => sum + countOwn(child), 0);

/** Visits every data object, whose offsets are then known. */
export function walk(node) {
  let count = node.end - node.valueStart;
  if (node.constructed) for (const child of node.children) count += walk(child);
  return count;
}

/** Visits every data object and makes the view of its value, as a reader of the tree would. */
export function visit(node) {
  let count = 1 + (node.value.length & 1);
  if (node.constructed) for (const child of node.children) count += visit(child);
  return count;
}

/** Nothing wrong when a peer sees as many data objects as there are. */
const sees = (count, nodes) => (count === nodes ? undefined : `reads ${count} data objects where there are ${nodes}`);

/** Peers that read a file as a tree: `{ label, run, fault }`. */
export function treePeers(bytes) {
  const asBuffer = Buffer.from(bytes);
  const nodes = countOwn(parseTlv(bytes));
  const asn1 = () => {
    const { offset, result } = asn1js.fromBER(bytes);
    if (offset === -1) throw new Error(result.error);
    return result;
  };
  return [
    {
      label: "ber-tlv",
      run: () => TlvFactory.parse(asBuffer),
      fault: () => sees(countBer(TlvFactory.parse(asBuffer)), nodes),
    },
    {
      label: "node-tlv",
      run: () => NodeTlv.parse(asBuffer),
      fault: () => sees(countNode(NodeTlv.parse(asBuffer)), nodes),
    },
    {
      label: "@lapo/asn1js",
      run: () => ASN1.decode(bytes),
      fault: () => sees(countLapo(ASN1.decode(bytes)), nodes),
    },
    { label: "asn1js", run: asn1, fault: () => sees(countAsn1(asn1()), nodes) },
    {
      label: "@peculiar/asn1-schema",
      fault: () => "has no tree: it reads what a schema declares",
    },
  ];
}

const tagBytes = (tag) => (tag > 0xff ? [...tagBytes(tag >> 8), tag & 0xff] : [tag]);

/** Tags and values ready in the form that a peer takes, so that only TLV is timed. */
function plan(node, form) {
  const tag = form.tag(Uint8Array.from(tagBytes(node.tag)));
  if (node.constructed) return { tag, items: [...node.children].map((child) => plan(child, form)) };
  return { tag, value: form.value(node.value) };
}

const buildBer = ({ tag, items, value }) =>
  items === undefined ? TlvFactory.primitiveTlv(tag, value) : TlvFactory.constructedTlv(tag, items.map(buildBer));

const buildNode = ({ tag, items, value }) =>
  new NodeTlv(tag, items === undefined ? value : items.map((item) => buildNode(item)).join(""));

const CLASSES = [1, 2, 3, 4];
const buildAsn1 = ({ tag, items, value }) => {
  const idBlock = { tagClass: CLASSES[tag[0] >> 6], tagNumber: tag.length === 1 ? tag[0] & 0x1f : tag[1] };
  return items === undefined
    ? new asn1js.Primitive({ idBlock, valueHex: value })
    : new asn1js.Constructed({ idBlock, value: items.map(buildAsn1) });
};

/** Peers that write a file from a tree of tags and values: `{ label, run, fault }`. */
export function buildPeers(bytes) {
  const tree = parseTlv(bytes);
  const buffers = plan(tree, { tag: Buffer.from, value: Buffer.from });
  const hex = plan(tree, { tag: (tag) => toHex(tag).toUpperCase(), value: (value) => toHex(value).toUpperCase() });
  const raw = plan(tree, { tag: (tag) => tag, value: (value) => value });
  const peers = [
    { label: "ber-tlv", run: () => TlvFactory.serialize(buildBer(buffers)) },
    { label: "node-tlv", run: () => Buffer.from(buildNode(hex).getTLV(), "hex") },
    { label: "asn1js", run: () => new Uint8Array(buildAsn1(raw).toBER()) },
  ].map(({ label, run }) => ({
    label,
    run,
    fault: () => (Buffer.from(bytes).equals(Buffer.from(run())) ? undefined : othersWritten(bytes, run())),
  }));
  return [
    ...peers,
    { label: "@lapo/asn1js", fault: () => "only reads" },
    { label: "@peculiar/asn1-schema", fault: () => "declares no tag of the application class, such as 61 or 5F0E" },
  ];
}

/** asn1js writes a tag number below 31 in one byte; ISO 7816 writes 5F0E. */
const othersWritten = (due, given) =>
  given.length < due.length ? "writes tags such as 5F0E as 4E" : `writes ${given.length} other bytes`;
