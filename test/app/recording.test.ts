/** A recording at work: lines gathered and written by and by, a disk that refuses named once and tried again, nobody waited for. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Recording } from '../../src/app/recording.ts';
import { CORE } from '../../src/app/router-runner.ts';
import { EventLog } from '../../src/control/event-log.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { instant, milliseconds, seconds } from '../../src/lib/time.ts';
import type { Batch } from '../../src/recording/tape.ts';
import type { Router } from '../../src/vrrp/state.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { assertAgrees, play } from '../support/recording.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { PEER, parameters, peerPacket } from '../vrrp/support.ts';

/** A disk that works, refuses or hangs as the test says. */
class Disk {
  readonly path = '/recording';
  readonly clock = new VirtualClock();
  readonly log = new KeptLog();
  readonly writes: string[] = [];
  size = 0;
  isClosed = false;
  refuses = false;
  hangs = false;

  async append({ text, startsFile }: Batch): Promise<OperatingError | undefined> {
    if (this.hangs) return new Promise(() => undefined);
    if (this.refuses) return new OperatingError('ENOSPC', 'the file system is full');
    if (startsFile) this.writes.length = 0;
    this.writes.push(text);
    this.size += text.length;
    return undefined;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  get text(): string {
    return this.writes.join('');
  }

  record(limits = { fileBytes: 1_000_000, waitingBytes: 100_000 }): Recording {
    const { clock, log } = this;
    const wallTime = () => '2026-01-01T00:00:00.000Z';
    return new Recording({ file: this, version: '9.8.7', node: 'a', clock, wallTime, log, limits });
  }
}

const INIT: Router = { parameters: parameters(), state: { name: 'init' } };

test('lines go to the disk together, a moment later, and the last ones at the end', async () => {
  const disk = new Disk();
  const recording = disk.record();
  const core = recording.coreOf('web');
  const { router } = core.step(INIT, { type: 'startup', fault: undefined }, instant(0));
  core.step(router, { type: 'timeout' }, instant(5));
  assert.equal(disk.text, '');
  await disk.clock.pass(milliseconds(60));
  assert.equal(disk.writes.length, 1);
  core.step(router, { type: 'shutdown' }, instant(6));
  await recording.close();
  assert.equal(assertAgrees(disk.text).steps.length, 3);
  assert.ok(disk.isClosed);
  assert.equal(disk.clock.armed, 0);
});

test('each virtual router is introduced once in a file, and again in the next', async () => {
  const disk = new Disk();
  const recording = disk.record({ fileBytes: 3_000, waitingBytes: 100_000 });
  const core = recording.coreOf('web');
  let { router } = core.step(INIT, { type: 'startup', fault: undefined }, instant(0));
  for (let at = 1; at < 40; at++) {
    router = core.step(router, { type: 'timeout' }, instant(at * 1_000_000)).router;
    await disk.clock.pass(milliseconds(60));
  }
  await recording.close();
  const { all } = assertAgrees(disk.text);
  assert.deepEqual(
    all.slice(0, 2).map(({ kind }) => kind),
    ['recording', 'router'],
  );
  assert.equal(all.filter(({ kind }) => kind === 'router').length, 1);
  assert.ok(disk.text.length < 4_000);
});

describe('a disk that refuses', () => {
  test('is named once, tried again, and what is lost is counted and told in the recording', async () => {
    const disk = new Disk();
    const recording = disk.record();
    const core = recording.coreOf('web');
    disk.refuses = true;
    let { router } = core.step(INIT, { type: 'startup', fault: undefined }, instant(0));
    for (let at = 1; at < 5; at++) {
      await disk.clock.pass(seconds(3));
      router = core.step(router, { type: 'timeout' }, instant(at)).router;
    }
    assert.deepEqual(disk.log.at('error'), ['the file system is full; it is tried again']);
    assert.ok(recording.lost > 0);
    disk.refuses = false;
    await disk.clock.pass(seconds(3));
    router = core.step(router, { type: 'timeout' }, instant(9_000_000)).router;
    await disk.clock.pass(seconds(3));
    assert.deepEqual(disk.log.at('info'), ['the recording goes on']);
    const { all } = assertAgrees(disk.text);
    const [header] = all;
    assert.ok(header?.kind === 'recording' && header.lost > 0);
    await recording.close();
  });

  test('that hangs takes no more memory than the bound, and does not hold up the end', async () => {
    const disk = new Disk();
    const recording = disk.record({ fileBytes: 1_000_000, waitingBytes: 2_000 });
    const core = recording.coreOf('web');
    disk.hangs = true;
    let { router } = core.step(INIT, { type: 'startup', fault: undefined }, instant(0));
    await disk.clock.pass(seconds(1));
    for (let at = 1; at < 1_000; at++) router = core.step(router, { type: 'timeout' }, instant(at)).router;
    assert.ok(recording.lost > 900);
    const began = performance.now();
    await recording.close();
    assert.ok(performance.now() - began < 5_000);
  });
});

test('what is refused by the ladder is counted by reason, a line a second', async () => {
  const disk = new Disk();
  const recording = disk.record();
  const core = recording.coreOf('web');
  for (let i = 0; i < 1_000; i++) {
    await Promise.resolve();
    core.receive(peerPacket({ vrid: 52 }), parameters());
  }
  await disk.clock.pass(seconds(2));
  core.receive(peerPacket({ vrid: 52 }), parameters());
  await recording.close();
  const discards = play(disk.text).all.filter(({ kind }) => kind === 'discard');
  assert.deepEqual(
    discards.map(each => each.kind === 'discard' && [each.reason, each.source, each.count]),
    [
      ['vrid', PEER, 1],
      ['vrid', PEER, 1_000],
    ],
  );
});

test('what is odd about an advertisement goes with it', async () => {
  const disk = new Disk();
  const recording = disk.record();
  const core = recording.coreOf('web');
  const { router } = core.step(INIT, { type: 'startup', fault: undefined }, instant(0));
  const received = core.receive(peerPacket({ advertisementInterval: seconds(2) }), parameters());
  assert.ok(received.kind === 'accept');
  core.step(router, { type: 'advert', ...received }, instant(1));
  await recording.close();
  const last = assertAgrees(disk.text).steps.at(-1)?.line.input;
  assert.deepEqual(last?.type === 'advert' && last.oddities, ['interval-differs']);
});

test('an input that breaks the core is the last line, and the replay breaks there, too', async () => {
  const disk = new Disk();
  const recording = disk.record();
  const breaking: typeof CORE = {
    ...CORE,
    step: () => {
      throw new TypeError('broken');
    },
  };
  assert.throws(
    () => recording.coreOf('web', breaking).step(INIT, { type: 'timeout' }, instant(1)),
    /broken/,
  );
  await recording.close();
  assert.throws(() => play(disk.text, breaking.step), /holds what the core does not take: broken/);
});

test('what happens around the virtual routers is noted, their own states are not', async () => {
  const disk = new Disk();
  const recording = disk.record();
  const events = new EventLog(() => '2026-01-01T00:00:00.000Z');
  recording.follow(events);
  events.tell({ kind: 'tracker', subject: 'nginx', text: 'nginx is down: gone' });
  events.tell({ kind: 'state', subject: 'web', text: 'web is master now' });
  events.tell({ kind: 'docker', subject: 'engine', text: 'x'.repeat(100_000) });
  await recording.close();
  const notes = play(disk.text).all.filter(({ kind }) => kind === 'note');
  assert.deepEqual(
    notes.map(note => note.kind === 'note' && [note.about, note.subject, note.text]),
    [
      ['tracker', 'nginx', 'nginx is down: gone'],
      ['docker', 'engine', 'x'.repeat(2_000)],
    ],
  );
});
