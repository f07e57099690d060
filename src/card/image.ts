import { fromHex, toHex, utf8 } from "../bytes/bytes.js";
import { CardwrightError } from "../errors.js";
import { dg1 } from "../lds/dg1.js";
import { type MrzKeyMaterial, mrzInformation, parseMrz } from "../lds/mrz.js";
import { parseFile } from "../tlv/file.js";
import { ACCESS_PROTOCOLS, type AccessRule, PIN_NAMES } from "./access-rule.js";
import { type ApplicationFunctions, orderedFunctions, parseFunctions } from "./functions.js";
import { isTerminalRight } from "./terminal-rights.js";

/** Name of the secret that opens a travel document by BAC: its MRZ information, ASCII. */
export const DOCUMENT_BASIC_ACCESS = "documentBasicAccess";

/** A file as it is on the card. */
export interface CardFile {
  readonly name: string;
  readonly fid: number;
  readonly sfi: number;
  readonly read: AccessRule;
  readonly update: AccessRule;
  readonly content: Uint8Array;
}

/** An application as it is on the card. */
export interface CardApplication {
  readonly name: string;
  readonly aid: Uint8Array;
  readonly files: readonly CardFile[];
  /** Names of the secrets that it holds; their values are no part of an image. */
  readonly secrets: readonly string[];
  /** What it does beside being read. */
  readonly functions?: ApplicationFunctions;
}

/**
 * Everything that is on one card, but its secrets: plain data, made in bulk beforehand, stored and queued. It holds
 * personal data, so it is kept like the record.
 */
export interface CardImage {
  readonly format: "cardwright.image.1";
  /** Profile by which it was built. */
  readonly profile: { readonly id: string; readonly version: string };
  readonly documentNumber: string;
  readonly applications: readonly CardApplication[];
  /** Files beside the applications, in the master file. */
  readonly masterFile?: readonly CardFile[];
}

/** Secrets of one card by name: private keys, PINs. Never stored with the image. */
export type ChipSecrets = Readonly<Record<string, Uint8Array>>;

/** The files of an image, or of a card that is becoming one. */
export type ImageFiles = Pick<CardImage, "applications" | "masterFile">;

/** The file with this name, from whichever application holds it, or else from the master file. */
export function fileOf(image: ImageFiles, name: string): Uint8Array | undefined {
  for (const application of image.applications) {
    const file = application.files.find((candidate) => candidate.name === name);
    if (file !== undefined) return file.content;
  }
  return image.masterFile?.find((candidate) => candidate.name === name)?.content;
}

/** What opens the card by its printed MRZ: read from DG1 of the image. */
export function accessKeyOf(image: ImageFiles): MrzKeyMaterial {
  const content = fileOf(image, dg1.name);
  if (content === undefined) throw new CardwrightError("IMAGE_INVALID", "the image holds no EF.DG1");
  const { documentNumber, dateOfBirth, dateOfExpiry } = parseMrz(parseFile(dg1, content).mrz);
  return { documentNumber, dateOfBirth, dateOfExpiry };
}

/** The secrets that follow from the image itself: access keys, which anybody who sees the printed card can make. */
export function accessSecretsOf(image: ImageFiles): ChipSecrets {
  return { [DOCUMENT_BASIC_ACCESS]: utf8(mrzInformation(accessKeyOf(image))) };
}

/**
 * Replacer for `JSON.stringify`: bytes become hex. It looks at the holder, because a subclass of Uint8Array may bring a
 * `toJSON` of its own, which is called before.
 */
export function bytesAsHex(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Readonly<Record<string, unknown>>)[key];
  return original instanceof Uint8Array ? toHex(original) : value;
}

/** A rule with its fields in one order. */
export function orderedRule(rule: AccessRule): AccessRule {
  if (rule.kind === "anyOf" || rule.kind === "allOf") return { kind: rule.kind, rules: rule.rules.map(orderedRule) };
  if (rule.kind === "protocol") return { kind: rule.kind, protocol: rule.protocol };
  if (rule.kind === "password") return { kind: rule.kind, pin: rule.pin };
  if (rule.kind === "terminal") return { kind: rule.kind, right: rule.right };
  return { kind: rule.kind };
}

/**
 * The image as JSON text: bytes in hex. The fields stand in one order whatever the image was made by, so that equal images
 * give equal text; digests are taken over it.
 */
export function cardImageToJson(image: CardImage): string {
  const { format, profile, documentNumber, masterFile } = image;
  const orderedFile = ({ name, fid, sfi, read, update, content }: CardFile): CardFile => ({
    name,
    fid,
    sfi,
    read: orderedRule(read),
    update: orderedRule(update),
    content,
  });
  const applications = image.applications.map(({ name, aid, files, secrets, functions }) => ({
    name,
    aid,
    files: files.map(orderedFile),
    secrets,
    ...(functions && { functions: orderedFunctions(functions) }),
  }));
  const ordered: CardImage = {
    format,
    profile: { id: profile.id, version: profile.version },
    documentNumber,
    applications,
    ...(masterFile !== undefined && { masterFile: masterFile.map(orderedFile) }),
  };
  return JSON.stringify(ordered, bytesAsHex, 2);
}

/** Deepest nesting of an access rule in JSON text. */
const MAX_RULE_DEPTH = 64;

/**
 * The image in JSON text.
 *
 * @throws {CardwrightError} `IMAGE_INVALID` that names the place when the text is no image.
 */
export function parseCardImage(json: string): CardImage {
  const fail = (where: string, cause?: unknown): never => {
    throw new CardwrightError("IMAGE_INVALID", `card image: ${where}`, cause === undefined ? {} : { cause });
  };
  let data: Json;
  try {
    data = JSON.parse(json) as Json;
  } catch (error) {
    return fail("this is no JSON", error);
  }
  const text = (value: Json, where: string): string =>
    typeof value === "string" ? value : fail(`${where}: text expected`);
  const number = (value: Json, where: string, max: number): number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
      ? (value as number)
      : fail(`${where}: a whole number from 0 to ${max} expected`);
  const aid = (value: Json, where: string): Uint8Array => {
    const name = bytes(value, where);
    return name.length >= 5 && name.length <= 16 ? name : fail(`${where}: an AID has 5 to 16 bytes`);
  };
  const bytes = (value: Json, where: string): Uint8Array => {
    try {
      return fromHex(text(value, where));
    } catch (error) {
      return fail(`${where}: hex expected`, error);
    }
  };
  const list = (value: Json, where: string): readonly Json[] =>
    Array.isArray(value) ? value : fail(`${where}: a list expected`);
  const field = (value: Json, name: string): Json =>
    typeof value === "object" && value !== null ? (value as Record<string, Json>)[name] : undefined;
  const rule = (value: Json, where: string, depth = 0): AccessRule => {
    if (depth > MAX_RULE_DEPTH) return fail(`${where}: nested more than ${MAX_RULE_DEPTH} deep`);
    const kind = field(value, "kind");
    if (kind === "always" || kind === "never") return { kind };
    const protocol = ACCESS_PROTOCOLS.find((known) => known === field(value, "protocol"));
    if (kind === "protocol" && protocol !== undefined) return { kind, protocol };
    const pin = PIN_NAMES.find((known) => known === field(value, "pin"));
    if (kind === "password" && pin !== undefined) return { kind, pin };
    const right = field(value, "right");
    if (kind === "terminal" && isTerminalRight(right)) return { kind, right };
    if (kind === "anyOf" || kind === "allOf") {
      return {
        kind,
        rules: list(field(value, "rules"), `${where}.rules`).map((part, i) =>
          rule(part, `${where}.rules[${i}]`, depth + 1),
        ),
      };
    }
    return fail(`${where}: an access rule expected`);
  };
  const files = (value: Json, at: string): readonly CardFile[] =>
    list(value, at).map((file, j, all) => {
      const where = `${at}[${j}]`;
      const fid = number(field(file, "fid"), `${where}.fid`, 0xffff);
      if (all.findIndex((other) => field(other, "fid") === fid) !== j)
        fail(`${where}.fid: there is such a file already`);
      return {
        name: text(field(file, "name"), `${where}.name`),
        fid,
        sfi: number(field(file, "sfi"), `${where}.sfi`, 30),
        read: rule(field(file, "read"), `${where}.read`),
        update: rule(field(file, "update"), `${where}.update`),
        content: bytes(field(file, "content"), `${where}.content`),
      };
    });
  if (field(data, "format") !== "cardwright.image.1") fail("format: cardwright.image.1 expected");
  const profile = field(data, "profile");
  return {
    format: "cardwright.image.1",
    profile: {
      id: text(field(profile, "id"), "profile.id"),
      version: text(field(profile, "version"), "profile.version"),
    },
    documentNumber: text(field(data, "documentNumber"), "documentNumber"),
    applications: list(field(data, "applications"), "applications").map((application, i) => {
      const at = `applications[${i}]`;
      return {
        name: text(field(application, "name"), `${at}.name`),
        aid: aid(field(application, "aid"), `${at}.aid`),
        secrets: list(field(application, "secrets"), `${at}.secrets`).map((name, j) =>
          text(name, `${at}.secrets[${j}]`),
        ),
        files: files(field(application, "files"), `${at}.files`),
        ...(field(application, "functions") !== undefined && {
          functions: parseFunctions<Json>(field(application, "functions"), `${at}.functions`, {
            field,
            list,
            text,
            number,
          }),
        }),
      };
    }),
    ...(field(data, "masterFile") !== undefined && { masterFile: files(field(data, "masterFile"), "masterFile") }),
  };
}

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [name: string]: Json };
