/**
 * Puts a chip behind a PC/SC daemon: speaks the wire protocol of vpcd, the virtual reader of vsmartcard, over TCP.
 * The card is the client; every message is a two-byte length, most significant first, and that many bytes.
 * Leaves out starting the daemon.
 * @module
 */
import { connect, type Socket } from "node:net";

/** What lies on the virtual reader; `VirtualChip` is one. */
export interface VpcdChip {
  /** Answer to reset, valid after ISO 7816-3. */
  readonly atr: Uint8Array;
  /** One command, one response of 2 to 65,535 bytes. */
  transmit(command: Uint8Array): Uint8Array;
  /** Power off, power on or reset: volatile state is gone. */
  reset(): void;
}

/** A card on a virtual reader. */
export interface VpcdConnection {
  /**
   * Settles when the reader is gone or the card was taken away; rejects when the connection broke or the chip threw, which
   * harms nobody who does not wait for it.
   */
  readonly closed: Promise<void>;
  /** Takes the card away. */
  close(): void;
}

/** Control messages: one byte. */
const POWER_OFF = 0;
const POWER_ON = 1;
const RESET = 2;
const GET_ATR = 4;

/** Longest message: its length is two bytes. */
const MAX_MESSAGE = 0xffff;

/** 6F00 for a response that cannot be sent: the daemon hangs when it gets an empty one. */
const NO_RESPONSE = Uint8Array.of(0x6f, 0x00);

function frame(message: Uint8Array): Uint8Array {
  const sendable = message.length >= 2 && message.length <= MAX_MESSAGE ? message : NO_RESPONSE;
  const framed = new Uint8Array(2 + sendable.length);
  framed[0] = sendable.length >> 8;
  framed[1] = sendable.length & 0xff;
  framed.set(sendable, 2);
  return framed;
}

/** Cuts a stream into messages; `push` gives those that are complete. */
function reassembler(): (chunk: Uint8Array) => Uint8Array[] {
  let pending = new Uint8Array(0);
  return (chunk) => {
    const all = new Uint8Array(pending.length + chunk.length);
    all.set(pending);
    all.set(chunk, pending.length);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= 2) {
      const length = ((all[at] as number) << 8) | (all[at + 1] as number);
      if (all.length - at - 2 < length) break;
      messages.push(all.slice(at + 2, at + 2 + length));
      at += 2 + length;
    }
    pending = all.slice(at);
    return messages;
  };
}

function answer(chip: VpcdChip, message: Uint8Array): Uint8Array | undefined {
  if (message.length !== 1) return chip.transmit(message);
  switch (message[0]) {
    case POWER_OFF:
    case POWER_ON:
    case RESET:
      chip.reset();
      return undefined;
    case GET_ATR:
      return chip.atr;
    default:
      // No control message, so it is a command of one byte and somebody waits for the answer.
      return chip.transmit(message);
  }
}

/**
 * Puts a chip on a virtual reader.
 *
 * @param options.host - Where vpcd listens, e.g. `127.0.0.1`.
 * @param options.port - Its port, 35963 for the first slot by default.
 * @returns When the connection stands; the daemon sees the card within half a second.
 * @throws the socket's error when nobody listens there.
 */
export async function connectVpcd(options: {
  readonly chip: VpcdChip;
  readonly host: string;
  readonly port: number;
}): Promise<VpcdConnection> {
  const { chip, host, port } = options;
  const socket = await open(host, port);
  socket.setNoDelay(true);
  const take = reassembler();
  const closed = new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk) => {
      try {
        for (const message of take(chunk)) {
          const reply = answer(chip, message);
          if (reply !== undefined) socket.write(frame(reply));
        }
      } catch (error) {
        socket.destroy(error as Error); // a chip that throws is taken off the reader, so that nobody waits for it
      }
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  closed.catch(() => undefined); // a reader that breaks must not end a process that does not look at `closed`
  // Not `end()`: that would wait for a daemon that hangs.
  return { closed, close: () => socket.destroySoon() };
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
