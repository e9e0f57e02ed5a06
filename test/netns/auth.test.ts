/**
 * What authentication is worth on a real LAN: a neighbour who forges and repeats moves nothing where advertisements are signed; a group
 * is changed over to signatures, and to another key, without a moment of two masters; who has another password is named.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RouterStatus } from '../../src/control/status.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { Keepalived } from '../support/keepalived.ts';
import { type Host, type Lan, onLan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { BUILD } from '../support/paths.ts';
import { readPcap } from '../support/pcap.ts';
import { waitFor } from '../support/wait.ts';

type Auth = Readonly<Record<string, unknown>>;

const key = (id: number): string => `hex:${String(id).repeat(64)}`;
const hmac = (mode: string, ids: readonly number[] = [1], active = ids[0]): Auth => ({
  type: 'hmac',
  keys: Object.fromEntries(ids.map(id => [String(id), key(id)])),
  'active-key': active,
  mode,
});

/** Fast enough to be quick, slow enough for a busy machine. */
const PACE = { version: 3, 'advert-interval': '200ms' } as const;

const PRIORITIES = [100, 98] as const;

async function startPair(lan: Lan, auth: Auth): Promise<readonly [LocumNode, LocumNode]> {
  const router = { ...PACE, auth };
  const start = (name: string, address: string, priority: number) =>
    LocumNode.start(lan, name, { address, priority, router });
  const pair = await Promise.all([
    start('node-a', '198.18.51.11/24', PRIORITIES[0]),
    start('node-b', '198.18.51.12/24', PRIORITIES[1]),
  ]);
  await masterIs(pair[0], pair);
  return pair;
}

async function restart(node: LocumNode, priority: number, auth: Auth): Promise<void> {
  await node.daemon.stop();
  await node.configure({ priority, router: { ...PACE, auth } });
  await node.startDaemon();
}

/** Puts frames on the LAN from a host that has no key. */
async function repeat(neighbour: Host, frames: readonly Uint8Array[]): Promise<void> {
  const index = (await neighbour.inside.run('cat', ['/proc/net/igmp'])).match(/^(\d+)\s+eth0/m)?.[1] ?? '';
  const file = join(neighbour.folder, 'frames');
  await writeFile(file, frames.map(toHex).join('\n'));
  await neighbour.inside.run(process.execPath, [
    join(BUILD, 'test', 'support', 'frames-main.js'),
    index,
    file,
  ]);
}

/** Without its trailer: what a neighbour makes who knows the rest of the protocol. */
function unsigned(frame: Uint8Array): Uint8Array {
  const bare = frame.slice(0, frame.length - 28);
  bare[17] = bare.length - 14;
  return withHeaderChecksum(bare);
}

function withHeaderChecksum(frame: Uint8Array): Uint8Array {
  frame.fill(0, 24, 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame[24] = (~sum >>> 8) & 0xff;
  frame[25] = ~sum & 0xff;
  return frame;
}

const countOf = ({ counters: { discards } }: RouterStatus, ...reasons: string[]): number =>
  reasons.reduce((sum, reason) => sum + (discards[reason] ?? 0), 0);

describe('authentication', { concurrency: true }, () => {
  test('hmac: what a neighbour forges and repeats moves nothing', () =>
    onLan(async lan => {
      const capture = await lan.capture('ip proto 112');
      const [a, b] = await startPair(lan, hmac('enforce'));
      const neighbour = await lan.host('neighbour', '198.18.51.66/24');
      // A hand-over and back, so that the recording holds a resignation: what a neighbour would use.
      await a.daemon.stop();
      await masterIs(b, [b]);
      await a.startDaemon();
      await masterIs(a, [a, b]);
      await capture.stop();
      const frames = readPcap(capture.file).map(({ bytes }) => bytes);
      assert.ok(
        frames.some(frame => frame[36] === 0),
        'the recording holds a resignation',
      );
      const before = await Promise.all([a.router(), b.router()]);

      await repeat(neighbour, frames);
      await repeat(neighbour, frames.map(unsigned));
      const heard = frames.length / 2;
      const [ofA, ofB] = await waitFor(
        async () => {
          const now = await Promise.all([a.router(), b.router()]);
          return now.every(router => countOf(router, 'auth-missing') >= heard / 4) ? now : undefined;
        },
        { what: 'both count what was not signed', deadlineMs: 5_000 },
      );
      assert.ok(
        countOf(ofB, 'auth-replay', 'auth-stale') >= heard / 4,
        JSON.stringify(ofB.counters.discards),
      );
      assert.deepEqual(
        [ofA, ofB].map(({ state, counters }) => [state, counters.becameMaster]),
        before.map(({ state, counters }) => [state, counters.becameMaster]),
      );
      assert.equal(ofB.peers.at(-1)?.authentication, 'hmac 1');
      await masterIs(a, [a, b]);
    }));

  test('hmac: a pair is changed over, and to another key, one node after the other, without a discarded advert', () =>
    onLan(async lan => {
      const [a, b] = await startPair(lan, { type: 'none' });
      const stages: readonly Auth[] = [
        hmac('receive-only'),
        hmac('permissive'),
        hmac('enforce'),
        hmac('enforce', [1, 2], 1),
        hmac('enforce', [1, 2], 2),
        hmac('enforce', [2]),
      ];
      for (const auth of stages)
        for (const [node, priority] of [
          [a, PRIORITIES[0]],
          [b, PRIORITIES[1]],
        ] as const) {
          await restart(node, priority, auth);
          await masterIs(a, [a, b]);
          for (const each of [a, b]) assert.deepEqual((await each.router()).counters.discards, {});
        }
      assert.equal((await b.router()).peers.at(-1)?.authentication, 'hmac 2');
    }));

  test('ah: a keepalived with another password, or with PASS, is named', () =>
    onLan(async lan => {
      const node = await LocumNode.start(lan, 'locum', {
        address: '198.18.51.1/24',
        priority: 100,
        router: { version: 2, auth: { type: 'ah', password: 'swordfis' } },
      });
      const other = new Keepalived(await lan.host('other', '198.18.51.2/24'));
      await other.start({ version: 2, password: 'sardine', authType: 'AH', priority: 150 });
      const plain = new Keepalived(await lan.host('plain', '198.18.51.3/24'));
      await plain.start({ version: 2, password: 'swordfis', priority: 150 });
      await waitFor(
        async () => {
          const router = await node.router();
          return countOf(router, 'auth-digest') > 0 && countOf(router, 'auth-type') > 0;
        },
        { what: 'both are counted', deadlineMs: 15_000, context: () => node.daemon.output },
      );
      assert.match(
        node.daemon.output,
        /"reason":"auth-digest","detail":"the packet was made with another password/,
      );
      assert.doesNotMatch(node.daemon.output, /swordfis|sardine/);
      await node.becomes('master');
    }));
});
