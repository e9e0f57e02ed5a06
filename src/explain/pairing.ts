/**
 * Whether the nodes hear each other at all: what a receiver discards (vrrp/receive.ts) makes both of them master; what it only notes
 * makes a pair with a flaw.
 */

import { formatDuration } from '../lib/time.ts';
import type { NodeModel } from './model.ts';

export interface Mismatch {
  readonly setting: 'version' | 'advert-interval' | 'auth' | 'vip';
  /** The nodes do not hear each other: there is nothing to explain but that. */
  readonly breaks: boolean;
  readonly text: string;
}

interface Rule {
  readonly setting: Mismatch['setting'];
  readonly of: (node: NodeModel) => string;
  readonly breaks: (node: NodeModel) => boolean;
  readonly consequence: (node: NodeModel) => string;
}

const DISCARDED = 'each discards what the other says, and both are master';

const RULES: readonly Rule[] = [
  { setting: 'version', of: node => `${node.version}`, breaks: () => true, consequence: () => DISCARDED },
  {
    setting: 'advert-interval',
    of: node => formatDuration(node.interval),
    breaks: node => node.version === 2,
    consequence: node =>
      node.version === 2 ? DISCARDED : 'a backup learns the interval of its master, and times change with it',
  },
  {
    setting: 'auth',
    of: node => node.authentication,
    breaks: () => true,
    consequence: () => DISCARDED,
  },
  {
    setting: 'vip',
    of: node => [...node.addresses].sort().join(', '),
    breaks: () => false,
    consequence: () => 'an address that only one has is lost while the other is master',
  },
];

/** Every setting in which a node differs from the first one. */
export function mismatches(nodes: readonly NodeModel[]): Mismatch[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  return RULES.flatMap(rule => {
    const other = others.find(node => rule.of(node) !== rule.of(first));
    return other === undefined ? [] : [mismatch(rule, first, other)];
  });
}

function mismatch({ setting, of, breaks, consequence }: Rule, a: NodeModel, b: NodeModel): Mismatch {
  // What authentication compares is no text for people.
  const values =
    setting === 'auth'
      ? `is not the same on ${a.name} and ${b.name}`
      : `is ${of(a)} on ${a.name} and ${of(b)} on ${b.name}`;
  return { setting, breaks: breaks(a), text: `${values}: ${consequence(a)}` };
}
