// A private PC/SC daemon with a virtual reader (pcscd with vpcd), and virtual chips, each in a process of its own, that are put into it.
import { createServer } from "node:net";
import { join } from "node:path";
import { assert, file, HERE, program, ROOT, run, start, tail, until } from "./lib.mjs";

const RIG = join(HERE, "rig");
export const READER = "Virtual PCD 00 00";

export const READER_NEEDS = [
  program("/usr/sbin/pcscd", "pcscd"),
  file("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"),
  program("opensc-tool", "opensc"),
  program("cc", "gcc libc6-dev"),
];

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

/** The reader, not yet up; what it needs is kept in `folder`. */
export async function readerIn(folder) {
  const rig = join(folder, "rig");
  const port = await freePorts();
  const env = { ...process.env, PCSCLITE_CSOCK_NAME: join(rig, "run/pcscd.comm") };
  const list = () => run("opensc-tool", ["-l"], { env, seconds: 30, mayFail: true });
  const cardPresent = async () => /^0\s+Yes\s/m.test((await list()).text);

  async function remove(chip) {
    chip.kill("SIGTERM");
    const timer = setTimeout(() => chip.kill("SIGKILL"), 3000);
    await chip.ended;
    clearTimeout(timer);
    await until("the reader to be empty", 10, async () => !(await cardPresent()));
  }

  return {
    env,
    up: () => run(join(RIG, "rig-up.sh"), [rig, String(port)], { seconds: 30 }),
    down: () => run(join(RIG, "rig-down.sh"), [rig], { seconds: 10, mayFail: true }),
    /** A chip process for an image, ready in the reader. */
    async insert(image, secrets) {
      const chip = start(process.execPath, [
        ...[join(ROOT, "dist/cli.js"), "chip", "--image", image, ...(secrets ? ["--secrets", secrets] : [])],
        ...["--vpcd", `127.0.0.1:${port}`],
      ]);
      try {
        await until("the card in the reader", 20, async () => {
          assert(chip.exitCode === null, `the chip process ended: ${tail(chip.text)}`);
          return cardPresent();
        });
      } catch (error) {
        await remove(chip);
        throw error;
      }
      return chip;
    },
    remove,
  };
}
