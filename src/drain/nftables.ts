/**
 * The rule that holds new connections off, in the words of nft(8). Pure text.
 *
 * The addresses lie in a set whose elements have a lifetime: the hold is a lease that the kernel ends by itself, should nobody be there
 * to end it. A dropped SYN is sent again after a second (RFC 6298 §2), so a client waits instead of failing.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { type Duration, inMilliseconds } from '../lib/time.ts';

/**
 * The table of a node, by the first of its virtual addresses: no two nodes of a network namespace have one in common, so none undoes
 * another's hold.
 */
export function tableName(address: IpAddress): string {
  return `locum-drain-${address}`;
}

/**
 * Drops whatever would begin a TCP connection to the addresses, before any translation of them; not from this host itself, whose health
 * checks go on. One transaction, and the same result if the table is there already.
 */
export function holdCommands(table: string, addresses: readonly IpAddress[], lease: Duration): string {
  const held = addresses.map(address => `${address} timeout ${Math.ceil(inMilliseconds(lease))}ms`);
  return [
    `add table ip ${table}`,
    `add set ip ${table} held { type ipv4_addr; flags timeout; }`,
    `flush set ip ${table} held`,
    `add chain ip ${table} prerouting { type filter hook prerouting priority -300; policy accept; }`,
    `flush chain ip ${table} prerouting`,
    `add rule ip ${table} prerouting iifname != "lo" ip daddr @held tcp flags & (fin|syn|rst|ack) == syn drop`,
    `add element ip ${table} held { ${held.join(', ')} }`,
  ].join('; ');
}

/** Removes all of it; that there is nothing is no failure. */
export function letInCommands(table: string): string {
  return `add table ip ${table}; delete table ip ${table}`;
}
