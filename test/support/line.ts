import type { CancelSignal, Channel } from "../../src/apdu/channel.js";
import { concatBytes, fromHex } from "../../src/bytes/bytes.js";
import type { RandomSource } from "../../src/bytes/random.js";
import { accessSecretsOf, type CardImage } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { emrtd } from "../../src/card/profiles/emrtd.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { ChannelError } from "../../src/errors.js";
import { deriveCardKeys, memoryScp03Keys, type Scp03Keys } from "../../src/gp/keys.js";
import { encodeDataGroups } from "../../src/perso/data-groups.js";
import { buildCardImage } from "../../src/perso/image.js";
import { type Journal, memoryJournal } from "../../src/perso/journal.js";
import { type PersonalizationReceipt, type PersonalizeOptions, personalize } from "../../src/perso/personalize.js";
import { compilePersonalization, type PersonalizationScript } from "../../src/perso/script.js";
import { signSecurityObject } from "../../src/perso/security-object.js";
import type { CitizenRecord } from "../../src/record/record.js";
import { fixedRandom } from "../gp/support.js";
import { issueChain, TODAY } from "../pki/support.js";

export { fixedRandom } from "../gp/support.js";

/** A JPEG header of one pixel, filled with comment segments to `size` bytes; nothing here decodes an image. */
export function jpeg(size = 40): Uint8Array {
  const frame = fromHex("ffc0000b080001000101011100");
  const end = fromHex("ffda000801010000003f0000ffd9");
  const comments: Uint8Array[] = [];
  for (let left = size - 2 - frame.length - end.length; left > 0; ) {
    const length = Math.max(4, left > 60_004 ? 60_000 : left);
    const comment = new Uint8Array(length).fill(0x55);
    comment.set([0xff, 0xfe, (length - 2) >> 8, (length - 2) & 0xff]);
    comments.push(comment);
    left -= length;
  }
  return concatBytes(fromHex("ffd8"), ...comments, frame, end);
}

/** A record without fault and with the smallest portrait there is. */
export function record(changes: Partial<CitizenRecord> = {}): CitizenRecord {
  return {
    documentNumber: "C01X00047",
    issuingState: "UTO",
    nationality: "D",
    givenNames: "سارا",
    familyName: "احمدی",
    latin: { given: "Sara", family: "Ahmadi" },
    nationalNumber: "0076229645",
    dateOfBirth: "1991-04-20",
    placeOfBirth: "تهران",
    sex: "female",
    address: { province: "تهران", county: "تهران", city: "تهران", postalCode: "1939614733" },
    dateOfIssue: "2026-05-22",
    dateOfExpiry: "2036-05-22",
    issuingAuthority: "Utopia Civil Registry",
    portrait: jpeg(),
    ...changes,
  };
}

/** Made once a file: issuing certificates is the slow part. */
const chain = await issueChain("P-256");

/** A signed image of a record. */
export function imageOf(changes: Partial<CitizenRecord> = {}, profile: Profile = emrtd): CardImage {
  const groups = encodeDataGroups(record(changes), profile);
  return buildCardImage(profile, groups, signSecurityObject(groups, profile, chain, TODAY));
}

/** Signed once, for the tests that do not care which card it is. */
export const IMAGE = imageOf();
export const SCRIPT = compilePersonalization(IMAGE, emrtd);

export const KDD = fromHex("00010203040506070809");
export const KEY_VERSION = 0x30;
export const MASTER = fromHex("404142434445464748494a4b4c4d4e4f");

/** A chip as its maker delivers it. */
export function blankChip(
  options: { master?: Uint8Array; profile?: Profile; kdd?: Uint8Array; random?: RandomSource } = {},
) {
  const { master = MASTER, profile = emrtd, kdd = KDD, random = fixedRandom(1) } = options;
  return VirtualChip.blank({ profile, kdd, keySets: new Map([[KEY_VERSION, deriveCardKeys(master, kdd)]]), random });
}

/** The key service that fits {@link blankChip}. */
export function keysFor(image: CardImage = IMAGE, master: Uint8Array = MASTER): Scp03Keys {
  const secrets = accessSecretsOf(image);
  return memoryScp03Keys({ masters: { [KEY_VERSION]: master }, secrets: (name) => secrets[name] });
}

/** One call of `personalize` with everything right, but for what a test changes. */
export function make(
  changes: Partial<PersonalizeOptions> & { chip?: VirtualChip; journal?: Journal } = {},
): Promise<PersonalizationReceipt> {
  const { chip = blankChip(), ...options } = changes;
  return personalize({
    channel: virtualChannel(chip),
    script: SCRIPT,
    keys: keysFor(),
    journal: memoryJournal(),
    now: () => TODAY,
    random: fixedRandom(2),
    ...options,
  });
}

/** What goes wrong at command `at`, counted from zero with the SELECT of the issuer security domain. */
export type Fault = { readonly at: number } & (
  | { readonly kind: "lostCommand" | "lostReply" | "emptyReply" | "silence" }
  | { readonly kind: "status"; readonly sw: number }
);

/** A channel to a chip that fails once, and the commands that the chip has processed. */
export interface FaultyChannel extends Channel {
  readonly sent: Uint8Array[];
}

/** A chip on a bad reader. After a tear the card is gone and its volatile state with it. */
export function faultyChannel(chip: VirtualChip, fault?: Fault): FaultyChannel {
  const inner = virtualChannel(chip);
  const sent: Uint8Array[] = [];
  let count = 0;
  let torn = false;
  const tear = (): ChannelError => {
    torn = true;
    chip.reset();
    return new ChannelError("CARD_TORN", "the card left the reader.");
  };
  const transmit = async (command: Uint8Array, options?: { signal?: CancelSignal }): Promise<Uint8Array> => {
    if (torn) throw tear();
    const hit = count++ === fault?.at ? fault : undefined;
    if (hit?.kind === "lostCommand") throw tear();
    if (hit?.kind === "status") return Uint8Array.of(hit.sw >> 8, hit.sw & 0xff);
    sent.push(command);
    const reply = await inner.transmit(command, options);
    if (hit?.kind === "lostReply") throw tear();
    if (hit?.kind === "emptyReply") {
      tear();
      return new Uint8Array(0);
    }
    if (hit?.kind === "silence") return new Promise(() => undefined);
    return reply;
  };
  return {
    maxCommand: inner.maxCommand,
    maxResponse: inner.maxResponse,
    transmit,
    reset: async () => chip.reset(),
    sent,
  };
}

/** Commands that come before the first step of a script: SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE. */
export const OPENING = 3;

/** Index of the command of the step with this label. */
export function commandOf(label: string, script: PersonalizationScript = SCRIPT): number {
  const step = script.steps.findIndex((candidate) => candidate.label === label);
  if (step < 0) throw new Error(`no step ${label}: ${script.steps.map((each) => each.label).join(", ")}`);
  return OPENING + step;
}

/** The error of a promise that must reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );
}
