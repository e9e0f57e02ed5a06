/** A time that depends on the moment within an interval: the shortest, the average and the longest it takes. */

import { type Duration, microseconds } from '../lib/time.ts';

export interface Span {
  readonly least: Duration;
  readonly typical: Duration;
  readonly worst: Duration;
}

export type Extent = keyof Span;

export function exactly(time: Duration): Span {
  return { least: time, typical: time, worst: time };
}

export const NO_TIME: Span = exactly(microseconds(0));

/** Any moment between the two is as likely as any other. */
export function anywhere(least: number, worst: number): Span {
  return {
    least: microseconds(least),
    typical: microseconds((least + worst) / 2),
    worst: microseconds(worst),
  };
}

export function plus(a: Span, b: Span): Span {
  return mapSpan(extent => microseconds(a[extent] + b[extent]));
}

export function mapSpan(of: (extent: Extent) => Duration): Span {
  return { least: of('least'), typical: of('typical'), worst: of('worst') };
}

/**
 * The span of a time over all moments from 0 to `whole`: what it is at most, at least, and on average. From one moment to a later one the
 * time stays the same or falls by as much, except where it jumps; the jumps are looked for.
 */
export function overMoments(whole: Duration, timeAt: (moment: Duration) => Duration): Span {
  const sample = (at: Duration): Sample => ({ at, time: timeAt(at) });
  const [first, half, last] = [sample(microseconds(0)), sample(microseconds(whole / 2)), sample(whole)];
  if (whole === 0) return exactly(first.time);
  const pieces = [...straightPieces(first, half, timeAt), ...straightPieces(half, last, timeAt)];
  const times = pieces.flatMap(({ from, to }) => [from.time, to.time]);
  const area = pieces.reduce((sum, { from, to }) => sum + ((from.time + to.time) / 2) * (to.at - from.at), 0);
  return {
    least: microseconds(Math.min(...times)),
    typical: microseconds(area / whole),
    worst: microseconds(Math.max(...times)),
  };
}

interface Sample {
  readonly at: Duration;
  readonly time: Duration;
}

interface Piece {
  readonly from: Sample;
  readonly to: Sample;
}

/** Halves what is not straight until it is, or a jump is left. */
function straightPieces(from: Sample, to: Sample, timeAt: (moment: Duration) => Duration): Piece[] {
  const width = to.at - from.at;
  const fall = from.time - to.time;
  if (width <= 1 || fall === 0 || fall === width) return [{ from, to }];
  const at = microseconds((from.at + to.at) / 2);
  const middle = { at, time: timeAt(at) };
  return [...straightPieces(from, middle, timeAt), ...straightPieces(middle, to, timeAt)];
}
