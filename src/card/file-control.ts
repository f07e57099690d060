import { EMPTY } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { dataObject, encodeObject, mapped, parseObject } from "../tlv/file.js";
import { octets, uint } from "../tlv/leaves.js";
import { opt, req, struct } from "../tlv/struct.js";
import {
  compactAccess,
  expandedAccess,
  type FileAccess,
  parseCompactAccess,
  parseExpandedAccess,
} from "./security-attributes.js";

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
    /** Access rules in the compact format, or in the expanded one where a rule needs that. */
    access: opt(
      0x8c,
      mapped<Uint8Array, FileAccess>(octets(3, 3), (access) => compactAccess(access) ?? EMPTY, parseCompactAccess),
    ),
    accessExpanded: opt(0xab, mapped<Uint8Array, FileAccess>(octets(), expandedAccess, parseExpandedAccess)),
  }),
);
/** What creates a transparent file. */
export interface FileControlParameters {
  /** Bytes of content, below 65,536. */
  readonly size: number;
  readonly fid: number;
  /** 0 to 31. */
  readonly sfi: number;
  readonly access: FileAccess;
}

/**
 * FCP template that creates a file.
 *
 * @throws {EncodeError} with the path of a value that does not fit, or of a rule nested too deep.
 */
export function encodeFileControl({ size, fid, sfi, access }: FileControlParameters): Uint8Array {
  const form = compactAccess(access) === undefined ? "accessExpanded" : "access";
  return encodeObject(fileControlParameters, { size, descriptor: 0x01, fid, sfi, [form]: access });
}

/** The parameters in an FCP template. @throws {MalformedError} with path and offset. */
export function parseFileControl(bytes: Uint8Array): FileControlParameters {
  const { size, fid, sfi, access: compact, accessExpanded: expanded } = parseObject(fileControlParameters, bytes);
  const access = compact ?? expanded;
  if (access === undefined || (compact !== undefined && expanded !== undefined)) {
    throw new MalformedError("BAD_VALUE", "access rules expected, once", 0, fileControlParameters.name);
  }
  return { size, fid, sfi, access };
}
