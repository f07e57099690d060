import { verifyChipAuthenticationMappingEvidence } from "../access/chip-authentication/shared.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { toHex } from "../bytes/bytes.js";
import { ChannelError, MalformedError } from "../errors.js";
import { efCardSecurity } from "../lds/card-security.js";
import { efCom } from "../lds/com.js";
import { dg14 } from "../lds/dg14.js";
import type { SecurityInfo } from "../lds/security-info-content.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../lds/security-infos.js";
import { efSod } from "../lds/security-object.js";
import { parseCms } from "../pki/cms.js";
import { isSameCard, readFile } from "./read-file.js";
import type { Carried, Reading } from "./reading.js";
import { type MemoryState, startOver } from "./reading-memory.js";

/** The chip in hand is not the one that gave the files which are remembered. Never leaves `readCard`. */
export class AnotherChip extends Error {}

/**
 * Before the first file is taken from memory: whether the card is the one from before, by its EF.SOD. EF.COM, which nobody signs, is
 * read from the chip in hand whatever is remembered.
 *
 * @throws {AnotherChip} when it is not.
 */
export function* recognize({ state, access, protection, options }: Reading): SyncExchange<void> {
  const known = state.files.get(efSod.name);
  if (known === undefined) return;
  if (state.access !== access || !(yield* isSameCard(efSod, known, state, protection))) throw new AnotherChip();
  // Apart from the file that was torn, which is gone on with.
  const apart: MemoryState = { ...state, files: new Map(), partial: undefined };
  const progress = (done: number, total: number) => options.onProgress?.({ file: efCom.name, done, total });
  state.files.set(efCom.name, yield* readFile(efCom, apart, protection, progress));
}

/**
 * When the chip has had its say, and before data groups are taken from memory: whether it stands as the one before did. A copy has the
 * same EF.SOD; what it cannot show is the key.
 *
 * @throws {AnotherChip} when it does not.
 */
export function settle(reading: Reading): void {
  const { state } = reading;
  const standing = standingOf(reading);
  if (state.standing === undefined) {
    state.standing = standing;
    reading.settled = true;
  } else if (state.standing !== standing) throw new AnotherChip();
}

/** What tells chips with the same EF.SOD apart: the files beside the application, and what they proved. */
function standingOf({ access, root, opening, proofs, falls, files }: Reading): string {
  const others = Object.entries(root?.files ?? {}).map(([name, content]) => `${name} ${toHex(content)}`);
  const mapping =
    proofs.paceCam === undefined
      ? []
      : [verifyChipAuthenticationMappingEvidence(proofs.paceCam, signedInfos({ ...files, ...root?.files })).status];
  const notDone = falls.map(({ kind }) => kind);
  return JSON.stringify([
    access,
    others.sort(),
    mapping,
    opening !== undefined,
    proofs.terminalAuthentication !== undefined,
    notDone,
  ]);
}

/** Where a chip's static key for the mapping of PACE stands; its signature is looked at by the verdict. */
function signedInfos(files: Readonly<Record<string, Uint8Array>>): readonly SecurityInfo[] {
  const security = files[efCardSecurity.name];
  const group = files[dg14.name];
  try {
    if (security !== undefined) return parseSecurityInfos(parseCms(security).eContent, { keepMalformed: true }).infos;
    if (group !== undefined) return parseDg14SecurityInfos(group, { keepMalformed: true }).infos;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error; // the verdict has a check for its form
  }
  return [];
}

/**
 * Whether the reading begins anew because of another chip: once in a reading.
 *
 * @throws {ChannelError} `CARD_TORN` when it is yet another one then.
 */
export function beginsAnew(error: unknown, { state, options, allow }: Reading, carried: Carried): boolean {
  if (!(error instanceof AnotherChip)) return false;
  const { maxResponse = 258, reader } = options;
  startOver(state, { maxResponse, allow, reader });
  if (carried.startedOver === true) {
    throw new ChannelError(
      "CARD_TORN",
      "the chip is another one each time: leave one card on the reader, read it again.",
    );
  }
  delete carried.root;
  delete carried.refused;
  carried.startedOver = true;
  return true;
}
