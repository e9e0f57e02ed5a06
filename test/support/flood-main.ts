/**
 * An ill-meaning neighbour: floods the LAN with VRRP packets that are wrong, at a steady rate and for a bounded time; many frames go out
 * with one sendmmsg(2). Prints, as JSON, how many it sent and in how many seconds. Runs inside a test host's namespace.
 *
 *     node flood-main.js INTERFACE-INDEX ETHERNET-ADDRESS KIND PACKETS-A-SECOND SECONDS MASTER-ADDRESS
 */

import koffi from 'koffi';
import { macAddressBytes, parseMacAddress } from '../../src/lib/mac-address.ts';
import { bindSocket, openSocket } from '../../src/native/libc.ts';
import { FLOOD_KINDS, type FloodKind, floodFrames } from './flood-frames.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const MSG_DONTWAIT = 0x40;
const IOVEC_BYTES = 16;
const MMSGHDR_BYTES = 64;
const FRAMES = 1_024;
const MOST_A_SECOND = 200_000;
const MOST_SECONDS = 120;
/** After a pause of this process, so many milliseconds are made up for. */
const MADE_UP_MS = 20;

const sendmmsg = koffi.load(null).func('int sendmmsg(int, void *, uint, int)');

const [index = '0', mac = '', kindName = '', rate = '0', duration = '0', master = ''] = process.argv.slice(2);
const sender = parseMacAddress(mac);
if (sender === undefined || !(kindName in FLOOD_KINDS))
  throw new Error(`${mac} ${kindName}: no such address or kind`);
const perMs = Math.min(Number(rate), MOST_A_SECOND) / 1_000;
const lastMs = Math.min(Number(duration), MOST_SECONDS) * 1_000;

const source = { mac: macAddressBytes(sender), master, nowMs: Date.now() };
const frames = floodFrames(kindName as FloodKind, source, FRAMES);
// In one piece, of which `headers` is a part: it stays where it is, which the octets of a small array in V8's heap do not, and as long as that.
const sizes = [
  FRAMES * MMSGHDR_BYTES,
  FRAMES * IOVEC_BYTES,
  frames.reduce((sum, { length }) => sum + length, 0),
] as const;
const memory = Buffer.allocUnsafeSlow(sizes[0] + sizes[1] + sizes[2]).fill(0);
const headers = memory.subarray(0, sizes[0]);
const vectors = memory.subarray(sizes[0], sizes[0] + sizes[1]);
const octets = memory.subarray(sizes[0] + sizes[1]);
let offset = 0;
for (const [at, bytes] of frames.entries()) {
  octets.set(bytes, offset);
  vectors.writeBigUInt64LE(koffi.address(octets) + BigInt(offset), at * IOVEC_BYTES);
  vectors.writeBigUInt64LE(BigInt(bytes.length), at * IOVEC_BYTES + 8);
  offset += bytes.length;
  headers.writeBigUInt64LE(koffi.address(vectors) + BigInt(at * IOVEC_BYTES), at * MMSGHDR_BYTES + 16);
  headers.writeBigUInt64LE(1n, at * MMSGHDR_BYTES + 24);
}

const fd = openSocket(AF_PACKET, SOCK_RAW, 0, 'open the flood');
bindSocket(fd, linkLayerAddress(Number(index)), 'open the flood');

let sent = 0;
let made = 0;
const beganMs = performance.now();
function tick(): void {
  const passedMs = performance.now() - beganMs;
  const due = Math.min(Math.floor(passedMs * perMs) - made, Math.max(1, Math.floor(perMs * MADE_UP_MS)));
  for (let left = due; left > 0; ) {
    const from = sent % FRAMES;
    const count = sendmmsg(
      fd,
      headers.subarray(from * MMSGHDR_BYTES),
      Math.min(left, FRAMES - from),
      MSG_DONTWAIT,
    );
    if (count <= 0) break;
    sent += count;
    left -= count;
  }
  // What could not be sent in time is left out: bursts would measure the sender.
  made = Math.floor(passedMs * perMs);
  if (passedMs < lastMs) setTimeout(tick, 1);
  else end();
}
tick();

function end(): void {
  process.stdout.write(`${JSON.stringify({ sent, seconds: (performance.now() - beganMs) / 1_000 })}\n`, () =>
    process.exit(0),
  );
}

process.on('SIGTERM', end);

/** struct sockaddr_ll, to send only: family, no protocol, interface index. */
function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const bytes = new ArrayBuffer(20);
  new Uint16Array(bytes, 0, 2).set([AF_PACKET, 0]);
  new Int32Array(bytes, 4, 1).set([interfaceIndex]);
  return new Uint8Array(bytes);
}
