/** Each discard reason by packets that deserve it, and what is accepted all the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { DISCARD_REASONS, type DiscardReason, type Received, receive } from '../../src/vrrp/receive.ts';
import { HIGHER, ip, PEER, parameters, patched, peerPacket, resealed, US, VIP } from './support.ts';

const OURS = parameters();
const TWO = parameters({ version: 2 });
const pass = (text: string) => passAuthentication(new TextEncoder().encode(text));
const PASS = parameters({ version: 2, authentication: pass('secret') });

function reasonOf(received: Received): string {
  return received.kind === 'discard' ? received.reason : 'accepted';
}

function accepted(packet: Uint8Array, expected: Parameters = OURS) {
  const received = receive(packet, expected);
  assert.ok(received.kind === 'accept', JSON.stringify(received));
  return received;
}

interface Case {
  readonly what: string;
  readonly packet: Uint8Array;
  readonly expected?: Parameters;
  readonly detail: RegExp;
}

const DISCARDS: Readonly<Record<DiscardReason, readonly Case[]>> = {
  'ip-malformed': [
    { what: 'an empty packet', packet: new Uint8Array(0), detail: /0 octets are not a whole IPv4 packet/ },
    { what: 'a packet cut short', packet: peerPacket().subarray(0, 30), detail: /30 octets/ },
  ],
  'not-vrrp': [{ what: 'protocol 51', packet: patched(peerPacket(), { 9: 51 }), detail: /IP protocol 51/ }],
  destination: [
    {
      what: 'unicast',
      packet: patched(peerPacket(), { 16: 198, 17: 18, 18: 0, 19: 2 }),
      detail: /198\.18\.0\.2/,
    },
  ],
  ttl: [
    { what: 'TTL 254', packet: patched(peerPacket(), { 8: 254 }), detail: /TTL 254, must be 255/ },
    { what: 'TTL 0', packet: patched(peerPacket(), { 8: 0 }), detail: /TTL 0/ },
  ],
  truncated: [
    {
      what: 'seven octets',
      packet: patched(peerPacket().subarray(0, 27), { 3: 27 }),
      detail: /7 octets of VRRP/,
    },
  ],
  vrid: [{ what: 'another VRID', packet: peerPacket({ vrid: 52 }), detail: /VRID 52, ours is 51/ }],
  'own-address': [
    {
      what: 'our own packet',
      packet: peerPacket({ primaryAddress: US }),
      detail: /our own address 198\.18\.0\.2/,
    },
  ],
  version: [
    { what: 'version 2', packet: peerPacket({ version: 2 }), detail: /version 2, ours is 3/ },
    { what: 'version 3', packet: peerPacket(), expected: TWO, detail: /version 3, ours is 2/ },
    { what: 'version 4', packet: patched(peerPacket(), { 20: 0x41 }), detail: /version 4/ },
  ],
  type: [
    {
      what: 'type 2',
      packet: resealed(patched(peerPacket(), { 20: 0x32 }), 'message-only'),
      detail: /type 2, must be 1/,
    },
  ],
  'no-addresses': [{ what: 'count 0', packet: patched(peerPacket(), { 23: 0 }), detail: /count 0/ }],
  length: [
    {
      what: 'a missing address',
      packet: patched(peerPacket(), { 23: 2 }),
      detail: /12 octets, 16 for 2 addresses/,
    },
    {
      what: 'version 2 without its authentication data',
      packet: patched(peerPacket({ version: 2 }).subarray(0, 32), { 3: 32 }),
      expected: TWO,
      detail: /12 octets, 20 for 1 addresses/,
    },
    {
      what: 'four octets too many',
      packet: patched(Uint8Array.from([...peerPacket(), 0, 0, 0, 0]), { 3: 36 }),
      detail: /16 octets, 12/,
    },
  ],
  checksum: [
    {
      what: 'a wrong checksum',
      packet: patched(peerPacket(), { 22: 1 }),
      detail: /checksum 0x[0-9a-f]{4} is wrong/,
    },
    {
      what: 'the pseudo-header form in version 2',
      packet: resealed(peerPacket({ version: 2 }), 'pseudo-header'),
      expected: TWO,
      detail: /wrong/,
    },
    { what: 'another source address', packet: patched(peerPacket(), { 15: 77 }), detail: /wrong/ },
  ],
  'auth-type': [
    {
      what: 'a password where none is configured',
      packet: peerPacket({ version: 2, authentication: pass('secret') }),
      expected: TWO,
      detail: /authentication type 1, ours is 0/,
    },
    { what: 'no password', packet: peerPacket({ version: 2 }), expected: PASS, detail: /type 0, ours is 1/ },
    {
      what: 'an unknown type',
      packet: resealed(patched(peerPacket({ version: 2 }), { 24: 9 }), 'message-only'),
      expected: TWO,
      detail: /type 9/,
    },
  ],
  'auth-password': [
    {
      what: 'another password',
      packet: peerPacket({ version: 2, authentication: pass('secreT') }),
      expected: PASS,
      detail: /^the password differs$/,
    },
  ],
  interval: [
    {
      what: 'version 2 with another interval',
      packet: peerPacket({ version: 2, advertisementInterval: seconds(2) }),
      expected: TWO,
      detail: /interval 2s, ours is 1s/,
    },
    {
      what: 'version 3 with interval 0',
      packet: peerPacket({ advertisementInterval: seconds(0) }),
      detail: /interval 0/,
    },
  ],
};

for (const [reason, cases] of Object.entries(DISCARDS))
  for (const { what, packet, expected, detail } of cases)
    test(`${reason}: ${what} is discarded`, () => {
      const received = receive(packet, expected ?? OURS);
      assert.ok(received.kind === 'discard', 'accepted');
      assert.equal(received.reason, reason);
      assert.match(received.detail, detail);
    });

test('each reason can be reached, and there is no other', () => {
  const reached = Object.values(DISCARDS).flatMap(cases =>
    cases.map(({ packet, expected }) => reasonOf(receive(packet, expected ?? OURS))),
  );
  assert.deepEqual([...new Set(reached)].sort(), [...DISCARD_REASONS].sort());
});

test('the first rung that fails names the reason', () => {
  const broken = patched(peerPacket({ vrid: 9 }), { 8: 1, 22: 7 });
  assert.equal(reasonOf(receive(broken, OURS)), 'ttl');
  assert.equal(reasonOf(receive(patched(broken, { 8: 255 }), OURS)), 'vrid');
  assert.equal(reasonOf(receive(patched(broken, { 8: 255, 21: 51 }), OURS)), 'checksum');
  assert.deepEqual(
    Object.keys(DISCARDS),
    [...DISCARD_REASONS],
    'the cases above follow the ladder, as the list of reasons does',
  );
});

test('the source is told as far as it could be read', () => {
  const short = receive(new Uint8Array(3), OURS);
  assert.ok(short.kind === 'discard');
  assert.equal(short.source, undefined);
  const low = receive(patched(peerPacket(), { 8: 1 }), OURS);
  assert.equal(low.source, PEER);
});

test('no detail repeats a password', () => {
  const received = receive(peerPacket({ version: 2, authentication: pass('hunter22') }), PASS);
  assert.ok(received.kind === 'discard');
  assert.doesNotMatch(JSON.stringify(received), /hunter22|secret|68756e746572/);
});

test('an accepted packet says who, what and in which checksum form', () => {
  const received = accepted(peerPacket({ priority: 7 }));
  assert.equal(received.source, PEER);
  assert.equal(received.advertisement.priority, 7);
  assert.equal(received.checksumForm, 'pseudo-header');
  assert.deepEqual(received.oddities, []);
  assert.equal(accepted(peerPacket({ checksum: 'message-only' })).checksumForm, 'message-only');
  assert.equal(accepted(peerPacket({ version: 2 }), TWO).checksumForm, 'message-only');
});

test('priorities 0 and 255 are as good as any', () => {
  assert.equal(accepted(peerPacket({}, 0)).advertisement.priority, 0);
  assert.equal(accepted(peerPacket({}, 255)).advertisement.priority, 255);
});

test('the right password is accepted', () => {
  accepted(peerPacket({ version: 2, authentication: pass('secret') }), PASS);
});

test('version 3 with another interval is odd, not wrong', () => {
  const packet = peerPacket({ advertisementInterval: milliseconds(500) });
  assert.deepEqual(accepted(packet).oddities, ['interval-differs']);
});

test('another address list is odd, not wrong; another order is not even odd', () => {
  const two = [VIP, ip('198.18.51.101')];
  assert.deepEqual(accepted(peerPacket({ addresses: two })).oddities, ['addresses-differ']);
  assert.deepEqual(accepted(peerPacket({ addresses: [HIGHER] })).oddities, ['addresses-differ']);
  const swapped = peerPacket({ addresses: [...two].reverse() });
  assert.deepEqual(accepted(swapped, parameters({ addresses: two })).oddities, []);
  const other = accepted(peerPacket({ version: 2, addresses: two }), TWO);
  assert.deepEqual(other.oddities, ['addresses-differ']);
});

test('padding behind the packet does no harm', () => {
  accepted(Uint8Array.from([...peerPacket(), ...new Uint8Array(14)]));
});
