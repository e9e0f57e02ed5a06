/** Locum as a contender: the process tracker on nginx with a weight, Docker off, everything else at its default. */

import { LocumNode } from '../../support/node.ts';
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

export const LOCUM: Contender = {
  name: 'locum',
  title: 'Locum',
  async createNode(lan, name, setup) {
    const options = { address: setup.address, priority: PRIORITY, ...sections(setup) };
    const node = await LocumNode.create(lan, name, options);
    return new LocumContenderNode(node);
  },
};

class LocumContenderNode implements ContenderNode {
  readonly host;
  readonly nginx;
  readonly #node: LocumNode;

  constructor(node: LocumNode) {
    this.#node = node;
    this.host = node.host;
    this.nginx = node.nginx;
  }

  get daemon() {
    return this.#node.daemon;
  }

  startDaemon(): Promise<void> {
    return this.#node.startDaemon();
  }

  async standing(): Promise<Standing> {
    const { state, effectivePriority, masterAddress } = await this.#node.router();
    // Whoever has not heard its master yet does not know whose resignation counts.
    const settled = effectivePriority === PRIORITY && masterAddress !== null;
    return settled && (state === 'master' || state === 'backup') ? state : 'unsettled';
  }
}

function sections({ intervalMs, routers }: Setup) {
  const common = { interface: INTERFACE, priority: PRIORITY, version: VERSION };
  const router = ({ vrid, vip }: Setup['routers'][number]) => ({
    ...common,
    vrid,
    vip: [vip],
    'advert-interval': `${intervalMs}ms`,
  });
  const nginx = { type: 'process', name: 'nginx', weight: WEIGHT, interval: `${CHECK_INTERVAL_S}s` };
  return {
    track: { nginx },
    sections: { vrrp: Object.fromEntries(routers.map(each => [each.name, router(each)])) },
  };
}
