/** What holds for every packet that proves its sender: nothing altered, repeated or made by another key is believed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { putUint16, uint8At } from '../../src/lib/bytes.ts';
import { messageLength, takeApart } from '../../src/vrrp/advertisement.ts';
import { messageChecksum } from '../../src/vrrp/checksum.ts';
import { decodeIp, familyOfPacket } from '../../src/vrrp/ip-packet.ts';
import { familyOfRouter, type Parameters, type Unicast } from '../../src/vrrp/parameters.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { NO_MEMORY } from '../../src/vrrp/sequence.ts';
import { anySequence, provingPair } from './arbitraries.ts';
import { encodePacket, patched } from './support.ts';

const FEW = { numRuns: 300 };
const MANY = { numRuns: 1_000 };

/** Whether a bit of an octet may change on the way without anybody minding. */
function isFree(
  { authentication, unicast }: Parameters,
  packet: Uint8Array,
  offset: number,
  turn: number,
): boolean {
  if (familyOfPacket(packet) === 6) {
    const flowOrClass = offset < 4 && (offset > 0 || turn < 0x10);
    return flowOrClass || (offset === 7 && isTtlFree(unicast, uint8At(packet, 7) ^ turn));
  }
  // Type of service, the reserved flag and Don't Fragment, the header checksum; what no ICV covers: the identification.
  if (offset === 1 || offset === 10 || offset === 11) return true;
  if (offset === 6) return (turn & 0x3f) === 0;
  if (offset === 8) return isTtlFree(unicast, uint8At(packet, 8) ^ turn);
  return authentication.type !== 'ah' && (offset === 4 || offset === 5);
}

const isTtlFree = (unicast: Unicast | undefined, ttl: number): boolean =>
  unicast !== undefined && ttl >= unicast.minimumTtl;

test('one octet altered is found by the proof or before it, unless it is one that routers alter', () => {
  const where = fc.record({ at: fc.nat(2_000), turn: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(provingPair, anySequence, where, ({ speaker: p, listener }, sequence, { at, turn }) => {
      const packet = encodePacket(p, 100, sequence);
      const offset = at % packet.length;
      const altered = patched(packet, { [offset]: uint8At(packet, offset) ^ turn });
      const received = receive(altered, listener);
      const mutable = isFree(listener, packet, offset, turn);
      assert.equal(received.kind, mutable ? 'accept' : 'discard', `octet ${offset}: ${inspect(received)}`);
    }),
    MANY,
  );
});

test('a proven octet is found altered also when the checksum was made right again', () => {
  const where = fc.record({ at: fc.nat(2_000), turn: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(provingPair, anySequence, where, ({ speaker: p, listener }, sequence, { at, turn }) => {
      const packet = encodePacket(p, 100, sequence);
      const start = packet.length - (takeApart(decodeIp(packet) as never)?.signed.length ?? 0);
      const length = messageLength(p.version, p.addresses.length, familyOfRouter(p));
      const offset = start + (at % length);
      fc.pre(offset < start + 6 || offset > start + 7);
      const altered = patched(packet, { [offset]: uint8At(packet, offset) ^ turn });
      resum(altered, start, length, p);
      assert.equal(receive(altered, listener).kind, 'discard');
    }),
    FEW,
  );
});

/** Makes the checksum right again. */
function resum(packet: Uint8Array, start: number, length: number, { version, checksum }: Parameters): void {
  const ip = decodeIp(packet);
  assert.ok(ip);
  const covered = packet.subarray(start, ip.family === 6 ? packet.length : start + length);
  covered.fill(0, 6, 8);
  const forIpv4 = version === 2 ? 'message-only' : checksum;
  const form = ip.family === 6 ? 'pseudo-header' : forIpv4;
  putUint16(covered, 6, messageChecksum(covered, form, ip.source, ip.destination));
}

test('what was accepted once is not accepted again, nor anything that was sent before it', () => {
  const numbers = fc.array(anySequence, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(provingPair, numbers, ({ speaker: p, listener }, sequences) => {
      let memory = NO_MEMORY;
      let highest = 0n;
      for (const sequence of sequences) {
        const packet = encodePacket(p, 100, sequence);
        const received = receive(packet, listener, { memory, now: undefined });
        assert.equal(received.kind === 'accept', sequence > highest, `${sequence} after ${highest}`);
        if (received.kind === 'accept') memory = received.memory;
        if (sequence > highest) highest = sequence;
      }
    }),
    FEW,
  );
});

test('another key, id or password is never enough', () => {
  fc.assert(
    fc.property(provingPair, ({ speaker: p, listener }) => {
      const wrong = (): Uint8Array => new Uint8Array(32);
      const { authentication } = p;
      const foreign =
        authentication.type === 'hmac'
          ? { ...authentication, keys: new Map([...authentication.keys.keys()].map(id => [id, wrong])) }
          : { type: 'ah' as const, digest: wrong };
      const received = receive(encodePacket(p, 100), { ...listener, authentication: foreign });
      assert.ok(received.kind === 'discard' && received.reason === 'auth-digest', inspect(received));
    }),
    FEW,
  );
});
