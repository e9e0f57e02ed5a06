/**
 * A neighbour who repeats what it is told: sends the Ethernet frames of a file, one a line of hexadecimal digits, in order and at once.
 * Runs inside a test host's namespace.
 *
 *     node frames-main.js INTERFACE-INDEX FILE
 */

import { readFileSync } from 'node:fs';
import { fromHex } from '../../src/lib/bytes.ts';
import { openPacketSocket } from '../../src/native/packet-socket.ts';

const [index = '', file = ''] = process.argv.slice(2);
const socket = openPacketSocket(Number(index));
for (const line of readFileSync(file, 'utf8').split('\n')) {
  const frame = fromHex(line);
  if (frame !== undefined && frame.length > 0) socket.send(frame);
}
socket.close();
