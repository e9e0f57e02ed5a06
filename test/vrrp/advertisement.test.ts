/** The octets of advertisements and of the IPv4 packets around them, against vectors computed elsewhere. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '../../src/lib/assert.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { centiseconds, seconds } from '../../src/lib/time.ts';
import { decodeAdvertisement, messageLength, vridOf } from '../../src/vrrp/advertisement.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import { decodeIp } from '../../src/vrrp/ip-packet.ts';
import { encodePacket, ip, parameters, patched, peerPacket } from './support.ts';

const COMPUTED = { addresses: [ip('192.0.2.100')], primaryAddress: ip('192.0.2.1') };

test('version 2 without authentication, to the octet', () => {
  const packet = encodePacket(parameters({ ...COMPUTED, version: 2 }), 100);
  assert.equal(toHex(packet.subarray(20)), '213364010001b865c00002640000000000000000');
});

test('version 2 with a password, to the octet', () => {
  const authentication = passAuthentication(new TextEncoder().encode('1111'));
  const packet = encodePacket(parameters({ ...COMPUTED, version: 2, authentication }), 100);
  assert.equal(toHex(packet.subarray(20)), '2133640101015503c00002643131313100000000');
});

test('version 3 in both checksum forms, to the octet', () => {
  const from = { ...COMPUTED, primaryAddress: ip('192.0.2.10') };
  const pseudo = encodePacket(parameters(from), 100);
  assert.equal(toHex(pseudo.subarray(20)), '3133640100640569c0000264');
  const alone = encodePacket(parameters({ ...from, checksum: 'message-only' }), 100);
  assert.equal(toHex(alone.subarray(20)), '313364010064a802c0000264');
});

test('the IPv4 header: no options, network control, TTL 255, protocol 112, to the group', () => {
  const packet = encodePacket(parameters(), 100);
  assert.equal(toHex(packet.subarray(0, 20)), '45c0002000000000ff700000c6120002e0000012');
});

test('the priority is that of the call, not of the parameters', () => {
  assert.equal(encodePacket(parameters({ priority: 100 }), 0)[22], 0);
});

test('addresses keep their order, up to 255 of them', () => {
  const addresses = Array.from({ length: 255 }, (_, i) => ip(`198.18.51.${255 - i}`));
  for (const version of [2, 3] as const) {
    const packet = encodePacket(parameters({ version, addresses }), 100);
    const ipv4 = decodeIp(packet);
    assert.ok(ipv4);
    assert.equal(ipv4.payload.length, messageLength(version, 255, 4));
    assert.deepEqual(decodeAdvertisement(ipv4.payload, 4)?.addresses, addresses);
  }
});

test('no address, or more than the count can say, is a programmer error', () => {
  assert.throws(() => encodePacket(parameters({ addresses: [] }), 100), AssertionError);
  const addresses = Array.from({ length: 256 }, (_, i) => ip(`198.18.51.${i}`));
  assert.throws(() => encodePacket(parameters({ addresses }), 100), AssertionError);
});

test('the interval is seconds in version 2, centiseconds in 12 bits in version 3', () => {
  const two = decodeAdvertisement(
    peerPacket({ version: 2, advertisementInterval: seconds(255) }).subarray(20),
    4,
  );
  assert.equal(two?.interval, seconds(255));
  const three = peerPacket({ advertisementInterval: centiseconds(4095) }).subarray(20);
  assert.equal(decodeAdvertisement(three, 4)?.interval, centiseconds(4095));
  assert.equal(decodeAdvertisement(patched(three, { 4: 0xff }), 4)?.interval, centiseconds(4095));
});

test('a message shorter than its fixed part cannot be read', () => {
  assert.equal(decodeAdvertisement(new Uint8Array(7), 4), undefined);
  assert.equal(decodeAdvertisement(new Uint8Array(8), 4)?.count, 0);
});

test('a count that promises too much gives the addresses that are there', () => {
  const message = patched(peerPacket().subarray(20), { 3: 9 });
  assert.deepEqual(decodeAdvertisement(message, 4)?.addresses, ['198.18.51.100']);
  const two = patched(peerPacket({ version: 2 }).subarray(20), { 3: 9 });
  assert.deepEqual(decodeAdvertisement(two, 4)?.addresses, ['198.18.51.100']);
});

test('an IPv4 packet is whole or nothing', () => {
  const packet = peerPacket();
  assert.ok(decodeIp(packet));
  assert.equal(decodeIp(packet.subarray(0, 19)), undefined, 'shorter than a header');
  assert.equal(decodeIp(packet.subarray(0, 31)), undefined, 'shorter than its total length');
  assert.equal(decodeIp(patched(packet, { 0: 0x65 })), undefined, 'version 6');
  assert.equal(decodeIp(patched(packet, { 0: 0x44 })), undefined, 'a header of 16 octets');
  assert.equal(decodeIp(patched(packet, { 3: 19 })), undefined, 'a total length below the header');
});

test('padding of the link is no part of the payload, options are no part of the message', () => {
  const packet = peerPacket();
  const padded = Uint8Array.from([...packet, 0, 0, 0, 0, 0, 0]);
  assert.equal(decodeIp(padded)?.payload.length, 12);
  const options = [0x94, 0x04, 0, 0];
  const withOptions = [...packet.subarray(0, 20), ...options, ...packet.subarray(20)];
  const optioned = patched(Uint8Array.from(withOptions), { 0: 0x46, 3: 36 });
  assert.deepEqual(decodeIp(optioned)?.payload, packet.subarray(20));
  assert.equal(vridOf(optioned), 51);
});

test('the VRID is found without judging the packet', () => {
  assert.equal(vridOf(peerPacket({ vrid: 255 })), 255);
  assert.equal(vridOf(new Uint8Array(0)), undefined);
  assert.equal(vridOf(peerPacket().subarray(0, 21)), undefined);
});
