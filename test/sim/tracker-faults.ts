/**
 * What can become of the things that are watched. What a tracker says is no fault: it outlives the healing, and the priorities then are
 * what they are; only what keeps a router from taking part is cured, and whoever does not answer answers again.
 */

import type { Node } from './node.ts';
import type { Begin, Begun, Scene } from './scene.ts';
import type { Mood, Watched } from './watched.ts';

/** Things that share a fate, with their nodes. */
interface Fate {
  readonly text: string;
  readonly things: readonly (readonly [Node, Watched])[];
}

/** One thing, or what all nodes watch alike, such as a gateway. */
function drawFate({ world, nodes }: Scene): Fate {
  const { random } = world;
  const chosen = random.chance(0.3) ? nodes : [random.pick(nodes)];
  const tracker = random.between(0, (nodes[0]?.things.length ?? 1) - 1);
  const things = chosen.flatMap(node => {
    const thing = node.things[tracker];
    return thing === undefined ? [] : [[node, thing] as const];
  });
  return { text: `tracker ${tracker} of ${chosen.map(({ config }) => config.name).join(', ')}`, things };
}

const SPREAD_US = 20_000;

/** When what was still to come "one after the other" has come. */
function cure({ world }: Scene, { things }: Fate): void {
  world.after(SPREAD_US + 1, () => {
    for (const [node, thing] of things) node.cure(thing);
  });
}

/** All in the same instant, or one after the other. */
function soon({ world }: Scene, { things }: Fate, change: (thing: Watched) => void): void {
  const isAtOnce = world.random.chance(0.5);
  for (const [, thing] of things)
    if (isAtOnce) change(thing);
    else world.after(world.random.between(0, SPREAD_US), () => change(thing));
}

const change: Begin = scene => {
  const fate = drawFate(scene);
  soon(scene, fate, thing => thing.become(thing.draw()));
  return { text: `${fate.text} changes`, end: () => cure(scene, fate) };
};

const flapping: Begin = scene => {
  const { world, installation } = scene;
  const fate = drawFate(scene);
  const gapUs = Math.max(50_000, installation.longestInterval * world.random.pick([0.1, 0.5, 2]));
  let isOver = false;
  const flip = (): void => {
    if (isOver) return;
    soon(scene, fate, thing => thing.become(thing.draw()));
    world.after(world.random.between(gapUs / 4, gapUs), flip);
  };
  flip();
  const end = (): void => {
    isOver = true;
    cure(scene, fate);
  };
  return { text: `${fate.text} flaps every ${gapUs} us or faster`, end };
};

function moody(mood: Mood): Begin {
  return (scene): Begun => {
    const fate = drawFate(scene);
    for (const [, thing] of fate.things) thing.setMood(mood);
    return {
      text: `${fate.text}: ${mood}`,
      end: () => {
        for (const [, thing] of fate.things) thing.setMood('answers');
      },
    };
  };
}

/** How often each happens, beside the other faults. */
export const TRACKER_FAULTS: readonly (readonly [weight: number, begin: Begin])[] = [
  [7, change],
  [2, flapping],
  [1.5, moody('hangs')],
  [1, moody('stuck')],
  [1, moody('slow')],
  [1, moody('unsure')],
  [0.5, moody('throws')],
];
