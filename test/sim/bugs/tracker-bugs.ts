/** Bugs of trackers: how results become a health, and healths a priority. */

import type { TrackerReport, TrackerRunnerOptions } from '../../../src/app/tracker-runner.ts';
import type { Duration } from '../../../src/lib/time.ts';
import { failed, type Inconclusive, type Notify, type Probe } from '../../../src/probes/probe.ts';
import { remember } from '../../../src/tracking/history.ts';
import type { WeightedTracker } from '../../../src/tracking/priority.ts';
import type { Health, Outcome } from '../../../src/tracking/tracker.ts';
import { around, type Bug, type MakeTracker, type Tracker } from './bug.ts';

type Trackers = readonly WeightedTracker[];

/** The router is told something else than the trackers say; the change is made anew for every process. */
function telling(makeChange: () => (trackers: Trackers) => Trackers): NonNullable<Bug['router']> {
  return router => {
    const change = makeChange();
    return around(router, { trackersChanged: trackers => router.trackersChanged(change(trackers)) });
  };
}

const each =
  (change: (tracker: WeightedTracker) => WeightedTracker) =>
  () =>
  (trackers: Trackers): Trackers =>
    trackers.map(change);

/** One tracker in place of those with a weight, for what the sum should have been. */
function summing(add: (base: number, deltas: readonly number[]) => number): NonNullable<Bug['router']> {
  return router => {
    const base = router.runner.router.parameters.priority;
    return around(router, {
      trackersChanged(trackers) {
        const weighted = trackers.filter(({ weight }) => weight !== 0);
        const weight = add(base, weighted.map(pointsOf)) - base;
        const isFault = weighted.some(tracker => pointsOf(tracker) <= -254 && tracker.value !== undefined);
        const sum = {
          name: 'sum',
          weight: Math.abs(weight),
          reverse: weight < 0,
          health: 'up',
          value: undefined,
        } as const;
        const vital = trackers.filter(tracker => tracker.weight === 0);
        router.trackersChanged(isFault || base === 255 ? trackers : weight === 0 ? vital : [...vital, sum]);
      },
    });
  };
}

function pointsOf({ weight, reverse, health, value }: WeightedTracker): number {
  const own = reverse ? -weight : weight;
  if (value !== undefined) return Math.min(253, Math.max(-254, value * own));
  const isGood = health === (reverse ? 'down' : 'up');
  return own > 0 === isGood ? own : 0;
}

const configured =
  (change: (config: TrackerRunnerOptions['config']) => TrackerRunnerOptions['config']) =>
  (make: MakeTracker): MakeTracker =>
  options =>
    make({ ...options, config: change(options.config) });

const probing =
  (change: (probe: Probe, options: TrackerRunnerOptions) => Probe) =>
  (make: MakeTracker): MakeTracker =>
  options =>
    make({ ...options, probe: change(options.probe, options) });

/** A report that differs from the runner's. */
function reporting(makeChange: () => (report: TrackerReport) => TrackerReport): NonNullable<Bug['tracker']> {
  return make => options => {
    const change = makeChange();
    const tracker = make(options);
    return {
      start: () => tracker.start(),
      stop: () => tracker.stop(),
      status: () => change(tracker.status()),
    };
  };
}

type Finding = Outcome | Inconclusive;

/** Every result there is, of a check, a notice or a timeout, in the order in which they come. */
function listening(probe: Probe, hear: (finding: Finding) => void): Probe {
  let isNotifying = false;
  return {
    async check(signal, within) {
      const looking = probe.check(signal, within);
      signal.addEventListener('abort', () => {
        if (!isNotifying) hear({ ok: false, detail: 'timeout' });
      });
      const finding = await looking.catch(() => failed('the look failed'));
      if (!signal.aborted) hear(finding);
      return finding;
    },
    watch: notify =>
      probe.watch?.(finding => {
        if (finding !== undefined) hear(finding);
        isNotifying = true;
        notify(finding);
        isNotifying = false;
      }) ?? (() => undefined),
  };
}

interface Count {
  readonly health: Health;
  readonly value: number | undefined;
  readonly run: number;
}

function countAlike({ health, value, run }: Count, result: Outcome, needed: number): Count {
  const said = result.ok ? 'up' : 'down';
  const isDecided = said === health || health === 'unknown' || run + 1 >= needed;
  return isDecided ? { health: said, value: result.value, run: 0 } : { health, value, run: run + 1 };
}

/** A tracker that counts every result alike, whenever it comes. */
function eager(make: MakeTracker, options: TrackerRunnerOptions): Tracker {
  const { rise, fall } = options.config;
  let isOver = false;
  let state: Count = { health: 'unknown', value: undefined, run: 0 };
  let history: TrackerReport['history'] = [];
  const count = (finding: Finding): void => {
    if (isOver || finding.ok === undefined) return;
    const { ok, detail } = finding;
    history = remember(history, { at: options.clock.now(), ok, detail, notice: false });
    const { health, value } = state;
    state = countAlike(state, finding, ok ? rise : fall);
    if (state.health !== health || state.value !== value) options.onHealth(state.health, finding);
  };
  const tracker = make({ ...options, probe: listening(options.probe, count), onHealth: () => undefined });
  return {
    start: () => tracker.start(),
    stop() {
      isOver = true;
      tracker.stop();
    },
    status: () => ({
      ...tracker.status(),
      health: state.health,
      value: state.value,
      history,
      last: history.at(-1),
    }),
  };
}

export const TRACKER_BUGS: readonly Bug[] = [
  {
    name: 'applies a weight twice',
    caughtBy: ['priority', 'vital'],
    router: telling(each(tracker => ({ ...tracker, weight: 2 * tracker.weight }))),
  },
  {
    name: 'ignores reverse',
    caughtBy: ['priority', 'vital'],
    router: telling(each(tracker => ({ ...tracker, reverse: false }))),
  },
  {
    name: 'reverses the health but not the weight',
    caughtBy: ['priority'],
    router: telling(
      each(tracker => ({ ...tracker, weight: tracker.reverse ? -tracker.weight : tracker.weight })),
    ),
  },
  {
    name: 'takes an undecided tracker for up',
    caughtBy: ['priority', 'vital'],
    router: telling(
      each(tracker => ({ ...tracker, health: tracker.health === 'unknown' ? 'up' : tracker.health })),
    ),
  },
  {
    name: 'takes part before the first results',
    caughtBy: ['vital'],
    router: telling(
      () => trackers => trackers.filter(({ weight, health }) => weight !== 0 || health !== 'unknown'),
    ),
  },
  {
    name: 'lets a master be without a fault-level tracker',
    caughtBy: ['vital'],
    router: router =>
      around(router, {
        trackersChanged: trackers =>
          router.trackersChanged(router.isMaster ? trackers.filter(({ weight }) => weight !== 0) : trackers),
      }),
  },
  {
    name: 'keeps what a tracker took after it recovered',
    caughtBy: ['priority'],
    router: telling(() => {
      const spoiled = new Set<string>();
      return trackers =>
        trackers.map(tracker => {
          if (tracker.health === 'down') spoiled.add(tracker.name);
          return spoiled.has(tracker.name) ? { ...tracker, health: 'down' } : tracker;
        });
    }),
  },
  {
    name: 'keeps the sum in an octet instead of clamping it',
    caughtBy: ['priority'],
    router: summing((base, deltas) => {
      const octet = (256 * 256 + deltas.reduce((sum, delta) => sum + delta, base)) % 256;
      return Math.min(254, Math.max(1, octet));
    }),
  },
  {
    name: 'clamps while it is still adding',
    caughtBy: ['priority'],
    router: summing((base, deltas) =>
      deltas.reduce((sum, delta) => Math.min(254, Math.max(1, sum + delta)), base),
    ),
  },
  {
    name: 'ignores the number that a tracker read',
    caughtBy: ['priority', 'vital'],
    router: telling(each(tracker => ({ ...tracker, value: undefined }))),
  },
  {
    name: 'tells the router every other change',
    caughtBy: ['priority', 'vital'],
    router: router => {
      let count = 0;
      return around(router, {
        trackersChanged(trackers) {
          if (++count % 2 === 1) router.trackersChanged(trackers);
        },
      });
    },
  },
  {
    name: 'confuses rise and fall',
    caughtBy: ['runs', 'decisions', 'flapping'],
    tracker: configured(config => ({ ...config, rise: config.fall, fall: config.rise })),
  },
  {
    name: 'believes every single result',
    caughtBy: ['runs', 'flapping'],
    tracker: configured(config => ({ ...config, rise: 1, fall: 1 })),
  },
  {
    name: 'lets notices prolong a run',
    caughtBy: ['runs', 'flapping'],
    tracker: make => options => eager(make, options),
  },
  {
    name: 'waits for ever for a check that hangs',
    caughtBy: ['decisions'],
    tracker: make => options => {
      const { clock, config } = options;
      return make({
        ...options,
        clock: {
          ...clock,
          after: (delay, run) => (delay === config.timeout ? () => undefined : clock.after(delay, run)),
        },
      });
    },
  },
  {
    name: 'takes no evidence for a failure',
    caughtBy: ['runs'],
    tracker: probing(probe => ({
      ...probe,
      async check(signal, within) {
        const finding = await probe.check(signal, within);
        return finding.ok === undefined ? { ok: false, detail: finding.detail } : finding;
      },
      watch: notify => probe.watch?.(notify) ?? (() => undefined),
    })),
  },
  {
    name: 'takes no evidence for a success',
    caughtBy: ['runs'],
    tracker: probing(probe => ({
      async check(signal, within) {
        const finding = await probe.check(signal, within);
        return finding.ok === undefined ? { ok: true, detail: finding.detail } : finding;
      },
      watch: notify => probe.watch?.(notify) ?? (() => undefined),
    })),
  },
  {
    name: 'does not listen to notices',
    caughtBy: ['runs', 'decisions', 'histories'],
    tracker: probing(probe => ({
      check: (signal, within) => probe.check(signal, within),
      watch: (notify: Notify) =>
        probe.watch?.(finding => finding?.ok === true && notify()) ?? (() => undefined),
    })),
  },
  {
    name: 'checks half as often as it should',
    caughtBy: ['decisions'],
    tracker: configured(config => ({ ...config, interval: (2 * config.interval) as Duration })),
  },
  {
    name: 'takes a number before its health agrees',
    caughtBy: ['runs', 'priority'],
    tracker: make => options => {
      let value: number | undefined;
      const probe = listening(options.probe, finding => {
        if (finding.ok !== undefined) value = finding.value;
      });
      const tracker = make({ ...options, probe });
      return {
        start: () => tracker.start(),
        stop: () => tracker.stop(),
        status: () => ({ ...tracker.status(), value }),
      };
    },
  },
  {
    name: 'lets good results push the failures out of its history',
    caughtBy: ['histories'],
    tracker: make => options => {
      const results: { ok: boolean }[] = [];
      const probe = listening(options.probe, ({ ok }) => {
        if (ok !== undefined) results.push({ ok });
      });
      const tracker = make({ ...options, probe });
      return {
        start: () => tracker.start(),
        stop: () => tracker.stop(),
        status() {
          const report = tracker.status();
          const oks = results.slice(-report.history.length);
          const history = report.history.map((entry, i) => ({ ...entry, ok: oks[i]?.ok ?? entry.ok }));
          return { ...report, history: [...history.slice(0, -1), ...report.history.slice(-1)] };
        },
      };
    },
  },
  {
    name: 'keeps every result for ever',
    caughtBy: ['histories'],
    tracker: reporting(() => {
      const all = new Set<TrackerReport['history'][number]>();
      return report => {
        for (const entry of report.history) all.add(entry);
        return { ...report, history: [...all] };
      };
    }),
  },
];
