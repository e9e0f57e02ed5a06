/** The two implementations under a flood: a node that is to be master, and one that is to be its backup, without nginx and trackers. */

import { familyOf } from '../../support/family.ts';
import type { FloodAuthentication } from '../../support/flood-frames.ts';
import { Keepalived } from '../../support/keepalived.ts';
import type { Host, Lan } from '../../support/lan.ts';
import { type InsideProcess, signalProcess } from '../../support/namespace.ts';
import { LocumNode, VIP_CIDR } from '../../support/node.ts';

export interface NodeSetup {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly intervalMs: number;
  /** None and hmac in version 3, the others in version 2. */
  readonly authentication: FloodAuthentication;
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
  /** Version 2 has whole seconds only. */
  speaks(authentication: FloodAuthentication, intervalMs: number): boolean;
  start(lan: Lan, setup: NodeSetup): Promise<FloodedNode>;
}

const PASSWORD = 'xi5Joh1u';

/** The forged signatures stay within the window, so that each costs a hash. */
const LOCUM_SETTINGS: Readonly<Record<FloodAuthentication, object>> = {
  none: { version: 3 },
  pass: { version: 2, auth: { type: 'pass', password: PASSWORD } },
  ah: { version: 2, auth: { type: 'ah', password: PASSWORD } },
  hmac: {
    version: 3,
    auth: { type: 'hmac', keys: { 1: '5a'.repeat(32) }, 'time-window': '5m' },
  },
};

const isOld = (authentication: FloodAuthentication): boolean =>
  authentication === 'pass' || authentication === 'ah';

const fits = (authentication: FloodAuthentication, intervalMs: number): boolean =>
  !isOld(authentication) || intervalMs % 1_000 === 0;

const LOCUM: Contender = {
  name: 'locum',
  title: 'Locum',
  speaks: fits,
  async start(lan, { name, address, priority, intervalMs, authentication }) {
    const node = await LocumNode.create(lan, name, {
      address: `${address}/24`,
      priority,
      track: {},
      router: { 'advert-interval': `${intervalMs}ms`, ...LOCUM_SETTINGS[authentication] },
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
  // 2.2.7: auth_hmac came with 2.4.
  speaks: (authentication, intervalMs) => authentication !== 'hmac' && fits(authentication, intervalMs),
  async start(lan, setup) {
    const host = await lan.host(setup.name, `${setup.address}/24`);
    const keepalived = new Keepalived(host);
    await keepalived.run(configuration(setup));
    return { host, daemon: keepalived.process, dropped: async () => undefined };
  },
};

export const CONTENDERS: readonly Contender[] = [LOCUM, KEEPALIVED];

function configuration({ priority, intervalMs, authentication }: NodeSetup): string {
  const proof = isOld(authentication)
    ? `authentication {\n    auth_type ${authentication.toUpperCase()}\n    auth_pass ${PASSWORD}\n  }`
    : '';
  return `vrrp_instance web {
  state BACKUP
  interface eth0
  version ${isOld(authentication) ? 2 : 3}
  virtual_router_id 51
  priority ${priority}
  advert_int ${intervalMs / 1_000}
  ${proof}
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
