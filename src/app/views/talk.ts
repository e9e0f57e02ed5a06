/** What the daemon and the process that serves its views over TCP say to each other. Plain data, which the structured clone takes; types only. */

import type { Event } from '../../control/event.ts';
import type { ControlServer, ListenAddress } from '../../control/server.ts';
import type { Health, Status } from '../../control/status.ts';
import type { WebRules } from '../../control/web-rules.ts';
import type { LogFields, Logger } from '../../lib/logger.ts';
import type { PortableError } from '../../lib/portable-error.ts';
import type { Result } from '../../lib/result.ts';

/** What the process begins with. */
export interface ViewsTask {
  readonly address: ListenAddress;
  readonly web: WebRules;
  readonly compatibleMetrics: boolean;
  /** The events so far. */
  readonly events: readonly Event[];
}

/** Questions of the process, by name, and their answers. */
export interface Answers {
  readonly status: Status;
  readonly health: Health;
}

export type Asked = keyof Answers;

export type Drops = ReturnType<ControlServer['drops']>;

export type FromViews =
  | { readonly type: 'listening' }
  /** An OperatingError; the process may end. */
  | { readonly type: 'refused'; readonly error: PortableError }
  | { readonly type: 'question'; readonly id: number; readonly asked: Asked }
  | { readonly type: 'drops'; readonly drops: Drops }
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly fields: LogFields;
      readonly message: string;
    };

export type ToViews =
  /** First of all. */
  | { readonly type: 'begin'; readonly task: ViewsTask }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Result<Answers[Asked], PortableError> }
  | { readonly type: 'event'; readonly event: Event };
