/** Effects in the words that a recording keeps and a replay shows: short, and one for one, so that equal words are equal effects. */

import type { Effect } from '../vrrp/state.ts';

export function effectWords(effect: Effect): string {
  switch (effect.type) {
    case 'advertise':
      return `advertise ${effect.priority}`;
    case 'acquireAddresses':
      return 'acquire';
    case 'announceAddresses':
      return 'announce';
    case 'releaseAddresses':
      return 'release';
    case 'stateChanged':
      return `${effect.from} -> ${effect.to} (${effect.reason}): ${effect.detail}`;
  }
}

/** Whether the words are those of a change of state. */
export function isTransition(words: string): boolean {
  return words.includes(' -> ');
}
