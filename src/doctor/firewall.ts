/** Whether this host's packet filter lets VRRP through, from packets that were sent and heard within the host. Pure. */

import type { Family } from '../lib/ip-address.ts';
import { about, type Line } from './line.ts';

/** `heard`: it came back. `refused`: the kernel did not let it out. `lost`: it was sent and not heard. */
export type LoopOutcome = 'heard' | 'refused' | 'lost';

export interface FirewallFacts {
  readonly interface: string;
  readonly family: Family;
  /** One that this node's virtual routers speak to the group: VRRP, or the Authentication Header that it is wrapped in. */
  readonly protocol: 112 | 51;
  readonly outcome: LoopOutcome;
  /** Whether all of these virtual routers are master here: then their peers are silent. */
  readonly master: boolean;
  /** Addresses of others who were heard by that protocol meanwhile. */
  readonly heard: readonly string[];
}

const FIND = '`nft list ruleset` or `iptables-save` shows the rule';

const GROUPS = { 4: '224.0.0.18', 6: 'ff02::12' } as const;
const NAMES = { 112: 'VRRP', 51: 'AH' } as const;

export function firewallLine({ interface: name, family, protocol, ...found }: FirewallFacts): Line {
  const line = about('firewall', `${name} ${NAMES[protocol]}${family === 4 ? '' : ' over IPv6'}`);
  const way = (direction: 'in' | 'out') =>
    `let protocol ${protocol} to ${GROUPS[family]} ${direction}: ${rules(`${direction}put`, protocol, family)}; ${FIND}`;
  if (found.outcome === 'heard') return line.ok(`IP protocol ${protocol} passes, out and in`);
  if (found.outcome === 'refused')
    return line.fail(
      `IP protocol ${protocol} is dropped on the way out: nobody would hear this node`,
      way('out'),
    );
  if (found.heard.length > 0)
    return line.ok(
      `IP protocol ${protocol} passes: ${found.heard.join(', ')} is heard, only this host's own is dropped`,
    );
  if (found.master)
    return line.warn(
      `IP protocol ${protocol} of this host itself is dropped before it arrives; while this node is master nobody else sends any, so it is not known whether a peer's would pass`,
      `nothing, if your rule admits only the peers; else ${way('in')}`,
    );
  return line.fail(
    `IP protocol ${protocol} is sent and dropped before it arrives: this node would not hear its master, and take over beside it`,
    way('in'),
  );
}

function rules(chain: string, protocol: number, family: Family): string {
  const [match, command] = family === 4 ? ['ip protocol', 'iptables'] : ['ip6 nexthdr', 'ip6tables'];
  return `\`nft insert rule inet filter ${chain} ${match} ${protocol} accept\` or \`${command} -I ${chain.toUpperCase()} -p ${protocol} -j ACCEPT\``;
}
