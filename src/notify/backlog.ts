/**
 * What waits for one hook, oldest first, and what goes when it is too much. The newest state of a virtual router is never dropped, and
 * what is told of a router is told in order: so whatever a hook missed, it ends up knowing where each router stands.
 */

import type { Notice } from './notice.ts';

/** More virtual routers than this may have one notice each. */
export const MOST_WAITING = 32;

export interface Admission {
  readonly waiting: readonly Notice[];
  /** What had to go for it. */
  readonly dropped: Notice | undefined;
}

/** Adds a notice. When too many wait, the oldest goes that a later one of the same router has overtaken; when there is none, nothing. */
export function admit(waiting: readonly Notice[], notice: Notice, most = MOST_WAITING): Admission {
  const all = [...waiting, notice];
  if (all.length <= most) return { waiting: all, dropped: undefined };
  const dropped = overtakenOf(all)[0];
  return { waiting: all.filter(each => each !== dropped), dropped };
}

/** Parts the newest notice of each router from those that it has overtaken, both in their order. */
export function newestOnly(waiting: readonly Notice[]): {
  readonly newest: readonly Notice[];
  readonly overtaken: readonly Notice[];
} {
  const overtaken = overtakenOf(waiting);
  return { newest: waiting.filter(notice => !overtaken.includes(notice)), overtaken };
}

function overtakenOf(waiting: readonly Notice[]): readonly Notice[] {
  const last = new Map(waiting.map((notice, at) => [notice.router, at]));
  return waiting.filter(({ router }, at) => last.get(router) !== at);
}
