/** What is believed on the strength of its proof, and what that proof does not cover. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { seconds } from '../../src/lib/time.ts';
import type { Digest, HmacAuthentication, Parameters } from '../../src/vrrp/parameters.ts';
import { type Received, receive } from '../../src/vrrp/receive.ts';
import { NO_MEMORY } from '../../src/vrrp/sequence.ts';
import { AH, at, HMAC, hearing } from './discards.ts';
import { ah, hmac, PEER, parameters, patched, peerPacket } from './support.ts';

const signed = (changes: Partial<HmacAuthentication> = {}, sequence = at(30)) =>
  peerPacket({ authentication: hmac(changes) }, 100, sequence);
const headed = (sequence = 7n) => peerPacket({ version: 2, authentication: ah() }, 100, sequence);

function reasonOf(received: Received): string {
  return received.kind === 'discard' ? received.reason : 'accepted';
}

function accepted(packet: Uint8Array, expected: Parameters) {
  const received = receive(packet, expected);
  assert.ok(received.kind === 'accept', inspect(received));
  return received;
}

test('an authentication header with the right password is accepted, and its number remembered', () => {
  const received = receive(headed(8n), AH, hearing({ memory: { ...NO_MEMORY, last: 7n } }));
  assert.ok(received.kind === 'accept', inspect(received));
  assert.equal(received.proof, 'ah');
  assert.equal(received.memory.last, 8n);
});

test('a packet that is refused after its proof moves no number', () => {
  const packet = peerPacket({ version: 2, authentication: ah(), advertisementInterval: seconds(9) }, 1, 99n);
  const received = receive(packet, AH, hearing({}));
  assert.equal(reasonOf(received), 'interval');
  assert.equal('memory' in received, false);
});

test('what a network may alter on the way does not break an authentication header', () => {
  const packet = headed();
  const altered = { 1: 0, 6: 0x40, 10: 0xab, 11: 0xcd };
  assert.equal(reasonOf(receive(patched(packet, altered), AH)), 'accepted');
  const padded = Uint8Array.from([...packet, ...new Uint8Array(6)]);
  assert.equal(reasonOf(receive(padded, AH)), 'accepted');
});

test('a signature is accepted within the window, whatever key of ours it is by', () => {
  for (const sequence of [at(20), at(30), at(40)])
    for (const activeKey of [1, 2]) {
      const received = receive(signed({ activeKey }, sequence), HMAC, hearing({}));
      assert.ok(received.kind === 'accept', inspect(received));
      assert.equal(received.proof, `hmac ${activeKey}`);
      assert.deepEqual(received.memory.heard, [{ source: PEER, sequence }]);
      assert.deepEqual(received.oddities, []);
    }
});

test('without a window the time of a signature does not matter, its order does', () => {
  const expected = parameters({ authentication: hmac({ window: undefined }) });
  const memory = { ...NO_MEMORY, heard: [{ source: PEER, sequence: at(5) }] };
  assert.equal(reasonOf(receive(signed({}, at(6)), expected, hearing({ memory }))), 'accepted');
  assert.equal(reasonOf(receive(signed({}, at(4)), expected, hearing({ memory }))), 'auth-replay');
});

test('a mark outside the window is forgotten, so that a sender whose clock was set back is heard', () => {
  const memory = { ...NO_MEMORY, heard: [{ source: PEER, sequence: at(300) }] };
  assert.equal(reasonOf(receive(signed({}, at(29)), HMAC, hearing({ memory }))), 'accepted');
});

test('what is repeated is refused before it costs a hash', () => {
  let hashes = 0;
  const { keys } = hmac();
  const counting = [...keys].map(([id, digest]): [number, Digest] => [
    id,
    octets => {
      hashes++;
      return digest(octets);
    },
  ]);
  const expected = { ...HMAC, authentication: hmac({ keys: new Map(counting) }) };
  const { memory } = accepted(signed(), expected);
  const before = hashes;
  assert.equal(reasonOf(receive(signed(), expected, hearing({ memory }))), 'auth-replay');
  assert.equal(hashes - before, 0);
});

test('while a group changes over, what is not signed is accepted and noted; what is signed must be right', () => {
  for (const mode of ['receive-only', 'permissive'] as const) {
    const expected = parameters({ authentication: hmac({ mode }) });
    const plain = accepted(peerPacket(), expected);
    assert.deepEqual([plain.proof, plain.oddities], ['none', ['not-authenticated']]);
    assert.equal(reasonOf(receive(signed(), expected, hearing({}))), 'accepted');
    assert.equal(reasonOf(receive(patched(signed(), { 45: 1 }), expected, hearing({}))), 'auth-digest');
  }
});

test('only who signs by its mode sends a trailer', () => {
  const lengths = (['receive-only', 'permissive', 'enforce'] as const).map(
    mode => peerPacket({ authentication: hmac({ mode }) }).length,
  );
  assert.deepEqual(lengths, [32, 60, 60]);
});

test('a trailer goes with version 2 as well, behind its authentication data', () => {
  const two = { version: 2, authentication: hmac() } as const;
  const packet = peerPacket(two, 100, at(30));
  assert.equal(packet.length, 20 + 20 + 28);
  assert.equal(accepted(packet, parameters(two)).proof, 'hmac 1');
});
