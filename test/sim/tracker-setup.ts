/** What the nodes of an installation watch: trackers as people configure them, and what it is like to watch the thing behind each. */

import type { TrackerConfig, TrackerTarget } from '../../src/app/config/config.ts';
import { type Duration, microseconds } from '../../src/lib/time.ts';
import type { Random } from './random.ts';

/** What comes between the checks: nothing, a word that something changed, the end of the thing as a finding (a pidfd), or both ways. */
export type Notices = 'none' | 'hints' | 'endings' | 'findings';

export interface TrackerSetup {
  readonly config: TrackerConfig;
  readonly notices: Notices;
  /** From a change to its notice. */
  readonly noticeUs: number;
  /** The look is over before the call returns. */
  readonly answersAtOnce: boolean;
}

/** What a look at the thing would find; `value` of one that is a number. */
export interface Reading {
  readonly ok: boolean;
  readonly value: number | undefined;
}

/** A fault-level tracker: the router takes no part while it is undecided or stands against it. */
export const isVital = ({ config }: TrackerSetup): boolean => config.weight === 0;

export const readsNumber = ({ config }: TrackerSetup): boolean => config.type === 'file';

const WEIGHTS = [-60, -30, -10, -4, -2, 4, 20, 50, 100];
const EXTREME_WEIGHTS = [-254, -253, 253, 254];
const SHORTEST_INTERVAL_US = 20_000;
const SHORTEST_TIMEOUT_US = 5_000;

/** The same things are watched on every node; weights and limits differ between nodes at times. */
export function drawTrackers(random: Random, intervals: readonly Duration[]): TrackerSetup[][] {
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [1, 3],
  ] as const);
  const drawEach = Array.from({ length: count }, () => drawTracker(random));
  return intervals.map(interval => drawEach.map(draw => draw(interval)));
}

function drawTracker(random: Random): (interval: Duration) => TrackerSetup {
  const [target, notices] = drawTarget(random);
  const isAlike = random.chance(0.7);
  const common = drawRule(random);
  const factor = random.weighted([
    [1, 2],
    [3, 4],
    [6, 8],
    [4, 12],
  ] as const);
  const share = random.pick([0.1, 0.5, 1]);
  return interval => {
    const intervalUs = Math.max(SHORTEST_INTERVAL_US, Math.round(factor * interval));
    const timing = {
      interval: microseconds(intervalUs),
      timeout: microseconds(Math.max(SHORTEST_TIMEOUT_US, Math.round(share * intervalUs))),
    };
    return {
      config: { ...target, ...(isAlike ? common : drawRule(random)), ...timing },
      notices,
      noticeUs: random.between(100, 1_000),
      answersAtOnce: random.chance(0.5),
    };
  };
}

function drawTarget(random: Random): readonly [TrackerTarget, Notices] {
  return random.weighted<readonly [TrackerTarget, Notices]>([
    [4, [{ type: 'exec', command: ['/usr/local/bin/check'] }, 'none']],
    [3, [{ type: 'process', name: 'nginx', quorum: 1 }, 'endings']],
    [2, [{ type: 'docker', container: undefined, failOn: [] }, 'findings']],
    [2, [{ type: 'interface', interface: 'eth1' }, 'hints']],
    [3, [{ type: 'file', path: '/etc/locum/weight' }, random.pick(['none', 'hints'])]],
  ]);
}

function drawRule(random: Random): Pick<TrackerConfig, 'weight' | 'reverse' | 'rise' | 'fall'> {
  const weight = random.weighted([
    [3, 0],
    [8, random.pick(WEIGHTS)],
    [1, random.pick(EXTREME_WEIGHTS)],
  ]);
  return { weight, reverse: random.chance(0.25), rise: random.between(1, 3), fall: random.between(1, 3) };
}

/** How long a tracker may need to agree with a thing that does not change any more: to the next check, through the run, to the last answer. */
export function decisionUs({ config: { interval, timeout, rise, fall } }: TrackerSetup): number {
  return Math.max(rise, fall) * interval + timeout;
}
