import { run } from "../../src/apdu/exchange.js";
import { toHex } from "../../src/bytes/bytes.js";
import { accessKeyOf, type CardImage, type ChipSecrets } from "../../src/card/image.js";
import type { CardFiles } from "../../src/inspect/card-files.js";
import { type ReadCardOptions, readCard } from "../../src/inspect/read-card.js";
import type { TrustStore } from "../../src/pki/trust-store.js";
import type { Party } from "../pki/cvc/support.js";
import { CARD, MAPPING_CARD, OWN, TWO_OFFERS_CARD } from "./attacked-protocols.js";
import { type Outcome, ofTerminal, type Target } from "./attacker.js";
import { CVCAS, SECRET_NUMBERS, SECRETS, terminalWith } from "./chips.js";
import { AT, judge, sampleCard } from "./inspect.js";
import { TRUST } from "./national.js";
import { EAC } from "./passports.js";

const INSPECTOR = await terminalWith("IS", ["readDg3"]);
export const inspector = {
  certificates: INSPECTOR.map(({ certificate }) => certificate),
  signer: (INSPECTOR.at(-1) as Party).signer,
};
const terminalTrust = { trustPoints: [CVCAS.IS.certificate], currentDate: "2027-03-01" };

/** Files that are read before there is a session: the verdict says what is to be thought of them. */
const IN_THE_CLEAR = ["EF.ATR/INFO", "EF.DIR", "EF.CardAccess", "EF.CardSecurity"];

/** What a reading and its verdict say. */
export function outcomeOf(card: CardFiles, trust: TrustStore): Outcome {
  const { files, evidence } = card;
  const report = judge(card, { trust, at: AT, terminalTrust });
  const entries = Object.entries(files).map(([name, content]) => [name, toHex(content)] as const);
  return {
    data: Object.fromEntries(entries.filter(([name]) => !IN_THE_CLEAR.includes(name))),
    facts: [
      ...entries.filter(([name]) => IN_THE_CLEAR.includes(name)).map(([name, hex]) => `${name} ${hex}`),
      evidence.accessControl,
      JSON.stringify(evidence.pace ?? {}),
      ...Object.keys(evidence.proofs ?? {}),
    ],
    good: report.checks.filter(({ status }) => status === "passed").map(({ id }) => id),
    told: [
      `verdict ${report.verdict}`,
      ...report.checks.filter(({ status }) => status !== "passed").map(({ id, status }) => `${id} ${status}`),
      ...(evidence.falls ?? []).map((fall) => JSON.stringify(fall)),
      ...evidence.notGiven.map(({ name }) => `${name} not given`),
    ],
  };
}

const BAC_CARD = await sampleCard();

/** A card that is read. */
export interface ReadingTarget extends Target {
  readonly trust: TrustStore;
  readonly options: ReadCardOptions;
  read(channel: Parameters<typeof run>[0]): Promise<CardFiles>;
}

function reading(
  image: CardImage,
  options: ReadCardOptions,
  codes: Target["codes"],
  { secrets = OWN, trust = TRUST }: { secrets?: ChipSecrets; trust?: TrustStore } = {},
): ReadingTarget {
  const read: ReadingTarget["read"] = (channel) => run(channel, readCard({ random: ofTerminal(), ...options }));
  return {
    image,
    secrets,
    trust,
    codes,
    options,
    read,
    run: async ({ channel }) => outcomeOf(await read(channel), trust),
  };
}

const SESSION = ["SM_FAILED", "SM_CLOSED"] as const;
/** What a chip says in the clear, or to a command that did not reach it as it was sent. */
const PLAIN = ["UNEXPECTED_STATUS", "ACCESS_KEY_NEEDED"] as const;
/** A file that ends before its length, or whose header is none. */
const FILES = ["TRUNCATED", "BAD_TAG", "BAD_LENGTH", "BAD_VALUE", "TRAILING_BYTES"] as const;
const OF_DOORS = [
  "BAC_REFUSED",
  "BAC_CHIP_NOT_GENUINE",
  "PACE_FAILED",
  "PACE_CHIP_NOT_GENUINE",
  "PACE_PASSWORD_SUSPENDED",
  "PACE_PASSWORD_BLOCKED",
  ...SESSION,
  ...PLAIN,
  ...FILES,
] as const;
const OF_CA = ["CHIP_NOT_GENUINE", ...OF_DOORS] as const;

const EXTENDED = { maxResponse: 65_538 };
const mrz = accessKeyOf(CARD);
const ofBac = { accessKey: accessKeyOf(BAC_CARD.image), dataGroups: [1, 2, 12] };
const free = { secrets: {}, trust: BAC_CARD.trust };

/** Readings of several files by every door, in short and in extended lengths. */
export const READINGS: Readonly<Record<string, ReadingTarget>> = {
  "BAC, short lengths": reading(BAC_CARD.image, ofBac, OF_DOORS, free),
  "BAC, extended lengths": reading(BAC_CARD.image, { ...ofBac, ...EXTENDED }, OF_DOORS, free),
  "PACE, chip and active authentication, short lengths": reading(CARD, { accessKey: mrz, dataGroups: [1, 2] }, OF_CA),
  "PACE, chip and active authentication, extended lengths": reading(
    CARD,
    { accessKey: { can: SECRET_NUMBERS.can }, dataGroups: [1, 2], masterFile: true, ...EXTENDED },
    OF_CA,
  ),
  "PACE with the mapping that authenticates the chip": reading(
    MAPPING_CARD,
    { accessKey: mrz, dataGroups: [1, 2], proofs: ["chipAuthentication"], ...EXTENDED },
    OF_DOORS,
  ),
  "PACE, chip and terminal authentication": reading(
    CARD,
    { accessKey: mrz, dataGroups: [1, 2, 3], terminal: inspector, proofs: ["chipAuthentication"], ...EXTENDED },
    OF_CA,
  ),
};

/** A passport that BAC opens too: what somebody can make of that. */
export const BOTH_DOORS = reading(
  EAC.image,
  { accessKey: accessKeyOf(EAC.image), dataGroups: [1, 2], ...EXTENDED },
  OF_CA,
  { secrets: SECRETS },
);

/** Two offers of PACE, of which the terminal takes the stronger one. */
export const TWO_OFFERS = reading(TWO_OFFERS_CARD, { accessKey: mrz, dataGroups: [1], masterFile: true }, OF_CA);
