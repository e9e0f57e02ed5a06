/** Whole frames from a packet socket, as a neighbour sees them. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openPacketSocket, type PacketSocket } from '../../src/native/packet-socket.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from '../net/namespace.ts';
import { openWire, type Wire } from '../net/wire.ts';
import { waitFor } from '../support/wait.ts';

const ETHERTYPE_ARP = 0x0806;
const GRATUITOUS_ARP = Buffer.from(
  'ffffffffffff 020000000001 0806 0001080006040001 020000000001 c6123364 000000000000 c6123364'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);
const skip = enterNewNetwork();

describe('the packet socket', { skip }, () => {
  let wire: Wire;
  let socket: PacketSocket;

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    wire = openWire(indexOf('far'));
    socket = openPacketSocket(indexOf('near'));
  });

  afterEach(() => {
    socket.close();
    wire.close();
    ip('link delete near');
  });

  test('puts a frame on the wire byte for byte, and opening put none', async () => {
    socket.send(GRATUITOUS_ARP);
    const frames = await waitFor(
      () => {
        const arrived = wire.frames(ETHERTYPE_ARP);
        return arrived.length > 0 && arrived;
      },
      { what: 'the frame', deadlineMs: 5_000, everyMs: 1 },
    );
    assert.deepEqual(frames, [GRATUITOUS_ARP]);
  });

  test("throws the errno's name: link down, frame too short, closed", () => {
    assert.throws(() => socket.send(new Uint8Array(3)), { name: 'OperatingError', code: 'EINVAL' });
    ip('link set near down');
    assert.throws(() => socket.send(GRATUITOUS_ARP), { name: 'OperatingError', code: 'ENETDOWN' });
    socket.close();
    assert.throws(() => socket.send(GRATUITOUS_ARP), { name: 'OperatingError', code: 'EBADF' });
  });

  test('refuses an interface that does not exist', () => {
    assert.throws(() => openPacketSocket(9_999), { name: 'OperatingError', code: 'ENODEV' });
  });
});
