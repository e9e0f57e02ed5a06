/** The event loop's scheduling as the daemon has it: the default asks for nothing, a refusal ends nothing, a busy loop gives way. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moduleUrl, runInChild, WITHOUT_CAPABILITIES } from '../net/child.ts';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'scheduling needs root on Linux';

interface Report {
  readonly status: { readonly policy: string; readonly nice: number; readonly problem: string | null };
  readonly log: readonly string[];
}

/** Runs in a process of its own, as it changes it; `after` comes before the report. */
async function report(wish: unknown, options: { after?: string; wrapper?: readonly string[] } = {}) {
  const { code, output } = await runInChild(
    `
    import { EventLoopScheduling, tryScheduling } from '${moduleUrl('app/scheduling')}';
    const log = [];
    const note = level => (fields, message) => log.push(level + ': ' + message);
    const scheduling = new EventLoopScheduling({
      wish: ${JSON.stringify(wish)},
      others: () => [],
      log: { debug() {}, info: note('info'), warn: note('warn'), error: note('error') },
      lookEveryMs: 100,
    });
    scheduling.apply();
    ${options.after ?? ''}
    console.log(JSON.stringify({ status: scheduling.status(), log }));
    scheduling.close();`,
    options.wrapper,
  );
  assert.equal(code, 0, output);
  return JSON.parse(output) as Report;
}

describe('the scheduling of the event loop', { skip }, () => {
  it('stays what it was by default', async () => {
    const { status, log } = await report(
      { policy: 'other', nice: 0 },
      { wrapper: ['nice', '-n', '5', '--'] },
    );
    assert.deepEqual(status, { policy: 'other', priority: 0, nice: 5, problem: null });
    assert.deepEqual(log, []);
  });

  it('is as configured, and says so', async () => {
    const { status, log } = await report({ policy: 'rr', priority: 2 });
    assert.deepEqual(status, { policy: 'rr', priority: 2, nice: 0, problem: null });
    assert.deepEqual(log, ['info: the event loop runs with SCHED_RR 2']);
  });

  it('is the normal one where the kernel refuses, and says why', async () => {
    const { status, log } = await report({ policy: 'rr', priority: 2 }, { wrapper: WITHOUT_CAPABILITIES });
    assert.equal(status.policy, 'other');
    assert.match(status.problem ?? '', /SYS_NICE/);
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /^warn: .*normal scheduling.*SYS_NICE/);
  });

  it('gives way while the loop is kept busy, and comes back once it is calm', async () => {
    // Never idle, yet it takes turns: as under a flood of packets.
    const { status, log } = await report(
      { policy: 'rr', priority: 2 },
      {
        after: `
          const given = () => scheduling.status().problem !== null;
          const end = performance.now() + 3_000;
          while (!given() && performance.now() < end) await new Promise(resolve => setImmediate(resolve));
          const { policy, problem } = scheduling.status();
          log.push(policy + ': ' + problem);
          const { default: clock } = await import('node:timers/promises');
          while (given() && performance.now() < end + 5_000) await clock.setTimeout(50);`,
      },
    );
    assert.deepEqual(log, [
      'info: the event loop runs with SCHED_RR 2',
      'warn: SCHED_RR 2 is given up while the event loop is busy',
      'other: SCHED_RR 2 is given up while the event loop is busy',
      'info: the event loop runs with SCHED_RR 2 again',
    ]);
    assert.equal(status.policy, 'rr');
    assert.equal(status.problem, null);
  });

  it('is tried without a trace', async () => {
    const after = `
      log.push(String(tryScheduling({ policy: 'rr', priority: 1 })));
      log.push(String(tryScheduling({ policy: 'other', nice: -5 })));`;
    const allowed = await report({ policy: 'other', nice: 0 }, { after });
    assert.deepEqual(allowed.log, ['undefined', 'undefined']);
    assert.deepEqual(allowed.status, { policy: 'other', priority: 0, nice: 0, problem: null });
    const refused = await report({ policy: 'other', nice: 0 }, { after, wrapper: WITHOUT_CAPABILITIES });
    for (const line of refused.log) assert.match(line, /SYS_NICE/);
  });
});
