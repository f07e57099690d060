import { deriveBacKeys } from "../../src/access/bac/shared.js";
import { openBac } from "../../src/access/bac/terminal.js";
import type { CommandApdu, ResponseApdu } from "../../src/apdu/apdu.js";
import { encodeCommand, parseResponse } from "../../src/apdu/apdu.js";
import {
  parseReadBinaryOdd,
  readBinary,
  readBinaryOdd,
  selectApplication,
  selectFile,
} from "../../src/apdu/commands.js";
import { run, runSync, type SyncExchange } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage } from "../../src/card/image.js";
import { virtualChannel } from "../../src/chip/channel.js";
import type { VirtualChip } from "../../src/chip/virtual-chip.js";
import { getStatus, selectIssuerSecurityDomain } from "../../src/gp/terminal/commands.js";
import { openScp03 } from "../../src/gp/terminal/scp03.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { mrzInformation } from "../../src/lds/mrz.js";
import { fixedRandom } from "../gp/support.js";
import { IMAGE, keysFor } from "./line.js";

/** One plain command in hex; the answer in hex. */
export function ask(chip: VirtualChip, hex: string): string {
  return toHex(chip.transmit(fromHex(hex.replace(/\s/g, ""))));
}

/** One command, protected when there is a session. */
export function tell(chip: VirtualChip, command: CommandApdu, session?: SecureSession): ResponseApdu {
  const wire = session === undefined ? command : session.wrap(command);
  const response = parseResponse(chip.transmit(encodeCommand(wire)));
  return session === undefined ? response : session.unwrap(response);
}

/** Status word of a plain command. */
export const swFor = (chip: VirtualChip, command: CommandApdu): number => tell(chip, command).sw;

/** Selects the travel document and opens it with the key that its image names. */
export function openDocument(chip: VirtualChip, image: CardImage = IMAGE, seed = 3): SecureSession {
  const { sw } = tell(chip, selectApplication(LDS1_AID));
  if (sw !== 0x9000) throw new Error(`SELECT eMRTD: ${sw.toString(16)}`);
  const keys = deriveBacKeys(mrzInformation(accessKeyOf(image)));
  return runSync((command) => chip.transmit(command), openBac(keys, { random: fixedRandom(seed) }));
}

/** A whole file through an open session; undefined when there is no such file. */
export function contentOf(chip: VirtualChip, session: SecureSession, fid: number): Uint8Array | undefined {
  if (tell(chip, selectFile(fid), session).sw !== 0x9000) return undefined;
  const parts: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const odd = at > 0x7fff;
    const response = tell(chip, odd ? readBinaryOdd(at, 16_000) : readBinary(at, 65_536), session);
    if (response.sw === 0x6b00) return concatBytes(...parts);
    if (response.sw !== 0x9000 && response.sw !== 0x6282)
      throw new Error(`READ BINARY at ${at}: ${response.sw.toString(16)}`);
    const part = odd ? parseReadBinaryOdd(response.data) : response.data.subarray(0, 0x8000 - at);
    parts.push(part);
    at += part.length;
  }
}

/** What a chip in personalization holds, found by asking it, not by looking at the script or the journal. */
export interface Found {
  readonly installed: boolean;
  readonly secret: boolean;
  /** Names of the image's files that are there with the right content; a wrong content throws. */
  readonly files: readonly string[];
  readonly applicationState: number | undefined;
  readonly cardState: number;
}

/** Looks into a chip. It is reset before and after. */
export async function inspectChip(chip: VirtualChip, image: CardImage = IMAGE): Promise<Found> {
  chip.reset();
  const installed = swFor(chip, selectApplication(LDS1_AID)) === 0x9000;
  const all = image.applications.flatMap((application) => application.files);
  const there = installed ? all.filter((file) => swFor(chip, selectFile(file.fid)) === 0x9000) : [];
  const secret = installed && ask(chip, "0084000008").endsWith("9000");
  if (secret) {
    const session = openDocument(chip, image);
    for (const file of there) {
      const content = contentOf(chip, session, file.fid);
      if (content === undefined || toHex(content) !== toHex(file.content)) throw new Error(`${file.name} is wrong`);
    }
    session.close();
  }
  chip.reset();
  const applicationState = await stateOfApplication(chip, image);
  chip.reset();
  return { installed, secret, files: there.map((file) => file.name), applicationState, cardState: chip.lifeCycle };
}

async function stateOfApplication(chip: VirtualChip, image: CardImage): Promise<number | undefined> {
  const channel = virtualChannel(chip);
  tell(chip, selectIssuerSecurityDomain());
  const { session } = await run(
    channel,
    openScp03({ keys: keysFor(image), securityLevel: 0x01, random: fixedRandom(5) }),
  );
  const command = getStatus("applications", { aid: LDS1_AID });
  const asked = (function* (): SyncExchange<ResponseApdu> {
    return yield command;
  })();
  const { data } = await run(channel, secured(session, asked));
  session.close();
  const at = toHex(data).indexOf("9f7001");
  return at < 0 ? undefined : data[at / 2 + 3];
}
