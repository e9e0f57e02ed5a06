/**
 * A tracker changes its health only after as many results in a row as its rise or fall asks for, and says then what the last of them
 * said. The runs are counted here a second time, from what the tracker was told: results between the intervals may begin a run and end
 * one, but not prolong it; no answer in time is a bad result, and so is every interval in which a check hangs on.
 */

import type { Health } from '../../../src/tracking/tracker.ts';
import type { NodeView, SimEvent } from '../trace.ts';
import type { TrackerSetup } from '../tracker-setup.ts';
import { Checker } from './checker.ts';

/** A check of an interval that comes later than this has lost its step: one before hung, or the process did. */
const LATE_US = 5_000;
/** A check that had to wait for the end of the one before leaves the step where it was: the next comes that much earlier. */
const EARLY_US = 5_000;

/** A timer of Node may be that early: a timeout, too. */
const TIMER_EARLY_US = 1_000;

interface Run {
  health: Health;
  /** What the last result said; undefined before the first. */
  lastOk: boolean | undefined;
  /** The number behind the last good or bad result that agreed with the health. */
  value: number | undefined;
  /** Results in a row against the present health, at most. */
  against: number;
  /** When the next check of an interval may begin; undefined when the step was lost: from then on any check may be one. */
  dueAt: number | undefined;
  /** When the last check began, of an interval or not. */
  begunAt: number | undefined;
  /** Whether the present check may be one of an interval. */
  isRegular: boolean;
  /** It has not answered yet. */
  isOpen: boolean;
  /** Since when a check hangs that has timed out, or will, overtaken by a notice and deaf to its abort. */
  hangsSince: number | undefined;
}

export class Runs extends Checker {
  readonly name = 'runs';
  readonly kinds = ['started', 'checks', 'found', 'health'] as const;
  readonly #runs: Run[][] = this.forEachNode(() => []);

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'started') {
      this.#runs[event.node.id] = event.node.trackers.map(fresh);
      return;
    }
    if (event.kind !== 'checks' && event.kind !== 'found' && event.kind !== 'health') return;
    const { node, tracker } = event;
    const run = this.#runs[node.id]?.[tracker];
    const setup = node.trackers[tracker]?.setup;
    if (run === undefined || setup === undefined) return;
    if (event.kind === 'checks') begin(run, setup, at);
    else if (event.kind === 'found') count(run, setup, event, at);
    else this.#judge(event, run, setup, at);
  }

  #judge(
    { node, tracker, health, value }: Extract<SimEvent, { kind: 'health' }>,
    run: Run,
    setup: TrackerSetup,
    at: number,
  ): void {
    const name = `tracker ${tracker}`;
    if (health === 'unknown') this.fail(node, `${name} forgets what it decided`);
    if (run.lastOk === undefined) this.fail(node, `${name} is ${health} without a result`);
    if (health !== run.health) this.#judgeChange(node, name, health, run, setup, at);
    run.health = health;
    const isUp = health === 'up';
    if (run.lastOk === isUp && value !== run.value)
      this.fail(node, `${name} has the number ${value}, found was ${run.value}`);
  }

  #judgeChange(
    node: NodeView,
    name: string,
    health: Health,
    run: Run,
    { config }: TrackerSetup,
    at: number,
  ): void {
    if (run.lastOk !== (health === 'up') && run.hangsSince === undefined)
      this.fail(node, `${name} is ${health}, the last result was ${run.lastOk ? 'good' : 'bad'}`);
    if (run.health !== 'unknown') {
      const needed = health === 'up' ? config.rise : config.fall;
      if (run.against + hungResults(run, config.interval, at) < needed)
        this.fail(node, `${name} is ${health} after ${run.against} results, needs ${needed}`);
    }
    run.against = 0;
  }
}

function fresh(): Run {
  return {
    health: 'unknown',
    lastOk: undefined,
    value: undefined,
    against: 0,
    dueAt: Number.NEGATIVE_INFINITY,
    begunAt: undefined,
    isRegular: true,
    isOpen: false,
    hangsSince: undefined,
  };
}

function begin(run: Run, { config, notices }: TrackerSetup, at: number): void {
  if (run.health === 'up') run.against += hungResults(run, config.interval, at);
  run.hangsSince = undefined;
  const late = run.dueAt === undefined || notices === 'none' ? undefined : at - run.dueAt;
  run.isRegular = late === undefined || late >= -EARLY_US;
  if (late !== undefined && late >= 0)
    run.dueAt = late < LATE_US || run.begunAt === undefined ? at + config.interval : undefined;
  run.begunAt = at;
  run.isOpen = true;
}

/** One for the timeout where nobody told it, and one an interval, at most. */
function hungResults({ hangsSince }: Run, interval: number, at: number): number {
  return hangsSince === undefined || at < hangsSince ? 0 : 2 + (at - hangsSince) / interval;
}

function count(
  run: Run,
  { config }: TrackerSetup,
  { occasion, ok, value }: Extract<SimEvent, { kind: 'found' }>,
  at: number,
): void {
  if (occasion === 'timeout') run.hangsSince = at;
  else if (occasion === 'notice' && run.isOpen)
    run.hangsSince ??= (run.begunAt ?? at) + config.timeout - TIMER_EARLY_US;
  run.isOpen = run.isOpen && occasion !== 'check';
  if (ok === undefined) return;
  const isRegular = occasion !== 'notice' && run.isRegular;
  if (ok === (run.health === 'up')) run.against = 0;
  else if (isRegular || run.lastOk !== ok) run.against++;
  run.lastOk = ok;
  run.value = value;
}
