/** One thing that is wrong, or will be soon, in words, and how bad it is. */

/** `alarm`: the service suffers or will at the next failure of a cable. `warning`: to be looked at. `notice`: good to know. */
export type Level = 'alarm' | 'warning' | 'notice';

export interface Trouble {
  readonly level: Level;
  /** One sentence. */
  readonly what: string;
  /** Why, or what to do; may be empty. */
  readonly detail: string;
  /** The key of its virtual router; null when it is a node's. */
  readonly router: string | null;
}

const ORDER: readonly Level[] = ['alarm', 'warning', 'notice'];

export function worstOf(troubles: readonly Trouble[]): Level | null {
  return ORDER.find(level => troubles.some(trouble => trouble.level === level)) ?? null;
}

/** The worst first. */
export function worstFirst(troubles: readonly Trouble[]): Trouble[] {
  return ORDER.flatMap(level => troubles.filter(trouble => trouble.level === level));
}
