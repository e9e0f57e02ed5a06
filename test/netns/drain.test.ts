/**
 * `locum drain` and `undrain` on real sockets, addresses, packet filter and nginx: what moves, what stays away, what survives, and that
 * nothing is left behind.
 */

import assert from 'node:assert/strict';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { DrainLine, DrainOutcome } from '../../src/control/drain.ts';
import { Keepalived } from '../support/keepalived.ts';
import { type Host, Lan } from '../support/lan.ts';
import type { InsideProcess } from '../support/namespace.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { Observer } from '../support/observer.ts';
import { holdsFor, waitFor } from '../support/wait.ts';

const PROMPT_MS = 1_000;
const SETTLE_MS = 10_000;

interface Drained {
  readonly code: number;
  readonly progress: readonly string[];
  readonly outcome: DrainOutcome;
}

async function drain(node: LocumNode, ...options: string[]): Promise<Drained> {
  const { code, stdout, stderr } = await node.locum('drain', '--json', ...options);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as DrainLine);
  const outcome = lines.at(-1);
  assert.ok(outcome !== undefined && 'outcome' in outcome, `${stdout}${stderr}`);
  return { code, outcome, progress: lines.flatMap(line => ('progress' in line ? [line.progress] : [])) };
}

async function undrain(node: LocumNode): Promise<void> {
  const { code, stdout, stderr } = await node.locum('undrain');
  assert.equal(code, 0, `${stdout}${stderr}`);
}

const ruleset = (host: Host): Promise<string> => host.inside.run('nft', ['list', 'ruleset']);

async function established(host: Host, address = VIP): Promise<number> {
  const sockets = await host.inside.run('ss', ['-Htn', 'state', 'established', 'src', address]);
  return sockets.split('\n').filter(line => line !== '').length;
}

async function heldOff(host: Host): Promise<boolean> {
  return /expires/.test(await ruleset(host));
}

describe('a pair of Locum nodes', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  let client: Host;
  before(async () => {
    lan = await Lan.create();
    [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
      LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
    ]);
    client = await lan.host('client', '198.18.51.50/24');
  });
  beforeEach(async () => {
    await Promise.all([a, b].map(undrain));
    await masterIs(a, [a, b]);
  });
  after(() => lan.close());

  /** A client that opens a connection, sends the text and prints what comes, until the connection ends. */
  async function connection(text: string): Promise<InsideProcess> {
    const before = await established(a.host);
    const script = `exec 3<>/dev/tcp/${VIP}/80; printf '${text}' >&3; exec cat <&3`;
    const open = await client.inside.spawn('bash', ['-c', script]);
    await waitFor(async () => (await established(a.host)) > before, {
      what: 'a connection',
      deadlineMs: PROMPT_MS,
    });
    return open;
  }

  test('drain hands the address over and keeps the node away; undrain brings it back', async () => {
    const { code, outcome, progress } = await drain(a);
    assert.deepEqual([code, outcome.outcome, outcome.warnings], [0, 'drained', []]);
    assert.equal(progress.length, 4, progress.join('\n'));
    await masterIs(b, [a, b]);
    const { state, reason } = await a.router();
    assert.deepEqual([state, reason], ['fault', 'drained by an operator']);
    assert.equal((await a.status()).drain.state, 'drained');
    assert.match(
      (await a.locum('status')).stdout,
      /^DRAINED for .*: drained by an operator; "locum undrain" ends it$/m,
    );
    assert.equal((await a.locum('healthcheck')).code, 0);
    assert.equal((await ruleset(a.host)).trim(), '');
    assert.deepEqual((await drain(a)).outcome.ok, true);
    await undrain(a);
    await masterIs(a, [a, b]);
    assert.equal((await a.status()).drain.state, 'none');
    assert.equal((await a.router()).effectivePriority, 100);
  });

  test('a backup is simply kept away', async () => {
    const { code, progress } = await drain(b);
    assert.deepEqual([code, progress], [0, []]);
    assert.equal((await b.becomes('fault', PROMPT_MS)).reason, 'drained by an operator');
    await masterIs(a, [a, b]);
    await undrain(b);
    await b.becomes('backup', PROMPT_MS);
  });

  test('a drained node stays so when its sidecar is killed and started again', async () => {
    assert.equal((await drain(a)).code, 0);
    a.daemon.signal('SIGKILL');
    await a.daemon.exit;
    await a.startDaemon();
    assert.equal((await a.becomes('fault')).reason, 'drained by an operator');
    const { state, since } = (await a.status()).drain;
    assert.equal(state, 'drained');
    assert.ok(since !== null && since.agoMs > 0 && since.agoMs < 60_000);
    await holdsFor(async () => (await a.router()).state === 'fault' && !(await a.holds()), {
      what: 'node-a stays away',
      forMs: 1_000,
    });
    await undrain(a);
    await assert.rejects(access(a.stateFile), { code: 'ENOENT' });
    await masterIs(a, [a, b]);
  });

  test('idle connections are closed in order by nginx', async () => {
    const idle = await connection('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
    await waitFor(() => /200 OK/.test(idle.output), { what: 'an answer', deadlineMs: PROMPT_MS });
    const { code, outcome } = await drain(a);
    assert.deepEqual([code, outcome.warnings], [0, []]);
    assert.deepEqual(await idle.exit, { code: 0, signal: null }, 'the end of the connection, not an error');
    await undrain(a);
    await masterIs(a, [a, b]);
  });

  test('a connection that stays is told of, and does not keep the address', async () => {
    const slow = await connection('GET / HTTP/1.1\\r\\n');
    const { code, outcome } = await drain(a);
    assert.deepEqual(
      [code, outcome.warnings],
      [0, ['1 connection was still open when the time for them was over']],
    );
    await slow.stop();
    await undrain(a);
    await masterIs(a, [a, b]);
  });

  test('the hold ends by itself when the sidecar is killed in the middle', async () => {
    // Half a request keeps the connection open, and so the drain waits.
    const slow = await connection('GET / HTTP/1.1\\r\\n');
    const draining = a.locum('drain');
    await waitFor(() => heldOff(a.host), { what: 'the hold', deadlineMs: SETTLE_MS, everyMs: 1 });
    a.daemon.signal('SIGKILL');
    assert.equal((await draining).code, 1);
    await waitFor(async () => !(await heldOff(a.host)), {
      what: 'the end of the hold',
      deadlineMs: PROMPT_MS,
    });
    await slow.stop();
    await a.startDaemon();
    await waitFor(async () => (await ruleset(a.host)).trim() === '', {
      what: 'what was left of the hold is swept at the start',
      deadlineMs: PROMPT_MS,
    });
    assert.equal((await a.status()).drain.state, 'none');
    await masterIs(a, [a, b]);
  });

  test('where the state file cannot be written, the drain works and says so', async () => {
    await rm(dirname(a.stateFile), { recursive: true, force: true });
    await writeFile(dirname(a.stateFile), '');
    try {
      const { code, outcome } = await drain(a);
      assert.equal(code, 0);
      assert.match(
        outcome.warnings.join(),
        /a restart of the sidecar will forget .*drained\.json.*set drain\.state-file/,
      );
      await masterIs(b, [a, b]);
      await undrain(a);
    } finally {
      await rm(dirname(a.stateFile));
      await mkdir(dirname(a.stateFile));
    }
    await masterIs(a, [a, b]);
  });
});

test('over IPv6 new connections are held off and the open ones counted, too', async () => {
  const lan = await Lan.create();
  try {
    const vip = 'fd00:198:18::100';
    const router = { vip: ['fe80::5100/64', `${vip}/64`] };
    const [a, b] = await Promise.all(
      [100, 98].map((priority, at) =>
        LocumNode.start(lan, `node-${at}`, {
          address: `198.18.51.1${at}/24`,
          moreAddresses: [`fd00:198:18::1${at}/64`],
          priority,
          router,
        }),
      ),
    );
    assert.ok(a !== undefined && b !== undefined);
    await a.becomes('master', SETTLE_MS);
    await b.becomes('backup', SETTLE_MS);
    const client = await lan.host('client', '198.18.51.50/24', 'fd00:198:18::50/64');
    const script = `exec 3<>/dev/tcp/${vip}/80; printf 'GET / HTTP/1.1\\r\\n' >&3; exec cat <&3`;
    const slow = await client.inside.spawn('bash', ['-c', script]);
    await waitFor(async () => (await established(a.host, `[${vip}]`)) > 0, {
      what: 'a connection',
      deadlineMs: PROMPT_MS,
    });
    const draining = drain(a);
    await waitFor(async () => /held6[^}]*elements[^}]*fd00:198:18::100/.test(await ruleset(a.host)), {
      what: 'the hold',
      deadlineMs: SETTLE_MS,
      everyMs: 1,
    });
    const { code, outcome } = await draining;
    assert.deepEqual(
      [code, outcome.outcome, outcome.warnings],
      [0, 'drained', ['1 connection was still open when the time for them was over']],
    );
    await b.becomes('master', PROMPT_MS);
    assert.equal((await ruleset(a.host)).trim(), '');
    await slow.stop();
  } finally {
    await lan.close();
  }
});

test('nobody takes over: the drain fails, the priority comes back and clients are served throughout; --force resigns', async () => {
  const lan = await Lan.create();
  try {
    const router = { 'advert-interval': '100ms' };
    const node = await LocumNode.start(lan, 'alone', { address: '198.18.51.11/24', priority: 100, router });
    await node.becomes('master');
    const observer = await Observer.start(await lan.host('client', '198.18.51.50/24'), { address: VIP });
    await observer.answerOf('alone', 0, SETTLE_MS);
    const { code, outcome } = await drain(node);
    assert.deepEqual([code, outcome.outcome], [1, 'failed']);
    assert.match(
      outcome.text,
      /no other node took over web within 1400ms .*no other node runs.*preempt: false.*--force/,
    );
    await waitFor(() => observer.latest?.what === 'alone', { what: 'answers', deadlineMs: PROMPT_MS });
    const { state, effectivePriority, counters } = await node.router();
    assert.deepEqual([state, effectivePriority, counters.becameMaster], ['master', 100, 1]);
    // Connections that were held off only wait: nothing was refused or cut.
    assert.deepEqual([...new Set(observer.sights.map(({ what }) => what))].sort(), ['!TIMEOUT', 'alone']);
    assert.equal((await ruleset(node.host)).trim(), '');

    const forced = await drain(node, '--force');
    assert.deepEqual([forced.code, forced.outcome.outcome], [0, 'drained']);
    assert.match(forced.outcome.warnings.join(), /no other node took over/);
    assert.equal(await node.holds(), false);
    assert.equal((await node.router()).counters.priorityZeroSent, 1);
    await undrain(node);
    await node.becomes('master', SETTLE_MS);
  } finally {
    await lan.close();
  }
});

test('undrain cancels a drain under way, and a second drain is refused meanwhile', async () => {
  const lan = await Lan.create();
  try {
    const node = await LocumNode.start(lan, 'alone', { address: '198.18.51.11/24', priority: 100 });
    await node.becomes('master');
    const draining = drain(node);
    draining.catch(() => {});
    await waitFor(async () => (await node.router()).effectivePriority === 1, {
      what: 'priority 1',
      deadlineMs: SETTLE_MS,
    });
    assert.match((await node.locum('status')).stdout, /^DRAINING for .*: \w/m);
    const second = await drain(node);
    assert.deepEqual([second.code, second.outcome.outcome], [1, 'refused']);
    await undrain(node);
    const { code, outcome } = await draining;
    assert.deepEqual([code, outcome.outcome], [1, 'cancelled']);
    const { state, effectivePriority } = await node.router();
    assert.deepEqual([state, effectivePriority], ['master', 100]);
  } finally {
    await lan.close();
  }
});

test('keepalived takes over when its timer ends, and gives back after undrain', async () => {
  const lan = await Lan.create();
  try {
    const keepalived = new Keepalived(await lan.host('peer', '198.18.51.2/24'));
    await keepalived.start({ version: 3, priority: 100 });
    const node = await LocumNode.start(lan, 'locum', { address: '198.18.51.1/24', priority: 150 });
    await node.becomes('master', SETTLE_MS);
    await keepalived.becomes('BACKUP', SETTLE_MS);
    const { code, outcome, progress } = await drain(node);
    assert.deepEqual([code, outcome.outcome, outcome.warnings], [0, 'drained', []]);
    assert.ok(progress.includes('new connections are let in again'), progress.join('\n'));
    await keepalived.becomes('MASTER', PROMPT_MS);
    assert.equal(await node.holds(), false);
    await undrain(node);
    await node.becomes('master', SETTLE_MS);
    await keepalived.becomes('BACKUP', SETTLE_MS);
  } finally {
    await lan.close();
  }
});
