import type { CommandApdu } from "../apdu/apdu.js";
import { SW } from "../apdu/status.js";
import { type AccessProtocol, isMet, type Shown } from "../card/access-rule.js";
import type { ApplicationFunctions, ValuePlace } from "../card/functions.js";
import type { CardFile } from "../card/image.js";
import { MalformedError } from "../errors.js";
import { parseTlv, type TlvNode } from "../tlv/ber.js";
import type { ChipApplication } from "./state.js";

/** Most bytes of the counter of a renewal: a number that a double holds. */
const COUNTER_BYTES = 6;

/** Bytes at a place inside a data object; undefined when they are not there. */
export function valueAt(content: Uint8Array, tags: readonly number[]): Uint8Array | undefined {
  try {
    const [first, ...rest] = tags;
    let node: TlvNode | undefined = parseTlv(content);
    if (node.tag !== first) return undefined;
    for (const tag of rest) node = node && [...node.children].find((candidate) => candidate.tag === tag);
    return node?.value;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function counterAt(content: Uint8Array, { tags }: ValuePlace): number | undefined {
  const value = valueAt(content, tags);
  if (value === undefined || value.length === 0 || value.length > COUNTER_BYTES) return undefined;
  return value.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The counter of the files as they are. */
export function counterIn(
  files: ReadonlyMap<number, CardFile>,
  functions: ApplicationFunctions | undefined,
): number | undefined {
  const counter = functions?.renewal?.counter;
  const file = counter && [...files.values()].find(({ name }) => name === counter.file);
  return file && counter && counterAt(file.content, counter);
}

/** Whether a command renews files: PUT DATA with a template. */
export function beginsRenewal({ cla, ins, p1, p2 }: CommandApdu): boolean {
  return cla === 0 && ins === 0xdb && p1 === 0x3f && p2 === 0xff;
}

/**
 * Replaces the files of a renewal, all of them in one step or none: everything is checked before anything is changed.
 *
 * The counter has to be greater than every one that the application has taken, wherever it is now; an old pair, whose signature is good
 * as ever, is refused. Whether the new signature is good is for readers to check: the chip trusts the terminal's right.
 *
 * @param room - Bytes that the files may grow by.
 * @returns The status word; files are changed with 9000 only.
 */
export function renew(
  application: ChipApplication | undefined,
  { data }: CommandApdu,
  protocols: readonly AccessProtocol[],
  shown: Shown,
  room: number,
): number {
  const renewal = application?.functions?.renewal;
  if (application === undefined || renewal === undefined) return SW.FUNCTION_NOT_SUPPORTED;
  const old = renewal.files.map((name) => [...application.files.values()].find((file) => file.name === name));
  if (!old.every((file) => file !== undefined)) return SW.FILE_NOT_FOUND;
  if (!old.every((file) => isMet(file.update, protocols, shown))) return SW.SECURITY_STATUS_NOT_SATISFIED;
  const parts = partsOf(data, renewal.template);
  if (parts === undefined || parts.length !== old.length) return SW.WRONG_DATA;
  // Each file begins with its tag, so that no part stands in another's place.
  if (!old.every((file, i) => tagOf(file.content) === parts[i]?.tag)) return SW.WRONG_DATA;
  const at = renewal.files.indexOf(renewal.counter.file);
  const counter = parts[at] && counterAt(parts[at].raw, renewal.counter);
  if (counter === undefined) return SW.WRONG_DATA;
  if (counter <= (application.counter ?? -1)) return SW.CONDITIONS_NOT_SATISFIED;
  const growth =
    parts.reduce((sum, { raw }) => sum + raw.length, 0) - old.reduce((sum, f) => sum + f.content.length, 0);
  if (growth > room) return SW.NOT_ENOUGH_MEMORY;
  const fresh = old.map((file, i) => ({ ...file, content: (parts[i] as TlvNode).raw.slice() }));
  application.counter = counter;
  for (const file of fresh) application.files.set(file.fid, file);
  return SW.OK;
}

function partsOf(data: Uint8Array, template: number): readonly TlvNode[] | undefined {
  try {
    return [...parseTlv(data, template).children];
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function tagOf(content: Uint8Array): number | undefined {
  try {
    return parseTlv(content).tag;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
