import { INTEGER, SEQUENCE } from "../asn1/types.js";
import { equalBytes } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import { expectTag, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { dataObject } from "../tlv/file.js";
import { opt, readField, req, reqOwn, struct } from "../tlv/struct.js";
import { checkExtensions, type Extension, extensionList } from "./certificate.js";
import { CRL_ENTRY_EXTENSION, CRL_EXTENSION_OBJECTS, type RevocationReason } from "./crl-extensions.js";
import type { DepartureCode } from "./departures.js";
import { type Lenience, type LenientCursor, readPart } from "./lenient.js";
import { date, integer, magnitude } from "./loose-types.js";

/** @internal One entry, for both directions. */
export const revokedCertificate = dataObject(
  "revokedCertificate",
  SEQUENCE,
  struct({
    userCertificate: req(INTEGER, integer),
    revocationDate: reqOwn(date),
    crlEntryExtensions: opt(SEQUENCE, extensionList),
  }),
);

/** A certificate that was revoked. */
export interface RevokedCertificate {
  /** Content of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly revocationDate: Date;
  /** Missing when the list does not say why. */
  readonly reason?: RevocationReason;
  /** Since when the key may have been misused, when the list says so. */
  readonly invalidityDate?: Date;
  /** All extensions of the entry, understood or not. */
  readonly extensions: readonly Extension[];
}

const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(CRL_ENTRY_EXTENSION));
const WHERE = "CertificateList.tbs.revokedCertificates";
/** Kinds of unknown extensions that are named. */
const MOST_UNKNOWN = 16;

/**
 * The entries of a revocation list, in their order. They are made while one goes through them, so that a list of a million
 * certificates costs no more memory than its bytes.
 */
export class RevokedCertificates implements Iterable<RevokedCertificate> {
  readonly #der: Uint8Array;
  readonly #from: number;
  readonly #to: number;
  readonly #allowed: ReadonlySet<DepartureCode> | undefined;

  /** @internal Made by `parseCrl`. */
  constructor(entries: Uint8Array, der: Uint8Array, allowed: ReadonlySet<DepartureCode> | undefined) {
    this.#der = der;
    this.#from = entries.byteOffset - der.byteOffset;
    this.#to = this.#from + entries.length;
    this.#allowed = allowed;
  }

  /** From the first to the last. */
  *[Symbol.iterator](): Generator<RevokedCertificate, void, undefined> {
    yield* this.#entries(this.#fresh());
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const c = this.#cursor(undefined); c.at < c.end; size++) skip(c);
    return size;
  }

  /**
   * The entry of a certificate; undefined when it is not revoked.
   *
   * @param serialNumber - Content of the INTEGER, as in a certificate. Whose certificates the list is about is for the caller.
   */
  find(serialNumber: Uint8Array): RevokedCertificate | undefined {
    const wanted = magnitude(serialNumber);
    const c = this.#cursor(undefined);
    while (c.at < c.end) {
      const start = c.at;
      c.at += tagSize(SEQUENCE);
      const next = readLength(c) + c.at;
      c.at += tagSize(INTEGER);
      const length = readLength(c);
      const own = magnitude(this.#der.subarray(c.at, c.at + length));
      if (own.length === wanted.length && equalBytes(own, wanted)) {
        for (const entry of this.#entries(this.#fresh(), start)) return entry;
      }
      c.at = next;
    }
    return undefined;
  }

  /** @internal Reads every entry once, so that going through them later cannot fail. */
  check(lenience: Lenience | undefined): {
    readonly extensions: boolean;
    readonly unknownCritical: ReadonlySet<string>;
  } {
    const unknownCritical = new Set<string>();
    let some = false;
    for (const { extensions } of this.#entries(lenience)) {
      for (const { oid, critical } of extensions) {
        some = true;
        if (critical && !UNDERSTOOD.has(oid) && unknownCritical.size < MOST_UNKNOWN) unknownCritical.add(oid);
      }
    }
    return { extensions: some, unknownCritical };
  }

  /** What was allowed when the list was read is allowed again, and has been noted. */
  #fresh(): Lenience | undefined {
    return this.#allowed && { allowed: this.#allowed, used: [], base: 0, path: "" };
  }

  #cursor(lenience: Lenience | undefined, from = this.#from): LenientCursor {
    const c = { buf: this.#der, at: from, end: this.#to };
    return lenience === undefined ? c : { ...c, lenience: { ...lenience, path: WHERE } };
  }

  *#entries(lenience: Lenience | undefined, from?: number): Generator<RevokedCertificate, void, undefined> {
    const c = this.#cursor(lenience, from);
    for (let index = 0; c.at < c.end; index++) {
      try {
        expectTag(c, SEQUENCE);
        yield entryOf(readField(c, SEQUENCE, revokedCertificate.codec) as never, this.#der, lenience);
      } catch (error) {
        throw error instanceof MalformedError ? error.within(`${WHERE}[${index}]`) : error;
      }
    }
  }
}

function skip(c: LenientCursor): void {
  c.at += tagSize(peekTag(c));
  const length = readLength(c);
  c.at += length;
}

function entryOf(
  entry: {
    readonly userCertificate: Uint8Array;
    readonly revocationDate: Date;
    readonly crlEntryExtensions?: readonly { oid: string; critical?: boolean; value: Uint8Array }[];
  },
  der: Uint8Array,
  lenience: Lenience | undefined,
): RevokedCertificate {
  const where = "crlEntryExtensions";
  const extensions = checkExtensions(entry.crlEntryExtensions ?? [], where, der, lenience);
  let known: Pick<RevokedCertificate, "reason" | "invalidityDate"> = {};
  for (const { oid, value } of extensions) {
    if (oid === CRL_ENTRY_EXTENSION.reasonCode) {
      known = { ...known, reason: readPart(CRL_EXTENSION_OBJECTS.reasonCode, value, der, where, lenience) };
    } else if (oid === CRL_ENTRY_EXTENSION.invalidityDate) {
      const invalidityDate = readPart(CRL_EXTENSION_OBJECTS.invalidityDate, value, der, where, lenience);
      known = { ...known, invalidityDate };
    }
  }
  return { serialNumber: entry.userCertificate, revocationDate: entry.revocationDate, ...known, extensions };
}
