/** Waiting with a bound, by the clock port. */

import type { Clock } from './clock.ts';
import type { Duration } from './time.ts';

/** What the work gives, as it gives it; undefined once the span has passed. The work itself goes on. */
export async function within<T>(clock: Clock, span: Duration, work: Promise<T>): Promise<T | undefined> {
  let cancel: () => void = () => undefined;
  const late = new Promise<undefined>(resolve => {
    cancel = clock.after(span, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
