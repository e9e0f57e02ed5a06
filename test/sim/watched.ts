/**
 * A thing that is watched, on one host: it outlives the processes that watch it. And the probe of one process, as the tracker runner
 * sees it: an answer now or later, late, never, or not to be had, and notices between the checks.
 */

import { failed, type Inconclusive, inconclusive, type Notify, type Probe } from '../../src/probes/probe.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import type { EventLoop } from './event-loop.ts';
import type { NodeView } from './trace.ts';
import { type Reading, readsNumber, type TrackerSetup } from './tracker-setup.ts';
import type { World } from './world.ts';

/**
 * What a check meets. `slow`: an answer within twice the timeout; `hangs`: none until it is told to end; `stuck`: none even then;
 * `unsure`: no evidence either way; `throws`: the look itself fails.
 */
export type Mood = 'answers' | 'slow' | 'hangs' | 'stuck' | 'unsure' | 'throws';

const ANSWER_US = { least: 20, most: 2_000 };
const ENDED_US = { least: 10, most: 200 };

export class Watched {
  readonly setup: TrackerSetup;
  readonly #world: World;
  readonly #tell: () => void;
  #reading: Reading;
  #mood: Mood = 'answers';
  /** Told of every change. */
  probe: VirtualProbe | undefined;
  /** Answers that wait for a hang to end. */
  readonly held = new Set<() => void>();

  constructor(world: World, setup: TrackerSetup, reading: Reading, tell: () => void) {
    this.#world = world;
    this.setup = setup;
    this.#reading = reading;
    this.#tell = tell;
  }

  get reading(): Reading {
    return this.#reading;
  }

  get mood(): Mood {
    return this.#mood;
  }

  /** What a tracker must come to when nothing changes any more; undefined when that is open. */
  get expected(): Reading | undefined {
    if (this.#mood === 'answers') return this.#reading;
    return this.#mood === 'slow' || this.#mood === 'unsure' ? undefined : { ok: false, value: undefined };
  }

  become(reading: Reading): void {
    if (reading.ok === this.#reading.ok && reading.value === this.#reading.value) return;
    this.#reading = reading;
    this.#tell();
    this.probe?.thingChanged(reading);
  }

  setMood(mood: Mood): void {
    this.#mood = mood;
    this.#tell();
    for (const release of this.held) release();
    this.held.clear();
  }

  look(): Outcome | Inconclusive | Error {
    if (this.#mood === 'unsure') return inconclusive('nobody knows');
    if (this.#mood === 'throws') return new Error('the look failed');
    const { ok, value } = this.#reading;
    return { ok, detail: ok ? 'good' : 'bad', ...(value === undefined ? {} : { value }) };
  }

  /** Some reading that a tracker of this kind may meet. */
  draw(): Reading {
    const { random } = this.#world;
    if (!readsNumber(this.setup)) return { ok: random.chance(0.4), value: undefined };
    const value = random.pick([0, 0, 1, 2, 5, -1, -3, 40, 254, -1_000_000, 999_999_999]);
    return { ok: value === 0, value };
  }
}

/** Where a probe lives. */
export interface Place {
  readonly world: World;
  readonly loop: EventLoop;
  readonly view: NodeView;
  /** The tracker's place in the node's list. */
  readonly tracker: number;
}

export class VirtualProbe implements Probe {
  readonly #watched: Watched;
  readonly #place: Place;
  #notify: Notify | undefined;
  #isNotifying = false;

  constructor(watched: Watched, place: Place) {
    this.#watched = watched;
    this.#place = place;
  }

  /** Tells what the runner is told, in the same order: an answer that comes after the abort is none. */
  async check(signal: AbortSignal): Promise<Outcome | Inconclusive> {
    const { world, view, tracker } = this.#place;
    world.tell({ kind: 'checks', node: view, tracker });
    const finding = await this.#answer(signal);
    const outcome = finding instanceof Error ? failed(finding.message) : finding;
    if (!signal.aborted) this.#tellFound('check', outcome);
    if (finding instanceof Error) throw finding;
    return finding;
  }

  watch(notify: Notify): () => void {
    this.#notify = notify;
    this.#watched.probe = this;
    return () => {
      this.#notify = undefined;
    };
  }

  thingChanged(reading: Reading): void {
    const { notices, noticeUs } = this.#watched.setup;
    if (notices === 'none') return;
    const isFinding = notices === 'findings' || (notices === 'endings' && !reading.ok);
    const { loop, world } = this.#place;
    // One event may be told in several words, as Docker does.
    for (let word = world.random.pick([1, 1, 3]); word > 0; word--)
      loop.replyAfter(word * noticeUs, () => this.#give(isFinding ? reading : undefined));
  }

  #give(reading: Reading | undefined): void {
    const notify = this.#notify;
    if (notify === undefined) return;
    this.#place.world.promised();
    if (reading === undefined) {
      notify();
      return;
    }
    const finding = { ok: reading.ok, detail: 'noticed' };
    this.#tellFound('notice', finding);
    this.#isNotifying = true;
    notify(finding);
    this.#isNotifying = false;
  }

  #answer(signal: AbortSignal): Outcome | Inconclusive | Error | Promise<Outcome | Inconclusive | Error> {
    const watched = this.#watched;
    const { world, loop } = this.#place;
    if (watched.mood === 'answers' && watched.setup.answersAtOnce) {
      world.promised();
      return watched.look();
    }
    const { mood } = watched;
    return new Promise(resolve => {
      const settle = (finding: Outcome | Inconclusive | Error): void => {
        world.promised();
        resolve(finding);
      };
      signal.addEventListener('abort', () => {
        this.#tellTimeout();
        if (mood !== 'stuck')
          loop.replyAfter(world.random.between(ENDED_US.least, ENDED_US.most), () =>
            settle(failed('ended early')),
          );
      });
      const answer = (): void => {
        // It may have looked before something changed.
        const seen = world.random.chance(0.5) ? watched.look() : undefined;
        loop.replyAfter(this.#answerUs(mood), () => settle(seen ?? watched.look()));
      };
      if (mood === 'hangs' || mood === 'stuck') watched.held.add(answer);
      else answer();
    });
  }

  #answerUs(mood: Mood): number {
    const { random } = this.#place.world;
    return mood === 'slow'
      ? random.between(0, 2 * this.#watched.setup.config.timeout)
      : random.between(ANSWER_US.least, ANSWER_US.most);
  }

  /** An abort is a timeout unless a notice overtook the check, or nobody listens any more. */
  #tellTimeout(): void {
    if (this.#notify !== undefined && !this.#isNotifying) this.#tellFound('timeout', failed('timeout'));
  }

  #tellFound(occasion: 'check' | 'notice' | 'timeout', finding: Outcome | Inconclusive): void {
    const { world, view, tracker } = this.#place;
    const value = finding.ok === undefined ? undefined : finding.value;
    world.tell({ kind: 'found', node: view, tracker, occasion, ok: finding.ok, value });
  }
}
