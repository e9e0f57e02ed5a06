/** What the requirements ask for over IPv6, and what the two families ask of each other. */

import assert from 'node:assert/strict';
import { AssertionError } from '../../../src/lib/assert.ts';
import { toHex, uint8At } from '../../../src/lib/bytes.ts';
import { parseMacAddress } from '../../../src/lib/mac-address.ts';
import { vridOf } from '../../../src/vrrp/advertisement.ts';
import { unsolicitedNeighbourAdvertisement } from '../../../src/vrrp/announce.ts';
import { isChecksumRight } from '../../../src/vrrp/checksum.ts';
import { decodeIp, familyOfPacket } from '../../../src/vrrp/ip-packet.ts';
import type { Parameters } from '../../../src/vrrp/parameters.ts';
import { receive } from '../../../src/vrrp/receive.ts';
import {
  encodePacket,
  IPV6,
  ip,
  masterOf,
  PEER,
  PEERS_IPV6,
  parameters,
  patched,
  peerPacket,
  US_6,
  VIPS_6,
} from '../support.ts';
import { holds, refuses } from './prove.ts';

const GROUP = ip('ff02::12');

function sent(changes: Partial<Parameters> = {}, priority = 100): Uint8Array {
  return encodePacket(parameters({ ...IPV6, ...changes }), priority);
}

/** What a peer over IPv6 sends, with some octets changed, as we judge it. */
function outcome(octets: Readonly<Record<number, number>> = {}, changes: Partial<Parameters> = {}): string {
  const packet = patched(peerPacket({ ...PEERS_IPV6, ...changes }), octets);
  const received = receive(packet, parameters(IPV6));
  return received.kind === 'discard' ? received.reason : ['accepted', ...received.oddities].join(' ');
}

holds(2, 'the hop limit of every packet is 255', () => {
  for (const priority of [0, 1, 255]) assert.equal(uint8At(sent({}, priority), 7), 255);
});
refuses(2, 'a hop limit that anything lowered would not be accepted by ourselves', () => {
  assert.equal(outcome({ 7: 254 }), 'ttl');
});

holds(3, 'every packet over IPv6 goes to ff02::12', () => {
  assert.equal(decodeIp(sent())?.destination, GROUP);
});
refuses(3, 'what was sent to another group, or to us alone, is not taken for an advertisement', () => {
  assert.equal(outcome({ 39: 1 }), 'destination');
  const toUs = patched(
    peerPacket(PEERS_IPV6),
    Object.fromEntries([...ourOctets()].map((octet, i) => [24 + i, octet])),
  );
  const received = receive(toUs, parameters(IPV6));
  assert.equal(received.kind === 'discard' && received.reason, 'destination');
});

function ourOctets(): Uint8Array {
  return sent().subarray(8, 24);
}

holds(4, 'the next header is 112', () => assert.equal(uint8At(sent(), 6), 112));
refuses(4, 'another next header is not taken for VRRP, nor an extension header before it', () => {
  for (const next of [0, 17, 43, 44, 50, 51, 58, 60, 111, 113])
    assert.equal(outcome({ 6: next }), 'not-vrrp');
});

holds(5, 'the source over IPv6 is the primary address', () => {
  assert.equal(decodeIp(sent())?.source, US_6);
});

holds(12, 'over IPv6 the count is that of the addresses of 16 octets', () => {
  const message = sent().subarray(40);
  assert.equal(uint8At(message, 3), 2);
  assert.equal(message.length, 8 + 2 * 16);
});
refuses(12, 'addresses of two families cannot be advertised together, nor IPv6 with version 2', () => {
  assert.throws(() => sent({ addresses: [...VIPS_6, ip('198.18.51.100')] }), AssertionError);
  assert.throws(() => sent({ version: 2 }), AssertionError);
});

holds(13, 'a link-local address that is configured first is sent first', () => {
  assert.equal(toHex(sent().subarray(48, 64)), 'fe800000000000000000000000000100');
});
refuses(13, 'none is put before the others (deviation)', () => {
  assert.equal(sent({ addresses: [ip('fd00:198:18::100')] }).length, 40 + 8 + 16);
});

holds(20, 'any other hop limit is discarded', () => {
  for (const limit of [0, 1, 64, 254]) assert.equal(outcome({ 7: limit }), 'ttl');
});
refuses(20, 'hop limit 255 is no reason to discard', () => assert.equal(outcome(), 'accepted'));

holds(23, 'a packet over IPv6 that ends anywhere before its end is discarded', () => {
  const packet = peerPacket(PEERS_IPV6);
  for (let length = 40; length < packet.length; length++) {
    const cut = patched(packet.subarray(0, length), { 5: length - 40 });
    assert.equal(receive(cut, parameters(IPV6)).kind, 'discard');
  }
});

holds(29, 'a list that begins with no link-local address is noted', () => {
  const addresses = [...VIPS_6].reverse();
  assert.equal(outcome({}, { addresses }), 'accepted no-link-local-first');
});
refuses(29, 'it is not discarded (deviation), and one that begins with it is not noted', () => {
  assert.equal(outcome(), 'accepted');
});

holds(53, 'of two masters with one priority the higher address wins, as octets and not as text', () => {
  const [lower, higher] = [ip('fe80::9'), ip('fe80::10')];
  assert.equal(masterOf({ ...IPV6, primaryAddress: lower }).hear(9_000, 100, higher).state.name, 'backup');
  assert.equal(masterOf({ ...IPV6, primaryAddress: higher }).hear(9_000, 100, lower).state.name, 'master');
});

holds(67, 'the VRID of the other family is another router', () => {
  const six = receive(peerPacket(PEERS_IPV6), parameters());
  const four = receive(peerPacket(), parameters(IPV6));
  for (const received of [six, four])
    assert.equal(received.kind === 'discard' && received.reason, 'destination');
});
refuses(67, 'the family and the VRID of a packet are both to be had', () => {
  const packets = [peerPacket({ vrid: 7 }), peerPacket({ ...PEERS_IPV6, vrid: 7 })];
  assert.deepEqual(
    packets.map(packet => [familyOfPacket(packet), vridOf(packet)]),
    [
      [4, 7],
      [6, 7],
    ],
  );
});

holds(80, 'the checksum over IPv6 covers the pseudo-header', () => {
  assert.ok(isChecksumRight(sent().subarray(40), 'pseudo-header', US_6, GROUP));
  assert.equal(outcome({ 46: 0xde, 47: 0xad }), 'checksum');
});
refuses(80, 'no other form is sent over IPv6, nor accepted', () => {
  for (const checksum of ['message-only', 'multicast-pseudo-header'] as const)
    assert.deepEqual(sent({ checksum }), sent());
  const message = patched(sent().subarray(40), { 6: 0, 7: 0 });
  assert.equal(isChecksumRight(message, 'message-only', US_6, GROUP), false);
});

const mac = parseMacAddress('02:42:c0:00:02:0a');
assert.ok(mac);
const [announced, byRouter] = [false, true].map(router =>
  unsolicitedNeighbourAdvertisement(ip('fe80::100'), mac, router),
);

holds(81, 'the announcement of a router has R 1, S 0, O 1 and the link-layer address', () => {
  assert.equal(byRouter?.[58], 0xa0);
  assert.equal(toHex(byRouter?.subarray(78) ?? new Uint8Array()), '02010242c000020a');
});
refuses(81, 'that of a host does not claim to be a router (deviation)', () => {
  assert.equal(announced?.[58], 0x20);
});

refuses(5, 'what comes from our own link-local address is not believed', () => {
  const received = receive(sent(), parameters(IPV6));
  assert.equal(received.kind === 'discard' && received.reason, 'own-address');
  assert.equal(receive(peerPacket({ primaryAddress: PEER }), parameters()).kind, 'accept');
});
