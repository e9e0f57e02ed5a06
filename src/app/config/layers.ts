/**
 * The three spellings of a setting, each turned into the same flat entries: a path, a text, and where it came from.
 * Nothing is judged here but the form of the source; unknown names and wrong values are the schema's business.
 */

import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { BACKEND_LABELS, LABEL_PREFIX, ROLE_LABEL, writtenLabel } from '../../docker/labels.ts';
import type { Raw } from './leaf.ts';
import type { Problem } from './problems.ts';

export interface Entry {
  readonly path: readonly string[];
  /** `undefined`: a group of settings that is there but empty. */
  readonly value: Raw | undefined;
  readonly source: string;
}

export interface Layer {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

/** A layer's path may start in short form; a longer one is no setting. */
const DEEPEST = 8;

/**
 * Labels that describe a container as a backend, or an image: they may stand on the proxy too and configure nothing. What lies below
 * `upstream` does.
 */
const OTHER_LABELS: ReadonlySet<string> = new Set(
  [...BACKEND_LABELS, ROLE_LABEL].map(label => label.slice(LABEL_PREFIX.length)),
);

/** The labels of a container that begin with `locum.`, and are written under `prefix`; one without text is not set. */
export function labelLayer(
  container: string,
  labels: Readonly<Record<string, string>>,
  prefix: string,
): Layer {
  const entries = Object.entries(labels)
    .filter(([label, value]) => label.startsWith(LABEL_PREFIX) && value !== '')
    .map(([label, value]): Entry => {
      const path = label.slice(LABEL_PREFIX.length).split('.', DEEPEST);
      return { path, value, source: `label ${writtenLabel(label, prefix)} on container ${container}` };
    })
    .filter(({ path: [first = '', ...below] }) => below.length > 0 || !OTHER_LABELS.has(first));
  return { entries, problems: [] };
}

const VARIABLE_PREFIX = 'LOCUM_';
/** Read by the command line itself. */
const CONFIG_FILE_VARIABLE = 'LOCUM_CONFIG';
const SHORT_VARIABLES: Readonly<Record<string, readonly string[]>> = { LOCUM_SOCKET: ['control', 'socket'] };

/** The environment variables that begin with `LOCUM_`; one without text is not set, as compose files leave them. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const entries: Entry[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || variable === CONFIG_FILE_VARIABLE) continue;
    if (value === undefined || value === '') continue;
    const path = SHORT_VARIABLES[variable] ?? variablePath(variable.slice(VARIABLE_PREFIX.length));
    entries.push({ path, value, source: `environment ${variable}` });
  }
  return { entries, problems: [] };
}

function variablePath(rest: string): string[] {
  return rest
    .toLowerCase()
    .split('__', DEEPEST)
    .map(segment => segment.replaceAll('_', '-'));
}

/** The settings of a YAML file. Plain scalars keep the text they are written with, so that `0123` stays that. */
export function fileLayer(file: string, content: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0)
    return {
      entries: [],
      problems: document.errors.map(error => syntaxProblem(error.message, at(error.pos[0]))),
    };
  const reading: Reading = { entries: [], problems: [], at };
  readNode(document.contents, [], 0, reading);
  return reading;
}

/** What follows a colon or a quote, or the first line, is the file's own text, which may be a secret. */
function withoutContent(message: string): string {
  return message.replace('"quote', 'quote').replace(/(:\s|\s?"|\n).*$/s, '');
}

interface Reading {
  readonly entries: Entry[];
  readonly problems: Problem[];
  readonly at: (offset: number) => string;
}

function syntaxProblem(message: string, source: string): Problem {
  return {
    severity: 'error',
    path: 'file',
    what: `is not valid YAML: ${withoutContent(message)}`,
    source,
    fix: 'correct this line; settings are indented by spaces, a colon and a space stand between name and value',
  };
}

function readNode(node: unknown, path: readonly string[], offset: number, reading: Reading): void {
  if (node === null || node === undefined) return;
  if (isMap(node)) readMap(node, path, offset, reading);
  else readLeaf(node, path, reading.at(offset), reading);
}

function readMap(map: YAMLMap, path: readonly string[], offset: number, reading: Reading): void {
  if (map.items.length === 0 && path.length > 0)
    reading.entries.push({ path, value: undefined, source: reading.at(offset) });
  for (const { key, value } of map.items) {
    const start = isNode(key) ? (key.range?.[0] ?? offset) : offset;
    if (isScalar(key) && path.length < DEEPEST)
      readNode(value, [...path, scalarText(key) ?? ''], start, reading);
    else reading.problems.push(shapeProblem(path, 'has a name that is no plain text', reading.at(start)));
  }
}

function readLeaf(node: unknown, path: readonly string[], source: string, reading: Reading): void {
  const value = readValue(node);
  if (path.length === 0) reading.problems.push(shapeProblem(['file'], 'holds no settings', source));
  else if (value === null)
    reading.problems.push(shapeProblem(path, 'uses YAML that Locum does not read', source));
  else if (value !== undefined) reading.entries.push({ path, value, source });
}

/** Undefined: not set. Null: neither a value nor a list of values (an alias, a list of groups). */
function readValue(node: unknown): Raw | undefined | null {
  if (isScalar(node)) return scalarText(node);
  if (!isSeq(node)) return null;
  const items = node.items.map(item =>
    isScalar(item) ? (scalarText(item) ?? quotedNothing(item)) : undefined,
  );
  return items.every(item => item !== undefined) ? items : null;
}

/** In a list two quotes are an empty text: an argument of a program may be one. */
function quotedNothing({ value, type }: Scalar): string | undefined {
  return value === '' && type !== 'PLAIN' ? '' : undefined;
}

function scalarText(node: Scalar): string | undefined {
  if (node.value === null || node.value === '') return undefined;
  if (node.type === 'PLAIN' && node.source !== undefined) return node.source;
  return String(node.value);
}

function shapeProblem(path: readonly string[], what: string, source: string): Problem {
  return {
    severity: 'error',
    path: path.join('.'),
    what,
    source,
    fix: 'write names and values, or lists of values, without anchors and aliases',
  };
}
