/** The controller on a simulated nginx in virtual time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperatingError } from '../../src/lib/errors.ts';
import type { ProcessEntry } from '../../src/lib/process-table.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { NginxController, type NginxProcesses, type ReloadResult } from '../../src/nginx/controller.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** nginx as its processes look: a master, workers, and what SIGHUP makes of them. */
class SimulatedNginx implements NginxProcesses {
  entries: ProcessEntry[] = [];
  readonly signals: number[] = [];
  refusal: string | undefined;
  onSignal: () => void = () => undefined;
  #pids = 100;

  /** Why they cannot be looked at. */
  blindness: Error | undefined;

  named(): Promise<readonly ProcessEntry[]> {
    return this.blindness === undefined ? Promise.resolve([...this.entries]) : Promise.reject(this.blindness);
  }

  signal(pid: number): string | undefined {
    if (this.refusal !== undefined) return this.refusal;
    this.signals.push(pid);
    this.onSignal();
    return undefined;
  }

  put(title: string, parent: number): ProcessEntry {
    const pid = this.#pids++;
    const made = { pid, parent, name: 'nginx', state: 'S', startTicks: pid, title };
    this.entries.push(made);
    return made;
  }

  start(): ProcessEntry {
    const master = this.put('nginx: master process nginx', 1);
    this.put('nginx: worker process', master.pid);
    return master;
  }

  /** What a good configuration does. */
  replaceWorkers(): void {
    const [master] = this.entries;
    if (master === undefined) return;
    this.entries = [master];
    this.put('nginx: worker process', master.pid);
  }
}

function setUp() {
  const clock = new VirtualClock();
  const nginx = new SimulatedNginx();
  const controller = new NginxController({ processName: 'nginx', processes: nginx, clock });
  return { clock, nginx, controller };
}

async function reload(
  { clock, controller }: ReturnType<typeof setUp>,
  within = seconds(15),
): Promise<ReloadResult> {
  const result = controller.reload();
  await clock.pass(within);
  return result;
}

describe('nginx controller', () => {
  it('tells the master, and is satisfied by new workers', async () => {
    const set = setUp();
    const master = set.nginx.start();
    set.nginx.onSignal = () => {
      set.clock.after(milliseconds(40), () => set.nginx.replaceWorkers());
    };
    const result = await reload(set);
    assert.equal(result.outcome, 'reloaded');
    assert.ok(
      result.outcome === 'reloaded' && result.took >= milliseconds(40) && result.took < milliseconds(200),
    );
    assert.deepEqual(set.nginx.signals, [master.pid]);
  });

  it('says refused when the old workers stay', async () => {
    const set = setUp();
    set.nginx.start();
    const result = await reload(set);
    assert.equal(result.outcome, 'refused');
    assert.match(result.detail, /kept its old workers: it refused its configuration/);
  });

  it('says not running without nginx, and sends nothing', async () => {
    const set = setUp();
    assert.equal((await reload(set)).outcome, 'not-running');
    set.nginx.put('nginx: worker process', 1);
    assert.equal((await reload(set)).outcome, 'not-running', 'orphans');
    assert.deepEqual(set.nginx.signals, []);
  });

  it('waits for a starting nginx, which SIGHUP would end', async () => {
    const set = setUp();
    const starting = set.nginx.put('nginx -g daemon off;', 1);
    set.nginx.onSignal = () => set.nginx.replaceWorkers();
    const result = set.controller.reload();
    await set.clock.pass(seconds(1));
    assert.deepEqual(set.nginx.signals, []);
    set.nginx.entries = [{ ...starting, title: 'nginx: master process nginx' }];
    await set.clock.pass(seconds(1));
    assert.deepEqual(set.nginx.signals, [], 'its first workers are not there yet');
    set.nginx.put('nginx: worker process', starting.pid);
    await set.clock.pass(seconds(1));
    assert.equal((await result).outcome, 'reloaded');
  });

  it('cannot reach an nginx that never has a master, several of them, or one that refuses the signal', async () => {
    const single = setUp();
    single.nginx.put('nginx', 1);
    assert.match((await reload(single)).detail, /without a master process; it needs "master_process on"/);

    const several = setUp();
    several.nginx.start();
    several.nginx.start();
    assert.match((await reload(several)).detail, /several masters named nginx run \(pids 100, 102\)/);

    const refusing = setUp();
    refusing.nginx.start();
    refusing.nginx.refusal = 'EPERM';
    const result = await reload(refusing);
    assert.equal(result.outcome, 'unreachable');
    assert.match(result.detail, /EPERM; run Locum as its user or with the KILL capability/);
  });

  it('is told as such when the processes cannot be looked at', async () => {
    const set = setUp();
    set.nginx.blindness = new OperatingError('aside-ended', 'the thread has ended');
    const result = await reload(set);
    assert.deepEqual(result, { outcome: 'unreachable', detail: 'the thread has ended' });
  });

  it('says not running when nginx ends meanwhile', async () => {
    const before = setUp();
    before.nginx.start();
    before.nginx.refusal = 'ESRCH';
    assert.equal((await reload(before)).outcome, 'not-running');

    const during = setUp();
    during.nginx.start();
    during.nginx.onSignal = () => {
      during.nginx.entries = [];
    };
    assert.equal((await reload(during)).outcome, 'not-running');
  });

  it('knows whether nginx serves', async () => {
    const { nginx, controller } = setUp();
    assert.equal(await controller.isServing(), false);
    const master = nginx.put('nginx: master process nginx', 1);
    assert.equal(await controller.isServing(), false);
    nginx.put('nginx: worker process', master.pid);
    assert.equal(await controller.isServing(), true);
  });
});

it('reloads one after the other, whoever asks', async () => {
  const { clock, nginx, controller } = setUp();
  nginx.start();
  const first = controller.reload();
  const second = controller.reload();
  await clock.pass(seconds(1));
  assert.equal(nginx.signals.length, 1, 'the second waits until the first is proved');
  nginx.replaceWorkers();
  nginx.onSignal = () => nginx.replaceWorkers();
  await clock.pass(seconds(1));
  assert.deepEqual(
    [(await first).outcome, (await second).outcome, nginx.signals.length],
    ['reloaded', 'reloaded', 2],
  );
});
