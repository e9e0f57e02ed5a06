/**
 * What is worth telling of this node: from the news of its parts to the events that people follow. It compares with what it was told last, so
 * that a part may report as often as it likes; it decides nothing and waits for nobody.
 */

import type { News } from '../control/event.ts';
import { EventLog } from '../control/event-log.ts';
import type { WatcherStatus } from '../docker/watcher.ts';
import type { Health, Outcome } from '../tracking/tracker.ts';
import type { DrainReport } from './drain.ts';
import type { StateChange } from './router.ts';
import type { UpstreamsReport } from './upstreams-report.ts';

type Reported<T> = { readonly before: T | undefined; readonly now: T };

export class Newsroom {
  readonly events: EventLog;
  readonly #health = new Map<string, Health>();
  #drain: DrainReport | undefined;
  #isConnected: boolean | undefined;

  /** `wallTime`: ISO 8601, UTC; for people. */
  constructor(wallTime: () => string) {
    this.events = new EventLog(wallTime);
  }

  tell(news: News): void {
    this.events.tell(news);
  }

  stateChanged(router: string, { from, to, detail }: Pick<StateChange, 'from' | 'to' | 'detail'>): void {
    const text = `${router} is ${to} now: ${detail}`;
    this.tell({ kind: 'state', subject: router, text, from, to, reason: detail });
  }

  /** To be told at every change, of the number behind the health too. */
  trackerChanged(tracker: string, to: Health, { detail }: Outcome): void {
    const from = this.#health.get(tracker) ?? 'unknown';
    this.#health.set(tracker, to);
    if (from === to) return;
    this.tell({
      kind: 'tracker',
      subject: tracker,
      text: `${tracker} is ${to}: ${detail}`,
      from,
      to,
      reason: detail,
    });
  }

  drainChanged(now: DrainReport): void {
    const before = this.#drain;
    this.#drain = now;
    const from = before?.state ?? 'none';
    if (from === now.state && (before?.detail ?? '') === now.detail) return;
    const text = now.state === 'none' ? 'this node takes part again' : `${now.state}: ${now.detail}`;
    this.tell({ kind: 'drain', subject: 'node', text, from, to: now.state });
  }

  dockerChanged(host: string, { connected, lastError }: WatcherStatus): void {
    // At the start it has neither answered nor failed.
    if (connected === this.#isConnected || (!connected && lastError === undefined)) return;
    const from = this.#isConnected === true ? 'connected' : 'disconnected';
    this.#isConnected = connected;
    const text = connected ? 'the Docker engine answers' : `the Docker engine does not answer: ${lastError}`;
    this.tell({ kind: 'docker', subject: host, text, from, to: connected ? 'connected' : 'disconnected' });
  }

  /** For one who renders upstreams, from its beginning on, to tell every change. Nothing is compared with another's: each counts from 0. */
  upstreams(): (report: UpstreamsReport) => void {
    let before: UpstreamsReport | undefined;
    return now => {
      for (const news of upstreamsNews({ before, now })) this.tell(news);
      before = now;
    };
  }
}

function upstreamsNews({ before, now }: Reported<UpstreamsReport>): News[] {
  const told: News[] = [];
  const tell = (text: string, more: Partial<News> = {}) =>
    void told.push({ kind: 'upstreams', subject: now.file, text, ...more });
  if (now.counts.writes > (before?.counts.writes ?? 0) && now.lastRender !== before?.lastRender)
    tell(`rendered ${now.lastRender?.detail}`);
  if (now.degraded !== undefined && now.degraded !== before?.degraded)
    tell(now.degraded, { to: 'degraded', reason: now.degraded });
  else if (now.counts.verified > (before?.counts.verified ?? 0))
    tell('nginx was reloaded and serves the rendered upstreams', { to: 'serving' });
  else if (now.degraded === undefined && before?.degraded !== undefined)
    tell('nginx serves the rendered upstreams again', { from: 'degraded', to: 'serving' });
  return told;
}
