/** A hook in a storm, in virtual time: states that come too fast, or that nobody takes, are folded, and nothing of it vanishes unsaid. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Hook } from '../../src/app/hook.ts';
import { milliseconds, seconds, utc } from '../../src/lib/time.ts';
import { MOST_WAITING } from '../../src/notify/backlog.ts';
import type { Message } from '../../src/notify/message.ts';
import { NOTICE_STATES, type NoticeState } from '../../src/notify/notice.ts';
import { NO_RETRY, type Retry } from '../../src/notify/retry.ts';
import { notice } from '../notify/support.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

interface Wish {
  readonly perMinute?: number;
  readonly retry?: Retry;
  /** Whether the nth attempt is taken, from 0. */
  readonly taken?: (attempt: number) => boolean;
}

function setUp({ perMinute = 600, retry = NO_RETRY, taken = () => true }: Wish = {}) {
  const clock = new VirtualClock();
  const log = new KeptLog();
  const attempts: Message[] = [];
  const told: Message[] = [];
  const hook = new Hook({
    name: 'pager',
    type: 'webhook',
    timeout: seconds(10),
    states: NOTICE_STATES,
    perMinute,
    retry,
    clock,
    log,
    deliver: async message => {
      const ok = taken(attempts.length);
      attempts.push(message);
      if (ok) told.push(message);
      return { ok, detail: ok ? 'HTTP 200' : 'HTTP 503' };
    },
  });
  return { hook, clock, log, attempts, told };
}

const TRIES: Retry = { attempts: 3, within: seconds(60) };
const words = (all: readonly Message[]) =>
  all.map(({ notice: { router, state }, seq, folded }) => `${seq} ${router} ${state} +${folded}`);

describe('a router that flaps', () => {
  it('is told at once for a while, then folded into its newest state, which says how many that was', async () => {
    const { hook, clock, told } = setUp({ perMinute: 4 });
    for (let i = 0; i < 100; i++) {
      hook.tell(notice(i % 2 === 0 ? 'master' : 'backup'));
      await clock.pass(milliseconds(100));
    }
    assert.deepEqual(words(told), [
      '1 web master +0',
      '2 web backup +0',
      '3 web master +0',
      '4 web backup +0',
    ]);
    assert.deepEqual([hook.status().waiting, hook.status().dropped], [1, 95]);
    await clock.pass(seconds(15));
    assert.deepEqual(words(told.slice(4)), ['100 web backup +95']);
    assert.equal(clock.armed, 0);
  });

  it('holds up no other router', async () => {
    const { hook, clock, told } = setUp({ perMinute: 1 });
    hook.tell(notice('master'));
    hook.tell(notice('backup'));
    await clock.pass(seconds(1));
    hook.tell(notice('master', 'mail'));
    await clock.pass(seconds(1));
    assert.deepEqual(words(told), ['1 web master +0', '3 mail master +0']);
  });

  it('is told its last word at the stop, whatever its pace', async () => {
    const { hook, clock, told } = setUp({ perMinute: 1 });
    for (const state of ['master', 'backup', 'stop'] as const) hook.tell(notice(state));
    await clock.pass(seconds(1));
    const stopped = hook.stop();
    await clock.pass(milliseconds(1));
    await stopped;
    assert.deepEqual(words(told), ['1 web master +0', '3 web stop +1']);
    assert.equal(clock.armed, 0);
  });
});

describe('a target that is down', () => {
  it('is tried again after ever longer pauses, in order, and told in the end', async () => {
    const { hook, clock, log, attempts, told } = setUp({ retry: TRIES, taken: attempt => attempt >= 2 });
    hook.tell(notice('backup'));
    hook.tell(notice('master'));
    await clock.pass(milliseconds(499));
    assert.equal(attempts.length, 1);
    const { running, waiting, last } = hook.status();
    assert.deepEqual([running?.notice.state, waiting], ['backup', 1]);
    assert.equal(last?.detail, 'HTTP 503 (attempt 1 of 3, the next in 500ms)');
    await clock.pass(milliseconds(1_001));
    assert.deepEqual(words(told), ['1 web backup +0', '2 web master +0']);
    assert.deepEqual([hook.status().runs, hook.status().failures], [4, 2]);
    assert.equal(log.at('warn').length, 1, 'told once, and the tries after it by level debug');
  });

  it('is given up after the last try; the next state says that one is missing', async () => {
    const { hook, clock, log, told } = setUp({ retry: TRIES, taken: attempt => attempt >= 3 });
    hook.tell(notice('master'));
    hook.tell(notice('backup', 'mail'));
    await clock.pass(seconds(10));
    hook.tell(notice('fault'));
    await clock.pass(seconds(1));
    assert.deepEqual(words(told), ['2 mail backup +0', '3 web fault +1']);
    assert.match(log.at('warn').at(-1) ?? '', /failed: HTTP 503 \(attempt 3 of 3, given up\)/);
  });

  it('is told the newest state at the stop without waiting out a pause', async () => {
    const { hook, clock, attempts, told } = setUp({
      retry: { attempts: 10, within: seconds(600) },
      taken: attempt => attempt >= 7,
    });
    hook.tell(notice('master'));
    await clock.pass(seconds(40));
    assert.equal(attempts.length, 7, 'it waits for the eighth');
    hook.tell(notice('stop'));
    const stopped = hook.stop();
    await clock.pass(milliseconds(1));
    await stopped;
    assert.deepEqual(words(told), ['2 web stop +1']);
  });

  it('that stays down holds up the stop for its bound and no longer', async () => {
    const { hook, clock, attempts } = setUp({
      retry: { attempts: 10, within: seconds(600) },
      taken: () => false,
    });
    hook.tell(notice('stop'));
    await clock.pass(milliseconds(1));
    const stopped = hook.stop();
    await clock.pass(seconds(5));
    await stopped;
    assert.equal(attempts.length, 10, 'pauses are short at the stop');
    await clock.pass(seconds(60));
    assert.deepEqual([attempts.length, clock.armed], [10, 0]);
  });
});

it('a target that refuses for good is not tried again', async () => {
  const { clock, log } = setUp();
  let calls = 0;
  const hook = new Hook({
    name: 'pager',
    type: 'webhook',
    timeout: seconds(10),
    states: NOTICE_STATES,
    perMinute: 30,
    retry: TRIES,
    clock,
    log,
    deliver: async () => {
      calls++;
      return { ok: false, detail: 'HTTP 404', final: true };
    },
  });
  hook.tell(notice('master'));
  await clock.pass(seconds(60));
  assert.deepEqual([calls, hook.status().last?.detail], [1, 'HTTP 404 (attempt 1 of 3, given up)']);
});

describe('whatever happens', () => {
  const routers = ['a', 'b', 'c'];
  const happenings = fc.array(
    fc.record({
      router: fc.constantFrom(...routers),
      state: fc.constantFrom<NoticeState>(...NOTICE_STATES),
      /** What passes after it. */
      ms: fc.constantFrom(0, 0, 1, 200, 3_000),
    }),
    { maxLength: 60 },
  );

  it('the numbers add up, order stays, and the newest state of each router is told last if it is not given up', async () => {
    const outcomes = fc.array(fc.boolean(), { minLength: 200, maxLength: 200 });
    const tries = fc.constantFrom(2, 20);
    const property = fc.asyncProperty(
      happenings,
      fc.integer({ min: 1, max: 40 }),
      outcomes,
      tries,
      async (all, perMinute, fates, attempts) => {
        const taken = (attempt: number): boolean => attempt % 4 === 3 || (fates[attempt] ?? true);
        const { hook, clock, told } = setUp({ perMinute, retry: { ...TRIES, attempts }, taken });
        let most = 0;
        for (const [at, { router, state, ms }] of all.entries()) {
          hook.tell(notice(state, router, { at: utc(at) }));
          most = Math.max(most, hook.status().waiting);
          await clock.pass(milliseconds(ms));
        }
        await clock.pass(seconds(3_600));
        assert.ok(most <= MOST_WAITING);
        for (const router of routers) {
          const given = [...all.entries()].filter(([, each]) => each.router === router).map(([at]) => at);
          const ofRouter = told.filter(each => each.notice.router === router);
          let stoodFor = 0;
          for (const { folded, notice: each } of ofRouter) {
            stoodFor += folded + 1;
            assert.equal(stoodFor, given.filter(at => at <= each.at).length);
          }
          if (attempts === 20) assert.equal(ofRouter.at(-1)?.notice.at, given.at(-1));
        }
        assert.equal(clock.armed, 0);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });
});
