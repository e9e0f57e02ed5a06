/**
 * keepalived as the other node, in both roles, in every version and authentication that both speak: election by priority, takeover on
 * silence, priority 0 on stop, in both directions, and not a word of complaint in its log. The cells run side by side.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Keepalived, type KeepalivedOptions } from '../support/keepalived.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { monotonicUs } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';

const HIGH = 150;
const LOW = 100;
const SETTLE_MS = 10_000;
/** Three intervals of 1 s, and at most one of skew. */
const MASTER_DOWN_MS = 4_000;
const SLACK_MS = 700;

interface Cell {
  readonly title: string;
  readonly locum: Readonly<Record<string, unknown>>;
  readonly keepalived: Omit<KeepalivedOptions, 'priority'>;
}

const CELLS: readonly Cell[] = [
  { title: 'version 2', locum: { version: 2 }, keepalived: { version: 2 } },
  {
    title: 'version 2 with PASS',
    locum: { version: 2, auth: { type: 'pass', password: 'swordfis' } },
    keepalived: { version: 2, password: 'swordfis' },
  },
  {
    title: 'version 2 with a PASS of 3 characters',
    locum: { version: 2, auth: { type: 'pass', password: 'abc' } },
    keepalived: { version: 2, password: 'abc' },
  },
  {
    title: 'version 2 with AH',
    locum: { version: 2, auth: { type: 'ah', password: 'swordfis' } },
    keepalived: { version: 2, password: 'swordfis', authType: 'AH' },
  },
  {
    title: 'version 2 with an AH of 3 characters',
    locum: { version: 2, auth: { type: 'ah', password: 'abc' } },
    keepalived: { version: 2, password: 'abc', authType: 'AH' },
  },
  { title: 'version 3', locum: { version: 3 }, keepalived: { version: 3 } },
];

const COMPLAINTS =
  /\b(?:invalid|bad|wrong|mismatch|ignor\w+|discard\w*|checksum|unexpected|authentication|error|unable|missing|expect\w*|differ\w*|does not|incorrect|unknown|failed|dropp\w*)\b/i;

/** How it says that it is about to preempt. */
const PREEMPTING = /received lower priority \(\d+\) advert from \S+ - discarding$/;

function complaintsOf(keepalived: Keepalived): string[] {
  const lines = keepalived.log.split('\n').filter(line => !PREEMPTING.test(line));
  return lines.filter(line => COMPLAINTS.test(line));
}

function assertNoComplaint(keepalived: Keepalived): void {
  assert.deepEqual(complaintsOf(keepalived), []);
}

async function assertNothingDiscarded(node: LocumNode): Promise<void> {
  assert.deepEqual((await node.router()).counters.discards, {});
}

async function onLan(work: (lan: Lan, peer: Host) => Promise<void>): Promise<void> {
  const lan = await Lan.create();
  try {
    await work(lan, await lan.host('peer', '198.18.51.2/24'));
  } finally {
    await lan.close();
  }
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const began = monotonicUs();
  await work();
  return (monotonicUs() - began) / 1_000;
}

function locumIsBetter(cell: Cell): Promise<void> {
  return onLan(async (lan, peer) => {
    const keepalived = new Keepalived(peer);
    await keepalived.start({ ...cell.keepalived, priority: LOW });
    const node = await LocumNode.start(lan, 'locum', {
      address: '198.18.51.1/24',
      priority: HIGH,
      router: cell.locum,
    });
    await node.becomes('master', SETTLE_MS);
    await keepalived.becomes('BACKUP', SETTLE_MS);

    // SIGTERM: priority 0, so keepalived waits out its skew time alone.
    await node.daemon.stop();
    const stopped = await tookMs(() => keepalived.becomes('MASTER', SETTLE_MS));
    assert.ok(stopped < 1_000 + SLACK_MS, `after priority 0 keepalived took over in ${stopped} ms`);
    assert.equal(await node.holds(), false);

    await node.startDaemon();
    await node.becomes('master', SETTLE_MS);
    await keepalived.becomes('BACKUP', SETTLE_MS);

    const before = (await node.router()).peers;
    assert.equal(before.length, 1);
    await assertNothingDiscarded(node);
    node.daemon.signal('SIGKILL');
    const silent = await tookMs(() => keepalived.becomes('MASTER', SETTLE_MS));
    assert.ok(silent < MASTER_DOWN_MS + SLACK_MS, `after silence keepalived took over in ${silent} ms`);
    assertNoComplaint(keepalived);
  });
}

function keepalivedIsBetter(cell: Cell): Promise<void> {
  return onLan(async (lan, peer) => {
    let keepalived = new Keepalived(peer);
    await keepalived.start({ ...cell.keepalived, priority: HIGH });
    const node = await LocumNode.start(lan, 'locum', {
      address: '198.18.51.1/24',
      priority: LOW,
      router: cell.locum,
    });
    await keepalived.becomes('MASTER', SETTLE_MS);
    const router = await node.becomes('backup', SETTLE_MS);
    assert.equal(router.state, 'backup');

    const stopping = keepalived.stop();
    const stopped = await tookMs(() => node.becomes('master', SETTLE_MS));
    assert.ok(stopped < 1_000 + SLACK_MS, `after priority 0 Locum took over in ${stopped} ms`);
    await stopping;
    assertNoComplaint(keepalived);

    keepalived = new Keepalived(peer);
    await keepalived.start({ ...cell.keepalived, priority: HIGH });
    await keepalived.becomes('MASTER', SETTLE_MS);
    const back = await node.becomes('backup', SETTLE_MS);
    assert.equal(back.masterAddress, '198.18.51.2');
    assert.deepEqual(
      back.peers.map(({ address, priority }) => ({ address, priority })),
      [{ address: '198.18.51.2', priority: HIGH }],
    );
    assert.equal(await node.holds(), false);

    keepalived.kill();
    const silent = await tookMs(() => node.becomes('master', SETTLE_MS));
    assert.ok(
      silent > 2_000 && silent < MASTER_DOWN_MS + SLACK_MS,
      `after silence Locum took over in ${silent} ms`,
    );
    await assertNothingDiscarded(node);
    assertNoComplaint(keepalived);
  });
}

describe('with keepalived as the other node', { concurrency: true }, () => {
  for (const cell of CELLS) {
    test(`${cell.title}: Locum has the higher priority`, () => locumIsBetter(cell));
    test(`${cell.title}: keepalived has the higher priority`, () => keepalivedIsBetter(cell));
  }

  test('its complaints would be seen: another password', () =>
    onLan(async (lan, peer) => {
      const keepalived = new Keepalived(peer);
      await keepalived.start({ version: 2, password: 'swordfis', priority: HIGH });
      const other = new Keepalived(await lan.host('other', '198.18.51.3/24'));
      await other.start({ version: 2, password: 'sardine', priority: LOW });
      await waitFor(() => complaintsOf(keepalived).length > 0, {
        what: 'keepalived complains about the password',
        deadlineMs: SETTLE_MS,
      });
    }));
});
