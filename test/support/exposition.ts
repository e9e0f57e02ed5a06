/** Reads the Prometheus exposition format (version 0.0.4) back, and the names and labels that an expression of PromQL asks for. */

import assert from 'node:assert/strict';

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  /** Family → its type. */
  readonly types: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/gy;

/** Fails on a line that is none of the format, on a series that is there twice, and on one of a family that is not declared. */
export function parseExposition(text: string): Exposition {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const types = new Map<string, string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const declared = /^# TYPE (\S+) (gauge|counter)$/.exec(line);
    if (declared !== null) types.set(declared[1] ?? '', declared[2] ?? '');
    if (line.startsWith('#')) continue;
    const [, name = '', labels = '', value] = LINE.exec(line) ?? assert.fail(`not of the format: ${line}`);
    assert.ok(types.has(name), `${name} is not declared`);
    const found = { name, labels: parseLabels(labels), value: Number(value) };
    const key = JSON.stringify([name, Object.entries(found.labels).sort()]);
    assert.ok(!seen.has(key), `twice: ${line}`);
    seen.add(key);
    series.push(found);
  }
  return { types, series };
}

function parseLabels(text: string): Record<string, string> {
  const found = [...text.matchAll(LABEL)];
  assert.equal(found.map(([whole]) => whole).join(''), text, 'labels');
  return Object.fromEntries(
    found.map(([, name, value = '']) => [
      name,
      value.replaceAll(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char)),
    ]),
  );
}

/** The value of the one series of that name that has these labels. */
export function valueIn({ series }: Exposition, name: string, labels: Record<string, string> = {}): number {
  const found = series.filter(
    one => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  assert.equal(found.length, 1, `${found.length} series of ${name} ${JSON.stringify(labels)}`);
  return found[0]?.value ?? assert.fail();
}

/** Name → every label that one of its series has. */
export function labelsByName({ series }: Exposition): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, labels } of series) {
    const known = found.get(name) ?? new Set();
    for (const label of Object.keys(labels)) known.add(label);
    found.set(name, known);
  }
  return found;
}

export interface Demand {
  /** Metrics by name, each with the labels that are matched on it. */
  readonly metrics: ReadonlyMap<string, readonly string[]>;
  /** Labels that join, group or aggregate. */
  readonly labels: readonly string[];
}

const METRIC = /\b((?:locum|keepalived)_\w+)\s*(?:\{([^}]*)\})?/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** As far as expressions go that are written here: names with a known prefix, no name in a string. */
export function demandOf(expression: string): Demand {
  const metrics = new Map<string, readonly string[]>();
  for (const [, name = '', matchers = ''] of expression.matchAll(METRIC)) {
    const matched = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    metrics.set(name, [...(metrics.get(name) ?? []), ...matched]);
  }
  const labels = [...expression.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(','));
  return { metrics, labels: labels.map(label => label.trim()).filter(label => label !== '') };
}

/** What a text in Markdown shows in one language. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , block = '']) => block);
}
