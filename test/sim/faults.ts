/** What can go wrong, each as a function that begins it and gives the way to end it; healing ends whatever is still going on. */

import type { Trouble } from './edges.ts';
import type { Impairment } from './lan.ts';
import type { Node } from './node.ts';
import type { Begin, Begun, End, Scene } from './scene.ts';
import { floodOfJunk, floodOfLowAdverts, strayPackets, thirdRouter } from './strangers.ts';
import type { Operation } from './trace.ts';
import { TRACKER_FAULTS } from './tracker-faults.ts';

const nothing: End = () => undefined;

function impair({ lan }: Scene, text: string, ...impairments: readonly Impairment[]): Begun {
  for (const impairment of impairments) lan.impairments.add(impairment);
  return {
    text: `${text} ${impairments.map(describeImpairment).join(', ')}`,
    end: () => {
      for (const impairment of impairments) lan.impairments.delete(impairment);
    },
  };
}

function describeImpairment({ from, to, ...what }: Impairment): string {
  const end = (id: number | undefined): string => (id === undefined ? 'all' : ('abcde'[id] ?? '?'));
  return `${end(from)}>${end(to)} ${JSON.stringify(what)}`;
}

/** Sometimes one way between two nodes, sometimes everywhere. */
function someWay({ world, nodes }: Scene): Pick<Impairment, 'from' | 'to'> {
  const { random } = world;
  if (random.chance(0.4)) return {};
  const [from, to] = random.shuffled(nodes.map(({ id }) => id));
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

const loss: Begin = scene =>
  impair(scene, 'loss', { ...someWay(scene), loss: scene.world.random.pick([0.05, 0.2, 0.5, 0.9]) });

/** Up to two intervals, so that packets overtake each other and old ones come late. */
const delay: Begin = scene => {
  const { world, installation } = scene;
  const delayUs = Math.ceil(installation.longestInterval * world.random.pick([0.1, 0.5, 2]));
  return impair(scene, 'delay', { ...someWay(scene), delayUs });
};

const duplication: Begin = scene => impair(scene, 'duplication', { ...someWay(scene), duplicate: 0.3 });
const corruption: Begin = scene => impair(scene, 'corruption', { ...someWay(scene), corrupt: 0.3 });
const echo: Begin = scene => impair(scene, 'echo', { echo: true });
const cut: Begin = scene => impair(scene, 'cut', { ...someWay(scene), cut: true });

const partition: Begin = scene => {
  const { world, nodes } = scene;
  const side = nodes.map(() => world.random.chance(0.5));
  const cuts = nodes.flatMap(({ id: from }) =>
    nodes
      .filter(({ id: to }) => side[from] !== side[to])
      .map(({ id: to }) => ({ from, to, cut: true as const })),
  );
  return impair(scene, 'partition', ...cuts);
};

const OPERATIONS: readonly Operation[] = [
  'advertise',
  'acquireAddresses',
  'announceAddresses',
  'releaseAddresses',
];

function trouble(text: string, draw: (scene: Scene) => Omit<Trouble, 'operations'>): Begin {
  return scene => {
    const { random } = scene.world;
    const node = random.pick(scene.nodes);
    const operations = new Set(random.chance(0.3) ? OPERATIONS : [random.pick(OPERATIONS)]);
    const entry: Trouble = { operations, ...draw(scene) };
    node.troubles.add(entry);
    return {
      text: `${text} on ${node.config.name}: ${[...operations].join(', ')}`,
      end: () => node.troubles.delete(entry),
    };
  };
}

const failingEdges = trouble('failing edges', ({ world }) => ({
  failure: world.random.pick([0.1, 0.5, 1]),
  slow: 0,
  slowUs: 0,
}));

const slowEdges = trouble('slow edges', ({ world }) => ({
  failure: 0,
  slow: world.random.pick([0.2, 1]),
  slowUs: world.random.pick([10_000, 100_000, 1_000_000]),
}));

/** As when Docker makes and removes interfaces: whoever changes addresses waits for the kernel's rtnl lock, behind others. */
const busyKernel: Begin = scene => {
  const { random } = scene.world;
  const node = random.chance(0.5) ? master(scene) : random.pick(scene.nodes);
  const operations = new Set<Operation>(['acquireAddresses', 'releaseAddresses']);
  const entry: Trouble = {
    operations,
    failure: 0,
    slow: 0.8,
    slowUs: random.pick([20_000, 100_000, 500_000]),
  };
  node.troubles.add(entry);
  return { text: `busy kernel on ${node.config.name}`, end: () => node.troubles.delete(entry) };
};

const sickEdges = trouble('slow and failing edges', () => ({ failure: 0.3, slow: 0.3, slowUs: 1_000_000 }));

const deletion: Begin = scene => {
  const node = master(scene);
  const address = scene.world.random.pick(node.config.parameters.addresses);
  node.deleteAddress(address);
  return { text: `${address} deleted on ${node.config.name}`, end: nothing };
};

/** Whom it hurts most. */
function master({ world, nodes }: Scene): Node {
  return nodes.find(({ state }) => state.name === 'master') ?? world.random.pick(nodes);
}

function befalls(text: string, begin: (node: Node) => void, end: (node: Node) => void): Begin {
  return scene => {
    const node = scene.world.random.chance(0.5) ? master(scene) : scene.world.random.pick(scene.nodes);
    begin(node);
    return { text: `${text} ${node.config.name}`, end: () => end(node) };
  };
}

const linkDown = befalls(
  'link down on',
  node => node.setLink(false),
  node => node.setLink(true),
);
const stop = befalls(
  'stop',
  node => node.block(),
  node => node.goOn(),
);
const kill = befalls(
  'kill',
  node => node.kill(),
  node => node.start(),
);
const shutDown = befalls(
  'shut down',
  node => node.stop(),
  node => node.start(),
);

/** An operator drains a node, mostly the master, and undrains it again; not everybody waits for the end of it. */
const drain: Begin = scene => {
  const { random } = scene.world;
  const node = random.chance(0.7) ? master(scene) : random.pick(scene.nodes);
  const force = random.chance(0.3);
  node.drain(force);
  return { text: `drain${force ? ' --force' : ''} of ${node.config.name}`, end: () => node.undrain() };
};

/** How often each happens, beside the others. */
export const FAULTS: readonly (readonly [weight: number, begin: Begin])[] = [
  [5, loss],
  [2, delay],
  [2, duplication],
  [2, corruption],
  [1, echo],
  [5, cut],
  [3, partition],
  [6, linkDown],
  [6, stop],
  [5, kill],
  [4, shutDown],
  [3, deletion],
  [3, failingEdges],
  [3, slowEdges],
  [1, sickEdges],
  [4, busyKernel],
  ...TRACKER_FAULTS,
  [5, drain],
  [3, scene => thirdRouter(scene, scene.world.random.between(1, 60))],
  [1, scene => thirdRouter(scene, scene.world.random.between(61, 255))],
  [0.3, scene => thirdRouter(scene, 255)],
  [1, scene => thirdRouter(scene, 0)],
  [2, strayPackets],
  [0.2, floodOfJunk],
  [0.2, floodOfLowAdverts],
];
