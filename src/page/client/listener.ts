/**
 * One node's server-sent events (HTML standard, EventSource) as a feed. The browser connects again by itself after most failures; a
 * connection that it gave up, or that is open and silent because the node froze or a cable was pulled, is opened anew here.
 */

import type { Feed } from '../view/node.ts';
import { readStatus } from '../view/read-status.ts';

const SILENT_MS = 5_000;

export class Listener {
  feed: Feed;
  readonly #changed: () => void;
  #source: EventSource | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  /** @param url the other node's base URL; null for the node that this page came from. */
  constructor(url: string | null, changed: () => void) {
    this.feed = { url, openedAt: performance.now(), status: null, receivedAt: null, unreadable: false };
    this.#changed = changed;
    this.open();
  }

  /** Listens, on a new connection. */
  open(): void {
    this.close();
    this.#watch();
    this.#source = new EventSource(liveAddress(this.feed.url));
    this.#source.onmessage = ({ data }) => this.#hear(String(data));
  }

  close(): void {
    clearTimeout(this.#watchdog);
    this.#source?.close();
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.open(), SILENT_MS);
  }

  #hear(message: string): void {
    this.#watch();
    const status = readStatus(message);
    this.feed =
      status === undefined
        ? { ...this.feed, unreadable: true }
        : { ...this.feed, status, receivedAt: performance.now(), unreadable: false };
    this.#changed();
  }
}

/** `live` beside the page, or below a peer's base URL. */
function liveAddress(url: string | null): string {
  return new URL('live', url === null ? document.baseURI : `${url.replace(/\/+$/, '')}/`).href;
}
