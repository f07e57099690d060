// Inspection with extended access control: PACE, chip authentication, terminal authentication, reading and validation of a virtual
// chip in one process, driven command by command, so that each side and each step has its time.
import { commandApdu, encodeCommand, parseResponse } from "../dist/apdu.js";
import { utf8 } from "../dist/bytes.js";
import { accessKeyOf, accessSecretsOf, CHIP_SECRETS, eacPassport } from "../dist/card.js";
import { VirtualChip } from "../dist/chip.js";
import { buildTrustStore, readCard, validateCard } from "../dist/index.js";
import { issueImage } from "../dist/perso.js";
import {
  buildChat,
  createCvca,
  cvcPublicKeyFromSpki,
  encodeSpki,
  exportEcScalar,
  generateEcPrivateKey,
  issueCvCertificate,
  memorySigner,
} from "../dist/pki.js";
import { makePki, NOW, vector } from "./fixtures.mjs";
import { summary } from "./measure.mjs";

const CURVE = "brainpoolP256r1";
const PARAMETER_ID = 13;
const EXTENDED = 65_538;
/** id-TA-ECDSA-SHA-256. */
const ECDSA_SHA256 = "0.4.0.127.0.7.2.2.2.2.3";

/** Stages in their order; those of PACE by its commands. */
const STAGES = [
  "chip",
  "PACE: nonce",
  "PACE: mapping",
  "PACE: key agreement",
  "PACE: tokens",
  "chip authentication",
  "terminal authentication",
  "reading",
  "validate",
];

async function party(holder, issuer) {
  const signer = memorySigner(generateEcPrivateKey("P-256"));
  const publicKey = () => cvcPublicKeyFromSpki(signer.publicKey, ECDSA_SHA256);
  const certificate =
    issuer === undefined
      ? await createCvca({ ...holder, signer })
      : await issueCvCertificate({ ...holder, issuer, publicKey: publicKey() });
  return { certificate, signer };
}

const chat = (role, rights = ["readDg3"]) => buildChat({ terminalType: "IS", role, rights });
const BEGIN = { effectiveDate: "2026-01-01", expirationDate: "2029-12-31" };

/** Who the terminal is, and what its chips trust. */
async function makeTerminal() {
  const cvca = await party({ ...BEGIN, chr: "UTCVCA00001", chat: chat("cvca") });
  const dv = await party({ ...BEGIN, chr: "UTDV00001", chat: chat("dvDomestic") }, cvca);
  const terminal = await party({ ...BEGIN, chr: "UTTERM00001", chat: chat("terminal") }, dv);
  const certificates = [dv.certificate, terminal.certificate];
  return { trustPoint: cvca.certificate, terminal: { certificates, signer: terminal.signer } };
}

/** Two prints of 5 kB, which the records of the examples do not have. */
const FINGERS = [2, 7].map((position) => ({ position, image: vector("biometric/rings-256x256.wsq") }));

/** A passport with extended access control for each record, and the secrets of its chip. */
function issue(records, documentSigner, trustPoint) {
  const key = generateEcPrivateKey(CURVE);
  const protocols = [
    { kind: "pace", protocol: "0.4.0.127.0.7.2.2.4.2.2", parameterId: PARAMETER_ID, passwords: ["can"] },
    {
      kind: "chipAuthentication",
      protocol: "0.4.0.127.0.7.2.2.3.2.2",
      version: 1,
      keyId: 1,
      publicKey: encodeSpki(CURVE, key.point),
      parameterId: PARAMETER_ID,
    },
    { kind: "terminalAuthentication", version: 1 },
  ];
  const common = { profile: eacPassport, documentSigner, at: NOW, protocols, trustPoints: [trustPoint] };
  return records.map((record) => {
    // the number of a passport has 9 characters at most
    const documentNumber = record.documentNumber.slice(0, 9);
    const { image } = issueImage({ ...record, documentNumber, fingers: FINGERS }, common);
    const secrets = {
      ...accessSecretsOf(image),
      [CHIP_SECRETS.can]: utf8("123456"),
      [CHIP_SECRETS.chipAuthentication(1)]: exportEcScalar(key),
      [CHIP_SECRETS.trustPoints]: trustPoint.raw,
    };
    const wanted = new Set(image.applications.flatMap((application) => application.secrets));
    return { image, secrets: Object.fromEntries(Object.entries(secrets).filter(([name]) => wanted.has(name))) };
  });
}

/** Which stage a command belongs to; GENERAL AUTHENTICATE belongs to what MSE has chosen, and is counted within PACE. */
function stageFinder() {
  let protocol = "reading";
  let general = 0;
  return (command) => {
    const { ins, p1, p2 } = command;
    if (ins === 0x22) {
      protocol = p1 === 0xc1 && p2 === 0xa4 ? "PACE" : p1 === 0x41 ? "chip authentication" : "terminal authentication";
      general = 0;
    } else if (ins === 0x86) general++;
    else if (ins !== 0x2a && ins !== 0x82 && ins !== 0x84) protocol = "reading";
    if (protocol !== "PACE") return protocol;
    return STAGES[Math.max(1, general)];
  };
}

/**
 * Drives the exchange of one card. What the terminal does between two commands belongs to the protocol that it is in, so the stage
 * of the command before, or to the one that it is about to begin.
 */
async function drive(exchange, chip, add) {
  const stageOf = stageFinder();
  let before = "reading";
  let answer;
  for (;;) {
    const start = performance.now();
    const { done, value } = await exchange.next(answer);
    const made = performance.now();
    if (done) {
      add(before, "terminal", made - start);
      return value;
    }
    const stage = stageOf(value);
    const ofPace = stage.startsWith("PACE") && before.startsWith("PACE");
    add(before === "reading" || ofPace ? stage : before, "terminal", made - start);
    const sent = performance.now();
    answer = parseResponse(chip.transmit(encodeCommand(value)));
    add(stage, "chip", performance.now() - sent);
    before = stage;
  }
}

async function oneCard({ image, secrets }, { trust, terminal, terminalTrust }, times) {
  const add = (stage, side, milliseconds) => {
    times[stage][side] += milliseconds;
  };
  const start = performance.now();
  const chip = VirtualChip.fromImage(image, secrets);
  add("chip", "chip", performance.now() - start);
  const card = await drive(readCard({ accessKey: accessKeyOf(image), maxResponse: EXTENDED, terminal }), chip, add);
  const read = performance.now();
  const { verdict, checks } = validateCard(card, { trust, at: NOW, terminalTrust });
  add("validate", "terminal", performance.now() - read);
  const missing = ["chip.chipAuthentication", "chip.terminalAuthentication"].filter(
    (id) => checks.find((check) => check.id === id)?.status !== "passed",
  );
  if (verdict !== "passed" || card.evidence.falls !== undefined || missing.length > 0) {
    throw new Error(`card ${image.documentNumber}: ${verdict}, without ${missing.join(", ")}`);
  }
  if (card.files["EF.DG3"] === undefined) throw new Error(`card ${image.documentNumber}: EF.DG3 was not read`);
}

/** A command that is none of the protocols' must not be counted as theirs. */
function checkStages() {
  const stageOf = stageFinder();
  const stages = [
    commandApdu(0x00, 0x22, 0xc1, 0xa4),
    ...Array.from({ length: 4 }, () => commandApdu(0x10, 0x86, 0, 0)),
    commandApdu(0x0c, 0xa4, 0x04, 0x0c),
    commandApdu(0x0c, 0x22, 0x41, 0xa4),
    commandApdu(0x0c, 0x86, 0, 0),
    commandApdu(0x0c, 0x22, 0x81, 0xb6),
    commandApdu(0x0c, 0x2a, 0, 0xbe),
    commandApdu(0x0c, 0xb0, 0, 0),
  ].map(stageOf);
  const expected = [
    STAGES[1],
    ...STAGES.slice(1, 5),
    "reading",
    "chip authentication",
    "chip authentication",
    "terminal authentication",
    "terminal authentication",
    "reading",
  ];
  if (stages.join() !== expected.join())
    throw new Error(`stages of the protocols are counted wrongly: ${stages.join()}`);
}

/**
 * Inspects a card of each record, `rounds` times.
 *
 * @returns Cards per second; for each stage its milliseconds per card, its share of the whole, and the chip's share of it.
 */
export async function measureDoors(records, { rounds, warmRounds }) {
  checkStages();
  const { csca, documentSigner } = await makePki("P-256", ["P"]);
  const { trustPoint, terminal } = await makeTerminal();
  const cards = issue(records, documentSigner, trustPoint);
  const setting = {
    trust: buildTrustStore({ cscas: [csca] }),
    terminal,
    terminalTrust: { trustPoints: [trustPoint], currentDate: NOW.toISOString().slice(0, 10) },
  };
  const perRound = [];
  for (let round = -warmRounds; round < rounds; round++) {
    const times = Object.fromEntries(STAGES.map((stage) => [stage, { chip: 0, terminal: 0 }]));
    for (const card of cards) await oneCard(card, setting, times);
    if (round >= 0) perRound.push(times);
  }
  const whole = (times, stage) => (times[stage].chip + times[stage].terminal) / cards.length;
  const totals = perRound.map((times) => STAGES.reduce((sum, stage) => sum + whole(times, stage), 0));
  return {
    cards: cards.length * rounds,
    cardsPerSecond: summary(totals.map((total) => 1000 / total)),
    stages: STAGES.map((stage) => ({
      stage,
      milliseconds: summary(perRound.map((times) => whole(times, stage))),
      share: summary(perRound.map((times, round) => whole(times, stage) / totals[round])),
      chip: summary(perRound.map((times) => times[stage].chip / (times[stage].chip + times[stage].terminal))),
    })),
  };
}
