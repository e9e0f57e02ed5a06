/** The MAC of a virtual router in a configuration: how it is written, what it defaults to, what does not go with it, and with which hosts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkHost } from '../../../src/app/config/check-host.ts';
import type { RouterConfig } from '../../../src/app/config/config.ts';
import type { HostInterface } from '../../../src/app/config/host.ts';
import { parseCidr } from '../../../src/lib/ip-address.ts';
import { configOf, load, onlyProblem, PROXY, SMALLEST } from './support.ts';

const ENABLED = { ...SMALLEST, LOCUM_VMAC__ENABLED: 'true' };

function vmacOf(environment: Readonly<Record<string, string>>): RouterConfig['vmac'] {
  return configOf({ environment }).vrrp['default']?.vmac;
}

describe('vmac', () => {
  test('is off unless enabled', () => {
    assert.equal(vmacOf(SMALLEST), undefined);
    assert.equal(vmacOf({ ...ENABLED, LOCUM_VMAC__ENABLED: 'false' }), undefined);
  });

  test('names its interface by the VRID and the family, and takes another name', () => {
    assert.deepEqual(vmacOf(ENABLED), { interface: 'vrrp.51', advertiseFrom: 'vmac' });
    const ipv6 = { ...ENABLED, LOCUM_VIP: 'fd00:198:18::100/64' };
    assert.equal(vmacOf(ipv6)?.interface, 'vrrp6.51');
    const named = { ...ENABLED, LOCUM_VMAC__INTERFACE: 'web0', LOCUM_VMAC__ADVERTISE_FROM: 'base' };
    assert.deepEqual(vmacOf(named), { interface: 'web0', advertiseFrom: 'base' });
  });

  test('comes by labels', () => {
    const labels = {
      'locum.vrrp.web.vrid': '51',
      'locum.vrrp.web.vip': '198.18.51.100/24',
      'locum.vrrp.web.vmac.enabled': 'true',
    };
    assert.equal(configOf({ labels }).vrrp['web']?.vmac?.interface, 'vrrp.51');
    assert.ok(PROXY);
  });

  test('has a name that an interface can have', () => {
    const { problems } = load({ environment: { ...ENABLED, LOCUM_VMAC__INTERFACE: 'sixteen-letters-' } });
    assert.match(onlyProblem(problems, 'vrrp.default.vmac.interface').what, /1 to 15 characters/);
  });

  test('needs advertise-from base with unicast', () => {
    const unicast = { ...ENABLED, LOCUM_UNICAST__PEERS: '198.18.51.1, 198.18.51.2' };
    const { problems } = load({ environment: unicast });
    const { what, fix } = onlyProblem(problems, 'vrrp.default.vmac.advertise-from');
    assert.match(what, /must be base with unicast/);
    assert.match(fix, /base/);
    assert.equal(vmacOf({ ...unicast, LOCUM_VMAC__ADVERTISE_FROM: 'base' })?.advertiseFrom, 'base');
  });

  test('has an interface of its own for each virtual router', () => {
    const { problems } = load({
      yaml: `
        vrrp:
          a: {vrid: 51, vip: 198.18.51.100/24, interface: eth0, vmac: {enabled: true}}
          b: {vrid: 51, vip: 198.18.52.100/24, interface: eth1, vmac: {enabled: true}}`,
    });
    assert.match(onlyProblem(problems, 'vrrp.b.vmac.interface').what, /is vrrp\.51, which a has too/);
  });
});

describe('a host for vmac', () => {
  const at = (address: string) => {
    const cidr = parseCidr(address);
    return cidr === undefined ? [] : [cidr];
  };
  const eth0: HostInterface = { name: 'eth0', up: true, addresses: at('198.18.51.1/24') };
  const vrrp: HostInterface = { name: 'vrrp.51', up: true, addresses: [], kind: 'macvlan' };
  const problemsOn = (...interfaces: HostInterface[]) =>
    checkHost(configOf({ environment: ENABLED }), { interfaces }, load({ environment: ENABLED }).settings);

  test('may have what Locum left there', () => {
    assert.deepEqual(problemsOn(eth0), []);
    assert.deepEqual(problemsOn(eth0, { ...vrrp, alias: 'locum at /run/locum/locum.sock' }), []);
    assert.deepEqual(problemsOn(eth0, { ...vrrp, up: false }), []);
  });

  test('must not have something else of that name', () => {
    for (const stranger of [
      vrrp,
      { ...vrrp, alias: "keepalived's" },
      { ...vrrp, kind: 'bridge', up: false },
    ]) {
      const { what, fix } = onlyProblem(problemsOn(eth0, stranger), 'vrrp.default.vmac.interface');
      assert.match(what, /vrrp\.51 is there already, a (macvlan|bridge), and is not Locum's/);
      assert.match(fix, /ip link delete vrrp\.51/);
    }
  });

  test('cannot have it on an ipvlan', () => {
    const { what } = onlyProblem(problemsOn({ ...eth0, kind: 'ipvlan' }), 'vrrp.default.vmac.interface');
    assert.match(what, /eth0 is an ipvlan/);
  });
});
