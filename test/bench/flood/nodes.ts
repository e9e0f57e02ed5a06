/** The two implementations under a flood: a node that is to be master, and one that is to be its backup, without nginx and trackers. */

import { familyOf } from '../../support/family.ts';
import { Keepalived } from '../../support/keepalived.ts';
import type { Host, Lan } from '../../support/lan.ts';
import { type InsideProcess, signalProcess } from '../../support/namespace.ts';
import { LocumNode, VIP_CIDR } from '../../support/node.ts';

export interface NodeSetup {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly intervalMs: number;
  /** Version 2 with a password, else version 3 without. */
  readonly password: string | undefined;
}

export interface FloodedNode {
  readonly host: Host;
  readonly daemon: InsideProcess;
  /** What it dropped: judged and counted by reason, and beyond what it could look at; undefined: it does not tell. */
  dropped(): Promise<Dropped | undefined>;
}

export interface Dropped {
  readonly judged: number;
  readonly unread: number;
}

export interface Contender {
  readonly name: 'locum' | 'keepalived';
  readonly title: string;
  start(lan: Lan, setup: NodeSetup): Promise<FloodedNode>;
}

const LOCUM: Contender = {
  name: 'locum',
  title: 'Locum',
  async start(lan, { name, address, priority, intervalMs, password }) {
    const authentication =
      password === undefined ? { version: 3 } : { version: 2, auth: { type: 'pass', password } };
    const node = await LocumNode.create(lan, name, {
      address: `${address}/24`,
      priority,
      track: {},
      router: { 'advert-interval': `${intervalMs}ms`, ...authentication },
    });
    await node.startDaemon();
    return {
      host: node.host,
      daemon: node.daemon,
      async dropped() {
        const { routers, drops } = await node.status();
        const discards = Object.values(routers[0]?.counters.discards ?? {});
        return { judged: sum(discards), unread: sum(Object.values(drops)) };
      },
    };
  },
};

const KEEPALIVED: Contender = {
  name: 'keepalived',
  title: 'keepalived',
  async start(lan, setup) {
    const host = await lan.host(setup.name, `${setup.address}/24`);
    const keepalived = new Keepalived(host);
    await keepalived.run(configuration(setup));
    return { host, daemon: keepalived.process, dropped: async () => undefined };
  },
};

export const CONTENDERS: readonly Contender[] = [LOCUM, KEEPALIVED];

function configuration({ priority, intervalMs, password }: NodeSetup): string {
  const authentication =
    password === undefined ? '' : `authentication {\n    auth_type PASS\n    auth_pass ${password}\n  }`;
  return `vrrp_instance web {
  state BACKUP
  interface eth0
  version ${password === undefined ? 3 : 2}
  virtual_router_id 51
  priority ${priority}
  advert_int ${intervalMs / 1_000}
  ${authentication}
  virtual_ipaddress {
    ${VIP_CIDR}
  }
}
`;
}

/** SIGKILL to the daemon and what descends from it, children first: silence, at one moment. */
export function kill({ daemon }: FloodedNode): void {
  for (const pid of [...familyOf(daemon.pid)].reverse()) signalProcess(pid, 'SIGKILL');
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
