import { oid } from "../asn1/oid.js";
import {
  BIT_STRING,
  BOOLEAN,
  boolean,
  INTEGER,
  integerBytes,
  NULL,
  namedBits,
  nullContent,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  PRINTABLE_STRING,
  SEQUENCE,
  SET,
  smallInteger,
} from "../asn1/types.js";
import { MalformedError } from "../errors.js";
import { type ChoiceValue, choice, rest } from "../tlv/choice.js";
import type { Codec, Value } from "../tlv/codec.js";
import { derOrder } from "../tlv/der-order.js";
import { dataObject, mapped } from "../tlv/file.js";
import { octets } from "../tlv/leaves.js";
import { list, listOwn } from "../tlv/list.js";
import { opt, req, reqOwn, struct } from "../tlv/struct.js";
import { text } from "../tlv/text.js";
import { tagged } from "./der.js";
import { tolerant } from "./lenient.js";
import { latin1, looseBits, looseBoolean, timeInGeneralizedForm } from "./loose-types.js";
import { NAME, type Name, name } from "./name.js";

/** Object identifiers of the extensions that are understood (RFC 5280 §4.2.1, ICAO 9303-12 table 6). */
export const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  privateKeyUsagePeriod: "2.5.29.16",
  subjectAltName: "2.5.29.17",
  issuerAltName: "2.5.29.18",
  basicConstraints: "2.5.29.19",
  crlDistributionPoints: "2.5.29.31",
  authorityKeyIdentifier: "2.5.29.35",
  certificatePolicies: "2.5.29.32",
  extKeyUsage: "2.5.29.37",
  nameChange: "2.23.136.1.1.6.1",
  documentTypeList: "2.23.136.1.1.6.2",
} as const;

/** The names of the key-usage bits, in the order of their numbers (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
/** One purpose of a key. */
export type KeyUsage = (typeof KEY_USAGES)[number];

/** Whether the key belongs to a certification authority, and how many more may follow below it. */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number;
}

/** When the private key may sign; one bound may be missing. */
export interface PrivateKeyUsagePeriod {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** What an alternative name says; kinds of names that documents do not use are left out. */
export interface AlternativeName {
  /** rfc822Name. */
  readonly emails: readonly string[];
  /** dNSName. */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** Each holds localityName: the code of the state as in the MRZ (ICAO 9303-12 §7.1.1.2). */
  readonly directoryNames: readonly Name[];
}

const ia5 = tolerant("STRING_CHARACTERS", "", text(4096, { charset: "ascii" }), latin1);

const generalNameKinds = {
  otherName: req(0xa0, rest()),
  rfc822Name: req(0x81, ia5),
  dnsName: req(0x82, ia5),
  x400Address: req(0xa3, rest()),
  // Name is a CHOICE, so its tag is explicit.
  directoryName: req(0xa4, tagged(SEQUENCE, name)),
  ediPartyName: req(0xa5, rest()),
  uri: req(0x86, ia5),
  ipAddress: req(0x87, rest()),
  registeredId: req(0x88, oid()),
};
const generalName = choice(generalNameKinds);
const generalNames = tolerant("EMPTY_SEQUENCE", "", listOwn(generalName, { min: 1 }), listOwn(generalName));

const isThere = <T>(value: T | undefined): value is T => value !== undefined;

const alternativeName = mapped<readonly ChoiceValue<typeof generalNameKinds>[], AlternativeName>(
  generalNames,
  ({ directoryNames, emails, dnsNames, uris }: AlternativeName) => [
    ...directoryNames.map((directoryName) => ({ directoryName })),
    ...emails.map((rfc822Name) => ({ rfc822Name })),
    ...dnsNames.map((dnsName) => ({ dnsName })),
    ...uris.map((uri) => ({ uri })),
  ],
  (names) => ({
    emails: names.map((entry) => entry.rfc822Name).filter(isThere),
    dnsNames: names.map((entry) => entry.dnsName).filter(isThere),
    uris: names.map((entry) => entry.uri).filter(isThere),
    directoryNames: names.map((entry) => entry.directoryName).filter(isThere),
  }),
);

const keyUsage = mapped<readonly number[], readonly KeyUsage[]>(
  tolerant("NAMED_BITS", "", namedBits(), looseBits),
  (usages: readonly KeyUsage[]) => usages.map((usage) => KEY_USAGES.indexOf(usage)),
  (bits, at) =>
    bits.map((bit) => {
      const usage = KEY_USAGES[bit];
      if (usage === undefined) throw new MalformedError("BAD_VALUE", `key usage has no bit ${bit}`, at);
      return usage;
    }),
);

const constraints = struct({
  ca: opt(BOOLEAN, tolerant("BOOLEAN_NOT_FF", "ca", boolean(), looseBoolean)),
  pathLength: opt(INTEGER, smallInteger(255)),
});
const constraintsOf = ({ ca, pathLength }: Value<typeof constraints>): BasicConstraints => ({
  ca: ca ?? false,
  ...(pathLength === undefined ? {} : { pathLength }),
});
const basicConstraints: Codec<BasicConstraints> = tolerant(
  "DEFAULT_ENCODED",
  "ca",
  mapped(
    constraints,
    ({ ca, pathLength }: BasicConstraints) => ({
      ...(ca ? { ca } : {}),
      ...(pathLength === undefined ? {} : { pathLength }),
    }),
    (value, at) => {
      // DER leaves a default value out (ISO 8825-1 §11.5).
      if (value.ca === false) throw new MalformedError("BAD_VALUE", "the default value FALSE is encoded", at);
      return constraintsOf(value);
    },
  ),
  { read: (c) => constraintsOf(constraints.read(c)) },
);

const distributionPoint = struct({
  distributionPoint: opt(
    0xa0,
    struct({ name: reqOwn(choice({ fullName: req(0xa0, generalNames), nameRelativeToCrlIssuer: req(0xa1, rest()) })) }),
  ),
  reasons: opt(0x81, rest()),
  crlIssuer: opt(0xa2, rest()),
});

/** The distribution points' URIs; everything else about them is not used by travel documents. */
const points = list(SEQUENCE, distributionPoint, { min: 1 });
const crlDistributionPoints = mapped<Value<typeof points>, readonly string[]>(
  points,
  (uris: readonly string[]) => uris.map((uri) => ({ distributionPoint: { name: { fullName: [{ uri }] } } })),
  (all) =>
    all.flatMap((point) => (point.distributionPoint?.name.fullName ?? []).map((entry) => entry.uri).filter(isThere)),
);

const authorityKeyIdentifier = struct({
  keyIdentifier: opt(0x80, octets(1)),
  authorityCertIssuer: opt(0xa1, rest()),
  authorityCertSerialNumber: opt(0x82, integerBytes()),
});

const documentType = text(2, { min: 1, charset: "printable" });
const sortedTypes = list(PRINTABLE_STRING, documentType, { sorted: derOrder });
const documentTypes = struct({
  version: req(INTEGER, smallInteger(0)),
  docTypeList: req(SET, tolerant("SET_ORDER", "docTypeList", sortedTypes, list(PRINTABLE_STRING, documentType))),
});
const documentTypeList = mapped<Value<typeof documentTypes>, readonly string[]>(
  documentTypes,
  (docTypeList: readonly string[]) => ({ version: 0, docTypeList }),
  ({ docTypeList }) => docTypeList,
);

const policies = list(
  SEQUENCE,
  struct({ policyIdentifier: req(OBJECT_IDENTIFIER, oid()), policyQualifiers: opt(SEQUENCE, rest()) }),
  { min: 1 },
);
const certificatePolicies = mapped<Value<typeof policies>, readonly string[]>(
  policies,
  (identifiers: readonly string[]) => identifiers.map((policyIdentifier) => ({ policyIdentifier })),
  (all) => all.map(({ policyIdentifier }) => policyIdentifier),
);

const nameChange = mapped<unknown, true>(
  nullContent() as Codec<unknown>,
  () => undefined,
  () => true,
);

/** @internal The extensions that are understood, each as a data object of its own. */
export const EXTENSION_OBJECTS = {
  subjectKeyIdentifier: dataObject("subjectKeyIdentifier", OCTET_STRING, octets(1)),
  keyUsage: dataObject("keyUsage", BIT_STRING, keyUsage),
  privateKeyUsagePeriod: dataObject<PrivateKeyUsagePeriod>(
    "privateKeyUsagePeriod",
    SEQUENCE,
    struct({ notBefore: opt(0x80, timeInGeneralizedForm), notAfter: opt(0x81, timeInGeneralizedForm) }),
  ),
  subjectAltName: dataObject("subjectAltName", SEQUENCE, alternativeName),
  issuerAltName: dataObject("issuerAltName", SEQUENCE, alternativeName),
  basicConstraints: dataObject("basicConstraints", SEQUENCE, basicConstraints),
  crlDistributionPoints: dataObject("crlDistributionPoints", SEQUENCE, crlDistributionPoints),
  authorityKeyIdentifier: dataObject("authorityKeyIdentifier", SEQUENCE, authorityKeyIdentifier),
  certificatePolicies: dataObject("certificatePolicies", SEQUENCE, certificatePolicies),
  nameChange: dataObject<true>("nameChange", NULL, nameChange),
  extKeyUsage: dataObject("extKeyUsage", SEQUENCE, list(OBJECT_IDENTIFIER, oid(), { min: 1 })),
  documentTypeList: dataObject("documentTypeList", SEQUENCE, documentTypeList),
} as const;

/** The state's code as in the MRZ, from the directory name of an alternative name: `UTO`, `D`. */
export function localityOf(of: AlternativeName | undefined): string | undefined {
  for (const directoryName of of?.directoryNames ?? []) {
    const locality = directoryName.find((entry) => entry.oid === NAME.locality);
    if (locality !== undefined) return locality.value;
  }
  return undefined;
}
