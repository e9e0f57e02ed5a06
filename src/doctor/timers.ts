/** How late this machine lets a process be, held against the advertisement interval. Pure. */

import { about, type Line } from './line.ts';

export interface TimerFacts {
  /** The latest timer of the measurement, in milliseconds after its time. */
  readonly worstMs: number;
  readonly measuredMs: number;
  /** Of the virtual router that advertises most often. */
  readonly intervalMs: number;
}

/** So many intervals of silence, and the backups take over. */
const TAKEOVER_INTERVALS = 3;

export function timerLine({ worstMs, measuredMs, intervalMs }: TimerFacts): Line {
  const line = about('timers');
  const found = `at most ${ms(worstMs)} late within ${Number((measuredMs / 1_000).toFixed(1))} s, adverts are due every ${ms(intervalMs)}`;
  const fix =
    'give the container more processor time, set scheduling.policy to rr, or lengthen advert-interval';
  if (worstMs >= TAKEOVER_INTERVALS * intervalMs)
    return line.fail(`${found}: its backups would take over although it lives`, fix);
  return worstMs >= intervalMs ? line.warn(`${found}: adverts would be missed`, fix) : line.ok(found);
}

const ms = (value: number): string =>
  value < 1_000
    ? `${Number(value.toFixed(value < 10 ? 1 : 0))} ms`
    : `${Number((value / 1_000).toFixed(2))} s`;
