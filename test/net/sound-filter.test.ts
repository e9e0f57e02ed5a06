/** What the kernel holds for sound: run by an interpreter here, held against the receive ladder; on real sockets in advert-receiver.test.ts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { seconds } from '../../src/lib/time.ts';
import { type Admission, type Admissions, advertFilter, advertFilter6 } from '../../src/net/advert-filter.ts';
import type { BpfProgram } from '../../src/net/bpf.ts';
import { type MessagePlace, sortingFilters } from '../../src/net/sound-filter.ts';
import { encodePackets } from '../../src/vrrp/advertisement.ts';
import { AUTHENTICATION_TYPES, passAuthentication } from '../../src/vrrp/authentication.ts';
import { MULTICAST_GROUPS } from '../../src/vrrp/ip-packet.ts';
import type { Authentication, Parameters } from '../../src/vrrp/parameters.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { anyPair, mutated } from '../vrrp/arbitraries.ts';
import { passes } from './bpf.ts';

type Sorted = 'sound' | 'rest' | 'neither';

const isIpv6 = (packet: Uint8Array): boolean => (packet[0] ?? 0) >>> 4 === 6;

/** As the sockets of a listener sort a packet; `least`: its least TTL. */
function sort(
  packet: Uint8Array,
  { addresses, vrid, version, unicast, authentication, primaryAddress }: Parameters,
): Sorted {
  const leastTtl = unicast?.minimumTtl ?? 255;
  const destination = unicast === undefined ? MULTICAST_GROUPS[6] : primaryAddress;
  const six = addresses[0]?.includes(':') === true;
  const headed = authentication.type === 'ah';
  const place: MessagePlace = six ? 'ipv6' : headed ? 'ipv4-headed' : 'ipv4';
  const filter = (admissions: Admissions): BpfProgram =>
    six ? advertFilter6(admissions, destination) : advertFilter(admissions, headed);
  const proof = version === 2 && !headed ? { authentication: proofOf(authentication) } : {};
  const ours = filter(new Map([[vrid, { leastTtl, version, ...proof }]]));
  const anybody = filter(new Map([[vrid, { leastTtl: six ? leastTtl : 0 }]]));
  const seen = { packet, data: six ? packet.subarray(40) : packet };
  const { sound, rest } = sortingFilters(ours, anybody, place);
  const [isSound, isRest] = [passes(sound, seen), passes(rest, seen)];
  assert.ok(!(isSound && isRest), 'no packet is heard twice');
  assert.equal(passes(anybody, seen) && !isSound, isRest, 'what is not sound is heard on the other socket');
  return isSound ? 'sound' : isRest ? 'rest' : 'neither';
}

/** As an advertisement of version 2 shows it. */
function proofOf(authentication: Authentication): NonNullable<Admission['authentication']> {
  const type = AUTHENTICATION_TYPES[authentication.type];
  return authentication.type === 'pass' ? { type, password: authentication.key } : { type };
}

const hasOptions = (packet: Uint8Array): boolean => !isIpv6(packet) && (packet[0] ?? 0) !== 0x45;

/** The kernel cuts off what is beyond the length in the header, and drops what is shorter. */
function asDelivered(packet: Uint8Array): Uint8Array | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (packet.length < 20) return undefined;
  const length = isIpv6(packet) ? 40 + view.getUint16(4) : view.getUint16(2);
  return length > packet.length || length < 20 ? undefined : packet.subarray(0, length);
}

const sent = (speaker: Parameters): Uint8Array =>
  encodePackets(speaker, speaker.priority)[0] ?? assert.fail();

describe('the sound filter', () => {
  test('holds for sound whatever a router sends, in every version, family, checksum form and authentication', () => {
    fc.assert(
      fc.property(anyPair, ({ speaker, listener }) => {
        assert.equal(sort(sent(speaker), listener), 'sound');
      }),
      { numRuns: 500 },
    );
  });

  test('whatever was altered: no packet is heard twice or lost, and what the ladder accepts is sound', () => {
    const altered = anyPair.chain(pair =>
      fc.record({ pair: fc.constant(pair), packet: mutated(fc.constant(sent(pair.speaker))) }),
    );
    fc.assert(
      fc.property(altered, ({ pair: { listener }, packet }) => {
        const whole = asDelivered(packet);
        if (whole === undefined || isIpv6(whole) !== isIpv6(sent(listener))) return;
        const accepted = receive(whole, listener).kind === 'accept';
        const sorted = sort(whole, listener);
        assert.ok(!accepted || hasOptions(whole) || sorted === 'sound', sorted);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a wrong checksum, version, type, length, TTL or an IP option is the rest; another VRID is neither', () => {
    fc.assert(
      fc.property(anyPair, ({ speaker, listener }) => {
        if (speaker.addresses[0]?.includes(':') === true || speaker.unicast !== undefined) return;
        const at = speaker.authentication.type === 'ah' ? 44 : 20;
        const damaged = (offset: number, change: (octet: number) => number): Sorted => {
          const packet = sent(speaker);
          packet[offset] = change(packet[offset] ?? 0);
          return sort(packet, listener);
        };
        assert.equal(
          damaged(at + 6, octet => octet ^ 0x55),
          'rest',
        );
        assert.equal(
          damaged(at, octet => octet ^ 0x40),
          'rest',
        );
        assert.equal(
          damaged(at, octet => octet + 1),
          'rest',
        );
        assert.equal(
          damaged(at + 3, octet => octet + 1),
          'rest',
        );
        assert.equal(
          damaged(8, () => 254),
          'rest',
        );
        assert.equal(
          damaged(at + 1, octet => octet ^ 1),
          'neither',
        );
      }),
    );
  });

  test('a whole advertisement of the other version is the rest', () => {
    fc.assert(
      fc.property(anyPair, ({ speaker, listener }) => {
        if (isIpv6(sent(speaker)) || speaker.authentication.type !== 'none') return;
        const other = {
          ...speaker,
          version: speaker.version === 2 ? 3 : 2,
          advertInterval: seconds(1),
        } as const;
        assert.equal(sort(sent(other), listener), 'rest');
      }),
    );
  });

  test('a whole advertisement with another password or type of authentication is the rest', () => {
    const password = (text: string) => passAuthentication(new TextEncoder().encode(text));
    const kinds = [{ type: 'none' } as const, password('one'), password('another'), password('onelonge')];
    fc.assert(
      fc.property(
        anyPair,
        fc.constantFrom(...kinds),
        fc.constantFrom(...kinds),
        ({ speaker, listener }, theirs, ours) => {
          if (isIpv6(sent(speaker))) return;
          const old = { version: 2, advertInterval: seconds(1) } as const;
          const packet = sent({ ...speaker, ...old, authentication: theirs });
          const sorted = sort(packet, { ...listener, ...old, authentication: ours });
          assert.equal(sorted, theirs === ours ? 'sound' : 'rest');
        },
      ),
    );
  });
});
