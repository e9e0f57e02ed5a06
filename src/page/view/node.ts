/**
 * A node as the page knows it: its last status, and how long ago that came. A node that says nothing is not well and not ill, it is
 * unknown: what it said last is shown as old, and decides nothing.
 */

import type { Shown } from './read-status.ts';

/** What has come from one node's `/live` so far. Times are milliseconds on the browser's monotonic clock. */
export interface Feed {
  /** The other node's base URL; null for the node that this page came from. */
  readonly url: string | null;
  readonly openedAt: number;
  readonly status: Shown | null;
  readonly receivedAt: number | null;
  /** The last message could not be read as a status. */
  readonly unreadable: boolean;
}

/** `waiting`: nothing yet, and it is early. `live`: heard within the last moments. `stale`: silent. `lost`: nothing ever came. */
export type Freshness = 'waiting' | 'live' | 'stale' | 'lost';

export interface NodeView {
  /** Tells nodes apart; their names may be the same. */
  readonly key: string;
  readonly name: string;
  readonly url: string | null;
  readonly freshness: Freshness;
  /** Since the last status, or since the page began to ask. */
  readonly silentMs: number;
  /** To be added to every age in the status. */
  readonly elapsedMs: number;
  readonly status: Shown | null;
  readonly unreadable: boolean;
}

/** A status comes at least once a second: so long without is no accident. */
export const STALE_AFTER_MS = 3_000;
/** Two snapshots of one process disagree on its beginning by their way to the browser. */
const SAME_BEGINNING_MS = 2_000;

/**
 * The base URLs that may be listened to and linked to: HTTP and nothing that runs, each once, and not the page's own, which stands in the
 * list where all nodes have the same one.
 */
export function peerUrls(urls: readonly string[], pageUrl: string): string[] {
  const withSlash = (url: string): string => url.replace(/\/*$/, '/');
  return [...new Set(urls)].filter(
    url => /^https?:\/\/[^/]/.test(url) && URL.canParse(url) && withSlash(url) !== withSlash(pageUrl),
  );
}

/** The nodes to show, the page's own first; one that is configured as its own peer, or twice, appears once. */
export function nodesOf(feeds: readonly Feed[], now: number): NodeView[] {
  const nodes = feeds.map(feed => nodeOf(feed, now));
  return nodes.filter((node, i) => !nodes.slice(0, i).some(earlier => isSame(earlier, node)));
}

/** One process, asked by two addresses: two processes do not begin at the same moment with the same number on nodes of one name. */
function isSame(a: NodeView, b: NodeView): boolean {
  if (a.status === null || b.status === null) return false;
  const upMs = (node: NodeView, status: Shown): number => status.uptimeMs + node.elapsedMs;
  return (
    a.status.node === b.status.node &&
    a.status.pid === b.status.pid &&
    Math.abs(upMs(a, a.status) - upMs(b, b.status)) < SAME_BEGINNING_MS
  );
}

function nodeOf({ url, openedAt, status, receivedAt, unreadable }: Feed, now: number): NodeView {
  const silentMs = Math.max(0, now - (receivedAt ?? openedAt));
  const late = silentMs >= STALE_AFTER_MS;
  const freshness = status === null ? (late || unreadable ? 'lost' : 'waiting') : late ? 'stale' : 'live';
  return {
    key: url ?? '',
    name: status?.node || hostOf(url),
    url,
    freshness,
    silentMs,
    elapsedMs: status === null ? 0 : silentMs,
    status,
    unreadable,
  };
}

function hostOf(url: string | null): string {
  return url === null ? 'this node' : url.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}
