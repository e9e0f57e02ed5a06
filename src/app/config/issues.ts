/** What zod found wrong, as problems: with the value unless it is secret, where it came from, and the nearest valid name. */

import type { z } from 'zod';
import { nearest } from '../../lib/nearest.ts';
import { prefixIn } from './label-prefix.ts';
import { choiceFault } from './leaf.ts';
import { isGroup, type Merged, nodeAt } from './merge.ts';
import { namesAt } from './names.ts';
import type { Problem } from './problems.ts';
import { schema } from './schema.ts';
import { HIDDEN, shownText } from './settings.ts';
import { DEFAULT_ROUTER, shortNames } from './short-form.ts';

export function problemsOf(issues: readonly z.core.$ZodIssue[], merged: Merged): Problem[] {
  return issues.flatMap(issue => problemsOfIssue(issue, merged));
}

function problemsOfIssue(issue: z.core.$ZodIssue, merged: Merged): Problem[] {
  const path = issue.path.map(String);
  const problem = (what: string, fix: string) => makeProblem(path, what, fix, merged);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => unknownName(path, key, merged));
    case 'invalid_union':
      return [typeProblem(path, (issue as { options?: readonly string[] }).options ?? [], merged)];
    case 'invalid_key':
      return issue.issues.map(inner => problem(inner.message, fixOf(inner)));
    case 'custom':
      return [customProblem(path, issue.message, fixOf(issue), merged)];
    default:
      return [problem('must be a group of settings, not one value', `set names below ${path.join('.')}`)];
  }
}

/** Leaves and keys say with their issues how to get it right. */
const fixOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'custom' ? String(issue.params?.['fix'] ?? '') : '';

function customProblem(path: readonly string[], message: string, fix: string, merged: Merged): Problem {
  const raw = nodeAt(merged.tree, path);
  if (raw === undefined) return makeProblem(path, message, howToSet(path, merged), merged);
  const shown = isGroup(raw) ? undefined : shownText(merged.tree, path, raw);
  const suffix =
    shown === undefined || shown === HIDDEN || message.startsWith(shown)
      ? ''
      : ` (is ${JSON.stringify(shown)})`;
  return makeProblem(path, `${message}${suffix}`, fix, merged);
}

function typeProblem(path: readonly string[], options: readonly string[], merged: Merged): Problem {
  const raw = nodeAt(merged.tree, path);
  const text = typeof raw === 'string' ? raw : '';
  const { what, fix } = choiceFault(options, text);
  return raw === undefined
    ? makeProblem(path, `is missing; it ${what}`, howToSet(path, merged), merged)
    : makeProblem(path, `${what} (is ${JSON.stringify(text)})`, fix, merged);
}

function unknownName(parent: readonly string[], name: string, merged: Merged): Problem {
  const path = [...parent, name];
  const valid = namesAt(schema, parent, merged.tree);
  const close = nearest(name, parent.length === 0 ? [...shortNames, ...valid] : valid);
  const fix =
    close === undefined
      ? `use one of ${(parent.length === 0 ? [...shortNames, ...valid] : valid).join(', ')}`
      : `did you mean ${[...parent, close].join('.')}?`;
  return makeProblem(path, 'is not a setting', fix, merged);
}

function makeProblem(path: readonly string[], what: string, fix: string, merged: Merged): Problem {
  return { severity: 'error', path: path.join('.'), what, source: sourceOf(path, merged), fix };
}

/** The source of a value, or of the first thing below a group. */
function sourceOf(path: readonly string[], { sources }: Merged): string {
  const dotted = path.join('.');
  const own = sources.get(dotted);
  if (own !== undefined) return own;
  for (const [known, source] of sources) if (known.startsWith(`${dotted}.`)) return source;
  return sourceOfGroup(path, sources) ?? 'not set anywhere';
}

/** What is missing stands below a group, whose place may be known. */
function sourceOfGroup(path: readonly string[], sources: Merged['sources']): string | undefined {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const source = sources.get(path.slice(0, depth).join('.'));
    if (source !== undefined) return source;
  }
  return undefined;
}

function howToSet(path: readonly string[], { tree }: Merged): string {
  const isDefaultRouter = path[0] === 'vrrp' && path[1] === DEFAULT_ROUTER;
  const names = isDefaultRouter ? path.slice(2) : path;
  const variable = names.map(name => name.replaceAll('-', '_').toUpperCase()).join('__');
  return `set ${names.join('.')} in the file, the label ${prefixIn(tree)}.${names.join('.')} on the proxy, or LOCUM_${variable} in the environment`;
}
