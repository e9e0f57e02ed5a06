/**
 * What a hook is told: the new state of a virtual router. For programs in the words and the order of keepalived's `notify` scripts
 * (keepalived.conf(5)), so that a script written for it need not change.
 */

import type { Utc } from '../lib/time.ts';

export const NOTICE_STATES = ['master', 'backup', 'fault', 'stop'] as const;

export type NoticeState = (typeof NOTICE_STATES)[number];

/** A state as the core names it. */
export type RouterState = 'init' | 'backup' | 'master' | 'fault';

export interface Notice {
  /** The virtual router's name. */
  readonly router: string;
  /** 1 to 255. */
  readonly vrid: number;
  readonly from: RouterState;
  readonly state: NoticeState;
  /** The cause in one word of the core, such as `master-silent`. */
  readonly reason: string;
  /** The same in a plain sentence. */
  readonly detail: string;
  /** The effective priority when the state was entered, 1 to 255; in fault and at the stop the one it would have else. */
  readonly priority: number;
  readonly at: Utc;
}

/** The word for a state that a router has entered. It enters `init` in one way only, by being stopped. */
export function noticeState(entered: RouterState): NoticeState {
  return entered === 'init' ? 'stop' : entered;
}

/** TYPE NAME STATE PRIORITY, such as `INSTANCE web MASTER 100`. */
export function notifyArguments(notice: Notice): readonly string[] {
  return ['INSTANCE', notice.router, ...stateArguments(notice)];
}

/** STATE PRIORITY, such as `MASTER 100`. */
export function stateArguments({ state, priority }: Notice): readonly string[] {
  return [state.toUpperCase(), String(priority)];
}
