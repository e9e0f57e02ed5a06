/**
 * What tracking decides with: a tracker is a thing watched, an outcome is one look at it. Types only.
 */

/** The result of one check: passed or not, and in a few words why. `detail` is shown to people and never holds a secret. */
export interface Outcome {
  readonly ok: boolean;
  readonly detail: string;
  /** The number that was read, by trackers that read one: it is multiplied by the weight. */
  readonly value?: number;
}

/** Undecided until the first outcome. */
export type Health = 'unknown' | 'up' | 'down';

/** What a tracker adds to the priority of the virtual routers that follow it; weight 0 means fault when down. */
export interface Contribution {
  readonly tracker: string;
  readonly health: Health;
  /** −254 to 254. */
  readonly weight: number;
  /** Its rule is turned over: see tracking/priority.ts. */
  readonly reverse: boolean;
  /** What is added to the base priority now. */
  readonly delta: number;
  /** True when this tracker alone keeps the router in fault. */
  readonly fault: boolean;
}
