/** Each discard reason by packets that deserve it, and what is accepted all the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../src/lib/time.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { DISCARD_REASONS, type Received, receive } from '../../src/vrrp/receive.ts';
import { DISCARDS, OURS, PASS, pass, TWO } from './discards.ts';
import { HIGHER, ip, PEER, parameters, patched, peerPacket, VIP } from './support.ts';

function reasonOf(received: Received): string {
  return received.kind === 'discard' ? received.reason : 'accepted';
}

function accepted(packet: Uint8Array, expected: Parameters = OURS) {
  const received = receive(packet, expected);
  assert.ok(received.kind === 'accept', reasonOf(received));
  return received;
}

for (const [reason, cases] of Object.entries(DISCARDS))
  for (const { what, packet, expected, hearing: context, detail } of cases)
    test(`${reason}: ${what} is discarded`, () => {
      const received = receive(packet, expected ?? OURS, context);
      assert.ok(received.kind === 'discard', 'accepted');
      assert.equal(received.reason, reason);
      assert.match(received.detail, detail);
    });

test('each reason can be reached, and there is no other', () => {
  const reached = Object.values(DISCARDS).flatMap(cases =>
    cases.map(({ packet, expected, hearing: context }) =>
      reasonOf(receive(packet, expected ?? OURS, context)),
    ),
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
