/** A reload on real links: what did not change is not touched, what did changes in place, and a bad configuration changes nothing. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RouterStatus } from '../../src/control/status.ts';
import { AddressMonitor } from '../support/address-monitor.ts';
import { dissect } from '../support/capture.ts';
import { Lan } from '../support/lan.ts';
import { Load } from '../support/load.ts';
import { LocumNode, masterIs, VIP, VIP_CIDR } from '../support/node.ts';
import { program } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const ROUTERS = 50;
const PER_SECOND = 1_000;
const LONG_MS = 500;

type Routers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const cidr = (router: number): string => `198.18.51.${100 + router}/24`;

/** `web`, on which the client's requests go, and others beside it. */
function fifty(
  priority: number,
  changes: Readonly<Record<number, Routers[string] | undefined>> = {},
): Routers {
  const numbers = Array.from({ length: ROUTERS }, (_, i) => i);
  const entries = [...numbers, ...Object.keys(changes).map(Number)].flatMap(number => {
    if (number in changes && changes[number] === undefined) return [];
    const common = { vrid: 51 + number, vip: [cidr(number)], interface: 'eth0', priority };
    return [[number === 0 ? 'web' : `r${number}`, { ...common, ...changes[number] }] as const];
  });
  return Object.fromEntries(entries);
}

async function onLan(run: (lan: Lan) => Promise<void>): Promise<void> {
  const lan = await Lan.create();
  try {
    await run(lan);
  } finally {
    await lan.close();
  }
}

async function routersOf(node: LocumNode): Promise<ReadonlyMap<string, RouterStatus>> {
  return new Map((await node.status()).routers.map(router => [router.name, router]));
}

async function allMaster(node: LocumNode, count: number): Promise<void> {
  await waitFor(
    async () => {
      const { routers } = await node.status();
      const isWhole = ({ state, vips }: RouterStatus): boolean =>
        state === 'master' && vips.every(({ present }) => present);
      return routers.length === count && routers.every(isWhole);
    },
    {
      what: `${node.name} is master of ${count} and holds all addresses`,
      deadlineMs: 20_000,
      context: () => node.daemon.output,
    },
  );
}

interface Pair {
  readonly lan: Lan;
  readonly a: LocumNode;
  readonly b: LocumNode;
}

async function pairOfFifty(lan: Lan): Promise<Pair> {
  const [a, b] = await Promise.all(
    (
      [
        ['node-a', 1, 110],
        ['node-b', 2, 100],
      ] as const
    ).map(([name, octet, priority]) => {
      const sections = { vrrp: fifty(priority) };
      return LocumNode.start(lan, name, { address: `198.18.51.${octet}/24`, priority, sections });
    }),
  );
  assert.ok(a && b);
  await allMaster(a, ROUTERS);
  return { lan, a, b };
}

/** The longest time between two adverts of that VRID, in milliseconds. */
async function longestGap(file: string, vrid: number): Promise<number> {
  const rows = await dissect(file, ['frame.time_epoch'], {
    filter: `ip.src == 198.18.51.1 && vrrp.virt_rtr_id == ${vrid}`,
  });
  const times = rows.map(row => Number(row['frame.time_epoch']) * 1_000);
  return Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
}

test('a reload of fifty virtual routers under requests: no request fails, and no address that stays goes', context =>
  onLan(async lan => {
    const { a, b } = await pairOfFifty(lan);
    const client = await lan.host('client', '198.18.51.9/24');
    const monitor = await AddressMonitor.start(a.host);
    const capture = await lan.capture('ip proto 112');
    const load = await Load.start(client, { address: VIP, perSecond: PER_SECOND, longMs: LONG_MS });
    await waitFor(async () => (await a.router()).counters.advertsSent > 5, {
      what: 'some adverts',
      deadlineMs: 10_000,
    });
    const before = await routersOf(a);

    await a.configure({
      priority: 110,
      sections: {
        vrrp: fifty(110, {
          1: { priority: 120 },
          2: { vip: [cidr(2), '198.18.51.200/24'] },
          3: undefined,
          [ROUTERS]: {},
        }),
      },
    });
    const begun = performance.now();
    const { stdout, code } = await a.locum('reload');
    context.diagnostic(`locum reload took ${Math.round(performance.now() - begun)} ms with its own start`);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^reloaded: virtual router added: r50; virtual router removed: r3; /m);
    assert.match(stdout, /virtual routers adjusted: r1, r2$/m);
    await allMaster(a, ROUTERS);
    const { counters } = await a.router();
    await waitFor(async () => (await a.router()).counters.advertsSent > counters.advertsSent + 3, {
      what: 'more adverts',
      deadlineMs: 10_000,
    });

    const totals = await load.stop();
    context.diagnostic(JSON.stringify(totals));
    assert.deepEqual(
      load.notables.filter(({ error }) => error !== undefined),
      [],
    );
    assert.equal(totals.failed, 0);
    const seen = monitor.changes.map(({ address, present }) => `${present ? '+' : '-'}${address}`).sort();
    assert.deepEqual(seen, ['+198.18.51.150/24', '+198.18.51.200/24', '-198.18.51.103/24']);
    await assertUntouched(before, await routersOf(a));
    await capture.stop();
    const gap = await longestGap(capture.file, 51);
    context.diagnostic(`longest gap of adverts ${gap.toFixed(1)} ms, interval 1000 ms`);
    assert.ok(gap < 1_500, `${gap} ms without an advert`);
    await reportLag(context, a);
    await Promise.all([monitor.stop(), b.daemon.stop()]);
  }));

/** The history goes on: a router that was made anew would begin with none. */
function assertUntouched(
  before: ReadonlyMap<string, RouterStatus>,
  after: ReadonlyMap<string, RouterStatus>,
): void {
  for (const [name, router] of after) {
    const former = before.get(name);
    if (former === undefined) continue;
    assert.equal(router.state, 'master');
    assert.deepEqual(router.transitions.length, former.transitions.length, name);
    assert.equal(router.counters.priorityZeroSent, 0, name);
  }
  assert.equal(after.get('r1')?.effectivePriority, 120);
  assert.deepEqual(
    after.get('r2')?.vips.map(({ address, present }) => [address, present]),
    [
      ['198.18.51.102/24', true],
      ['198.18.51.200/24', true],
    ],
  );
}

async function reportLag(context: TestContext, node: LocumNode): Promise<void> {
  const { eventLoop, reload } = await node.status();
  assert.equal(reload?.ok, true);
  assert.equal(reload?.count, 1);
  const [logged] = node.daemon.lines.filter(line => line.includes('"tookMs"'));
  context.diagnostic(JSON.stringify({ eventLoop, logged }));
}

test('a bad file is refused whole, SIGHUP reads a good one, and what needs a restart is said', () =>
  onLan(async lan => {
    const a = await LocumNode.start(lan, 'node-a', { address: '198.18.51.1/24', priority: 110 });
    await masterIs(a, [a]);

    await a.configure({ priority: 7, router: { vrid: 900 } });
    const bad = await a.locum('reload');
    assert.equal(bad.code, 2);
    assert.match(bad.stdout, /error: vrrp\.web\.vrid/);
    assert.match(bad.stdout, /^refused: the configuration has 1 error; what ran before goes on as it was$/m);
    assert.match(a.daemon.output, /vrrp\.web\.vrid/);
    assert.equal((await a.router()).effectivePriority, 110);
    assert.equal(await a.holds(), true);

    await a.configure({ priority: 120, sections: { log: { level: 'warn' } } });
    a.daemon.signal('SIGHUP');
    await waitFor(async () => (await a.router()).effectivePriority === 120, {
      what: 'the new priority',
      deadlineMs: 10_000,
    });
    const { reload } = await a.status();
    assert.deepEqual([reload?.ok, reload?.count], [true, 2]);
    assert.match(a.daemon.output, /log: the change counts from the next start on/);

    const same = await a.locum('reload');
    assert.match(same.stdout, /log: the change counts/);
    await a.configure({ priority: 120 });
    assert.match((await a.locum('reload')).stdout, /^unchanged: nothing to apply$/m);

    await a.configure({
      priority: 120,
      sections: { docker: { enabled: false, host: 'tcp://198.18.51.9:2375' } },
    });
    const fixed = await a.locum('reload');
    assert.equal(fixed.code, 2);
    assert.match(fixed.stdout, /a restart of the daemon is needed for docker\.host/);
    assert.equal((await a.router()).counters.becameMaster, 1);
  }));

test('another VRID is another virtual router: the old one resigns and lets go, the new one rises', () =>
  onLan(async lan => {
    const a = await LocumNode.start(lan, 'node-a', { address: '198.18.51.1/24', priority: 110 });
    await masterIs(a, [a]);
    const monitor = await AddressMonitor.start(a.host);
    const capture = await lan.capture('ip proto 112');
    await a.configure({ priority: 110, router: { vrid: 52 } });
    assert.match((await a.locum('reload')).stdout, /^reloaded: virtual router restarted: web$/m);
    await masterIs(a, [a]);
    await capture.stop();
    const resigned = await dissect(capture.file, ['vrrp.virt_rtr_id'], { filter: 'vrrp.prio == 0' });
    assert.deepEqual(resigned, [{ 'vrrp.virt_rtr_id': '51' }]);
    assert.deepEqual(
      monitor.changes.map(({ present, address }) => `${present} ${address}`),
      [`false ${VIP_CIDR}`, `true ${VIP_CIDR}`],
    );
    await monitor.stop();
  }));

test('an address moves from one virtual router to another without ever being away', () =>
  onLan(async lan => {
    const vrrp = (web: string[], other: string[]): Routers => ({
      web: { vrid: 51, vip: web, interface: 'eth0', priority: 110 },
      other: { vrid: 52, vip: other, interface: 'eth0', priority: 110 },
    });
    const sections = { vrrp: vrrp([cidr(0), cidr(1)], [cidr(2), cidr(3)]) };
    const a = await LocumNode.start(lan, 'node-a', { address: '198.18.51.1/24', priority: 110, sections });
    await allMaster(a, 2);
    await waitFor(() => a.holds(cidr(3)), { what: 'all addresses', deadlineMs: 10_000 });
    const monitor = await AddressMonitor.start(a.host);
    await a.configure({ priority: 110, sections: { vrrp: vrrp([cidr(0), cidr(3)], [cidr(2), cidr(1)]) } });
    assert.equal((await a.locum('reload')).code, 0);
    // Each renews its lease meanwhile.
    const { counters } = await a.router();
    await waitFor(async () => (await a.router()).counters.advertsSent > counters.advertsSent + 4, {
      what: 'more adverts',
      deadlineMs: 10_000,
    });
    assert.deepEqual(monitor.changes, []);
    for (const router of (await a.status()).routers)
      for (const { address, present } of router.vips) assert.ok(present, `${router.name} ${address}`);
    await monitor.stop();
  }));

test('a keepalived.conf is read again', () =>
  onLan(async lan => {
    const host = await LocumNode.create(lan, 'node-a', { address: '198.18.51.1/24', priority: 110 });
    const file = join(host.host.folder, 'keepalived.conf');
    const instance = (priority: number, vip: string): string => `vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${VIP_CIDR}
    ${vip}
  }
}
`;
    await writeFile(file, instance(110, '198.18.51.101/24'));
    const settings = [
      `LOCUM_CONTROL__SOCKET=${host.socket}`,
      `LOCUM_DRAIN__STATE_FILE=${host.stateFile}`,
      'LOCUM_DOCKER__ENABLED=false',
      'LOCUM_NGINX__UPSTREAMS_FILE=off',
    ];
    const run = [...program(), 'run', '--keepalived-conf', file];
    const daemon = await host.host.inside.spawn('env', [...settings, ...run]);
    await waitFor(async () => (await host.status().catch(() => undefined))?.routers[0]?.state === 'master', {
      what: 'master',
      deadlineMs: 40_000,
      context: () => daemon.output,
    });
    await writeFile(file, instance(90, '198.18.51.102/24'));
    const { stdout, code } = await host.locum('reload');
    assert.equal(code, 0, stdout);
    await waitFor(() => host.holds('198.18.51.102/24'), { what: 'the new address', deadlineMs: 10_000 });
    await waitFor(async () => !(await host.holds('198.18.51.101/24')), {
      what: 'the old one gone',
      deadlineMs: 10_000,
    });
    assert.equal((await host.router()).effectivePriority, 90);
    assert.equal((await host.router()).state, 'master');
  }));

test('a drained node stays so through a reload, with what it brings; a drain under way refuses it', () =>
  onLan(async lan => {
    const a = await LocumNode.start(lan, 'node-a', { address: '198.18.51.1/24', priority: 110 });
    await masterIs(a, [a]);
    const drain = a.locum('drain');
    await waitFor(async () => (await a.status()).drain.state === 'draining', {
      what: 'a drain',
      deadlineMs: 10_000,
    });
    const early = await a.locum('reload');
    assert.equal(early.code, 2);
    assert.match(early.stdout, /^refused: a drain is under way: reload when it has ended/m);
    assert.equal((await drain).code, 1, 'nobody takes over');
    assert.equal((await a.locum('drain', '--force')).code, 0);
    const few = Object.fromEntries(Object.entries(fifty(110)).slice(0, 2));
    await a.configure({ priority: 110, sections: { vrrp: few } });
    assert.match((await a.locum('reload')).stdout, /^reloaded: virtual router added: r1$/m);
    await waitFor(async () => (await a.status()).routers.every(({ state }) => state === 'fault'), {
      what: 'both are kept away',
      deadlineMs: 10_000,
    });
    assert.equal((await a.locum('undrain')).code, 0);
    await allMaster(a, 2);
  }));

test('a virtual router with a MAC of its own takes and leaves addresses, and its interface goes with it', () =>
  onLan(async lan => {
    const vmac = { enabled: true };
    const few = (vip: string[]): Routers => ({
      web: { vrid: 51, vip: [cidr(0)], interface: 'eth0', priority: 110 },
      own: { vrid: 52, vip, interface: 'eth0', priority: 110, vmac },
    });
    const sections = { vrrp: few([cidr(1), cidr(2)]) };
    const a = await LocumNode.start(lan, 'node-a', { address: '198.18.51.1/24', priority: 110, sections });
    await allMaster(a, 2);
    const monitor = await AddressMonitor.start(a.host);
    await a.configure({ priority: 110, sections: { vrrp: few([cidr(1), cidr(3)]) } });
    assert.match((await a.locum('reload')).stdout, /^reloaded: virtual router adjusted: own$/m);
    await allMaster(a, 2);
    await waitFor(() => monitor.changes.length >= 2, { what: 'both changes', deadlineMs: 5_000 });
    const seen = monitor.changes.map(({ address, present }) => `${present ? '+' : '-'}${address}`).sort();
    assert.deepEqual(seen, ['+198.18.51.103/32', '-198.18.51.102/32']);

    const { own: _, ...rest } = few([]);
    await a.configure({ priority: 110, sections: { vrrp: rest } });
    assert.match((await a.locum('reload')).stdout, /^reloaded: virtual router removed: own$/m);
    assert.doesNotMatch(await a.host.inside.run('ip', ['-brief', 'link']), /vrrp/);
    assert.equal((await a.router()).counters.becameMaster, 1);
    await monitor.stop();
  }));
