/** Feeds as the page has them, made of whole statuses on their way through JSON. */

import type { Status } from '../../src/control/status.ts';
import { type Feed, type NodeView, nodesOf } from '../../src/page/view/node.ts';
import { readStatus } from '../../src/page/view/read-status.ts';

/** The moment at which the tests look, on the browser's clock. */
export const NOW = 100_000;

/** A status that came `silentMs` ago; the page's own node where no URL is given. */
export function feed(status: Status | null, { url = null as string | null, silentMs = 0 } = {}): Feed {
  return {
    url,
    openedAt: NOW - silentMs,
    status: status === null ? null : (readStatus(JSON.stringify(status)) ?? null),
    receivedAt: status === null ? null : NOW - silentMs,
    unreadable: false,
  };
}

/** The first is the page's own node, the others are its peers. */
export function feeds(...statuses: readonly Status[]): Feed[] {
  return statuses.map((status, i) =>
    feed(status, { url: i === 0 ? null : `http://198.18.51.${i + 2}:9112` }),
  );
}

export const nodes = (...statuses: readonly Status[]): NodeView[] => nodesOf(feeds(...statuses), NOW);
