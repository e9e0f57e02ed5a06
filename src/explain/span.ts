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
