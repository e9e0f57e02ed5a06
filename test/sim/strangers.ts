/** Packets of those who are no node: a third router's advertisements, and everything that must not be believed. */

import { type Draft, encode, toNumber } from './packets.ts';
import type { Begun, End, Scene } from './scene.ts';

/** 198.18.51.x, not one of the nodes': one address below theirs, one above. */
const STRANGERS = [0xc6123301, 0xc61233c8] as const;

/** An advertisement as the nodes expect it, from somebody else. */
function draft({ world, installation }: Scene, priority: number): Draft {
  const [node] = installation.nodes;
  if (node === undefined) throw new RangeError('no nodes');
  const { version, vrid, advertisementInterval, addresses, authentication } = node.parameters;
  return {
    version,
    vrid,
    priority,
    source: world.random.pick(STRANGERS),
    intervalUs: advertisementInterval,
    addresses: addresses.map(toNumber),
    password: authentication.type === 'pass' ? authentication.key : undefined,
  };
}

/** The many ways in which a packet must not be believed, a packet each. */
function junk(scene: Scene): readonly Uint8Array[] {
  const { random } = scene.world;
  const proper = draft(scene, random.pick([0, 100, 255]));
  const isV2 = proper.version === 2;
  const drafts: Draft[] = [
    { ...proper, checksumError: random.between(1, 0xfffe) },
    { ...proper, ttl: random.between(0, 254) },
    { ...proper, vrid: (proper.vrid % 255) + 1 },
    { ...proper, version: isV2 ? 3 : 2, intervalUs: 1_000_000 },
    { ...proper, version: 5 },
    { ...proper, type: random.between(2, 15) },
    { ...proper, count: 0, addresses: [] },
    { ...proper, count: proper.addresses.length + 1 },
    { ...proper, protocol: 89 },
    { ...proper, destination: 0xe0000005 },
    { ...proper, intervalUs: isV2 ? proper.intervalUs + 1_000_000 : 0 },
    {
      ...proper,
      source: toNumber(random.pick(scene.nodes).config.parameters.primaryAddress),
      checksumError: 1,
    },
  ];
  if (isV2)
    drafts.push(
      { ...proper, password: new Uint8Array(8).fill(0x78), authType: 1 },
      { ...proper, authType: 2 },
    );
  const whole = encode(proper);
  return [...drafts.map(encode), whole.subarray(0, random.between(0, whole.length - 1))];
}

/** Injects one of the packets again and again until it is ended. */
function inject({ world, lan }: Scene, packets: readonly Uint8Array[], gapUs: () => number): End {
  let isOver = false;
  const next = (): void => {
    if (isOver) return;
    lan.inject(world.random.pick(packets));
    world.after(gapUs(), next);
  };
  next();
  return () => {
    isOver = true;
  };
}

/** From some in an interval to one in two. */
function atTimes(scene: Scene, packets: readonly Uint8Array[]): End {
  const { random } = scene.world;
  const interval = scene.installation.longestInterval;
  const gapUs = random.between(interval / 8, 2 * interval);
  return inject(scene, packets, () => random.between(gapUs / 2, gapUs));
}

/** Thousands in a second, for some ten ms: one that lasts would take hours to simulate. */
function inFlood(scene: Scene, packets: readonly Uint8Array[]): End {
  const { random } = scene.world;
  const gapUs = random.pick([50, 100, 200]);
  const end = inject(scene, packets, () => gapUs);
  scene.world.after(random.between(5_000, 40_000), end);
  return end;
}

export function strayPackets(scene: Scene): Begun {
  return { text: 'stray packets', end: atTimes(scene, junk(scene)) };
}

export function floodOfJunk(scene: Scene): Begun {
  return { text: 'a flood of junk', end: inFlood(scene, junk(scene)) };
}

/** A router that nobody told the simulator about. */
export function thirdRouter(scene: Scene, priority: number): Begun {
  return {
    text: `a third router advertises ${priority}`,
    end: atTimes(scene, [encode(draft(scene, priority))]),
  };
}

export function floodOfLowAdverts(scene: Scene): Begun {
  return { text: 'a flood of low advertisements', end: inFlood(scene, [encode(draft(scene, 1))]) };
}
