/**
 * A notice on its way to one hook, and as the JSON of a webhook. What a webhook's receiver relies on stands here: fields are added, never
 * renamed, while {@link FORM} stays the same. No field is secret.
 */

import type { Notice } from './notice.ts';

export interface Message {
  readonly notice: Notice;
  /** 1 for the first state that this hook was to be told since the daemon began. */
  readonly seq: number;
  /** States of this router between the last one that was told and this one: not told, because they came too fast or nobody took them. */
  readonly folded: number;
}

/** The version of the JSON form. */
export const FORM = 1;

/** Who tells. */
export interface Teller {
  readonly node: string;
  /** Tells the sequences of two hooks, and of two lives of the daemon, apart. */
  readonly series: string;
}

/** The JSON of one message. A message keeps its bytes over all attempts. */
export function messageJson({ notice, seq, folded }: Message, teller: Teller, at: string): string {
  const { router, vrid, from, state, reason, detail, priority } = notice;
  return JSON.stringify({
    version: FORM,
    id: messageId(teller, seq),
    seq,
    folded,
    node: teller.node,
    router,
    vrid,
    from,
    state,
    reason,
    priority,
    at,
    text: `${router} on ${teller.node} is ${state === 'stop' ? 'stopped' : state} now: ${detail}`,
  });
}

/** The same for each attempt at one message, and never used twice: by it a receiver knows what it has seen. */
export function messageId({ series }: Teller, seq: number): string {
  return `${series}-${seq}`;
}
