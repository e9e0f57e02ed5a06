/**
 * Something that happened on this node, for people who follow it: `locum events`, `GET /events`, the page, webhooks. Plain JSON; nothing
 * decides with it. The words of it come from programs, labels and the engine, and are made harmless before a terminal shows them.
 */

import { harmless } from '../lib/terminal.ts';

/** What it concerns: a virtual router, a tracker, the drain, the rendered upstreams, the Docker engine, the configuration. */
export type EventKind = 'state' | 'tracker' | 'drain' | 'upstreams' | 'docker' | 'reload';

export interface Event {
  /** 1 for the first since the daemon began; never repeats, never skips. */
  readonly seq: number;
  /** ISO 8601, UTC; for display. */
  readonly at: string;
  readonly kind: EventKind;
  /** The virtual router, tracker, file or engine by its name. */
  readonly subject: string;
  /** One plain sentence, without a full stop. */
  readonly text: string;
  /** What it was before and is now, where it has states. */
  readonly from?: string;
  readonly to?: string;
  readonly reason?: string;
}

/** An event before it is told: the log gives it its number and its time. */
export type News = Omit<Event, 'seq' | 'at'>;

/** One line for people. */
export function renderEvent({ at, kind, subject, text }: Event): string {
  return harmless(`${at}  ${kind.padEnd(WIDEST)}  ${subject}: ${text}`);
}

const WIDEST = 'upstreams'.length;
