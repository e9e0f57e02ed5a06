/**
 * The order of importance that somebody wants, as a small language:
 *
 *     rules = rule { ("," | ";") rule }
 *     rule  = sum "moves"              all of these failing on the master moves the address
 *           | sum "stays"              it does not
 *           | sum ">" sum { ">" sum }  a node with the left failing is worse than one with the right failing, whichever is master
 *     sum   = tracker { "+" tracker }
 */

import { err, ok, type Result } from '../lib/result.ts';

export type Rule =
  | { readonly kind: 'moves'; readonly text: string; readonly trackers: readonly string[] }
  | { readonly kind: 'stays'; readonly text: string; readonly trackers: readonly string[] }
  | {
      readonly kind: 'outweighs';
      readonly text: string;
      readonly heavy: readonly string[];
      readonly light: readonly string[];
    };

export const RULES_HELP =
  'write rules like `nginx moves, backend stays, backend + gateway moves, nginx > backend`';

const MOST_RULES = 32;

/** The rules of a text, or what about it cannot be read. */
export function parseRules(text: string): Result<readonly Rule[], string> {
  const parts = text.split(/[,;]/).map(part => part.trim());
  if (parts.length > MOST_RULES) return err(`has ${parts.length} rules; ${MOST_RULES} at most`);
  const rules: Rule[] = [];
  for (const part of parts) {
    const parsed = parseRule(part);
    if (!parsed.ok) return parsed;
    rules.push(...parsed.value);
  }
  return ok(rules);
}

/** The trackers that the rules name, each once. */
export function trackersOf(rules: readonly Rule[]): string[] {
  return [
    ...new Set(
      rules.flatMap(rule => (rule.kind === 'outweighs' ? [...rule.heavy, ...rule.light] : rule.trackers)),
    ),
  ];
}

function parseRule(text: string): Result<readonly Rule[], string> {
  const verb = /^(.*\S)\s+(moves|stays)$/s.exec(text);
  if (verb !== null) {
    const trackers = parseSum(verb[1] ?? '');
    const kind = verb[2] === 'moves' ? 'moves' : 'stays';
    return trackers === undefined ? unreadable(text) : ok([{ kind, text, trackers }]);
  }
  const sums = text.split('>').map(parseSum);
  if (sums.length < 2) return unreadable(text);
  return chain(text, sums);
}

function chain(text: string, sums: readonly (string[] | undefined)[]): Result<readonly Rule[], string> {
  const rules: Rule[] = [];
  for (const [index, light] of sums.entries()) {
    if (light === undefined) return unreadable(text);
    const heavy = sums[index - 1];
    if (heavy === undefined) continue;
    rules.push({ kind: 'outweighs', text: `${heavy.join(' + ')} > ${light.join(' + ')}`, heavy, light });
  }
  return ok(rules);
}

function unreadable(text: string): Result<never, string> {
  return err(text === '' ? 'has an empty rule' : `has a rule that cannot be read: ${text.slice(0, 80)}`);
}

function parseSum(text: string): string[] | undefined {
  const names = text.split('+').map(name => name.trim());
  return names.every(name => /^[\w.-]+$/.test(name)) ? [...new Set(names)] : undefined;
}
