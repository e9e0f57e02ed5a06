/** A hook in virtual time: one at a time, in order, cut at its timeout, a bounded end. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hook, type HookOptions, IN_THE_WAY_AT_MOST, STOP_AT_MOST } from '../../src/app/hook.ts';
import type { Delivery } from '../../src/app/telling.ts';
import { inMilliseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import { MOST_WAITING } from '../../src/notify/backlog.ts';
import { NOTICE_STATES, type NoticeState } from '../../src/notify/notice.ts';
import { NO_RETRY } from '../../src/notify/retry.ts';
import { notice } from '../notify/support.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const OK: Delivery = { ok: true, detail: 'exit code 0' };

interface Call {
  readonly words: string;
  readonly signal: AbortSignal;
  readonly end: (delivery: Delivery) => void;
  readonly fail: (error: Error) => void;
}

/** A hook whose deliveries end when the test says so; with `always`, at once. */
function setUp({ always, ...options }: Partial<HookOptions> & { readonly always?: Delivery } = {}) {
  const clock = new VirtualClock();
  const log = new KeptLog();
  const calls: Call[] = [];
  const hook = new Hook({
    name: 'pager',
    type: 'exec',
    timeout: seconds(10),
    states: NOTICE_STATES,
    perMinute: 600,
    retry: NO_RETRY,
    clock,
    log,
    deliver: ({ notice: { router, state } }, signal) =>
      new Promise((end, fail) => {
        calls.push({ words: `${router} ${state}`, signal, end, fail });
        if (always !== undefined) end(always);
      }),
    ...options,
  });
  const tell = (...states: NoticeState[]) => {
    for (const state of states) hook.tell(notice(state));
  };
  const told = () => calls.map(({ words }) => words);
  const turn = () => clock.pass(milliseconds(0));
  const lastCall = (): Call => {
    const call = calls.at(-1);
    assert.ok(call !== undefined, 'it was never called');
    return call;
  };
  return { hook, clock, log, calls, lastCall, tell, told, turn };
}

describe('a hook', () => {
  it('is not started in the turn that tells it, which has other routers to serve', async () => {
    const { tell, told, turn } = setUp();
    tell('master');
    await settle();
    assert.deepEqual(told(), []);
    await turn();
    assert.deepEqual(told(), ['web master']);
  });

  it('is told in order, one after the other', async () => {
    const { hook, tell, told, turn, lastCall } = setUp();
    tell('backup');
    await turn();
    tell('master', 'fault');
    await turn();
    assert.deepEqual(told(), ['web backup']);
    assert.equal(hook.status().waiting, 2);
    lastCall().end(OK);
    await turn();
    assert.deepEqual(told(), ['web backup', 'web master']);
    lastCall().end(OK);
    await turn();
    assert.deepEqual(told(), ['web backup', 'web master', 'web fault']);
  });

  it('is told the states that it wants', async () => {
    const { tell, told, turn } = setUp({ always: OK, states: ['master', 'stop'] });
    tell('backup', 'master', 'fault', 'stop');
    await turn();
    assert.deepEqual(told(), ['web master', 'web stop']);
  });

  it('that hangs is cut at its timeout, counted and logged; the next begins once it has ended', async () => {
    const { hook, clock, log, tell, told, turn, lastCall } = setUp();
    tell('backup', 'master');
    await clock.pass(seconds(9));
    assert.equal(lastCall().signal.aborted, false);
    await clock.pass(seconds(1));
    assert.equal(lastCall().signal.aborted, true);
    const { failures, running, last } = hook.status();
    assert.deepEqual([failures, last?.ok, last?.detail], [1, false, 'cut: no end within 10s']);
    assert.equal(running?.notice.state, 'backup', 'it has not ended yet');
    assert.deepEqual(log.at('warn'), ['the notify hook pager failed: cut: no end within 10s']);
    assert.deepEqual(told(), ['web backup']);
    lastCall().end({ ok: false, detail: 'killed by SIGKILL' });
    await turn();
    assert.deepEqual(told(), ['web backup', 'web master']);
    assert.equal(hook.status().failures, 1, 'counted once');
  });

  it('that fails is logged with what it said, and told again', async () => {
    const { hook, log, tell, turn, lastCall, told } = setUp();
    tell('backup', 'master', 'fault');
    await turn();
    lastCall().end({ ok: false, detail: 'exit code 3: no route to host' });
    await turn();
    lastCall().fail(new Error('cannot start /x: there is no such file'));
    await turn();
    assert.deepEqual(told(), ['web backup', 'web master', 'web fault']);
    assert.deepEqual(
      log.lines.map(({ level, message, fields }) => [level, message, fields['router'], fields['state']]),
      [
        ['warn', 'the notify hook pager failed: exit code 3: no route to host', 'web', 'backup'],
        ['warn', 'the notify hook pager failed: cannot start /x: there is no such file', 'web', 'master'],
      ],
    );
    assert.deepEqual([hook.status().runs, hook.status().failures], [3, 2]);
  });

  it('that throws instead of answering has failed too', async () => {
    const { hook, tell, turn } = setUp({
      deliver: () => {
        throw new Error('not even started');
      },
    });
    tell('backup', 'master');
    await turn();
    const { runs, failures, last } = hook.status();
    assert.deepEqual([runs, failures, last?.detail], [2, 2, 'not even started']);
  });

  it('that falls behind misses the oldest, not the newest; what it misses is counted and logged', async () => {
    const { hook, log, tell, told, turn, calls } = setUp();
    tell('backup');
    await turn();
    for (let i = 0; i < MOST_WAITING; i++) tell(i % 2 === 0 ? 'master' : 'backup');
    assert.equal(hook.status().dropped, 0);
    tell('fault', 'stop');
    const { dropped, waiting } = hook.status();
    assert.deepEqual([dropped, waiting], [2, MOST_WAITING]);
    assert.deepEqual(
      log.lines.map(({ fields }) => fields['state']),
      ['master', 'backup'],
    );
    for (let i = 0; i <= MOST_WAITING; i++) {
      calls.at(-1)?.end(OK);
      await turn();
    }
    assert.equal(told().length, MOST_WAITING + 1);
    assert.deepEqual(told().slice(-3), ['web backup', 'web fault', 'web stop']);
  });

  it('that rests has no timer armed', async () => {
    const { clock, tell, turn } = setUp({ always: OK });
    tell('backup', 'master');
    await turn();
    assert.equal(clock.armed, 0);
  });
});

describe('at the stop', () => {
  /** When the stop was over, in milliseconds from its beginning. */
  const stopping = (clock: VirtualClock, hook: Hook) => {
    const end: { at?: number } = {};
    const began = clock.now();
    void hook.stop().then(() => {
      end.at = inMilliseconds(milliseconds((clock.now() - began) / 1_000));
    });
    return end;
  };

  it('a hook that rests holds nothing up', async () => {
    const { clock, hook } = setUp();
    const end = stopping(clock, hook);
    await settle();
    assert.equal(end.at, 0);
    assert.equal(clock.armed, 0);
  });

  it('only the newest state of each router is told, and waited for', async () => {
    const { hook, clock, tell, told, turn, lastCall } = setUp();
    tell('master');
    await turn();
    tell('backup', 'stop');
    hook.tell(notice('stop', 'mail'));
    const end = stopping(clock, hook);
    for (let i = 0; i < 3; i++) {
      assert.equal(end.at, undefined);
      lastCall().end(OK);
      await turn();
    }
    assert.deepEqual(told(), ['web master', 'web stop', 'mail stop']);
    assert.equal(end.at, 0);
    assert.equal(hook.status().dropped, 1);
  });

  it('what hangs in the way of the last word is cut, and the word is said', async () => {
    const { hook, clock, tell, told, lastCall } = setUp({ timeout: seconds(3_600) });
    tell('master');
    await clock.pass(seconds(1));
    tell('stop');
    const end = stopping(clock, hook);
    await clock.pass(IN_THE_WAY_AT_MOST);
    assert.equal(lastCall().signal.aborted, true);
    lastCall().end({ ok: false, detail: 'killed by SIGKILL' });
    await clock.pass(milliseconds(1));
    assert.deepEqual(told(), ['web master', 'web stop']);
    lastCall().end(OK);
    await settle();
    assert.equal(end.at, inMilliseconds(IN_THE_WAY_AT_MOST) + 1);
  });

  it("what is in nobody's way may take the whole time", async () => {
    const { hook, clock, tell, lastCall } = setUp({ timeout: seconds(3_600) });
    tell('stop');
    await clock.pass(milliseconds(1));
    stopping(clock, hook);
    await clock.pass(IN_THE_WAY_AT_MOST);
    assert.equal(lastCall().signal.aborted, false);
  });

  it('nobody waits longer than the bound, not even for what cannot be killed', async () => {
    const { hook, clock, log, tell, told, lastCall } = setUp({ timeout: seconds(3_600) });
    tell('stop');
    await clock.pass(milliseconds(1));
    hook.tell(notice('stop', 'mail'));
    const end = stopping(clock, hook);
    await clock.pass(STOP_AT_MOST);
    assert.equal(end.at, inMilliseconds(STOP_AT_MOST));
    assert.deepEqual(told(), ['web stop']);
    assert.equal(lastCall().signal.aborted, true);
    assert.deepEqual(log.at('warn'), [
      'the notify hook pager failed: cut: Locum stops',
      'the notify hook pager is not told of a state: Locum stops',
    ]);
    tell('master');
    assert.equal(hook.status().dropped, 2, 'too late');
    lastCall().end(OK);
    await clock.pass(seconds(1));
    assert.deepEqual(told(), ['web stop']);
    assert.equal(clock.armed, 0);
  });
});
