/** Whether an interface can carry VRRP: up, with a carrier, an Ethernet that does multicast and ARP (netdevice(7)). Pure. */

import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import { about, type Line } from './line.ts';

export interface InterfaceFacts {
  readonly name: string;
  /** IFF_UP. */
  readonly up: boolean;
  /** IFF_RUNNING: with a carrier. */
  readonly running: boolean;
  /** IFF_MULTICAST. */
  readonly multicast: boolean;
  /** Whether adverts of this node go to the group, not to peers alone. */
  readonly usesGroup: boolean;
  /** IFF_NOARP is not set. */
  readonly arp: boolean;
  readonly ethernet: boolean;
  readonly addresses: readonly Cidr[];
}

export function interfaceLines(facts: InterfaceFacts): Line[] {
  const { name, addresses } = facts;
  const line = about('interface', name);
  const set = `ip link set ${name}`;
  if (!facts.up) return [line.fail('is down, so the virtual router is in fault', `${set} up`)];
  if (!facts.running)
    return [
      line.fail(
        'is up but has no carrier, so the virtual router is in fault',
        'look at the cable, the port of the switch, or the bridge at the other end',
      ),
    ];
  if (!facts.ethernet)
    return [
      line.fail(
        'has no Ethernet address, so nobody can be told where the virtual address lives',
        'use an interface of the network that the clients are on',
      ),
    ];
  const lines = [
    ...(facts.multicast || !facts.usesGroup
      ? []
      : [
          line.warn(
            'multicast is switched off: adverts go to 224.0.0.18, and a driver may not receive it',
            `${set} multicast on`,
          ),
        ]),
    ...(facts.arp
      ? []
      : [line.fail('ARP is switched off: nobody gets an answer for the virtual address', `${set} arp on`)]),
  ];
  const own = addresses.map(formatCidr).join(', ') || 'no address';
  return lines.length > 0
    ? lines
    : [line.ok(`up, ${facts.multicast ? 'does' : 'without'} multicast, ${own}`)];
}
