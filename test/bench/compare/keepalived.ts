/** keepalived of the distribution as a contender: `killall -0 nginx` with a weight, everything else at its default. */

import { Keepalived } from '../../support/keepalived.ts';
import type { Host, Lan } from '../../support/lan.ts';
import type { InsideProcess } from '../../support/namespace.ts';
import { Nginx } from '../../support/nginx.ts';
import { waitFor } from '../../support/wait.ts';
import {
  CHECK_INTERVAL_S,
  type Contender,
  type ContenderNode,
  INTERFACE,
  PRIORITY,
  type Setup,
  type Standing,
  VERSION,
  WEIGHT,
} from './contender.ts';

export const KEEPALIVED: Contender = {
  name: 'keepalived',
  title: 'keepalived',
  async createNode(lan: Lan, name: string, setup: Setup): Promise<ContenderNode> {
    return new KeepalivedContenderNode(await lan.host(name, setup.address), setup);
  },
};

class KeepalivedContenderNode implements ContenderNode {
  readonly host: Host;
  readonly nginx: Nginx;
  readonly #setup: Setup;
  readonly #keepalived: Keepalived;
  #state: string | undefined;
  #checked: string | undefined;

  constructor(host: Host, setup: Setup) {
    this.host = host;
    this.nginx = new Nginx(host);
    this.#setup = setup;
    this.#keepalived = new Keepalived(host);
  }

  get daemon(): InsideProcess {
    return this.#keepalived.process;
  }

  async startDaemon(): Promise<void> {
    this.#state = undefined;
    this.#checked = undefined;
    await this.#keepalived.run(configuration(this.#setup), { onLine: line => this.#follow(line) });
    const { daemon } = this;
    await waitFor(() => !daemon.running || this.#state !== undefined, {
      what: `${this.host.name}: keepalived enters a state`,
      deadlineMs: 10_000,
      everyMs: 5,
      context: () => daemon.output,
    });
    if (!daemon.running) throw new Error(`${this.host.name}: keepalived ended:\n${daemon.output}`);
  }

  async standing(): Promise<Standing> {
    if (this.#checked !== 'succeeded') return 'unsettled';
    return this.#state === 'MASTER' ? 'master' : this.#state === 'BACKUP' ? 'backup' : 'unsettled';
  }

  /** What it logs of its state, and whether its script succeeds. Read as it comes: a thawed one logs more than is kept. */
  #follow(line: string): void {
    const { name } = this.#setup.routers[0] ?? { name: '' };
    const [, router, state] = /\((\S+)\) Entering (\w+) STATE/.exec(line) ?? [];
    if (router === name) this.#state = state;
    this.#checked = /VRRP_Script\(nginx\) (succeeded|failed)/.exec(line)?.[1] ?? this.#checked;
  }
}

/** As the tutorials have it, but for the equal priorities. */
export function configuration({ intervalMs, routers }: Setup): string {
  const blocks = routers.map(
    ({ name, vrid, vip }) => `vrrp_instance ${name} {
  state BACKUP
  interface ${INTERFACE}
  version ${VERSION}
  virtual_router_id ${vrid}
  priority ${PRIORITY}
  advert_int ${intervalMs / 1_000}
  virtual_ipaddress {
    ${vip}
  }
  track_script {
    nginx
  }
}
`,
  );
  return `global_defs {
  script_user root
  enable_script_security
}
vrrp_script nginx {
  script "/usr/bin/killall -0 nginx"
  interval ${CHECK_INTERVAL_S}
  weight ${WEIGHT}
}
${blocks.join('')}`;
}
