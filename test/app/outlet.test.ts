/** The addresses of virtual routers in the kernel while their configuration changes under them. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Claims } from '../../src/app/claims.ts';
import { addressesOn, type Outlet, type OutletPlace } from '../../src/app/outlet.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/lib/ip-address.ts';
import type { AddressTable } from '../../src/net/addresses.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
};
const A = cidr('198.18.51.100/24');
const B = cidr('198.18.51.101/24');
const C = cidr('fd00:198:18::100/64');

let calls: string[];
let claims: Claims;
let place: { -readonly [Key in keyof OutletPlace]: OutletPlace[Key] };
beforeEach(() => {
  calls = [];
  claims = new Claims();
  place = { name: 'eth0', outlet: { index: 3 } as Outlet };
});

const table: AddressTable = {
  hold: (vip, index, _lease, done) => {
    calls.push(`+${formatCidr(vip)} ${index}`);
    done();
  },
  release: (vip, index, done) => {
    calls.push(`-${formatCidr(vip)} ${index}`);
    done();
  },
  list: async () => [],
  sweep: async () => [],
  close: () => {},
};

function router(vips: readonly Cidr[]) {
  const holding = { vips, isOwner: false };
  const claimant = claims.claimant();
  const addresses = addressesOn(place, () => holding, table, claimant);
  const done: unknown[] = [];
  return {
    wants: (others: readonly Cidr[]) => Object.assign(holding, { vips: others }),
    acquires: () => addresses.acquire(4, failure => done.push(failure)),
    releases: () => addresses.release(failure => done.push(failure)),
    claims: (vip: Cidr) => claimant.take(vip, 3),
    done,
  };
}

describe('the addresses of a virtual router', () => {
  it('lets go of what it held and does not want any more, and of nothing else', () => {
    const web = router([A, B]);
    web.acquires();
    web.wants([B, C]);
    calls.length = 0;
    web.acquires();
    assert.deepEqual(calls, ['-198.18.51.100/24 3', '+198.18.51.101/24 3', '+fd00:198:18::100/64 3']);
    calls.length = 0;
    web.wants([A]);
    web.releases();
    assert.deepEqual(calls, ['-198.18.51.101/24 3', '-fd00:198:18::100/64 3'], 'what it holds');
    assert.deepEqual(web.done, [undefined, undefined, undefined]);
  });

  it('releases what it holds when nothing can be sent there any more: that takes no socket', () => {
    const web = router([A]);
    web.acquires();
    calls.length = 0;
    place.outlet = undefined;
    web.releases();
    assert.deepEqual(calls, ['-198.18.51.100/24 3']);
    place.outlet = { index: 4 } as Outlet;
    web.releases();
    assert.deepEqual(calls.slice(1), ['-198.18.51.100/24 4'], 'what may be left of a former run');
  });

  it('leaves an address that another one has taken since', () => {
    const web = router([A, B]);
    const other = router([C]);
    web.acquires();
    other.acquires();
    web.wants([A]);
    other.wants([B, C]);
    other.claims(B);
    calls.length = 0;
    web.acquires();
    other.acquires();
    assert.ok(!calls.some(call => call.startsWith('-')), calls.join());
    calls.length = 0;
    web.releases();
    other.releases();
    assert.deepEqual(calls, ['-198.18.51.100/24 3', '-198.18.51.101/24 3', '-fd00:198:18::100/64 3']);
  });

  it('does not release what never was its own while another has it', () => {
    const web = router([A]);
    web.acquires();
    calls.length = 0;
    router([A]).releases();
    assert.deepEqual(calls, []);
  });

  it('takes no IPv6 address for another one by its prefix length', () => {
    const web = router([C]);
    web.acquires();
    web.wants([{ ...C, prefixLength: 128 }]);
    calls.length = 0;
    web.acquires();
    assert.deepEqual(calls, ['+fd00:198:18::100/128 3']);
  });

  it('forgets what it held on an interface that is another now', () => {
    const web = router([A, B]);
    web.acquires();
    place.outlet = { index: 7 } as Outlet;
    web.wants([A]);
    calls.length = 0;
    web.acquires();
    assert.deepEqual(calls, ['+198.18.51.100/24 7']);
  });
});
