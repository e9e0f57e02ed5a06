/** Nothing runs away: steps, advertisements and waiting effects of a node are bounded by what came in and by its interval. */

import type { NodeView, SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

const WINDOW_US = 1_000_000;
/** What a few transitions, late announcements and early timers add in one window. */
const SPARE = 40;
/** Of effects that wait, besides one report for each change of state since none waited. */
const WAITING_AT_MOST = 12;

interface Window {
  began: number;
  inputs: number;
  timeouts: number;
  adverts: number;
  news: number;
  /** Times it became master: each is a word, and one more when it gives way. */
  rises: number;
}

export class Bounds extends Checker {
  readonly name = 'bounds';
  readonly kinds = ['stepped', 'begins'] as const;
  readonly #windows = this.forEachNode(() => fresh(0));
  readonly #reports = this.forEachNode(() => 0);

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'stepped') {
      this.#countStep(event.node, event.input.type, at);
      this.#countRise(event, at);
      this.#checkWaiting(event);
    } else if (event.kind === 'begins' && event.operation === 'advertise') this.#countAdvert(event.node, at);
  }

  #countStep(node: NodeView, input: string, at: number): void {
    const window = this.#windowOf(node, at);
    if (input === 'timeout') window.timeouts++;
    else if (input === 'parameters') window.news++;
    else window.inputs++;
    const regular = WINDOW_US / node.parameters.advertisementInterval;
    if (window.timeouts > SPARE + 8 * regular + window.inputs + window.news)
      this.fail(node, `${window.timeouts} timeouts within a second`);
  }

  #countRise({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>, at: number): void {
    if (before.state.name === 'master' || after.state.name !== 'master') return;
    const window = this.#windowOf(node, at);
    window.rises++;
    if (window.rises > SPARE + window.inputs) this.fail(node, `master ${window.rises} times within a second`);
  }

  #checkWaiting({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>): void {
    const reports = node.waiting === 0 ? 0 : (this.#reports[node.id] ?? 0);
    if (node.waiting > WAITING_AT_MOST + reports) this.fail(node, `${node.waiting} effects wait`);
    this.#reports[node.id] = reports + (before.state.name === after.state.name ? 0 : 1);
  }

  #countAdvert(node: NodeView, at: number): void {
    const window = this.#windowOf(node, at);
    window.adverts++;
    const interval = node.parameters.advertisementInterval;
    const reasserts = WINDOW_US / Math.min(interval, 100_000);
    if (window.adverts > SPARE + 1.2 * (WINDOW_US / interval) + reasserts + window.news + 2 * window.rises)
      this.fail(node, `${window.adverts} advertisements within a second`);
  }

  #windowOf(node: NodeView, at: number): Window {
    const window = this.#windows[node.id];
    if (window !== undefined && at < window.began + WINDOW_US) return window;
    const next = fresh(at);
    this.#windows[node.id] = next;
    return next;
  }
}

function fresh(began: number): Window {
  return { began, inputs: 0, timeouts: 0, adverts: 0, news: 0, rises: 0 };
}
