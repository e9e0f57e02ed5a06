/** What waits for a hook: order, the bound, and that the newest state of every router stays. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { admit, MOST_WAITING, newestOnly, takeNext } from '../../src/notify/backlog.ts';
import { NOTICE_STATES, type NoticeState } from '../../src/notify/notice.ts';
import { notice as noticeOf } from './support.ts';

interface Waiting {
  readonly notice: { readonly router: string; readonly state: NoticeState };
  readonly number: number;
}

const notice = (router: string, state: NoticeState, number = 0): Waiting => ({
  notice: noticeOf(state, router),
  number,
});
const words = (all: readonly Waiting[]) => all.map(({ notice: { router, state } }) => `${router} ${state}`);

describe('when too many wait', () => {
  const waiting = [notice('a', 'backup'), notice('b', 'master'), notice('b', 'fault')];

  it('the oldest goes that a later one of its router has overtaken', () => {
    const { waiting: now, dropped } = admit(waiting, notice('c', 'backup'), 3);
    assert.deepEqual(words(now), ['a backup', 'b fault', 'c backup']);
    assert.equal(dropped, waiting[1]);
  });

  it('the new one may be what overtakes', () => {
    const { waiting: now, dropped } = admit(waiting, notice('a', 'master'), 3);
    assert.deepEqual(words(now), ['b master', 'b fault', 'a master']);
    assert.equal(dropped, waiting[0]);
  });

  it('nothing goes where each is the newest of its router', () => {
    const each = [notice('a', 'master'), notice('b', 'master')];
    const { waiting: now, dropped } = admit(each, notice('c', 'master'), 2);
    assert.deepEqual([now.length, dropped], [3, undefined]);
  });
});

it('at the end only the newest of each router is left, in order', () => {
  const waiting = [notice('a', 'master'), notice('b', 'fault'), notice('a', 'backup'), notice('a', 'stop')];
  const { newest, overtaken } = newestOnly(waiting);
  assert.deepEqual(words(newest), ['b fault', 'a stop']);
  assert.deepEqual(words(overtaken), ['a master', 'a backup']);
});

describe('whose turn it is', () => {
  const waiting = [notice('a', 'master'), notice('b', 'fault'), notice('a', 'backup'), notice('a', 'stop')];

  it('the oldest, where nobody has to wait', () => {
    const turn = takeNext(waiting, () => true);
    assert.deepEqual([turn.next, turn.waiting, turn.folded], [waiting[0], waiting.slice(1), []]);
  });

  it('the oldest of another, where one has to wait; what came of that one is folded into its newest', () => {
    const turn = takeNext(waiting, router => router !== 'a');
    assert.equal(turn.next, waiting[1]);
    assert.deepEqual([words(turn.waiting), words(turn.folded)], [['a stop'], ['a master', 'a backup']]);
  });

  it('nobody, where all have to wait', () => {
    const turn = takeNext(waiting, () => false);
    assert.equal(turn.next, undefined);
    assert.deepEqual(words(turn.waiting), ['b fault', 'a stop']);
  });
});

describe('whatever happens', () => {
  const routers = ['a', 'b', 'c', 'd'];
  /** A notice, or a turn of the hook, which takes the first that waits. */
  const happening = fc.oneof(
    fc.record({ router: fc.constantFrom(...routers), state: fc.constantFrom(...NOTICE_STATES) }),
    fc.constant('take' as const),
  );
  const run = (happenings: readonly ({ router: string; state: NoticeState } | 'take')[], most: number) => {
    const given: Waiting[] = [];
    const told: Waiting[] = [];
    const dropped: Waiting[] = [];
    let waiting: readonly Waiting[] = [];
    let longest = 0;
    for (const each of happenings) {
      if (each === 'take') {
        told.push(...waiting.slice(0, 1));
        waiting = waiting.slice(1);
        continue;
      }
      const added = notice(each.router, each.state, given.length);
      given.push(added);
      const admission = admit(waiting, added, most);
      waiting = admission.waiting;
      if (admission.dropped !== undefined) dropped.push(admission.dropped);
      longest = Math.max(longest, waiting.length);
    }
    return { given, told: [...told, ...waiting], dropped, longest };
  };

  it('the bound holds, nothing vanishes uncounted, order stays, and the newest of each router is told last', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        (happenings, most) => {
          const { given, told, dropped, longest } = run(happenings, most);
          assert.ok(longest <= Math.max(most, routers.length));
          assert.equal(told.length + dropped.length, given.length);
          const numbers = told.map(({ number }) => number);
          assert.deepEqual(
            numbers,
            [...numbers].sort((a, b) => a - b),
          );
          for (const router of routers) {
            const ofRouter = (all: readonly Waiting[]) => all.findLast(each => each.notice.router === router);
            assert.equal(ofRouter(told), ofRouter(given));
          }
        },
      ),
    );
  });

  it('a hook that hangs keeps no more than the limit of one router', () => {
    const flapping = Array.from({ length: 1_000 }, (_, i) => ({
      router: 'a',
      state: i % 2 === 0 ? ('master' as const) : ('backup' as const),
    }));
    const { longest, told } = run(flapping, MOST_WAITING);
    assert.deepEqual([longest, told.at(-1)?.notice.state], [MOST_WAITING, 'backup']);
  });
});
