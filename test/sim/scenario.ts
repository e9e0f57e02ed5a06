/**
 * One scenario: an installation, then rounds of faults and healing. Everything follows from the seed. A healed network
 * must come to rest within the bound stated here, and stay so.
 */

import { type Duration, microseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import type { Bug } from './bugs/bug.ts';
import { createCheckers } from './checkers/index.ts';
import { Together } from './checkers/together.ts';
import { type Installation, longestDownInterval } from './config.ts';
import { FAULTS } from './faults.ts';
import type { Scene } from './scene.ts';
import { createSides, drawSides, type Side } from './sides.ts';
import { type Observer, type SimEvent, Violation } from './trace.ts';
import { decisionUs } from './tracker-setup.ts';
import { World } from './world.ts';

export interface ScenarioOptions {
  readonly routers?: number | undefined;
  /** Whether sync groups move; undefined: sometimes. */
  readonly grouped?: boolean | undefined;
  readonly bug?: Bug | undefined;
  readonly observer?: Observer | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly speed: string;
  /** Links: more than one is a sync group. */
  readonly sides: number;
  /** Virtual time, and how much of it had faults. */
  readonly simulatedUs: number;
  readonly troubledUs: number;
  readonly events: number;
  /** What a checker found. */
  readonly violation:
    | { readonly checker: string; readonly message: string; readonly atUs: number }
    | undefined;
}

/** How long a router that failed stays away before it tries again. */
const HOLD_OFF = seconds(10);
/** From a decision to the router; a thing that was made well again may be some ms late. */
const TELLING = milliseconds(100);
/** Edges that were slow at the end finish their work. */
const LATE_EFFECTS = seconds(2);
const MARGIN = milliseconds(200);
/** Two hosts of which each won on one link wait once more, and each for its own time. */
const CONTEST = seconds(1.02);

/**
 * How long after healing there must be one master, and the right one. Its trackers come to see that it is the best; it may just have failed (hold-off)
 * or have to wait its delays, then waits a whole master-down interval with the longest interval that it may have learned; a router that still has to
 * say that its priority sank does so with its next advertisement; and what is on its way may be two intervals late.
 */
export function settlingBound(installation: Installation, isGroup = false): Duration {
  return microseconds(
    (isGroup ? CONTEST + 2 * longestDownInterval(installation) : 0) +
      longestDecisionUs(installation) +
      TELLING +
      HOLD_OFF +
      LATE_EFFECTS +
      longestDelay(installation) +
      longestDownInterval(installation) +
      3 * installation.longestInterval +
      MARGIN,
  );
}

/** Of one that starts late, and then leaves a lower master alone. */
function longestDelay({ nodes }: Installation): number {
  const delays = nodes.map(
    ({ parameters, startDelayMs }) => milliseconds(startDelayMs) + parameters.preemptDelay,
  );
  return Math.max(...delays);
}

function longestDecisionUs({ nodes }: Installation): number {
  return Math.max(0, ...nodes.flatMap(({ trackers }) => trackers.map(decisionUs)));
}

/** How long the calm is watched after it must have settled. */
function calm(installation: Installation): Duration {
  return microseconds(2 * longestDownInterval(installation));
}

/** A neighbour that learnt from the loser of a contest that the winner never heard waits for the next regular announcement. */
const LATE_ANNOUNCEMENTS = seconds(31);

export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<Outcome> {
  const world = new World(seed);
  const installations = drawSides(world.random, options.routers, options.grouped);
  const sides = createSides(world, installations, options.bug);
  const scenes = sides.map(side => ({ world, ...side }));
  if (options.observer !== undefined) world.watch(options.observer);
  for (const observer of observersOf(sides)) world.watch(observer);
  const progress = { troubledUs: 0 };
  let violation: Outcome['violation'];
  try {
    await play(world, scenes, progress);
  } catch (thrown) {
    violation = { ...asViolation(thrown), atUs: world.now };
  }
  return {
    seed,
    speed: installations[0]?.speed.name ?? '',
    sides: installations.length,
    simulatedUs: world.now,
    troubledUs: progress.troubledUs,
    events: world.events,
    violation,
  };
}

/** Each link is judged alone; what happens on another is not for its checkers. */
function observersOf(sides: readonly Side[]): readonly Observer[] {
  const [only, another] = sides;
  if (only !== undefined && another === undefined) return createCheckers(only);
  const ofSides = sides.flatMap(side => {
    const nodes = new Set<unknown>(side.nodes);
    const concerns = (event: SimEvent): boolean => {
      if ('near' in event) return nodes.has(event.near);
      return !('node' in event) || nodes.has(event.node);
    };
    return createCheckers(side, true).map(
      (checker): Observer => ({
        kinds: checker.kinds,
        observe(event, at) {
          if (concerns(event)) checker.observe(event, at);
        },
      }),
    );
  });
  return [...ofSides, new Together(sides.map(({ nodes }) => nodes))];
}

/** An exception out of the system under test is a finding, too. */
function asViolation(thrown: unknown): { readonly checker: string; readonly message: string } {
  if (thrown instanceof Violation) return { checker: thrown.checker, message: thrown.message };
  return {
    checker: 'crash',
    message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  };
}

async function play(world: World, scenes: readonly Scene[], progress: { troubledUs: number }): Promise<void> {
  const [{ nodes, installation }] = scenes as readonly [Scene, ...Scene[]];
  for (const node of nodes)
    world.after(world.random.between(0, longestDownInterval(installation)), () => node.start());
  const bound = Math.max(...scenes.map(scene => settlingBound(scene.installation, scenes.length > 1)));
  for (let round = 0; round < installation.speed.rounds; round++) {
    const began = world.now;
    const heal = await trouble(world, scenes);
    progress.troubledUs += world.now - began;
    heal();
    world.tell({ kind: 'healed' });
    await world.runUntil(world.now + bound);
    world.tell({ kind: 'settled' });
    await world.runUntil(world.now + calm(installation));
    world.tell({ kind: 'calm' });
  }
  await world.runUntil(world.now + LATE_ANNOUNCEMENTS);
  world.tell({ kind: 'over' });
  world.rethrow();
}

/** One round of faults; gives the way to heal all that is still wrong. */
async function trouble(world: World, scenes: readonly Scene[]): Promise<() => void> {
  const { random } = world;
  const [{ installation }] = scenes as readonly [Scene, ...Scene[]];
  const down = longestDownInterval(installation);
  const end = world.now + Math.max(seconds(20), down * random.between(12, 40));
  const going = new Set<() => void>();
  const begin = (): void => {
    if (world.now >= end) return;
    const scene = scenes.length === 1 ? scenes[0] : random.pick(scenes);
    if (scene === undefined) return;
    const { text, end: stop } = random.weighted(FAULTS)(scene);
    const span = drawSpan(scene);
    world.tell({ kind: 'note', text: `${text}, for ${span} us` });
    const finish = (): void => {
      if (!going.delete(finish)) return;
      stop();
      world.tell({ kind: 'note', text: `over: ${text}` });
    };
    going.add(finish);
    world.after(span, finish);
    world.after(random.between(0, random.pick([0.1, 1, 5]) * down), begin);
  };
  world.tell({ kind: 'troubled' });
  world.after(random.between(0, 2 * down), begin);
  await world.runUntil(end);
  return () => {
    for (const finish of [...going]) finish();
  };
}

/** Most faults are measured in master-down intervals, some in the fixed times of leases and hold-offs. */
function drawSpan({ world, installation }: Scene): number {
  const { random } = world;
  const down = longestDownInterval(installation);
  if (random.chance(0.15)) return random.between(1_000, seconds(random.pick([0.2, 3, 12])));
  return random.between(1_000, down * random.pick([0.05, 0.3, 1, 2, 6]));
}
