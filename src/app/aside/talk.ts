/** What the daemon and the process beside it say to each other. Plain data, which the structured clone takes; types only. */

import type { PortableError } from '../../lib/portable-error.ts';
import type { Result } from '../../lib/result.ts';
import type { WorkName } from './works.ts';

export type ToAside =
  /** `asked`: what that work takes. */
  | { readonly type: 'call'; readonly id: number; readonly work: WorkName; readonly asked: unknown }
  | { readonly type: 'abort'; readonly id: number }
  /** Aborts whatever is under way; the process ends when that has ended. */
  | { readonly type: 'stop' };

export type FromAside =
  /** First of all. */
  | { readonly type: 'begun' }
  /** An abort has arrived: the process works, whatever becomes of what it does. */
  | { readonly type: 'aborting'; readonly id: number }
  | { readonly type: 'part'; readonly id: number; readonly part: string }
  | { readonly type: 'end'; readonly id: number; readonly outcome: Result<unknown, PortableError> };
