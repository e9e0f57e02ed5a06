/** compose/node.yaml on two hosts, alone or with an overlay: two engines, each in namespaces of its own, on one LAN with a client on it. */

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGES, loadImages } from './docker-images.ts';
import { heldBy, type Site, settled } from './docker-nodes.ts';
import { Project } from './docker-project.ts';
import { Engine } from './engine.ts';
import { type Host, Lan } from './lan.ts';
import { ROOT } from './paths.ts';

export const VIP = '198.18.60.100';

/** Prints the name of the node that answers with 200. */
const REQUEST = `
  const response = await fetch('http://${VIP}/', { signal: AbortSignal.timeout(1_000) });
  if (response.status !== 200) throw new Error(String(response.status));
  console.log(response.headers.get('x-locum-node'));
`;

/** What differs between the hosts. */
interface Settings {
  /** Of the host, and of the node that runs on it. */
  readonly name: string;
  readonly address: string;
  /** The node's own, where it has one apart from its host's. */
  readonly nodeAddress: string;
  readonly priority: number;
}

const SETTINGS: readonly Settings[] = [
  { name: 'host-a', address: '198.18.60.11', nodeAddress: '198.18.60.21', priority: 100 },
  { name: 'host-b', address: '198.18.60.12', nodeAddress: '198.18.60.22', priority: 98 },
];

/** The client's; it stands for the LAN's router too. */
const ROUTER = '198.18.60.2';

/** How a node is on the LAN, as compose/README.md has it. */
interface Attachment {
  readonly files: readonly string[];
  /** For the .env, beside what every node has there. */
  readonly env: (settings: Settings) => readonly string[];
  /** Options of `docker run` with which a backend is within nginx's reach. */
  readonly backend: readonly string[];
  /** The IPv4 addresses where the node lives. */
  readonly addresses: (project: Project) => Promise<string[]>;
}

const ATTACHMENTS = {
  host: {
    files: ['node.yaml'],
    env: () => [],
    backend: [],
    addresses: project => project.addressesBeside(1),
  },
  filtered: {
    files: ['node.yaml', 'filtered.yaml'],
    env: () => [],
    backend: [],
    addresses: project => project.addressesBeside(1),
  },
  hardened: {
    files: ['node.yaml', 'hardened.yaml'],
    env: () => [],
    backend: [],
    addresses: project => project.addressesBeside(1),
  },
  macvlan: {
    files: ['node.yaml', 'macvlan.yaml'],
    env: ({ name, nodeAddress }) => [
      ...['LAN_PARENT=eth0', 'LAN_SUBNET=198.18.60.0/24', `LAN_GATEWAY=${ROUTER}`],
      ...[`LAN_ADDRESS=${nodeAddress}`, `NODE_HOSTNAME=${name}`],
    ],
    backend: ['--network', 'locum-backends'],
    addresses: project => project.addresses('node'),
  },
} satisfies Record<string, Attachment>;

export type AttachmentKind = keyof typeof ATTACHMENTS;

/** The compose files of each kind. */
export const HOSTS_FILES: readonly (readonly string[])[] = Object.values(ATTACHMENTS).map(
  ({ files }) => files,
);

/** One of the two: a host with an engine, a clone of the compose files, and one backend. */
export class DockerHost {
  readonly host: Host;
  readonly engine: Engine;
  readonly project: Project;

  private constructor(host: Host, engine: Engine, project: Project) {
    this.host = host;
    this.engine = engine;
    this.project = project;
  }

  static async start(
    lan: Lan,
    settings: Settings,
    attachment: Attachment,
    closers: (() => Promise<void>)[],
  ): Promise<DockerHost> {
    const host = await lan.host(settings.name, `${settings.address}/24`);
    const engine = await Engine.start(host.inside);
    closers.push(() => engine.close());
    await loadImages(engine);
    for (const folder of ['compose', 'nginx'])
      cpSync(join(ROOT, folder), join(host.folder, folder), { recursive: true });
    const env = [`LOCUM_VIP=${VIP}/24`, 'LOCUM_VRID=60', `LOCUM_PRIORITY=${settings.priority}`];
    const lines = [...env, ...attachment.env(settings), ''];
    writeFileSync(join(host.folder, 'compose', '.env'), lines.join('\n'));
    const project = new Project(engine, {
      files: attachment.files.map(file => join(host.folder, 'compose', file)),
      name: 'locum',
      env: IMAGES,
    });
    const dockerHost = new DockerHost(host, engine, project);
    // First the node: the network that backends join may come with it.
    await project.up();
    await dockerHost.#runBackend(attachment.backend);
    return dockerHost;
  }

  async #runBackend(options: readonly string[]): Promise<void> {
    const configuration = `${join(this.host.folder, 'nginx', 'backend.conf')}:/etc/nginx/nginx.conf:ro`;
    await this.engine.docker([
      ...[
        'run',
        '--detach',
        '--init',
        '--restart',
        'unless-stopped',
        '--name',
        'app',
        '--volume',
        configuration,
        ...options,
      ],
      ...['--label', 'locum.upstream=app', '--label', 'locum.port=8080', IMAGES.NGINX_IMAGE],
    ]);
  }
}

export class Hosts {
  readonly lan: Lan;
  readonly client: Host;
  readonly a: DockerHost;
  readonly b: DockerHost;
  readonly site: Site;
  readonly #closers: readonly (() => Promise<void>)[];

  private constructor(
    lan: Lan,
    client: Host,
    [a, b]: readonly [DockerHost, DockerHost],
    attachments: readonly [Attachment, Attachment],
    closers: (() => Promise<void>)[],
  ) {
    this.lan = lan;
    this.client = client;
    this.a = a;
    this.b = b;
    this.#closers = closers;
    this.site = {
      vip: VIP,
      nodes: [a, b].map(({ host, project }, i) => ({
        name: host.name,
        addresses: () => attachments[i as 0 | 1].addresses(project),
        status: () => project.status('locum'),
      })),
      ask: () => this.#ask(),
    };
  }

  /** The second host runs its node in the same way as the first, unless another is named. */
  static async start(kind: AttachmentKind, other: AttachmentKind = kind): Promise<Hosts> {
    const attachments = [ATTACHMENTS[kind], ATTACHMENTS[other]] as const;
    const lan = await Lan.create();
    const closers = [() => lan.close()];
    try {
      const client = await lan.host('client', `${ROUTER}/24`);
      // One after the other: two loads at once only get in each other's way.
      const [first, second] = SETTINGS as [Settings, Settings];
      const a = await DockerHost.start(lan, first, attachments[0], closers);
      const b = await DockerHost.start(lan, second, attachments[1], closers);
      return new Hosts(lan, client, [a, b], attachments, closers);
    } catch (thrown) {
      await closeAll(closers);
      throw thrown;
    }
  }

  settled(master: string): Promise<void> {
    return this.#explained(settled(this.site, master));
  }

  heldBy(master: string): Promise<void> {
    return this.#explained(heldBy(this.site, master));
  }

  close(): Promise<void> {
    return closeAll(this.#closers);
  }

  async #ask(): Promise<string> {
    return (
      await this.client.inside.run(process.execPath, ['--input-type=module', '--eval', REQUEST])
    ).trim();
  }

  async #explained(outcome: Promise<void>): Promise<void> {
    try {
      await outcome;
    } catch (thrown) {
      const logs = await Promise.all(
        [this.a, this.b].map(({ project }) => project.logs('locum').catch(String)),
      );
      throw new Error(`${(thrown as Error).message}\n${logs.join('\n')}`, { cause: thrown });
    }
  }
}

/** All of them, whatever fails. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(closers.map(close => close()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
