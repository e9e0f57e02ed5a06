/** The octets of ARP frames: what announces an address, what asks for it, and who a frame is from. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/lib/bytes.ts';
import { parseMacAddress } from '../../src/lib/mac-address.ts';
import { arpProbe, arpSender, gratuitousArp } from '../../src/vrrp/announce.ts';
import { ip } from './support.ts';

const mac = parseMacAddress('02:42:c0:00:02:0a');
assert.ok(mac);
const frame = gratuitousArp(ip('192.0.2.100'), mac);

test('a gratuitous ARP is the request of the derived vector, to the octet', () => {
  assert.equal(
    toHex(frame),
    'ffffffffffff0242c000020a080600010800060400010242c000020ac0000264ffffffffffffc0000264',
  );
});

test('it goes to everyone, from the sender, about one address', () => {
  assert.equal(frame.length, 42);
  assert.equal(toHex(frame.subarray(0, 6)), 'ffffffffffff');
  assert.equal(toHex(frame.subarray(6, 12)), toHex(frame.subarray(22, 28)));
  assert.equal(toHex(frame.subarray(28, 32)), toHex(frame.subarray(38, 42)));
});

test('a probe asks everyone for the address and names no sender (RFC 5227 §2.1.1)', () => {
  const probe = arpProbe(ip('192.0.2.100'), mac);
  assert.equal(
    toHex(probe),
    'ffffffffffff0242c000020a080600010800060400010242c000020a00000000000000000000c0000264',
  );
});

test('the sender of an ARP frame is read from within it, padding and all', () => {
  const padded = new Uint8Array(60);
  padded.set(frame);
  for (const bytes of [frame, padded]) assert.deepEqual(arpSender(bytes), { address: '192.0.2.100', mac });
});

test('what is no ARP of Ethernet and IPv4 has no sender', () => {
  assert.equal(arpSender(frame.subarray(0, 41)), undefined);
  for (const at of [12, 15, 16]) {
    const other = Uint8Array.from(frame);
    other[at] = 0x86;
    assert.equal(arpSender(other), undefined, `octet ${at}`);
  }
});
