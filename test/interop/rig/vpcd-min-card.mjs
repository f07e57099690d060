// vpcd-min-card.mjs PORT [ATR]: the least a card must do behind vpcd; tells a broken rig from a broken chip.
import net from "node:net";

const port = Number(process.argv[2] ?? 35963);
const atr = Buffer.from(process.argv[3] ?? "3B8180018080", "hex");

const socket = net.connect(port, "127.0.0.1", () => console.log("connected"));
socket.setNoDelay(true);
const send = (reply) => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(reply.length);
  socket.write(Buffer.concat([length, reply]));
};

let pending = Buffer.alloc(0);
socket.on("data", (data) => {
  pending = Buffer.concat([pending, data]);
  while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
    const message = pending.subarray(2, 2 + pending.readUInt16BE(0));
    pending = pending.subarray(2 + message.length);
    if (message.length === 1) {
      if (message[0] === 4) send(atr); // off, on and reset have no reply
    } else {
      send(Buffer.from(message[1] === 0xa4 ? "9000" : "6d00", "hex"));
    }
  }
});
socket.on("close", () => process.exit(0));
