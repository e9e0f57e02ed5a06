/** The words for nft, letter by letter: whoever changes them should look at what the kernel makes of them (test/netns/drain.test.ts). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdCommands, letInCommands, tableName } from '../../src/drain/nftables.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { microseconds, milliseconds } from '../../src/lib/time.ts';

const ADDRESSES = ['198.18.51.100', '198.18.51.101'].map(text => parseIpAddress(text) as IpAddress);
const [FIRST = '' as IpAddress] = ADDRESSES;

test('a hold is one transaction: a table of our own, a set with lifetimes, a rule', () => {
  assert.deepEqual(holdCommands(tableName(FIRST), ADDRESSES, milliseconds(750)).split('; '), [
    'add table ip locum-drain-198.18.51.100',
    'add set ip locum-drain-198.18.51.100 held { type ipv4_addr',
    'flags timeout',
    '}',
    'flush set ip locum-drain-198.18.51.100 held',
    'add chain ip locum-drain-198.18.51.100 prerouting { type filter hook prerouting priority -300',
    'policy accept',
    '}',
    'flush chain ip locum-drain-198.18.51.100 prerouting',
    'add rule ip locum-drain-198.18.51.100 prerouting iifname != "lo" ip daddr @held tcp flags & (fin|syn|rst|ack) == syn drop',
    'add element ip locum-drain-198.18.51.100 held { 198.18.51.100 timeout 750ms, 198.18.51.101 timeout 750ms }',
  ]);
});

test('a lease is never cut to nothing', () => {
  assert.match(holdCommands('t', ADDRESSES, microseconds(1)), /timeout 1ms/);
});

test('the end removes the table, also when it is not there', () => {
  assert.equal(
    letInCommands(tableName(FIRST)),
    'add table ip locum-drain-198.18.51.100; delete table ip locum-drain-198.18.51.100',
  );
});
