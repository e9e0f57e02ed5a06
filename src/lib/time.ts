/**
 * Time in whole microseconds on the monotonic clock. Integers keep arithmetic exact (2^53 µs is 285 years), and
 * microseconds resolve the fast hand-over's 40 µs steps. Nothing here reads a clock.
 */

declare const durationBrand: unique symbol;
declare const instantBrand: unique symbol;
declare const utcBrand: unique symbol;

/** A span of time in µs, a whole number. */
export type Duration = number & { readonly [durationBrand]: true };

/** A point on the monotonic clock in µs, a whole number; only differences mean anything. */
export type Instant = number & { readonly [instantBrand]: true };

/**
 * The time of day in µs since 1970, UTC, a whole number, for what other hosts compare with their own clock. It may jump, so
 * nothing waits by it.
 */
export type Utc = number & { readonly [utcBrand]: true };

export const microseconds = (n: number): Duration => Math.round(n) as Duration;
export const milliseconds = (n: number): Duration => microseconds(n * 1_000);
export const centiseconds = (n: number): Duration => microseconds(n * 10_000);
export const seconds = (n: number): Duration => microseconds(n * 1_000_000);

export const inMilliseconds = (d: Duration): number => d / 1_000;
export const inCentiseconds = (d: Duration): number => d / 10_000;
export const inSeconds = (d: Duration): number => d / 1_000_000;

export const utc = (us: number): Utc => Math.round(us) as Utc;
export const instant = (us: number): Instant => Math.round(us) as Instant;
export const after = (at: Instant, span: Duration): Instant => (at + span) as Instant;
export const between = (from: Instant, to: Instant): Duration => (to - from) as Duration;
export const earlier = (a: Instant, b: Instant): Instant => (a <= b ? a : b);
export const later = (a: Instant, b: Instant): Instant => (a >= b ? a : b);

/** The first of those that there are. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  const known = instants.filter(at => at !== undefined);
  return known.length === 0 ? undefined : known.reduce(earlier);
}

const UNIT_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** Reads `250ms`, `1s`, `1.5s`, `2m`, `1h`; a number without a unit is not a duration. Undefined when malformed or negative. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : UNIT_US[match[2]];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  const value = Number(match[1]) * unit;
  return Number.isSafeInteger(Math.round(value)) ? microseconds(value) : undefined;
}

/** The shortest exact spelling that {@link parseDuration} reads back: `1s`, `250ms`, `1500us`. */
export function formatDuration(d: Duration): string {
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const size = UNIT_US[unit] ?? 1;
    if (d !== 0 && d % size === 0) return `${d / size}${unit}`;
  }
  return d === 0 ? '0s' : `${d}us`;
}
