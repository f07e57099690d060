import { describe, expect, it } from "vitest";
import { parseCommand, parseResponse } from "../../src/apdu/apdu.js";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { Scp03StaticKeys } from "../../src/gp/key-types.js";
import { staticScp03Keys } from "../../src/gp/keys.js";
import type { Scp03SecurityLevel } from "../../src/gp/shared.js";
import { deriveSessionKeys } from "../../src/gp/shared.js";
import { openScp03 } from "../../src/gp/terminal/scp03.js";
import { chipSide, drive, vectors, wire } from "./support.js";

interface Transcript {
  keys: { kvn?: string; enc: string; mac: string; dek: string };
  host_challenge: string;
  initialize_update: string;
  initialize_update_response: string;
  security_level: string;
  external_authenticate: string;
  session_keys?: { s_enc: string; s_mac: string; s_rmac: string };
  commands: { plain: string; wrapped: string; response?: string; response_sw?: string; response_plain?: string }[];
}

/** Security domains of the cards: the challenges of these transcripts turn out to be derived over their AIDs. */
const EUICC = "A0000005591010FFFFFFFF8900000100";
const ISD = "A000000151000000";

const TRANSCRIPTS: [string, string | undefined][] = [
  ["scp03-pysim-aes128-lvl11", EUICC],
  ["scp03-pysim-aes128-lvl33", EUICC],
  ["scp03-pysim-aes192-lvl03", EUICC],
  ["scp03-pysim-aes192-lvl11", EUICC],
  ["scp03-pysim-aes256-lvl03", EUICC],
  ["scp03-pysim-aes256-lvl33", EUICC],
  ["scp03-kaoh-aes192-i10", ISD],
  ["scp03-kaoh-delete", ISD],
  ["scp03-kaoh-getstatus", ISD],
  ["scp03-kaoh-rmac-renc", undefined],
];

describe.each(TRANSCRIPTS)("%s", (file, aid) => {
  const vector = vectors<Transcript>(`gp/${file}.json`);
  const enc = fromHex(vector.keys.enc);
  const mac = fromHex(vector.keys.mac);
  const dek = fromHex(vector.keys.dek);
  const hostChallenge = fromHex(vector.host_challenge);
  const securityLevel = Number.parseInt(vector.security_level, 16) as Scp03SecurityLevel;
  const answer = fromHex(vector.initialize_update_response).subarray(0, 32);
  const version = answer[10] as number;
  const responseOf = (command: Transcript["commands"][number]) =>
    parseResponse(fromHex((command.response ?? "") + (command.response_sw ?? "")));

  it("is what the terminal sends and understands", async () => {
    const exchange = openScp03({
      keys: staticScp03Keys({ version, enc, mac, dek }),
      keyVersion: Number.parseInt(vector.keys.kvn ?? "00", 16),
      securityLevel,
      random: () => hostChallenge,
    });
    const replies = [answer, new Uint8Array(0)];
    const { sent, value, error } = await drive(exchange, (_, at) => ({ data: replies[at] as Uint8Array, sw: 0x9000 }));
    expect(error).toBeUndefined();
    expect(sent).toEqual([vector.initialize_update, vector.external_authenticate].map((hex) => hex.toLowerCase()));
    expect(value).toMatchObject({ keyVersion: version, securityLevel });
    expect(value?.sequenceCounter).toBe(Number.parseInt(toHex(answer.subarray(29)), 16));
    const session = value?.session;
    for (const command of vector.commands) {
      const wrapped = session?.wrap(parseCommand(fromHex(command.plain)));
      expect(wrapped && wire(wrapped)).toBe(command.wrapped.toLowerCase());
      if (command.response === undefined) continue;
      const plain = session?.unwrap(responseOf(command));
      expect(plain?.sw).toBe(0x9000);
      const expected = command.response_plain ?? toHex(responseOf(command).data);
      expect(plain && toHex(plain.data)).toBe(expected.toLowerCase());
    }
  });

  it("is what the chip understands and answers", () => {
    const counter = Number.parseInt(toHex(answer.subarray(29)), 16);
    const chip = chipSide({
      keySets: new Map([[version, new Scp03StaticKeys(enc, mac, dek)]]),
      kdd: answer.subarray(0, 10),
      random: () => answer.slice(13, 21),
      // Where the AID is not known the challenge is taken from the transcript as a random one.
      i: aid === undefined ? 0x60 : (answer[12] as number),
      ...(aid !== undefined && { pseudoRandom: { step: () => counter, aid: fromHex(aid) } }),
    });
    const first = chip.answer(parseCommand(fromHex(vector.initialize_update)));
    if (aid !== undefined) expect(toHex(first.data)).toBe(toHex(answer));
    expect(toHex(first.data.subarray(13, 29))).toBe(toHex(answer.subarray(13, 29)));
    expect(chip.answer(parseCommand(fromHex(vector.external_authenticate))).sw).toBe(0x9000);
    const session = chip.outcome?.session;
    expect(chip.outcome).toMatchObject({ securityLevel, keyVersion: version });
    for (const command of vector.commands) {
      const plain = session?.unwrap(parseCommand(fromHex(command.wrapped)));
      expect(plain && wire(plain)).toBe(command.plain.toLowerCase());
      if (command.response === undefined) continue;
      const data = fromHex(command.response_plain ?? toHex(responseOf(command).data));
      const protectedAnswer = session?.wrap({ data, sw: 0x9000 });
      expect(protectedAnswer && toHex(protectedAnswer.data)).toBe(toHex(responseOf(command).data));
    }
  });

  it("is refused by the chip when its EXTERNAL AUTHENTICATE is changed", () => {
    const bytes = fromHex(vector.external_authenticate);
    for (let at = 5; at < bytes.length; at++) {
      let failures = 0;
      const chip = chipSide({
        keySets: new Map([[version, new Scp03StaticKeys(enc, mac, dek)]]),
        kdd: answer.subarray(0, 10),
        random: () => answer.slice(13, 21),
        i: 0x60,
        onFailure: (keyVersion) => {
          expect(keyVersion).toBe(version);
          failures++;
        },
      });
      chip.answer(parseCommand(fromHex(vector.initialize_update)));
      const changed = concatBytes(bytes);
      changed[at] = (changed[at] as number) ^ 0x01;
      expect(chip.answer(parseCommand(changed)).sw).toBe(0x6300);
      expect(chip.outcome?.session).toBeUndefined();
      expect(failures).toBe(1);
    }
  });
});

describe("session keys", () => {
  const all = TRANSCRIPTS.map(([file]) => ({ file, vector: vectors<Transcript>(`gp/${file}.json`) }));
  const stated = all.filter(({ vector }) => vector.session_keys !== undefined);

  it("are stated for seven transcripts", () => {
    expect(stated).toHaveLength(7);
  });

  it.each(stated)("of $file", ({ vector }) => {
    const keys = deriveSessionKeys(
      { enc: fromHex(vector.keys.enc), mac: fromHex(vector.keys.mac) },
      fromHex(vector.host_challenge),
      fromHex(vector.initialize_update_response).subarray(13, 21),
    );
    expect({ s_enc: toHex(keys.sEnc), s_mac: toHex(keys.sMac), s_rmac: toHex(keys.sRmac) }).toEqual({
      s_enc: vector.session_keys?.s_enc,
      s_mac: vector.session_keys?.s_mac,
      s_rmac: vector.session_keys?.s_rmac,
    });
  });
});
