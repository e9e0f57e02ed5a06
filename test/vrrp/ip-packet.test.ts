/** The IP header of both families: what is read of it, and what is written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/lib/bytes.ts';
import { vridOf } from '../../src/vrrp/advertisement.ts';
import { decodeIp, familyOfPacket, headerLengthOf, isMulticast } from '../../src/vrrp/ip-packet.ts';
import { encodePacket, IPV6, ip, PEERS_IPV6, parameters, patched, peerPacket } from './support.ts';

test('the IPv6 header: network control, no flow label, next header 112, hop limit 255, to the group', () => {
  const packet = encodePacket(parameters(IPV6), 100);
  assert.equal(
    toHex(packet.subarray(0, 40)),
    '6c000000002870fffe800000000000000000000000000002ff020000000000000000000000000012',
  );
});

test('an IPv6 packet is read field by field', () => {
  const { payload, octets, ...fields } = decodeIp(peerPacket(PEERS_IPV6)) ?? assert.fail('unread');
  assert.deepEqual(fields, {
    family: 6,
    ttl: 255,
    protocol: 112,
    source: 'fe80::1',
    destination: 'ff02::12',
    fragment: false,
  });
  assert.deepEqual([payload.length, octets.length], [40, 80]);
});

test('an IPv6 packet is whole or nothing, and ends where its header says', () => {
  const packet = peerPacket(PEERS_IPV6);
  assert.equal(decodeIp(packet.subarray(0, 39)), undefined, 'shorter than a header');
  assert.equal(decodeIp(packet.subarray(0, 79)), undefined, 'shorter than its payload length');
  assert.equal(decodeIp(patched(packet, { 0: 0x5c })), undefined, 'version 5');
  assert.equal(decodeIp(Uint8Array.from([...packet, 0, 0, 0]))?.payload.length, 40);
});

test('the family and the VRID are found without judging the packet', () => {
  const packet = peerPacket({ ...PEERS_IPV6, vrid: 9 });
  assert.deepEqual([familyOfPacket(packet), vridOf(packet), headerLengthOf(packet)], [6, 9, 40]);
  assert.equal(vridOf(packet.subarray(0, 41)), undefined);
  assert.equal(familyOfPacket(new Uint8Array(0)), undefined);
  assert.equal(familyOfPacket(Uint8Array.of(0x50)), undefined);
});

test('a next header of 51 is no authentication header of ours, so the VRID is not looked for behind it', () => {
  assert.equal(vridOf(patched(peerPacket({ ...PEERS_IPV6, vrid: 9 }), { 6: 51 })), 9);
});

test('a fragment is one that has more, or is not the first; Don’t Fragment is none', () => {
  const isFragment = (octets: Readonly<Record<number, number>>): boolean | undefined =>
    decodeIp(patched(peerPacket(), octets))?.fragment;
  assert.equal(isFragment({ 6: 0x20 }), true);
  assert.equal(isFragment({ 6: 0x1f }), true);
  assert.equal(isFragment({ 7: 1 }), true);
  assert.equal(isFragment({ 6: 0xc0 }), false);
});

test('groups are 224.0.0.0/4 and ff00::/8', () => {
  for (const text of ['224.0.0.18', '239.255.255.255', 'ff02::12', 'ff00::', 'ffff:1::'])
    assert.ok(isMulticast(ip(text)), text);
  for (const text of ['223.255.255.255', '240.0.0.0', 'fe80::1', 'ff::1', 'f::ff00', '::'])
    assert.ok(!isMulticast(ip(text)), text);
});
