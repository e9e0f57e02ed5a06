/** The octets of a gratuitous ARP. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/lib/bytes.ts';
import { parseMacAddress } from '../../src/lib/mac-address.ts';
import { gratuitousArp } from '../../src/vrrp/announce.ts';
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
