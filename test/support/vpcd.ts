import { createServer, type Server, type Socket } from "node:net";

/** A daemon that a card connects to: the other end of `connectVpcd`. */
export interface FakeVpcd {
  readonly port: number;
  /** The card's connection, once it is there. */
  readonly card: Promise<Socket>;
  /** Sends bytes as they are. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends a message with its length. */
  send(message: Uint8Array): Promise<void>;
  /** The next message from the card, without its length. */
  receive(): Promise<Uint8Array>;
  /** Bytes from the card that nobody has taken yet. */
  pending(): number;
  close(): Promise<void>;
}

export function framed(message: Uint8Array): Uint8Array {
  return Uint8Array.from([message.length >> 8, message.length & 0xff, ...message]);
}

/** Starts a daemon on a free port of this machine. */
export async function fakeVpcd(options: { allowHalfOpen?: boolean } = {}): Promise<FakeVpcd> {
  let received: Buffer = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  let arrived: (socket: Socket) => void;
  const card = new Promise<Socket>((resolve) => {
    arrived = resolve;
  });
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: options.allowHalfOpen ?? false }, (socket) => {
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      wake();
    });
    arrived(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const write = async (bytes: Uint8Array) => {
    const socket = await card;
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  };
  return {
    port: address.port,
    card,
    write,
    send: (message) => write(framed(message)),
    async receive() {
      for (;;) {
        const length = received.length >= 2 ? received.readUInt16BE(0) : Number.POSITIVE_INFINITY;
        if (received.length >= 2 + length) {
          const message = Uint8Array.from(received.subarray(2, 2 + length));
          received = received.subarray(2 + length);
          return message;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    pending: () => received.length,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
