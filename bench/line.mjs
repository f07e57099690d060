// The whole line in one process: record, data groups, security object, chip by SCP03, reading by BAC, validation.
import { standardChannel } from "../dist/apdu.js";
import { systemRandom, uintToBytes } from "../dist/bytes.js";
import { accessKeyOf, accessSecretsOf } from "../dist/card.js";
import { VirtualChip, virtualChannel } from "../dist/chip.js";
import { deriveCardKeys } from "../dist/gp.js";
import {
  buildCardImage,
  buildTrustStore,
  compilePersonalization,
  emrtd,
  encodeDataGroups,
  memoryJournal,
  memoryScp03Keys,
  personalize,
  readCard,
  run,
  signSecurityObject,
  validateCard,
} from "../dist/index.js";
import { NOW } from "./fixtures.mjs";
import { summary } from "./measure.mjs";

const KEY_VERSION = 0x30;

/** Stages in their order. `chip` is the virtual chip being made and keys derived for it. */
const STAGES = ["encode", "sign", "compile", "chip", "personalize", "read", "validate"];

async function oneCard(record, index, { documentSigner, trust, master }, times) {
  let stage = 0;
  let before = performance.now();
  const lap = () => {
    const at = performance.now();
    times[stage++] += at - before;
    before = at;
  };
  const groups = encodeDataGroups(record, emrtd);
  lap();
  const sod = signSecurityObject(groups, emrtd, documentSigner, NOW);
  lap();
  const image = buildCardImage(emrtd, groups, sod);
  const script = compilePersonalization(image, emrtd);
  lap();
  const kdd = uintToBytes(index, 10);
  const chip = VirtualChip.blank({
    profile: emrtd,
    kdd,
    keySets: new Map([[KEY_VERSION, deriveCardKeys(master, kdd)]]),
  });
  const channel = standardChannel(virtualChannel(chip), { timeoutMs: 10_000 });
  const keys = memoryScp03Keys({ masters: { [KEY_VERSION]: master }, secrets: (name) => accessSecretsOf(image)[name] });
  lap();
  await personalize({ channel, script, keys, journal: memoryJournal(), now: () => NOW });
  lap();
  await channel.reset();
  const card = await run(channel, readCard({ accessKey: accessKeyOf(image), maxResponse: channel.maxResponse }));
  lap();
  const { verdict } = validateCard(card, { trust, at: NOW });
  lap();
  if (verdict !== "passed") throw new Error(`card ${record.documentNumber}: ${verdict}`);
}

/**
 * Makes all records into validated cards, `rounds` times.
 *
 * @returns Cards per second, and for each stage its milliseconds per card and its share of the whole.
 */
export async function measureLine(records, { csca, documentSigner }, { rounds, warmRounds }) {
  const setting = { documentSigner, trust: buildTrustStore({ cscas: [csca] }), master: systemRandom(16) };
  const perRound = [];
  for (let round = -warmRounds; round < rounds; round++) {
    const times = STAGES.map(() => 0);
    for (const [index, record] of records.entries()) await oneCard(record, index, setting, times);
    if (round >= 0) perRound.push(times.map((time) => time / records.length));
  }
  const totals = perRound.map((times) => times.reduce((sum, time) => sum + time, 0));
  return {
    cards: records.length * rounds,
    cardsPerSecond: summary(totals.map((total) => 1000 / total)),
    stages: STAGES.map((stage, i) => ({
      stage,
      milliseconds: summary(perRound.map((times) => times[i])),
      share: summary(perRound.map((times, round) => times[i] / totals[round])),
    })),
  };
}
