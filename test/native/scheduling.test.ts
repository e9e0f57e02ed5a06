/** What the kernel makes of a wish: policy and niceness of the event loop's thread, of the others, of children; refusal; the limit. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { moduleUrl, runInChild, WITHOUT_CAPABILITIES } from '../net/child.ts';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'scheduling needs root on Linux';

/** Each in a process of its own: a test must not change how the others are scheduled. */
const PRELUDE = `
  import { execFileSync } from 'node:child_process';
  import { readdirSync, readFileSync } from 'node:fs';
  import { Worker } from 'node:worker_threads';
  import * as scheduling from '${moduleUrl('native/scheduling')}';
  // proc_pid_stat(5): fields 19 (niceness), 40 and 41 (real-time priority, policy), counted after the closing parenthesis.
  const statOf = path => {
    const fields = readFileSync(path + '/stat', 'latin1').replace(/^.*\\) /s, '').split(' ');
    return { nice: Number(fields[16]), priority: Number(fields[37]), policy: Number(fields[38]) };
  };
  const threads = () => readdirSync('/proc/self/task').map(id => ({ id, ...statOf('/proc/self/task/' + id) }));
  const say = value => console.log(JSON.stringify(value));
`;

async function run(source: string, wrapper?: readonly string[]): Promise<unknown[]> {
  const { code, output } = await runInChild(`${PRELUDE}${source}`, wrapper);
  assert.equal(code, 0, output);
  return output
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown);
}

const CHILD = `JSON.parse(execFileSync(process.execPath, ['--eval',
  'console.log(JSON.stringify(require("fs").readFileSync("/proc/self/stat", "latin1").replace(/^.*\\\\) /s, "").split(" ")))'],
  { encoding: 'utf8' }))`;

describe('scheduling', { skip }, () => {
  test('is the normal one until somebody changes it', async () => {
    assert.deepEqual(await run('say(scheduling.readScheduling())'), [
      { policy: 'other', priority: 0, nice: 0 },
    ]);
  });

  test('SCHED_RR holds for every thread that is there, the helpers one below, and for none that begins later', async () => {
    const [before, effective, others, child] = await run(`
      const there = threads().map(({ id }) => id);
      say(there.length);
      scheduling.setScheduling({ policy: 'rr', priority: 7 });
      say(scheduling.readScheduling());
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
      worker.once('online', () => {
        const later = threads().filter(({ id }) => !there.includes(id));
        const helpers = threads().filter(({ id }) => there.includes(id) && Number(id) !== process.pid);
        say({ later: later.map(({ policy }) => policy), helpers: helpers.map(({ policy, priority }) => [policy, priority]) });
        const fields = ${CHILD};
        say({ nice: Number(fields[16]), policy: Number(fields[38]) });
        process.exit();
      });
    `);
    assert.deepEqual(effective, { policy: 'rr', priority: 7, nice: 0 });
    const { later, helpers } = others as { later: number[]; helpers: number[][] };
    assert.ok(later.length > 0, 'the worker came on top');
    assert.ok(later.every(policy => policy === 0));
    assert.equal(helpers.length, (before as number) - 1);
    for (const helper of helpers) assert.deepEqual(helper, [2, 6]);
    assert.deepEqual(child, { nice: 0, policy: 0 });
  });

  test('negative niceness holds for every thread that is there, and children do not inherit it', async () => {
    const [effective, others, child] = await run(`
      scheduling.setScheduling({ policy: 'other', nice: -11 });
      say(scheduling.readScheduling());
      say(threads().filter(({ id }) => Number(id) !== process.pid).map(({ nice }) => nice));
      const fields = ${CHILD};
      say({ nice: Number(fields[16]), policy: Number(fields[38]) });
    `);
    assert.deepEqual(effective, { policy: 'other', priority: 0, nice: -11 });
    assert.ok((others as number[]).every(nice => nice === -11));
    assert.deepEqual(child, { nice: 0, policy: 0 });
  });

  test('one can go back', async () => {
    const said = await run(`
      scheduling.setScheduling({ policy: 'rr', priority: 1 });
      scheduling.setScheduling({ policy: 'other', nice: 0 });
      say(scheduling.readScheduling());
    `);
    assert.deepEqual(said, [{ policy: 'other', priority: 0, nice: 0 }]);
  });

  test('without the capability it is refused with EPERM, and the message says what to add', async () => {
    const [rr, nice, effective] = await run(
      `
      for (const wish of [{ policy: 'rr', priority: 3 }, { policy: 'other', nice: -1 }])
        try {
          scheduling.setScheduling(wish);
        } catch (error) {
          say(error.name + ' ' + error.code + ' ' + error.message);
        }
      say(scheduling.readScheduling());
    `,
      WITHOUT_CAPABILITIES,
    );
    assert.match(String(rr), /^OperatingError EPERM cannot schedule as SCHED_RR 3: .*SYS_NICE.*rtprio: 3/);
    assert.match(String(nice), /^OperatingError EPERM cannot schedule as niceness -1: .*SYS_NICE/);
    assert.deepEqual(effective, { policy: 'other', priority: 0, nice: 0 });
  });

  test('a real-time thread that never waits is ended, by SIGXCPU or else by SIGKILL', async () => {
    const spinning = (listener: string): string => `${PRELUDE}
      ${listener}
      scheduling.limitRealTime(100);
      scheduling.setScheduling({ policy: 'rr', priority: 1 });
      const end = performance.now() + 5_000;
      while (performance.now() < end);
      say('survived');`;
    const told = await runInChild(spinning(''));
    assert.equal(told.code, undefined, told.output);
    const deaf = await runInChild(spinning("process.on('SIGXCPU', () => {});"));
    assert.equal(deaf.code, undefined, deaf.output);
    assert.doesNotMatch(told.output + deaf.output, /survived/);
  });
});
