/** Waiting without sleeping: a condition is polled until it holds, or until a deadline says what did not happen. */

import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../src/lib/errors.ts';

export interface WaitOptions {
  /** What is waited for, as it should read in the failure. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  /** Appended to the failure: a log, a state. */
  readonly context?: () => string;
}

type Unmet = false | undefined | null;

/** The condition's first result that is not false, undefined or null. A condition that throws counts as not met. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, Unmet>> {
  const end = performance.now() + options.deadlineMs;
  let last = '';
  for (;;) {
    try {
      const result = await condition();
      if (result !== false && result !== undefined && result !== null) return result as Exclude<T, Unmet>;
      last = '';
    } catch (thrown) {
      last = ` (${messageOf(thrown)})`;
    }
    if (performance.now() >= end) break;
    await pause(options.everyMs ?? 10);
  }
  const context = options.context === undefined ? '' : `\n${options.context()}`;
  throw new Error(`not within ${options.deadlineMs} ms: ${options.what}${last}${context}`);
}

/** Checks a condition again and again for a while: it must hold every time. */
export async function holdsFor(
  condition: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly forMs: number; readonly everyMs?: number },
): Promise<void> {
  const end = performance.now() + options.forMs;
  while (performance.now() < end) {
    if (!(await condition())) throw new Error(`did not hold for ${options.forMs} ms: ${options.what}`);
    await pause(options.everyMs ?? 20);
  }
}
