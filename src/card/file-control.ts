import { EncodeError, MalformedError } from "../errors.js";
import type { Value } from "../tlv/codec.js";
import { dataObject, encodeObject, mapped, parseObject } from "../tlv/file.js";
import { octets, uint } from "../tlv/leaves.js";
import { req, struct } from "../tlv/struct.js";
import { type AccessRule, after, always, never } from "./access-rule.js";

/** Security condition bytes of the compact format (ISO 7816-4 §7.4.3.2.1). */
const CONDITION_ALWAYS = 0x00;
const CONDITION_NEVER = 0xff;
/** All of: secure messaging, external authentication. This is what BAC gives. */
const CONDITION_BAC = 0xe0;
/** Access mode: UPDATE BINARY and READ BINARY; conditions follow in this order. */
const MODE_UPDATE_READ = 0x03;

function condition(rule: AccessRule): number {
  if (rule.kind === "always") return CONDITION_ALWAYS;
  if (rule.kind === "never") return CONDITION_NEVER;
  if (rule.kind === "protocol") return CONDITION_BAC;
  throw new EncodeError(`a rule of kind ${rule.kind} has no compact form`);
}

function ruleOf(byte: number, offset: number): AccessRule {
  if (byte === CONDITION_ALWAYS) return always;
  if (byte === CONDITION_NEVER) return never;
  if (byte === CONDITION_BAC) return after("BAC");
  throw new MalformedError("BAD_VALUE", `security condition ${byte.toString(16)} is not known here`, offset);
}

/** File control parameters of a transparent file, as a chip is given them to create it (ISO 7816-4 §7.4.3). */
const fileControlParameters = dataObject(
  "FCP",
  0x62,
  struct({
    /** Bytes of content. */
    size: req(0x80, uint(2)),
    /** 01: transparent EF. */
    descriptor: req(0x82, uint(1, [0x01])),
    fid: req(0x83, uint(2)),
    /** Short file identifier in the upper five bits. */
    sfi: req(
      0x88,
      mapped<number, number>(
        uint(1),
        (sfi) => sfi << 3,
        (byte, at) => {
          if ((byte & 7) !== 0) throw new MalformedError("BAD_VALUE", "the lower bits of an SFI are zero", at);
          return byte >> 3;
        },
      ),
    ),
    access: req(
      0x8c,
      mapped<Uint8Array, { readonly read: AccessRule; readonly update: AccessRule }>(
        octets(3, 3),
        ({ read, update }) => Uint8Array.of(MODE_UPDATE_READ, condition(update), condition(read)),
        (bytes, at) => {
          const [mode, update, read] = bytes as unknown as [number, number, number];
          if (mode !== MODE_UPDATE_READ) throw new MalformedError("BAD_VALUE", "access mode 03 expected", at);
          return { update: ruleOf(update, at + 1), read: ruleOf(read, at + 2) };
        },
      ),
    ),
  }),
);
/** What creates a transparent file. */
export interface FileControlParameters extends Omit<Value<typeof fileControlParameters>, "descriptor"> {}

/** FCP template that creates a file. */
export function encodeFileControl(file: FileControlParameters): Uint8Array {
  return encodeObject(fileControlParameters, { ...file, descriptor: 0x01 });
}

/** The parameters in an FCP template. @throws {MalformedError} with path and offset. */
export function parseFileControl(bytes: Uint8Array): FileControlParameters {
  const { size, fid, sfi, access } = parseObject(fileControlParameters, bytes);
  return { size, fid, sfi, access };
}
