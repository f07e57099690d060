// Our own PC/SC adapter over the npm package smartcard, installed here and nowhere else: reads our chip, which lies behind a real
// PC/SC daemon (pcscd with vpcd), through `cardwright read`; torn in the middle, reader gone, two readers, the service stopped.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cardImageToJson } from "cardwright";
import { assert, cards, file, HERE, halfOf, OUT, program, ROOT, run, scratch, start, tail, until } from "../lib.mjs";
import { NUMBERS, nationalCard } from "../national.mjs";

const RIG = join(HERE, "rig");
const SMARTCARD = "smartcard@3.7.0";
const READERS = ["Virtual PCD 0 00 00", "Virtual PCD 1 00 00"];

export const needs = [
  program("/usr/sbin/pcscd", "pcscd"),
  file("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"),
  program("c++", "g++"),
  program("make", "make"),
  program("python3", "python3"),
  program("pkg-config", "pkg-config"),
  file("/usr/include/PCSC/winscard.h", "libpcsclite-dev"),
];

/** Four ports in a row that nobody uses: two readers, two slots each. */
async function freePorts() {
  const listen = (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(port, "0.0.0.0", () => resolve(server));
    });
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const servers = await Promise.all([0, 1, 2, 3].map((i) => listen(first + i)));
    await Promise.all(servers.map((server) => server && new Promise((done) => server.close(done))));
    if (servers.every((server) => server !== undefined)) return first;
  }
  throw new Error("no four free ports next to each other");
}

function accessKeyOf(card) {
  const mrz = card.read("DG1.bin").subarray(-90).toString("latin1");
  return [
    "--document",
    mrz.slice(5, 14).replaceAll("<", ""),
    "--birth",
    mrz.slice(30, 36),
    "--expiry",
    mrz.slice(38, 44),
  ];
}

/** A folder in which the built package and the binding lie side by side, as at a user who installs both. */
async function install(folder) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "station", private: true, type: "module" }));
  // --nodedir: headers of this Node, when they are installed, instead of a download
  const env = { ...process.env, ...(existsSync("/usr/include/node/node.h") && { npm_config_nodedir: "/usr" }) };
  await run("npm", ["install", "--no-audit", "--no-fund", SMARTCARD], { cwd: folder, seconds: 300, env });
  const modules = join(folder, "node_modules");
  if (!existsSync(join(modules, "smartcard/build/Release/smartcard_napi.node"))) {
    await run("npm", ["rebuild", "smartcard"], { cwd: folder, seconds: 300, env });
  }
  const own = join(modules, "cardwright");
  mkdirSync(own);
  cpSync(join(ROOT, "dist"), join(own, "dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(own, "package.json"));
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  return own;
}

export default async function pcscAdapter({ check }) {
  const folder = scratch("pcsc-adapter");
  const rig = join(folder, "rig");
  const port = await freePorts();
  const socket = join(rig, "run/pcscd.comm");
  const env = { ...process.env, PCSCLITE_CSOCK_NAME: socket };
  let own;
  const installed = await check(`${SMARTCARD} builds in a folder of its own`, async () => {
    own = await install(folder);
  });
  if (!installed) return;
  const cli = join(own, "dist/cli.js");
  const up = await check("pcscd with two readers starts", async () => {
    await run(join(RIG, "rig-up.sh"), [rig, String(port), "2"], { seconds: 30 });
  });
  if (!up) return;
  const listed = async () => (await run(process.execPath, [cli, "readers"], { env, seconds: 30 })).text;

  async function insert(card, slot, more = []) {
    const chip = start(process.execPath, [
      cli,
      ...["chip", "--image", join(card.folder, "image.json"), "--vpcd", `127.0.0.1:${port + 2 * slot}`, ...more],
    ]);
    await until(`card ${card.number} in reader ${slot}`, 20, async () => {
      assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
      return (await listed()).includes(`${READERS[slot]}: card 3B`);
    });
    return chip;
  }

  async function remove(chip) {
    chip.kill("SIGTERM");
    await chip.ended;
  }

  const reading = (card, slot, out) => [
    cli,
    ...["read", "--reader", READERS[slot], ...accessKeyOf(card), "--out", join(folder, out)],
    // by what the demo judged, for the day of the demo
    ...["--trust", join(halfOf(card.read("EF.SOD.bin")).pki, "csca.pem"), "--at", "2026-11-25T09:00:00Z"],
  ];

  /** Every file that was read is the demo's, byte for byte. */
  function compare(card, out) {
    const read = join(folder, out, card.number);
    const names = readdirSync(read).filter((name) => name.endsWith(".bin"));
    const wanted = card.files.filter((name) => name.endsWith(".bin"));
    assert(names.length === wanted.length, `${names.join(" ")} were read, ${wanted.join(" ")} are on the card`);
    for (const name of names) assert(readFileSync(join(read, name)).equals(card.read(name)), `${name} differs`);
    // The verdict names the file that trust came from by its path.
    const report = readFileSync(join(read, "report.json"), "utf8").replaceAll(`${OUT}/`, "");
    assert(report === card.read("report.json").toString(), "report.json differs; if out/ is of older code, remove it");
    return `${names.length} files and the verdict`;
  }

  const [card, second] = cards().filter(({ number }) => number.length === 9);
  const chips = [];
  let endWatching = () => {};
  try {
    await check("both readers are listed, empty", async () => {
      const text = await listed();
      for (const name of READERS) assert(text.includes(`${name}: no card`), text);
    });
    await check(`reads ${card.number}`, async () => {
      chips[0] = await insert(card, 0);
      const { text } = await run(process.execPath, reading(card, 0, "one"), { env, seconds: 60 });
      assert(/opened by BAC/.test(text), tail(text));
      return compare(card, "one");
    });
    await check("two readers at once, each its own card", async () => {
      chips[1] = await insert(second, 1);
      await Promise.all([
        run(process.execPath, reading(card, 0, "left"), { env, seconds: 60 }),
        run(process.execPath, reading(second, 1, "right"), { env, seconds: 60 }),
      ]);
      return `${compare(card, "left")}, ${compare(second, "right")}`;
    });

    const { openPcscChannel, listPcscReaders, watchPcscReaders } = await import(
      pathToFileURL(join(own, "dist/adapters/pcsc.js")).href
    );
    const binding = (await import(pathToFileURL(join(folder, "node_modules/smartcard/dist/lib/index.js")).href))
      .default;
    process.env.PCSCLITE_CSOCK_NAME = socket;
    const SELECT = Uint8Array.from(Buffer.from("00A4040C07A0000002471001", "hex"));
    const stops = [];
    /** Watches until it is told to stop, at the end of the step at the latest. */
    const watch = (options, tell) => {
      const stop = new AbortController();
      stops.push(stop);
      const work = (async () => {
        for await (const event of watchPcscReaders(binding, { ...options, signal: stop.signal })) tell(event);
      })();
      return async () => {
        stop.abort();
        await work;
      };
    };
    endWatching = () => {
      for (const stop of stops) stop.abort();
    };
    const failure = (promise) =>
      promise.then(
        () => ({ code: "none" }),
        (error) => error,
      );

    await check("the card is held alone, and free again afterwards", async () => {
      const channel = await openPcscChannel(binding, { reader: READERS[1] });
      const other = await failure(openPcscChannel(binding, { reader: READERS[1] }));
      assert(other.code === "READER_BUSY" && /another program/.test(other.message), String(other));
      const shared = await failure(openPcscChannel(binding, { reader: READERS[1], exclusive: false }));
      assert(shared.code === "READER_BUSY", String(shared));
      // another process says the same in one line, and which it was by its exit status
      const { code, text } = await run(process.execPath, reading(second, 1, "busy"), {
        env,
        seconds: 30,
        mayFail: true,
      });
      assert(code === 4 && /^cardwright: READER_BUSY: .*another program.*\n$/.test(text), `${code}: ${text}`);
      assert(
        (await listed()).includes(`${READERS[1]}: card`) && (await listed()).includes("held by another"),
        await listed(),
      );
      const { use } = listPcscReaders(binding).find(({ name }) => name === READERS[1]);
      assert(use === "exclusive", use);
      await channel.reset();
      await channel.close();
      const again = await openPcscChannel(binding, { reader: READERS[1] });
      assert(Buffer.from(await again.transmit(SELECT)).toString("hex") === "9000", "SELECT");
      await again.close();
    });

    await check("a national card by its CAN: PACE, chip and active authentication, judged at once", async () => {
      const { image, secrets, csca } = await nationalCard([]);
      const at = (name, content) => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      const number = image.documentNumber;
      const hex = Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value).toString("hex")]);
      at("image.json", cardImageToJson(image));
      at("secrets.json", JSON.stringify(Object.fromEntries(hex)));
      await remove(chips[1]);
      const own = { folder, number };
      chips[1] = await insert(own, 1, ["--secrets", join(folder, "secrets.json")]);
      const args = [cli, "read", "--reader", READERS[1], "--out", join(folder, "can"), "--trust", at("csca.cer", csca)];
      const { text } = await run(process.execPath, [...args, "--can", NUMBERS.can], { env, seconds: 60 });
      assert(/opened by PACE/.test(text) && /^passed: /m.test(text), tail(text));
      assert(/shown: chipAuthentication, activeAuthentication/.test(text), tail(text));
      // EF.DG3 is for authorized terminals, EF.CVCA tells those whom the chip trusts
      const open = image.applications[0].files.filter(({ name }) => name !== "EF.DG3" && name !== "EF.CVCA");
      for (const { name, content } of open) {
        const path = join(folder, "can", number, `${name.replace("EF.DG", "DG")}.bin`);
        assert(readFileSync(path).equals(content), `${name} differs`);
      }
      const wrong = await run(process.execPath, [...args, "--can", "000000"], { env, seconds: 60, mayFail: true });
      assert(wrong.code === 1 && /^cardwright: PACE_/.test(wrong.text), `${wrong.code}: ${wrong.text}`);
      await remove(chips[1]);
      chips[1] = await insert(second, 1);
      return /\d+ files.*/.exec(text)?.[0];
    });

    await check("no such reader, and a card that is not there, in one line each with its exit status", async () => {
      const args = reading(card, 0, "nowhere").map((one) => (one === READERS[0] ? "Nowhere" : one));
      const nowhere = await run(process.execPath, args, { env, seconds: 30, mayFail: true });
      assert(
        nowhere.code === 3 && /^cardwright: READER_GONE: .*\n$/.test(nowhere.text),
        `${nowhere.code}: ${nowhere.text}`,
      );
      const usage = await run(process.execPath, [cli, "read", "--frobnicate"], { env, seconds: 30, mayFail: true });
      assert(usage.code === 2, `${usage.code}: ${usage.text}`);
      const service = { ...env, PCSCLITE_CSOCK_NAME: join(folder, "no.comm") };
      const none = await run(process.execPath, [cli, "readers"], { env: service, seconds: 30, mayFail: true });
      assert(none.code === 3 && /^cardwright: READER_GONE: .*pcscd.*\n$/.test(none.text), `${none.code}: ${none.text}`);
      return nowhere.text.trim();
    });

    await check("a card that is pulled in the middle of a command: torn, and the channel stays dead", async () => {
      const channel = await openPcscChannel(binding, { reader: READERS[1] });
      await channel.transmit(SELECT);
      chips[1].kill("SIGSTOP"); // it hears the command and does not answer
      const work = failure(channel.transmit(SELECT));
      await new Promise((done) => setTimeout(done, 300));
      chips[1].kill("SIGKILL");
      const error = await work;
      assert(error.code === "CARD_TORN", String(error));
      chips[1] = await insert(second, 1);
      assert((await failure(channel.transmit(SELECT))).code === "CARD_TORN", "the old channel lives again");
      const fresh = await openPcscChannel(binding, { reader: READERS[1] });
      assert(Buffer.from(await fresh.transmit(SELECT)).toString("hex") === "9000", "SELECT on a new channel");
      await fresh.close();
      return error.message;
    });

    await check("a time-out gives the caller back, and the card when it answers", async () => {
      const channel = await openPcscChannel(binding, { reader: READERS[1], timeoutMs: 300 });
      chips[1].kill("SIGSTOP");
      const error = await failure(channel.transmit(SELECT));
      chips[1].kill("SIGCONT");
      assert(error.code === "CHANNEL_TIMEOUT", String(error));
      await channel.close();
      await (await openPcscChannel(binding, { reader: READERS[1] })).close();
    });

    await check("a reading that is torn goes on with the card put back, file for file the same", async () => {
      const { readCard, readingMemory } = await import(pathToFileURL(join(own, "dist/inspect.js")).href);
      const { run: drive, standardChannel } = await import(pathToFileURL(join(own, "dist/apdu.js")).href);
      const [, documentNumber, , dateOfBirth, , dateOfExpiry] = accessKeyOf(card);
      const accessKey = { documentNumber, dateOfBirth, dateOfExpiry };
      const resume = readingMemory();
      const read = async (pullAt) => {
        const channel = await openPcscChannel(binding, { reader: READERS[0], extended: false });
        let count = 0;
        const transmit = (command) => {
          if (++count === pullAt) chips[0].kill("SIGSTOP");
          const reply = channel.transmit(command);
          if (count === pullAt) setTimeout(() => chips[0].kill("SIGKILL"), 200);
          return reply;
        };
        try {
          const result = await drive(standardChannel({ ...channel, transmit }), readCard({ accessKey, resume }));
          return { ...result, count };
        } finally {
          await channel.close();
        }
      };
      const torn = await failure(read(20));
      assert(torn.code === "CARD_TORN", String(torn));
      const kept = resume.filesDone;
      chips[0] = await insert(card, 0);
      const { files, evidence, count } = await read(-1);
      for (const [name, content] of Object.entries(files)) {
        assert(card.read(`${name.replace("EF.DG", "DG")}.bin`).equals(content), `${name} differs`);
      }
      assert(evidence.resumed === 1 && kept.includes("EF.SOD"), JSON.stringify({ evidence, kept }));
      return `${kept.join(" ")} kept, ${count} commands to the end`;
    });

    await check("events: cards in and out", async () => {
      const seen = [];
      const stop = watch({}, ({ type, reader }) => seen.push(`${type} ${READERS.indexOf(reader)}`));
      await until("the readers to be seen", 10, async () => seen.filter((one) => one.startsWith("card")).length === 2);
      await remove(chips[1]);
      await until("the removal", 10, async () => seen.at(-1) === "cardRemoved 1");
      chips[1] = await insert(second, 1);
      await until("the insertion", 10, async () => seen.at(-1) === "cardInserted 1");
      await stop();
      const mine = seen.filter((one) => !one.endsWith("-1")); // each reader has a second slot
      assert(mine.slice(-2).join() === "cardRemoved 1,cardInserted 1", seen.join());
      return mine.join(", ");
    });

    await check("the service is stopped: the channel ends, readers are gone, the process lives", async () => {
      const seen = [];
      const stop = watch({ intervalMs: 200 }, ({ type }) => seen.push(type));
      const channel = await openPcscChannel(binding, { reader: READERS[1] });
      await run(join(RIG, "rig-down.sh"), [rig], { seconds: 10, mayFail: true });
      const error = await failure(channel.transmit(SELECT));
      assert(error.code === "READER_GONE", String(error));
      await until("the readers to go", 10, async () => seen.filter((type) => type === "readerDetached").length === 4);
      const listing = await failure(Promise.resolve().then(() => listPcscReaders(binding)));
      assert(listing.code === "READER_GONE", String(listing));
      await stop();
      return error.code;
    });

    await check("the service dies in the middle of a command: the reader is gone, no torn card", async () => {
      await run(join(RIG, "rig-up.sh"), [rig, String(port), "2"], { seconds: 30 });
      chips[0].kill("SIGKILL");
      chips[0] = await insert(card, 0);
      const channel = await openPcscChannel(binding, { reader: READERS[0], extended: false });
      await channel.transmit(SELECT);
      chips[0].kill("SIGSTOP"); // it hears the command and does not answer
      const work = failure(channel.transmit(SELECT));
      await new Promise((done) => setTimeout(done, 300));
      process.kill(Number(readFileSync(join(rig, "pid"), "utf8")), "SIGKILL");
      const error = await work;
      assert(error.code === "READER_GONE", String(error));
      chips[0].kill("SIGCONT");
      const again = await failure(Promise.resolve().then(() => listPcscReaders(binding)));
      return `${error.message} ${again.code}`;
    });
  } finally {
    endWatching();
    for (const chip of chips) chip?.kill("SIGKILL");
    await run(join(RIG, "rig-down.sh"), [rig], { seconds: 10, mayFail: true });
  }
}
