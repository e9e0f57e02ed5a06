/** The merged settings as people see them: every value with its source, and nothing secret. */

import { z } from 'zod';
import type { Raw } from './leaf.ts';
import { isGroup, type Merged, type Tree } from './merge.ts';
import { namesAt, schemaAt } from './names.ts';
import { schema } from './schema.ts';

/** One setting of the result. */
export interface Setting {
  /** Dotted, as in the file. */
  readonly path: string;
  /** As text; `(hidden)` for a secret and for what the schema does not know. */
  readonly value: string;
  readonly source: string;
}

/** Stands for a value that must not be shown. */
export const HIDDEN = '(hidden)';
const LONGEST_SHOWN = 200;

/** All settings in the schema's order, defaults included. */
export function describe(merged: Merged): Setting[] {
  return describeGroup(merged.tree, [], merged);
}

function describeGroup(group: Tree, path: readonly string[], merged: Merged): Setting[] {
  const order = namesAt(schema, path, merged.tree);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const children = Object.entries(group).sort(([a], [b]) => rank(a) - rank(b));
  return children.flatMap(([name, node]) => {
    const here = [...path, name];
    if (isGroup(node)) return describeGroup(node, here, merged);
    const dotted = here.join('.');
    const source = merged.sources.get(dotted) ?? '';
    return [{ path: dotted, value: shownText(merged.tree, here, node), source }];
  });
}

/** A value as it may be shown: nothing of secrets, of what the schema does not know, or of an address with a login. */
export function shownText(tree: Tree, path: readonly string[], raw: Raw): string {
  const setting = schemaAt(schema, path, tree);
  const text = typeof raw === 'string' ? raw : raw.join(', ');
  const secret = setting === undefined || z.globalRegistry.get(setting)?.['writeOnly'] === true;
  return secret || /\/\/[^/]*@/.test(text) ? HIDDEN : text.slice(0, LONGEST_SHOWN);
}
