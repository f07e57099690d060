// What is measured on: the citizens of the examples, each with a portrait of 20,000 bytes, and a state's keys.
import { readFileSync } from "node:fs";
import { checkCitizenRecord, emrtd, encodeDataGroups, parseCitizenRecord } from "../dist/index.js";
import { dg1, dg2, dg4, dg7, dg11, dg12, dg14, dg15, dg16, efCardAccess, efCardSecurity, efCom } from "../dist/lds.js";
import { issueCsca, issueDocumentSigner } from "../dist/pki/issue.js";
import { encodePkcs8, generateEcPrivateKey, memorySigner, parseCertificate } from "../dist/pki.js";
import { encodeFile, encodeTlv, parseFile, parseTlv } from "../dist/tlv.js";

export const PORTRAIT_BYTES = 20_000;
/** When the examples are issued. */
export const NOW = new Date("2026-11-25T09:00:00Z");

/** The JPEG with a comment behind its SOI marker that makes it exactly as long as wanted. */
function padJpeg(jpeg, length) {
  const comment = length - jpeg.length - 4;
  const out = new Uint8Array(length);
  out.set(jpeg.subarray(0, 2));
  out.set([0xff, 0xfe, (comment + 2) >> 8, (comment + 2) & 0xff], 2);
  out.set(jpeg.subarray(2), comment + 6);
  return out;
}

/** The good records of the examples, with their portraits; one that is too large is replaced by another citizen's. */
export function loadRecords() {
  const examples = new URL("../examples/", import.meta.url);
  const { records } = JSON.parse(readFileSync(new URL("records.json", examples), "utf8"));
  const portraits = records.map(({ portrait }) => readFileSync(new URL(`portraits/${portrait}`, examples)));
  const spare = portraits.find((jpeg) => jpeg.length <= PORTRAIT_BYTES - 4);
  if (spare === undefined) throw new Error(`no portrait of the examples has at most ${PORTRAIT_BYTES - 4} bytes`);
  return records
    .map((record, i) => {
      const jpeg = portraits[i].length <= PORTRAIT_BYTES - 4 ? portraits[i] : spare;
      return { ...record, portrait: padJpeg(jpeg, PORTRAIT_BYTES) };
    })
    .filter((input) => checkCitizenRecord(input).problems.length === 0)
    .map((input) => parseCitizenRecord(input).record);
}

export const vector = (path) => new Uint8Array(readFileSync(new URL(`../test/vectors/${path}`, import.meta.url)));

/** The published EF.DG14 of the BSI silver data set, its set put in DER order: what the cards measured carry. */
function readDg14() {
  const published = parseTlv(vector("lds/bsi-silver/DG14.bin"));
  const infos = [...published.child(0x31).children].map(({ raw }) => raw);
  infos.sort(Buffer.compare);
  return parseFile(dg14, encodeTlv(0x6e, encodeTlv(0x31, ...infos)));
}
const DG14 = readDg14();

/** The data groups of a record with EF.DG14, which records do not make yet. */
export function encodeAllGroups(record) {
  const encoded = encodeDataGroups(record, emrtd);
  return { ...encoded, groups: [...encoded.groups, { number: 14, content: encodeFile(dg14, DG14) }] };
}

/** One card as encoded files, and the values that these files hold. */
export function makeCard(record) {
  const groups = encodeAllGroups(record);
  const file = (number) => groups.groups.find((group) => group.number === number).content;
  const listed = parseFile(efCom, groups.com);
  const com = encodeFile(efCom, { ...listed, tagList: [...listed.tagList, dg14.tag] });
  const bytes = { com, dg1: file(1), dg2: file(2), dg11: file(11), dg12: file(12), dg14: file(14) };
  const values = {
    com: parseFile(efCom, bytes.com),
    dg1: parseFile(dg1, bytes.dg1),
    dg2: parseFile(dg2, bytes.dg2),
    dg11: parseFile(dg11, bytes.dg11),
    dg12: parseFile(dg12, bytes.dg12),
    dg14: DG14,
  };
  return { groups: { ...groups, com }, bytes, values };
}

/** Published files of kinds that the cards measured do not carry, and their declarations. */
export function loadVectors() {
  return [
    ["DG2, ISO 39794-5", dg2, "lds/iso39794/dg2_silver_mandatory_fields.bin"],
    ["DG4", dg4, "lds/bsi-silver/DG4.bin"],
    ["DG7", dg7, "lds/tsemrtd/DG7.bin"],
    ["DG15", dg15, "lds/bsi-silver/DG15.bin"],
    ["DG16", dg16, "lds/gmrtd-sample/DG16.bin"],
    ["EF.CardAccess", efCardAccess, "lds/npa-ecdh/ef_cardaccess.bin"],
    ["EF.CardSecurity", efCardSecurity, "lds/npa-ecdh/ef_cardsecurity.bin"],
  ].map(([name, file, path]) => ({ name, file, bytes: vector(path) }));
}

/** CSCA (P-384) and document signer (P-256 unless told otherwise) with named curves; `pkcs8` is the signer's key for the floors and peers. */
export async function makePki(curve = "P-256", documentTypes = ["I"]) {
  const cscaSigner = memorySigner(generateEcPrivateKey("P-384"), { curveParameters: "named" });
  const key = generateEcPrivateKey(curve);
  const signer = memorySigner(key, { curveParameters: "named" });
  const day = (text) => new Date(`${text}T00:00:00Z`);
  const common = { contact: "csca@utopia.example", crlDistributionPoints: ["https://pki.utopia.example/csca.crl"] };
  const csca = await issueCsca({
    ...common,
    country: "UT",
    countryCode3: "UTO",
    commonName: "Utopia CSCA",
    organization: "Utopia Civil Registry",
    signer: cscaSigner,
    notBefore: day("2025-01-01"),
    notAfter: day("2040-01-01"),
    privateKeyUsage: { notBefore: day("2025-01-01"), notAfter: day("2029-01-01") },
  });
  const der = await issueDocumentSigner({
    ...common,
    commonName: "Utopia Document Signer",
    organization: "Utopia Civil Registry",
    publicKey: signer.publicKey,
    issuer: { certificate: csca, signer: cscaSigner },
    documentTypes,
    notBefore: day("2026-10-01"),
    notAfter: day("2037-03-01"),
    privateKeyUsage: { notBefore: day("2026-10-01"), notAfter: day("2026-12-31") },
  });
  const documentSigner = { signer, certificate: parseCertificate(der) };
  return { csca, der, documentSigner, pkcs8: encodePkcs8(key) };
}
