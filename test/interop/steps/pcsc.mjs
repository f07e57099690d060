// The virtual chip, in a process of its own, behind a real PC/SC daemon (pcscd with vpcd): the unmodified mrtdreader opens
// it by BAC and reads it; opensc-tool's probing with foreign commands does not upset it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cvChain } from "../cv-chain.mjs";
import { assert, cards, file, HERE, program, ROOT, run, scratch, tail } from "../lib.mjs";
import { nationalCard } from "../national.mjs";
import { READER, READER_NEEDS, readerIn } from "../reader.mjs";

/** mrtdreader reads 18 bytes at a time, three hundred commands and more for a portrait. */
const READ_SECONDS = 180;

export const needs = [
  ...READER_NEEDS,
  program("mrtdreader", "mrtdreader"),
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

export default async function pcsc({ check }) {
  const folder = scratch("pcsc");
  const reader = await readerIn(folder);
  const env = { ...reader.env, NFC_SHIM_SO: join(folder, "nfc-pcsc-shim.so"), NFC_PCSC_READER: READER };
  const tool = (args, options) => run("opensc-tool", args, { env, seconds: 30, ...options });
  const insert = (card) => {
    const secrets = join(card.folder, "secrets.json");
    return reader.insert(join(card.folder, "image.json"), existsSync(secrets) ? secrets : undefined);
  };

  const mrtdreader = async (card, key = accessKeyOf(card)) => {
    const into = join(folder, card.number);
    rmSync(into, { recursive: true, force: true });
    mkdirSync(into);
    const args = ["-p", key.number, "-b", key.birth, "-e", key.expiry];
    const result = await run(join(HERE, "rig", "mrtdreader-pcsc.sh"), args, {
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
    await reader.up();
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
          await reader.remove(chip);
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
      await reader.remove(chip);
    }

    const { generateEcPrivateKey } = await import("cardwright/pki");
    // the generic driver of OpenSC wants a master file, which a passport has not
    const { image, secrets } = await nationalCard([
      (await cvChain({ newKey: () => generateEcPrivateKey("P-256") })).cvca,
    ]);
    const file = (name, content) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const inHex = Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value).toString("hex")]);
    const national = await check("the national card goes in", async () => {
      const { cardImageToJson } = await import("cardwright/card");
      const paths = [
        file("image.json", cardImageToJson(image)),
        file("secrets.json", JSON.stringify(Object.fromEntries(inHex))),
      ];
      chip = await reader.insert(...paths);
    });
    if (!national) return;
    try {
      await check("opensc-explorer sends commands, eidenv finds none of its cards", async () => {
        const script = join(folder, "explorer");
        writeFileSync(script, "apdu 00A4040C07A0000002471001\napdu 00B09E0004\napdu 00B09B0004\nquit\n");
        const { text } = await run("opensc-explorer", ["-r", "0", "-c", "default", script], { env, mayFail: true });
        // the application; a file that is for a session only; a file that is not there
        const statuses = [...text.matchAll(/SW1=0x(..), SW2=0x(..)/g)].map(([, one, two]) => (one + two).toLowerCase());
        assert(statuses.join() === "9000,6982,6a82", `${statuses.join()}\n${tail(text)}`);
        const generic = { ...env, OPENSC_CONF: join(HERE, "rig/opensc-generic.conf") };
        const eid = await run("eidenv", ["-r", "0"], { env: generic, mayFail: true });
        assert(eid.text.includes("Not an EstEID or Belpic card"), tail(eid.text));
        assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
      });
    } finally {
      await reader.remove(chip);
    }
  } finally {
    await reader.down();
  }
}
