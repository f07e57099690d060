// Secure channels: what the session layer adds to its ciphers.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveBacKeys, openChipSession, openTerminalSession } from "../dist/access.js";
import { commandApdu } from "../dist/apdu.js";
import { systemRandom } from "../dist/bytes.js";
import { deriveCardKeys, memoryScp03Keys, openScp03, scp03Chip } from "../dist/gp.js";
import { sameBytes } from "./check.mjs";
import { fromSource } from "./internal.mjs";

const DATA_BYTES = 200;
const LEVEL = 0x33;
const OK = { data: new Uint8Array(0), sw: 0x9000 };

/** Both ends of an SCP03 channel. */
async function scp03Pair() {
  const kdd = new Uint8Array(10);
  const master = systemRandom(16);
  const terminal = openScp03({ keys: memoryScp03Keys({ masters: { 48: master } }), securityLevel: LEVEL });
  const first = (await terminal.next()).value;
  const keySets = new Map([[0x30, deriveCardKeys(master, kdd)]]);
  const chip = scp03Chip(first, { keySets, kdd, random: systemRandom, i: 0x60 });
  const second = (await terminal.next(chip.next().value)).value;
  const opened = chip.next(second).value;
  return { terminal: (await terminal.next(opened.response)).value.session, chip: opened.session };
}

const ZERO = Buffer.alloc(16);

/** AES-CBC and AES-CMAC with a new cipher object for each message, which is node:crypto's only documented way. */
function freshAes(key) {
  const run = (make, iv, data) => {
    const cipher = make("aes-128-cbc", key, iv);
    cipher.setAutoPadding(false);
    return cipher.update(data);
  };
  const encrypt = (iv, data) => run(createCipheriv, iv, data);
  return { block: (data) => encrypt(ZERO, data), encrypt, decrypt: (iv, data) => run(createDecipheriv, iv, data) };
}

/**
 * The same with one cipher object kept: CBC goes on from the last block of the message before, so xoring that block and
 * the new IV into the first block begins a new message. The first block is put right again afterwards.
 */
function keptAes(key) {
  const cipher = createCipheriv("aes-128-cbc", key, ZERO);
  const decipher = createDecipheriv("aes-128-cbc", key, ZERO);
  cipher.setAutoPadding(false);
  decipher.setAutoPadding(false);
  const last = Buffer.alloc(16);
  const lastReceived = Buffer.alloc(16);
  const encrypt = (iv, data) => {
    for (let i = 0; i < 16; i++) data[i] ^= last[i] ^ iv[i];
    const out = cipher.update(data);
    for (let i = 0; i < 16; i++) data[i] ^= last[i] ^ iv[i];
    for (let i = 0, from = out.length - 16; i < 16; i++) last[i] = out[from + i];
    return out;
  };
  const decrypt = (iv, data) => {
    const out = decipher.update(data);
    for (let i = 0; i < 16; i++) out[i] ^= lastReceived[i] ^ iv[i];
    for (let i = 0, from = data.length - 16; i < 16; i++) lastReceived[i] = data[from + i];
    return out;
  };
  return { block: (data) => encrypt(ZERO, data), encrypt, decrypt };
}

/**
 * The ciphers of one STORE DATA with its answer at level 33, both ends: 2 ICVs, encryption and decryption of the padded
 * data, C-MAC and R-MAC made and checked. `mac` is CBC with the padded message, which is what CMAC costs. With `once` the ICV
 * block and the data are encrypted in one go.
 */
function aesOfExchange(enc, mac, { once = false } = {}) {
  const counter = randomBytes(16);
  const data = randomBytes(Math.ceil((DATA_BYTES + 1) / 16) * 16);
  const both = Buffer.concat([counter, data]);
  const commandMac = randomBytes(Math.ceil((16 + 5 + data.length) / 16) * 16);
  const responseMac = randomBytes(32);
  return () => {
    const encrypted = once ? enc.encrypt(ZERO, both).subarray(16) : enc.encrypt(enc.block(counter), data);
    mac.encrypt(ZERO, commandMac);
    mac.encrypt(ZERO, commandMac);
    const plain = enc.decrypt(enc.block(counter), encrypted);
    mac.encrypt(ZERO, responseMac);
    mac.encrypt(ZERO, responseMac);
    return plain;
  };
}

function checkAes() {
  const key = randomBytes(16);
  const [fresh, kept] = [freshAes(key), keptAes(key)];
  for (let i = 0; i < 4; i++) {
    const [iv, data] = [randomBytes(16), randomBytes(64)];
    sameBytes("kept cipher object", kept.encrypt(iv, data), fresh.encrypt(iv, data));
    sameBytes("kept decipher object", kept.decrypt(iv, data), fresh.decrypt(iv, data));
  }
}

async function scp03Group() {
  const { terminal, chip } = await scp03Pair();
  const command = commandApdu(0x80, 0xe2, 0x00, 0x00, randomBytes(DATA_BYTES));
  const exchange = () => {
    const plain = chip.unwrap(terminal.wrap(command));
    terminal.unwrap(chip.wrap(OK));
    return plain;
  };
  sameBytes("SCP03", exchange().data, command.data);
  checkAes();
  checkIvAsFirstBlock();
  const pair = (aes) => [aes(randomBytes(16)), aes(randomBytes(16))];
  const labels = {
    fresh: "AES-CBC and CMAC alone, new cipher objects",
    kept: "the same, cipher objects kept",
    once: "the same, kept, ICV block and data in one go",
  };
  return {
    id: "scp03",
    name: `SCP03 level 33: ${DATA_BYTES}-byte command and its answer, both ends`,
    base: Object.values(labels),
    variants: [
      { label: labels.fresh, run: aesOfExchange(...pair(freshAes)) },
      { label: labels.kept, run: aesOfExchange(...pair(keptAes)) },
      { label: labels.once, run: aesOfExchange(...pair(keptAes), { once: true }) },
      { label: "wrap, unwrap, wrap, unwrap", run: exchange },
    ],
  };
}

/** 3DES-CBC and retail MAC by node:crypto: single DES is 3DES with one key three times. */
function nodeTdes(ksEnc, ksMac) {
  const k1 = ksMac.subarray(0, 8);
  const threeTimes = Buffer.concat([k1, k1, k1]);
  const iv = Buffer.alloc(8);
  const run = (name, key, start, data) => {
    const cipher = createCipheriv(name, key, start);
    cipher.setAutoPadding(false);
    return cipher.update(data);
  };
  return {
    encryptCbc: (_iv, data) => run("des-ede-cbc", ksEnc, iv, data),
    retailMac(data) {
      const padded = Buffer.alloc(data.length + 8 - (data.length % 8));
      padded.set(data);
      padded[data.length] = 0x80;
      const whole = padded.length - 8;
      const chained = run("des-ede3-cbc", threeTimes, iv, padded.subarray(0, whole)).subarray(-8);
      return run("des-ede-cbc", ksMac, chained, padded.subarray(whole));
    },
  };
}

async function secureMessagingGroup() {
  const { TdesKey } = await fromSource("crypto/legacy/des.ts");
  const { kEnc, kMac } = deriveBacKeys("L898902C<369080619406236");
  const session = openTerminalSession({ suite: "3DES", ksEnc: kEnc, ksMac: kMac, ssc: new Uint8Array(8) });
  const command = commandApdu(0x00, 0xd6, 0x00, 0x00, randomBytes(DATA_BYTES));
  const data = randomBytes(Math.ceil((DATA_BYTES + 1) / 8) * 8);
  const zeroIv = new Uint8Array(8);
  // SSC, padded header, DO 87 with its four bytes in front of the cryptogram.
  const macInput = randomBytes(8 + 8 + 4 + data.length);
  const own = { enc: new TdesKey(kEnc), mac: new TdesKey(kMac) };
  const node = nodeTdes(kEnc, kMac);
  sameBytes("3DES", own.enc.encryptCbc(zeroIv, data), node.encryptCbc(zeroIv, data));
  sameBytes("retail MAC", own.mac.retailMac(macInput), node.retailMac(macInput));
  const label = "own 3DES-CBC and retail MAC alone";
  return {
    id: "sm-3des",
    name: `secure messaging, 3DES: wrap of a ${DATA_BYTES}-byte command`,
    base: label,
    variants: [
      { label, run: () => [own.enc.encryptCbc(zeroIv, data), own.mac.retailMac(macInput)] },
      { label: "the same by node:crypto", run: () => [node.encryptCbc(zeroIv, data), node.retailMac(macInput)] },
      { label: "wrap", run: () => session.wrap(command) },
    ],
  };
}

/** Bytes of a long command, and of a long answer, under AES. */
const LONG_BYTES = 1024;
const PADDED_BYTES = LONG_BYTES + 16;
/** What the CMAC is over: SSC, padded header (of a command), DO 87 with its five bytes in front of the cryptogram, DO 99 (of an answer), padding. */
const MAC_BYTES = 16 + 16 + Math.ceil((5 + PADDED_BYTES + 1) / 16) * 16;
const ANSWER_MAC_BYTES = 16 + Math.ceil((5 + PADDED_BYTES + 4 + 1) / 16) * 16;

const anySession = (open, [ksEnc, ksMac]) => open({ suite: "AES-128", ksEnc, ksMac, ssc: new Uint8Array(16) });

/** CBC with zero IV over `[counter, data]` makes the IV block E(counter) and then the cryptogram with that IV. */
function checkIvAsFirstBlock() {
  const key = randomBytes(16);
  const [fresh, kept] = [freshAes(key), keptAes(key)];
  for (let i = 0; i < 4; i++) {
    const [counter, data] = [randomBytes(16), randomBytes(64)];
    const both = kept.encrypt(ZERO, Buffer.concat([counter, data]));
    sameBytes("IV and data in one go", both.subarray(16), fresh.encrypt(fresh.block(counter), data));
  }
}

/**
 * Wrap of a long command against its ciphers alone, on bytes made ready: the IV block, CBC of the padded data, and the CMAC, whose
 * subkeys are there already, so that it costs as much as CBC of what it is over. The base is the fastest way found.
 */
function aesMessagingGroup() {
  checkIvAsFirstBlock();
  const keys = [randomBytes(16), randomBytes(16)];
  const session = anySession(openTerminalSession, keys);
  const command = commandApdu(0x00, 0xd6, 0x00, 0x00, randomBytes(LONG_BYTES));
  const counter = randomBytes(16);
  const data = randomBytes(PADDED_BYTES);
  const both = Buffer.concat([counter, data]);
  const macInput = randomBytes(MAC_BYTES);
  const [fresh, freshMac] = keys.map(freshAes);
  const [kept, keptMac] = keys.map(keptAes);
  const labels = {
    fresh: "IV block, AES-CBC and CMAC alone, new cipher objects",
    kept: "the same, cipher objects kept",
    once: "the same, kept, IV block and data in one go",
  };
  const text = `wrapping ${LONG_BYTES} bytes under AES-128`;
  const floors = Object.values(labels);
  return {
    id: "sm-aes",
    name: `secure messaging, AES-128: wrap of a ${LONG_BYTES}-byte command`,
    base: floors,
    variants: [
      {
        label: labels.fresh,
        run: () => [fresh.encrypt(fresh.block(counter), data), freshMac.encrypt(ZERO, macInput)],
      },
      { label: labels.kept, run: () => [kept.encrypt(kept.block(counter), data), keptMac.encrypt(ZERO, macInput)] },
      { label: labels.once, run: () => [kept.encrypt(ZERO, both), keptMac.encrypt(ZERO, macInput)] },
      { label: "wrap", run: () => session.wrap(command) },
    ],
    claims: [{ text, of: "wrap", against: floors, goal: 0.8 }],
  };
}

/** A long answer, wrapped by the chip and unwrapped by the terminal, against the ciphers of both ends alone. */
function aesAnswerGroup() {
  const keys = [randomBytes(16), randomBytes(16)];
  const terminal = anySession(openTerminalSession, keys);
  const chip = anySession(openChipSession, keys);
  const read = commandApdu(0x00, 0xb0, 0x00, 0x00, new Uint8Array(0), LONG_BYTES);
  chip.unwrap(terminal.wrap(read));
  const answer = { data: randomBytes(LONG_BYTES), sw: 0x9000 };
  const exchange = () => terminal.unwrap(chip.wrap(answer));
  sameBytes("an answer under AES", exchange().data, answer.data);
  const counter = randomBytes(16);
  const both = Buffer.concat([counter, randomBytes(PADDED_BYTES)]);
  const macInput = randomBytes(ANSWER_MAC_BYTES);
  const [chipEnc, chipMac] = keys.map(keptAes);
  const [enc, mac] = keys.map(keptAes);
  const label = "IV blocks, AES-CBC both ways and two CMACs alone, cipher objects kept";
  return {
    id: "sm-aes-answer",
    name: `secure messaging, AES-128: wrap and unwrap of a ${LONG_BYTES}-byte answer, both ends`,
    base: label,
    variants: [
      {
        label,
        run: () => {
          const encrypted = chipEnc.encrypt(ZERO, both).subarray(16);
          chipMac.encrypt(ZERO, macInput);
          mac.encrypt(ZERO, macInput);
          return enc.decrypt(enc.block(counter), encrypted);
        },
      },
      { label: "wrap and unwrap", run: exchange },
    ],
  };
}

export const sessionGroups = async () => [
  await scp03Group(),
  await secureMessagingGroup(),
  aesMessagingGroup(),
  aesAnswerGroup(),
];
