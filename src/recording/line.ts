/**
 * What a recording is made of: JSON lines, each an object with `kind` and `at` (µs on the monotonic clock of the section). A header begins
 * a section: a start of the daemon, a new file, or the place where lines were lost. Within a section, a virtual router is introduced by its
 * parameters and state before its first input; what was said before a header counts no more. Types only.
 *
 * No secret is in it: of the authentication only the type, of an advertisement what the ladder (vrrp/receive.ts) made of it.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import type { Duration, Instant } from '../lib/time.ts';
import type { Authentication, Parameters } from '../vrrp/parameters.ts';
import type { DiscardReason, Oddity } from '../vrrp/receive.ts';
import type { Input, State } from '../vrrp/state.ts';

/** Another number where a reader of the one before would read something else; fields that it need not know keep the number. */
export const FORMAT = 1;

export interface Header {
  readonly kind: 'recording';
  readonly format: typeof FORMAT;
  /** Locum's version. */
  readonly version: string;
  readonly node: string;
  readonly at: Instant;
  /** The time of day at `at`: ISO 8601, UTC. */
  readonly time: string;
  /** How many lines are missing just before, because the disk was slow or full. */
  readonly lost: number;
}

export type RecordedParameters = Omit<Parameters, 'authentication'> & {
  readonly authentication: Authentication['type'];
};

/** A virtual router as it is before the next of its inputs. */
export interface RouterLine {
  readonly kind: 'router';
  readonly at: Instant;
  readonly router: string;
  readonly parameters: RecordedParameters;
  readonly state: State;
}

/** An advertisement that was believed. */
export interface RecordedAdvert {
  readonly type: 'advert';
  readonly source: IpAddress;
  readonly version: number;
  readonly priority: number;
  readonly interval: Duration;
  readonly oddities: readonly Oddity[];
}

export type RecordedInput =
  | Exclude<Input, { type: 'advert' | 'parameters' }>
  | RecordedAdvert
  | { readonly type: 'parameters'; readonly parameters: RecordedParameters };

/** One step of the core. */
export interface InputLine {
  readonly kind: 'input';
  readonly at: Instant;
  readonly router: string;
  readonly input: RecordedInput;
  /** After the step; undefined when it is the one from before. */
  readonly state: State | undefined;
  /** In the words of effects.ts. */
  readonly effects: readonly string[];
}

/** A packet that the ladder refused. */
export interface DiscardLine {
  readonly kind: 'discard';
  readonly at: Instant;
  readonly router: string;
  readonly reason: DiscardReason;
  readonly detail: string;
  readonly source: IpAddress | undefined;
  /** This one and those of the same reason since the last such line. */
  readonly count: number;
}

/** Something around the virtual routers that explains their inputs: a tracker, a drain. */
export interface NoteLine {
  readonly kind: 'note';
  readonly at: Instant;
  /** What it concerns, such as `tracker`. */
  readonly about: string;
  readonly subject: string;
  readonly text: string;
}

export type Line = Header | RouterLine | InputLine | DiscardLine | NoteLine;

/** One line of the file, with its line break. */
export function encodeLine(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}
