/** Requirements 20 to 36 and 66: what is believed of what arrives. */

import assert from 'node:assert/strict';
import { centiseconds, seconds } from '../../../src/lib/time.ts';
import { passAuthentication } from '../../../src/vrrp/authentication.ts';
import type { Parameters } from '../../../src/vrrp/parameters.ts';
import { DISCARD_REASONS, receive } from '../../../src/vrrp/receive.ts';
import { masterDownInterval } from '../../../src/vrrp/timing.ts';
import { ip, Led, PEER, parameters, patched, peerPacket, resealed, VIP } from '../support.ts';
import { holds, refuses } from './prove.ts';

const pass = (text: string) => passAuthentication(new TextEncoder().encode(text));

/** The discard reason, or the oddities of what was accepted. */
function outcome(packet: Uint8Array, changes: Partial<Parameters> = {}): string {
  const received = receive(packet, parameters(changes));
  return received.kind === 'discard' ? received.reason : ['accepted', ...received.oddities].join(' ');
}

holds(20, 'any other TTL is discarded', () => {
  for (const ttl of [0, 1, 64, 254]) assert.equal(outcome(patched(peerPacket(), { 8: ttl })), 'ttl');
});
refuses(20, 'TTL 255 is no reason to discard', () => assert.equal(outcome(peerPacket()), 'accepted'));

holds(21, 'another version is discarded', () => {
  assert.equal(outcome(peerPacket({ version: 2 })), 'version');
  assert.equal(outcome(peerPacket(), { version: 2 }), 'version');
  for (const first of [0x01, 0x11, 0x41, 0xf1])
    assert.equal(outcome(resealed(patched(peerPacket(), { 20: first }), 'message-only')), 'version');
});
refuses(21, 'the configured version is no reason to discard', () => {
  assert.equal(outcome(peerPacket({ version: 2 }), { version: 2 }), 'accepted');
});

holds(22, 'every type but 1 is discarded', () => {
  for (let type = 0; type < 16; type++)
    assert.equal(
      outcome(resealed(patched(peerPacket(), { 20: 0x30 | type }), 'message-only')),
      type === 1 ? 'accepted' : 'type',
    );
});
refuses(22, 'type 1 of version 2 is no reason to discard', () => {
  assert.equal(outcome(peerPacket({ version: 2 }), { version: 2 }), 'accepted');
});

holds(23, 'a packet that ends anywhere before its end is discarded', () => {
  for (const version of [2, 3] as const) {
    const packet = peerPacket({ version });
    for (let length = 20; length < packet.length; length++)
      assert.notEqual(outcome(patched(packet.subarray(0, length), { 3: length }), { version }), 'accepted');
  }
});
refuses(23, 'a whole one with padding of the link is not', () => {
  assert.equal(outcome(Uint8Array.from([...peerPacket(), ...new Uint8Array(14)])), 'accepted');
});

holds(24, 'a wrong checksum is discarded', () => {
  for (const version of [2, 3] as const)
    assert.equal(outcome(patched(peerPacket({ version }), { 26: 0xde, 27: 0xad }), { version }), 'checksum');
});
refuses(24, 'version 3 accepts both forms, whichever is ours (deviation); version 2 only its own', () => {
  for (const ours of ['pseudo-header', 'message-only'] as const)
    for (const theirs of ['pseudo-header', 'message-only'] as const)
      assert.equal(outcome(peerPacket({ checksum: theirs }), { checksum: ours }), 'accepted');
  const foreign = resealed(peerPacket({ version: 2 }), 'pseudo-header');
  assert.equal(outcome(foreign, { version: 2 }), 'checksum');
});

holds(25, 'another VRID is discarded', () => {
  for (const vrid of [0, 1, 50, 52, 255]) assert.equal(outcome(peerPacket({ vrid })), 'vrid');
});
refuses(25, 'ours is no reason to discard', () => {
  assert.equal(outcome(peerPacket({ vrid: 255 }), { vrid: 255 }), 'accepted');
});

holds(27, 'count 0 is discarded', () => {
  const empty = patched(peerPacket().subarray(0, 28), { 3: 28, 23: 0 });
  for (const form of ['pseudo-header', 'message-only'] as const)
    assert.equal(outcome(resealed(empty, form)), 'no-addresses');
});
refuses(27, 'count 1 is no reason to discard', () => assert.equal(outcome(peerPacket()), 'accepted'));

holds(28, 'interval 0 is discarded', () => {
  assert.equal(outcome(peerPacket({ advertisementInterval: centiseconds(0) })), 'interval');
  assert.equal(
    outcome(
      resealed(patched(peerPacket({ advertisementInterval: centiseconds(0) }), { 24: 0xf0 }), 'message-only'),
    ),
    'interval',
  );
});
refuses(28, 'one centisecond is not', () => {
  assert.equal(outcome(peerPacket({ advertisementInterval: centiseconds(1) })), 'accepted interval-differs');
});

holds(30, 'reserved bits are ignored', () => {
  const set = resealed(patched(peerPacket(), { 24: 0xf0 }), 'pseudo-header');
  assert.equal(outcome(set), 'accepted');
});
refuses(30, 'reserved bits are no part of the interval', () => {
  const received = receive(resealed(patched(peerPacket(), { 24: 0xf0 }), 'pseudo-header'), parameters());
  assert.ok(received.kind === 'accept');
  assert.equal(received.advertisement.interval, seconds(1));
});

holds(31, 'version 2: another interval is discarded', () => {
  for (const s of [0, 2, 255])
    assert.equal(
      outcome(peerPacket({ version: 2, advertisementInterval: seconds(s) }), { version: 2 }),
      'interval',
    );
});
refuses(31, 'version 2: our interval is no reason to discard', () => {
  const five = { version: 2, advertisementInterval: seconds(5) } as const;
  assert.equal(outcome(peerPacket(five), five), 'accepted');
});

holds(32, 'version 3: another interval is kept, noted and adopted by a backup', () => {
  const received = receive(peerPacket({ advertisementInterval: seconds(2), priority: 200 }), parameters());
  assert.ok(received.kind === 'accept');
  assert.deepEqual(received.oddities, ['interval-differs']);
  const led = new Led()
    .start()
    .input(0, { type: 'advert', advertisement: received.advertisement, source: PEER });
  assert.equal(led.remaining, masterDownInterval(3, 100, seconds(2)));
});
refuses(32, 'the same interval is nothing to note', () => assert.equal(outcome(peerPacket()), 'accepted'));

holds(33, 'version 2: another authentication type is discarded', () => {
  assert.equal(
    outcome(peerPacket({ version: 2, authentication: pass('secret') }), { version: 2 }),
    'auth-type',
  );
  assert.equal(
    outcome(peerPacket({ version: 2 }), { version: 2, authentication: pass('secret') }),
    'auth-type',
  );
  for (const type of [2, 3, 255]) {
    const unknown = resealed(patched(peerPacket({ version: 2 }), { 24: type }), 'message-only');
    assert.equal(outcome(unknown, { version: 2 }), 'auth-type');
  }
});
refuses(33, 'without authentication what stands in the authentication data is ignored', () => {
  const written = resealed(patched(peerPacket({ version: 2 }), { 35: 7 }), 'message-only');
  assert.equal(outcome(written, { version: 2 }), 'accepted');
});

holds(34, 'another password is discarded', () => {
  const ours = { version: 2, authentication: pass('secret') } as const;
  for (const theirs of ['secre', 'secret1', 'Secret', 'x'])
    assert.equal(outcome(peerPacket({ version: 2, authentication: pass(theirs) }), ours), 'auth-password');
});
refuses(34, 'our password is no reason to discard', () => {
  const ours = { version: 2, authentication: pass('secret') } as const;
  assert.equal(outcome(peerPacket(ours), ours), 'accepted');
});

holds(35, 'another address list is noted', () => {
  assert.equal(outcome(peerPacket({ addresses: [ip('198.18.51.7')] })), 'accepted addresses-differ');
});
refuses(35, 'version 2 keeps another address list too (deviation)', () => {
  const two = peerPacket({ version: 2, addresses: [VIP, ip('198.18.51.7')] });
  assert.equal(outcome(two, { version: 2 }), 'accepted addresses-differ');
});

holds(36, 'a discard has one of a closed set of reasons to count by', () => {
  const reasons = [new Uint8Array(9), patched(peerPacket(), { 8: 1 }), peerPacket({ vrid: 9 })].map(p =>
    outcome(p),
  );
  for (const reason of reasons) assert.ok((DISCARD_REASONS as readonly string[]).includes(reason), reason);
});
refuses(36, 'what is discarded never reaches the router: its timer stands', () => {
  const led = new Led().start();
  const due = led.deadline?.at;
  const received = receive(patched(peerPacket(), { 8: 1 }), led.router.parameters);
  assert.equal(received.kind, 'discard');
  assert.equal(led.deadline?.at, due);
});

refuses(66, 'the other version is discarded: no dual mode', () => {
  assert.equal(outcome(peerPacket({ version: 2 })), 'version');
});
