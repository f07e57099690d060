import { readFileSync } from "node:fs";
import type { CommandApdu } from "../../src/apdu/apdu.js";
import { encodeResponse, parseCommand } from "../../src/apdu/apdu.js";
import type { Channel } from "../../src/apdu/channel.js";
import { EMPTY, fromHex } from "../../src/bytes/bytes.js";
import { after } from "../../src/card/access-rule.js";
import { accessKeyOf, type CardImage } from "../../src/card/image.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { HASHES, type HashName, hash } from "../../src/crypto/hash.js";
import type { CardFiles, ReadingEvidence } from "../../src/inspect/card-files.js";
import type { Check, CheckStatus, ValidationReport } from "../../src/inspect/report.js";
import { type ValidateCardOptions, validateCard } from "../../src/inspect/validate-card.js";
import { efCom } from "../../src/lds/com.js";
import { dataGroupByNumber } from "../../src/lds/data-groups.js";
import { type Dg1, dg1 } from "../../src/lds/dg1.js";
import { type Dg2, dg2 } from "../../src/lds/dg2.js";
import { type Dg11, dg11 } from "../../src/lds/dg11.js";
import { type Dg12, dg12 } from "../../src/lds/dg12.js";
import {
  efSod,
  ID_LDS_SECURITY_OBJECT,
  type LdsSecurityObject,
  ldsSecurityObject,
} from "../../src/lds/security-object.js";
import { encodeDataGroups } from "../../src/perso/data-groups.js";
import { buildCardImage } from "../../src/perso/image.js";
import { signSecurityObject } from "../../src/perso/security-object.js";
import type { Certificate } from "../../src/pki/certificate.js";
import { signCms } from "../../src/pki/cms-sign.js";
import { buildTrustStore, type TrustStore } from "../../src/pki/trust.js";
import { checkCitizenRecord, parseCitizenRecord } from "../../src/record/parse.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { type DataFile, encodeFile, encodeObject, parseFile } from "../../src/tlv/file.js";
import { type Chain, issueChain } from "../pki/support.js";

/** When the cards of the tests are signed and looked at: inside every validity of `issueChain`. */
export const AT = new Date("2026-11-25T09:00:00Z");

const folder = new URL("../../examples/", import.meta.url);

/** The good sample records. */
export function sampleRecords(): CitizenRecord[] {
  const { records } = JSON.parse(readFileSync(new URL("records.json", folder), "utf8")) as {
    records: readonly { readonly portrait: string }[];
  };
  return records
    .map((input) => ({
      ...input,
      portrait: new Uint8Array(readFileSync(new URL(`portraits/${input.portrait}`, folder))),
    }))
    .filter((input) => checkCitizenRecord(input).problems.length === 0)
    .map((input) => parseCitizenRecord(input).record);
}

/** A signed card and who signed it. */
export interface SampleCard {
  readonly record: CitizenRecord;
  readonly chain: Chain;
  readonly trust: TrustStore;
  readonly image: CardImage;
}

/** The `index`th sample record as a signed image. The portrait is a small JPEG unless the record's own is asked for. */
export async function sampleCard(
  options: { index?: number; ownPortrait?: boolean; record?: Partial<CitizenRecord>; chain?: Chain } = {},
): Promise<SampleCard> {
  const { index = 0, ownPortrait = false } = options;
  const chain = options.chain ?? (await issueChain());
  const sample = sampleRecords()[index] as CitizenRecord;
  const record = { ...sample, ...(ownPortrait ? {} : { portrait: SMALL_JPEG }), ...options.record };
  const groups = encodeDataGroups(record, emrtd);
  const sod = signSecurityObject(groups, emrtd, { signer: chain.signer, certificate: chain.certificate }, AT);
  return { record, chain, trust: trustOf(chain), image: buildCardImage(emrtd, groups, sod) };
}

/** A 16 × 12 baseline JPEG. */
export const SMALL_JPEG = new Uint8Array(readFileSync(new URL("../vectors/jpeg/baseline-16x12.jpg", import.meta.url)));

export const trustOf = (...chains: readonly Chain[]): TrustStore =>
  buildTrustStore({ cscas: chains.map(({ csca }) => csca.raw), source: "the test" });

/** A store of certificates that need not be as they were issued. */
export const trustOfCertificates = (certificates: readonly Certificate[]): TrustStore => ({
  anchors: certificates.map((certificate) => ({
    raw: certificate.raw,
    subjectRaw: certificate.subjectRaw,
    ...(certificate.subjectKeyIdentifier && { subjectKeyIdentifier: certificate.subjectKeyIdentifier }),
    origins: [{ how: "pinned", source: "the test" }],
    certificate,
  })),
  crls: [],
  signers: [],
  unused: [],
});

/** An image with other files or rules in its one application. */
export function changeImage(
  image: CardImage,
  change: (
    file: CardImage["applications"][number]["files"][number],
  ) => Partial<CardImage["applications"][number]["files"][number]> | undefined,
): CardImage {
  const applications = image.applications.map((application) => ({
    ...application,
    files: application.files.flatMap((file) => {
      const changed = change(file);
      return changed === undefined ? [] : [{ ...file, ...changed }];
    }),
  }));
  return { ...image, applications };
}

/** An image with one more file in its application. */
export function withFile(image: CardImage, number: number, content: Uint8Array): CardImage {
  const group = dataGroupByNumber(number);
  if (group === undefined) throw new Error(`no data group ${number}`);
  const { name, fid, sfi } = group;
  const file = { name, fid, sfi, read: after("BAC"), update: after("BAC"), content };
  return {
    ...image,
    applications: image.applications.map((application) => ({ ...application, files: [...application.files, file] })),
  };
}

/** The files of an image, as a good reading over BAC gives them. */
export function filesOf(image: CardImage, evidence: Partial<ReadingEvidence> = {}): CardFiles {
  const files = image.applications.flatMap((application) => application.files);
  return {
    files: Object.fromEntries(files.map(({ name, content }) => [name, content])),
    evidence: { accessControl: "BAC", notGiven: [], notAsked: [], ...evidence },
  };
}

/** What of a card is to be other than in the sample; each is signed as it stands. */
export interface Variant {
  readonly dg1?: (value: Dg1) => Dg1;
  readonly dg2?: (value: Dg2) => Dg2;
  readonly dg11?: (value: Dg11) => Dg11;
  readonly dg12?: (value: Dg12) => Dg12;
  /** Whole files by number, beside or instead of the sample's; `undefined` leaves one out. */
  readonly groups?: Readonly<Record<number, Uint8Array | undefined>>;
  readonly lds?: (value: LdsSecurityObject) => LdsSecurityObject;
  readonly hash?: HashName;
  readonly contentType?: string;
  /** Who signs, if not the card's own chain. */
  readonly signedBy?: { readonly signer: Chain["signer"]; readonly certificate: Chain["certificate"] };
  readonly signedAt?: Date;
}

/** The files of a card that its issuer has made otherwise than it should, or in another way than the sample. */
export function variantOf(card: SampleCard, variant: Variant): CardFiles {
  const whole = filesOf(card.image);
  const files: Record<string, Uint8Array> = { ...whole.files };
  const edit = <T>(file: DataFile<T>, change: ((value: T) => T) | undefined) => {
    if (change !== undefined)
      files[file.name] = encodeFile(file, change(parseFile(file, files[file.name] as Uint8Array)));
  };
  edit(dg1, variant.dg1);
  edit(dg2, variant.dg2);
  edit(dg11, variant.dg11);
  edit(dg12, variant.dg12);
  for (const [number, content] of Object.entries(variant.groups ?? {})) {
    const name = dataGroupByNumber(Number(number))?.name as string;
    if (content === undefined) delete files[name];
    else files[name] = content;
  }
  const present = Array.from({ length: 16 }, (_, i) => i + 1).filter((number) => files[`EF.DG${number}`] !== undefined);
  const hashName = variant.hash ?? "SHA-256";
  const lds: LdsSecurityObject = {
    version: 1,
    hashAlgorithm: { algorithm: HASHES.find(({ name }) => name === hashName)?.oid as string },
    dataGroupHashValues: present.map((number) => ({
      dataGroupNumber: number,
      dataGroupHashValue: hash(hashName, files[`EF.DG${number}`] as Uint8Array),
    })),
    ldsVersionInfo: { ldsVersion: "0108", unicodeVersion: "040000" },
  };
  const { signer, certificate } = variant.signedBy ?? card.chain;
  const signed = signCms({
    content: encodeObject(ldsSecurityObject, variant.lds?.(lds) ?? lds),
    contentType: variant.contentType ?? ID_LDS_SECURITY_OBJECT,
    signer,
    certificate,
    at: variant.signedAt ?? AT,
  });
  files[efSod.name] = encodeFile(efSod, signed);
  files[efCom.name] = encodeFile(efCom, {
    ldsVersion: "0108",
    unicodeVersion: "040000",
    tagList: present.map((number) => dataGroupByNumber(number)?.tag as number),
  });
  return { ...whole, files };
}

/** A copy of a reading with other files; `undefined` takes one away. */
export function replace(card: CardFiles, changes: Readonly<Record<string, Uint8Array | undefined>>): CardFiles {
  const files = Object.entries({ ...card.files, ...changes }).filter(
    (entry): entry is [string, Uint8Array] => entry[1] !== undefined,
  );
  return { ...card, files: Object.fromEntries(files) };
}

/** A report; fails when it contradicts itself. */
export function judge(files: CardFiles, options: Partial<ValidateCardOptions> = {}): ValidationReport {
  const report = validateCard(files, { at: AT, ...options });
  const ids = report.checks.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new Error(`a check appears twice: ${ids.join(" ")}`);
  const failed = report.checks.some(({ status }) => status === "failed");
  if (failed !== (report.verdict === "failed")) throw new Error(`${report.verdict} does not fit the checks`);
  return report;
}

export function checkOf(report: ValidationReport, id: string): Check {
  const check = report.checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`no check ${id} in the report`);
  return check;
}

/** Ids of the checks with this status, in order. */
export function idsWith(report: ValidationReport, status: CheckStatus): string[] {
  return report.checks.filter((check) => check.status === status).map(({ id }) => id);
}

/** A channel to a chip that holds an image, the plain commands that reach it, and its access key. */
export function chipWith(image: CardImage, options: { extended?: boolean } = {}) {
  const chip = VirtualChip.fromImage(image);
  const raw = virtualChannel(chip, options);
  const commands: Uint8Array[] = [];
  const channel: Channel = {
    ...raw,
    transmit: async (command, transmitOptions) => {
      commands.push(command);
      return raw.transmit(command, transmitOptions);
    },
  };
  return { chip, channel, commands, accessKey: accessKeyOf(image) };
}

/** A chip that answers by a rule: `undefined` passes the command on. */
export function meddle(
  channel: Channel,
  rule: (command: CommandApdu, index: number) => Uint8Array | string | undefined,
): Channel {
  let index = 0;
  return {
    ...channel,
    transmit: async (command, options) => {
      const answer = rule(parseCommand(command), index++);
      if (answer === undefined) return channel.transmit(command, options);
      return typeof answer === "string" ? fromHex(answer) : answer;
    },
  };
}

/**
 * An open chip without any access control that gives files and faults as told: names of files by their identifier, and a
 * rule that sees each plain command with the file selected.
 */
export function openChip(
  image: CardImage,
  rule: (command: CommandApdu, file: string) => { data?: Uint8Array; sw: number } | undefined,
): { readonly channel: Channel; readonly count: () => number } {
  const files = image.applications.flatMap((application) => application.files);
  let selected = files[0];
  let count = 0;
  const channel: Channel = {
    maxCommand: 261,
    maxResponse: 258,
    transmit: async (bytes) => {
      if (++count > 2000) throw new Error("the reading does not end");
      const command = parseCommand(bytes);
      const { ins, p1, p2, data, ne } = command;
      const isFile = ins === 0xa4 && p1 === 0x02;
      const bySfi = ins === 0xb0 && (p1 & 0x80) !== 0;
      if (bySfi) selected = files.find(({ sfi }) => sfi === (p1 & 0x1f));
      if (isFile) selected = files.find(({ fid }) => fid === (((data[0] as number) << 8) | (data[1] as number)));
      const told = rule(command, ins === 0xa4 && !isFile ? "" : (selected?.name ?? "?"));
      if (told !== undefined) return encodeResponse({ data: told.data ?? EMPTY, sw: told.sw });
      if (ins === 0xa4) return encodeResponse({ data: EMPTY, sw: isFile && selected === undefined ? 0x6a82 : 0x9000 });
      const content = selected?.content ?? EMPTY;
      if (bySfi && selected === undefined) return encodeResponse({ data: EMPTY, sw: 0x6a82 });
      const offset = bySfi ? p2 : (p1 << 8) | p2;
      if (offset >= content.length) return encodeResponse({ data: EMPTY, sw: 0x6b00 });
      return encodeResponse({ data: content.subarray(offset, offset + ne), sw: 0x9000 });
    },
  };
  return { channel, count: () => count };
}

/** What the work rejects with. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Checks that are there whatever the card gave; `parse.` and `hash.` of other data groups come on top. */
export const ALWAYS: readonly string[] = [
  "accessControl",
  "parse.EF.COM",
  "parse.EF.SOD",
  "signature.singleSigner",
  "signature.signerCertificate",
  "signature.algorithms",
  "signature.contentType",
  "signature.messageDigest",
  "signature.signature",
  "path.cscaKnown",
  "path.cscaForm",
  "path.signature",
  "path.cscaSignature",
  "path.cscaAuthority",
  "path.pathLength",
  "path.cscaValidity",
  "path.signerValidity",
  "path.privateKeyUsage",
  "path.signerKeyUsage",
  "path.signerRole",
  "path.criticalExtensions",
  "path.keys",
  "path.country",
  "path.documentTypeList",
  "path.revocation",
  "path.cscaRevocation",
  "legacyAlgorithms",
  "securityObject.contentType",
  "parse.LDSSecurityObject",
  "securityObject.hashList",
  "securityObject.ldsVersion",
  "com.dataGroups",
  "mandatoryDataGroups",
  "parse.EF.DG1",
  "parse.EF.DG2",
  "dg2.image",
  "dg2.instances",
  "parse.EF.DG11",
  "parse.EF.DG12",
  "dg1.mrz",
  "dg1.printed",
  "printed.documentNumber",
  "printed.dateOfBirth",
  "printed.dateOfExpiry",
  "printed.name",
  "printed.personalNumber",
  "path.issuingState",
  "path.documentType",
  "dg11.dateOfBirth",
  "dg11.name",
  "dg11.personalNumber",
  "dates.expiry",
  "dates.issue",
  "dates.birth",
  "dates.personalization",
  "accessControl.downgrade",
  "accessControl.falls",
  "chip.activeAuthentication",
  "chip.chipAuthentication",
  "chip.paceCam",
  "chip.terminalAuthentication",
];

/** A reading that lacks a file, and what it says about that. */
export function without(card: CardFiles, name: string, evidence: Partial<ReadingEvidence> = {}): CardFiles {
  return { ...replace(card, { [name]: undefined }), evidence: { ...card.evidence, ...evidence } };
}
