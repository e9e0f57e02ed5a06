/** What the daemon and the thread that serves its views over TCP say to each other. Plain data, which the structured clone takes; types only. */

import type { Event } from '../../control/event.ts';
import type { ControlServer, ListenAddress } from '../../control/server.ts';
import type { Health, Status } from '../../control/status.ts';
import type { WebRules } from '../../control/web-rules.ts';
import type { LogFields, Logger } from '../../lib/logger.ts';

/** What the thread begins with. */
export interface ViewsTask {
  readonly address: ListenAddress;
  readonly web: WebRules;
  readonly compatibleMetrics: boolean;
  /** The events so far. */
  readonly events: readonly Event[];
}

/** Questions of the thread, by name, and their answers. */
export interface Answers {
  readonly status: Status;
  readonly health: Health;
}

export type Asked = keyof Answers;

export type Drops = ReturnType<ControlServer['drops']>;

export type FromThread =
  /** `thread`: its id in the kernel. */
  | { readonly type: 'listening'; readonly thread: number }
  /** An OperatingError; the thread ends. */
  | {
      readonly type: 'refused';
      readonly code: string;
      readonly message: string;
      readonly context: LogFields;
    }
  | { readonly type: 'question'; readonly id: number; readonly asked: Asked }
  | { readonly type: 'drops'; readonly drops: Drops }
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly fields: LogFields;
      readonly message: string;
    };

export type ToThread =
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answers[Asked] }
  /** Of a question that has no answer. */
  | { readonly type: 'failure'; readonly id: number; readonly error: string }
  | { readonly type: 'event'; readonly event: Event };
