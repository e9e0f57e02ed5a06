/**
 * tshark, Wireshark's dissectors, judges every kind of packet that Locum sends: nothing malformed, no warning, every checksum good, and the
 * addresses, TTL and service class of RFC 9568 §5.1 and RFC 3768 §5.2.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { Lan, macOf } from '../support/lan.ts';
import { LocumNode, VIP } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const ADDRESS = '198.18.51.1';
const PRIORITY = 100;

interface Kind {
  readonly title: string;
  readonly router: Readonly<Record<string, unknown>>;
  readonly version: string;
  readonly authentication: string;
  /** tshark checks version 3 over IPv4 in one of two ways: with the pseudo-header, or without as in version 2. */
  readonly checksumAsInVersion2: boolean;
  /** The message comes in an authentication header. */
  readonly headed?: true;
}

const KINDS: readonly Kind[] = [
  {
    title: 'version 2',
    router: { version: 2 },
    version: '2',
    authentication: '0',
    checksumAsInVersion2: false,
  },
  {
    title: 'version 2 with PASS',
    router: { version: 2, auth: { type: 'pass', password: 'swordfis' } },
    version: '2',
    authentication: '1',
    checksumAsInVersion2: false,
  },
  {
    title: 'version 2 with AH',
    router: { version: 2, auth: { type: 'ah', password: 'swordfis' } },
    version: '2',
    authentication: '2',
    checksumAsInVersion2: false,
    headed: true,
  },
  {
    title: 'version 3 with the pseudo-header in the checksum',
    router: { version: 3, checksum: 'pseudo-header' },
    version: '3',
    authentication: '',
    checksumAsInVersion2: false,
  },
  {
    title: 'version 3 with the checksum of RFC 9568',
    router: { version: 3, checksum: 'rfc9568' },
    version: '3',
    authentication: '',
    checksumAsInVersion2: true,
  },
];

/** One life of a node alone on a LAN, recorded: it becomes master, advertises, and resigns. */
async function recordLife(
  router: Kind['router'],
  judge: (file: string, mac: string) => Promise<void>,
): Promise<void> {
  const lan = await Lan.create();
  try {
    const capture = await lan.capture();
    const node = await LocumNode.start(lan, 'locum', {
      address: `${ADDRESS}/24`,
      priority: PRIORITY,
      router,
    });
    await node.becomes('master');
    await waitFor(async () => (await node.router()).counters.advertsSent >= 3, {
      what: 'three advertisements',
      deadlineMs: 10_000,
    });
    await node.daemon.stop();
    await capture.stop();
    const mac = await macOf(node.host);
    await judge(capture.file, mac);
  } finally {
    await lan.close();
  }
}

async function assertAdverts(file: string, mac: string, kind: Kind): Promise<void> {
  const preferences = {
    'ip.check_checksum': 'TRUE',
    'vrrp.v3_checksum_as_in_v2': kind.checksumAsInVersion2 ? 'TRUE' : 'FALSE',
  };
  const fields = [
    'eth.src',
    'eth.dst',
    'ip.src',
    'ip.dst',
    'ip.ttl',
    'ip.dsfield',
    'ip.proto',
    'ip.checksum.status',
    'vrrp.version',
    'vrrp.type',
    'vrrp.virt_rtr_id',
    'vrrp.prio',
    'vrrp.addr_count',
    'vrrp.ip_addr',
    'vrrp.checksum.status',
    'vrrp.auth_type',
    '_ws.expert.message',
  ] as const;
  const adverts = await dissect(file, fields, { filter: 'vrrp', preferences });
  assert.ok(adverts.length >= 4, `${adverts.length} advertisements`);
  const expected = {
    'eth.src': mac,
    'eth.dst': '01:00:5e:00:00:12',
    'ip.src': ADDRESS,
    'ip.dst': '224.0.0.18',
    'ip.ttl': '255',
    'ip.dsfield': '0xc0',
    'ip.proto': kind.headed === true ? '51' : '112',
    'ip.checksum.status': '1',
    'vrrp.version': kind.version,
    'vrrp.type': '1',
    'vrrp.virt_rtr_id': '51',
    'vrrp.prio': String(PRIORITY),
    'vrrp.addr_count': '1',
    'vrrp.ip_addr': VIP,
    'vrrp.checksum.status': '1',
    'vrrp.auth_type': kind.authentication,
    '_ws.expert.message': '',
  };
  const last = adverts.at(-1);
  for (const advert of adverts.slice(0, -1)) assert.deepEqual(advert, expected);
  // The resignation is told from the others by its priority alone; tshark remarks on it as a chat, not as a warning.
  assert.deepEqual({ ...last, '_ws.expert.message': '' }, { ...expected, 'vrrp.prio': '0' });
}

/** RFC 2402: the SPI is the source address, and each number is higher than the one before. */
async function assertHeaders(file: string): Promise<void> {
  const fields = ['ah.next_header', 'ah.length', 'ah.reserved', 'ah.spi', 'ah.sequence', 'ip.id'] as const;
  const headers = await dissect(file, fields, { filter: 'vrrp && ah' });
  assert.ok(headers.length >= 4, `${headers.length} headers`);
  const numbers = headers.map(header => Number(header['ah.sequence']));
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
  const spi = `0x${ADDRESS.split('.')
    .map(octet => Number(octet).toString(16).padStart(2, '0'))
    .join('')}`;
  for (const header of headers) {
    const { 'ah.sequence': _, 'ip.id': id, ...rest } = header;
    assert.notEqual(Number(id), 0);
    assert.deepEqual(rest, {
      'ah.next_header': '112',
      'ah.length': '4',
      'ah.reserved': '0000',
      'ah.spi': spi,
    });
  }
}

async function assertGratuitousArp(file: string, mac: string): Promise<void> {
  const fields = [
    'eth.src',
    'eth.dst',
    'arp.opcode',
    'arp.src.hw_mac',
    'arp.dst.hw_mac',
    'arp.dst.proto_ipv4',
  ] as const;
  const announcements = await dissect(file, fields, {
    filter: `arp.isgratuitous && arp.src.proto_ipv4 == ${VIP}`,
  });
  assert.ok(announcements.length > 0, 'the address is announced');
  for (const announcement of announcements) {
    assert.equal(announcement['eth.src'], mac);
    assert.equal(announcement['eth.dst'], 'ff:ff:ff:ff:ff:ff');
    assert.equal(announcement['arp.src.hw_mac'], mac);
    assert.equal(announcement['arp.dst.proto_ipv4'], VIP);
  }
}

/** Expert severities of Wireshark: warning and error; and whatever could not be dissected. */
async function assertNoWarning(file: string): Promise<void> {
  const bad = await dissect(file, ['frame.number', 'frame.protocols', '_ws.expert.message'], {
    filter: `(vrrp || arp) && (_ws.malformed || _ws.expert.severity >= 0x00600000)`,
    preferences: { 'arp.detect_duplicate_ips': 'TRUE' },
  });
  assert.deepEqual(bad, []);
}

describe('tshark finds nothing wrong with', { concurrency: true }, () => {
  for (const kind of KINDS) {
    test(kind.title, () =>
      recordLife(kind.router, async (file, mac) => {
        await assertAdverts(file, mac, kind);
        if (kind.headed === true) await assertHeaders(file);
        await assertGratuitousArp(file, mac);
        if (!kind.checksumAsInVersion2) await assertNoWarning(file);
      }),
    );
  }

  test('and would find a checksum of the other form', () =>
    recordLife({ version: 3, checksum: 'rfc9568' }, async file => {
      const bad = await dissect(file, ['frame.number'], {
        filter: 'vrrp.checksum.status == 0',
        preferences: { 'vrrp.v3_checksum_as_in_v2': 'FALSE' },
      });
      assert.ok(bad.length > 0);
    }));
});
