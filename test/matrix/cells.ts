/** The cells of the matrix as data: in what two VRRP routers may differ or agree, what cannot be combined and why, and who plays what. */

import { KEEPALIVED_VERSIONS, type KeepalivedVersion } from '../support/keepalived-program.ts';

/** Version, authentication, and in version 3 over IPv4 what the checksum covers. */
export const PROTOCOLS = ['v2', 'v2 PASS', 'v2 AH', 'v3', 'v3 rfc9568', 'v3 old unicast'] as const;
export const FAMILIES = ['IPv4', 'IPv6'] as const;
export const DESTINATIONS = ['group', 'unicast'] as const;
/** Whether both have the address on a VMAC, and what their advertisements leave by. */
export const VMACS = ['no VMAC', 'VMAC', 'VMAC, sent from base'] as const;
/** What Locum is while both are well. */
export const ROLES = ['master', 'backup'] as const;

export interface Cell extends Readonly<Record<string, string>> {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly family: (typeof FAMILIES)[number];
  readonly destination: (typeof DESTINATIONS)[number];
  readonly vmac: (typeof VMACS)[number];
  readonly role: (typeof ROLES)[number];
  readonly keepalived: KeepalivedVersion;
}

interface Rule {
  readonly excludes: (cell: Cell) => boolean;
  readonly why: string;
}

/** What nobody can configure, or keepalived refuses. */
export const RULES: readonly Rule[] = [
  {
    excludes: ({ family, protocol }) => family === 'IPv6' && protocol.startsWith('v2'),
    why: 'IPv6 is spoken in version 3 (RFC 9568), PASS and AH in version 2',
  },
  {
    excludes: ({ family, protocol }) => family === 'IPv6' && protocol !== 'v3' && protocol.startsWith('v3'),
    why: 'over IPv6 the checksum has one form, with the pseudo-header (RFC 8200 §8.1)',
  },
  {
    excludes: ({ protocol, keepalived }) => protocol === 'v3 rfc9568' && keepalived === '2.2.7',
    why: 'keepalived has v3_checksum_as_v2 since 2.2.8',
  },
  {
    excludes: ({ protocol, destination }) => protocol === 'v3 old unicast' && destination === 'group',
    why: 'old_unicast_checksum is about unicast',
  },
  {
    excludes: ({ destination, vmac }) => destination === 'unicast' && vmac === 'VMAC',
    why: 'keepalived sends unicast from the base interface only: it asks for vmac_xmit_base',
  },
];

/** Every combination that can be configured, in the order of the dimensions. */
export const CELLS: readonly Cell[] = PROTOCOLS.flatMap(protocol =>
  FAMILIES.flatMap(family =>
    DESTINATIONS.flatMap(destination =>
      VMACS.flatMap(vmac =>
        KEEPALIVED_VERSIONS.flatMap(keepalived =>
          ROLES.map((role): Cell => ({ protocol, family, destination, vmac, role, keepalived })),
        ),
      ),
    ),
  ),
).filter(cell => !RULES.some(rule => rule.excludes(cell)));

export function titleOf({ protocol, family, destination, vmac, role, keepalived }: Cell): string {
  const variant = [protocol, family, destination, vmac].join(', ');
  return `${variant}: Locum is ${role}, keepalived ${keepalived}`;
}
