/** The watcher: debounce and periods in virtual time, outages against a fake engine on a unix socket. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/app/clock.ts';
import { connectDocker } from '../../src/docker/client.ts';
import type { DockerEngine } from '../../src/docker/engine.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import { DockerWatcher } from '../../src/docker/watcher.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { container, containerId, snapshotOf } from '../support/containers.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { waitFor } from '../support/wait.ts';

/** An engine in virtual time: lists answer at once, or when the test lets them. */
class InstantEngine implements DockerEngine {
  snapshot: DockerSnapshot = snapshotOf();
  lists = 0;
  failing = false;
  held: (() => void)[] | undefined;
  #push: (text: string) => void = () => undefined;

  async list(signal: AbortSignal): Promise<DockerSnapshot> {
    this.lists++;
    const { snapshot, held } = this;
    if (this.failing) throw new Error('engine is ill');
    if (held !== undefined) {
      await new Promise<void>((resolve, reject) => {
        held.push(resolve);
        signal.addEventListener('abort', () => reject(new Error('no answer in time')));
      });
    }
    return snapshot;
  }

  events(signal: AbortSignal): Promise<AsyncIterable<string>> {
    const queue: string[] = [];
    let wake: () => void = () => undefined;
    this.#push = text => {
      queue.push(text);
      wake();
    };
    signal.addEventListener('abort', () => wake());
    async function* read() {
      while (!signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      }
    }
    return Promise.resolve(read());
  }

  emit(name: string, action = 'start'): void {
    this.#push(
      `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: containerId(name), Attributes: { name } } })}\n`,
    );
  }
}

describe('docker watcher in virtual time', () => {
  let clock: VirtualClock;
  let engine: InstantEngine;
  let watcher: DockerWatcher;
  let log: KeptLog;

  beforeEach(async () => {
    clock = new VirtualClock();
    engine = new InstantEngine();
    log = new KeptLog();
    watcher = new DockerWatcher({ engine, clock, log });
    watcher.start();
    await settle();
    engine.lists = 0;
  });
  afterEach(() => watcher.stop());

  it('is connected once the stream is open and a list was answered', () => {
    assert.equal(watcher.status().connected, true);
    assert.deepEqual(watcher.latest(), snapshotOf());
  });

  it('says when the engine ceases to answer, and when it answers again', async () => {
    const heard: boolean[] = [];
    const end = watcher.onConnection(({ connected }) => heard.push(connected));
    engine.failing = true;
    await clock.pass(seconds(31));
    assert.equal(heard.at(-1), false);
    engine.failing = false;
    await clock.pass(seconds(31));
    assert.equal(heard.at(-1), true);
    end();
    const before = heard.length;
    await clock.pass(seconds(31));
    assert.equal(heard.length, before);
  });

  it('lists every 30 s without any hint', async () => {
    await clock.pass(seconds(95));
    assert.equal(engine.lists, 3);
  });

  it('lists 100 ms after a hint', async () => {
    engine.emit('web');
    await clock.pass(milliseconds(99));
    assert.equal(engine.lists, 0);
    await clock.pass(milliseconds(1));
    assert.equal(engine.lists, 1);
  });

  it('lists once for hints in a row, at most 500 ms after the first', async () => {
    for (let at = 0; at < 480; at += 20) {
      engine.emit('web');
      await clock.pass(milliseconds(20));
    }
    assert.equal(engine.lists, 0);
    await clock.pass(milliseconds(20));
    assert.equal(engine.lists, 1);
  });

  it('lists at most twice a second in a storm', async () => {
    for (let at = 0; at < 1_000; at += 5) {
      engine.emit('web');
      await clock.pass(milliseconds(5));
    }
    assert.ok(engine.lists >= 1 && engine.lists <= 2, `${engine.lists} lists`);
  });

  it('never overlaps lists, and lists again for a hint that came meanwhile', async () => {
    engine.held = [];
    engine.emit('web');
    await clock.pass(milliseconds(100));
    engine.emit('web');
    await clock.pass(milliseconds(200));
    assert.equal(engine.lists, 1);
    engine.held.splice(0).forEach(release => {
      release();
    });
    await settle();
    assert.equal(engine.lists, 2);
  });

  it('passes events on at once, before any list', async () => {
    const seen: string[] = [];
    watcher.onEvent(({ name, action }) => seen.push(`${name} ${action}`));
    engine.emit('web', 'die');
    await settle();
    assert.deepEqual(seen, ['web die']);
    assert.equal(engine.lists, 0);
  });

  it('knows that a snapshot is outdated from the event on, until a list that began later', async () => {
    const id = containerId('web');
    engine.held = [];
    engine.emit('web', 'die');
    await clock.pass(milliseconds(100));
    assert.equal(watcher.outdated(id), true);
    engine.emit('other', 'die');
    await settle();
    engine.held.splice(0).forEach(release => {
      release();
    });
    engine.held = undefined;
    await settle();
    assert.equal(watcher.outdated(id), false);
    assert.equal(watcher.outdated(containerId('other')), true, 'its event came during the list');
    await clock.pass(milliseconds(100));
    assert.equal(watcher.outdated(containerId('other')), false);
  });

  it('keeps the last snapshot when a list is never answered, and gives up on it after 5 s', async () => {
    engine.snapshot = snapshotOf(container('web'));
    await watcher.relist();
    engine.held = [];
    engine.emit('web');
    await clock.pass(seconds(6));
    assert.equal(watcher.status().connected, false);
    assert.equal(watcher.latest()?.containers.length, 1);
    assert.equal(watcher.status().lastError, 'no answer in time');
  });

  it('tells of an outage once, counts its failures, and tells of its end', async () => {
    engine.failing = true;
    await clock.pass(seconds(120));
    assert.deepEqual(log.at('warn'), ['Docker does not answer; the last known containers stay in use']);
    assert.ok(watcher.status().listFailures > 10);
    engine.failing = false;
    await clock.pass(seconds(6));
    assert.deepEqual(log.at('info'), ['Docker answers again']);
    assert.equal(watcher.status().connected, true);
  });

  it('tries at growing distances, at most 5 s apart', async () => {
    engine.failing = true;
    await clock.pass(seconds(30));
    const early = engine.lists;
    await clock.pass(seconds(1));
    assert.ok(engine.lists - early >= 3, 'the first ones soon');
    await clock.pass(seconds(9));
    const before = engine.lists;
    await clock.pass(seconds(50));
    const attempts = engine.lists - before;
    assert.ok(attempts >= 9 && attempts <= 11, `${attempts} attempts in 50 s`);
  });

  it('relists on demand, beginning after the call', async () => {
    engine.held = [];
    const first = watcher.relist();
    const second = watcher.relist();
    const third = watcher.relist();
    assert.equal(second, third, 'one waits');
    engine.held.splice(0).forEach(release => {
      release();
    });
    engine.held = undefined;
    engine.snapshot = snapshotOf(container('web'));
    assert.equal((await first)?.containers.length, 0);
    assert.equal((await second)?.containers.length, 1);
    assert.equal(engine.lists, 2);
  });

  it('is silent once stopped', async () => {
    watcher.stop();
    await clock.pass(seconds(100));
    assert.equal(engine.lists, 0);
    assert.equal(await watcher.relist(), undefined);
    assert.deepEqual(log.at('warn'), []);
  });
});

describe('docker watcher on an engine', () => {
  const engine = new FakeEngine();
  let watcher: DockerWatcher;

  const names = () => watcher.latest()?.containers.map(({ name }) => name) ?? [];
  const until = (what: string, condition: () => boolean) =>
    waitFor(condition, { what, deadlineMs: 8_000, context: () => JSON.stringify(watcher.status()) });

  before(async () => {
    await engine.start();
  });
  after(() => engine.remove());
  beforeEach(async () => {
    engine.listing = 'well';
    engine.streaming = 'well';
    engine.containers = [];
    engine.put('web');
    watcher = new DockerWatcher({
      engine: connectDocker(engine.host),
      clock: systemClock,
      log: new KeptLog(),
    });
    watcher.start();
    await until('connected', () => watcher.status().connected && names().length === 1);
  });
  afterEach(() => watcher.stop());

  it('shows a change within a second of its event', async () => {
    const begun = performance.now();
    engine.put('app');
    engine.emit('app', 'start');
    await until('the new container', () => names().includes('app'));
    assert.ok(performance.now() - begun < 1_000);
  });

  it('empties nothing while the engine is gone, and is back with what changed meanwhile', async () => {
    await engine.stop();
    await until('disconnected', () => !watcher.status().connected);
    assert.deepEqual(names(), ['web']);
    engine.put('app');
    await engine.start();
    await until('the new container', () => names().includes('app') && watcher.status().connected);
  });

  it('survives an event stream that ends', async () => {
    engine.dropStreams();
    await until('disconnected', () => watcher.status().connects >= 2);
    await until('connected', () => watcher.status().connected);
    engine.put('app');
    engine.emit('app', 'start');
    await until('the new container', () => names().includes('app'));
  });

  it('survives an engine that answers 500, nonsense, or half', async () => {
    for (const mood of ['error', 'nonsense'] as const) {
      engine.listing = mood;
      engine.emit('web', 'start');
      await until(`${mood} seen`, () => !watcher.status().connected);
      assert.deepEqual(names(), ['web']);
      engine.listing = 'well';
      await until('connected', () => watcher.status().connected);
    }
  });

  it('survives a stream that it cannot read', async () => {
    engine.write('not json\n{"Type":\n');
    await until('counted', () => watcher.status().unreadableEvents >= 2);
    engine.write('x'.repeat(1_100_000));
    await until('connected anew', () => watcher.status().connects >= 2 && watcher.status().connected);
    assert.deepEqual(names(), ['web']);
  });
});
