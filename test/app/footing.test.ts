/** What an interface is to a virtual router: the source that is chosen, and why there is none. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterConfig } from '../../src/app/config/config.ts';
import { type Footing, footingOn } from '../../src/app/footing.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { MacAddress } from '../../src/lib/mac-address.ts';
import type { LinkState } from '../../src/net/links.ts';
import { configOf } from './config/support.ts';

const addresses = (...texts: string[]): IpAddress[] => texts as IpAddress[];
const OWN = addresses('198.18.51.1', '198.18.52.1', 'fe80::1', 'fd00:198:18::1', 'fd00:198:18:2::1');

const state = (own: readonly IpAddress[], elsewhere: readonly IpAddress[] = []): LinkState => ({
  index: 2,
  up: true,
  mac: '02:00:00:00:00:01' as MacAddress,
  addresses: own,
  ofHost: new Set([...own, ...elsewhere]),
});

function routerOf(vip: string, more: Readonly<Record<string, string>> = {}): RouterConfig {
  const router = configOf({ environment: { LOCUM_VRID: '51', LOCUM_VIP: vip, ...more } }).vrrp['default'];
  assert.ok(router !== undefined);
  return router;
}

const IPV4 = '198.18.51.100/24';
const IPV6 = 'fd00:198:18::100/64';
const on = (vip: string, more?: Readonly<Record<string, string>>, link: LinkState = state(OWN)): Footing =>
  footingOn('eth0', link, routerOf(vip, more));

describe('the source of adverts', () => {
  test('is the first address of the family, over IPv6 the link-local one', () => {
    assert.deepEqual(on(IPV4), { fault: undefined, primary: '198.18.51.1', peers: [] });
    assert.deepEqual(on(IPV6), { fault: undefined, primary: 'fe80::1', peers: [] });
  });

  test('is the configured one, and nothing else will do', () => {
    assert.equal(on(IPV4, { LOCUM_SOURCE: '198.18.52.1' }).primary, '198.18.52.1');
    const { fault, primary } = on(IPV4, { LOCUM_SOURCE: '198.18.53.1' });
    assert.equal(fault, '198.18.53.1, the configured source, is not an address of interface eth0');
    assert.equal(primary, undefined);
  });

  test('is the one by which the peers know us, and is left out of those that are told', () => {
    const four = on(IPV4, { LOCUM_UNICAST__PEERS: '198.18.52.2,198.18.52.1' });
    assert.deepEqual(four, { fault: undefined, primary: '198.18.52.1', peers: ['198.18.52.2'] });
    const six = on(IPV6, { LOCUM_UNICAST__PEERS: 'fd00:198:18:2::1,fd00:198:18:2::2' });
    assert.deepEqual(six, { fault: undefined, primary: 'fd00:198:18:2::1', peers: ['fd00:198:18:2::2'] });
  });

  test('is as far-reaching as the peers', () => {
    assert.equal(on(IPV6, { LOCUM_UNICAST__PEERS: 'fe80::2' }).primary, 'fe80::1');
    assert.equal(on(IPV6, { LOCUM_UNICAST__PEERS: 'fe80::2,fd00::2' }).primary, 'fd00:198:18::1');
    assert.equal(on(IPV4, { LOCUM_UNICAST__PEERS: '198.19.0.2' }).primary, '198.18.51.1');
  });
});

describe('a router cannot stand', () => {
  const fault = (vip: string, link: LinkState | undefined, more?: Readonly<Record<string, string>>) =>
    footingOn('eth0', link, routerOf(vip, more)).fault;

  test('on an interface that is gone, down or no Ethernet', () => {
    assert.equal(fault(IPV4, undefined), 'interface eth0 is gone');
    assert.equal(fault(IPV4, { ...state(OWN), up: false }), 'interface eth0 is down');
    assert.equal(fault(IPV4, { ...state(OWN), mac: undefined }), 'interface eth0 is not an Ethernet');
  });

  test('without an address to send from', () => {
    assert.equal(fault(IPV4, state(addresses('fe80::1'))), 'interface eth0 has no IPv4 address');
    const four = state(addresses('198.18.51.1', 'fd00::1'));
    assert.equal(fault(IPV6, four), 'interface eth0 has no usable IPv6 link-local address');
    const local = state(addresses('fe80::1'));
    const far = { LOCUM_UNICAST__PEERS: 'fd00::2' };
    assert.equal(fault(IPV6, local, far), 'interface eth0 has no usable global IPv6 address');
  });

  test('with nobody but itself to send to, on whichever interface of the host', () => {
    const alone = { LOCUM_UNICAST__PEERS: '198.18.51.1,198.19.0.1' };
    const footing = footingOn('eth0', state(OWN, addresses('198.19.0.1')), routerOf(IPV4, alone));
    assert.deepEqual(footing, {
      fault: 'all unicast peers are this host itself',
      primary: undefined,
      peers: [],
    });
  });
});
