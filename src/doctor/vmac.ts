/** What a virtual router with a MAC of its own needs of the kernel and of the interface below (ip-sysctl of the kernel's documentation). Pure. */

import { about, type Line } from './line.ts';

export interface VmacFacts {
  /** Of the macvlan. */
  readonly name: string;
  readonly mac: string;
  /** The interface below, and whether it is a radio. */
  readonly below: string;
  readonly wireless: boolean;
  /** What it is now; `theirs`: something else has its name. */
  readonly presence: 'absent' | 'down' | 'up' | 'theirs';
  /** net.ipv4.conf.all.*; NaN where the kernel does not show them. */
  readonly arpFilter: number;
  readonly arpIgnore: number;
}

const IN_COMPOSE = 'for a container under `sysctls:` of the one that owns the network (the holder)';
/** Asks that who answers is in one network with who asks: none is with an address that has no network of its own. */
const SAME_NETWORK = 2;

export function vmacLines(facts: VmacFacts): Line[] {
  const { name, mac, below, wireless, presence, arpFilter, arpIgnore } = facts;
  const line = about('vmac', name);
  const lines = [
    ...(wireless
      ? [
          line.fail(
            `${below} is a radio: an access point takes frames from one MAC alone, so nothing that ${mac} sends arrives`,
            'do without vmac, or use a cable',
          ),
        ]
      : []),
    ...(arpFilter === 1
      ? [
          line.fail(
            `net.ipv4.conf.all.arp_filter is 1: answers leave by ${below}, so nobody answers ARP for what is on ${name}`,
            `sysctl -w net.ipv4.conf.all.arp_filter=0; ${IN_COMPOSE}`,
          ),
        ]
      : []),
    ...(arpIgnore >= SAME_NETWORK
      ? [
          line.fail(
            `net.ipv4.conf.all.arp_ignore is ${arpIgnore}: nobody answers ARP for what is on ${name}`,
            `sysctl -w net.ipv4.conf.all.arp_ignore=1; ${IN_COMPOSE}`,
          ),
        ]
      : []),
    ...(presence === 'theirs'
      ? [
          line.fail(
            `something that is not Locum's has this name`,
            `ip link delete ${name}, or use another name`,
          ),
        ]
      : []),
  ];
  return lines.length > 0 ? lines : [line.ok(`${mac} ${WORDS[presence]}; ${BEYOND}`)];
}

const WORDS = {
  absent: 'will be made when Locum runs',
  down: 'is down: another node is master, or none',
  up: 'is up: this node is master',
  theirs: '',
} as const satisfies Record<VmacFacts['presence'], string>;

/** What no examination of this host can see. */
const BEYOND =
  'what lies beyond must let it pass (port security, and in virtual machines forged transmits and promiscuous mode)';
