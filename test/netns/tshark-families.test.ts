/**
 * tshark, Wireshark's dissectors, judges the adverts that Locum sends over IPv6 and to unicast peers, and its neighbour
 * advertisements: nothing malformed, no warning, every checksum good, and the addresses, hop limit and class of RFC 9568 §5.1.2.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { Lan, macOf } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const VIP = 'fd00:198:18::100';
/** The kernel answers for who listens to no VRRP, and quotes what it was sent. */
const ADVERTS = 'vrrp && !icmp && !icmpv6';

interface Kind {
  readonly title: string;
  readonly vip: readonly string[];
  readonly router?: Readonly<Record<string, unknown>>;
  /** What every advert has, beside the source. */
  readonly fields: Readonly<Record<string, string>>;
}

const common = { 'vrrp.type': '1', 'vrrp.virt_rtr_id': '51', 'vrrp.checksum.status': '1' };
const over6 = { 'ipv6.hlim': '255', 'ipv6.tclass.dscp': '48', 'ipv6.nxt': '112', 'vrrp.version': '3' };
const over4 = { 'ip.dsfield': '0xc0', 'ip.proto': '112', 'ip.checksum.status': '1' };

const KINDS: readonly Kind[] = [
  {
    title: 'IPv6 to the group',
    vip: ['fe80::5100/64', `${VIP}/64`],
    fields: { ...common, ...over6, 'eth.dst': '33:33:00:00:00:12', 'ipv6.dst': 'ff02::12' },
  },
  {
    title: 'IPv6 to a peer',
    vip: [`${VIP}/64`],
    router: { unicast: { peers: 'fd00:198:18::2' } },
    fields: { ...common, ...over6, 'ipv6.src': 'fd00:198:18::1', 'ipv6.dst': 'fd00:198:18::2' },
  },
  {
    title: 'version 3 over IPv4 to a peer, with another TTL',
    vip: ['198.18.51.100/24'],
    router: { unicast: { peers: '198.18.51.2', ttl: 64 } },
    fields: { ...common, ...over4, 'ip.ttl': '64', 'ip.dst': '198.18.51.2', 'vrrp.version': '3' },
  },
  {
    title: 'version 2 over IPv4 to a peer, with PASS',
    vip: ['198.18.51.100/24'],
    router: {
      version: 2,
      auth: { type: 'pass', password: 'swordfis' },
      unicast: { peers: '198.18.51.2' },
    },
    fields: { ...common, ...over4, 'ip.ttl': '255', 'ip.dst': '198.18.51.2', 'vrrp.version': '2' },
  },
];

/** One life of a node beside a host that speaks no VRRP, recorded: it becomes master, advertises, and resigns. */
async function recordLife(
  { vip, router }: Kind,
  judge: (file: string, node: LocumNode) => Promise<void>,
): Promise<void> {
  const lan = await Lan.create();
  try {
    await lan.host('peer', '198.18.51.2/24', 'fd00:198:18::2/64');
    const capture = await lan.capture();
    const node = await LocumNode.start(lan, 'locum', {
      address: '198.18.51.1/24',
      moreAddresses: ['fd00:198:18::1/64'],
      priority: 100,
      router: { vip, ...router },
    });
    await node.becomes('master');
    await waitFor(async () => (await node.router()).counters.advertsSent >= 3, {
      what: 'three advertisements',
      deadlineMs: 10_000,
    });
    await node.daemon.stop();
    await capture.stop();
    await judge(capture.file, node);
  } finally {
    await lan.close();
  }
}

async function assertAdverts(file: string, { fields, vip }: Kind): Promise<void> {
  const names = [...Object.keys(fields), 'vrrp.prio', 'vrrp.addr_count'];
  const adverts = await dissect(file, names, {
    filter: ADVERTS,
    preferences: { 'ip.check_checksum': 'TRUE' },
  });
  assert.ok(adverts.length >= 4, `${adverts.length} advertisements`);
  const priorities = adverts.map(advert => advert['vrrp.prio']);
  assert.deepEqual(priorities, [...priorities.slice(1).fill('100'), '0']);
  const expected = { ...fields, 'vrrp.addr_count': String(vip.length) };
  for (const { 'vrrp.prio': _, ...advert } of adverts) assert.deepEqual(advert, expected);
}

/** Expert severities of Wireshark: warning and error; and whatever could not be dissected. */
async function assertNoWarning(file: string): Promise<void> {
  const bad = await dissect(file, ['frame.number', 'frame.protocols', '_ws.expert.message'], {
    filter: `((${ADVERTS}) || icmpv6.type == 136) && (_ws.malformed || _ws.expert.severity >= 0x00600000)`,
  });
  assert.deepEqual(bad, []);
}

/** RFC 9568 §6.4.1, RFC 4861 §4.4: to all nodes, from the address itself, overriding what they knew. */
async function assertAnnounced(file: string, mac: string): Promise<void> {
  const expected = {
    'eth.src': mac,
    'eth.dst': '33:33:00:00:00:01',
    'ipv6.src': VIP,
    'ipv6.dst': 'ff02::1',
    'ipv6.hlim': '255',
    'icmpv6.checksum.status': '1',
    'icmpv6.opt.linkaddr': mac,
  };
  const fields = Object.keys(expected);
  const filter = `icmpv6.type == 136 && icmpv6.nd.na.target_address == ${VIP} && ipv6.dst == ff02::1`;
  const announcements = await dissect(file, fields, { filter });
  assert.ok(announcements.length > 0, 'the address is announced');
  for (const announcement of announcements) assert.deepEqual(announcement, expected);
  const flags = 'icmpv6.nd.na.flag.o == 1 && icmpv6.nd.na.flag.r == 0 && icmpv6.nd.na.flag.s == 0';
  const others = await dissect(file, ['frame.number'], { filter: `${filter} && !(${flags})` });
  assert.deepEqual(others, []);
}

describe('tshark finds nothing wrong with', { concurrency: true }, () => {
  for (const kind of KINDS)
    test(kind.title, () =>
      recordLife(kind, async (file, node) => {
        await assertAdverts(file, kind);
        await assertNoWarning(file);
        if (kind.vip.includes(`${VIP}/64`)) await assertAnnounced(file, await macOf(node.host));
      }),
    );
});
