/** The octets of ARP and neighbour discovery frames: what announces an address, what asks for it, and who a frame is from. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, uint16At } from '../../src/lib/bytes.ts';
import { parseMacAddress } from '../../src/lib/mac-address.ts';
import {
  announcement,
  arpProbe,
  arpSender,
  gratuitousArp,
  unsolicitedNeighbourAdvertisement,
} from '../../src/vrrp/announce.ts';
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

/** RFC 4443 §2.3: over the pseudo-header of RFC 8200 §8.1 and the message, all in one, the sum is all ones. */
function sumWithPseudoHeader(packet: Uint8Array): number {
  const message = packet.subarray(40);
  const covered = Uint8Array.from([
    ...packet.subarray(8, 40),
    0,
    0,
    0,
    message.length,
    0,
    0,
    0,
    58,
    ...message,
  ]);
  let sum = 0;
  for (let at = 0; at < covered.length; at += 2) sum += uint16At(covered, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

test('an unsolicited neighbour advertisement, field by field (RFC 4861 §4.4, §7.2.6)', () => {
  const address = ip('fd00:198:18::100');
  const frame = unsolicitedNeighbourAdvertisement(address, mac, false);
  const at = (start: number, end: number): string => toHex(frame.subarray(start, end));
  assert.equal(frame.length, 86);
  assert.equal(at(0, 14), '3333000000010242c000020a86dd', 'to all nodes, from the sender');
  assert.equal(at(14, 22), '6000000000203aff', 'ICMPv6 of 32 octets, hop limit 255');
  assert.equal(at(22, 38), 'fd000198001800000000000000000100', 'from the address itself');
  assert.equal(at(38, 54), 'ff020000000000000000000000000001', 'to all nodes');
  assert.equal(at(54, 56), '8800', 'a neighbour advertisement');
  assert.equal(at(58, 62), '20000000', 'Override alone');
  assert.equal(at(62, 78), at(22, 38), 'about the address');
  assert.equal(at(78, 86), '02010242c000020a', 'with its link-layer address');
  assert.equal(sumWithPseudoHeader(frame.subarray(14)), 0xffff);
});

test('a router says that it is one', () => {
  const frame = unsolicitedNeighbourAdvertisement(ip('fe80::100'), mac, true);
  assert.equal(frame[58], 0xa0);
  assert.equal(sumWithPseudoHeader(frame.subarray(14)), 0xffff);
});

test('each family has its own announcement', () => {
  assert.deepEqual(announcement(ip('192.0.2.100'), mac, true), frame);
  const v6 = ip('fe80::100');
  assert.deepEqual(announcement(v6, mac, true), unsolicitedNeighbourAdvertisement(v6, mac, true));
});
