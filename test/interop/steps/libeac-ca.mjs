// libeac (OpenPACE) is the other end of chip authentication of version 2: its token opens our terminal, and ours its terminal; in
// every group, with every cipher. Its chips' names in sectors are those that our formulas give.
import { assert, run } from "../lib.mjs";
import { agree, buildPeer, fromHex, hex, PEER_NEEDS, startPeer } from "../peers/peer.mjs";

export const needs = PEER_NEEDS;

const random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));
const EMPTY = new Uint8Array(0);

/** A data object of less than 64 KiB. */
function tlv(tag, ...parts) {
  const value = Buffer.concat(parts);
  const length =
    value.length > 0xff
      ? [0x82, value.length >> 8, value.length & 0xff]
      : value.length > 0x7f
        ? [0x81, value.length]
        : [value.length];
  return new Uint8Array(Buffer.concat([Buffer.from([tag, ...length]), value]));
}

export default async function libeacChipAuthentication({ check }) {
  const access = await import("cardwright/access");
  const binary = await buildPeer("ca-peer");

  /** Their chip answers our terminal. */
  async function theirChip(protocol, group, privateKey, publicKey) {
    const ephemeral = new access.EphemeralKey(group);
    const keys = [privateKey, publicKey, ephemeral.publicKey].map(hex);
    const { text } = await run(binary, ["chip", protocol.oid, String(group.parameterId), ...keys]);
    const [nonce, token, end] = text.split("\n");
    assert(end === "# ok", `their chip: ${text}`);
    const offer = { protocol, version: 2, ambiguous: false, group, publicKey, inferred: false };
    const exchange = access.openChipAuthentication(offer, { ephemeral });
    exchange.next();
    exchange.next({ data: EMPTY, sw: 0x9000 });
    const data = tlv(0x7c, tlv(0x81, fromHex(nonce)), tlv(0x82, fromHex(token)));
    assert(exchange.next({ data, sw: 0x9000 }).done, "our terminal goes on");
  }

  /** Their terminal asks our chip. */
  async function theirTerminal(protocol, group, privateKey, publicKey) {
    const peer = startPeer(binary, ["terminal", protocol.oid, String(group.parameterId), hex(publicKey)]);
    try {
      const compressed = await peer.next();
      const ephemeral = await peer.next();
      assert(/^[0-9a-f]+$/.test(ephemeral), `their terminal: ${compressed} ${ephemeral}`);
      // The standard wants a fixed length; libeac leaves out zeros in front, which P-521 has half of the time.
      const announcedKey = fromHex(
        compressed.padStart(group.keyAgreement === "DH" ? 40 : 2 * Math.ceil(group.bits / 8), "0"),
      );
      const key = { group, privateKey, protocols: [{ oid: protocol.oid, version: 2 }] };
      const setAt = { cla: 0, ins: 0x22, p1: 0x41, p2: 0xa4, data: tlv(0x80, protocol.reference), ne: 0 };
      const chip = access.chipAuthenticationChip(setAt, [key], { announcedKey });
      chip.next();
      const data = tlv(0x7c, tlv(0x80, fromHex(ephemeral)));
      const { value } = chip.next({ cla: 0, ins: 0x86, p1: 0, p2: 0, data, ne: 256 });
      assert(value.session !== undefined, `our chip: ${value.response?.sw.toString(16)}`);
      const { data: answer } = value.response;
      peer.write(answer.subarray(4, 12));
      peer.write(answer.subarray(14));
      const end = await peer.next();
      assert(end === "# ok", `their terminal: ${end}`);
    } finally {
      peer.end();
    }
  }

  for (const protocol of access.CHIP_AUTHENTICATION_PROTOCOLS) {
    const groups = access.PACE_GROUPS.filter(({ keyAgreement }) => keyAgreement === protocol.keyAgreement);
    await check(`${protocol.name}, both roles`, async () => {
      for (const group of groups) {
        const privateKey = group.randomScalar(random);
        const publicKey = group.power(group.generator, privateKey);
        for (const side of [theirChip, theirTerminal]) {
          await agree(protocol.keyAgreement, "done", async () => {
            await side(protocol, group, privateKey, publicKey);
            return "done";
          });
        }
      }
      return `${groups.length} groups`;
    });
  }

  /** What their chip is called in a sector, by libeac and by our formula: the same secret from the sector's side. */
  async function sameIdentifier(protocol, group) {
    const sectorKey = group.randomScalar(random);
    const sector = group.power(group.generator, sectorKey);
    const { text } = await run(binary, ["sector", protocol.oid, String(group.parameterId), hex(sector)]);
    const [chipKey, identifier, end] = text.split("\n");
    assert(end === "# ok", `their chip: ${text}`);
    const ours = access.sectorIdentifier(protocol.hash, group, sectorKey, fromHex(chipKey));
    return hex(ours) === identifier ? "same" : `${identifier} of libeac, ${hex(ours)} of ours`;
  }

  for (const protocol of access.RESTRICTED_IDENTIFICATION_PROTOCOLS) {
    const groups = access.PACE_GROUPS.filter(({ keyAgreement }) => keyAgreement === protocol.keyAgreement);
    await check(`${protocol.name}, sector identifier`, async () => {
      for (const group of groups) await agree(protocol.keyAgreement, "same", () => sameIdentifier(protocol, group));
      return `${groups.length} groups`;
    });
  }
}
