import { constants, createPublicKey, verify } from "node:crypto";
// libeac (OpenPACE) is the other end of terminal authentication: its chip takes our terminal's certificates and signature, our chip
// takes its terminal's; both versions, and version 2 also between PACE with a template and chip authentication.
import { cvChain, day } from "../cv-chain.mjs";
import { assert } from "../lib.mjs";
import { NUMBERS, nationalCard, templateOf } from "../national.mjs";
import { buildPeer, channelTo, fromHex, hex, PEER_NEEDS, startPeer } from "../peers/peer.mjs";
import { TERMINAL_AUTHENTICATION_BY_LIBEAC } from "../protocols-eac.mjs";

export const needs = PEER_NEEDS;

const CA = "0.4.0.127.0.7.2.2.3.2.2";
/** What binds the signature where PACE and chip authentication are left out. */
const ID_IC = { 1: new TextEncoder().encode("T220001293"), 2: new Uint8Array(32).fill(0x5a) };
const COMPRESSED = new Uint8Array(32).fill(0xa5);

export default async function libeacTerminalAuthentication({ check }) {
  const access = await import("cardwright/access");
  const apdu = await import("cardwright/apdu");
  const lds = await import("cardwright/lds");
  const pki = await import("cardwright/pki");
  const { NATIONAL_ID_AID } = await import("cardwright/card");
  const { VirtualChip, virtualChannel } = await import("cardwright/chip");
  const binary = await buildPeer("eac-peer");

  const statements = () => access.encodeAuxiliaryData([access.bornBy(day(-18 * 366)), access.validOn(day(0))]);
  /** Their terminal reads SEC 1 or PKCS#1 inside PKCS#8. */
  const keyOf = ({ keys }) => hex(pki.encodePkcs8(keys[2]));
  const credentials = ({ dv, terminal, signers }) => ({ certificates: [dv, terminal], signer: signers[2] });

  /** Their chip, our terminal: how the terminal ends, and what the chip says in the end. */
  async function theirChip(version, root, who, changes = {}) {
    const compressed = version === 1 ? hex(COMPRESSED) : "-";
    const peer = startPeer(binary, ["ta-chip", String(version), hex(ID_IC[version]), compressed, hex(root.raw)]);
    const binding = {
      ...{ version, idIc: ID_IC[version], compressedKey: COMPRESSED },
      ...(version === 2 && { auxiliaryData: statements() }),
      ...changes,
    };
    try {
      await apdu.run(channelTo(peer), access.authenticateTerminal(who, binding));
      return await peer.next();
    } finally {
      peer.end();
    }
  }

  /** Our chip, their terminal: its outcome. */
  async function ourChip(version, chain, binding = {}) {
    const { cvca, dv, terminal } = chain;
    const auxiliary = version === 2 ? statements() : undefined;
    const peer = startPeer(binary, [
      ...["ta-terminal", String(version), hex(ID_IC[version]), hex(COMPRESSED), auxiliary ? hex(auxiliary) : "-"],
      ...[keyOf(chain), ...[dv, terminal].map(({ raw }) => hex(raw))],
    ]);
    const trust = { types: [{ trustPoints: [cvca] }], currentDate: day(-1) };
    const whole = { version, idIc: ID_IC[version], ...(version === 1 && { compressedKey: COMPRESSED }), ...binding };
    let chip;
    let outcome = {};
    let last;
    let challenge;
    try {
      for (;;) {
        const line = await peer.next();
        if (line.startsWith("#")) return { line, ...outcome, trust, last, challenge };
        const command = apdu.parseCommand(fromHex(line));
        last = command;
        chip ??= access.terminalAuthenticationChip(command, trust, whole);
        const { done, value } = chip.next(command);
        if (done) outcome = value;
        else if (value.data.length === 8) challenge = value.data;
        peer.write(apdu.encodeResponse(done ? value.response : value));
      }
    } finally {
      peer.end();
    }
  }

  /** Whether EXTERNAL AUTHENTICATE was right but for its salt. */
  function onlySaltIsWrong({ signers }, version, { last, challenge }) {
    const key = createPublicKey({ key: Buffer.from(signers[2].publicKey), format: "der", type: "spki" });
    const auxiliary = version === 2 ? statements() : new Uint8Array(0);
    const message = Buffer.concat([ID_IC[version], challenge, COMPRESSED, auxiliary]);
    const hash = signers[2].algorithms[0].replace("RSASSA-PSS-", "");
    const good = (saltLength) =>
      verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, last.data);
    return last.ins === 0x82 && good(constants.RSA_PSS_SALTLEN_AUTO) && !good(constants.RSA_PSS_SALTLEN_DIGEST);
  }

  /**
   * libeac makes r and s as long as the longer of both, where TR-03111 §5.2.1 has them as long as the order. On P-521 that is too short
   * in one run of four.
   */
  async function ourChipSignedBy(name, version, chain) {
    for (let tries = 0; ; tries++) {
      const outcome = await ourChip(version, chain);
      const short = outcome.last.ins === 0x82 && name.endsWith("P-521") && outcome.last.data.length < 132;
      if (!short || tries === 12) return outcome;
      assert(outcome.rights === undefined, "a signature of r and s without their zeros was accepted");
    }
  }

  for (const { name, algorithm, newKey, longSalt } of TERMINAL_AUTHENTICATION_BY_LIBEAC) {
    const sides = longSalt ? "libeac's chip takes our terminal; its own salt is too long for ours" : "both sides";
    await check(`${name}: ${sides}, versions 1 and 2`, async () => {
      const chain = await cvChain({ newKey: () => newKey(pki), algorithm, rights: ["readDg4", "ageVerification"] });
      for (const version of [1, 2]) {
        const line = await theirChip(version, chain.cvca, credentials(chain));
        assert(line === "# ok", `libeac's chip, version ${version}: ${line}`);
        const outcome = await ourChipSignedBy(name, version, chain);
        if (longSalt) {
          assert(outcome.line === "# status word is not 9000" && outcome.rights === undefined, outcome.line);
          assert(onlySaltIsWrong(chain, version, outcome), "the signature is wrong in another way");
          continue;
        }
        assert(outcome.line === "# ok", `libeac's terminal, version ${version}: ${outcome.line}`);
        const rights = [...(outcome.rights ?? [])].sort().join();
        assert(rights === "authentication.ageVerification,authentication.readDg4", rights);
        assert(outcome.auxiliaryData.length === (version === 2 ? 2 : 0), "auxiliary data");
        assert(version === 1 || hex(outcome.announcedKey) === hex(COMPRESSED), "announced key");
        assert(outcome.trust.currentDate === day(0), `the chip's day is ${outcome.trust.currentDate}`);
      }
    });
  }

  const newChain = (options) =>
    cvChain({ newKey: () => pki.generateEcPrivateKey("P-256"), rights: ["readDg4"], ...options });

  await check("libeac's chip refuses our terminal bound to another key or chip, and chains that are none", async () => {
    const [chain, other] = [await newChain(), await newChain()];
    const refusal = async (step, ...args) => {
      const error = await theirChip(...args).then(
        (line) => ({ message: `accepted: ${line}` }),
        (reason) => reason,
      );
      assert(error.code === "TERMINAL_AUTHENTICATION_REFUSED" && error.step === step, `${step}: ${error.message}`);
    };
    const who = credentials(chain);
    const elsewhere = new Uint8Array(32).fill(1);
    await refusal("EXTERNAL AUTHENTICATE", 1, chain.cvca, who, { compressedKey: elsewhere });
    await refusal("EXTERNAL AUTHENTICATE", 1, chain.cvca, who, { idIc: elsewhere });
    await refusal("EXTERNAL AUTHENTICATE", 2, chain.cvca, who, { idIc: elsewhere });
    await refusal("PSO:Verify Certificate", 1, other.cvca, who);
    await refusal("MSE:Set DST", 1, (await newChain({ names: { cvca: "UTCVCA00077" } })).cvca, who);
    const late = await newChain({ dates: { effectiveDate: day(-20), expirationDate: day(-2) } });
    await refusal("PSO:Verify Certificate", 1, late.cvca, credentials(late));
  });

  await check("our chip refuses libeac's terminal bound to another key or chip", async () => {
    const chain = await newChain();
    const elsewhere = new Uint8Array(32).fill(1);
    for (const [version, binding] of [
      [1, { compressedKey: elsewhere }],
      [1, { idIc: elsewhere }],
      [2, { idIc: elsewhere }],
    ]) {
      const { line, rights } = await ourChip(version, chain, binding);
      assert(line === "# status word is not 9000" && rights === undefined, `version ${version}: ${line}`);
    }
  });

  // ---- PACE with a template, terminal authentication 2, chip authentication 2

  const template = ({ terminal }) => templateOf(terminal);
  const cardAccess = lds.encodeSecurityInfos([
    { kind: "paceInfo", protocol: "0.4.0.127.0.7.2.2.4.2.2", version: 2, parameterId: 13 },
  ]);
  const offer = access.paceOffers(lds.parseSecurityInfos(cardAccess).infos)[0];
  const brainpool = () => newChain({ newKey: () => pki.generateEcPrivateKey("brainpoolP256r1"), rights: ["readDg17"] });

  await check("the whole of version 2: our terminal, libeac's chip", async () => {
    const chain = await brainpool();
    const group = access.paceGroupById(13);
    const privateKey = group.randomScalar((length) => globalThis.crypto.getRandomValues(new Uint8Array(length)));
    const publicKey = group.power(group.generator, privateKey);
    const args = [hex(cardAccess), "2", NUMBERS.can, CA, "13", hex(privateKey), hex(publicKey), hex(chain.cvca.raw)];
    const peer = startPeer(binary, ["chip", ...args]);
    const channel = channelTo(peer);
    try {
      const opened = await apdu.run(
        channel,
        access.openPace(offer, { kind: "can", secret: NUMBERS.can }, { chat: template(chain) }),
      );
      assert(opened.certificationAuthorityReferences.join() === "UTCVCA00001", "reference of the trust point");
      const protocol = access.CHIP_AUTHENTICATION_PROTOCOLS.find(({ oid }) => oid === CA);
      const chip = { protocol, version: 2, ambiguous: false, group, publicKey, inferred: false };
      const ephemeral = new access.EphemeralKey(access.ecAgreementGroup("brainpoolP256r1"));
      const binding = {
        version: 2,
        idIc: opened.idIc,
        compressedKey: ephemeral.compressed,
        auxiliaryData: statements(),
      };
      await apdu.run(channel, apdu.secured(opened.session, access.authenticateTerminal(credentials(chain), binding)));
      const { session } = await apdu.run(
        channel,
        apdu.secured(opened.session, access.openChipAuthentication(chip, { ephemeral })),
      );
      const { data } = await apdu.run(channel, apdu.secured(session, readFour()));
      assert(hex(data) === "01020304", hex(data));
      const line = await peer.next();
      assert(line === "# ok", line);
    } finally {
      peer.end();
    }
    function* readFour() {
      return yield apdu.parseCommand(fromHex("00b0000004"));
    }
  });

  /** The national card, opened by libeac's terminal: its last line, what it sent, and what came back of `inside`. */
  async function nationalChipAnd(chain, { trusted = chain.cvca, password = NUMBERS.can, inside = [] } = {}) {
    const { image, secrets, chipKey } = await nationalCard([trusted]);
    const channel = virtualChannel(VirtualChip.fromImage(image, secrets));
    const { content } = image.masterFile.find(({ name }) => name === "EF.CardAccess");
    const { dv, terminal } = chain;
    const peer = startPeer(binary, [
      ...["terminal", hex(content), "2", password, CA, "13", hex(chipKey), hex(template(chain)), hex(statements())],
      ...[keyOf(chain), hex(dv.raw), hex(terminal.raw)],
    ]);
    const commands = [];
    const results = [];
    const waiting = [...inside];
    try {
      for (;;) {
        const line = await peer.next();
        if (/^# (open$|[0-9a-f]{4} )/.test(line)) {
          if (line !== "# open") results.push(line.slice(2));
          peer.write(waiting.length > 0 ? fromHex(waiting.shift()) : new Uint8Array(0));
        } else if (line.startsWith("#")) return { line, commands, results, image };
        else {
          commands.push(line);
          peer.write(await channel.transmit(fromHex(line)));
        }
      }
    } finally {
      peer.end();
    }
  }

  await check(
    "the whole of version 2: libeac's terminal, our national card, and what its rights let it read",
    async () => {
      const aid = `00a4040c07${hex(NATIONAL_ID_AID)}`;
      const read = (fid) => [`00a4020c02${fid}`, "00b0000008"];
      const age = "802080000b060904007f000703010401";
      const validity = "802080000b060904007f000703010402";
      const inside = [aid, ...read("0202"), ...read("0201"), ...read("0302"), age, validity];
      const { line, results, image } = await nationalChipAnd(await brainpool(), { inside });
      assert(line === "# ok", line);
      const info2 = image.applications
        .flatMap(({ files }) => files)
        .find(({ name }) => name === "EF.PersonalInfo2").content;
      const expected = [
        "9000 ",
        "9000 ",
        `9000 ${hex(info2.slice(0, 8))}`,
        "9000 ",
        "6982 ",
        "9000 ",
        "6982 ",
        "6982 ",
        "9000 ",
      ];
      assert(results.join() === expected.join(), results.join());
    },
  );

  await check("our national card lets nobody in by another CVCA or password", async () => {
    const chain = await brainpool();
    const other = await brainpool();
    const foreign = await nationalChipAnd(chain, { trusted: other.cvca });
    assert(foreign.commands.at(-1).startsWith("0c2a00be"), `stopped at ${foreign.commands.at(-1).slice(0, 8)}`);
    const wrong = await nationalChipAnd(chain, { password: "000000" });
    assert(wrong.commands.at(-1).startsWith("00860000"), `stopped at ${wrong.commands.at(-1).slice(0, 8)}`);
  });
}
