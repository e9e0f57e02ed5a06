/** The words for nft, letter by letter: whoever changes them should look at what the kernel makes of them (test/netns/drain.test.ts). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdCommands, letInCommands, tableName } from '../../src/drain/nftables.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { microseconds, milliseconds } from '../../src/lib/time.ts';

const address = (text: string) => parseIpAddress(text) as IpAddress;
const ADDRESSES = [address('198.18.51.100'), address('198.18.51.101')];
const TABLE = 'inet locum-drain-c6123364';

/** One command an element: those within braces have semicolons of their own. */
const commandsOf = (text: string): string[] => text.split(/; (?=add|flush|delete)/);

test('a hold is one transaction: a table of our own, a set with lifetimes and a rule for each family', () => {
  assert.deepEqual(
    commandsOf(holdCommands(tableName(address('198.18.51.100')), ADDRESSES, milliseconds(750))),
    [
      `add table ${TABLE}`,
      `add set ${TABLE} held4 { type ipv4_addr; flags timeout; }`,
      `add set ${TABLE} held6 { type ipv6_addr; flags timeout; }`,
      `flush set ${TABLE} held4`,
      `flush set ${TABLE} held6`,
      `add chain ${TABLE} prerouting { type filter hook prerouting priority -300; policy accept; }`,
      `flush chain ${TABLE} prerouting`,
      `add rule ${TABLE} prerouting iifname != "lo" ip daddr @held4 tcp flags & (fin|syn|rst|ack) == syn drop`,
      `add rule ${TABLE} prerouting iifname != "lo" ip6 daddr @held6 tcp flags & (fin|syn|rst|ack) == syn drop`,
      `add element ${TABLE} held4 { 198.18.51.100 timeout 750ms, 198.18.51.101 timeout 750ms }`,
    ],
  );
});

test('each address goes to the set of its family', () => {
  const both = [...ADDRESSES.slice(1), address('fd00:198:18::100')];
  assert.deepEqual(commandsOf(holdCommands('t', both, milliseconds(1))).slice(-2), [
    'add element inet t held4 { 198.18.51.101 timeout 1ms }',
    'add element inet t held6 { fd00:198:18::100 timeout 1ms }',
  ]);
});

test('a table is named by the octets of an address, of either family', () => {
  assert.equal(tableName(address('198.18.51.100')), 'locum-drain-c6123364');
  assert.equal(tableName(address('fd00::64')), 'locum-drain-fd000000000000000000000000000064');
});

test('a lease is never cut to nothing', () => {
  assert.match(holdCommands('t', ADDRESSES, microseconds(1)), /timeout 1ms/);
});

test('the end removes the table, also when it is not there', () => {
  assert.equal(
    letInCommands(tableName(address('198.18.51.100'))),
    `add table ${TABLE}; delete table ${TABLE}`,
  );
});
