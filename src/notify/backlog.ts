/**
 * What waits for one hook, oldest first, and what goes when it is too much or comes too fast. The newest state of a virtual router is never
 * dropped, and what is told of a router is told in order: so whatever a hook missed, it ends up knowing where each router stands.
 */

/** More virtual routers than this may have one notice each. */
export const MOST_WAITING = 32;

/** What waits: of it the router counts alone. */
export interface OfRouter {
  readonly notice: { readonly router: string };
}

export interface Admission<T> {
  readonly waiting: readonly T[];
  /** What had to go for it. */
  readonly dropped: T | undefined;
}

/** Adds one. When too many wait, the oldest goes that a later one of the same router has overtaken; when there is none, nothing. */
export function admit<T extends OfRouter>(waiting: readonly T[], more: T, most = MOST_WAITING): Admission<T> {
  const all = [...waiting, more];
  if (all.length <= most) return { waiting: all, dropped: undefined };
  const dropped = overtakenOf(all)[0];
  return { waiting: all.filter(each => each !== dropped), dropped };
}

/** Parts the newest of each router from those that it has overtaken, both in their order. */
export function newestOnly<T extends OfRouter>(
  waiting: readonly T[],
): {
  readonly newest: readonly T[];
  readonly overtaken: readonly T[];
} {
  const overtaken = overtakenOf(waiting);
  return { newest: waiting.filter(each => !overtaken.includes(each)), overtaken };
}

export interface Turn<T> {
  /** What is told now; undefined when everybody who waits has to wait on. */
  readonly next: T | undefined;
  readonly waiting: readonly T[];
  /** Of routers that have to wait, all but the newest. */
  readonly folded: readonly T[];
}

/** Takes the oldest of a router that may be told now; what came of the others meanwhile is folded into their newest. */
export function takeNext<T extends OfRouter>(
  waiting: readonly T[],
  mayBeTold: (router: string) => boolean,
): Turn<T> {
  const held = ({ notice }: T) => !mayBeTold(notice.router);
  const folded = overtakenOf(waiting).filter(held);
  const left = waiting.filter(each => !folded.includes(each));
  const next = left.find(each => !held(each));
  return { next, waiting: left.filter(each => each !== next), folded };
}

function overtakenOf<T extends OfRouter>(waiting: readonly T[]): readonly T[] {
  const last = new Map(waiting.map(({ notice }, at) => [notice.router, at]));
  return waiting.filter(({ notice }, at) => last.get(notice.router) !== at);
}
