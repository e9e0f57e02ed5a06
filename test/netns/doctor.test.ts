/** `locum doctor` on a test host: a healthy one has nothing but ok, and each fault that is planted shows in its line, with a fix. */

import assert from 'node:assert/strict';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isIncluded } from '../../src/app/doctor/nginx-files.ts';
import type { DoctorJson } from '../../src/doctor/render.ts';
import { procfs } from '../../src/probes/procfs.ts';
import { dissect } from '../support/capture.ts';
import { type Host, Lan, macOf } from '../support/lan.ts';
import { LocumNode, VIP, VIP_CIDR } from '../support/node.ts';
import { MAIN } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

type Lines = DoctorJson['lines'];

/** Longer than three intervals, and an interval that a busy machine keeps. */
const ROUTER = { 'advert-interval': '400ms' };
const LISTEN = ['--listen', '1300ms'];
/** How late timers are is the machine's own affair. */
const NOT_OURS = ['timers'];

let lan: Lan;
let node: LocumNode;

before(async () => {
  lan = await Lan.create();
  node = await LocumNode.create(lan, 'node-a', { address: '198.18.51.11/24', priority: 100, router: ROUTER });
  await node.nginx.start();
});

after(() => lan.close());

const configure = (router: object): Promise<void> =>
  node.configure({ priority: 100, router: { ...ROUTER, ...router } });

interface Examined {
  readonly code: number;
  readonly lines: Lines;
}

async function examine(wrapper: readonly string[] = []): Promise<Examined> {
  const [command = process.execPath, ...args] = [...wrapper, process.execPath, MAIN, 'doctor', '--json'];
  const { code, stdout, stderr } = await node.host.inside.exec(command, [
    ...args,
    ...LISTEN,
    '--config',
    node.configFile,
  ]);
  assert.ok(code === 0 || code === 1, `exit ${code}: ${stderr}`);
  return { code, lines: (JSON.parse(stdout) as DoctorJson).lines };
}

function troubles(lines: Lines): string[] {
  return lines
    .filter(({ check, status }) => status !== 'ok' && !NOT_OURS.includes(check))
    .map(({ status, check, subject }) => `${status} ${check} ${subject}`.trim());
}

/** Exactly these lines are not ok, and each has a fix. */
async function finds(expected: readonly string[], wrapper: readonly string[] = []): Promise<Lines> {
  const { code, lines } = await examine(wrapper);
  assert.deepEqual(troubles(lines), expected, JSON.stringify(lines, undefined, 1));
  assert.equal(code, lines.some(({ status }) => status === 'fail') ? 1 : 0);
  for (const { status, fix } of lines) assert.equal(fix === null, status === 'ok');
  return lines.filter(({ status, check }) => status !== 'ok' && !NOT_OURS.includes(check));
}

const inside = (command: string): Promise<string> => {
  const [program = '', ...args] = command.split(' ');
  return node.host.inside.run(program, args);
};

/** Plants a fault for the time of the work. */
async function during(
  plant: readonly string[],
  undo: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    for (const command of plant) await inside(command);
    await work();
  } finally {
    for (const command of undo) await inside(command);
  }
}

const FILTER = [
  'nft add table ip planted',
  'nft add chain ip planted in { type filter hook input priority 0; }',
  'nft add chain ip planted out { type filter hook output priority 0; }',
];
const UNFILTER = 'nft delete table ip planted';

const FAULTS = [
  'ip link set eth0 multicast off',
  'ip link add eth9 type veth peer name far9',
  'ip address add 198.19.9.1/24 dev eth9',
  'ip link set eth9 up',
  'ip route add default via 198.19.9.2 dev eth9',
  'sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.all.arp_ignore=8 net.ipv4.ip_nonlocal_bind=1',
  ...FILTER,
  'nft add rule ip planted out ip protocol 112 drop',
  'ip address add 198.18.51.100/32 dev lo',
];

/** What the lines say, in their order. */
const EXPECTED = [
  /multicast on/,
  /strict \(1\).*eth9.*rp_filter=2/,
  /arp_ignore 8.*arp_ignore=0/,
  /on the way out.*OUTPUT -p 112/,
  /on lo for ever.*ip address delete 198\.18\.51\.100\/32 dev lo/,
  /198\.18\.51\.100:8080.*ip_nonlocal_bind=1/,
  /no process named nginx.*start nginx/,
  /is no socket/,
];

const REPAIRS = [
  'ip address delete 198.18.51.100/32 dev lo',
  UNFILTER,
  'sysctl -qw net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.all.arp_ignore=0 net.ipv4.ip_nonlocal_bind=0',
  'ip link delete eth9',
  'ip link set eth0 multicast on',
];

async function withHost(name: string, address: string, work: (host: Host) => Promise<void>): Promise<void> {
  const host = await lan.host(name, address);
  try {
    await work(host);
  } finally {
    await host.inside.close();
  }
}

describe('locum doctor', () => {
  test('finds nothing on a healthy host, writes nothing, and puts nothing but ARP probes on the wire', async () => {
    const capture = await lan.capture('ip proto 112 or ip proto 51 or arp');
    await finds([]);
    await capture.stop();
    const frames = await dissect(capture.file, ['ip.proto', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4']);
    assert.ok(frames.length >= 3, `${frames.length} frames`);
    for (const frame of frames)
      assert.deepEqual(frame, { 'ip.proto': '', 'arp.src.proto_ipv4': '0.0.0.0', 'arp.dst.proto_ipv4': VIP });
    for (const file of [node.socket, node.stateFile]) await assert.rejects(access(file), { code: 'ENOENT' });
  });

  test('needs no more than the capabilities of the compose files, and finds each of them missing', async () => {
    const without = (...capabilities: string[]): string[] => [
      'setpriv',
      `--bounding-set=${capabilities.join(',')}`,
      '--inh-caps=-all',
      '--',
    ];
    const compose = ['-all', '+net_raw', '+net_admin', '+kill'];
    const [raw, admin, kill] = await Promise.all([
      finds(['fail capabilities'], without('-net_raw')),
      // nft(8) cannot work without it either.
      finds(['fail capabilities', 'warn drain nft'], without('-net_admin')),
      finds(['warn capabilities'], without('-kill')),
    ]);
    // Without the right to trace nginx, the kernel still tells that the network is the same.
    const { lines } = await examine(without(...compose));
    assert.deepEqual(troubles(lines), []);
    assert.match(
      lines.find(({ check }) => check === 'namespaces')?.found ?? '',
      /^the network and the process ids/,
    );
    assert.match(raw[0]?.fix ?? '', /cap_add: \[NET_RAW\]/);
    assert.match(admin[0]?.fix ?? '', /cap_add: \[NET_ADMIN\]/);
    assert.match(kill[0]?.fix ?? '', /cap_add: \[KILL\]/);
  });

  test('finds a packet filter that drops VRRP on the way in', () =>
    during([...FILTER, 'nft add rule ip planted in ip protocol 112 drop'], [UNFILTER], async () => {
      const [line] = await finds(['fail firewall eth0 VRRP']);
      assert.match(line?.found ?? '', /dropped before it arrives/);
    }));

  test('finds a packet filter that drops AH where adverts are wrapped in it, and minds no other', () =>
    during([...FILTER, 'nft add rule ip planted in ip protocol 51 drop'], [UNFILTER], async () => {
      await finds([]);
      await configure({ version: 2, 'advert-interval': '1s', auth: { type: 'ah', password: 'geheim' } });
      try {
        const [, line] = await finds(['warn configuration vrrp.web.auth.type', 'fail firewall eth0 AH']);
        assert.match(line?.fix ?? '', /INPUT -p 51/);
      } finally {
        await configure({});
      }
    }));

  test('finds many faults at once, each in its own line and nothing else', () =>
    during(FAULTS, REPAIRS, async () => {
      const script = `require('net').createServer().listen(8080, '${VIP}', () => console.log('listens'))`;
      const listener = await node.host.inside.spawn(process.execPath, ['-e', script]);
      await waitFor(() => listener.output.includes('listens'), { what: 'it listens', deadlineMs: 10_000 });
      await inside('sysctl -qw net.ipv4.ip_nonlocal_bind=0');
      await writeFile(node.socket, '');
      await node.nginx.stop();
      try {
        const found = await finds([
          'warn interface eth0',
          'warn rp_filter eth0',
          'fail arp eth0',
          'fail firewall eth0 VRRP',
          `fail address ${VIP_CIDR}`,
          'warn ip_nonlocal_bind',
          'warn nginx',
          'fail daemon',
        ]);
        assert.deepEqual(
          EXPECTED.filter((pattern, at) => !pattern.test(`${found[at]?.found} ${found[at]?.fix}`)),
          [],
        );
      } finally {
        await listener.stop();
        await rm(node.socket);
        await node.nginx.start();
      }
    }));

  test('finds nginx on another network', async () => {
    const elsewhere =
      'ip link add eth0 type veth peer name far && ip address add 198.18.51.11/24 dev eth0 && ' +
      'ip link set eth0 up && ip link set far up && exec "$@"';
    const found = await finds(['fail namespaces'], ['unshare', '--net', 'sh', '-c', elsewhere, 'sh']);
    assert.match(found[0]?.found ?? '', /in another network namespace/);
  });

  test('finds a stranger that answers for the address, by its Ethernet address', () =>
    withHost('thief', '198.18.51.66/24', async thief => {
      await thief.inside.run('ip', ['address', 'add', VIP_CIDR, 'dev', 'eth0']);
      const [line] = await finds([`fail address ${VIP_CIDR}`]);
      assert.ok(line?.found.startsWith(await macOf(thief)), line?.found);
    }));
});

describe('locum doctor beside others', () => {
  test('finds a master that fits, then one with other addresses, another version, another VRID', async () => {
    const address = '198.18.51.12/24';
    const peer = await LocumNode.start(lan, 'node-b', { address, priority: 98, router: ROUTER });
    try {
      await peer.becomes('master');
      const lines = (await examine()).lines;
      assert.deepEqual(troubles(lines), []);
      const said = lines.find(({ check }) => check === 'vrrp')?.found ?? '';
      assert.match(said, /198\.18\.51\.12 \(priority 98\) is master for 198\.18\.51\.100/);
      assert.match(
        lines.find(({ check }) => check === 'address')?.found ?? '',
        /the master is 198\.18\.51\.12/,
      );

      await configure({ vip: [VIP_CIDR, '198.18.51.101/24'] });
      await finds(['warn vrrp web VRID 51']);
      await configure({ vip: ['198.18.51.101/24'] });
      assert.match(
        (await finds(['fail vrrp web VRID 51']))[0]?.found ?? '',
        /198\.18\.51\.12 \(priority 98\) uses it for 198\.18\.51\.100/,
      );
      await configure({ version: 2, 'advert-interval': '1s' });
      assert.match((await finds(['fail vrrp web VRID 51']))[0]?.found ?? '', /version 3, ours is 2/);
      await configure({ vrid: 52 });
      assert.match((await finds(['fail vrrp web VRID 52']))[0]?.found ?? '', /under VRID 51/);
    } finally {
      await peer.host.inside.close();
      await configure({});
    }
  });

  test('works beside the daemon, says what it does, and does not make it do anything', async () => {
    await node.startDaemon();
    await node.becomes('master');
    const counters = async () => {
      const { advertsReceived, becameMaster, releasedMaster, discards } = (await node.router()).counters;
      return { advertsReceived, becameMaster, releasedMaster, discards };
    };
    const beforeIt = await counters();
    const { lines } = await examine();
    assert.deepEqual(troubles(lines), []);
    assert.deepEqual(await counters(), beforeIt);
    const said = (check: string): string => lines.find(line => line.check === check)?.found ?? '';
    assert.match(said('daemon'), /web is master/);
    assert.match(said('vrrp'), /this node is master/);
    assert.match(said('address'), /held by this node/);
    await configure({ vrid: 53 });
    await finds(['warn daemon']);
    await configure({});
  });
});

describe("nginx's configuration, followed as nginx sees it", () => {
  test('includes the rendered file, or does not', async () => {
    const master = procfs().entry(node.nginx.pid);
    assert.ok(master);
    assert.equal(await isIncluded(master, node.nginx.upstreamsFile), 'yes');
    assert.equal(await isIncluded(master, join(node.host.folder, 'locum', 'other.conf')), 'no');
    assert.equal(await isIncluded(master, join(node.host.folder, 'elsewhere', 'upstreams.conf')), 'no');
  });

  test('in a file that is included itself', async () => {
    const master = procfs().entry(node.nginx.pid);
    assert.ok(master);
    const [main, nested] = [join(node.host.folder, 'nginx.conf'), join(node.host.folder, 'nested')];
    const text = await readFile(main, 'utf8');
    try {
      await mkdir(nested);
      await writeFile(join(nested, 'a.conf'), `include ${node.nginx.upstreamsFile};\n`);
      await writeFile(main, `http { include nested/*.conf; }`);
      assert.equal(await isIncluded(master, node.nginx.upstreamsFile), 'yes');
      await writeFile(main, 'http { include missing.conf; }');
      assert.equal(await isIncluded(master, node.nginx.upstreamsFile), 'unknown');
    } finally {
      await writeFile(main, text);
    }
  });
});
