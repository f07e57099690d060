// libeac (OpenPACE) is the other end of PACE: its terminal opens our chip, our terminal opens its chip, both with a wrong
// password too. It does generic mapping only; the table says so.
import { assert, run } from "../lib.mjs";
import { agree, buildPeer, channelTo, fromHex, hex, PEER_NEEDS, startPeer } from "../peers/peer.mjs";
import { PACE_BY_LIBEAC } from "../protocols.mjs";

export const needs = PEER_NEEDS;

/** Reference, what we take, what libeac takes: the whole MRZ of an identity card. */
const PASSWORDS = {
  mrz: [1, "T22000129364081251010318", `I<UTOT220001293${"<".repeat(15)}6408125F1010318UTO`.padEnd(90, "<")],
  can: [2, "123456", "123456"],
  pin: [3, "4711", "4711"],
  puk: [4, "12345678", "12345678"],
};
const READ = fromHex("00b0000004");

export default async function libeac({ check }) {
  const access = await import("cardwright/access");
  const apdu = await import("cardwright/apdu");
  const lds = await import("cardwright/lds");
  const binary = await buildPeer("pace-peer");

  const cardAccess = (protocol, parameterId) =>
    lds.encodeSecurityInfos([{ kind: "paceInfo", protocol, version: 2, parameterId }]);
  const offerIn = (bytes) => access.paceOffers(lds.parseSecurityInfos(bytes).infos)[0];

  /** Their terminal with our chip: its last line. */
  async function theirTerminal(bytes, kind, secret, theirs) {
    const [reference] = PASSWORDS[kind];
    const chip = { offers: [offerIn(bytes)], passwords: [{ kind, secret: new TextEncoder().encode(secret) }] };
    const peer = startPeer(binary, ["terminal", hex(bytes), String(reference), theirs]);
    let running;
    let session;
    try {
      for (;;) {
        const line = await peer.next();
        if (line.startsWith("#")) return line;
        const command = apdu.parseCommand(fromHex(line));
        let response;
        if (session) {
          const plain = session.unwrap(command);
          assert(plain.ins === 0xb0 && plain.ne === 4, "READ BINARY came out of the session as something else");
          response = session.wrap({ data: Uint8Array.of(1, 2, 3, 4), sw: 0x9000 });
        } else {
          running ??= access.paceChip(command, chip);
          const step = running.next(command);
          response = step.done ? step.value.response : step.value;
          session = step.done ? step.value.session : undefined;
        }
        peer.write(apdu.encodeResponse(response));
      }
    } finally {
      session?.close();
      peer.end();
    }
  }

  /** Our terminal with their chip: what the chip holds under secure messaging. */
  async function ourTerminal(bytes, kind, secret, theirs) {
    const [reference] = PASSWORDS[kind];
    const peer = startPeer(binary, ["chip", hex(bytes), String(reference), theirs]);
    const channel = channelTo(peer);
    try {
      const { session } = await apdu.run(channel, access.openPace(offerIn(bytes), { kind, secret }));
      const exchange = (function* () {
        return yield apdu.parseCommand(READ);
      })();
      const { data } = await apdu.run(channel, apdu.secured(session, exchange));
      session.close();
      return hex(data);
    } finally {
      peer.end();
    }
  }

  for (const { protocol, parameterIds } of PACE_BY_LIBEAC) {
    const { name, keyAgreement } = access.PACE_PROTOCOLS.find(({ oid }) => oid === protocol);
    await check(`${name}: both sides, parameters ${parameterIds.join(", ")}`, async () => {
      for (const id of parameterIds) {
        const bytes = cardAccess(protocol, id);
        for (const kind of id === parameterIds[0] ? Object.keys(PASSWORDS) : ["can"]) {
          const [, secret, theirs] = PASSWORDS[kind];
          await agree(keyAgreement, "# ok", () => theirTerminal(bytes, kind, secret, theirs));
          await agree(keyAgreement, "01020304", () => ourTerminal(bytes, kind, secret, theirs));
        }
      }
    });
  }

  await check("a wrong password opens neither", async () => {
    const bytes = cardAccess("0.4.0.127.0.7.2.2.4.2.2", 13);
    const last = await theirTerminal(bytes, "can", "123456", "123457");
    assert(last === "# status word is not 9000", `libeac's terminal: ${last}`);
    const code = await ourTerminal(bytes, "can", "123456", "123457").catch((error) => error.code);
    assert(code === "PACE_FAILED", `our terminal: ${code}`);
  });

  // chip authentication mapping, which libeac has never heard of, ends it with a segmentation fault
  await check("integrated mapping is refused by libeac, as the table says", async () => {
    for (const arc of [3, 4]) {
      const bytes = cardAccess(`0.4.0.127.0.7.2.2.4.${arc}.2`, arc === 3 ? 1 : 13);
      const { text } = await run(binary, ["terminal", hex(bytes), "2", "123456"]);
      assert(text.includes("# unsupported"), text);
    }
  });
}
