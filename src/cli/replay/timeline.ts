/** The times of a recording: µs of a monotonic clock that begins anew with each section, as the time of day and since the first line. */

import type { Instant } from '../../lib/time.ts';
import { parseDuration } from '../../lib/time.ts';
import type { Header } from '../../recording/line.ts';

/** A moment of a recording. */
export interface ReplayMoment {
  /** µs since 1970, UTC. */
  readonly wallUs: number;
  /** Since the first line of the recording. */
  readonly sinceUs: number;
}

/** An end of the part that is to be shown: µs since 1970, or since the first line. */
export type Bound = { readonly wallUs: number } | { readonly sinceUs: number } | { readonly ofDayUs: number };

export class Timeline {
  #beginUs: number | undefined;
  #offsetUs = 0;

  begin({ at, time }: Header): void {
    const wallUs = (Date.parse(time) || 0) * 1_000;
    this.#offsetUs = wallUs - at;
    this.#beginUs ??= wallUs;
  }

  momentOf(at: Instant): ReplayMoment {
    const wallUs = at + this.#offsetUs;
    return { wallUs, sinceUs: wallUs - (this.#beginUs ?? wallUs) };
  }
}

const DAY_US = 86_400_000_000;

/** Whether a moment lies at or after the bound; a time of day is one of the day on which the recording begins. */
export function isReached(bound: Bound, { wallUs, sinceUs }: ReplayMoment): boolean {
  if ('sinceUs' in bound) return sinceUs >= bound.sinceUs;
  if ('wallUs' in bound) return wallUs >= bound.wallUs;
  const begin = wallUs - sinceUs;
  return wallUs >= begin - (begin % DAY_US) + bound.ofDayUs;
}

/** Reads `90s` (since the first line), `14:45:02.5` and `2026-11-22T14:45:02Z`; UTC where nothing else is said. */
export function parseBound(text: string): Bound | undefined {
  const span = parseDuration(text);
  if (span !== undefined) return { sinceUs: span };
  const isOfDay = /^\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text);
  const zoned = /(?:Z|[+-]\d{2}:\d{2})$/i.test(text) ? text : `${text}Z`;
  const ms = Date.parse(isOfDay ? `1970-01-01T${zoned}` : zoned);
  if (Number.isNaN(ms)) return undefined;
  return isOfDay ? { ofDayUs: ms * 1_000 } : { wallUs: ms * 1_000 };
}

/** The years that ISO 8601 writes with four digits; a foreign recording may name others. */
const EARLIEST_US = Date.parse('0000-01-01T00:00:00Z') * 1_000;
const LATEST_US = Date.parse('9999-12-31T23:59:59Z') * 1_000;

/** ISO 8601, UTC, with µs; of a time before or after all these years, the first or the last of them. */
export function isoTime({ wallUs }: ReplayMoment): string {
  const shownUs = Math.max(EARLIEST_US, Math.min(LATEST_US, wallUs));
  const us = ((shownUs % 1_000_000) + 1_000_000) % 1_000_000;
  const text = new Date((shownUs - us) / 1_000).toISOString().slice(0, 19);
  return `${text}.${String(us).padStart(6, '0')}Z`;
}
