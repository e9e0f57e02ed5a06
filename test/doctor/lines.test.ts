/** What each line says where saying it right matters: who, what, and which fix. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressLine } from '../../src/doctor/address.ts';
import { clockLine } from '../../src/doctor/clock.ts';
import { daemonLine } from '../../src/doctor/daemon.ts';
import { dockerLines } from '../../src/doctor/docker.ts';
import { firewallLine } from '../../src/doctor/firewall.ts';
import { interfaceLines } from '../../src/doctor/interface.ts';
import { nginxLines } from '../../src/doctor/nginx.ts';
import { bystanderLines, speakerLine } from '../../src/doctor/speakers.ts';
import { nonlocalBindLine, sysctlLines } from '../../src/doctor/sysctls.ts';
import { upstreamsLine } from '../../src/doctor/upstreams.ts';
import { cidr, filter, HEALTHY, HERE, headOf, ip, link, own, settings, speaker, VIP } from './support.ts';

const [address] = link().addresses;
assert.ok(address);

describe('the packet filter', () => {
  test('a drop names its direction and a rule', () => {
    const out = firewallLine(filter({ outcome: 'refused' }));
    assert.match(out.found, /on the way out/);
    assert.match(out.fix ?? '', /iptables -I OUTPUT -p 112 -j ACCEPT/);
    const lost = firewallLine(filter({ outcome: 'lost' }));
    assert.match(lost.fix ?? '', /filter input ip protocol 112 accept/);
  });

  test('that drops AH makes a node deaf that is authenticated by it', () => {
    const line = firewallLine(filter({ protocol: 51, outcome: 'lost' }));
    assert.deepEqual([line.status, line.subject], ['fail', 'eth0 AH']);
    assert.match(line.fix ?? '', /iptables -I INPUT -p 51/);
  });

  test('that drops only what comes from this host itself is no fault: others are heard', () => {
    assert.equal(firewallLine(filter({ outcome: 'lost', heard: ['198.18.51.2'] })).status, 'ok');
  });

  test('may admit the peers alone, which a master cannot tell: they are silent', () => {
    const line = firewallLine(filter({ outcome: 'lost', master: true }));
    assert.equal(line.status, 'warn');
    assert.match(line.fix ?? '', /nothing, if your rule admits only the peers/);
  });
});

test('an interface without multicast is no trouble where adverts go to peers alone', () => {
  const facts = { ...link().link, multicast: false };
  const statuses = [true, false].map(usesGroup => interfaceLines({ ...facts, usesGroup })[0]?.status);
  assert.deepEqual(statuses, ['warn', 'ok']);
});

describe('other routers', () => {
  const said = (speakers: ReturnType<typeof speaker>[], parts = {}, listenedMs = 3_100) =>
    speakerLine({ own: own(parts), speakers, listenedMs });

  test('a master that fits is ok, by name', () => {
    assert.match(said([speaker()]).found, /198\.18\.51\.2 \(priority 98\) is master for 198\.18\.51\.100/);
  });

  test('silence shorter than three intervals proves nothing, and says how to wait longer', () => {
    assert.match(said([], { intervalMs: 5_000 }, 4_000).found, /--listen/);
  });

  test('one that resigned is no second master', () => {
    assert.equal(said([speaker(), speaker({ source: '198.18.51.3', priority: 0 })]).status, 'ok');
  });

  test('one advert is no second master: a hand-over may be on its way', () => {
    assert.equal(said([speaker(), speaker({ source: '198.18.51.3', adverts: 1 })]).status, 'ok');
  });

  test('one that proves itself otherwise is told with what to compare', () => {
    const fixOf = (reason: string) => said([speaker({ refused: { reason, detail: 'x' } })]).fix ?? '';
    assert.match(fixOf('auth-digest'), /vrrp\.web\.auth the same on both nodes: its password, or its keys/);
    assert.match(fixOf('auth-key'), /vrrp\.web\.auth\.keys the same/);
    assert.match(fixOf('auth-stale'), /NTP/);
  });

  test('those of other VRIDs are listed, a few of them', () => {
    const many = Array.from({ length: 20 }, (_, i) => speaker({ vrid: i + 100, addresses: [] }));
    const [line, ...more] = bystanderLines('eth0', [51], [speaker(), ...many]);
    assert.equal(more.length, 0);
    assert.match(line?.found ?? '', /VRID 100 \(198\.18\.51\.2\).*and 12 more/);
    assert.deepEqual(bystanderLines('eth0', [51], [speaker()]), []);
  });
});

describe('the address', () => {
  test('of the master is where it should be', () => {
    const line = addressLine({ ...address, answers: ['02:00:00:00:00:02'], masters: ['198.18.51.2'] });
    assert.equal(line.status, 'ok');
    assert.match(line.found, /02:00:00:00:00:02.*198\.18\.51\.2/);
  });

  test('held by the daemon here, or left by a dead one, is ok', () => {
    assert.match(
      addressLine({ ...address, here: HERE, state: 'master' }).found,
      /held by this node \(master\)/,
    );
    assert.match(addressLine({ ...address, here: HERE }).found, /lease ends by itself/);
  });
});

describe('kernel settings', () => {
  const filter = (parts: object) =>
    sysctlLines({
      own: settings('eth0', { rpFilter: 1 }),
      others: [],
      defaultRoutes: [],
      vips: [ip(VIP)],
      ...parts,
    })[0];

  test('strict filtering is fine where answers leave the way requests come', () => {
    for (const defaultRoutes of [[], ['eth0'], ['eth0', 'eth1']])
      assert.equal(filter({ defaultRoutes })?.status, 'ok');
  });

  test('loose filtering is fine anywhere', () => {
    const loose = settings('eth0', { rpFilter: 2 });
    assert.equal(filter({ own: loose, defaultRoutes: ['eth1'] })?.status, 'ok');
  });

  test('an interface in a network around ours is on the same network, another is not', () => {
    const wide = settings('eth1', { networks: [cidr('198.18.0.9/16')] });
    assert.match(filter({ others: [wide] })?.found ?? '', /eth1 is on the same network/);
    const other = settings('eth1', { networks: [cidr('198.19.51.9/24')] });
    assert.equal(filter({ others: [other] })?.status, 'ok');
  });

  test('a listener on the virtual address is fine where the kernel allows it', () => {
    assert.equal(nonlocalBindLine({ value: 1, bound: [`${VIP}:80`] }).status, 'ok');
  });
});

describe('the surroundings', () => {
  test('Docker that is not used is ok', () => {
    assert.deepEqual(dockerLines(undefined).map(headOf), ['ok docker']);
  });

  test('a whole engine is called what it is, and :ro no protection', () => {
    const { docker } = HEALTHY;
    assert.ok(docker);
    const line = dockerLines({ ...docker, beyond: 'answered' }).find(({ subject }) => subject === 'socket');
    assert.match(line?.found ?? '', /owns the host.*\(:ro\) does not change/);
  });

  test('a PID namespace that is not shared says how to share it', () => {
    const [line] = nginxLines({ ...HEALTHY.nginx, search: { kind: 'absent' } });
    assert.match(line?.fix ?? '', /`pid: service:…`/);
  });

  test('where nginx cannot be looked into, the include is asked for and not called wrong', () => {
    const { upstreams } = HEALTHY;
    assert.ok(upstreams);
    const line = upstreamsLine({ ...upstreams, included: 'unknown' });
    assert.equal(line.status, 'ok');
    assert.match(line.found, /include \/etc\/nginx\/locum\/\*\.conf;/);
  });

  test('a clock without NTP is told, and no fault: Locum does not need it', () => {
    const line = clockLine({ ...HEALTHY.clock, synchronised: false });
    assert.equal(line.status, 'ok');
    assert.match(line.found, /no NTP/);
  });

  test('a running daemon is shown with its states; one that was killed is no obstacle', () => {
    const web = { name: 'web', vrid: 51, addresses: ['198.18.51.101', VIP] };
    const running = {
      kind: 'running',
      pid: 3,
      routers: [{ ...web, state: 'backup', reason: '' }],
    } as const;
    const configured = [{ ...web, addresses: [VIP, '198.18.51.101'] }];
    assert.match(daemonLine({ socket: '/x', found: running, configured }).found, /\(pid 3\): web is backup/);
    assert.equal(daemonLine({ socket: '/x', found: { kind: 'stale' }, configured }).status, 'ok');
  });
});
