import type { CommandApdu, ResponseApdu } from "../../apdu/apdu.js";
import type { ChipExchange } from "../../apdu/exchange.js";
import type { ChipOutcome } from "../../apdu/session.js";
import { SW } from "../../apdu/status.js";
import { concatBytes, EMPTY, equalBytes, wipe } from "../../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../../bytes/random.js";
import { openChipSession } from "../../sm/chip.js";
import type { SmParameters } from "../../sm/shared.js";
import {
  type BacKeys,
  CRYPTOGRAM_LENGTH,
  KEYING_LENGTH,
  NONCE_LENGTH,
  openCryptogram,
  sealCryptogram,
  sessionParameters,
} from "./shared.js";

/** Whether a plain command has this INS and P1 P2 = 0000, on the basic channel. */
function isCommand(command: CommandApdu, ins: number): boolean {
  return command.cla === 0 && command.ins === ins && command.p1 === 0 && command.p2 === 0;
}

function refusal(sw: number): ChipOutcome {
  return { response: { data: EMPTY, sw } };
}

/**
 * Basic Access Control on the chip's side: GET CHALLENGE, then EXTERNAL AUTHENTICATE.
 *
 * Spec: ICAO 9303-11 §4.3; worked example: appendix D.3.
 *
 * The challenge is good for the very next command only. A wrong cryptogram is answered 6300, whatever is wrong with it.
 *
 * @param first - The command that began it, GET CHALLENGE.
 * @param keys - The chip's document basic access keys; they stay the caller's.
 * @param random - Gives RND.IC (8 bytes), then K.IC (16 bytes).
 * @returns The last response, with the session when the terminal knows the keys; `{}` when a command is not part of
 *   BAC and is to be handled afresh.
 */
export function* bacChip(
  first: CommandApdu,
  keys: BacKeys,
  random: RandomSource = systemRandom,
): ChipExchange<ChipOutcome> {
  if (!isCommand(first, 0x84)) return {};
  if (first.data.length > 0 || first.ne < NONCE_LENGTH) return refusal(SW.WRONG_LENGTH);
  const rndIc = random(NONCE_LENGTH);
  const challenge: ResponseApdu = { data: rndIc.slice(), sw: SW.OK };

  const command = yield challenge;
  if (!isCommand(command, 0x82)) return {};
  if (command.data.length !== CRYPTOGRAM_LENGTH || command.ne < CRYPTOGRAM_LENGTH) return refusal(SW.WRONG_LENGTH);

  let s: Uint8Array | undefined;
  let r: Uint8Array | undefined;
  let kIc: Uint8Array | undefined;
  let parameters: SmParameters | undefined;
  try {
    // 3) IC checks M_IFD, and that S = RND.IFD ‖ RND.IC ‖ K.IFD repeats its nonce
    s = openCryptogram(keys, command.data);
    if (s === undefined || !equalBytes(s.subarray(8, 16), rndIc)) return refusal(SW.NO_INFORMATION);
    const rndIfd = s.slice(0, 8);
    kIc = random(KEYING_LENGTH);
    r = concatBytes(rndIc, rndIfd, kIc);
    parameters = sessionParameters(rndIc, rndIfd, s.subarray(16), kIc);
    const response = { data: sealCryptogram(keys, r), sw: SW.OK };
    return { response, session: openChipSession(parameters) };
  } finally {
    wipe(s, r, kIc, parameters?.ksEnc, parameters?.ksMac);
  }
}
