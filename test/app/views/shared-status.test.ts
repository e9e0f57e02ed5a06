/** The shared status in virtual time: how often it is gathered, how fresh it is, and when followers are given a new one. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SharedStatus } from '../../../src/app/views/shared-status.ts';
import type { Snapshot } from '../../../src/control/answers.ts';
import type { Status } from '../../../src/control/status.ts';
import { inMilliseconds, milliseconds, seconds } from '../../../src/lib/time.ts';
import { SNAPSHOT } from '../../control/support.ts';
import { KeptLog } from '../../support/quiet-log.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let log: KeptLog;
/** When each gathering began, in ms. */
let gathered: number[];
let rendered: number;
let gather: () => Promise<Status>;
let shared: SharedStatus;

const nowMs = () => inMilliseconds(clock.now() as never);

beforeEach(() => {
  clock = new VirtualClock();
  log = new KeptLog();
  gathered = [];
  rendered = 0;
  gather = async () => SNAPSHOT;
  shared = new SharedStatus({
    gather: () => {
      gathered.push(nowMs());
      return gather();
    },
    renderMetrics: async () => {
      rendered++;
      return { contentType: 'text/plain', text: 'locum_up 1\n' };
    },
    clock,
    log,
  });
});

/** The times at which a follower was given something, in ms. */
function follow(): number[] {
  const times: number[] = [];
  shared.follow(() => times.push(nowMs()));
  return times;
}

describe('a question', () => {
  it('is answered at once when nobody asked lately', async () => {
    assert.equal((await shared.snapshot()).status, SNAPSHOT);
  });

  it('shares the answer with all who ask meanwhile', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => shared.snapshot()));
    assert.equal(new Set(answers).size, 1);
    assert.equal(gathered.length, 1);
  });

  it('soon after another waits for a gathering of its own: no answer is older than its question', async () => {
    await shared.snapshot();
    await clock.pass(milliseconds(30));
    const second = shared.snapshot();
    const third = shared.snapshot();
    await clock.pass(milliseconds(100));
    assert.equal(await second, await third);
    assert.deepEqual(gathered, [0, 100]);
  });

  it('during a gathering is not answered by that one', async () => {
    let finish = (_status: Status): void => {};
    gather = () =>
      new Promise(resolve => {
        finish = resolve;
      });
    const first = shared.snapshot();
    await settle();
    const second = shared.snapshot();
    finish(SNAPSHOT);
    assert.notEqual(second, first);
    await first;
    await clock.pass(milliseconds(100));
    finish({ ...SNAPSHOT, pid: 8 });
    assert.equal((await second).status.pid, 8);
  });

  it('asked without pause by many costs ten gatherings a second', async () => {
    let answered = 0;
    const ask = async (): Promise<void> => {
      for (;;) {
        await shared.snapshot();
        answered++;
      }
    };
    for (let asker = 0; asker < 20; asker++) void ask();
    await clock.pass(milliseconds(999));
    assert.equal(gathered.length, 10);
    assert.equal(answered, 200);
    // Whoever still asks is left without an answer, and the test can end.
    gather = () => new Promise(() => undefined);
    await clock.pass(milliseconds(100));
  });

  it('that fails fails for those who asked, and the next is tried anew', async () => {
    gather = () => Promise.reject(new Error('the kernel does not answer'));
    await assert.rejects(shared.snapshot(), /the kernel/);
    gather = async () => SNAPSHOT;
    const next = shared.snapshot();
    await clock.pass(milliseconds(100));
    assert.equal((await next).status, SNAPSHOT);
  });
});

describe('what is made of a snapshot', () => {
  it('is made once, and only when it is asked for', async () => {
    const snapshot = await shared.snapshot();
    assert.equal(rendered, 0);
    assert.equal(snapshot.json(), JSON.stringify(SNAPSHOT));
    await Promise.all([snapshot.metrics(), snapshot.metrics()]);
    assert.equal(rendered, 1);
  });
});

describe('a follower', () => {
  it('is given one each second while nothing changes', async () => {
    const times = follow();
    await clock.pass(milliseconds(3_500));
    assert.deepEqual(times, [1_000, 2_000, 3_000]);
  });

  it('is given a change within 50 ms', async () => {
    const times = follow();
    await clock.pass(milliseconds(500));
    shared.changed();
    await clock.pass(milliseconds(50));
    assert.deepEqual(times, [520]);
  });

  it('is given many changes together, at least 100 ms apart, and the last of them for certain', async () => {
    const seen: (readonly [atMs: number, pid: number])[] = [];
    let pid = 0;
    gather = async () => ({ ...SNAPSHOT, pid });
    shared.follow(({ status }: Snapshot) => seen.push([nowMs(), status.pid]));
    for (let change = 1; change <= 50; change++) {
      pid = change;
      shared.changed();
      await clock.pass(milliseconds(7));
    }
    await clock.pass(milliseconds(200));
    const times = seen.map(([atMs]) => atMs);
    const gaps = times.slice(1).map((atMs, at) => atMs - (times[at] ?? 0));
    assert.ok(
      gaps.every(gap => gap >= 100),
      times.join(),
    );
    assert.ok(times.length >= 3 && times.length <= 6, times.join());
    assert.equal(seen.at(-1)?.[1], 50);
  });

  it('is given what came during a gathering afterwards', async () => {
    let finish = (_status: Status): void => {};
    gather = () =>
      new Promise(resolve => {
        finish = resolve;
      });
    const times = follow();
    shared.changed();
    await clock.pass(milliseconds(30));
    shared.changed();
    finish(SNAPSHOT);
    await clock.pass(milliseconds(200));
    finish(SNAPSHOT);
    await settle();
    assert.equal(times.length, 2);
  });

  it('goes on to be given them after a gathering that failed', async () => {
    const times = follow();
    gather = () => Promise.reject(new Error('the kernel does not answer'));
    await clock.pass(milliseconds(1_000));
    gather = async () => SNAPSHOT;
    await clock.pass(seconds(1));
    assert.deepEqual(times, [2_000]);
    assert.equal(log.lines.length, 1);
  });

  it('is given soon what changed since the gathering whose result it has', async () => {
    await shared.snapshot();
    shared.changed();
    const times = follow();
    await clock.pass(milliseconds(500));
    assert.deepEqual(times, [100]);
  });

  it('that has left costs nothing', async () => {
    const end = shared.follow(() => assert.fail('it has left'));
    end();
    shared.changed();
    assert.equal(clock.armed, 0);
    await clock.pass(seconds(5));
    assert.deepEqual(gathered, []);
  });

  it('is given nothing after the end', async () => {
    const times = follow();
    shared.stop();
    await clock.pass(seconds(5));
    assert.deepEqual([times, clock.armed], [[], 0]);
  });
});
