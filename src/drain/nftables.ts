/**
 * The rule that holds new connections off, in the words of nft(8). Pure text.
 *
 * The addresses lie in sets, one a family, whose elements have a lifetime: the hold is a lease that the kernel ends by itself, should nobody be there
 * to end it. A dropped SYN is sent again after a second (RFC 6298 §2), so a client waits instead of failing.
 */

import { toHex } from '../lib/bytes.ts';
import { addressBytes, type Family, familyOf, type IpAddress } from '../lib/ip-address.ts';
import { type Duration, inMilliseconds } from '../lib/time.ts';

/**
 * The table of a node, by the first of its virtual addresses: no two nodes of a network namespace have one in common, so none undoes
 * another's hold. In hexadecimal: no identifier of nft has colons.
 */
export function tableName(address: IpAddress): string {
  return `locum-drain-${toHex(addressBytes(address))}`;
}

interface HeldSet {
  readonly family: Family;
  readonly name: string;
  readonly type: string;
  /** What a packet's destination is called. */
  readonly destination: string;
}

const SETS: readonly HeldSet[] = [
  { family: 4, name: 'held4', type: 'ipv4_addr', destination: 'ip daddr' },
  { family: 6, name: 'held6', type: 'ipv6_addr', destination: 'ip6 daddr' },
];

/**
 * Drops whatever would begin a TCP connection to the addresses, before any translation of them; not from this host itself, whose health
 * checks go on. One transaction, and the same result if the table is there already.
 */
export function holdCommands(table: string, addresses: readonly IpAddress[], lease: Duration): string {
  return [
    `add table inet ${table}`,
    ...SETS.map(({ name, type }) => `add set inet ${table} ${name} { type ${type}; flags timeout; }`),
    ...SETS.map(({ name }) => `flush set inet ${table} ${name}`),
    `add chain inet ${table} prerouting { type filter hook prerouting priority -300; policy accept; }`,
    `flush chain inet ${table} prerouting`,
    ...SETS.map(
      ({ name, destination }) =>
        `add rule inet ${table} prerouting iifname != "lo" ${destination} @${name} tcp flags & (fin|syn|rst|ack) == syn drop`,
    ),
    ...SETS.flatMap(({ family, name }) => {
      const held = addresses.filter(address => familyOf(address) === family);
      return held.length === 0 ? [] : [`add element inet ${table} ${name} { ${elements(held, lease)} }`];
    }),
  ].join('; ');
}

function elements(addresses: readonly IpAddress[], lease: Duration): string {
  return addresses.map(address => `${address} timeout ${Math.ceil(inMilliseconds(lease))}ms`).join(', ');
}

/** Removes all of it; that there is nothing is no failure. */
export function letInCommands(table: string): string {
  return `add table inet ${table}; delete table inet ${table}`;
}
