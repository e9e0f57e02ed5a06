/** A way to run Locum, as compose files make it: its projects and nodes on some engines, and who ought to have which address. */

import {
  addressesBeside,
  addressesOf,
  type ContainerLook,
  lookAtContainer,
  statusOf,
} from './docker-look.ts';
import { heldBy, type PairNode, type Site, settled } from './docker-nodes.ts';
import type { Project } from './docker-project.ts';
import type { Engine } from './engine.ts';
import { waitFor } from './wait.ts';

const BACK_MS = 30_000;
/** Several ways are at work on the same processors: what is asked is that all is well in the end, not how soon. */
const SETTLED_MS = 60_000;
/** A container with curl on each engine's host. */
export const ONLOOKER = 'onlooker';

export interface WayNode {
  /** What its nginx answers with. */
  readonly name: string;
  readonly project: Project;
  /** The service whose network namespace has the addresses; undefined: they are the host's. */
  readonly place: string | undefined;
  readonly nginx: string;
  /** Locum's service, or keepalived's. */
  readonly sidecar: string;
  readonly speaks: 'locum' | 'keepalived';
}

export interface WayOptions {
  readonly nodes: readonly [WayNode, WayNode];
  /** Each virtual address, and the node that has it while all are well. */
  readonly masters: Readonly<Record<string, string>>;
  /** From where clients ask. */
  readonly onlooker: Engine;
}

export class Way {
  readonly nodes: readonly [WayNode, WayNode];
  readonly #sites: readonly { readonly site: Site; readonly master: string }[];

  constructor({ nodes, masters, onlooker }: WayOptions) {
    this.nodes = nodes;
    this.#sites = Object.entries(masters).map(([vip, master]) => ({
      site: { vip, nodes: nodes.map(asPairNode), ask: () => ask(onlooker, vip) },
      master,
    }));
  }

  get projects(): readonly Project[] {
    return [...new Set(this.nodes.map(({ project }) => project))];
  }

  get engines(): readonly Engine[] {
    return [...new Set(this.projects.map(({ engine }) => engine))];
  }

  async up(): Promise<void> {
    await Promise.all(this.projects.map(project => project.up()));
  }

  async down(): Promise<void> {
    await Promise.all(this.projects.map(project => project.compose(['down', '--volumes', '--timeout', '2'])));
  }

  /** Waits until every address is on its own node alone, every node is well, and clients are served. */
  settled(): Promise<void> {
    return this.#explained(
      Promise.all(this.#sites.map(({ site, master }) => settled(site, master, SETTLED_MS))),
    );
  }

  /** Waits until the other node has every address, and serves. */
  heldByOther(than: WayNode): Promise<void> {
    const other = this.nodes.find(node => node !== than)?.name ?? '';
    return this.#explained(Promise.all(this.#sites.map(({ site }) => heldBy(site, other, SETTLED_MS))));
  }

  /** Ends the first process of a service's container as a crash does; returns when Docker has started it again. */
  async crash(project: Project, service: string): Promise<void> {
    const before = await this.look(project, service);
    await project.signal(before.pid, 'KILL');
    await waitFor(
      async () => {
        const { status, pid } = await this.look(project, service);
        return status === 'running' && pid !== before.pid;
      },
      { what: `Docker starts ${service} again`, deadlineMs: BACK_MS, everyMs: 50 },
    );
  }

  /** Waits until Docker's restart policies have done what they do. Returns why a member is down, for each that is. */
  async calm(): Promise<string[]> {
    const looks = await waitFor(
      async () => {
        const found = await Promise.all(
          this.nodes.flatMap(({ project, nginx, sidecar }) => [
            this.look(project, nginx),
            this.look(project, sidecar),
          ]),
        );
        return found.every(({ status }) => status === 'running' || status === 'exited') && found;
      },
      { what: 'no container is being restarted', deadlineMs: BACK_MS, everyMs: 100 },
    );
    return looks.filter(({ status }) => status !== 'running').map(({ error }) => error);
  }

  look(project: Project, service: string): Promise<ContainerLook> {
    return lookAtContainer(project.engine, project.container(service));
  }

  async #explained(outcomes: Promise<unknown>): Promise<void> {
    try {
      await outcomes;
    } catch (thrown) {
      const seen = this.projects.map(async project => [
        await project.compose(['ps', '--all']).catch(String),
        await project.logs(...this.nodes.filter(node => node.project === project).map(node => node.sidecar)),
      ]);
      const text = (await Promise.all(seen)).flat().join('\n');
      throw new Error(`${(thrown as Error).message}\n${text}`, { cause: thrown });
    }
  }
}

function asPairNode({ name, project, place, sidecar, speaks }: WayNode): PairNode {
  const { engine } = project;
  const addresses = (): Promise<string[]> =>
    place === undefined ? addressesBeside(engine, 1) : addressesOf(engine, project.container(place));
  const status = () => statusOf(engine, project.container(sidecar));
  return speaks === 'locum' ? { name, addresses, status } : { name, addresses };
}

async function ask(engine: Engine, vip: string): Promise<string> {
  const curl = ['curl', '-sS', '--fail', '--max-time', '1', '-o', '/dev/null', '-D', '-', `http://${vip}/`];
  const text = await engine.docker(['exec', ONLOOKER, ...curl]);
  return /^x-locum-node: *(\S+)/im.exec(text)?.[1] ?? '';
}
