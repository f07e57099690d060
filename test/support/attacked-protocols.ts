import { generateKeyPairSync } from "node:crypto";
import { expect } from "vitest";
import { verifyActiveAuthentication } from "../../src/access/active-authentication/shared.js";
import { askActiveAuthentication } from "../../src/access/active-authentication/terminal.js";
import { deriveBacKeys } from "../../src/access/bac/shared.js";
import { openBac } from "../../src/access/bac/terminal.js";
import {
  type ChipAuthenticationOffer,
  chipAuthenticationOffers,
  verifyChipAuthenticationEvidence,
  verifyChipAuthenticationMappingEvidence,
} from "../../src/access/chip-authentication/shared.js";
import {
  type ChipAuthenticationOpening,
  openChipAuthentication,
} from "../../src/access/chip-authentication/terminal.js";
import { askComparison, bornBy, type ComparisonStatement, livingIn, validOn } from "../../src/access/eid/terminal.js";
import { type PacePassword, paceOffers } from "../../src/access/pace/shared.js";
import { openPace, type PaceResult } from "../../src/access/pace/terminal.js";
import { askPin, changePin, type PinReport, unblockPin, verifyPin } from "../../src/access/pin/terminal.js";
import {
  encodeSectorKey,
  RESTRICTED_IDENTIFICATION_PROTOCOLS,
  type RestrictedIdentificationProtocol,
  type SectorKey,
  sectorKeyHash,
} from "../../src/access/restricted-identification/shared.js";
import { askSectorIdentifiers } from "../../src/access/restricted-identification/terminal.js";
import { encodeAuxiliaryData } from "../../src/access/terminal-authentication/messages.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { commandApdu } from "../../src/apdu/apdu.js";
import { readBinaryBySfi, selectApplication } from "../../src/apdu/commands.js";
import { type Exchange, run, runSync, type SyncExchange } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { send } from "../../src/apdu/status.js";
import { spkiObject } from "../../src/asn1/keys.js";
import { fromHex, toHex } from "../../src/bytes/bytes.js";
import type { RandomSource } from "../../src/bytes/random.js";
import { always } from "../../src/card/access-rule.js";
import { accessKeyOf, type CardImage, type ChipSecrets, fileOf } from "../../src/card/image.js";
import { NATIONAL_ID_AID } from "../../src/card/profiles/national-id/profile.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import type { VirtualChip } from "../../src/chip/virtual-chip.js";
import { dhGroupByParameterId } from "../../src/crypto/dh-groups.js";
import { exportEcScalar, generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { dhAgreementGroup, EphemeralKey, ecAgreementGroup } from "../../src/crypto/key-agreement.js";
import type { RsaPrivateKey } from "../../src/crypto/rsa.js";
import { MalformedError } from "../../src/errors.js";
import { LDS1_AID } from "../../src/lds/data-groups.js";
import { mrzInformation } from "../../src/lds/mrz.js";
import { parseDg14SecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";
import { addressUpdateOf, renewFiles } from "../../src/perso/renew-files.js";
import { parseCms } from "../../src/pki/cms.js";
import { CVC_EXTENSION } from "../../src/pki/cvc/certificate.js";
import { encodePkcs8, parsePkcs8 } from "../../src/pki/pkcs8.js";
import { encodeRsaSpki, encodeSpki } from "../../src/pki/public-key.js";
import { encodeTlv, parseTlv } from "../../src/tlv/ber.js";
import { encodeObject } from "../../src/tlv/file.js";
import type { Party } from "../pki/cvc/support.js";
import { type Link, type Outcome, ofTerminal, type Target } from "./attacker.js";
import {
  AA,
  CAN,
  chatBytes,
  nationalImage,
  PIN,
  PUK,
  RI,
  SECRET_NUMBERS,
  SECRETS,
  TA1,
  TA2,
  terminalWith,
} from "./chips.js";
import { sampleCard } from "./inspect.js";
import { APPLICATION, AT, SIGNERS } from "./national.js";
import { FULL } from "./national-image.js";

const ID_PACE = "0.4.0.127.0.7.2.2.4";
const ID_CA = "0.4.0.127.0.7.2.2.3";

// --- cards: all on one curve, which is quick, where a protocol does not ask for another group ------------------------

const CURVE = "P-256";
/** Number of the curve among the standardized domain parameters. */
const CURVE_ID = 12;

const paceWith = (arc: string, parameterId: number): InstalledProtocol => ({
  kind: "pace",
  protocol: `${ID_PACE}.${arc}`,
  parameterId,
  passwords: ["can", "pin", "puk"],
});

function ecKey() {
  const key = generateEcPrivateKey(CURVE);
  return { key: exportEcScalar(key), spki: encodeSpki(CURVE, key.point) };
}
const [EC, MAPPING] = [ecKey(), ecKey()];
const GM = paceWith("2.2", CURVE_ID);
const CAM = { ...paceWith("6.2", CURVE_ID), publicKey: MAPPING.spki };
const caEc = (version: 1 | 2, suite: number): InstalledProtocol => ({
  kind: "chipAuthentication",
  protocol: `${ID_CA}.2.${suite}`,
  version,
  keyId: 1,
  publicKey: EC.spki,
  parameterId: CURVE_ID,
});

export const OWN: ChipSecrets = {
  ...SECRETS,
  [CHIP_SECRETS.chipAuthentication(1)]: EC.key,
  [CHIP_SECRETS.chipAuthentication(CURVE_ID)]: MAPPING.key,
  [CHIP_SECRETS.restrictedIdentification(1)]: ecKey().key,
};
const RESTRICTED = { ...RI, parameterId: CURVE_ID } as InstalledProtocol;
/** Speaks everything that is not about a group. */
export const CARD = nationalImage([GM, caEc(1, 2), caEc(2, 2), TA1, TA2, AA, RESTRICTED, { kind: "signaturePin" }]);

const integer = (bytes: Uint8Array) =>
  encodeTlv(0x02, (bytes[0] as number) > 0x7f ? Uint8Array.of(0, ...bytes) : bytes);

/** A static key of a chip in a group modulo a prime, with a SubjectPublicKeyInfo of X9.42. */
function dhKey() {
  const row = dhGroupByParameterId(0);
  const group = row && dhAgreementGroup({ p: fromHex(row.p), g: fromHex(row.g), q: fromHex(row.q) });
  if (row === undefined || group === undefined) throw new Error("no group");
  const key = group.randomScalar(ofTerminal());
  const parameters = encodeTlv(0x30, ...[row.p, row.g, row.q].map((number) => integer(fromHex(number))));
  const subjectPublicKey = integer(group.power(group.generator, key));
  return {
    key,
    spki: encodeObject(spkiObject, { algorithm: { algorithm: "1.2.840.10046.2.1", parameters }, subjectPublicKey }),
  };
}
const DH = dhKey();
const DH_SECRETS: ChipSecrets = { ...OWN, [CHIP_SECRETS.chipAuthentication(1)]: DH.key };
const caDh = (version: 1 | 2, suite: number): InstalledProtocol => ({
  kind: "chipAuthentication",
  protocol: `${ID_CA}.1.${suite}`,
  version,
  keyId: 1,
  publicKey: DH.spki,
});

function rsaKey(): RsaPrivateKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return parsePkcs8(new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }))) as RsaPrivateKey;
}
const RSA = rsaKey();
const AA_RSA: InstalledProtocol = { kind: "activeAuthentication", publicKey: encodeRsaSpki(RSA) };
const RSA_SECRETS: ChipSecrets = { ...OWN, [CHIP_SECRETS.activeAuthentication]: encodePkcs8(RSA) };

/** The same card with everything in the travel document free to read: active authentication without a session. */
const open = (image: CardImage): CardImage => ({
  ...image,
  applications: image.applications.map((each) => ({
    ...each,
    files: each.files.map((file) => ({ ...file, read: always })),
  })),
});

const OPEN_ECDSA = open(CARD);
const WITH_RSA = nationalImage([GM, AA_RSA]);
const OPEN_RSA = open(WITH_RSA);
const BAC_CARD = (await sampleCard()).image;

// --- terminals -------------------------------------------------------------------------------------------------------

const file = (image: CardImage, name: string): Uint8Array => fileOf(image, name) as Uint8Array;
const dg14 = (image: CardImage) => parseDg14SecurityInfos(file(image, "EF.DG14")).infos;
const signed = (image: CardImage) => parseSecurityInfos(parseCms(file(image, "EF.CardSecurity")).eContent).infos;
const paceOffer = (image: CardImage) => {
  const [offer] = paceOffers(parseSecurityInfos(file(image, "EF.CardAccess")).infos);
  if (offer === undefined) throw new Error("no PACE");
  return offer;
};
const caOffer = (image: CardImage, version: 1 | 2): ChipAuthenticationOffer => {
  const infos = version === 1 ? dg14(image) : signed(image);
  const offer = chipAuthenticationOffers(infos).find((each) => each.version === version);
  if (offer === undefined) throw new Error(`no chip authentication ${version}`);
  return offer;
};

const INSPECTOR = await terminalWith("IS", ["readDg3"]);
const READER = await terminalWith("AT", ["readDg4"]);
const ASKER = await terminalWith("AT", ["ageVerification", "communityIdVerification"]);
const WRITER = await terminalWith("AT", ["writeDg17", "readDg17"]);
const sectorKey: SectorKey = {
  protocol: RESTRICTED_IDENTIFICATION_PROTOCOLS.find(({ oid }) =>
    oid.endsWith("5.2.3"),
  ) as RestrictedIdentificationProtocol,
  group: ecAgreementGroup(CURVE),
  publicKey: generateEcPrivateKey(CURVE).point,
};
const sectorHash = encodeTlv(0x80, sectorKeyHash("SHA-256", encodeSectorKey(sectorKey)));
const SECTOR = await terminalWith("AT", ["restrictedIdentification"], {
  extensions: [{ oid: CVC_EXTENSION.sector, objects: [sectorHash] }] as never,
});
const credentials = (parties: readonly Party[]) => ({
  certificates: parties.map(({ certificate }) => certificate),
  signer: (parties.at(-1) as Party).signer,
});

// --- what is run -----------------------------------------------------------------------------------------------------

/** The beginnings of files by name, or what the chip says instead: a refusal is told, and is no data. */
function* look(
  files: Readonly<Record<string, readonly [aid: Uint8Array, sfi: number]>>,
): SyncExchange<Partial<Outcome>> {
  const data: Record<string, string> = {};
  const told: string[] = [];
  for (const [name, [aid, sfi]] of Object.entries(files)) {
    yield* send(selectApplication(aid), "SELECT");
    const answer = yield readBinaryBySfi(sfi, 0, 8);
    if (answer.sw === 0x9000) data[name] = toHex(answer.data);
    else told.push(`${name} refused: ${answer.sw.toString(16)}`);
  }
  return { data, told };
}
const COM = [LDS1_AID, 0x1e] as const;
const FINGERS = [LDS1_AID, 3] as const;
const INFO = [NATIONAL_ID_AID, 1] as const;
const ADDRESS = [NATIONAL_ID_AID, 2] as const;

/** Several parts of an outcome as one. */
const together = (...parts: readonly Partial<Outcome>[]): Outcome => ({
  data: Object.assign({}, ...parts.map(({ data }) => data)),
  facts: parts.flatMap(({ facts = [] }) => facts),
  good: parts.flatMap(({ good = [] }) => good),
  told: parts.flatMap(({ told = [] }) => told),
});

/** What every target begins with; `random` goes on through all protocols of a run. */
interface Terminal extends Link {
  readonly random: RandomSource;
  go<T>(exchange: Exchange<T>): Promise<T>;
  inside<T>(session: SecureSession, exchange: Exchange<T>): Promise<T>;
}
const terminal = (link: Link): Terminal => ({
  channel: link.channel,
  begin: link.begin,
  random: ofTerminal(),
  go: (exchange) => run(link.channel, exchange),
  inside: (session, exchange) => run(link.channel, secured(session, exchange)),
});
const target = (
  image: CardImage,
  codes: Target["codes"],
  steps: (terminal: Terminal) => ReturnType<Target["run"]>,
  more: Partial<Target> = {},
): Target => ({ image, secrets: OWN, codes, run: (link) => steps(terminal(link)), ...more });

const pace = ({ go, random }: Terminal, image: CardImage, password: PacePassword = CAN, parties?: readonly Party[]) =>
  go(openPace(paceOffer(image), password, { random, ...(parties && { chat: chatBytes(parties) }) }));

/** PACE, then chip authentication 1. */
async function chipAuthenticated(own: Terminal, image: CardImage, begin = true, parties?: readonly Party[]) {
  const opened = await pace(own, image, CAN, parties);
  await own.inside(opened.session, look({ com: COM }));
  if (begin) own.begin();
  const { random } = own;
  const opening = await own.inside(opened.session, openChipAuthentication(caOffer(image, 1), { random }));
  return { opened, opening };
}

/** What was proved by chip authentication, as one would say afterwards. */
const finding = (opening: ChipAuthenticationOpening, infos: Parameters<typeof verifyChipAuthenticationEvidence>[1]) => {
  const { status } = verifyChipAuthenticationEvidence(opening.evidence(), infos);
  return status === "passed" ? { good: ["chip authentication"] } : { told: [`chip authentication ${status}`] };
};

/** PACE with the template of a terminal, then what version 2 is made of. */
async function authenticated(
  own: Terminal,
  image: CardImage,
  parties: readonly Party[],
  where: "terminal" | "chip" | "after",
  statements: readonly ComparisonStatement[] = [],
): Promise<ChipAuthenticationOpening> {
  const { random } = own;
  const { session, idIc } = await pace(own, image, CAN, parties);
  const offer = caOffer(image, 2);
  const ephemeral = new EphemeralKey(offer.group, random);
  const auxiliary = statements.length > 0 ? { auxiliaryData: encodeAuxiliaryData(statements) } : {};
  if (where === "terminal") own.begin();
  const binding = { version: 2, idIc, compressedKey: ephemeral.compressed, ...auxiliary } as const;
  await own.inside(session, authenticateTerminal(credentials(parties), binding));
  if (where === "chip") own.begin();
  const opening = await own.inside(session, openChipAuthentication(offer, { ephemeral }));
  if (where === "after") own.begin();
  return opening;
}

/** PACE with chip authentication in its mapping, and without anything else to open it. */
export const MAPPING_CARD = nationalImage([CAM, caEc(1, 2), TA1, AA]);

/** PACE with 3DES and with AES-256. */
export const TWO_OFFERS_CARD = nationalImage([paceWith("2.1", CURVE_ID), paceWith("2.4", CURVE_ID), AA]);

/** A session of PACE with a chip in hand, without anybody in between. */
function openAt(chip: VirtualChip, image: CardImage, password: PacePassword = CAN) {
  const transmit = (bytes: Uint8Array) => chip.transmit(bytes);
  const { session } = runSync(transmit, openPace(paceOffer(image), password));
  return <T>(exchange: SyncExchange<T>): T => runSync(transmit, secured(session, exchange));
}

// --- codes -----------------------------------------------------------------------------------------------------------

const SESSION = ["SM_FAILED", "SM_CLOSED"] as const;
/** A status word inside a session that is the chip's own: the command before it did not reach the chip as it was. */
const STATUS = ["UNEXPECTED_STATUS"] as const;
const OF_PACE = ["PACE_FAILED", "PACE_PASSWORD_SUSPENDED", "PACE_PASSWORD_BLOCKED", ...SESSION] as const;
const OF_CA = ["CHIP_AUTHENTICATION_REFUSED", "CHIP_NOT_GENUINE", ...SESSION] as const;
const OF_TA = ["TERMINAL_AUTHENTICATION_REFUSED", ...OF_CA] as const;

// --- the table -------------------------------------------------------------------------------------------------------

const bac = target(
  BAC_CARD,
  ["BAC_REFUSED", "BAC_CHIP_NOT_GENUINE", ...STATUS, ...SESSION],
  async ({ go, inside, random }) => {
    await go(send(selectApplication(LDS1_AID), "SELECT"));
    const session = await go(openBac(deriveBacKeys(mrzInformation(accessKeyOf(BAC_CARD))), { random }));
    return together(await inside(session, look({ com: COM })));
  },
  { secrets: {} },
);

function paceTarget(protocol: InstalledProtocol, secrets = OWN): Target {
  const image = nationalImage([protocol, AA]);
  return target(
    image,
    [...OF_PACE, "PACE_CHIP_NOT_GENUINE"],
    async (own) => {
      const { session, chipAuthentication, offer } = await pace(own, image);
      const seen = { ...(await own.inside(session, look({ com: COM }))), facts: [offer.protocol.name] };
      if (chipAuthentication === undefined) return together(seen);
      const { status } = verifyChipAuthenticationMappingEvidence(chipAuthentication, signed(image));
      return together(seen, status === "passed" ? { good: ["mapping"] } : { told: [`mapping ${status}`] });
    },
    { secrets },
  );
}

const caTarget = (image: CardImage, secrets = OWN): Target =>
  target(
    image,
    OF_CA,
    async (own) => {
      const { opening } = await chipAuthenticated(own, image);
      const seen = await own.inside(opening.session, look({ com: COM }));
      return together(seen, finding(opening, dg14(image)));
    },
    { secrets },
  );

const ca2Target = (image: CardImage, secrets = OWN): Target =>
  target(
    image,
    OF_CA,
    async (own) => {
      const opening = await authenticated(own, image, READER, "chip");
      const seen = await own.inside(opening.session, look({ info: INFO }));
      return together(seen, finding(opening, signed(image)));
    },
    { secrets },
  );

const ta1 = target(CARD, OF_TA, async (own) => {
  const { opened, opening } = await chipAuthenticated(own, CARD, false, INSPECTOR);
  const { session, compressedKey } = opening;
  own.begin();
  const binding = { version: 1, idIc: opened.idIc, compressedKey } as const;
  await own.inside(session, authenticateTerminal(credentials(INSPECTOR), binding));
  return together(await own.inside(session, look({ fingers: FINGERS, info: INFO })));
});

const ta2 = target(CARD, OF_TA, async (own) => {
  const { session } = await authenticated(own, CARD, READER, "terminal");
  return together(await own.inside(session, look({ info: INFO, address: ADDRESS })));
});

/** Two challenges, so that the first answer can be replayed. */
function aaTarget(image: CardImage, secrets: ChipSecrets, inSession: boolean): Target {
  const [dg15, group] = [file(image, "EF.DG15"), file(image, "EF.DG14")];
  return target(
    image,
    [...STATUS, ...SESSION],
    async (own) => {
      const session = inSession ? (await pace(own, image)).session : undefined;
      own.begin();
      const within = <T>(exchange: SyncExchange<T>) => (session ? own.inside(session, exchange) : own.go(exchange));
      await within(send(selectApplication(LDS1_AID), "SELECT"));
      const [good, told]: [string[], string[]] = [[], []];
      for (const which of ["first", "second"]) {
        const { challenge, response } = await within(askActiveAuthentication(dg15, { random: own.random }));
        const verdict = verifyActiveAuthentication(dg15, group, challenge, response);
        (verdict.good === true ? good : told).push(which);
      }
      return together({ good, told });
    },
    { secrets },
  );
}

const ri = target(CARD, ["RESTRICTED_IDENTIFICATION_REFUSED", ...SESSION], async (own) => {
  const { session } = await authenticated(own, CARD, SECTOR, "after");
  const { first } = await own.inside(session, askSectorIdentifiers(1, { first: sectorKey }));
  return together({ data: { identifier: toHex(first as Uint8Array) } });
});

const auxiliary = target(CARD, [...STATUS, ...OF_TA], async (own) => {
  const statements = [bornBy("1990-01-01"), validOn("2030-01-01"), livingIn("1939")];
  const { session } = await authenticated(own, CARD, ASKER, "terminal", statements);
  const data: Record<string, string> = {};
  for (const kind of ["age", "validity", "community"] as const) {
    data[kind] = String(await own.inside(session, askComparison(kind)));
  }
  return together({ data });
});

const NEW = { pin: "31415926", signature: "161803" } as const;
const words = ({ pin, outcome: came, triesLeft = -1 }: PinReport): string => `${pin} ${came} ${triesLeft}`;

/** Whether a terminal can still do what it could: one of the two PINs counts, whatever was done to the chip. */
function onePinCounts(chip: VirtualChip): void {
  const ask = openAt(chip, CARD);
  if (ask(verifyPin("identity", SECRET_NUMBERS.pin)).outcome === "done") return;
  expect(ask(verifyPin("identity", NEW.pin))).toMatchObject({ outcome: "done" });
}

const pins = target(
  CARD,
  [...STATUS, ...SESSION],
  async (own) => {
    const { session } = await pace(own, CARD);
    own.begin();
    const ask = async (exchange: SyncExchange<PinReport>) => words(await own.inside(session, exchange));
    const entered = {
      before: await ask(askPin("identity")),
      wrong: await ask(verifyPin("signature", "000000")),
      right: await ask(verifyPin("identity", SECRET_NUMBERS.pin)),
    };
    const seen = await own.inside(session, look({ info: INFO }));
    const changed = {
      changed: await ask(changePin("identity", { old: SECRET_NUMBERS.pin, new: NEW.pin })),
      unblocked: await ask(unblockPin("signature", { puk: SECRET_NUMBERS.puk, newPin: NEW.signature })),
      after: await ask(askPin("signature")),
    };
    return together(seen, { data: { ...entered, ...changed } });
  },
  { after: onePinCounts },
);

/** The last try of a suspended PIN, inside the session that the CAN opened; then the PUK gives the tries back. */
const suspended = target(
  CARD,
  [...STATUS, ...OF_PACE],
  async (own) => {
    const { session } = await pace(own, CARD);
    own.begin();
    const { random } = own;
    const resumed: PaceResult = await own.inside(session, openPace(paceOffer(CARD), PIN, { random, lastTry: true }));
    const seen = await own.inside(resumed.session, look({ info: INFO }));
    const puk = await pace(own, CARD, PUK);
    return together(seen, { data: { unblocked: words(await own.inside(puk.session, unblockPin("identity"))) } });
  },
  {
    prepare: (chip) => {
      const session = openAt(chip, CARD);
      for (let left = 2; left > 0; left--) session(verifyPin("identity", "0000"));
      chip.reset();
    },
  },
);

const MOVED = { ...FULL, address: { ...FULL.address, city: "شیراز", postalCode: "7134814336" } };
const RENEWED = await addressUpdateOf(MOVED, {
  application: APPLICATION,
  holder: file(CARD, "EF.Holder"),
  updateCounter: 8,
  at: AT,
  signers: SIGNERS,
});
const PAIR = ["EF.PersonalInfo2", "EF.SOD2"] as const;

function isWhole(bytes: Uint8Array): boolean {
  try {
    return parseTlv(bytes).raw.length === bytes.length;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** Both files of the pair, as they are for the holder: whole, or none. */
function* readPair(): SyncExchange<Partial<Outcome>> {
  yield* send(selectApplication(NATIONAL_ID_AID), "SELECT");
  const parts: string[] = [];
  for (const sfi of [2, 8]) {
    const { data } = yield* send(commandApdu(0, 0xb0, 0x80 | sfi, 0, undefined, 65_536), "READ BINARY");
    // How much is asked for stands in the clear as well, where somebody can make it less.
    if (!isWhole(data)) return { told: ["a file is not whole"] };
    parts.push(toHex(data));
  }
  return { data: { pair: parts.join(" ") } };
}
const OLD_PAIR = PAIR.map((name) => toHex(file(CARD, name))).join(" ");
const NEW_PAIR = PAIR.map((name) => toHex(RENEWED[name] as Uint8Array)).join(" ");

const renewal = target(
  CARD,
  [...STATUS, ...SESSION],
  async (own) => {
    const { session } = await authenticated(own, CARD, WRITER, "after");
    await own.inside(session, renewFiles(APPLICATION, RENEWED, { blockSize: 440 }));
    return together(await own.inside(session, readPair()));
  },
  {
    after: (chip) => {
      expect([OLD_PAIR, NEW_PAIR]).toContain(Object.values(openAt(chip, CARD, PIN)(readPair()).data ?? {})[0]);
    },
  },
);

/** Every protocol between terminal and chip, in each kind of group that it is defined for. */
export const PROTOCOLS: Readonly<Record<string, Target>> = {
  BAC: bac,
  "PACE, generic mapping, ECDH": paceTarget(GM),
  "PACE, generic mapping, ECDH, 3DES": paceTarget(paceWith("2.1", CURVE_ID)),
  "PACE, generic mapping, DH": paceTarget(paceWith("1.2", 0)),
  "PACE, integrated mapping, ECDH": paceTarget(paceWith("4.2", CURVE_ID)),
  "PACE, integrated mapping, DH": paceTarget(paceWith("3.3", 0)),
  "PACE, chip authentication mapping, ECDH": paceTarget(CAM),
  "chip authentication 1, ECDH": caTarget(nationalImage([GM, caEc(1, 2), AA])),
  "chip authentication 1, ECDH, 3DES": caTarget(nationalImage([GM, caEc(1, 1), AA])),
  "chip authentication 1, DH": caTarget(nationalImage([GM, caDh(1, 2), AA]), DH_SECRETS),
  "chip authentication 2, ECDH": ca2Target(nationalImage([GM, caEc(2, 2), TA2, AA])),
  "chip authentication 2, DH": ca2Target(nationalImage([GM, caDh(2, 4), TA2, AA]), DH_SECRETS),
  "terminal authentication 1": ta1,
  "terminal authentication 2": ta2,
  "active authentication, ECDSA, in a session": aaTarget(CARD, OWN, true),
  "active authentication, ECDSA, in the clear": aaTarget(OPEN_ECDSA, OWN, false),
  "active authentication, RSA, in a session": aaTarget(WITH_RSA, RSA_SECRETS, true),
  "active authentication, RSA, in the clear": aaTarget(OPEN_RSA, RSA_SECRETS, false),
  "restricted identification": ri,
  "auxiliary data": auxiliary,
  "PIN management": pins,
  "a suspended PIN": suspended,
  "renewal of the address": renewal,
};
