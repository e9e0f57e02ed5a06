/** Requirements 34 and 69 to 79: who may be believed. */

import assert from 'node:assert/strict';
import { toHex, uint8At, uint16At, uint32At } from '../../../src/lib/bytes.ts';
import { toUint32 } from '../../../src/lib/ip-address.ts';
import { utc } from '../../../src/lib/time.ts';
import type { HmacAuthentication, Parameters } from '../../../src/vrrp/parameters.ts';
import { receive } from '../../../src/vrrp/receive.ts';
import { NO_MEMORY, nextSequence } from '../../../src/vrrp/sequence.ts';
import type { Hearing } from '../../../src/vrrp/verify.ts';
import { ah, digestOf, hmac, PEER, parameters, patched, peerPacket, resealed } from '../support.ts';
import { holds, refuses } from './prove.ts';

const AH = { version: 2, authentication: ah() } as const;
const HMAC = { authentication: hmac() } as const;
const HEADER = 20;
const MESSAGE = HEADER + 24;

const headed = (sequence = 1n): Uint8Array => peerPacket(AH, 100, sequence);
const signed = (changes: Partial<HmacAuthentication> = {}, sequence = second(30)): Uint8Array =>
  peerPacket({ authentication: hmac(changes) }, 100, sequence);

function second(n: number): bigint {
  return BigInt(n) << 32n;
}

function outcome(packet: Uint8Array, changes: Partial<Parameters>, hearing: Partial<Hearing> = {}): string {
  const now = utc(30_000_000);
  const received = receive(packet, parameters(changes), { memory: NO_MEMORY, now, ...hearing });
  return received.kind === 'discard' ? received.reason : ['accepted', ...received.oddities].join(' ');
}

holds(34, 'an authentication header made with another password is discarded', () => {
  for (const password of ['secre', 'secret1', 'Secret'])
    assert.equal(outcome(peerPacket({ ...AH, authentication: ah(password) }), AH), 'auth-digest');
  const bare = resealed(patched(peerPacket({ version: 2 }), { 24: 2 }), 'message-only');
  assert.equal(outcome(bare, AH), 'auth-missing');
});
refuses(34, 'an authentication header made with our password is no reason to discard', () => {
  assert.equal(outcome(headed(), AH), 'accepted');
  assert.equal(outcome(peerPacket({ ...AH, authentication: ah('secret\0\0') }), AH), 'accepted');
});

holds(69, 'AH: protocol 51, next header 112, payload length 4, reserved zero, then the message', () => {
  const packet = headed();
  assert.equal(uint8At(packet, 9), 51);
  assert.equal(toHex(packet.subarray(HEADER, HEADER + 4)), '70040000');
  assert.equal(uint16At(packet, 2), packet.length);
  assert.equal(uint8At(packet, MESSAGE), 0x21);
  assert.equal(uint8At(packet, MESSAGE + 4), 2);
});
refuses(69, 'a header of another form, or around another protocol, is not taken for one', () => {
  assert.equal(outcome(patched(headed(), { [HEADER]: 51 }), AH), 'not-vrrp');
  for (const length of [0, 3, 5, 255])
    assert.equal(outcome(patched(headed(), { [HEADER + 1]: length }), AH), 'auth-header');
});

holds(70, 'type of service, flags and header checksum may change on the way', () => {
  const altered = patched(headed(), { 1: 0, 6: 0x40, 10: 7, 11: 8 });
  assert.equal(outcome(altered, AH), 'accepted');
});
refuses(
  70,
  'the TTL is covered in what is sent to the group (deviation), and so is the identification',
  () => {
    const covered = (packet: Uint8Array): string => {
      const copy = patched(packet, { 1: 0 });
      copy.fill(0, 32, MESSAGE);
      return toHex(digestOf('md5', 'secret')(copy).subarray(0, 12));
    };
    const packet = headed();
    assert.equal(toHex(packet.subarray(32, MESSAGE)), covered(packet));
    assert.notEqual(covered(patched(packet, { 8: 0 })), covered(packet));
    for (const sequence of [1n, 0x1_0000n, 0xffff_ffffn])
      assert.notEqual(uint16At(headed(sequence), 4), 0, 'the kernel would fill it in');
    assert.equal(outcome(patched(packet, { 5: 9 }), AH), 'auth-digest');
  },
);

holds(71, 'AH: each packet has a higher number than all that were sent or heard before', () => {
  let last = 0n;
  for (const clock of [0, 5, 5, 900]) {
    const next = nextSequence(AH.authentication, { ...NO_MEMORY, last }, utc(clock * 1_000_000));
    assert.ok(next > last, `${next} after ${last}`);
    assert.equal(uint32At(headed(next), 28), Number(next));
    last = next;
  }
});
refuses(71, 'after the last of 32 bits the count begins anew (deviation)', () => {
  assert.equal(nextSequence(AH.authentication, { ...NO_MEMORY, last: 0xffff_ffffn }, utc(0)), 1n);
});

holds(72, 'AH: a number that was used before is discarded', () => {
  for (const sequence of [1n, 6n, 7n])
    assert.equal(outcome(headed(sequence), AH, { memory: { ...NO_MEMORY, last: 7n } }), 'auth-replay');
});
refuses(72, 'a number may be left out', () => {
  assert.equal(outcome(headed(1_000n), AH, { memory: { ...NO_MEMORY, last: 7n } }), 'accepted');
});

holds(73, 'AH: whatever octet of the message is altered, the packet is discarded', () => {
  for (let at = MESSAGE; at < headed().length; at++) {
    const altered = patched(headed(), {
      [at]: uint8At(headed(), at) ^ 1,
      [MESSAGE + 6]: 0,
      [MESSAGE + 7]: 0,
    });
    assert.notEqual(outcome(altered, AH), 'accepted');
  }
  assert.equal(outcome(patched(headed(), { 32: uint8At(headed(), 32) ^ 1 }), AH), 'auth-digest');
});
refuses(73, 'what was not altered is accepted', () => assert.equal(outcome(headed(), AH), 'accepted'));

holds(74, "AH: the SPI is the sender's address, and another one is discarded", () => {
  assert.equal(uint32At(headed(), 24), toUint32(PEER));
  const packet = patched(headed(), { 27: 77 });
  const covered = patched(packet, { 1: 0 });
  covered.fill(0, 32, MESSAGE);
  packet.set(digestOf('md5', 'secret')(covered).subarray(0, 12), 32);
  assert.equal(outcome(packet, AH), 'auth-spi');
});
refuses(74, 'each sender has its own', () => {
  assert.equal(
    outcome(peerPacket({ ...AH, primaryAddress: parameters().addresses[0] as never }), AH),
    'accepted',
  );
});

holds(75, 'the trailer: scheme 1, key, zeros, number, and a tag of 16 octets', () => {
  const packet = signed({ activeKey: 2 }, second(30) + 5n);
  assert.equal(packet.length, peerPacket().length + 28);
  assert.equal(toHex(packet.subarray(-28, -16)), '01020000'.concat('0000001e00000005'));
});
refuses(75, 'a trailer of another scheme or with reserved octets is discarded', () => {
  for (const at of [0, 2, 3]) {
    const packet = signed();
    const offset = packet.length - 28 + at;
    assert.equal(outcome(patched(packet, { [offset]: 9 }), HMAC), 'auth-trailer');
  }
});

holds(76, 'the tag covers the message and the source', () => {
  const packet = signed();
  for (const at of [22, 25, 31, packet.length - 20])
    assert.equal(
      outcome(resignedFor(patched(packet, { [at]: uint8At(packet, at) ^ 1 })), HMAC),
      'auth-digest',
    );
  assert.equal(outcome(resignedFor(patched(packet, { 15: 88 })), HMAC), 'auth-digest');
});
refuses(
  76,
  'it covers no checksum, in whichever form that is, and no field of the IP header but the source',
  () => {
    for (const checksum of ['pseudo-header', 'message-only'] as const)
      assert.equal(
        toHex(peerPacket({ ...HMAC, checksum }, 100, 1n).subarray(-16)),
        toHex(signed({}, 1n).subarray(-16)),
      );
    assert.equal(outcome(patched(signed(), { 1: 0, 4: 7, 6: 0x40, 10: 9 }), HMAC), 'accepted');
  },
);

holds(77, 'no trailer, an unknown key and a wrong tag are discarded', () => {
  assert.equal(outcome(peerPacket(), HMAC), 'auth-missing');
  const keys = new Map([[3, digestOf('sha256', 'key 3')]]);
  assert.equal(outcome(signed({ keys, activeKey: 3 }), HMAC), 'auth-key');
  assert.equal(outcome(signed({ keys: new Map([[1, digestOf('sha256', 'key 3')]]) }), HMAC), 'auth-digest');
});
refuses(77, 'each of our keys is good, whichever we sign with', () => {
  for (const activeKey of [1, 2]) assert.equal(outcome(signed({ activeKey }), HMAC), 'accepted');
});

holds(78, 'a time outside the window and a number that did not grow are discarded', () => {
  for (const at of [19, 41]) assert.equal(outcome(signed({}, second(at)), HMAC), 'auth-stale');
  const memory = { ...NO_MEMORY, heard: [{ source: PEER, sequence: second(30) }] };
  for (const sequence of [second(30), second(29)])
    assert.equal(outcome(signed({}, sequence), HMAC, { memory }), 'auth-replay');
});
refuses(78, 'within the window what grows is accepted', () => {
  const memory = { ...NO_MEMORY, heard: [{ source: PEER, sequence: second(20) }] };
  for (const sequence of [second(20) + 1n, second(40)])
    assert.equal(outcome(signed({}, sequence), HMAC, { memory }), 'accepted');
});

holds(79, 'receive-only and permissive believe what is not signed, and note it', () => {
  for (const mode of ['receive-only', 'permissive'] as const)
    assert.equal(outcome(peerPacket(), { authentication: hmac({ mode }) }), 'accepted not-authenticated');
});
refuses(79, 'they do not believe what is signed wrongly; and receive-only does not sign', () => {
  for (const mode of ['receive-only', 'permissive'] as const)
    assert.equal(
      outcome(signed({ keys: new Map([[1, digestOf('sha256', 'x')]]) }), { authentication: hmac({ mode }) }),
      'auth-digest',
    );
  assert.equal(peerPacket({ authentication: hmac({ mode: 'receive-only' }) }).length, peerPacket().length);
});

/** The VRRP checksum made right again: it is no secret. */
function resignedFor(packet: Uint8Array): Uint8Array {
  const bare = patched(packet.subarray(0, packet.length - 28), {});
  const source = `198.18.0.${uint8At(packet, 15)}` as typeof PEER;
  return Uint8Array.from([...resealed(bare, 'message-only', source), ...packet.subarray(packet.length - 28)]);
}
