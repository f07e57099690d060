import { describe, expect, it } from "vitest";
import { askActiveAuthentication } from "../../src/access/active-authentication/terminal.js";
import { chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import { EXPOSE_SESSION_SECRETS } from "../../src/access/evidence/shared.js";
import { type PaceOffer, type PacePassword, paceOffers } from "../../src/access/pace/shared.js";
import { openPace } from "../../src/access/pace/terminal.js";
import { changePin, unblockPin } from "../../src/access/pin/terminal.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { selectApplication } from "../../src/apdu/commands.js";
import { type Exchange, run } from "../../src/apdu/exchange.js";
import { type RecordedExchange, withRecording } from "../../src/apdu/recording.js";
import { secured } from "../../src/apdu/session.js";
import { send } from "../../src/apdu/status.js";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import type { RandomSource } from "../../src/bytes/random.js";
import { accessKeyOf, fileOf } from "../../src/card/image.js";
import { NATIONAL_ID_AID } from "../../src/card/profiles/national-id/profile.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { EphemeralKey } from "../../src/crypto/key-agreement.js";
import { readCard } from "../../src/inspect/read-card.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { parseSecurityInfos } from "../../src/lds/security-infos.js";
import { addressUpdateOf, renewFiles } from "../../src/perso/renew-files.js";
import { parseCms } from "../../src/pki/cms.js";
import type { Signer } from "../../src/pki/signer.js";
import { fixedRandom } from "../../src/testing/fixed-random.js";
import { replayChannel } from "../../src/testing/replay-channel.js";
import { CAN, chatBytes, NATIONAL, PIN, PUK, SECRET_NUMBERS, SECRETS, terminalWith } from "../support/chips.js";
import { APPLICATION, AT, SIGNERS } from "../support/national.js";
import { FULL } from "../support/national-image.js";

/** A signer that signs the same message twice alike, though its algorithm draws numbers. */
function steady(signer: Signer): Signer {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    ...signer,
    sign: (message, algorithm) => {
      const key = `${toHex(message)} ${JSON.stringify(algorithm)}`;
      const signature = known.get(key) ?? Promise.resolve(signer.sign(message, algorithm));
      known.set(key, signature);
      return signature;
    },
  };
}
const partiesOf = async (type: "AT" | "IS", rights: readonly string[]) => {
  const parties = await terminalWith(type, rights);
  const signer = steady((parties.at(-1) as (typeof parties)[number]).signer);
  return { parties, certificates: parties.map(({ certificate }) => certificate), signer };
};
const INSPECTION = await partiesOf("IS", ["readDg3", "readDg4"]);
const WRITER = await partiesOf("AT", ["writeDg17", "readDg17"]);

const contentOf = (name: string): Uint8Array => fileOf(NATIONAL, name) as Uint8Array;
const OFFER = paceOffers(parseSecurityInfos(contentOf("EF.CardAccess")).infos)[0] as PaceOffer;
const SIGNED = parseSecurityInfos(parseCms(contentOf("EF.CardSecurity")).eContent).infos;
const MOVED = { ...FULL, address: { ...FULL.address, city: "شیراز", postalCode: "7134814336" } };
const RENEWED = await addressUpdateOf(MOVED, {
  application: APPLICATION,
  holder: contentOf("EF.Holder"),
  updateCounter: 8,
  at: AT,
  signers: SIGNERS,
});

/** Runs one exchange after the other, as a program would. */
type Station = <T>(exchange: Exchange<T>) => Promise<T>;
type Protocol = (station: Station, random: RandomSource) => Promise<unknown>;

const pace = (station: Station, random: RandomSource, password: PacePassword, chat?: Uint8Array) =>
  station(openPace(OFFER, password, { random, ...(chat && { chat }) }));

/** PACE, terminal authentication 2, chip authentication 2. */
async function version2(station: Station, random: RandomSource) {
  const { parties, certificates, signer } = WRITER;
  const { session, idIc } = await pace(station, random, PIN, chatBytes(parties));
  const offer = chipAuthenticationOffers(SIGNED).find(({ version }) => version === 2);
  if (offer === undefined) throw new Error("no chip authentication 2");
  const ephemeral = new EphemeralKey(offer.group, random);
  const binding = { version: 2, idIc, compressedKey: ephemeral.compressed } as const;
  await station(secured(session, authenticateTerminal({ certificates, signer }, binding)));
  return (await station(secured(session, openChipAuthentication(offer, { ephemeral })))).session;
}

const NEW_PIN = "592653";
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "PACE by the MRZ, chip and active authentication, a whole card": (station, random) =>
    station(readCard({ accessKey: accessKeyOf(NATIONAL), random, masterFile: true })),
  "PACE by the CAN, chip and terminal authentication, fingers": (station, random) =>
    station(readCard({ accessKey: { can: SECRET_NUMBERS.can }, terminal: INSPECTION, random, dataGroups: [1, 3] })),
  "PACE by the PIN, terminal and chip authentication 2": async (station, random) => {
    const session = await version2(station, random);
    return station(secured(session, send(selectApplication(NATIONAL_ID_AID), "SELECT")));
  },
  "active authentication alone": async (station, random) => {
    const { session } = await pace(station, random, CAN);
    await station(secured(session, send(selectApplication(LDS1_AID), "SELECT")));
    return station(secured(session, askActiveAuthentication(contentOf("EF.DG15"), { random })));
  },
  "the change of a PIN": async (station, random) => {
    const { session } = await pace(station, random, PIN);
    const first = await station(
      secured(session, changePin("signature", { old: SECRET_NUMBERS.signature, new: NEW_PIN })),
    );
    return [first, await station(secured(session, changePin("signature", { old: NEW_PIN, new: "161803" })))];
  },
  "the unblocking of a PIN": async (station, random) => {
    const { session } = await pace(station, random, PUK);
    return station(secured(session, unblockPin("identity", { newPin: NEW_PIN })));
  },
  "the renewal of the address": async (station, random) => {
    const session = await version2(station, random);
    return station(secured(session, renewFiles(APPLICATION, RENEWED)));
  },
};

async function record(protocol: Protocol, options: { unsafeRecordData?: boolean }) {
  const log: RecordedExchange[] = [];
  const chip = virtualChannel(VirtualChip.fromImage(NATIONAL, SECRETS, { random: fixedRandom(3) }));
  const channel = withRecording(chip, (entry) => log.push(entry), options);
  const result = await protocol((exchange) => run(channel, exchange), fixedRandom(4));
  return { result, log };
}

/** Everything that no transcript may hold, as text and as bytes. */
const { documentNumber, dateOfBirth } = accessKeyOf(NATIONAL);
const NUMBERS = [...Object.values(SECRET_NUMBERS), NEW_PIN, documentNumber, dateOfBirth, "Ahmadi", "شیراز"];
const KEYS = Object.entries(SECRETS)
  .filter(([name]) => name !== CHIP_SECRETS.trustPoints)
  .map(([, value]) => toHex(value))
  .filter((hex) => hex.length >= 32);

describe.each(Object.entries(PROTOCOLS))("law 6: a transcript of %s", (_, protocol) => {
  it("replays byte for byte with the same randomness, and with no other", async () => {
    const { result, log } = await record(protocol, { unsafeRecordData: true });
    expect(log.length).toBeGreaterThan(5);
    const channel = replayChannel(log);
    expect(await protocol((exchange) => run(channel, exchange), fixedRandom(4))).toEqual(result);
    expect(channel.left).toBe(0);
    const other = replayChannel(log);
    await expect(protocol((exchange) => run(other, exchange), fixedRandom(5))).rejects.toThrow(/another one/);
  });

  it("holds headers, lengths and status words and nothing else", async () => {
    const { log } = await record(protocol, {});
    for (const entry of log) {
      expect(Object.keys(entry).toSorted()).toEqual(["commandLength", "header", "responseLength", "sw"]);
      expect(entry.header).toMatch(/^[0-9A-F]{8}$/);
    }
    const text = JSON.stringify(log).toLowerCase();
    for (const secret of [...NUMBERS, ...NUMBERS.map((one) => toHex(utf8(one))), ...KEYS]) {
      if (secret.length > 5) expect(text).not.toContain(secret.toLowerCase());
    }
    // Nothing that comes out of a settings file turns the switch on.
    for (const no of [false, "true", 1, {}, null]) {
      const options = { unsafeRecordData: no } as unknown as { unsafeRecordData?: boolean };
      expect((await record(protocol, options)).log.some((entry) => "unsafeData" in entry)).toBe(false);
    }
  });

  it("holds no secret even with all bytes: those go through the session that protects them", async () => {
    const { log } = await record(protocol, { unsafeRecordData: true });
    const bytes = log.map(
      ({ unsafeData }) => toHex(unsafeData?.command ?? fromHex("")) + toHex(unsafeData?.response ?? fromHex("")),
    );
    for (const secret of [...NUMBERS.filter((one) => one.length > 3).map((one) => toHex(utf8(one))), ...KEYS]) {
      expect(bytes.some((one) => one.includes(secret))).toBe(false);
    }
  });
});

describe("evidence beside a transcript", () => {
  it("opens it only when the ephemeral key was asked for loudly", async () => {
    const options = {
      accessKey: { can: SECRET_NUMBERS.can },
      dataGroups: [1],
      proofs: ["chipAuthentication"] as const,
    };
    const chip = () => virtualChannel(VirtualChip.fromImage(NATIONAL, SECRETS, { random: fixedRandom(3) }));
    const quiet = await run(chip(), readCard({ ...options, random: fixedRandom(4) }));
    const loud = await run(chip(), readCard({ ...options, random: fixedRandom(4), [EXPOSE_SESSION_SECRETS]: true }));
    expect(quiet.evidence.proofs?.chipAuthentication?.ephemeralPrivateKey).toBeUndefined();
    expect(loud.evidence.proofs?.chipAuthentication?.ephemeralPrivateKey).toBeInstanceOf(Uint8Array);
    // A symbol: no settings file and no JSON can ask for it.
    const fromJson = JSON.parse(
      JSON.stringify({ [EXPOSE_SESSION_SECRETS]: true, "cardwright.exposeSessionSecrets": true }),
    );
    const still = await run(chip(), readCard({ ...options, random: fixedRandom(4), ...fromJson }));
    expect(still.evidence).toEqual(quiet.evidence);
  });
});
