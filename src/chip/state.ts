import { toHex } from "../bytes/bytes.js";
import type { RandomSource } from "../bytes/random.js";
import type { ApplicationFunctions } from "../card/functions.js";
import type { CardFile } from "../card/image.js";
import type { ApplicationProfile, ChipQuirks } from "../card/profile.js";
import type { Scp03StaticKeys } from "../gp/chip/scp03.js";
import type { ChipDoors } from "./doors.js";

/** An application instance on the chip. */
export interface ChipApplication {
  readonly aid: Uint8Array;
  /** How it is personalized; undefined for one that came with an image. */
  readonly profile: Pick<ApplicationProfile, "files" | "secrets" | "fileDgi" | "functions"> | undefined;
  /** What it does beside being read. */
  readonly functions?: ApplicationFunctions;
  readonly files: Map<number, CardFile>;
  readonly secrets: Map<string, Uint8Array>;
  lifeCycle: number;
  /** The greatest counter of a renewal that it has taken; outside the file, so that an old file cannot bring back an old one. */
  counter: number | undefined;
}

/** What survives a reset. */
export interface ChipMemory {
  readonly kdd: Uint8Array;
  readonly issuerSecurityDomain: Uint8Array;
  readonly keySets: Map<number, Scp03StaticKeys>;
  /** Sequence counter and failed authentications of each key set. */
  readonly counters: Map<number, number>;
  readonly failures: Map<number, number>;
  readonly applications: Map<string, ChipApplication>;
  /** Files beside the applications, by file identifier. */
  readonly masterFile: Map<number, CardFile>;
  /** How the files of the master file are personalized; undefined when the profile has none. */
  readonly masterFileProfile: Pick<ApplicationProfile, "files" | "secrets" | "fileDgi"> | undefined;
  /** What it speaks, from its files and secrets. */
  doors: ChipDoors;
  readonly quirks: ChipQuirks;
  /** Applications whose code is on the chip, by module AID in hex. */
  readonly modules: ReadonlyMap<string, ApplicationProfile>;
  readonly capacity: number;
  readonly random: RandomSource;
  cardLifeCycle: number;
}

/** The application with this AID. */
export function applicationOf(memory: ChipMemory, aid: Uint8Array): ChipApplication | undefined {
  return memory.applications.get(toHex(aid));
}

/** Bytes of all files on the chip. */
export function usedBytes(memory: ChipMemory): number {
  let bytes = 0;
  for (const application of memory.applications.values()) {
    for (const file of application.files.values()) bytes += file.content.length;
  }
  for (const file of memory.masterFile.values()) bytes += file.content.length;
  return bytes;
}
