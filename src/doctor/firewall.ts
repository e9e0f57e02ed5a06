/** Whether this host's packet filter lets VRRP through, from packets that were sent and heard within the host. Pure. */

import type { Family } from '../lib/ip-address.ts';
import { about, type Line } from './line.ts';

/** `heard`: it came back. `refused`: the kernel did not let it out. `lost`: it was sent and not heard. */
export type LoopOutcome = 'heard' | 'refused' | 'lost';

export interface FirewallFacts {
  readonly interface: string;
  readonly family: Family;
  /** IP protocol 112. */
  readonly vrrp: LoopOutcome;
  /** IP protocol 51, the Authentication Header; undefined when it was not tried. */
  readonly ah: LoopOutcome | undefined;
  /** Addresses of others whose protocol 112 was heard meanwhile. */
  readonly heard: readonly string[];
}

export function firewallLines({ interface: name, family, vrrp, ah, heard }: FirewallFacts): Line[] {
  return [vrrpLine(name, family, vrrp, heard), ...(ah === undefined ? [] : [ahLine(name, ah)])];
}

const FIND = '`nft list ruleset` or `iptables-save` shows the rule';

const GROUPS = { 4: '224.0.0.18', 6: 'ff02::12' } as const;

function vrrpLine(name: string, family: Family, outcome: LoopOutcome, heard: readonly string[]): Line {
  const line = about('firewall', family === 4 ? `${name} VRRP` : `${name} VRRP over IPv6`);
  switch (outcome) {
    case 'heard':
      return line.ok('IP protocol 112 passes, out and in');
    case 'refused':
      return line.fail(
        'IP protocol 112 is dropped on the way out: nobody would hear this node',
        `let protocol 112 to ${GROUPS[family]} out: ${rules('output', 112, family)}; ${FIND}`,
      );
    case 'lost':
      return heard.length > 0
        ? line.ok(`IP protocol 112 passes: ${heard.join(', ')} is heard, only this host's own is dropped`)
        : line.fail(
            'IP protocol 112 is sent and dropped before it arrives: this node would not hear its master, and take over beside it',
            `let protocol 112 to ${GROUPS[family]} in: ${rules('input', 112, family)}; ${FIND}`,
          );
  }
}

/** Nothing of Locum speaks AH yet; a peer that is to be authenticated by it would not be heard. */
function ahLine(name: string, outcome: LoopOutcome): Line {
  const line = about('firewall', `${name} AH`);
  if (outcome === 'heard') return line.ok('IP protocol 51 passes, out and in');
  const direction = outcome === 'refused' ? 'out' : 'in';
  return line.warn(
    `IP protocol 51 is dropped on the way ${direction}: no harm unless a virtual router is authenticated by AH`,
    `only for AH, let protocol 51 to 224.0.0.18 ${direction}: ${rules(`${direction}put`, 51, 4)}; ${FIND}`,
  );
}

function rules(chain: string, protocol: number, family: Family): string {
  const [match, command] = family === 4 ? ['ip protocol', 'iptables'] : ['ip6 nexthdr', 'ip6tables'];
  return `\`nft insert rule inet filter ${chain} ${match} ${protocol} accept\` or \`${command} -I ${chain.toUpperCase()} -p ${protocol} -j ACCEPT\``;
}
