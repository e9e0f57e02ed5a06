/** What a cell means for the two nodes: addresses, and each program's own words for the same virtual router. */

import type { KeepalivedOptions } from '../support/keepalived-options.ts';
import type { Cell } from './cells.ts';

export const HIGH = 150;
export const LOW = 100;

/** Three characters: what is shorter than the field is padded. */
const PASSWORD = 'abc';

interface Addresses {
  readonly locum: string;
  readonly keepalived: string;
  /** Somebody else on the LAN. */
  readonly client: string;
  /** What clients use. */
  readonly vip: string;
  /** All that is advertised, in this order. */
  readonly vips: readonly string[];
  readonly prefixLength: number;
}

const ADDRESSES: Readonly<Record<Cell['family'], Addresses>> = {
  IPv4: {
    locum: '198.18.51.1',
    keepalived: '198.18.51.2',
    client: '198.18.51.50',
    vip: '198.18.51.100',
    vips: ['198.18.51.100'],
    prefixLength: 24,
  },
  IPv6: {
    locum: 'fd00:198:18:51::1',
    keepalived: 'fd00:198:18:51::2',
    client: 'fd00:198:18:51::50',
    vip: 'fd00:198:18:51::100',
    // A link-local one is the first (RFC 9568 §5.2.9).
    vips: ['fe80::51:100', 'fd00:198:18:51::100'],
    prefixLength: 64,
  },
};

export function addressesOf(cell: Cell): Addresses {
  return ADDRESSES[cell.family];
}

/** The virtual addresses with their prefix length. */
export function vipsOf(cell: Cell): string[] {
  const { vips, prefixLength } = addressesOf(cell);
  return vips.map(vip => `${vip}/${prefixLength}`);
}

export function versionOf({ protocol }: Cell): 2 | 3 {
  return protocol.startsWith('v2') ? 2 : 3;
}

/** Settings of Locum's virtual router. */
export function locumRouter(cell: Cell): Readonly<Record<string, unknown>> {
  const { locum, keepalived } = addressesOf(cell);
  return {
    version: versionOf(cell),
    vip: vipsOf(cell),
    ...LOCUM_PROTOCOL[cell.protocol],
    ...(cell.destination === 'unicast' ? { source: locum, unicast: { peers: [locum, keepalived] } } : {}),
    ...(cell.vmac === 'no VMAC' ? {} : { vmac: { enabled: true, 'advertise-from': senderOf(cell) } }),
  };
}

const LOCUM_PROTOCOL: Readonly<Record<Cell['protocol'], Readonly<Record<string, unknown>>>> = {
  v2: {},
  'v2 PASS': { auth: { type: 'pass', password: PASSWORD } },
  'v2 AH': { auth: { type: 'ah', password: PASSWORD } },
  v3: {},
  'v3 rfc9568': { checksum: 'rfc9568' },
  'v3 old unicast': { checksum: 'multicast-pseudo-header' },
};

export function keepalivedOptions(cell: Cell): Omit<KeepalivedOptions, 'priority'> {
  const { locum, keepalived } = addressesOf(cell);
  return {
    version: versionOf(cell),
    vips: vipsOf(cell),
    ...KEEPALIVED_PROTOCOL[cell.protocol],
    ...(cell.destination === 'unicast' ? { unicast: { source: keepalived, peers: [locum] } } : {}),
    ...(cell.vmac === 'no VMAC' ? {} : { vmac: senderOf(cell) }),
  };
}

const KEEPALIVED_PROTOCOL: Readonly<Record<Cell['protocol'], Partial<KeepalivedOptions>>> = {
  v2: {},
  'v2 PASS': { password: PASSWORD },
  'v2 AH': { password: PASSWORD, authType: 'AH' },
  v3: {},
  'v3 rfc9568': { checksum: 'v3_checksum_as_v2' },
  'v3 old unicast': { checksum: 'old_unicast_checksum' },
};

/** What the advertisements leave by. */
function senderOf({ vmac }: Cell): 'vmac' | 'base' {
  return vmac === 'VMAC' ? 'vmac' : 'base';
}
