// The virtual chip, in a process of its own, behind a real PC/SC daemon (pcscd with vpcd): the unmodified mrtdreader opens
// it by BAC and reads it; opensc-tool's probing with foreign commands does not upset it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { assert, cards, file, HERE, program, ROOT, run, scratch, start, tail, until } from "../lib.mjs";

const RIG = join(HERE, "rig");
const READER = "Virtual PCD 00 00";
/** mrtdreader reads 18 bytes at a time, three hundred commands and more for a portrait. */
const READ_SECONDS = 180;

export const needs = [
  program("/usr/sbin/pcscd", "pcscd"),
  file("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"),
  program("mrtdreader", "mrtdreader"),
  program("opensc-tool", "opensc"),
  program("cc", "gcc libc6-dev"),
  program("pkg-config", "pkg-config"),
  file("/usr/include/nfc/nfc.h", "libnfc-dev"),
  file("/usr/include/PCSC/winscard.h", "libpcsclite-dev"),
];

/** What mrtdreader is told, from the MRZ in DG1 (TD1, 90 characters). */
function accessKeyOf(card) {
  const dg1 = card.read("DG1.bin");
  const mrz = dg1.subarray(-90).toString("latin1");
  return { number: mrz.slice(5, 14), birth: mrz.slice(30, 36), expiry: mrz.slice(38, 44) };
}

/** The portrait inside DG2: ISO 19794-5 puts the image last. */
function portraitOf(card) {
  const dg2 = card.read("DG2.bin");
  const at = dg2.indexOf(Buffer.from("ffd8ff", "hex"));
  assert(at > 0, `${card.number}: no JPEG in DG2`);
  return dg2.subarray(at);
}

/** Every portrait file of the examples. */
const portraits = () =>
  readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.jpe?g$/i.test(name))
    .map((name) => readFileSync(join(ROOT, "examples", name)));

/** A port P with P and P+1 free: vpcd takes two. */
async function freePorts() {
  const listen = (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(port, "0.0.0.0", () => resolve(server));
    });
  for (let tries = 0; tries < 50; tries++) {
    const first = await listen(20_000 + Math.floor(Math.random() * 12_000));
    if (first === undefined) continue;
    const { port } = first.address();
    const second = await listen(port + 1);
    await Promise.all([first, second].map((server) => server && new Promise((done) => server.close(done))));
    if (second !== undefined) return port;
  }
  throw new Error("no two free ports next to each other");
}

export default async function pcsc({ check }) {
  const folder = scratch("pcsc");
  const rig = join(folder, "rig");
  const port = await freePorts();
  const env = {
    ...process.env,
    PCSCLITE_CSOCK_NAME: join(rig, "run/pcscd.comm"),
    NFC_SHIM_SO: join(folder, "nfc-pcsc-shim.so"),
    NFC_PCSC_READER: READER,
  };
  const tool = (args, options) => run("opensc-tool", args, { env, seconds: 30, ...options });
  const cardPresent = async () => /^0\s+Yes\s/m.test((await tool(["-l"], { mayFail: true })).text);

  /** A chip process for `card`, ready in the reader. */
  async function insert(card) {
    const secrets = join(card.folder, "secrets.json");
    const chip = start(process.execPath, [
      join(ROOT, "dist/cli.js"),
      "chip",
      "--image",
      join(card.folder, "image.json"),
      ...(existsSync(secrets) ? ["--secrets", secrets] : []),
      "--vpcd",
      `127.0.0.1:${port}`,
    ]);
    try {
      await until(`card ${card.number} in the reader`, 20, async () => {
        assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
        return cardPresent();
      });
    } catch (error) {
      await remove(chip);
      throw error;
    }
    return chip;
  }

  async function remove(chip) {
    chip.kill("SIGTERM");
    const timer = setTimeout(() => chip.kill("SIGKILL"), 3000);
    await chip.ended;
    clearTimeout(timer);
    await until("the reader to be empty", 10, async () => !(await cardPresent()));
  }

  const mrtdreader = async (card, key = accessKeyOf(card)) => {
    const into = join(folder, card.number);
    rmSync(into, { recursive: true, force: true });
    mkdirSync(into);
    const args = ["-p", key.number, "-b", key.birth, "-e", key.expiry];
    const result = await run(join(RIG, "mrtdreader-pcsc.sh"), args, {
      env,
      cwd: into,
      seconds: READ_SECONDS,
      mayFail: true,
    });
    return { ...result, into };
  };

  /** One reading by mrtdreader: BAC, EF.COM, EF.SOD, DG1, and the portrait of DG2 byte for byte. */
  async function readsWhole(card) {
    const { code, text, into } = await mrtdreader(card);
    assert(code === 0, `mrtdreader: exit status ${code}\n${tail(text)}`);
    for (const sign of ["Challenge successful!", "Getting EF.COM...", "Getting EF.SOD...", "Getting EF.DG1..."]) {
      assert(text.includes(sign), `mrtdreader did not say "${sign}"\n${tail(text)}`);
    }
    const mrz = card.read("DG1.bin").subarray(-90).toString("latin1");
    assert(
      text.replace(/\s/g, "").includes(mrz.slice(0, 30)),
      `mrtdreader does not show the MRZ ${mrz.slice(0, 30)}\n${tail(text)}`,
    );
    const written = readdirSync(into).filter((name) => /^image\.jpe?g$/.test(name));
    assert(written.length === 1, `mrtdreader wrote ${written.length} portraits\n${tail(text)}`);
    const image = readFileSync(join(into, written[0]));
    assert(
      image.equals(portraitOf(card)),
      `the portrait (${image.length} bytes) is not the one in DG2 (${portraitOf(card).length} bytes)`,
    );
    assert(
      portraits().some((portrait) => portrait.equals(image)),
      "the portrait is none of examples/",
    );
    return `${image.length} bytes of JPEG`;
  }

  const up = await check("pcscd with vpcd starts", async () => {
    await run(join(RIG, "rig-up.sh"), [rig, String(port)], { seconds: 30 });
  });
  if (!up) return;
  try {
    const short = cards().filter(
      (card) => accessKeyOf(card).number.replaceAll("<", "").length <= 9 && card.number.length <= 9,
    );
    const some = [short[0], short[Math.floor(short.length / 2)], short.at(-1)];
    await check("there are cards with numbers of at most nine characters", async () => {
      assert(new Set(some).size === 3, `${short.length} such cards, expected at least 3`);
    });
    for (const card of some) {
      await check(`mrtdreader opens and reads ${card.number}`, async () => {
        const chip = await insert(card);
        try {
          return await readsWhole(card);
        } finally {
          await remove(chip);
        }
      });
    }

    const [card] = some;
    let chip;
    const inserted = await check(`card ${card.number} goes in again`, async () => {
      chip = await insert(card);
    });
    if (!inserted) return;
    try {
      await check("opensc-tool reads the ATR", async () => {
        const { text } = await tool(["-a", "-r", "0"]);
        const atr = /^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/im.exec(text)?.[0];
        assert(atr !== undefined, text);
        return atr;
      });
      await check("mrtdreader with a wrong date is refused, and the chip lives", async () => {
        const key = accessKeyOf(card);
        const { text } = await mrtdreader(card, { ...key, birth: key.birth === "010101" ? "020202" : "010101" });
        assert(text.includes("Challenge failed"), tail(text));
        assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
      });
      await check("opensc-tool's probing with foreign commands does not upset the chip", async () => {
        await tool(["-n", "-r", "0"], { mayFail: true }); // that it knows no such card is right
        await tool(["-D"], { mayFail: true });
        assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
        const { text } = await tool(["-r", "0", "-c", "default", "-s", "00A4040C07A0000002471001"]);
        assert(/SW1=0x90, SW2=0x00/.test(text), `SELECT of the eMRTD application afterwards: ${tail(text)}`);
      });
      await check("mrtdreader reads the same chip afterwards", () => readsWhole(card));
    } finally {
      await remove(chip);
    }
  } finally {
    await run(join(RIG, "rig-down.sh"), [rig], { seconds: 10, mayFail: true });
  }
}
