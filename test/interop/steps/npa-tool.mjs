// OpenSC's npa-tool, an eID terminal with an APDU stack of its own, at our national card behind a real PC/SC daemon: PACE with every
// password and a template, commands under secure messaging, PIN change, suspension, resumption, blocking and unblocking. Debian builds
// OpenSC without it: rig/build-npa-tool.sh makes one, and NPA_TOOL says where it is.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cvChain } from "../cv-chain.mjs";
import { assert, HERE, run, scratch, tail } from "../lib.mjs";
import { NUMBERS, nationalCard, templateOf } from "../national.mjs";
import { hex } from "../peers/peer.mjs";
import { READER_NEEDS, readerIn } from "../reader.mjs";

export const needs = READER_NEEDS;

const TOOL = process.env.NPA_TOOL ?? "npa-tool";

export default async function npaTool({ check, leftOut }) {
  if (spawnSync(TOOL, ["--version"]).error) {
    leftOut(
      "the national card",
      "there is no npa-tool: test/interop/rig/build-npa-tool.sh builds one of OpenSC's sources",
    );
    return;
  }
  const { cardImageToJson } = await import("cardwright/card");
  const { encodePkcs8, generateEcPrivateKey } = await import("cardwright/pki");
  const folder = scratch("npa-tool");
  const inFolder = (name, content) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const rights = ["ageVerification", "readDg1", "readDg4", "readDg17"];
  const chain = await cvChain({ newKey: () => generateEcPrivateKey("brainpoolP256r1"), rights });
  const { image, secrets } = await nationalCard([chain.cvca]);
  const chat = hex(templateOf(chain.terminal));
  const inHex = Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, hex(value)]));
  const files = {
    image: inFolder("image.json", cardImageToJson(image)),
    secrets: inFolder("secrets.json", JSON.stringify(inHex)),
    dv: inFolder("dv.cvcert", chain.dv.raw),
    terminal: inFolder("terminal.cvcert", chain.terminal.raw),
    key: inFolder("terminal.pkcs8", encodePkcs8(chain.keys[2])),
    // EF.CardAccess by its short identifier, and EF.Holder, which is for those who come by PACE
    commands: inFolder("commands", "00B09C0004\n00A4040C07F043574E494401\n00B0840002\n"),
  };
  const reader = await readerIn(folder);
  // Its generic driver is for cards that it does not know; the others would probe first.
  const env = { ...reader.env, OPENSC_CONF: join(HERE, "rig/opensc-generic.conf") };
  const npa = async (...args) => (await run(TOOL, args, { env, seconds: 30, mayFail: true })).text;
  const says = async (words, ...args) => {
    const text = await npa(...args, `--chat=${chat}`);
    assert(text.includes(words), `"${words}" expected of ${args.join(" ")}\n${tail(text)}`);
  };
  const { can, pin, puk } = NUMBERS;
  const mrz = () => {
    const { content } = image.applications.flatMap((one) => one.files).find(({ name }) => name === "EF.DG1");
    return Buffer.from(content).subarray(-90).toString("latin1");
  };

  const up = await check("pcscd with vpcd starts", async () => {
    await reader.up();
  });
  if (!up) return;
  let chip;
  try {
    const inserted = await check("the national card goes in", async () => {
      chip = await reader.insert(files.image, files.secrets);
    });
    if (!inserted) return;

    await check("PACE with CAN, PIN, PUK and MRZ, with a template", async () => {
      await says("Established PACE channel with CAN", `--can=${can}`);
      await says("Established PACE channel with eID PIN", `--pin=${pin}`);
      await says("Established PACE channel with PUK", `--puk=${puk}`);
      await says("Established PACE channel with MRZ", `--mrz=${mrz()}`);
    });

    await check("wrong passwords open nothing, and a CAN does so without end", async () => {
      for (let i = 0; i < 4; i++) {
        const text = await npa("--can=000000", `--chat=${chat}`);
        assert(!text.includes("Established"), tail(text));
      }
      await says("Established PACE channel with CAN", `--can=${can}`);
    });

    await check("commands of its own under secure messaging", async () => {
      const text = await npa(`--can=${can}`, `--chat=${chat}`, `--translate=${files.commands}`);
      const statuses = [...text.matchAll(/Decrypted R-APDU sw1=(..) sw2=(..)/g)].map(([, one, two]) => one + two);
      assert(statuses.join() === "9000,9000,9000", `${statuses.join()}\n${tail(text)}`);
    });

    await check("PIN change: the new one opens, the old one does not", async () => {
      await says("Changed PIN", `--pin=${pin}`, "--new-pin=654321");
      await says("PIN code or key incorrect", `--pin=${pin}`);
      await says("Changed PIN", "--pin=654321", `--new-pin=${pin}`);
      await says("Established PACE channel with eID PIN", `--pin=${pin}`);
    });

    await check("two wrong PINs suspend it, the CAN resumes it; a third blocks it, the PUK unblocks it", async () => {
      const wrong = "--pin=111111";
      await says("PIN code or key incorrect", wrong);
      await says("PIN code or key incorrect", wrong);
      const suspended = await npa(`--pin=${pin}`, `--chat=${chat}`);
      assert(!suspended.includes("Established"), `suspended, and opened\n${tail(suspended)}`);
      await says("PIN resumed", `--can=${can}`, "--resume", `--pin=${pin}`);
      await says("Established PACE channel with eID PIN", `--pin=${pin}`);
      await says("PIN code or key incorrect", wrong);
      await says("PIN code or key incorrect", wrong);
      await says("PIN code or key incorrect", `--can=${can}`, "--resume", wrong);
      await says("blocked", `--pin=${pin}`);
      await says("Unblocked PIN", `--puk=${puk}`, "--unblock");
      await says("Established PACE channel with eID PIN", `--pin=${pin}`);
    });

    await check("terminal and chip authentication of version 2 with a chain of ours", async () => {
      const cvcs = join(folder, "cvc");
      await run("mkdir", [cvcs]);
      writeFileSync(join(cvcs, chain.cvca.chr), chain.cvca.raw);
      const certificates = [`--cv-certificate=${files.dv}`, `--cv-certificate=${files.terminal}`];
      // it forgets --cvc-dir when PACE begins: for this run the default folder is ours
      const bound = ["-m", "sh", "-c", 'mount --bind "$1" /etc/eac/cvc && shift && exec "$@"', "sh", cvcs];
      const options = [
        `--can=${can}`,
        ...certificates,
        `--private-key=${files.key}`,
        "--disable-ca-checks",
        "--read-dg1",
      ];
      const { text } = await run("unshare", [...bound, TOOL, ...options], { env, seconds: 30, mayFail: true });
      for (const words of ["Performed Terminal Authentication", "Performed Chip Authentication"]) {
        assert(text.includes(words), tail(text));
      }
      // it then selects the application of the German card, which ours has not
      assert(text.includes("File not found"), tail(text));
    });
  } finally {
    if (chip) await reader.remove(chip);
    await reader.down();
  }
}
