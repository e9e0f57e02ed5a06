/** Who has a virtual address now: this host, the master, or somebody who should not (ARP probe, RFC 5227 §2.1.1). Pure. */

import { about, type Line } from './line.ts';

export interface AddressFacts {
  /** With its prefix length. */
  readonly vip: string;
  readonly vrid: number;
  /** On this node now, and where; undefined when it is not. */
  readonly here:
    | { readonly interface: string; readonly cidr: string /** With a lifetime. */; readonly leased: boolean }
    | undefined;
  /** Ethernet addresses of others that answer for it; undefined where nobody was asked: over IPv6. */
  readonly answers: readonly string[] | undefined;
  /** Who advertises it, whatever the VRID: by address. */
  readonly masters: readonly string[];
  /** As the daemon beside says; undefined without one. */
  readonly state: 'init' | 'backup' | 'master' | 'fault' | undefined;
}

export function addressLine(facts: AddressFacts): Line {
  const { vip, here, answers = [], state } = facts;
  const line = about('address', vip);
  if (here?.leased === false)
    return line.fail(
      `is configured on ${here.interface} for ever: Locum leaves alone what is not its own, and this node would answer for it as a backup too`,
      `ip address delete ${here.cidr} dev ${here.interface}, and take it out of the configuration that set it`,
    );
  if (answers.length > 1 || (here !== undefined && answers.length > 0 && state !== undefined))
    return line.fail(
      `${[...(here === undefined ? [] : ['this node']), ...answers].join(' and ')} all have it`,
      'take it away from the one that should not; `ip neighbour` and the switch tell where an Ethernet address is',
    );
  const [holder] = answers;
  if (here !== undefined)
    return line.ok(
      state === undefined
        ? `left here by a daemon that was killed; its lease ends by itself`
        : `held by this node (${state})${facts.answers === undefined ? '' : ', and nobody else answers for it'}`,
    );
  return holder === undefined ? unanswered(line, facts) : held(line, holder, facts);
}

type Maker = ReturnType<typeof about>;

function unanswered(line: Maker, { answers, masters, state }: AddressFacts): Line {
  if (state === 'master')
    return line.fail(
      'the daemon here is master and the kernel does not have it',
      '`locum status` says what went wrong; look again: a hand-over may be on its way',
    );
  const [master] = masters;
  if (answers === undefined)
    return line.ok(master === undefined ? 'nobody advertises it' : `the master is ${master}`);
  return master === undefined
    ? line.ok('nobody has it')
    : line.warn(
        `${master} says that it is master, and nobody answers ARP for it`,
        `look on ${master}: does it have the address (ip address), and what is its arp_ignore?`,
      );
}

function held(line: Maker, holder: string, { masters, vrid }: AddressFacts): Line {
  const [master] = masters;
  return master === undefined
    ? line.fail(
        `${holder} answers for it, and no master of VRID ${vrid} is heard: this node would take it as well`,
        'a host that has it by mistake: remove it there. The other node: let its adverts arrive (firewall, VRID, multicast on the switch)',
      )
    : line.ok(`held by ${holder}, the master is ${master}`);
}
