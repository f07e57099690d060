import fc from "fast-check";
import { type CommandApdu, commandApdu, encodeCommand } from "../../src/apdu/apdu.js";
import { concatBytes, fromHex } from "../../src/bytes/bytes.js";

const byte = fc.integer({ min: 0, max: 255 });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const ne = fc.oneof(fc.constantFrom(0, 1, 8, 223, 231, 255, 256, 65_536), fc.integer({ min: 0, max: 65_536 }));

const names = ["a0000002471001", "a00000024710", "a000000151000000", "a0000002472001", "", "d27600012401"].map(fromHex);
const fids = fc.constantFrom(0x011e, 0x0101, 0x0102, 0x010b, 0x010c, 0x011d, 0x0103, 0x3f00, 0x011c);
const fid = fids.map((id) => Uint8Array.of(id >> 8, id & 0xff));

const select = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x00, 0x04, 0x0c, 0x02), fc.constantFrom(...names), ne)
    .map(([p2, name, n]) => commandApdu(0, 0xa4, 4, p2, name, n)),
  fc
    .tuple(fc.constantFrom(0, 2), fc.constantFrom(0x04, 0x0c), fid, ne)
    .map(([p1, p2, id, n]) => commandApdu(0, 0xa4, p1, p2, id, n)),
  fc.tuple(byte, byte, bytes(20), ne).map(([p1, p2, data, n]) => commandApdu(0, 0xa4, p1, p2, data, n)),
);

const offsetObject = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((at) => Uint8Array.of(0x54, 2, at >> 8, at & 0xff)),
  bytes(8),
);

const read = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 0x200 }), ne)
    .map(([at, n]) => commandApdu(0, 0xb0, at >> 8, at & 0xff, undefined, n)),
  fc
    .tuple(fc.integer({ min: 0, max: 31 }), byte, ne)
    .map(([sfi, at, n]) => commandApdu(0, 0xb0, 0x80 | sfi, at, undefined, n)),
  fc
    .tuple(fc.constantFrom(0, 0x1e, 1, 2, 0x011e, 0x0101), offsetObject, ne)
    .map(([p, at, n]) => commandApdu(0, 0xb1, p >> 8, p & 0xff, at, n)),
  fc.tuple(byte, byte, bytes(10), ne).map(([p1, p2, data, n]) => commandApdu(0, 0xb0, p1, p2, data, n)),
);

const challenge = fc.oneof(
  fc.constant(commandApdu(0, 0x84, 0, 0, undefined, 8)),
  ne.map((n) => commandApdu(0, 0x84, 0, 0, undefined, n)),
);
const authenticate = fc.tuple(bytes(48), ne).map(([data, n]) => commandApdu(0, 0x82, 0, 0, data, n));

const manager = fc.oneof(
  bytes(10).map((data) => commandApdu(0x80, 0x50, 0, 0, data, 256)),
  fc.constant(commandApdu(0x80, 0x50, 0, 0, new Uint8Array(8), 256)),
  fc.tuple(byte, bytes(24)).map(([p1, data]) => commandApdu(0x84, 0x82, p1, 0, data)),
  fc
    .tuple(
      fc.constantFrom(0x80, 0x84),
      fc.constantFrom(0xe6, 0xe2, 0xf0, 0xf2, 0xd8, 0xca, 0xe4),
      byte,
      byte,
      bytes(40),
      ne,
    )
    .map(([cla, ins, p1, p2, data, n]) => commandApdu(cla, ins, p1, p2, data, n)),
);

const any = fc
  .tuple(byte, byte, byte, byte, bytes(60), ne)
  .map(([cla, ins, p1, p2, data, n]) => commandApdu(cla, ins, p1, p2, data, n));

/** Looks like secure messaging: data objects with random bytes in them. */
const pretended = fc
  .tuple(
    fc.constantFrom(0x0c, 0x1c, 0x0d, 0x08, 0x04),
    fc.constantFrom(0xa4, 0xb0, 0xb1, 0x84, 0x82),
    byte,
    byte,
    bytes(16),
    bytes(8),
  )
  .map(([cla, ins, p1, p2, inner, mac]) =>
    commandApdu(
      cla,
      ins,
      p1,
      p2,
      concatBytes(
        Uint8Array.of(0x87, inner.length + 1, 1),
        inner,
        fromHex("970100"),
        Uint8Array.of(0x8e, mac.length),
        mac,
      ),
      256,
    ),
  );

/** A plain command out of the grammar of what this chip knows, near misses of it, and noise. */
export const plainCommand: fc.Arbitrary<CommandApdu> = fc.oneof(
  { arbitrary: select, weight: 3 },
  { arbitrary: read, weight: 4 },
  { arbitrary: challenge, weight: 1 },
  { arbitrary: authenticate, weight: 1 },
  { arbitrary: manager, weight: 2 },
  { arbitrary: pretended, weight: 2 },
  { arbitrary: any, weight: 1 },
);

/** Bytes of a plain command, or bytes that are no command at all. */
export const wireCommand: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: plainCommand.map((command) => encodeCommand(command)), weight: 6 },
  { arbitrary: bytes(12), weight: 1 },
  { arbitrary: fc.tuple(plainCommand, fc.nat(20)).map(([c, cut]) => encodeCommand(c).subarray(0, cut)), weight: 1 },
);

/** SELECT and READ BINARY as a terminal sends them inside a session. */
export const sessionCommand: fc.Arbitrary<CommandApdu> = fc.oneof(select, read, challenge, authenticate);
