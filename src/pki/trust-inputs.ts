import { MalformedError } from "../errors.js";
import { cursorOver, peekTag, readLength, tagSize } from "../tlv/ber.js";
import { type CertificateIndex, indexCertificate } from "./certificate-index.js";
import { parseCrl } from "./crl.js";
import { ALL_DEPARTURES } from "./departures.js";
import { looksLikeLdif, parseLdif } from "./ldif.js";
import { type MasterList, parseMasterList } from "./master-list.js";
import { allFromPem } from "./pem.js";
import type { KnownCrl, UnusedInput } from "./trust-store.js";

/** A certificate that was found, and whether the caller vouches for where it was. */
export interface FoundCertificate {
  readonly index: CertificateIndex;
  readonly source: string;
  /** The caller gave it as a certificate of its own; one out of a directory's export vouches for nothing. */
  readonly given: boolean;
}

/** A master list that was found; nothing of it is trusted yet. */
export interface FoundMasterList {
  readonly list: MasterList;
  readonly source: string;
}

/** Everything that was found in the inputs, by kind. */
export class FoundInputs {
  readonly certificates: FoundCertificate[] = [];
  readonly masterLists: FoundMasterList[] = [];
  readonly crls: KnownCrl[] = [];
  readonly unused: UnusedInput[] = [];

  /** Anything; its content tells what it is. */
  addFile(bytes: Uint8Array, source: string): void {
    if (looksLikeLdif(bytes)) this.#addLdif(bytes, source);
    else if (bytes[0] === SEQUENCE) this.#addDer(bytes, source);
    else if (bytes[0] === SECURITY_OBJECT) {
      const reason = "this is the security object of a document; what came with a document is never trusted";
      this.unused.push({ source, what: "file", reason });
    } else this.#addPem(bytes, source);
  }

  #addDer(bytes: Uint8Array, source: string): void {
    if (isContentInfo(bytes)) this.#addMasterList(bytes, source);
    else if (this.#addCertificate(bytes, source, true, false)) return;
    else if (!this.#addCrl(bytes, source, false)) {
      this.unused.push({ source, what: "file", reason: "this is no certificate, revocation list or master list" });
    }
  }

  #addPem(bytes: Uint8Array, source: string): void {
    const text = new TextDecoder("latin1").decode(bytes);
    let found = 0;
    for (const label of ["CERTIFICATE", "X509 CRL", "CMS", "PKCS7"]) {
      this.#attempt(source, "file", () => {
        for (const [index, der] of allFromPem(text, label).entries()) {
          found++;
          const name = index === 0 && label === "CERTIFICATE" ? source : `${source} (${label} ${index + 1})`;
          if (label === "CERTIFICATE") this.#addCertificate(der, name, true);
          else if (label === "X509 CRL") this.#addCrl(der, name);
          else this.#addMasterList(der, name);
        }
      });
    }
    if (found === 0) {
      const reason = "this is neither DER nor LDIF, and has no PEM block with a certificate or a list";
      this.unused.push({ source, what: "file", reason });
    }
  }

  #addLdif(bytes: Uint8Array, source: string): void {
    const { values, problems } = parseLdif(bytes);
    for (const { line, reason } of problems) {
      this.unused.push({ source: `${source}, line ${line}`, what: "entry", reason });
    }
    for (const { attribute, value, dn, line } of values) {
      const where = `${source}, line ${line}${dn === "" ? "" : `, ${dn}`}`;
      if (attribute === "usercertificate" || attribute === "cacertificate") this.#addCertificate(value, where, false);
      else if (attribute === "certificaterevocationlist" || attribute === "authorityrevocationlist") {
        this.#addCrl(value, where);
      } else if (attribute === "cscamasterlistdata" || attribute === "pkdmasterlistcontent") {
        this.#addMasterList(value, where);
      }
    }
  }

  #addCertificate(der: Uint8Array, source: string, given: boolean, tell = true): boolean {
    return this.#attempt(
      source,
      "certificate",
      () => {
        this.certificates.push({ index: indexCertificate(der), source, given });
      },
      tell,
    );
  }

  #addCrl(der: Uint8Array, source: string, tell = true): boolean {
    return this.#attempt(
      source,
      "crl",
      () => {
        this.crls.push({ crl: parseCrl(der, { tolerate: ALL_DEPARTURES }), source });
      },
      tell,
    );
  }

  #addMasterList(der: Uint8Array, source: string): void {
    this.#attempt(source, "masterList", () => {
      this.masterLists.push({ list: parseMasterList(der, { tolerate: ALL_DEPARTURES }), source });
    });
  }

  /** Whether it worked; what is malformed is listed, and the others count. */
  #attempt(source: string, what: UnusedInput["what"], work: () => void, tell = true): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      if (tell) this.unused.push({ source, what, reason: error.message });
      return false;
    }
  }
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
/** EF.SOD. */
const SECURITY_OBJECT = 0x77;

/** A CMS message begins with an object identifier; certificates and revocation lists begin with a sequence. */
function isContentInfo(bytes: Uint8Array): boolean {
  try {
    const c = cursorOver(bytes);
    c.at = tagSize(SEQUENCE);
    if (bytes[c.at] === 0x80) c.at++;
    else readLength(c);
    return peekTag(c) === OBJECT_IDENTIFIER;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
