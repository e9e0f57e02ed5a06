/** Layers laid over each other, weakest first: one tree of texts, and for each text the source it came from. */

import type { Entry } from './layers.ts';
import type { Fault, Raw } from './leaf.ts';
import type { Problem } from './problems.ts';

/** A group of settings by name. Without a prototype: any name is just a name. */
export interface Tree {
  [name: string]: Raw | Tree;
}

export interface Merged {
  readonly tree: Tree;
  /** By dotted path, for every value in the tree. */
  readonly sources: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

export const isGroup = (node: Raw | Tree | undefined): node is Tree =>
  typeof node === 'object' && !Array.isArray(node);

const newGroup = (): Tree => Object.create(null) as Tree;

/** Later entries win. A value and a group of settings under one name cannot both be: the later one is a problem. */
export function merge(entries: readonly Entry[]): Merged {
  const tree = newGroup();
  const sources = new Map<string, string>();
  const problems: Problem[] = [];
  for (const entry of entries) {
    const fault = put(tree, entry);
    const path = entry.path.join('.');
    if (fault === undefined) sources.set(path, entry.source);
    else problems.push({ severity: 'error', path, ...fault, source: entry.source });
  }
  return { tree, sources, problems };
}

/** What is wrong, if anything. */
function put(tree: Tree, entry: Entry): Fault | undefined {
  // The one name that plain objects cannot hold as a name.
  if (entry.path.includes('__proto__')) return { what: 'is not a setting', fix: 'remove it' };
  let group = tree;
  for (const name of entry.path.slice(0, -1)) {
    group[name] ??= newGroup();
    const next = group[name];
    if (!isGroup(next))
      return { what: `lies below ${name}, which is one value elsewhere`, fix: 'keep one of the two' };
    group = next;
  }
  const name = entry.path.at(-1) ?? '';
  const present = group[name];
  if (entry.value === undefined) {
    if (present === undefined) group[name] = newGroup();
    return undefined;
  }
  if (isGroup(present))
    return { what: 'is a group of settings, not one value', fix: `set names below ${entry.path.join('.')}` };
  group[name] = entry.value;
  return undefined;
}

/** What lies at a path. */
export function nodeAt(tree: Tree, path: readonly string[]): Raw | Tree | undefined {
  let node: Raw | Tree | undefined = tree;
  for (const name of path) node = isGroup(node) ? node[name] : undefined;
  return node;
}
