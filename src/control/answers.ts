/** What the daemon can be asked, and told by an operator: the ports behind the control socket and the views. Types only. */

import type { DrainOutcome } from './drain.ts';
import type { EventLog } from './event-log.ts';
import type { ReloadOutcome } from './reload.ts';
import type { Health, Status } from './status.ts';

/** A status and what is made of it, each once for all who ask. */
export interface Snapshot {
  readonly status: Status;
  /** On one line. */
  json(): string;
  /** In Prometheus' text format. */
  metrics(): Promise<Metrics>;
}

export interface Metrics {
  readonly contentType: string;
  readonly text: string;
}

export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

/** What may be read. */
export interface Views {
  /** Whether the daemon works; needs no snapshot. */
  health(): Promise<Health> | Health;
  /** Gathered after the call, and shared with everybody who asks meanwhile. */
  snapshot(): Promise<Snapshot>;
  /** Calls back after every change and at least once a second; the result ends it. */
  follow(listener: (snapshot: Snapshot) => void): () => void;
  readonly events: Pick<EventLog, 'recent' | 'subscribe'>;
  page(): Page;
}

/** What changes something. */
export interface Operator {
  /** Hands over and keeps away; tells the progress meanwhile. */
  drain(force: boolean, tell: (progress: string) => void): Promise<DrainOutcome>;
  undrain(): Promise<DrainOutcome>;
  /** Reads the configuration again and applies it, or refuses it whole. */
  reload(): Promise<ReloadOutcome>;
}
