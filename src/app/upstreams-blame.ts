/** What nginx has against the rendered file, by what it wrote: pure. */

import { type Barred, culpritOf, readRefusal } from '../nginx/refusal.ts';

export interface Blame {
  /** In nginx's words. */
  readonly message: string;
  /** What of the file is to blame; undefined when that cannot be told, or is not in it. */
  readonly culprit: Barred | undefined;
  /** Whether the fault lies in the file, so that nginx does without it once other bytes are there. */
  readonly isInFile: boolean;
}

/** Of the last refusal in a piece of nginx's log; undefined when there is none. The file may have another path in nginx's container. */
export function blameFor(said: string | undefined, path: string, bytes: string): Blame | undefined {
  const refusal = readRefusal(said ?? '');
  if (refusal === undefined) return undefined;
  const { message, place } = refusal;
  const culprit = culpritOf(refusal, path, bytes);
  return {
    message,
    culprit: culprit && { ...culprit, message },
    isInFile: culprit !== undefined || lastOf(place?.file) === lastOf(path),
  };
}

const lastOf = (path: string | undefined): string | undefined => path?.split('/').at(-1);
