/** What the examination says of IPv6: whether the interface carries it, whose VRID it is, which rule lets it through. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressLine } from '../../src/doctor/address.ts';
import { firewallLine } from '../../src/doctor/firewall.ts';
import { type Ipv6Facts, ipv6Line } from '../../src/doctor/ipv6.ts';
import { speakerLine } from '../../src/doctor/speakers.ts';
import { filter, own, speaker } from './support.ts';

describe('IPv6 on an interface', () => {
  const line = (parts: Partial<Ipv6Facts> = {}) =>
    ipv6Line({ interface: 'eth0', disabled: 0, linkLocal: ['fe80::1'], duplicates: [], ...parts });

  test('with a link-local address is ok', () => {
    assert.deepEqual([line().status, line().found], ['ok', 'adverts come from fe80::1']);
  });

  test('that cannot carry adverts says why and what to do', () => {
    assert.match(line({ disabled: undefined }).found, /the kernel has no IPv6/);
    assert.match(line({ disabled: 1, linkLocal: [] }).fix ?? '', /net\.ipv6\.conf\.eth0\.disable_ipv6=0/);
    assert.match(line({ duplicates: ['fe80::1'], linkLocal: [] }).found, /fe80::1 .*dadfailed/);
    assert.match(line({ linkLocal: [] }).fix ?? '', /addr_gen_mode/);
    for (const parts of [{ disabled: 1 }, { duplicates: ['fd00::1'] }, { linkLocal: [] }])
      assert.equal(line(parts).status, 'fail');
  });
});

test('a VRID of the other family is another virtual router', () => {
  const six = speaker({ source: 'fe80::2', addresses: ['fd00::100'], priority: 200 });
  const facts = { own: own({ state: 'master' }), speakers: [six, { ...six, source: 'fe80::3' }] };
  assert.equal(speakerLine({ ...facts, listenedMs: 3_100 }).status, 'ok');
});

test('a packet filter is opened by a rule of its family', () => {
  const line = firewallLine(filter({ family: 6, outcome: 'lost' }));
  assert.match(line.fix ?? '', /to ff02::12 in: .*input ip6 nexthdr 112 accept.*ip6tables -I INPUT -p 112/);
});

test('where nobody was asked for an address, the adverts tell who has it', () => {
  const facts = { vip: 'fd00::100/64', vrid: 51, here: undefined, answers: undefined, state: undefined };
  assert.equal(addressLine({ ...facts, masters: [] }).found, 'nobody advertises it');
  assert.equal(addressLine({ ...facts, masters: ['fe80::2'] }).found, 'the master is fe80::2');
});
