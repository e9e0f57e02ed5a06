/** compose/pair.yaml on an engine of its own, with an onlooker on the engine's host: outside the pods, on the same bridge. */

import { join } from 'node:path';
import { IMAGES, loadImages } from './docker-images.ts';
import { heldBy, type Site, settled } from './docker-nodes.ts';
import { Project } from './docker-project.ts';
import { Engine } from './engine.ts';
import { Namespace } from './namespace.ts';
import { Observer } from './observer.ts';
import { ROOT } from './paths.ts';

export const VIP = '198.18.51.100';
const MEMBERS = ['node-a', 'nginx-a', 'locum-a', 'node-b', 'nginx-b', 'locum-b', 'app-1', 'app-2', 'client'];

export class Pair {
  readonly engine: Engine;
  readonly project: Project;
  readonly site: Site;

  private constructor(engine: Engine) {
    this.engine = engine;
    const project = new Project(engine, {
      files: [join(ROOT, 'compose', 'pair.yaml')],
      name: 'locum-pair',
      env: IMAGES,
    });
    this.project = project;
    this.site = {
      vip: VIP,
      nodes: ['a', 'b'].map(letter => ({
        name: `node-${letter}`,
        addresses: () => project.addresses(`node-${letter}`),
        status: () => project.status(`locum-${letter}`),
      })),
      ask: async () => (await this.request()).node,
    };
  }

  /** Builds what is missing, starts an engine, and does what the README says. */
  static async start(say: (line: string) => void): Promise<Pair> {
    const pair = new Pair(await Engine.start(await Namespace.create()));
    try {
      await loadImages(pair.engine, say);
      await pair.project.up();
      await pair.settled('node-a');
      return pair;
    } catch (thrown) {
      await pair.close();
      throw thrown;
    }
  }

  /** One request of the client's container to the VIP: the node that answered with 200, and the backend behind it. */
  async request(): Promise<{ readonly node: string; readonly backend: string }> {
    const curl = ['curl', '-sS', '--fail', '--max-time', '1', '-D', '-', `http://${VIP}/`];
    const text = await this.project.exec('client', ...curl);
    const node = /^x-locum-node: *(\S+)/im.exec(text)?.[1] ?? '';
    return { node, backend: text.split('\n').at(-1)?.trim() ?? '' };
  }

  /** Watches the VIP from the engine's host until it is stopped. */
  observe(): Promise<Observer> {
    const host = { name: 'onlooker', inside: this.engine.inside, folder: this.engine.folder };
    return Observer.start(host, { address: VIP }, { everyMs: 10 });
  }

  settled(master: string): Promise<void> {
    return this.#explained(settled(this.site, master));
  }

  heldBy(master: string, deadlineMs?: number): Promise<void> {
    return this.#explained(heldBy(this.site, master, deadlineMs));
  }

  /** Back to a pair that works, whatever a failed test left. */
  async repair(): Promise<void> {
    await this.project.docker('unpause', ...MEMBERS).catch(() => {});
    for (const member of MEMBERS) {
      const { pid } = await this.project.state(member);
      if (pid !== 0) await this.project.signal(pid, 'CONT').catch(() => {});
    }
    await this.project.up(['--remove-orphans']);
    for (const letter of ['a', 'b'])
      await this.project.exec(`locum-${letter}`, 'locum', 'undrain').catch(() => {});
    await this.settled('node-a');
  }

  /** The rendered upstreams of a node, as they lie in its volume. */
  upstreams(letter: string): Promise<string> {
    const volume = join(this.engine.folder, 'data', 'volumes', `locum-pair_upstreams-${letter}`, '_data');
    return this.engine.inside.run('cat', [join(volume, 'upstreams.conf')]);
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  async #explained(outcome: Promise<void>): Promise<void> {
    try {
      await outcome;
    } catch (thrown) {
      const containers = await this.project.compose(['ps', '--all']).catch(String);
      const logs = await this.project.logs('locum-a', 'locum-b');
      throw new Error(`${(thrown as Error).message}\n${containers}\n${logs}`, { cause: thrown });
    }
  }
}
