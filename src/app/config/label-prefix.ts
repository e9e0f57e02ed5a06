/** What Locum's labels begin with: a setting that only the file and the environment can have, as it is needed to read labels. */

import { DEFAULT_PREFIX } from '../../docker/labels.ts';
import type { Entry } from './layers.ts';
import { text } from './leaf.ts';
import { nodeAt, type Tree } from './merge.ts';

/** As Docker asks labels to be named, without what it keeps for itself. */
const FORM =
  /^(?=.{1,40}$)(?!(?:com\.docker|io\.docker|org\.dockerproject)(?:\.|$))[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

export const labelPrefix = text(
  FORM,
  "1 to 40 of a-z, 0-9, single dots and hyphens, and none of Docker's own: com.docker, io.docker, org.dockerproject",
  {
    description: "What Locum's labels begin with, before a dot: on backends and on the proxy.",
    default: DEFAULT_PREFIX,
  },
  'write it like locum or com.example.locum',
);

const PATH: readonly string[] = ['docker', 'label-prefix'];

/** The prefix that entries of file and environment, the stronger last, ask for; the default where it is not set, or none. */
export function prefixAmong(entries: readonly Entry[]): string {
  const dotted = PATH.join('.');
  return usable(entries.findLast(({ path }) => path.join('.') === dotted)?.value);
}

/** The same, of what was merged. */
export const prefixIn = (tree: Tree): string => usable(nodeAt(tree, PATH));

const usable = (value: unknown): string => labelPrefix.safeParse(value).data ?? DEFAULT_PREFIX;
