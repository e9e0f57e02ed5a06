/** What holds for every packet, every state and every walk through them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { after, type Instant, instant, seconds } from '../../src/lib/time.ts';
import { decodeAdvertisement, takeApart, vridOf } from '../../src/vrrp/advertisement.ts';
import { authenticationData } from '../../src/vrrp/authentication.ts';
import { decodeIp } from '../../src/vrrp/ip-packet.ts';
import { DISCARD_REASONS, receive } from '../../src/vrrp/receive.ts';
import type { Effect, Input, Router, Step } from '../../src/vrrp/state.ts';
import { handOverSkew, masterDownInterval, skewTime } from '../../src/vrrp/timing.ts';
import { createRouter, nextDeadline, step } from '../../src/vrrp/virtual-router.ts';
import {
  anyInput,
  anyInstant,
  anyPacket,
  anyPair,
  anyParameters,
  anyRouter,
  anyState,
  anyWalk,
  mutated,
  ourParameters,
} from './arbitraries.ts';
import { sentAgain, withoutIgnoredBits } from './ignored-bits.ts';
import { advertisement, encodePacket, parameters } from './support.ts';

const FEW = { numRuns: 300 };
const MANY = { numRuns: 1_000 };

test('an advertisement that is encoded is decoded as it was', () => {
  fc.assert(
    fc.property(anyParameters, fc.integer({ min: 0, max: 255 }), (p, priority) => {
      const packet = encodePacket(p, priority);
      const outer = decodeIp(packet);
      assert.ok(outer);
      const parts = takeApart(outer);
      const read = parts && decodeAdvertisement(parts.message, outer.family);
      assert.ok(read);
      assert.equal(vridOf(packet), p.vrid);
      assert.equal(outer.source, p.primaryAddress);
      const { version, vrid, addresses, interval } = read;
      assert.deepEqual(
        { version, vrid, addresses, interval, priority: read.priority, count: read.count },
        {
          version: p.version,
          vrid: p.vrid,
          addresses: p.addresses,
          interval: p.advertisementInterval,
          priority,
          count: p.addresses.length,
        },
      );
      if (p.version === 2) assert.deepEqual(read.authentication?.data, authenticationData(p.authentication));
    }),
    FEW,
  );
});

test('what one router sends, another with the same parameters accepts, in the form it was sent', () => {
  fc.assert(
    fc.property(anyPair, fc.integer({ min: 0, max: 255 }), ({ speaker: p, listener }, priority) => {
      const received = receive(encodePacket(p, priority), listener);
      assert.ok(received.kind === 'accept', inspect(received));
      const unproven = p.authentication.type === 'hmac' && received.proof === 'none';
      assert.deepEqual(received.oddities, unproven ? ['not-authenticated'] : []);
      assert.equal(received.advertisement.priority, priority);
    }),
    FEW,
  );
});

test('receive never throws, and gives one of its reasons', () => {
  const anything = fc.oneof(fc.uint8Array({ maxLength: 120 }), anyPacket, mutated(anyPacket));
  fc.assert(
    fc.property(anything, anyParameters, (packet, expected) => {
      const received = receive(packet, expected);
      if (received.kind === 'discard') assert.ok(DISCARD_REASONS.includes(received.reason));
    }),
    MANY,
  );
});

test('a broken packet that is accepted all the same means what it says: sent again, it is the same octets', () => {
  let accepted = 0;
  const broken = anyPair.chain(pair =>
    fc.tuple(fc.constant(pair), mutated(fc.constant(encodePacket(pair.speaker, 100)))),
  );
  fc.assert(
    fc.property(broken, ([{ listener }, packet]) => {
      const received = receive(packet, listener);
      if (received.kind === 'discard') return;
      accepted++;
      const [theirs, ours] = withoutIgnoredBits(packet, sentAgain(received, packet, listener));
      assert.equal(ours, theirs);
    }),
    MANY,
  );
  assert.ok(accepted > 0, 'some were accepted');
});

test('step never throws, whatever the state and the input', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const next = step(router, input, now);
      nextDeadline(next.router);
    }),
    MANY,
  );
});

test('step is a function: the same question has the same answer, and changes nothing', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const before = structuredClone(router);
      const first = step(router, input, now);
      assert.deepEqual(step(router, input, now), first);
      assert.deepEqual(structuredClone(router), before);
    }),
    FEW,
  );
});

test('a timeout before the deadline does nothing', () => {
  fc.assert(
    fc.property(anyRouter, anyInstant, (router, now) => {
      const deadline = nextDeadline(router);
      fc.pre(deadline === undefined || now < deadline.at);
      const next = step(router, { type: 'timeout' }, now);
      assert.deepEqual(next.effects, []);
      assert.deepEqual(next.router, router);
    }),
    FEW,
  );
});

test('a timeout at or after the deadline leaves a later deadline: no loop, however late it comes', () => {
  fc.assert(
    fc.property(ourParameters, anyState, fc.nat(60_000_000), (p, state, late) => {
      const deadline = nextDeadline({ parameters: p, state });
      fc.pre(deadline !== undefined);
      const now = instant(deadline.at + late);
      const next = nextDeadline(step({ parameters: p, state }, { type: 'timeout' }, now).router);
      assert.ok(next === undefined || next.at > now, `${next?.reason} at ${next?.at}, now ${now}`);
    }),
    MANY,
  );
});

test('no input moves a deadline into the past', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const before = nextDeadline(router)?.at;
      const deadline = nextDeadline(step(router, input, now).router)?.at;
      assert.ok(deadline === undefined || deadline >= now || (before !== undefined && deadline >= before));
    }),
    MANY,
  );
});

const MASTERLY: ReadonlySet<Effect['type']> = new Set(['advertise', 'acquireAddresses', 'announceAddresses']);

test('only a master speaks, holds and announces; leaving, it resigns or is silent, and releases once', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const { router: next, effects } = step(router, input, now);
      const [was, is] = [router.state.name, next.state.name];
      const masterly = effects.filter(({ type }) => MASTERLY.has(type));
      const released = effects.filter(({ type }) => type === 'releaseAddresses').length;
      assert.equal(released, was === 'master' && is !== 'master' ? 1 : 0);
      if (is === 'master') return;
      for (const effect of masterly)
        assert.ok(was === 'master' && effect.type === 'advertise' && effect.priority === 0, inText(effects));
    }),
    MANY,
  );
});

test('a change of state is told once, last and truly; without one nothing is told', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const { router: next, effects } = step(router, input, now);
      const told = effects.flatMap(effect => (effect.type === 'stateChanged' ? [effect] : []));
      if (router.state.name === next.state.name) {
        assert.deepEqual(told, []);
        return;
      }
      assert.equal(told.length, 1);
      assert.equal(effects.at(-1), told[0]);
      assert.deepEqual([told[0]?.from, told[0]?.to], [router.state.name, next.state.name]);
      assert.notEqual(told[0]?.detail, '');
    }),
    MANY,
  );
});

test('a master advertises its own priority; 0 when it goes, to give way with fast timing only or for its sync group', () => {
  fc.assert(
    fc.property(anyRouter, anyInput, anyInstant, (router, input, now) => {
      const { router: next, effects } = step(router, input, now);
      for (const effect of effects)
        if (effect.type === 'advertise')
          assert.equal(effect.priority, next.state.name === 'master' ? next.parameters.priority : 0);
      if (next.state.name === 'backup' && next.parameters.timing === 'rfc' && input.type !== 'stepDown')
        assert.ok(!effects.some(({ type }) => type === 'advertise'));
    }),
    MANY,
  );
});

function inText(effects: readonly Effect[]): string {
  return JSON.stringify(effects);
}

/** Walks from init on, in the order of time; timeouts that claim to wait for the deadline come exactly then. */
function walk(
  from: Router,
  moves: readonly { readonly input: Input; readonly afterUs: number; readonly exactly: boolean }[],
  look: (before: Router, input: Input, now: Instant, result: Step) => void,
): void {
  let router = from;
  let now = instant(0);
  for (const { input, afterUs, exactly } of moves) {
    const due = nextDeadline(router)?.at;
    if (exactly && input.type === 'timeout' && due !== undefined && due > now) now = due;
    else now = instant(now + afterUs);
    const result = step(router, input, now);
    look(router, input, now, result);
    router = result.router;
  }
}

test('on every walk acquiring and releasing are balanced: held exactly while master', () => {
  fc.assert(
    fc.property(anyWalk, ({ parameters: p, moves }) => {
      let held = false;
      walk(createRouter(p), moves, (_, __, ___, { router, effects }) => {
        for (const { type } of effects) {
          if (type === 'announceAddresses') assert.ok(held, 'announced what it does not hold');
          if (type === 'acquireAddresses') held = true;
          if (type === 'releaseAddresses') {
            assert.ok(held, 'released what it does not hold');
            held = false;
          }
        }
        assert.equal(held, router.state.name === 'master');
      });
    }),
    MANY,
  );
});

test('on every walk a backup never advertises', () => {
  fc.assert(
    fc.property(anyWalk, ({ parameters: p, moves }) => {
      walk(createRouter(p), moves, (before, _, __, { router, effects }) => {
        if (before.state.name === 'backup' && router.state.name === 'backup') assert.deepEqual(effects, []);
      });
    }),
    FEW,
  );
});

test('on every walk what a master keeps is bounded, and its announcements lie ahead in order', () => {
  fc.assert(
    fc.property(anyWalk, ({ parameters: p, moves }) => {
      walk(createRouter(p), moves, (_, __, ___, { router: { state } }) => {
        if (state.name !== 'master') return;
        assert.ok(state.announceAt.length <= 3);
        assert.deepEqual(
          state.announceAt,
          [...state.announceAt].sort((a, b) => a - b),
        );
        assert.ok((state.sendFailures?.count ?? 0) < 3);
      });
    }),
    FEW,
  );
});

test('on every walk re-assertions keep their spacing', () => {
  fc.assert(
    fc.property(anyWalk, ({ parameters: p, moves }) => {
      let last: Instant | undefined;
      walk(createRouter(p), moves, (before, input, now, { router, effects }) => {
        if (before.state.name !== 'master' || router.state.name !== 'master') last = undefined;
        else if (effects.length === 3 && input.type !== 'timeout') {
          assert.ok(last === undefined || now - last >= 10_000, `${last} and ${now}`);
          last = now;
        }
      });
    }),
    FEW,
  );
});

test('a walk has one outcome', () => {
  fc.assert(
    fc.property(anyWalk, ({ parameters: p, moves }) => {
      const record = (): string[] => {
        const lines: string[] = [];
        walk(createRouter(p), moves, (_, __, now, result) => lines.push(JSON.stringify([now, result])));
        return lines;
      };
      assert.deepEqual(record(), record());
    }),
    { numRuns: 50 },
  );
});

const ORDERED = fc.tuple(
  fc.integer({ min: 1, max: 255 }),
  fc.integer({ min: 1, max: 255 }),
  fc.integer({ min: 1, max: 4095 }),
);

test('a higher priority always waits less: skew, master-down interval and hand-over skew', () => {
  fc.assert(
    fc.property(ORDERED, fc.constantFrom(2, 3), ([a, b, cs], version) => {
      fc.pre(a > b);
      const interval = seconds(version === 2 ? 1 + (cs % 255) : cs / 100);
      for (const wait of [skewTime, masterDownInterval, handOverSkew]) {
        const [high, low] = [
          wait(version === 2 ? 2 : 3, a, interval),
          wait(version === 2 ? 2 : 3, b, interval),
        ];
        assert.ok(high < low, `${wait.name} ${high} of ${a}, ${low} of ${b}`);
        assert.ok(high > 0);
      }
    }),
    MANY,
  );
});

test('when the master yields, backups take over in the order of their priorities', () => {
  const two = fc.tuple(fc.integer({ min: 2, max: 254 }), fc.integer({ min: 2, max: 254 }));
  fc.assert(
    fc.property(two, fc.constantFrom(0, 1), fc.nat(3_000_000), ([a, b], low, when) => {
      fc.pre(a > b);
      const deadlines = [a, b].map(priority => {
        const inputs: Input[] = [
          { type: 'startup', fault: undefined },
          {
            type: 'advert',
            advertisement: advertisement({ priority: 255 }),
            source: parameters().addresses[0] as never,
          },
          {
            type: 'advert',
            advertisement: advertisement({ priority: low }),
            source: parameters().addresses[0] as never,
          },
        ];
        let router = createRouter(parameters({ priority }));
        for (const [i, input] of inputs.entries())
          router = step(
            router,
            input,
            i === 2 ? after(instant(0), instant(when) as never) : instant(0),
          ).router;
        return nextDeadline(router)?.at ?? 0;
      });
      assert.ok((deadlines[0] ?? 0) < (deadlines[1] ?? 0));
      assert.ok((deadlines[1] ?? 0) - when <= 10_200);
    }),
    FEW,
  );
});
