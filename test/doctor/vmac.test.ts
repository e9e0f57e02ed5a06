/** What the examination says of a virtual router with a MAC of its own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type VmacFacts, vmacLines } from '../../src/doctor/vmac.ts';
import { headOf } from './support.ts';

const READY: VmacFacts = {
  name: 'vrrp.51',
  mac: '00:00:5e:00:01:33',
  below: 'eth0',
  wireless: false,
  presence: 'absent',
  arpFilter: 0,
  arpIgnore: 0,
};

const linesOf = (parts: Partial<VmacFacts> = {}) => vmacLines({ ...READY, ...parts });

test('is ok, and says what this host cannot see', () => {
  const [line] = linesOf();
  assert.equal(line?.status, 'ok');
  assert.match(line?.found ?? '', /00:00:5e:00:01:33 will be made .*port security/);
  assert.match(linesOf({ presence: 'up' })[0]?.found ?? '', /this node is master/);
  assert.match(linesOf({ presence: 'down' })[0]?.found ?? '', /another node is master/);
  assert.equal(linesOf({ arpFilter: Number.NaN, arpIgnore: Number.NaN })[0]?.status, 'ok');
  assert.equal(linesOf({ arpIgnore: 1 })[0]?.status, 'ok');
});

for (const [what, parts, found, fix] of [
  ['a radio', { wireless: true }, /eth0 is a radio/, /cable/],
  ['arp_filter', { arpFilter: 1 }, /all\.arp_filter is 1/, /all\.arp_filter=0/],
  ['arp_ignore', { arpIgnore: 2 }, /all\.arp_ignore is 2/, /all\.arp_ignore=1/],
  ['a stranger of its name', { presence: 'theirs' }, /not Locum's/, /ip link delete vrrp\.51/],
] as const) {
  test(`fails for ${what}, and says what to do`, () => {
    const lines = linesOf(parts);
    assert.deepEqual(lines.map(headOf), ['fail vmac vrrp.51']);
    assert.match(lines[0]?.found ?? '', found);
    assert.match(lines[0]?.fix ?? '', fix);
  });
}
