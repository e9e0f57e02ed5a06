/** The whole examination: a healthy node has nothing but ok, each single fault shows in its own line and nowhere else. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diagnose, type Facts } from '../../src/doctor/diagnose.ts';
import { CHECKS } from '../../src/doctor/line.ts';
import {
  cidr,
  filter,
  HEALTHY,
  HERE,
  headOf,
  link,
  own,
  settings,
  speaker,
  troubles,
  VIP,
} from './support.ts';

const { docker, nginx, upstreams, drain } = HEALTHY;
assert.ok(docker && upstreams);
const master = nginx.search.kind === 'found' ? nginx.search.master : undefined;
assert.ok(master);

const withLink = (parts: Parameters<typeof link>[0]): Facts => ({ ...HEALTHY, links: [link(parts)] });
const withInterface = (parts: object): Facts => withLink({ link: { ...link().link, ...parts } });
const withSpeaker = (...speakers: ReturnType<typeof speaker>[]): Facts =>
  withLink({ heard: { speakers, listenedMs: 3_100 } });
const withAddress = (parts: object): Facts =>
  withLink({ addresses: link().addresses.map(address => ({ ...address, ...parts })) });
const withMaster = (parts: object): Facts => ({
  ...HEALTHY,
  nginx: { ...nginx, search: { kind: 'found', master: { ...master, ...parts } } },
});
const withSysctls = (parts: object): Facts => {
  const { sysctls } = link();
  assert.ok(sysctls);
  return withLink({ sysctls: { ...sysctls, ...parts } });
};
const withDaemon = (
  found: Facts['daemon']['found'],
  configured: Facts['daemon']['configured'] = [],
): Facts => ({
  ...HEALTHY,
  daemon: { ...HEALTHY.daemon, found, configured },
});
const web = { name: 'web', vrid: 51, addresses: [VIP] };
const problem = {
  severity: 'warning',
  path: 'track',
  what: 'nothing is tracked',
  fix: 'track something',
} as const;
const lan = settings('eth1', { networks: [cidr('198.18.51.9/24')] });
const wan = settings('eth1', { networks: [cidr('198.19.0.1/24')] });

const FAULTS: readonly (readonly [what: string, facts: Facts, expected: string])[] = [
  ['a warning of the configuration', { ...HEALTHY, warnings: [problem] }, 'warn configuration track'],
  [
    'a capability that is needed',
    { ...HEALTHY, capabilities: { needed: [], problems: [{ ...problem, severity: 'error' }] } },
    'fail capabilities',
  ],
  [
    'a capability that may be needed',
    { ...HEALTHY, capabilities: { needed: [], problems: [problem] } },
    'warn capabilities',
  ],
  ['interface down', withInterface({ up: false }), 'fail interface eth0'],
  ['no carrier', withInterface({ running: false }), 'fail interface eth0'],
  ['no Ethernet', withInterface({ ethernet: false }), 'fail interface eth0'],
  ['no multicast', withInterface({ multicast: false }), 'warn interface eth0'],
  ['no ARP', withInterface({ arp: false }), 'fail interface eth0'],
  [
    'strict filtering, and the default route elsewhere',
    withSysctls({ own: settings('eth0', { rpFilter: 1 }), others: [wan], defaultRoutes: ['eth1'] }),
    'warn rp_filter eth0',
  ],
  [
    'strict filtering, and another interface on the network that keeps to its own address',
    withSysctls({ own: settings('eth0', { rpFilter: 1 }), others: [{ ...lan, arpIgnore: 1 }] }),
    'warn rp_filter eth0',
  ],
  ['another interface that answers ARP', withSysctls({ others: [lan] }), 'warn arp eth0'],
  ['ARP is never answered', withSysctls({ own: settings('eth0', { arpIgnore: 8 }) }), 'fail arp eth0'],
  [
    'a listener on the virtual address',
    { ...HEALTHY, nonlocalBind: { value: 0, bound: [`${VIP}:80`] } },
    'warn ip_nonlocal_bind',
  ],
  ['112 out', withLink({ firewall: [filter({ outcome: 'refused' })] }), 'fail firewall eth0 VRRP'],
  ['112 in', withLink({ firewall: [filter({ outcome: 'lost' })] }), 'fail firewall eth0 VRRP'],
  [
    '51, of a router that is authenticated by it',
    withLink({ firewall: [filter({ protocol: 51, outcome: 'lost' })] }),
    'fail firewall eth0 AH',
  ],
  [
    'another version',
    withSpeaker(speaker({ refused: { reason: 'version', detail: 'version 2, ours is 3' } })),
    'fail vrrp web VRID 51',
  ],
  ['the VRID of strangers', withSpeaker(speaker({ addresses: ['198.18.51.7'] })), 'fail vrrp web VRID 51'],
  ['another list', withSpeaker(speaker({ addresses: [VIP, '198.18.51.7'] })), 'warn vrrp web VRID 51'],
  ['two masters', withSpeaker(speaker(), speaker({ source: '198.18.51.3' })), 'fail vrrp web VRID 51'],
  ['our address, another VRID', withSpeaker(speaker({ vrid: 52 })), 'fail vrrp web VRID 51'],
  [
    'a master beside this one',
    withLink({
      routers: [own({ state: 'master' })],
      heard: { speakers: [speaker()], listenedMs: 3_100 },
    }),
    'fail vrrp web VRID 51',
  ],
  ['a backup that hears nobody', withLink({ routers: [own({ state: 'backup' })] }), 'fail vrrp web VRID 51'],
  ['the address for ever', withAddress({ here: { ...HERE, leased: false } }), `fail address ${VIP}/24`],
  ['a foreign holder', withAddress({ answers: ['02:00:00:00:00:09'] }), `fail address ${VIP}/24`],
  ['two holders', withAddress({ answers: ['a', 'b'], masters: ['198.18.51.2'] }), `fail address ${VIP}/24`],
  [
    'a holder beside this node',
    withAddress({ here: HERE, state: 'master', answers: ['a'] }),
    `fail address ${VIP}/24`,
  ],
  ['a master without it', withAddress({ masters: ['198.18.51.2'] }), `warn address ${VIP}/24`],
  ['this node is master without it', withAddress({ state: 'master' }), `fail address ${VIP}/24`],
  ['no engine', { ...HEALTHY, docker: { ...docker, listFailure: 'cannot list' } }, 'fail docker access'],
  ['no events', { ...HEALTHY, docker: { ...docker, eventsFailure: '403' } }, 'warn docker access'],
  ['the whole engine', { ...HEALTHY, docker: { ...docker, beyond: 'answered' } }, 'warn docker socket'],
  ['no proxy', { ...HEALTHY, docker: { ...docker, proxy: { missing: 'none' } } }, 'warn docker proxy'],
  ['another network', withMaster({ sameNetwork: false }), 'fail namespaces'],
  ['no signals', withMaster({ signalError: 'EPERM' }), 'fail nginx'],
  ['no workers', withMaster({ workers: 0 }), 'warn nginx'],
  [
    'no nginx, and nobody knows whether it runs',
    { ...HEALTHY, nginx: { ...nginx, search: { kind: 'absent' }, proxyRuns: undefined } },
    'warn nginx',
  ],
  [
    'the proxy runs unseen',
    { ...HEALTHY, nginx: { ...nginx, search: { kind: 'absent' } } },
    'fail namespaces',
  ],
  [
    'Locum alone',
    { ...HEALTHY, nginx: { ...nginx, search: { kind: 'absent' }, alone: true, proxyRuns: undefined } },
    'fail namespaces',
  ],
  ['two nginx', { ...HEALTHY, nginx: { ...nginx, search: { kind: 'several', pids: [7, 9] } } }, 'fail nginx'],
  ['no master process', { ...HEALTHY, nginx: { ...nginx, search: { kind: 'untitled' } } }, 'warn nginx'],
  ['not included', { ...HEALTHY, upstreams: { ...upstreams, included: 'no' } }, 'warn upstreams'],
  [
    'a read-only folder',
    { ...HEALTHY, upstreams: { ...upstreams, file: { ...upstreams.file, folderError: 'EROFS' } } },
    'fail upstreams',
  ],
  [
    'a mounted file',
    { ...HEALTHY, upstreams: { ...upstreams, file: { ...upstreams.file, mounted: true } } },
    'fail upstreams',
  ],
  ['no nft', { ...HEALTHY, drain: { ...drain, nftFailure: 'no such file' } }, 'warn drain nft'],
  [
    'no place for the drain',
    { ...HEALTHY, drain: { ...drain, stateFile: { ...drain.stateFile, folderError: 'EACCES' } } },
    'warn drain state file',
  ],
  [
    'scheduling refused',
    { ...HEALTHY, scheduling: { wanted: 'nice -5', problems: [problem] } },
    'warn scheduling',
  ],
  ['late timers', { ...HEALTHY, timers: { worstMs: 12, measuredMs: 3_100, intervalMs: 10 } }, 'warn timers'],
  [
    'very late timers',
    { ...HEALTHY, timers: { worstMs: 31, measuredMs: 3_100, intervalMs: 10 } },
    'fail timers',
  ],
  ['a wall clock that jumps', { ...HEALTHY, clock: { ...HEALTHY.clock, stepMs: -5_000 } }, 'warn clock'],
  ['a wall clock that stands', { ...HEALTHY, clock: { ...HEALTHY.clock, stepMs: -3_100 } }, 'warn clock'],
  ['a wall clock never set', { ...HEALTHY, clock: { ...HEALTHY.clock, wallMs: 0 } }, 'warn clock'],
  ['something else on the socket', withDaemon({ kind: 'odd', what: 'is no socket' }), 'fail daemon'],
  ['no place for the socket', withDaemon({ kind: 'absent', folderError: 'EROFS' }), 'fail daemon'],
  [
    'a daemon in fault',
    withDaemon({ kind: 'running', pid: 3, routers: [{ ...web, state: 'fault', reason: 'down' }] }, [web]),
    'fail daemon',
  ],
  [
    'a daemon with other settings',
    withDaemon({ kind: 'running', pid: 3, routers: [{ ...web, state: 'master', reason: '' }] }, [
      { ...web, vrid: 52 },
    ]),
    'warn daemon',
  ],
];

describe('an examination', () => {
  test('of a healthy node has nothing but ok, and every check is in it', () => {
    const lines = diagnose({ ...HEALTHY, scheduling: { wanted: 'policy rr, priority 1', problems: [] } });
    assert.deepEqual(troubles(lines), []);
    assert.deepEqual([...new Set(lines.map(({ check }) => check))].sort(), [...CHECKS].sort());
  });

  for (const [what, facts, expected] of FAULTS) {
    test(`finds: ${what}`, () => {
      const lines = diagnose(facts);
      assert.deepEqual(troubles(lines), [expected]);
      const [line] = lines.filter(({ status }) => status !== 'ok');
      assert.ok(line?.found.length && line.fix?.length, 'it says what it is and what to do');
    });
  }

  test('says nothing of what could not be looked at', () => {
    const facts = withLink({
      sysctls: undefined,
      vmacs: [],
      firewall: [],
      heard: undefined,
      addresses: [],
    });
    const blind = { ...problem, severity: 'error', what: 'NET_RAW is missing: …' } as const;
    const lines = diagnose({
      ...facts,
      capabilities: { needed: [], problems: [blind] },
      nonlocalBind: undefined,
    });
    assert.deepEqual(troubles(lines), ['fail capabilities']);
    assert.match(lines.find(({ check }) => check === 'capabilities')?.found ?? '', /could not be looked at/);
    assert.deepEqual(
      lines.map(headOf).filter(head => /firewall|vrrp|address|rp_filter|arp/.test(head)),
      [],
    );
  });

  test('never shows what only a password is compared with', () => {
    const refused = { reason: 'auth-password', detail: 'the password differs' };
    const [line] = diagnose(withSpeaker(speaker({ refused }))).filter(({ status }) => status === 'fail');
    assert.match(line?.fix ?? '', /vrrp\.web\.auth\.password the same on both nodes/);
  });
});
