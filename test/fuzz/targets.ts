/** All that is fuzzed, by name. */

import { LIVE } from './live.ts';
import { MESSAGES } from './messages.ts';
import { AH_VERIFIER, DECODER, HMAC_VERIFIER } from './packets.ts';
import { QUESTIONS } from './questions.ts';
import { RECORDINGS } from './recordings.ts';
import type { Target } from './target.ts';
import { KEEPALIVED } from './texts.ts';

export const TARGETS = [
  DECODER,
  AH_VERIFIER,
  HMAC_VERIFIER,
  KEEPALIVED,
  RECORDINGS,
  LIVE,
  QUESTIONS,
  MESSAGES,
] as readonly Target[];

export const TARGET_NAMES = TARGETS.map(({ name }) => name);

export function targetNamed(name: string): Target {
  const target = TARGETS.find(one => one.name === name);
  if (target === undefined) throw new RangeError(`no target is called ${name}`);
  return target;
}
