/** The nodes of a pair as an onlooker sees them, whichever way they run: who has the address, what each says, who answers. */

import type { Status } from '../../src/control/status.ts';
import { waitFor } from './wait.ts';

/** Time for the longest way to one master: a restart of the sidecar, the master-down interval, nginx's first reload. */
const SETTLE_MS = 25_000;

export interface PairNode {
  readonly name: string;
  /** The IPv4 addresses where the node lives, as the kernel has them. */
  readonly addresses: () => Promise<readonly string[]>;
  /** Undefined while its daemon does not answer. Absent where the node is not Locum's. */
  readonly status?: () => Promise<Status | undefined>;
}

export interface Site {
  readonly nodes: readonly PairNode[];
  readonly vip: string;
  /** Asks the VIP as a client and returns the answering node's name; throws unless the answer is 200. */
  readonly ask: () => Promise<string>;
}

/** The names of the nodes that hold the address now. */
export async function holdersOf({ nodes, vip }: Site): Promise<string[]> {
  const holds = await Promise.all(nodes.map(async node => (await node.addresses()).includes(vip)));
  return nodes.filter((_, i) => holds[i]).map(node => node.name);
}

/**
 * Waits until one node is master and alone has the address, the others are backups that have heard it, all are well, and the master
 * answers clients. A backup that has just started and heard nothing yet cannot know whose lower word would be its master's.
 */
export async function settled(site: Site, master: string, deadlineMs = SETTLE_MS): Promise<void> {
  const told = site.nodes.filter(({ status }) => status !== undefined);
  let seen = '';
  await waitFor(
    async () => {
      const [holders, ...statuses] = await Promise.all([
        holdersOf(site),
        ...told.map(node => node.status?.()),
      ]);
      const states = told.map((node, i) => `${node.name} ${describe(statuses[i], site.vip)}`);
      seen = `held by [${holders}]; ${states.join('; ')}`;
      const wanted = told.map(
        ({ name }) => `${name} ${name === master ? 'master' : 'backup that hears it'}, all trackers up`,
      );
      if (holders.length !== 1 || holders[0] !== master || !wanted.every((want, i) => want === states[i]))
        return false;
      const answering = await site.ask();
      seen += `; ${answering} answers`;
      return answering === master;
    },
    {
      what: `${master} is the one master and both nodes are well`,
      deadlineMs,
      everyMs: 50,
      context: () => seen,
    },
  );
}

/** Waits until one node alone has the address and answers clients, whatever the others are doing. */
export async function heldBy(site: Site, master: string, deadlineMs = SETTLE_MS): Promise<void> {
  let seen = '';
  await waitFor(
    async () => {
      const holders = await holdersOf(site);
      seen = `held by [${holders}]`;
      return holders.length === 1 && holders[0] === master && (await site.ask()) === master;
    },
    { what: `${master} alone has the address and answers`, deadlineMs, everyMs: 50, context: () => seen },
  );
}

/** The virtual router with that address, and the trackers. */
function describe(status: Status | undefined, vip: string): string {
  if (status === undefined) return 'does not answer';
  const states = status.routers
    .filter(({ vips }) => vips.some(({ address }) => address.startsWith(`${vip}/`)))
    .map(({ state, masterAddress }) =>
      state === 'backup' ? `backup that hears ${masterAddress === null ? 'nobody' : 'it'}` : state,
    )
    .join(' ');
  const down = status.trackers
    .filter(tracker => tracker.health !== 'up')
    .map(tracker => `${tracker.name} ${tracker.health}`);
  return `${states}, ${down.length === 0 ? 'all trackers up' : down.join(', ')}`;
}
