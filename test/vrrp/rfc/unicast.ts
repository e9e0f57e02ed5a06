/** Unicast peers: no RFC has them; the rules are keepalived's, with the source checked by default. */

import assert from 'node:assert/strict';
import { toHex, uint8At, uint16At } from '../../../src/lib/bytes.ts';
import { encodePackets } from '../../../src/vrrp/advertisement.ts';
import { isSealIntact } from '../../../src/vrrp/authentication-header.ts';
import { isChecksumRight } from '../../../src/vrrp/checksum.ts';
import { decodeIp } from '../../../src/vrrp/ip-packet.ts';
import type { Parameters, Unicast } from '../../../src/vrrp/parameters.ts';
import { receive } from '../../../src/vrrp/receive.ts';
import {
  ah,
  digestOf,
  HIGHER,
  hmac,
  ip,
  PEER,
  PEER_6,
  parameters,
  patched,
  THIRD,
  US,
  US_6,
  unicastTo,
  VIPS_6,
} from '../support.ts';
import { holds, refuses } from './prove.ts';

const GROUP = ip('224.0.0.18');
const PEERS = [US, THIRD, HIGHER];

/** What the peer sends to all of us. */
function toAll(changes: Partial<Parameters> = {}, to: Partial<Unicast> = {}): readonly Uint8Array[] {
  return encodePackets(parameters({ primaryAddress: PEER, unicast: unicastTo(PEERS, to), ...changes }), 100);
}

function toUs(changes: Partial<Parameters> = {}, to: Partial<Unicast> = {}): Uint8Array {
  const [packet] = toAll(changes, to);
  assert.ok(packet);
  return packet;
}

/** The discard reason, or the checksum form of what was accepted. */
function outcome(packet: Uint8Array, from: Partial<Unicast> = {}, changes: Partial<Parameters> = {}): string {
  const received = receive(packet, parameters({ unicast: unicastTo([PEER], from), ...changes }));
  return received.kind === 'discard' ? received.reason : `accepted ${received.checksumForm}`;
}

holds(86, 'every peer has a packet of its own, in the order of the peers', () => {
  assert.deepEqual(
    toAll().map(packet => decodeIp(packet)?.destination),
    PEERS,
  );
  const six = encodePackets(
    parameters({ primaryAddress: US_6, addresses: VIPS_6, unicast: unicastTo([PEER_6]) }),
    100,
  );
  assert.deepEqual(
    six.map(packet => decodeIp(packet)?.destination),
    [PEER_6],
  );
});
refuses(86, 'nothing else differs: not the message, not the TTL, and nothing goes to the group', () => {
  const packets = toAll({ checksum: 'message-only' }, { ttl: 7 });
  assert.equal(new Set(packets.map(packet => toHex(packet.subarray(20)))).size, 1);
  for (const packet of packets) assert.equal(uint8At(packet, 8), 7);
  assert.ok(packets.every(packet => decodeIp(packet)?.destination !== GROUP));
});

holds(87, 'another destination, a stranger and a TTL below the least are discarded', () => {
  const [, toThird = new Uint8Array()] = toAll();
  assert.equal(outcome(toThird), 'destination');
  assert.equal(outcome(toUs({ primaryAddress: THIRD })), 'unknown-peer');
  assert.equal(outcome(toUs({}, { ttl: 99 }), { minimumTtl: 100 }), 'ttl');
  assert.equal(outcome(toUs({ primaryAddress: US })), 'own-address');
});
refuses(87, 'the least TTL is enough, and any source where it is not asked for', () => {
  assert.match(outcome(toUs({}, { ttl: 100 }), { minimumTtl: 100 }), /^accepted/);
  assert.match(outcome(toUs({ primaryAddress: THIRD }), { checkSource: false }), /^accepted/);
});

refuses(3, 'with unicast peers nothing is taken from the group (deviation)', () => {
  const [packet = new Uint8Array()] = encodePackets(parameters({ primaryAddress: PEER }), 100);
  assert.equal(outcome(packet), 'destination');
});

refuses(20, 'a lower TTL from a unicast peer is not, unless it is below the least (deviation)', () => {
  assert.match(outcome(toUs({}, { ttl: 1 }), { minimumTtl: 1 }), /^accepted/);
  assert.equal(outcome(patched(toUs({}, { ttl: 1 }), { 8: 0 }), { minimumTtl: 1 }), 'ttl');
});

holds(88, 'each form is sent as it is set, and accepted whatever is set', () => {
  for (const checksum of ['pseudo-header', 'message-only', 'multicast-pseudo-header'] as const)
    for (const ours of ['pseudo-header', 'message-only', 'multicast-pseudo-header'] as const)
      assert.equal(outcome(toUs({ checksum }), {}, { checksum: ours }), `accepted ${checksum}`);
  const old = toUs({ checksum: 'multicast-pseudo-header' }).subarray(20);
  assert.ok(isChecksumRight(old, 'pseudo-header', PEER, GROUP));
});
refuses(88, 'a checksum that is right in none is discarded; to the group there is one pseudo-header', () => {
  assert.equal(outcome(patched(toUs(), { 26: 1, 27: 2 })), 'checksum');
  const forms = (['pseudo-header', 'multicast-pseudo-header'] as const).map(checksum =>
    encodePackets(parameters({ checksum }), 100),
  );
  assert.deepEqual(forms[0], forms[1]);
});

const HEADED: Partial<Parameters> = { version: 2, authentication: ah() };

holds(89, 'the ICV of a unicast packet counts the TTL as zero, to the octet', () => {
  const [packet = new Uint8Array()] = encodePackets(
    parameters({
      ...HEADED,
      primaryAddress: ip('192.0.2.1'),
      addresses: [ip('192.0.2.100')],
      unicast: unicastTo([ip('192.0.2.2')]),
    }),
    100,
    1n,
  );
  assert.equal(toHex(packet.subarray(32, 44)), '710202c50ae10ab068179cbc');
  const digest = digestOf('md5', 'secret');
  for (const ttl of [1, 64, 254]) assert.ok(isSealIntact(patched(packet, { 8: ttl }), digest));
});
refuses(89, 'no peer has the ICV of another; all have one number and one identification', () => {
  const packets = toAll(HEADED);
  const parts = (from: number, to: number): Set<string> =>
    new Set(packets.map(packet => toHex(packet.subarray(from, to))));
  assert.equal(parts(32, 44).size, PEERS.length, 'ICVs');
  assert.equal(parts(28, 32).size, 1, 'sequence numbers');
  assert.equal(parts(4, 6).size, 1, 'identifications');
  for (const packet of packets) assert.notEqual(uint16At(packet, 4), 0);
});

holds(76, 'the tag of a unicast packet covers no destination', () => {
  const packets = toAll({ authentication: hmac(), checksum: 'message-only' });
  assert.equal(new Set(packets.map(packet => toHex(packet.subarray(-16)))).size, 1);
});
