/** The MAC of the virtual router itself (RFC 9568 §7.3), on an interface of its own: `vrrp.NAME.vmac`. The words are close to keepalived's. */

import { z } from 'zod';
import { type VmacDraft, vmacName } from './check-vmac.ts';
import type { VmacConfig } from './config.ts';
import { choice, flag } from './leaf.ts';
import { interfaceName } from './tracker-schema.ts';

export const vmac = z.strictObject({
  enabled: flag({
    description:
      "Whether the virtual addresses live on a macvlan with the virtual router's own MAC (00:00:5e:00:01:VRID, over IPv6 00:00:5e:00:02:VRID), so that clients never learn another one. Rarely needed.",
    default: 'false',
  }),
  interface: interfaceName('The name of the macvlan; left out: vrrp.VRID, over IPv6 vrrp6.VRID.').optional(),
  'advertise-from': choice(['vmac', 'base'], {
    description:
      'Whose MAC advertisements come from: vmac, as the RFC has it, or base, that of the interface below. Unicast needs base.',
    default: 'vmac',
  }),
});

export function toVmacConfig(router: VmacDraft): VmacConfig | undefined {
  if (router.vmac?.enabled !== true) return undefined;
  return {
    interface: vmacName(router),
    advertiseFrom: router.vmac['advertise-from'] === 'base' ? 'base' : 'vmac',
  };
}
