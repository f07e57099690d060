import { MalformedError } from "../errors.js";
import type { DataObject } from "../tlv/file.js";
import { parseCms, type SignedData } from "./cms.js";
import type { Departure, ReadingOptions } from "./departures.js";
import { lenienceOf, readObject } from "./lenient.js";

/** What a signed list has beside its content. */
export interface SignedList {
  /** The message, for `verifySignedData`. */
  readonly signedData: SignedData;
  /** What a lenient reading let pass, in message and content; empty when both are strict. */
  readonly departures: readonly Departure[];
}

/** @internal A SignedData whose content has this type and form. Offsets in the content are those of the content. */
export function parseSignedList<T>(
  bytes: Uint8Array,
  options: ReadingOptions,
  contentType: string,
  object: DataObject<T>,
): { readonly list: SignedList; readonly content: T } {
  const signedData = parseCms(bytes, options);
  if (signedData.eContentType !== contentType) {
    const path = "ContentInfo.content.signedData.encapContentInfo.eContentType";
    throw new MalformedError("BAD_VALUE", `${signedData.eContentType} is not ${object.name}`, 0, path);
  }
  const lenience = lenienceOf(options);
  const content = readObject(object, signedData.eContent, lenience);
  return { list: { signedData, departures: [...signedData.departures, ...(lenience?.used ?? [])] }, content };
}
