/** What holds for every packet that proves its sender: nothing altered, repeated or made by another key is believed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { putUint16, uint8At } from '../../src/lib/bytes.ts';
import {
  decodeIpv4,
  encodePacket,
  MULTICAST_GROUP,
  messageLength,
  takeApart,
} from '../../src/vrrp/advertisement.ts';
import { messageChecksum } from '../../src/vrrp/checksum.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { NO_MEMORY } from '../../src/vrrp/sequence.ts';
import { anyAddress, anySequence, provingParameters } from './arbitraries.ts';
import { patched } from './support.ts';

const FEW = { numRuns: 300 };
const MANY = { numRuns: 1_000 };

/** The octets that a network may change without anybody minding, counted from the IPv4 header. */
const MUTABLE: Readonly<Record<string, readonly number[]>> = {
  // Type of service, the flags and the fragment offset, the header checksum.
  ah: [1, 6, 7, 10, 11],
  // The IP header without its version and lengths, the TTL, the protocol and the addresses, which have rungs of their own.
  hmac: [1, 4, 5, 6, 7, 10, 11],
};

test('one octet altered is found by the proof or before it, unless it is one that routers alter', () => {
  const where = fc.record({ at: fc.nat(2_000), turn: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(provingParameters, anyAddress, anySequence, where, (p, other, sequence, { at, turn }) => {
      fc.pre(other !== p.primaryAddress);
      const packet = encodePacket(p, 100, sequence);
      const offset = at % packet.length;
      const altered = patched(packet, { [offset]: uint8At(packet, offset) ^ turn });
      const received = receive(altered, { ...p, primaryAddress: other });
      const mutable = MUTABLE[p.authentication.type]?.includes(offset) === true;
      assert.equal(received.kind, mutable ? 'accept' : 'discard', `octet ${offset}: ${inspect(received)}`);
    }),
    MANY,
  );
});

test('a proven octet is found altered also when the checksum was made right again', () => {
  const where = fc.record({ at: fc.nat(2_000), turn: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(provingParameters, anyAddress, anySequence, where, (p, other, sequence, { at, turn }) => {
      fc.pre(other !== p.primaryAddress);
      const packet = encodePacket(p, 100, sequence);
      const start = packet.length - (takeApart(decodeIpv4(packet) as never)?.signed.length ?? 0);
      const length = messageLength(p.version, p.addresses.length);
      const offset = start + (at % length);
      fc.pre(offset < start + 6 || offset > start + 7);
      const altered = patched(packet, { [offset]: uint8At(packet, offset) ^ turn });
      const message = altered.subarray(start, start + length);
      message.fill(0, 6, 8);
      const form = p.version === 2 ? 'message-only' : p.checksum;
      putUint16(message, 6, messageChecksum(message, form, p.primaryAddress, MULTICAST_GROUP));
      assert.equal(receive(altered, { ...p, primaryAddress: other }).kind, 'discard');
    }),
    FEW,
  );
});

test('what was accepted once is not accepted again, nor anything that was sent before it', () => {
  const numbers = fc.array(anySequence, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(provingParameters, anyAddress, numbers, (p, other, sequences) => {
      fc.pre(other !== p.primaryAddress);
      let memory = NO_MEMORY;
      let highest = 0n;
      for (const sequence of sequences) {
        const packet = encodePacket(p, 100, sequence);
        const received = receive(packet, { ...p, primaryAddress: other }, { memory, now: undefined });
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
    fc.property(provingParameters, anyAddress, (p, other) => {
      fc.pre(other !== p.primaryAddress);
      const wrong = (): Uint8Array => new Uint8Array(32);
      const { authentication } = p;
      const foreign =
        authentication.type === 'hmac'
          ? { ...authentication, keys: new Map([...authentication.keys.keys()].map(id => [id, wrong])) }
          : { type: 'ah' as const, digest: wrong };
      const received = receive(encodePacket(p, 100), {
        ...p,
        primaryAddress: other,
        authentication: foreign,
      });
      assert.ok(received.kind === 'discard' && received.reason === 'auth-digest', inspect(received));
    }),
    FEW,
  );
});
