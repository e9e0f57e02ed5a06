/** What holds for a drain whatever its edges answer, whenever they do, and whatever befalls the virtual routers meanwhile. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HAND_OVER_HOLD } from '../../src/drain/limits.ts';
import { IDLE, isUnderWay, nextDeadline, step } from '../../src/drain/procedure.ts';
import type { DrainEffect, DrainInput, DrainState, Standing } from '../../src/drain/state.ts';
import { after, type Instant, instant, milliseconds } from '../../src/lib/time.ts';
import { LIMITS } from './support.ts';

const ROUTERS = ['web', 'mail', 'spare'];

const problem = fc.option(fc.constant('broken'), { nil: undefined });
const count = fc.nat({ max: 3 });

const input: fc.Arbitrary<DrainInput> = fc.oneof(
  fc.record({
    type: fc.constant('begin' as const),
    force: fc.boolean(),
    masters: fc.subarray(ROUTERS.slice(0, 2)),
    others: fc.constant(['spare']),
    limits: fc.constant(LIMITS),
  }),
  fc.record({ type: fc.constant('undrain' as const) }),
  fc.record({ type: fc.constant('timeout' as const) }),
  fc.record({ type: fc.constant('left' as const), router: fc.constantFrom(...ROUTERS) }),
  fc.record({
    type: fc.constant('looked' as const),
    census: fc.record({ handshakes: count, queued: count, connections: count }),
  }),
  fc.constant<DrainInput>({ type: 'looked', census: undefined, problem: 'blind' }),
  fc.record({
    type: fc.constantFrom('heldOff', 'letIn', 'reloaded', 'saved'),
    problem,
  }) as fc.Arbitrary<DrainInput>,
);

interface Moment {
  readonly before: DrainState;
  readonly input: DrainInput;
  readonly after: DrainState;
  readonly effects: readonly DrainEffect[];
  readonly now: Instant;
}

/** Inputs in any order, each some time after the one before; a timeout comes at its deadline unless something else does. */
const walk = fc.array(fc.tuple(input, fc.nat({ max: 800 })), { maxLength: 40 }).map(inputs => {
  const moments: Moment[] = [];
  let state: DrainState = IDLE;
  let now = instant(0);
  for (const [next, waitMs] of inputs) {
    const due = nextDeadline(state);
    now = next.type === 'timeout' && due !== undefined && due > now ? due : after(now, milliseconds(waitMs));
    const { state: reached, effects } = step(state, next, now);
    moments.push({ before: state, input: next, after: reached, effects, now });
    state = reached;
  }
  return moments;
});

const MANY = { numRuns: 2_000 };

const always = (holds: (moments: readonly Moment[]) => void): void =>
  fc.assert(fc.property(walk, holds), MANY);

function standingsAfter(moments: readonly Moment[]): Map<string, Standing> {
  const standings = new Map<string, Standing>(ROUTERS.map(name => [name, 'full']));
  for (const { effects } of moments)
    for (const effect of effects)
      if (effect.type === 'stand')
        for (const name of effect.routers === 'all' ? ROUTERS : effect.routers)
          standings.set(name, effect.standing);
  return standings;
}

test('every drain that begins ends once, and nothing else does', () => {
  always(moments => {
    let open = 0;
    for (const { before, input, after, effects } of moments) {
      if (input.type === 'begin' && !isUnderWay(before)) open += 1;
      open -= effects.filter(({ type }) => type === 'finish').length;
      assert.equal(open, isUnderWay(after) ? 1 : 0);
    }
  });
});

test('whoever is not drained and not about to be takes part in full; whoever is drained, not at all', () => {
  always(moments => {
    const last = moments.at(-1)?.after;
    const standings = [...standingsAfter(moments).entries()];
    if (last === undefined || last.name === 'idle')
      assert.deepEqual(
        standings.filter(([, standing]) => standing !== 'full'),
        [],
      );
    const begun = moments.findLast(
      ({ before, input }) => input.type === 'begin' && !isUnderWay(before),
    )?.input;
    if (last?.name !== 'drained' || begun?.type !== 'begin') return;
    const concerned = [...begun.masters, ...begun.others];
    assert.deepEqual(
      standings.filter(([name, standing]) => concerned.includes(name) && standing !== 'away'),
      [],
    );
  });
});

test('an address is offered only after new connections are held off, or could not be', () => {
  always(moments => {
    moments.forEach(({ effects, now }, i) => {
      if (!effects.some(effect => effect.type === 'stand' && effect.standing === 'yielding')) return;
      const begun = moments
        .slice(0, i)
        .findLast(moment => moment.effects.some(({ type }) => type === 'holdOff'));
      assert.ok(begun !== undefined);
      const answered = moments
        .slice(moments.indexOf(begun) + 1, i)
        .some(moment => moment.input.type === 'heldOff');
      assert.ok(answered || now >= after(begun.now, LIMITS.empty));
    });
  });
});

test('a hold ends by itself soon after the time for the connections', () => {
  always(moments => {
    for (const { effects } of moments)
      for (const effect of effects)
        if (effect.type === 'holdOff') assert.equal(effect.lease, LIMITS.empty + HAND_OVER_HOLD);
  });
});

test('a hold that began is ended by the end of its drain', () => {
  always(moments => {
    let held = false;
    for (const { effects, after } of moments)
      for (const { type } of effects) {
        held = type === 'holdOff' || (held && type !== 'letIn');
        if (type === 'finish') assert.equal(held, false, after.name);
      }
  });
});

test('a deadline that has passed is settled by a timeout: none is due for ever', () => {
  always(moments => {
    const last = moments.at(-1);
    if (last === undefined) return;
    let { after: state, now } = last;
    for (let i = 0; i < 100; i += 1) {
      const due = nextDeadline(state);
      if (due === undefined) return;
      now = due > now ? due : now;
      state = step(state, { type: 'timeout' }, now).state;
    }
    assert.fail('deadlines without end');
  });
});

test('left alone by its edges, a drain still gives up in time', () => {
  fc.assert(
    fc.property(fc.boolean(), force => {
      let { state } = step(
        IDLE,
        { type: 'begin', force, masters: ['web'], others: [], limits: LIMITS },
        instant(0),
      );
      let now = instant(0);
      for (let due = nextDeadline(state); due !== undefined; due = nextDeadline(state)) {
        now = due;
        state = step(state, { type: 'timeout' }, now).state;
      }
      assert.equal(state.name, force ? 'resigning' : 'idle');
      assert.equal(now, LIMITS.empty + LIMITS.takeOver);
    }),
  );
});

test('a timeout before its time does nothing', () => {
  always(moments => {
    const last = moments.at(-1);
    const due = last === undefined ? undefined : nextDeadline(last.after);
    if (last === undefined || due === undefined || due <= last.now) return;
    assert.deepEqual(step(last.after, { type: 'timeout' }, instant(due - 1)), {
      state: last.after,
      effects: [],
    });
  });
});

test('no warning is told twice', () => {
  always(moments => {
    for (const { after: state } of moments)
      if ('run' in state) assert.equal(new Set(state.run.warnings).size, state.run.warnings.length);
  });
});
