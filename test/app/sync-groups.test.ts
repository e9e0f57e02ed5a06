/** Sync groups on two imagined links: nodes with a virtual router on each, in virtual time. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Footing } from '../../src/app/footing.ts';
import { WorkingRouter } from '../../src/app/router.ts';
import { SyncGroups } from '../../src/app/sync-groups.ts';
import { type Instant, milliseconds, seconds, utc } from '../../src/lib/time.ts';
import { keptLog } from '../control/support.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { ip } from '../vrrp/support.ts';
import { configOf } from './config/support.ts';

const TRAVEL = milliseconds(0.2);

/** A router on its link. */
interface Member {
  readonly name: string;
  readonly link: number;
  readonly router: WorkingRouter;
  /** Packets that arrived and are not read yet. */
  readonly unread: Uint8Array[];
  /** Whether what arrives is read only when somebody asks. */
  reads: 'at once' | 'when asked';
  refuses: boolean;
  holds: boolean;
}

let clock: VirtualClock;
let members: Member[];
let groups: Map<string, SyncGroups>;
let cut: Set<number>;
let changes: { readonly name: string; readonly to: string; readonly detail: string; readonly at: Instant }[];
beforeEach(() => {
  clock = new VirtualClock();
  members = [];
  groups = new Map();
  cut = new Set();
  changes = [];
});

/** A node with a router on every link, each with its own last octet. */
function node(name: string, priority: number, octets: readonly number[], settings = ''): readonly Member[] {
  const vrrp = octets.map(
    (_, link) =>
      `${name}${link}: {vrid: 5${link}, vip: 198.18.5${link}.100/24, priority: ${priority}, sync-group: g${settings}}`,
  );
  const config = configOf({ yaml: `vrrp: {${vrrp.join(', ')}}` });
  const own = octets.map((octet, link): Member => {
    const routerConfig = config.vrrp[`${name}${link}`];
    assert.ok(routerConfig !== undefined);
    const member: Member = {
      name: `${name}${link}`,
      link,
      router: new WorkingRouter({
        name: `${name}${link}`,
        config: routerConfig,
        ports: portsOf(() => member),
        log: keptLog(),
        onStateChange: ({ to, detail }) =>
          changes.push({ name: `${name}${link}`, to, detail, at: clock.now() }),
      }),
      unread: [],
      reads: 'at once',
      refuses: false,
      holds: false,
    };
    member.router.footingChanged(footing(octet, link));
    return member;
  });
  members.push(...own);
  const joined = new SyncGroups();
  joined.join(own.map(({ router }) => router));
  groups.set(name, joined);
  return own;
}

function footing(octet: number, link: number, fault?: string): Footing {
  return { fault, primary: ip(`198.18.5${link}.${octet}`), peers: [] };
}

function portsOf(self: () => Member): ConstructorParameters<typeof WorkingRouter>[0]['ports'] {
  return {
    clock,
    utc: () => utc(0),
    wire: {
      send: (packet, done) => {
        if (!cut.has(self().link)) clock.after(TRAVEL, () => arrive(packet, self()));
        done();
      },
      whenRead: callback =>
        setImmediate(() => {
          for (const packet of self().unread.splice(0)) self().router.receive(packet);
          callback();
        }),
    },
    addresses: {
      acquire: (_, done) => {
        self().holds = !self().refuses;
        done(self().refuses ? { message: 'EPERM' } : undefined);
      },
      release: done => {
        self().holds = false;
        done();
      },
    },
    announcer: { announce: done => done() },
  };
}

function arrive(packet: Uint8Array, from: Member): void {
  for (const member of members)
    if (member !== from && member.link === from.link) {
      if (member.reads === 'at once') member.router.receive(packet);
      else member.unread.push(packet);
    }
}

function start(...nodes: readonly (readonly Member[])[]): void {
  for (const { router } of nodes.flat()) router.start();
}

const standing = (): string =>
  members
    .map(({ name, router, holds }) => `${name} ${router.runner.router.state.name}${holds ? ' holds' : ''}`)
    .join(', ');

const A = 'a0 master holds, a1 master holds, b0 backup, b1 backup';
const B = 'a0 backup, a1 backup, b0 master holds, b1 master holds';

async function pair(settings?: string): Promise<readonly [readonly Member[], readonly Member[]]> {
  const a = node('a', 150, [1, 1], settings);
  const b = node('b', 100, [2, 2], settings);
  start(a, b);
  await clock.pass(seconds(5));
  assert.equal(standing(), A);
  changes.length = 0;
  return [a, b];
}

test('they rise in one moment, and together they are handed over within the time of one', async () => {
  const [a] = await pair();
  const began = clock.now();
  for (const { router } of a) router.stand('yielding');
  await clock.pass(milliseconds(20));
  assert.equal(standing(), B);
  const rose = changes.filter(({ to }) => to === 'master').map(({ at }) => at - began);
  assert.deepEqual(rose, [6_440, 6_440]);
});

test('who leaves the group goes on alone, and moves nobody', async () => {
  const [a] = await pair();
  const [first, second] = a;
  assert.ok(first !== undefined && second !== undefined);
  groups.get('a')?.join(a.map(({ router }) => router));
  assert.equal(standing(), A, 'the same members are the same group');
  second.router.adjust({ ...second.router.config, syncGroup: undefined }, []);
  second.router.footingChanged(footing(1, 1));
  groups.get('a')?.join(a.map(({ router }) => router));
  await clock.pass(seconds(1));
  assert.equal(standing(), A, 'leaving moves nobody');
  second.router.footingChanged(footing(1, 1, 'interface eth1 is down'));
  await clock.pass(seconds(5));
  assert.match(standing(), /^a0 master holds, a1 fault, /);
});

test("one member's fault is everybody's, with its cause; when it is over all come back", async () => {
  const [a] = await pair();
  a[1]?.router.footingChanged(footing(1, 1, 'interface eth1 is down'));
  await clock.pass(seconds(1));
  assert.equal(standing(), 'a0 fault, a1 fault, b0 master holds, b1 master holds');
  assert.equal(changes.find(({ name }) => name === 'a0')?.detail, 'sync group g: a1: interface eth1 is down');
  a[1]?.router.footingChanged(footing(1, 1));
  await clock.pass(seconds(5));
  assert.equal(standing(), A);
});

test('a member that cannot hold its addresses takes the others with it, until it tries again', async () => {
  const [a] = await pair();
  for (const { router } of a) router.stand('yielding');
  await clock.pass(seconds(1));
  for (const member of a) {
    member.refuses = member.link === 1;
    member.router.stand('full');
  }
  await clock.pass(seconds(5));
  assert.equal(standing(), 'a0 fault, a1 fault, b0 master holds, b1 master holds');
  for (const member of a) member.refuses = false;
  await clock.pass(seconds(15));
  assert.equal(standing(), A);
});

test('nodes that are cut from each other on one link only stay as they are', async () => {
  await pair();
  cut.add(1);
  await clock.pass(seconds(60));
  assert.equal(standing(), A);
  assert.deepEqual(changes, []);
  const [, , , b1] = members;
  assert.deepEqual(b1 !== undefined && b1.router.runner.router.state.name === 'backup', true);
});

test('a silent node is taken over from once all of its links are silent', async () => {
  await pair();
  cut.add(1);
  await clock.pass(seconds(10));
  cut.add(0);
  await clock.pass(seconds(5));
  assert.equal(standing(), 'a0 master holds, a1 master holds, b0 master holds, b1 master holds');
  cut.clear();
  await clock.pass(seconds(2));
  assert.equal(standing(), A);
});

for (const settings of ['', ', timing: rfc'])
  test(`each wins on one link: both step down, and then one of them rises for good${settings}`, async () => {
    const a = node('a', 100, [1, 2], settings);
    const b = node('b', 100, [2, 1], settings);
    start(a, b);
    await clock.pass(seconds(60));
    const rises = changes.filter(({ to }) => to === 'master').length;
    assert.ok(standing() === A || standing() === B, standing());
    assert.equal(rises, 6, 'twice four rises would be a second contest');
  });

test('priorities that contradict each other do not make it go round', async () => {
  const a = node('a', 150, [1, 1]);
  const b = node('b', 100, [2, 2]);
  start(a, b);
  b[1]?.router.trackersChanged([{ name: 'x', weight: 100, reverse: false, health: 'up', value: undefined }]);
  await clock.pass(seconds(120));
  assert.ok(standing() === A || standing() === B, standing());
  assert.ok(changes.filter(({ to }) => to === 'master').length <= 6);
});

test('nobody rises whose own wire holds an unread word of the master', async () => {
  const [, [b0, b1]] = await pair();
  assert.ok(b0 !== undefined && b1 !== undefined);
  cut.add(1);
  await clock.pass(seconds(5));
  assert.equal(b0.router.runner.router.state.name, 'backup');
  // The other link comes back; its word lies unread at the moment at which the first one falls silent.
  cut.clear();
  b1.reads = 'when asked';
  cut.add(0);
  await clock.pass(seconds(4));
  assert.equal(standing(), A);
  assert.deepEqual(changes, []);
});

test('they stop together', async () => {
  const [a] = await pair();
  for (const { router } of a) router.stop(() => undefined);
  await clock.pass(milliseconds(20));
  assert.equal(standing(), 'a0 init, a1 init, b0 master holds, b1 master holds');
});

test('a member that begins later keeps the others waiting', async () => {
  const b = node('b', 100, [2, 2], ', start-delay: 10s');
  start(b);
  await clock.pass(seconds(9));
  assert.equal(standing(), 'b0 init, b1 init');
  await clock.pass(seconds(5));
  assert.equal(standing(), 'b0 master holds, b1 master holds');
});
