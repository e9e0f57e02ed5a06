/** The ways of compose/README.md on two hosts: each with its files, its nodes, and who has which address while all is well. */

import { join } from 'node:path';
import { VIP as HOSTS_VIP, type Hosts } from '../../support/docker-hosts.ts';
import { IMAGES } from '../../support/docker-images.ts';
import { Project } from '../../support/docker-project.ts';
import { Way, type WayNode } from '../../support/docker-way.ts';
import type { Engine } from '../../support/engine.ts';
import { ROOT } from '../../support/paths.ts';
import { ATTACHED } from './attached.ts';
import { FILTERED } from './filtered.ts';
import type { WayScenario } from './scenarios.ts';

const COMPOSE = join(ROOT, 'compose');
/** Beside what an onlooker brings: an nginx that was there before. */
const SITE = join(ROOT, 'test', 'e2e', 'ways', 'site.yaml');
export const SITE_NETWORK = { name: 'lan', subnet: '198.18.54.0/24' } as const;

export interface WayEntry {
  readonly title: string;
  /** The files of `compose/` that are laid on one another, for each kind of node. */
  readonly files: readonly (readonly string[])[];
  readonly on: (hosts: Hosts) => Way;
  /** Beyond what every way survives. */
  readonly more?: readonly WayScenario[];
}

export const BOTH_HOSTS: readonly WayEntry[] = [
  {
    title: 'node.yaml with filtered.yaml on top, the other node with hardened.yaml',
    files: [
      ['node.yaml', 'filtered.yaml'],
      ['node.yaml', 'hardened.yaml'],
    ],
    on: nodes,
    more: FILTERED,
  },
];

export const FIRST_HOST: readonly WayEntry[] = [
  { title: 'attach.yaml', files: [['attach.yaml']], on: ({ a }) => attach(a.engine), more: ATTACHED },
  {
    title: 'with-keepalived.yaml',
    files: [['pair.yaml', 'with-keepalived.yaml']],
    on: ({ a }) => withKeepalived(a.engine),
  },
];

export const SECOND_HOST: readonly WayEntry[] = [
  { title: 'pair.yaml', files: [['pair.yaml']], on: ({ b }) => pair(b.engine) },
  {
    title: 'active-active.yaml',
    files: [['pair.yaml', 'active-active.yaml']],
    on: ({ b }) => activeActive(b.engine),
  },
];

export const WAYS: readonly WayEntry[] = [...BOTH_HOSTS, ...FIRST_HOST, ...SECOND_HOST];

function trial(engine: Engine, name: string, ...overlays: string[]): Project {
  const files = ['pair.yaml', ...overlays].map(file => join(COMPOSE, file));
  return new Project(engine, { files, name, env: IMAGES });
}

function podOf(project: Project, letter: 'a' | 'b'): WayNode {
  const [name, nginx, sidecar] = [`node-${letter}`, `nginx-${letter}`, `locum-${letter}`];
  return { name, project, place: name, nginx, sidecar, speaks: 'locum' };
}

function pair(engine: Engine): Way {
  const project = trial(engine, 'locum-pair');
  return new Way({
    nodes: [podOf(project, 'a'), podOf(project, 'b')],
    masters: { '198.18.51.100': 'node-a' },
    onlooker: engine,
  });
}

function activeActive(engine: Engine): Way {
  const project = trial(engine, 'locum-active-active', 'active-active.yaml');
  return new Way({
    nodes: [podOf(project, 'a'), podOf(project, 'b')],
    masters: { '198.18.52.100': 'node-a', '198.18.52.101': 'node-b' },
    onlooker: engine,
  });
}

function withKeepalived(engine: Engine): Way {
  const project = trial(engine, 'locum-with-keepalived', 'with-keepalived.yaml');
  const other: WayNode = { ...podOf(project, 'b'), sidecar: 'keepalived-b', speaks: 'keepalived' };
  return new Way({
    nodes: [podOf(project, 'a'), other],
    masters: { '198.18.53.100': 'node-a' },
    onlooker: engine,
  });
}

/** One pair on two hosts. */
function nodes({ a, b }: Hosts): Way {
  const service = { place: undefined, nginx: 'nginx', sidecar: 'locum', speaks: 'locum' } as const;
  return new Way({
    nodes: [
      { ...service, name: a.host.name, project: a.project },
      { ...service, name: b.host.name, project: b.project },
    ],
    masters: { [HOSTS_VIP]: a.host.name },
    onlooker: a.engine,
  });
}

function attach(engine: Engine): Way {
  const node = (letter: string, address: string, priority: string): WayNode => ({
    name: `site-${letter}`,
    project: new Project(engine, {
      files: [SITE, join(COMPOSE, 'attach.yaml')],
      name: `site-${letter}`,
      env: {
        ...IMAGES,
        COMPOSE_PROJECT_NAME: `site-${letter}`,
        SITE_NAME: `site-${letter}`,
        SITE_ADDRESS: address,
        LOCUM_VIP: '198.18.54.100/24',
        LOCUM_VRID: '54',
        LOCUM_PRIORITY: priority,
      },
    }),
    place: 'nginx',
    nginx: 'nginx',
    sidecar: 'locum',
    speaks: 'locum',
  });
  return new Way({
    nodes: [node('a', '198.18.54.11', '100'), node('b', '198.18.54.12', '98')],
    masters: { '198.18.54.100': 'site-a' },
    onlooker: engine,
  });
}
