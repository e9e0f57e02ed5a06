/** Generators of everything that the core takes: parameters, packets whole and broken, states, inputs, and walks through them. */

import fc from 'fast-check';
import { addressBytes, addressFrom, familyOf, fromUint32, type IpAddress } from '../../src/lib/ip-address.ts';
import { centiseconds, type Duration, type Instant, instant, seconds } from '../../src/lib/time.ts';
import type { Advertisement } from '../../src/vrrp/advertisement.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import { isMulticast } from '../../src/vrrp/ip-packet.ts';
import type { Authentication, Parameters } from '../../src/vrrp/parameters.ts';
import type { EffectName, Input, Router, State } from '../../src/vrrp/state.ts';
import { USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import { advertisement, ah, encodePacket, HIGHER, hmac, PEER, parameters, THIRD } from './support.ts';

const anyIpv4: fc.Arbitrary<IpAddress> = fc
  .integer({ min: 0, max: 0xffffffff })
  .map(value => fromUint32(value));
const anyIpv6: fc.Arbitrary<IpAddress> = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map(octets => addressFrom(octets));
/** What the addresses of a host are: no group. */
const anyHost = {
  4: anyIpv4.filter(address => !isMulticast(address)),
  6: anyIpv6.filter(address => !isMulticast(address)),
} as const;
const anyLinkLocal = anyIpv6.map(address => {
  const octets = addressBytes(address);
  octets.set([0xfe, 0x80]);
  return addressFrom(octets);
});

const anyPriority = fc.integer({ min: 1, max: 255 });
const password = fc.uint8Array({ minLength: 1, maxLength: 8 }).map(passAuthentication);

/** What both versions can have, and what version 2 alone can. */
const anyHmac: fc.Arbitrary<Authentication> = fc
  .record({
    activeKey: fc.constantFrom(1, 2),
    mode: fc.constantFrom('receive-only', 'permissive', 'enforce'),
    window: fc.constantFrom(undefined, seconds(10)),
  })
  .map(changes => hmac(changes));
const anyAuthentication: Readonly<Record<2 | 3, fc.Arbitrary<Authentication>>> = {
  2: fc.oneof(
    fc.constant<Authentication>({ type: 'none' }),
    password,
    fc.constantFrom('secret', 'other').map(ah),
    anyHmac,
  ),
  3: fc.oneof(fc.constant<Authentication>({ type: 'none' }), anyHmac),
};

/** All that a configuration may hold, with one unicast peer at most. */
export const anyParameters: fc.Arbitrary<Parameters> = fc
  .record({
    version: fc.constantFrom(2, 3),
    vrid: fc.integer({ min: 1, max: 255 }),
    family: fc.constantFrom(4, 6),
    four: fc.record({
      addresses: fc.array(anyIpv4, { minLength: 1, maxLength: 20 }),
      primaryAddress: anyHost[4],
      peer: anyHost[4],
    }),
    six: fc.record({
      addresses: fc.tuple(anyLinkLocal, fc.array(anyIpv6, { maxLength: 20 })).map(([a, b]) => [a, ...b]),
      primaryAddress: anyHost[6],
      peer: anyHost[6],
    }),
    unicast: fc.option(
      fc
        .record({
          ttl: fc.integer({ min: 1, max: 255 }),
          span: fc.nat(254),
          checkSource: fc.boolean(),
        })
        .map(({ ttl, span, checkSource }) => ({ ttl, minimumTtl: 1 + (span % ttl), checkSource })),
      { nil: undefined },
    ),
    priority: anyPriority,
    intervalCs: fc.integer({ min: 1, max: 4095 }),
    intervalS: fc.integer({ min: 1, max: 255 }),
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(seconds(0), seconds(300)),
    joint: fc.boolean(),
    announcing: fc.constant(USUAL_ANNOUNCING),
    timing: fc.constantFrom('fast', 'rfc'),
    checksum: fc.constantFrom('pseudo-header', 'message-only', 'multicast-pseudo-header'),
    two: anyAuthentication[2],
    three: anyAuthentication[3],
  })
  .map(({ intervalCs, intervalS, two, three, family, four, six, unicast, ...rest }): Parameters => {
    const { peer, ...own } = family === 4 ? four : six;
    const where = { ...rest, ...own, unicast: unicast && { ...unicast, peers: [peer] } };
    return family === 4 && rest.version === 2
      ? { ...where, version: 2, advertisementInterval: seconds(intervalS), authentication: two }
      : { ...where, version: 3, advertisementInterval: centiseconds(intervalCs), authentication: three };
  });

export interface Pair {
  readonly speaker: Parameters;
  readonly listener: Parameters;
}

const pairOf = (parameters: fc.Arbitrary<Parameters>): fc.Arbitrary<Pair> =>
  fc
    .tuple(parameters, anyHost[4], anyHost[6])
    .map(([speaker, other4, other6]): Pair => {
      const other = familyOf(speaker.primaryAddress) === 4 ? other4 : other6;
      const { unicast } = speaker;
      const [primaryAddress = other] = unicast?.peers ?? [];
      const peers = [speaker.primaryAddress];
      return { speaker, listener: { ...speaker, primaryAddress, unicast: unicast && { ...unicast, peers } } };
    })
    .filter(({ speaker, listener }) => speaker.primaryAddress !== listener.primaryAddress);

/** Those whose packets can be told from altered ones. */
const provingParameters: fc.Arbitrary<Parameters> = anyParameters.filter(
  ({ authentication }) =>
    authentication.type === 'ah' || (authentication.type === 'hmac' && authentication.mode === 'enforce'),
);

/** Two routers with the same parameters; the second is one of those that the first one's packets go to. */
export const anyPair: fc.Arbitrary<Pair> = pairOf(anyParameters);
export const provingPair: fc.Arbitrary<Pair> = pairOf(provingParameters);

/** Of a trailer; of an authentication header the lower half. */
export const anySequence: fc.Arbitrary<bigint> = fc.bigInt({ min: 1n, max: 0xffff_ffffn });

/** Octets turned, cut off or added, anywhere in a valid packet. */
export function mutated(packet: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(200), value: fc.integer({ min: 0, max: 255 }) });
  return fc
    .record({
      packet,
      edits: fc.array(edit, { maxLength: 4 }),
      cut: fc.nat(60),
      tail: fc.uint8Array({ maxLength: 12 }),
      cutting: fc.boolean(),
    })
    .map(({ packet: whole, edits, cut, tail, cutting }) => {
      const copy = Uint8Array.from([...whole, ...tail]);
      for (const { at, value } of edits) if (at < copy.length) copy[at] = value;
      return cutting ? copy.subarray(0, cut) : copy;
    });
}

export const anyPacket: fc.Arbitrary<Uint8Array> = fc
  .tuple(anyParameters, fc.integer({ min: 0, max: 255 }))
  .map(([theirs, priority]) => encodePacket(theirs, priority));

/** What a small group says: priorities near ours, three senders, a few intervals. */
const anyAdvertisement: fc.Arbitrary<Advertisement> = fc
  .record({
    priority: fc.oneof(fc.constantFrom(0, 1, 99, 100, 101, 254, 255), fc.integer({ min: 0, max: 255 })),
    interval: fc.constantFrom(centiseconds(1), seconds(1), seconds(40.95)),
  })
  .map(changes => advertisement(changes));

const anyEffect: fc.Arbitrary<EffectName> = fc.constantFrom(
  'advertise',
  'acquireAddresses',
  'announceAddresses',
  'releaseAddresses',
);

/** Parameters of one router at different times: what it is for stays, what it is worth changes. */
export const ourParameters: fc.Arbitrary<Parameters> = fc
  .record({
    version: fc.constantFrom<2 | 3>(2, 3),
    priority: fc.oneof(fc.constantFrom(1, 100, 254, 255), anyPriority),
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(seconds(0), centiseconds(20), seconds(10)),
    joint: fc.constantFrom(false, false, true),
    timing: fc.constantFrom<'fast' | 'rfc'>('fast', 'rfc'),
    advertisementInterval: fc.constantFrom(centiseconds(1), seconds(1), seconds(5)),
  })
  .map(changes => parameters(changes));

export const anyInput: fc.Arbitrary<Input> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('timeout' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('advert' as const),
      advertisement: anyAdvertisement,
      source: fc.constantFrom(PEER, THIRD, HIGHER),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('startup' as const),
      fault: fc.constantFrom(undefined, 'down'),
    }),
  },
  fc.record({ type: fc.constant('shutdown' as const) }),
  fc.record({ type: fc.constant('parameters' as const), parameters: ourParameters }),
  fc.record({ type: fc.constant('fault' as const), cause: fc.constant('down') }),
  fc.record({ type: fc.constant('faultCleared' as const) }),
  fc.record({ type: fc.constant('addressLost' as const) }),
  fc.record({ type: fc.constant('rise' as const) }),
  fc.record({
    type: fc.constant('stepDown' as const),
    detail: fc.constant('a member stepped down'),
    wait: fc.constantFrom(seconds(0), seconds(1)),
  }),
  fc.record({ type: fc.constant('effectFailed' as const), effect: anyEffect, message: fc.constant('EIO') }),
);

const anyInstant: fc.Arbitrary<Instant> = fc.integer({ min: 0, max: 100_000_000 }).map(instant);
const anyInterval = fc.constantFrom<Duration>(centiseconds(1), seconds(1), seconds(5));

/** Any state that the types allow, also such as no walk reaches. */
export const anyState: fc.Arbitrary<State> = fc
  .oneof(
    fc.constant<State>({ name: 'init' }),
    fc.record({
      name: fc.constant('backup' as const),
      masterDownAt: anyInstant,
      waitingFor: fc.constantFrom('master-silent', 'master-resigned', 'master-yielded', 'lower-priority'),
      patience: fc.option(fc.record({ until: anyInstant, armed: fc.boolean() }), { nil: undefined }),
      isReady: fc.boolean(),
      masterInterval: anyInterval,
      master: fc.option(
        fc.record({
          address: fc.constantFrom(PEER, THIRD, HIGHER),
          priority: fc.integer({ min: 0, max: 255 }),
        }),
        { nil: undefined },
      ),
    }),
    fc.record({
      name: fc.constant('master' as const),
      advertiseAt: anyInstant,
      renewAt: anyInstant,
      announceAt: fc.array(anyInstant, { maxLength: 3 }).map(list => [...list].sort((a, b) => a - b)),
      reassertFrom: anyInstant,
      reassertPending: fc.boolean(),
      sendFailures: fc.option(
        fc.tuple(fc.integer({ min: 1, max: 2 }), anyInstant).map(([count, lastAt]) => ({ count, lastAt })),
        {
          nil: undefined,
        },
      ),
    }),
    fc.record({
      name: fc.constant('fault' as const),
      cause: fc.constantFrom(undefined, 'down'),
      retryAt: fc.option(anyInstant, { nil: undefined }),
    }),
  )
  .map(state => ({ ...state }));

export const anyRouter: fc.Arbitrary<Router> = fc
  .tuple(ourParameters, anyState)
  .map(([p, state]) => ({ parameters: p, state }));

export { anyInstant };

/** A move of a walk: an input some time after the last one; `exactly` waits for the deadline instead. */
export interface Move {
  readonly input: Input;
  readonly afterUs: number;
  readonly exactly: boolean;
}

const anyMove: fc.Arbitrary<Move> = fc.record({
  input: anyInput,
  afterUs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.integer({ min: 0, max: 60_000_000 }),
  ),
  exactly: fc.boolean(),
});

export const anyWalk: fc.Arbitrary<{ readonly parameters: Parameters; readonly moves: readonly Move[] }> =
  fc.record({ parameters: ourParameters, moves: fc.array(anyMove, { minLength: 1, maxLength: 60 }) });
