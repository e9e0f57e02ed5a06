/** Durations and counts in words for people. Calm on a page that is drawn again every second: two units, no fractions. */

import type { MomentShown } from './read-status.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `3 h 12 min`, `42 s`; seconds beside minutes for the first ten minutes only. */
export function span(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[first] ?? ['s', 1_000];
  if (first === -1) return 'less than 1 s';
  const whole = `${Math.floor(ms / size)} ${unit}`;
  const [smaller, smallerSize] = UNITS[first + 1] ?? [unit, size];
  const rest = Math.floor((ms % size) / smallerSize);
  const tooFine = smaller === 's' && ms >= 600_000;
  return rest === 0 || tooFine ? whole : `${whole} ${rest} ${smaller}`;
}

/** How long ago by now, of a snapshot that came `elapsedMs` ago. */
export function ageMs(moment: MomentShown, elapsedMs: number): number {
  return Math.max(0, moment.agoMs) + elapsedMs;
}

export function ago(moment: MomentShown, elapsedMs: number): string {
  const ms = ageMs(moment, elapsedMs);
  return ms < 1_000 ? 'just now' : `${span(ms)} ago`;
}

export const times = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `a`, `a and b`, `a, b and c`. */
export function together(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** A difference with its sign, and a minus as wide as the plus. */
export function signed(value: number): string {
  return value === 0 ? '±0' : value > 0 ? `+${value}` : `−${-value}`;
}

/** An address without its prefix length. */
export const bare = (address: string): string => address.split('/', 1)[0] ?? address;

/** A time of day for those who ask: `2026-01-31 12:00:00 UTC`. */
export const utc = (at: string): string => at.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC');
