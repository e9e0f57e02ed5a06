/** IPv6 and unicast in a configuration: how they are written, what they default to, and what does not go together. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, load, onlyProblem } from './support.ts';

const IPV6 = { LOCUM_VRID: '51', LOCUM_VIP: 'fd00:198:18::100/64' };
const IPV4 = { LOCUM_VRID: '51', LOCUM_VIP: '198.18.51.100/24' };

const routerOf = (environment: Readonly<Record<string, string>>) => {
  const router = configOf({ environment }).vrrp['default'];
  assert.ok(router !== undefined);
  return router;
};

const refused = (environment: Readonly<Record<string, string>>, path: string) => {
  const { config, problems } = load({ environment });
  assert.equal(config, undefined);
  return onlyProblem(problems, path);
};

describe('IPv6', () => {
  it('is written as IPv4 is, in any spelling, as a label too', () => {
    const labels = { 'locum.vrid': '51', 'locum.vip': 'FE80:0::100/64, fd00::1/64' };
    const { config } = load({ labels });
    assert.deepEqual(config?.vrrp['default']?.vip, [
      { address: 'fe80::100', prefixLength: 64 },
      { address: 'fd00::1', prefixLength: 64 },
    ]);
    assert.equal(config.vrrp['default'].version, 3);
  });

  it('needs version 3, and no authentication of version 2', () => {
    assert.match(refused({ ...IPV6, LOCUM_VERSION: '2' }, 'vrrp.default.version').what, /knows no IPv6/);
    const pass = { ...IPV6, LOCUM_AUTH__TYPE: 'pass', LOCUM_AUTH__PASSWORD: 'secret' };
    assert.match(refused(pass, 'vrrp.default.auth.type').what, /none or hmac over IPv6/);
  });

  it('shares a VRID with IPv4, on one interface', () => {
    const both = {
      LOCUM_VRRP__FOUR__VRID: '51',
      LOCUM_VRRP__FOUR__VIP: '198.18.51.100/24',
      LOCUM_VRRP__SIX__VRID: '51',
      LOCUM_VRRP__SIX__VIP: 'fd00:198:18::100/64',
    };
    assert.deepEqual(Object.keys(configOf({ environment: both }).vrrp), ['four', 'six']);
  });

  it('speaks to the group from a link-local address only, to peers from any', () => {
    const source = { ...IPV6, LOCUM_SOURCE: 'fd00:198:18::1' };
    assert.match(refused(source, 'vrrp.default.source').what, /link-local/);
    assert.equal(routerOf({ ...IPV6, LOCUM_SOURCE: 'fe80::1' }).source, 'fe80::1');
    const unicast = { ...source, LOCUM_UNICAST__PEERS: 'fd00:198:18::2' };
    assert.equal(routerOf(unicast).source, 'fd00:198:18::1');
  });
});

describe('unicast', () => {
  it('needs nothing but the peers', () => {
    assert.deepEqual(routerOf({ ...IPV4, LOCUM_UNICAST__PEERS: '198.18.51.1, 198.18.51.2' }).unicast, {
      peers: ['198.18.51.1', '198.18.51.2'],
      ttl: 255,
      minimumTtl: 1,
      checkSource: true,
    });
    assert.equal(routerOf(IPV4).unicast, undefined);
  });

  it('says how far peers may be and whether others are believed, in the file too', () => {
    const content = `
      vrid: 51
      vip: 198.18.51.100/24
      unicast: {peers: [198.18.51.1, 198.18.51.2], ttl: 64, min-ttl: 62, check-source: false}
    `;
    const { config } = load({ yaml: content });
    assert.deepEqual(config?.vrrp['default']?.unicast, {
      peers: ['198.18.51.1', '198.18.51.2'],
      ttl: 64,
      minimumTtl: 62,
      checkSource: false,
    });
  });

  it('without peers says so', () => {
    assert.match(
      refused({ ...IPV4, LOCUM_UNICAST__TTL: '64' }, 'vrrp.default.unicast.peers').what,
      /missing/,
    );
  });
});
