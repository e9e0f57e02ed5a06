/** A configuration against a host: interfaces and capabilities. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCapabilities, checkHost, interfaceFor } from '../../../src/app/config/check-host.ts';
import type { HostInterface } from '../../../src/app/config/host.ts';
import { parseCidr } from '../../../src/lib/ip-address.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const there = (name: string, ...addresses: string[]): HostInterface => ({
  name,
  up: true,
  addresses: addresses.flatMap(address => parseCidr(address) ?? []),
});

const LO = there('lo', '127.0.0.1/8');
const ETH0 = there('eth0', '198.18.51.2/24');

const problemsOf = (more: Readonly<Record<string, string>>, ...interfaces: HostInterface[]) => {
  const given = { environment: { ...SMALLEST, ...more } };
  return checkHost(configOf(given), { interfaces }, load(given).settings);
};

const interfaceOf = (...interfaces: HostInterface[]) => {
  const router = configOf({ environment: SMALLEST }).vrrp['default'];
  assert.ok(router !== undefined);
  return interfaceFor(router, interfaces)?.name;
};

describe('the interface of a virtual router', () => {
  it('is the one on whose network the first address lies', () => {
    assert.equal(interfaceOf(LO, there('eth1', '198.19.0.1/24'), ETH0), 'eth0');
    assert.equal(interfaceOf(LO), undefined);
  });

  it('is that of the narrowest network', () => {
    assert.equal(interfaceOf(there('wide', '198.18.0.1/15'), ETH0), 'eth0');
  });

  it('is not found by the address itself, which a former run may have left anywhere', () => {
    assert.equal(interfaceOf(there('dummy0', '198.18.51.100/32'), ETH0), 'eth0');
  });

  it('is the one that is named, in spite of the networks', () => {
    assert.deepEqual(problemsOf({ LOCUM_INTERFACE: 'eth0' }, LO, ETH0), []);
  });
});

describe('a host with IPv6', () => {
  const SIX = { LOCUM_VIP: 'fe80::100/64,fd00:198:18::100/64' };
  const DUAL = there('eth1', '198.18.51.2/24', 'fd00:198:18::2/64', 'fe80::2/64');

  it('tells the interface by the first address that is not link-local', () => {
    assert.deepEqual(problemsOf(SIX, there('eth0', 'fe80::1/64'), DUAL), []);
    const local = problemsOf({ LOCUM_VIP: 'fe80::100/64' }, DUAL);
    assert.match(onlyProblem(local, 'vrrp.default.interface').what, /they are on every interface/);
  });

  it('is no place for an address of another network, unless its own say nothing about networks', () => {
    const other = { LOCUM_VIP: 'fd00:198:19::100/64', LOCUM_INTERFACE: 'eth1' };
    const problem = onlyProblem(problemsOf(other, DUAL), 'vrrp.default.vip');
    assert.match(problem.what, /lies in no network/);
    assert.deepEqual(problemsOf(other, there('eth1', 'fd00:198:18::2/128', 'fe80::2/64')), []);
  });

  it('where it is disabled is warned of', () => {
    const problem = onlyProblem(problemsOf({ ...SIX, LOCUM_INTERFACE: 'eth0' }, ETH0), 'vrrp.default.vip');
    assert.equal(problem.severity, 'warning');
    assert.match(problem.what, /no usable IPv6 link-local address/);
    assert.match(problem.fix, /disable_ipv6/);
  });

  it('holds both families under one VRID', () => {
    const environment = {
      LOCUM_VRRP__FOUR__VRID: '51',
      LOCUM_VRRP__FOUR__VIP: '198.18.51.100/24',
      LOCUM_VRRP__SIX__VRID: '51',
      LOCUM_VRRP__SIX__VIP: 'fd00:198:18::100/64',
      LOCUM_VRRP__SIX__INTERFACE: 'eth1',
    };
    const given = { environment };
    assert.deepEqual(checkHost(configOf(given), { interfaces: [DUAL] }, load(given).settings), []);
  });
});

describe('a host with unicast peers', () => {
  const peers = (list: string) => ({ LOCUM_UNICAST__PEERS: list });

  it('is among them or not', () => {
    assert.deepEqual(problemsOf(peers('198.18.51.2,198.18.51.3'), ETH0), []);
    assert.deepEqual(problemsOf(peers('198.18.51.3'), ETH0), []);
  });

  it('is not all of them', () => {
    const problem = onlyProblem(
      problemsOf(peers('198.18.51.2,198.19.0.1'), ETH0, there('eth1', '198.19.0.1/24')),
      'vrrp.default.unicast.peers',
    );
    assert.equal(problem.severity, 'error');
    assert.match(problem.what, /but addresses of this host/);
  });

  it('is warned of a source that it does not have', () => {
    const problem = onlyProblem(problemsOf({ LOCUM_SOURCE: '198.18.51.9' }, ETH0), 'vrrp.default.source');
    assert.equal(problem.severity, 'warning');
    assert.match(problem.what, /198.18.51.9 is not an address of eth0/);
  });
});

describe('a host', () => {
  it('without the interface is told with those that there are', () => {
    const problem = onlyProblem(problemsOf({ LOCUM_INTERFACE: 'eht0' }, LO, ETH0), 'vrrp.default.interface');
    assert.match(problem.what, /no interface eht0; there are lo \(127.0.0.1\/8\), eth0 \(198.18.51.2\/24\)/);
    assert.match(problem.fix, /did you mean eth0\?/);
    assert.equal(problem.source, 'environment LOCUM_INTERFACE');
  });

  it('without a network for the address is told with those that there are', () => {
    const problem = onlyProblem(problemsOf({}, LO), 'vrrp.default.interface');
    assert.match(problem.what, /holds 198.18.51.100\/24; there are lo/);
    assert.equal(problem.source, 'environment LOCUM_VIP');
  });

  it('whose interface has another network is told for each address', () => {
    const vip = { LOCUM_VIP: '198.18.51.100/24,198.19.9.9/24' };
    const problem = onlyProblem(problemsOf(vip, ETH0), 'vrrp.default.vip');
    assert.match(problem.what, /198.19.9.9\/24 lies in no network of eth0 \(198.18.51.2\/24\)/);
    assert.equal(problem.severity, 'error');
    assert.match(problem.fix, /name eth0 .*vrrp\.default\.interface/);
  });

  it('whose interface is named may have an address that clients reach by a route, which is warned of', () => {
    const vip = { LOCUM_VIP: '203.0.113.10/32', LOCUM_INTERFACE: 'eth0' };
    const problem = onlyProblem(problemsOf(vip, ETH0), 'vrrp.default.vip');
    assert.equal(problem.severity, 'warning');
    assert.match(problem.what, /lies in no network of eth0 .*clients need a route/);
  });

  it('whose interface is down is warned of', () => {
    for (const down of [
      { ...ETH0, up: false },
      { ...ETH0, up: false, addresses: [] },
    ])
      assert.equal(
        onlyProblem(problemsOf({ LOCUM_INTERFACE: 'eth0' }, down), 'vrrp.default.vip').severity,
        'warning',
      );
  });

  it('may not get one VRID twice on an interface, however that was named', () => {
    const given = {
      yaml: 'vrrp: {a: {vrid: 7, vip: 198.18.51.1/24}, b: {vrid: 7, vip: 198.18.51.3/24, interface: eth0}}',
    };
    const problems = checkHost(configOf(given), { interfaces: [ETH0] }, load(given).settings);
    assert.match(onlyProblem(problems, 'vrrp.b.vrid').what, /VRID of a, and both are on eth0/);
  });
});

describe('capabilities', () => {
  const all = (1n << 12n) | (1n << 13n) | (1n << 5n);

  it('that are all there are no problem', () => {
    assert.deepEqual(checkCapabilities(all), []);
  });

  it('that are missing are named for compose', () => {
    const problems = checkCapabilities(0n);
    assert.deepEqual(
      problems.map(({ severity, fix }) => [severity, /cap_add: \[(\w+)\]/.exec(fix)?.[1]]),
      [
        ['error', 'NET_ADMIN'],
        ['error', 'NET_RAW'],
        ['warning', 'KILL'],
      ],
    );
  });

  it('of them KILL is missed only where a process is watched or nginx is reloaded', () => {
    const withoutKill = (1n << 12n) | (1n << 13n);
    const port = { LOCUM_TRACK__PORT__TYPE: 'tcp', LOCUM_TRACK__PORT__ADDRESS: '127.0.0.1:80' };
    const idle = { ...SMALLEST, ...port, LOCUM_NGINX__UPSTREAMS_FILE: 'off' };
    const watching = {
      ...idle,
      LOCUM_TRACK__NGINX__TYPE: 'process',
      LOCUM_TRACK__NGINX__NAME: 'nginx',
    };
    const rendering = { ...SMALLEST, ...port };
    const missed = (environment: Readonly<Record<string, string>>) =>
      checkCapabilities(withoutKill, configOf({ environment })).length;
    assert.deepEqual([idle, watching, rendering].map(missed), [0, 1, 1]);
  });
});
