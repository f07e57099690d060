import { EMPTY } from "../bytes/bytes.js";
import { type HashName, hash, hashInto } from "../crypto/hash.js";
import { efSod, ID_LDS_SECURITY_OBJECT } from "../lds/security-object.js";
import { type Certificate, parseCertificate } from "../pki/certificate.js";
import { checkSignatureSize, checkSignerTime, signatureSize, signCms } from "../pki/cms-sign.js";
import { ecdsaSignatureSize, encodeEcdsaSignature, writeEcdsaSignature } from "../pki/ecdsa-signature.js";
import { algorithmRow } from "../pki/signature-algorithm.js";
import type { MaybePromise, SignatureAlgorithmName, Signer } from "../pki/signer.js";
import { encodeFile } from "../tlv/file.js";

/** An EF.SOD of one signature length, and where its variable parts stand. */
interface Template {
  readonly bytes: Uint8Array;
  readonly content: number;
  readonly digest: number;
  readonly signature: number;
}

/** LDSSecurityObjects in one chunk of memory. */
const CHUNK = 32;

/** Offset of `part` in `whole`; it stands there once, for all parts looked for are hashes, signatures, or hold some. */
function find(whole: Uint8Array, part: Uint8Array): number {
  const last = whole.length - part.length;
  for (let at = 0; at <= last; at++) {
    let i = 0;
    while (i < part.length && whole[at + i] === part[i]) i++;
    if (i === part.length) return at;
  }
  throw new RangeError("SodWriter: a part of the template was not found in it");
}

/**
 * Writes security objects of one signer for one set of data groups from a template: everything but hashes, digest and
 * signature is the same on each card, so it is encoded once. The templates are made by the ordinary encoder, which is what
 * pins them: one for each length of the signature.
 */
export class SodWriter {
  readonly #signer: Signer;
  readonly #certificate: Certificate;
  readonly #algorithm: SignatureAlgorithmName;
  readonly #hashName: HashName;
  readonly #contentType: string;
  /** LDSSecurityObject with marks for hashes, and where they stand. */
  readonly #content: Uint8Array;
  readonly #hashes: readonly number[];
  /** Signed attributes as they are signed, and where the digest stands in them. */
  readonly #message: Uint8Array;
  readonly #digest: number;
  /** Bytes of a signature as the signer gives it. */
  readonly #size: number;
  /** Whether that is r‖s, which is stored as DER. */
  readonly #ecdsa: boolean;
  #chunk: Uint8Array = EMPTY;
  #spare: Uint8Array | undefined;
  /** The signer may sign at these times and between them. */
  #goodFrom = Infinity;
  #goodTo = -Infinity;
  readonly #templates = new Map<number, Template>();

  /** @internal See `sodWriter`. */
  constructor(
    documentSigner: {
      readonly signer: Signer;
      readonly certificate: Uint8Array | Certificate;
      readonly algorithm: SignatureAlgorithmName;
    },
    hashName: HashName,
    encodeContent: (hashes: readonly Uint8Array[]) => Uint8Array,
    count: number,
    contentType: string = ID_LDS_SECURITY_OBJECT,
  ) {
    const { signer, certificate, algorithm } = documentSigner;
    this.#signer = signer;
    this.#certificate = certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate;
    this.#algorithm = algorithm;
    this.#hashName = hashName;
    this.#contentType = contentType;
    this.#size = signatureSize(signer);
    this.#ecdsa = algorithmRow(algorithm).family === "ECDSA";
    const marks = Array.from({ length: count }, (_, i) => hash(hashName, Uint8Array.of(0x6d, i)));
    const content = encodeContent(marks);
    this.#content = content;
    this.#hashes = marks.map((mark) => find(this.#content, mark));
    let message = content;
    this.#encode((toSign) => {
      message = toSign.slice();
      return new Uint8Array(this.#size).fill(1);
    });
    this.#message = message;
    this.#digest = find(this.#message, hash(hashName, this.#content));
  }

  /** The ordinary encoder, with a signature of the caller's. */
  #encode(sign: (message: Uint8Array) => Uint8Array): Uint8Array {
    const signer = { publicKey: this.#signer.publicKey, algorithms: this.#signer.algorithms, sign };
    const cms = signCms({
      content: this.#content,
      contentType: this.#contentType,
      signer,
      certificate: this.#certificate,
      algorithm: this.#algorithm,
      at: this.#firstDay(),
    });
    return encodeFile(efSod, cms);
  }

  /** A time at which the signer may sign, for templates; each card's own time is checked when it is signed. */
  #firstDay(): Date {
    const { notBefore, privateKeyUsagePeriod } = this.#certificate;
    return new Date(Math.max(notBefore.getTime(), privateKeyUsagePeriod?.notBefore?.getTime() ?? -Infinity));
  }

  /** The template for a signature as it is stored: `length` bytes of it. */
  #template(signature: Uint8Array, length: number): Template {
    const known = this.#templates.get(length);
    if (known !== undefined) return known;
    const bytes = this.#encode(() => signature);
    const template = {
      bytes,
      content: find(bytes, this.#content),
      digest: find(bytes, hash(this.#hashName, this.#content)),
      signature: find(bytes, this.#ecdsa ? encodeEcdsaSignature(signature) : signature),
    };
    this.#templates.set(length, template);
    return template;
  }

  /** A copy of the LDSSecurityObject. Small arrays cost several times as much one by one as out of a chunk. */
  #newContent(): Uint8Array {
    const { length } = this.#content;
    if (this.#chunk.length === 0) {
      this.#chunk = new Uint8Array(CHUNK * length);
      for (let i = 0; i < CHUNK; i++) this.#chunk.set(this.#content, i * length);
    }
    const content = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return content;
  }

  /**
   * Hashes data groups, whole files in the order of their numbers: the part of signing that needs no signer. In a batch,
   * preparing all cards before signing the first is faster than card by card, because each kind of work stays warm.
   *
   * @param at - When it is signed.
   * @throws {CardwrightError} `SIGNER_EXPIRED` or `SIGNER_NOT_YET_VALID`: nothing will be signed.
   */
  prepare(files: readonly Uint8Array[], at: Date): PreparedSod {
    if (files.length !== this.#hashes.length) {
      throw new RangeError(`SodWriter: ${files.length} data groups, ${this.#hashes.length} are expected`);
    }
    const time = at.getTime();
    // Asked for each card: within what was found right before there is nothing to look up.
    if (!(time >= this.#goodFrom && time <= this.#goodTo)) {
      checkSignerTime(this.#certificate, at);
      this.#goodFrom = Math.min(time, this.#goodFrom);
      this.#goodTo = Math.max(time, this.#goodTo);
    }
    const content = this.#newContent();
    const name = this.#hashName;
    for (let i = 0; i < files.length; i++) hashInto(name, files[i] as Uint8Array, content, this.#hashes[i] as number);
    return { content, digest: hash(name, content) };
  }

  /** EF.SOD of what was prepared by this writer; at once when the signer answers at once. */
  sign(prepared: PreparedSod): MaybePromise<Uint8Array> {
    return this.#sign(prepared, (template, signature) => {
      const out = template.bytes.slice();
      this.#fill(out, 0, template, prepared, signature);
      return out;
    });
  }

  /**
   * Like {@link sign}, into the caller's buffer: EF.SOD ends at `end`.
   *
   * @returns Where it starts.
   * @throws {RangeError} when there is no room.
   */
  signInto(prepared: PreparedSod, out: Uint8Array, end: number): MaybePromise<number> {
    return this.#sign(prepared, (template, signature) => {
      const start = end - template.bytes.length;
      if (start < 0 || end > out.length) throw new RangeError(`signInto: ${template.bytes.length} bytes are needed`);
      out.set(template.bytes, start);
      this.#fill(out, start, template, prepared, signature);
      return start;
    });
  }

  #sign<T>({ digest }: PreparedSod, finish: (template: Template, signature: Uint8Array) => T): MaybePromise<T> {
    // A signer may work on the message until it has answered; then the next card can have it.
    const message = this.#spare ?? this.#message.slice();
    this.#spare = undefined;
    message.set(digest, this.#digest);
    const complete = (signature: Uint8Array): T => {
      this.#spare = message;
      if (signature.length !== this.#size) checkSignatureSize(this.#signer, signature);
      const length = this.#ecdsa ? ecdsaSignatureSize(signature) : signature.length;
      return finish(this.#template(signature, length), signature);
    };
    const signature = this.#signer.sign(message, this.#algorithm);
    return signature instanceof Uint8Array ? complete(signature) : signature.then(complete);
  }

  /** Puts the card's own parts over those of the template. */
  #fill(out: Uint8Array, start: number, template: Template, prepared: PreparedSod, signature: Uint8Array): void {
    out.set(prepared.content, start + template.content);
    out.set(prepared.digest, start + template.digest);
    if (this.#ecdsa) writeEcdsaSignature(signature, out, start + template.signature);
    else out.set(signature, start + template.signature);
  }
}

/** A security object before its signature. */
export interface PreparedSod {
  /** LDSSecurityObject. */
  readonly content: Uint8Array;
  /** Its hash, which is what the signed attributes state. */
  readonly digest: Uint8Array;
}
