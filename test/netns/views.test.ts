/**
 * The views of two real daemons: `/live` tells a hand-over on both while it happens, `/events` why, and over TCP a client on the network reads
 * them and can do nothing else.
 */

import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Event } from '../../src/control/event.ts';
import type { Status } from '../../src/control/status.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { program } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const PORT = 9_112;
const PROMPT_MS = 5_000;

/** A reader of `/live` on the control socket, as a page would be. */
class LiveReader {
  readonly snapshots: { readonly status: Status; readonly atMs: number }[] = [];
  readonly #question: ClientRequest;

  constructor(socketPath: string) {
    this.#question = request({ socketPath, path: '/live', agent: false }, response => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        const messages = `${rest}${chunk}`.split('\n\n');
        rest = messages.pop() ?? '';
        const atMs = Date.now();
        for (const message of messages)
          this.snapshots.push({ status: JSON.parse(message.slice('data: '.length)) as Status, atMs });
      });
      response.on('error', () => undefined);
    });
    this.#question.on('error', () => undefined);
    this.#question.end();
  }

  /** When the state was first shown, and how long after it began. */
  async shows(state: string, sinceMs: number): Promise<{ readonly atMs: number; readonly lateMs: number }> {
    return waitFor(
      () => {
        for (const { status, atMs } of this.snapshots) {
          const [router] = status.routers;
          if (router?.state === state && atMs >= sinceMs)
            return { atMs, lateMs: atMs - Date.parse(router.since.at) };
        }
        return undefined;
      },
      { what: `/live shows ${state}`, deadlineMs: PROMPT_MS, everyMs: 1 },
    );
  }

  close(): void {
    this.#question.destroy();
  }
}

describe('the views of a pair', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  let client: Host;
  const readers: LiveReader[] = [];
  const optionsOf = (address: string, priority: number) => ({
    address: `${address}/24`,
    priority,
    sections: { http: { listen: `${address}:${PORT}` } },
  });

  before(async () => {
    lan = await Lan.create();
    [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', optionsOf('198.18.51.11', 100)),
      LocumNode.start(lan, 'node-b', optionsOf('198.18.51.12', 98)),
    ]);
    client = await lan.host('client', '198.18.51.50/24');
    await masterIs(a, [a, b]);
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });
  after(() => lan.close());

  function watch(node: LocumNode): LiveReader {
    const reader = new LiveReader(node.socket);
    readers.push(reader);
    return reader;
  }

  /** What a client on the network gets, `CODE BODY` for each question; one process asks them all. */
  async function ask(...questions: readonly (readonly [address: string, path: string, method?: string])[]) {
    const script = `
      const answers = [];
      for (const [address, path, method = 'GET'] of ${JSON.stringify(questions)}) {
        const answer = await fetch('http://' + address + ':${PORT}' + path, { method });
        answers.push(answer.status + ' ' + (await answer.text()));
      }
      process.stdout.write(JSON.stringify(answers));`;
    const args = ['--input-type=module', '-e', script];
    const { code, stdout, stderr } = await client.inside.exec(process.execPath, args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as string[];
  }

  it('tell a hand-over on both nodes while it happens', async test => {
    const [onA, onB] = [watch(a), watch(b)];
    await Promise.all([onA.shows('master', 0), onB.shows('backup', 0)]);
    const sinceMs = Date.now();
    await a.nginx.kill();
    const [left, taken] = await Promise.all([onA.shows('backup', sinceMs), onB.shows('master', sinceMs)]);
    test.diagnostic(
      `shown ${left.lateMs} ms after node-a gave way, ${taken.lateMs} ms after node-b took over`,
    );
    await waitFor(() => onB.snapshots.some(({ status }) => status.routers[0]?.vips[0]?.present === true), {
      what: 'the address is shown on node-b',
      deadlineMs: PROMPT_MS,
    });
    const states = onB.snapshots.map(({ status }) => status.routers[0]?.state);
    assert.deepEqual([...new Set(states)], ['backup', 'master']);
  });

  it('tell why, in order, as events', async () => {
    const { code, stdout } = await a.locum('events', '--json');
    assert.equal(code, 0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, at) => at + 1),
    );
    const told = events.map(({ kind, subject, to }) => `${kind} ${subject} ${to}`);
    const down = told.indexOf('tracker nginx down');
    assert.ok(told.indexOf('state web master') < down, told.join('\n'));
    assert.ok(down < told.lastIndexOf('state web backup'), told.join('\n'));
  });

  it('are read over the network, where nothing can be changed', async () => {
    const [A, B] = ['198.18.51.11', '198.18.51.12'];
    const answers = await ask(
      [B, '/active'],
      [A, '/active?router=web'],
      [A, '/readyz'],
      [A, '/metrics'],
      [A, '/'],
      [B, '/drain', 'POST'],
      [B, '/metrics', 'PUT'],
    );
    const expected = [
      /^200 \{"ok":true,"detail":"web is master"\}/,
      /^503 .*web is backup/,
      /^200 /,
      /^200 # HELP locum_/,
      /^200 <!doctype html>/,
      /^403 .*control socket/,
      /^405 /,
    ];
    for (const [at, pattern] of expected.entries()) assert.match(answers[at] ?? '', pattern);
    assert.equal((await b.router()).state, 'master');
  });

  it('keep a daemon from starting where their address is taken, with the setting and where it came from', async () => {
    const other = await b.host.inside.spawn(process.execPath, [
      '-e',
      `require('node:http').createServer().listen(${PORT + 1}, '198.18.51.12', () => console.log('listening'))`,
    ]);
    await waitFor(() => other.output.includes('listening'), { what: 'it listens', deadlineMs: PROMPT_MS });
    const { code, stdout } = await b.host.inside.exec('env', [
      `LOCUM_SOCKET=${b.host.folder}/other.sock`,
      `LOCUM_HTTP__LISTEN=198.18.51.12:${PORT + 1}`,
      ...program(),
      'run',
      '--config',
      b.configFile,
    ]);
    assert.equal(code, 1);
    const lines = stdout.split('\n').filter(line => line.includes('"level":"error"'));
    assert.equal(lines.length, 1, stdout);
    assert.match(lines[0] ?? '', /http\.listen: 198\.18\.51\.12:9113 cannot be listened on: another program/);
    assert.match(lines[0] ?? '', /environment LOCUM_HTTP__LISTEN/);
    await other.stop();
    assert.equal((await b.router()).state, 'master');
  });
});
