/** `locum events` and `locum status --watch` beside a daemon of the test's own, which goes away and comes back. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Snapshot } from '../../src/control/answers.ts';
import { EventLog } from '../../src/control/event-log.ts';
import { type ControlServer, startControlServer } from '../../src/control/server.ts';
import type { Status } from '../../src/control/status.ts';
import { deskWith, keptLog, SNAPSHOT, snapshotOf } from '../control/support.ts';
import { waitFor } from '../support/wait.ts';
import { locum } from './support.ts';

let folder: string;
let socket: string;
let server: ControlServer | undefined;
let events: EventLog;
let status: Status;
let listeners: Set<(snapshot: Snapshot) => void>;
let wallMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-follow-test-'));
  socket = join(folder, 'locum.sock');
  status = SNAPSHOT;
  listeners = new Set();
  wallMs = Date.parse('2026-01-31T12:00:00.000Z');
  startAnew();
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A daemon counts its events from 1. */
function startAnew(): void {
  events = new EventLog(() => new Date(wallMs++).toISOString());
}

async function serve(): Promise<void> {
  const follow = (listener: (snapshot: Snapshot) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  server = await startControlServer(
    socket,
    deskWith({ events, follow, status: async () => status }),
    keptLog(),
  );
}

function publish(next: Status): void {
  status = next;
  for (const listener of listeners) listener(snapshotOf(next));
}

const tell = (text: string): void => events.tell({ kind: 'state', subject: 'web', text });

class Terminal {
  text = '';
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  readonly columns = 40;
  rows = 12;
  #onResize: (() => void) | undefined;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
    this.writes.push(text);
  }

  on(_event: 'resize', listener: () => void): void {
    this.#onResize = listener;
  }

  off(): void {
    this.#onResize = undefined;
  }

  resize(rows: number): void {
    this.rows = rows;
    this.#onResize?.();
  }

  async shows(text: string): Promise<void> {
    await waitFor(() => this.text.includes(text), {
      what: `the terminal shows ${JSON.stringify(text)}`,
      deadlineMs: 10_000,
      context: () => this.text,
    });
  }
}

/** Runs a command that goes on until it is told to end. */
function start(args: readonly string[], isTTY = false) {
  const stdout = new Terminal(isTTY);
  const stderr = new Terminal(false);
  const wish = new AbortController();
  const ended = locum([...args, '--socket', socket], { stdout, stderr, signal: wish.signal });
  return {
    stdout,
    stderr,
    async end(): Promise<number> {
      wish.abort();
      return (await ended).code;
    },
  };
}

describe('events', () => {
  it('lists what has happened, for people or as JSON', async () => {
    tell('web is backup now');
    tell('web is \u001bmaster now');
    await serve();
    const people = await locum(['events', '--socket', socket]);
    assert.equal(people.code, 0);
    assert.equal(
      people.out,
      '2026-01-31T12:00:00.000Z  state      web: web is backup now\n2026-01-31T12:00:00.001Z  state      web: web is ?master now\n',
    );
    const { out } = await locum(['events', '--json', '--socket', socket]);
    const lines = out.trimEnd().split('\n');
    assert.deepEqual(
      lines.map(line => JSON.parse(line) as unknown),
      events.recent(),
    );
  });

  it('says so when there is no daemon, followed or not', async () => {
    for (const args of [['events'], ['events', '--follow'], ['status', '--watch']]) {
      const { code, out, err } = await locum([...args, '--socket', socket]);
      assert.deepEqual([code, out], [1, ''], args.join(' '));
      assert.match(err, /^error: no daemon answers at .*locum\.sock: nothing is there.*\n$/);
    }
  });

  it('--follow goes on, over the end of the daemon and the start of another, and shows each event once', async () => {
    tell('first');
    await serve();
    const command = start(['events', '--follow']);
    await command.stdout.shows('web: first\n');
    tell('second');
    await command.stdout.shows('web: second\n');
    await server?.close();
    await command.stderr.shows('waiting for it\n');
    await serve();
    await command.stderr.shows('answers again\n');
    tell('third');
    await command.stdout.shows('web: third\n');
    await server?.close();
    startAnew();
    tell('fourth');
    await serve();
    await command.stdout.shows('web: fourth\n');
    assert.equal(await command.end(), 0);
    const words = command.stdout.text.split('\n').map(line => line.split('web: ')[1]);
    assert.deepEqual(words, ['first', 'second', 'third', 'fourth', undefined]);
    assert.equal(command.stderr.text.match(/waiting/g)?.length, 2);
  });
});

describe('events --follow', () => {
  const shown = (text: string) => text.split('\n').map(line => line.split('web: ')[1]);

  it('shows what happens after the clock was set back', async () => {
    await serve();
    tell('before');
    const command = start(['events', '--follow']);
    await command.stdout.shows('web: before\n');
    wallMs -= 3_600_000;
    tell('after');
    tell('later');
    await command.stdout.shows('web: later\n');
    await server?.close();
    await command.stderr.shows('waiting for it\n');
    wallMs -= 3_600_000;
    tell('meanwhile');
    await serve();
    await command.stdout.shows('web: meanwhile\n');
    assert.equal(await command.end(), 0);
    assert.deepEqual(shown(command.stdout.text), ['before', 'after', 'later', 'meanwhile', undefined]);
  });
});

describe('status --watch without a terminal', () => {
  it('shows a status for each change, and none for the passing of time', async () => {
    await serve();
    const command = start(['status', '--watch']);
    await command.stdout.shows('web: MASTER');
    const page = start(['status', '--watch'], true);
    await page.stdout.shows('up 3');
    publish({ ...SNAPSHOT, uptimeMs: 0 });
    await page.stdout.shows('up 0');
    const [router] = SNAPSHOT.routers;
    assert.ok(router !== undefined);
    publish({ ...SNAPSHOT, routers: [{ ...router, state: 'fault', reason: 'eth0 is gone' }] });
    await command.stdout.shows('web: FAULT');
    assert.deepEqual([await command.end(), await page.end()], [0, 0]);
    assert.equal(command.stdout.text.match(/^--- /gm)?.length, 2);
    assert.ok(!command.stdout.text.includes('\u001b'));
  });

  it('--json writes a line for each', async () => {
    await serve();
    const command = start(['status', '--watch', '--json'], true);
    await command.stdout.shows('\n');
    assert.equal(await command.end(), 0);
    assert.deepEqual(JSON.parse(command.stdout.text), SNAPSHOT);
  });
});

describe('status --watch on a terminal', () => {
  it('draws in place, in one write each time, within the window', async () => {
    await serve();
    const { stdout, end } = start(['status', '--watch'], true);
    await stdout.shows('Locum 0.1.0 on node-a');
    const frame = stdout.writes.at(-1) ?? '';
    assert.ok(frame.startsWith('\u001b[?2026h\u001b[H'));
    assert.ok(frame.endsWith('\u001b[J\u001b[?2026l'));
    const lines = frame.replace(/\p{Cc}\[[?\d;]*[A-Za-z]/gu, '').split('\r\n');
    assert.equal(lines.length, stdout.rows);
    assert.ok(lines.every(line => [...line].length < stdout.columns));
    assert.match(lines.at(-1) ?? '', /^… \d+ more lines/);
    const before = stdout.writes.length;
    stdout.resize(100);
    assert.equal(stdout.writes.length, before + 1);
    assert.doesNotMatch(stdout.writes.at(-1) ?? '', /more lines/);
    publish({ ...SNAPSHOT, node: 'node-b' });
    await stdout.shows('on node-b');
    assert.equal(await end(), 0);
  });

  it('leaves the terminal as it was, also when it began with a daemon that went away', async () => {
    await serve();
    const { stdout, end } = start(['status', '--watch'], true);
    await stdout.shows('on node-a');
    assert.ok(stdout.text.startsWith('\u001b[?1049h\u001b[?25l'));
    await server?.close();
    await stdout.shows('The last that was heard:');
    await serve();
    publish({ ...SNAPSHOT, node: 'node-b' });
    await stdout.shows('on node-b');
    assert.equal(await end(), 0);
    assert.ok(stdout.text.endsWith('\u001b[?25h\u001b[?1049l'));
    assert.equal(stdout.text.split('\u001b[?1049h').length, 2);
  });
});
