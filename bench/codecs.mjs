// One file: values to bytes, bytes to values, and trees.
import { parseIso39794Face } from "../dist/biometric.js";
import {
  dg1,
  dg2,
  dg11,
  dg12,
  dg14,
  efCom,
  efSod,
  ldsSecurityObject,
  parseDg14SecurityInfos,
  parseSecurityInfos,
} from "../dist/lds.js";
import { parseCertificate, parseCms } from "../dist/pki.js";
import { fileTemplate } from "../dist/tlv/more.js";
import { encodeFile, encodeFileInto, parseFile, parseObject, parseTlv } from "../dist/tlv.js";
import { sameBytes, sortPeers } from "./check.mjs";
import { buildPeers, treePeers, visit, walk } from "./peers.mjs";
import { pkijsParseSod, schemaParseSod } from "./peers-cms.mjs";

/** All groups about single files: of `card`, its EF.SOD, and of published files. */
export function codecGroups(card, sod, vectors) {
  const { bytes } = card;
  return [
    treeGroup("dg2", "DG2 (20 KB)", bytes.dg2, [25, 1]),
    treeGroup("dg11", "DG11", bytes.dg11, [25, 1]),
    treeGroup("sod", "EF.SOD", sod, [undefined, 1]),
    ...typedGroups(bytes, vectors),
    typedSodGroup(sod),
    ...encodeGroups(card),
    ...copyGroups(bytes.dg2),
  ];
}

const VISITED = "cardwright: parseTlv, every node and value asked for";
const WALKED = "cardwright: parseTlv, every node asked for";

function treeGroup(id, name, bytes, [goalBer, goalLapo]) {
  const { able, cannot } = sortPeers(treePeers(bytes));
  const claim = (of, against, goal) =>
    goal === undefined ? [] : [{ text: `tree of ${name}, against ${against}`, of, against, goal }];
  return {
    id: `tree-${id}`,
    name: `parse ${name} to a tree`,
    base: "ber-tlv",
    variants: [
      ...able,
      { label: VISITED, run: () => visit(parseTlv(bytes)) },
      { label: WALKED, run: () => walk(parseTlv(bytes)) },
      { label: "cardwright: parseTlv, checked, nothing asked for", run: () => parseTlv(bytes) },
    ],
    claims: [...claim(WALKED, "ber-tlv", goalBer), ...claim(WALKED, "@lapo/asn1js", goalLapo)],
    cannot,
  };
}

const TYPED = "cardwright: parseFile";

/** Files whose declaration keeps a part as bytes: how that part is read too, so that all of it is values. */
const WHOLE = {
  DG14: { label: "each SecurityInfo", read: parseDg14SecurityInfos },
  "DG2, ISO 39794-5": {
    label: "the ISO 39794-5 block",
    read: (bytes) => parseFile(dg2, bytes).instances.map(({ data }) => parseIso39794Face(data.iso39794.standardized)),
  },
  "EF.CardAccess": { label: "each SecurityInfo", read: (bytes) => parseSecurityInfos(bytes) },
  "EF.CardSecurity": {
    label: "CMS and each SecurityInfo",
    read: (bytes) => parseSecurityInfos(parseCms(bytes).eContent),
  },
};

function typedGroups(bytes, vectors) {
  const files = [
    { name: "EF.COM", file: efCom, bytes: bytes.com },
    { name: "DG1", file: dg1, bytes: bytes.dg1 },
    { name: "DG2 (20 KB)", file: dg2, bytes: bytes.dg2 },
    { name: "DG11", file: dg11, bytes: bytes.dg11 },
    { name: "DG12", file: dg12, bytes: bytes.dg12 },
    { name: "DG14", file: dg14, bytes: bytes.dg14 },
    ...vectors,
  ];
  return files.map(({ name, file, bytes: content }) => {
    sameBytes(`${name}, encodeFile(parseFile)`, encodeFile(file, parseFile(file, content)), content);
    const { able, cannot } = sortPeers(treePeers(content).slice(0, 1));
    const whole = WHOLE[name] && { ...WHOLE[name], label: `cardwright: and ${WHOLE[name].label}` };
    const claim = (text, of) => ({
      text: `typed values of ${text}, against the tree of ber-tlv`,
      of,
      against: "ber-tlv",
      goal: 6,
    });
    return {
      id: `typed-${name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/-$/g, "")}`,
      name: `parse ${name} to typed values, against a tree`,
      base: "ber-tlv",
      variants: [
        ...able,
        { label: TYPED, run: () => parseFile(file, content) },
        ...(whole ? [{ label: whole.label, run: () => whole.read(content) }] : []),
      ],
      claims: [claim(name, TYPED), ...(whole ? [claim(`${name} with ${WHOLE[name].label}`, whole.label)] : [])],
      cannot,
    };
  });
}

function typedSodGroup(sod) {
  const contentInfo = parseTlv(sod).value;
  const own = () => {
    const signedData = parseCms(parseFile(efSod, sod));
    return { signedData, ...parseObject(ldsSecurityObject, signedData.eContent) };
  };
  const label = "cardwright: parseFile, parseCms, LDSSecurityObject";
  const numbers = own().dataGroupHashValues.map(({ dataGroupNumber }) => dataGroupNumber);
  const peer = (name, parse) => ({
    label: name,
    run: () => parse(contentInfo),
    fault: () => (String(parse(contentInfo).numbers) === String(numbers) ? undefined : "reads other data groups"),
  });
  const { able, cannot } = sortPeers([
    treePeers(sod)[0],
    peer("pkijs: SignedData and certificate, content as a tree", pkijsParseSod),
    peer("@peculiar/asn1-schema, asn1-cms: all as values", schemaParseSod),
  ]);
  return {
    id: "typed-sod",
    name: "parse EF.SOD to typed values",
    base: "ber-tlv",
    variants: [
      ...able,
      { label, run: own },
      {
        label: "cardwright: the same, and the certificate",
        run: () => {
          const parsed = own();
          return { parsed, certificate: parseCertificate(parsed.signedData.certificates[0]) };
        },
      },
    ],
    claims: [{ text: "typed values of EF.SOD, against the tree of ber-tlv", of: label, against: "ber-tlv", goal: 6 }],
    cannot,
  };
}

function encodeGroups({ bytes, values }) {
  return [
    { id: "encode-dg2", name: "DG2 (20 KB)", file: dg2, key: "dg2" },
    { id: "encode-dg11", name: "DG11", file: dg11, key: "dg11" },
  ].map(({ id, name, file, key }) => {
    const due = bytes[key];
    const value = values[key];
    const out = new Uint8Array(32_768);
    sameBytes(`${name}, encodeFile`, encodeFile(file, value), due);
    sameBytes(`${name}, encodeFileInto`, out.subarray(encodeFileInto(file, value, out, out.length)), due);
    const { able, cannot } = sortPeers(buildPeers(due));
    return {
      id,
      name: `encode ${name}`,
      base: "ber-tlv",
      variants: [
        ...able,
        { label: "cardwright: encodeFile (new array)", run: () => encodeFile(file, value) },
        { label: "cardwright: encodeFileInto", run: () => encodeFileInto(file, value, out, out.length) },
      ],
      cannot,
    };
  });
}

const COPY = "copy the finished file into the buffer";
const INTO = "cardwright: encodeFileInto the buffer, all values anew";
const TEMPLATE = "cardwright: a template of DG2 into the buffer, as issueImage does";

/** DG2 like this value, with another portrait. */
export const templateLike = (value) =>
  fileTemplate(dg2, (image) => ({
    instances: value.instances.map((instance) => ({
      ...instance,
      data: { face: { ...instance.data.face, faces: instance.data.face.faces.map((face) => ({ ...face, image })) } },
    })),
  }));

export const portraitOf = ({ instances: [{ data }] }) => data.face.faces[0].image;

/**
 * DG2 into a given buffer, against copying the finished file (the same header and portrait) to the same place. Hot: one
 * portrait and one place, all in the nearest cache. Cold: as in a batch, where each card has a portrait of its own and a place
 * of its own, used once; 256 portraits in turn, and places through 64 MiB that were written before.
 */
function copyGroups(file) {
  return [
    copyGroup("hot", "one portrait, one place", { file, portraits: 1, room: 32_768, goal: 0.8 }),
    copyGroup("cold", "a portrait and a place for each card", { file, portraits: 256, room: 1 << 26, goal: 0.8 }),
  ];
}

function copyGroup(how, meaning, { file, portraits, room, goal }) {
  const out = new Uint8Array(room).fill(1);
  const files = Array.from({ length: portraits }, () => file.slice());
  const decoded = files.map((copy) => parseFile(dg2, copy));
  const template = templateLike(decoded[0]);
  const images = decoded.map(portraitOf);
  const made = new Uint8Array(file.length);
  template.encodeInto(images[0], made, made.length);
  sameBytes("a template of DG2", made, file);
  const size = file.length;
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
    id: `copy-${how}`,
    name: `encode DG2 (20 KB) against copying it, ${how}: ${meaning}`,
    base: COPY,
    variants: [
      { label: COPY, run: inTurn((i, end) => out.set(files[i], end - size)) },
      { label: TEMPLATE, run: inTurn((i, end) => template.encodeInto(images[i], out, end)) },
      { label: INTO, run: inTurn((i, end) => encodeFileInto(dg2, decoded[i], out, end)) },
      { label: "copy the finished file into a new array", run: inTurn((i) => files[i].slice()) },
      { label: "cardwright: encodeFile (new array)", run: inTurn((i) => encodeFile(dg2, decoded[i])) },
    ],
    claims: [{ text: `DG2 into a buffer, against copying it, ${how}`, of: TEMPLATE, against: COPY, goal }],
  };
}
