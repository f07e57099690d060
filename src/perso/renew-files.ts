import { commandApdu } from "../apdu/apdu.js";
import { selectApplication } from "../apdu/commands.js";
import type { SyncExchange } from "../apdu/exchange.js";
import { send } from "../apdu/status.js";
import type { ApplicationProfile } from "../card/profile.js";
import { efHolder, efPersonalInfo2, efSod2 } from "../card/profiles/national-id/files.js";
import type { MaybePromise } from "../pki/signer.js";
import type { CitizenRecord } from "../record/record.js";
import { encodeTlv } from "../tlv/ber.js";
import { personalInfo2Of } from "./national-files.js";
import { type FilesByName, type SignersByRole, signSecurityObjects } from "./security-objects.js";

/** Plain bytes of one command of the chain: protected, they fit a short one. */
const BLOCK = 220;

/** What {@link addressUpdateOf} needs beside a record. */
export interface AddressUpdateOptions {
  /** The application that holds the address, e.g. that of `nationalId`. */
  readonly application: ApplicationProfile;
  /** EF.Holder as it was read from the card: it ties the new files to this chip. */
  readonly holder: Uint8Array;
  /** Greater than that of EF.PersonalInfo2 on the card. */
  readonly updateCounter: number;
  readonly at: Date;
  /** The signer of the role of EF.SOD2, e.g. under `NATIONAL_ID_OIDS.sod2Signer`; no other one is asked. */
  readonly signers: SignersByRole;
}

/**
 * The new EF.PersonalInfo2 of a holder who has moved, and the EF.SOD2 that signs it.
 *
 * @returns Whole files by name, for {@link renewFiles}; at once when the signer answers at once.
 * @throws {ImageError} `IMAGE_INVALID` with every problem of the record.
 * @throws {CardwrightError} `SIGNER_MISMATCH`, `SIGNER_EXPIRED`, `SIGNER_NOT_YET_VALID`.
 * @throws {RangeError} when the signer of the role is not among `signers`.
 * @example
 * const files = await addressUpdateOf(record, { application, holder, updateCounter: 8, at, signers });
 */
export function addressUpdateOf(record: CitizenRecord, options: AddressUpdateOptions): MaybePromise<FilesByName> {
  const { application, holder, updateCounter, at, signers } = options;
  const personalInfo2 = personalInfo2Of(record, { updateCounter, at });
  const files = { [efHolder.name]: holder, [efPersonalInfo2.name]: personalInfo2 };
  const pair = (signed: FilesByName): FilesByName => ({ [efPersonalInfo2.name]: personalInfo2, ...signed });
  const signed = signSecurityObjects(files, application, signers, at, [efSod2.name]);
  return signed instanceof Promise ? signed.then(pair) : pair(signed);
}

/**
 * Replaces files of a card that is in its holder's hands, all of them at once: SELECT, then one PUT DATA in a chain of short commands.
 *
 * Spec: ISO 7816-4 §11.4.6 (PUT DATA with odd INS, P1 P2 3FFF), §5.3.3 (chaining). To be run inside the session of PACE and terminal
 * authentication version 2 with the right that the files' update rules ask for.
 *
 * The chip changes nothing before the last command of the chain and everything with it. When a card is torn away it holds the
 * old files or the new ones; the counter tells which, and the update can be sent again while the old ones are there.
 *
 * @param application - Its `functions.renewal` says which files in which template.
 * @param files - Whole files by name; others than those of the renewal are not looked at.
 * @param options.blockSize - Plain bytes of one command, 1 to 65,535: 220 when left out, which any reader passes.
 * @throws {RangeError} when the application renews nothing, a file is missing, or the block size is none. Nothing was sent then.
 * @throws {StatusError} `UNEXPECTED_STATUS` - 6982 without the right, 6985 when the counter does not grow, 6A80 for other files than
 *   these.
 * @example
 * yield* secured(session, renewFiles(application, files));
 */
export function* renewFiles(
  application: ApplicationProfile,
  files: FilesByName,
  options: { readonly blockSize?: number } = {},
): SyncExchange<void> {
  const { blockSize = BLOCK } = options;
  const renewal = application.functions?.renewal;
  if (renewal === undefined) throw new RangeError(`renewFiles: ${application.name} renews no files`);
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > 65_535) {
    throw new RangeError(`renewFiles: blockSize is ${blockSize}, 1 to 65535 is possible`);
  }
  const contents = renewal.files.map((name) => {
    const content = Object.hasOwn(files, name) ? files[name] : undefined;
    if (content === undefined) throw new RangeError(`renewFiles: there is no ${name}`);
    return content;
  });
  const data = encodeTlv(renewal.template, ...contents);
  yield* send(selectApplication(application.aid), `SELECT ${application.name}`);
  for (let at = 0; at < data.length; at += blockSize) {
    const last = at + blockSize >= data.length;
    const command = commandApdu(last ? 0x00 : 0x10, 0xdb, 0x3f, 0xff, data.subarray(at, at + blockSize));
    yield* send(command, `PUT DATA (${renewal.files.join(", ")})`);
  }
}

/** {@link renewFiles} of a pair that {@link addressUpdateOf} made: the address of the holder, and what signs it. */
export const updateAddress = renewFiles;
