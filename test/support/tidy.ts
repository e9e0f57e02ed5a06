/** The checks behind tidy.test.ts: each takes texts and returns what is wrong with them, one line a finding. It reads no file itself. */

import {
  BUNDLED,
  KNOWN_HOSTS,
  LONGEST_FILE_LINES,
  OUTSIDE_WORLD,
  PACKAGES,
  PARTS,
  type Part,
} from './architecture.ts';

/** A file with its path below `src/`, such as `vrrp/timing.ts`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

type Role = Part['role'];

/** Imports against the table of parts and packages. */
export function checkImports(file: SourceFile): string[] {
  const part = partOf(file.path);
  if (part === undefined) return [`${file.path}: belongs to no part; add it to the table of parts`];
  return importsOf(file.text).flatMap(found => {
    const problem = problemWith(file.path, part, found);
    return problem === undefined ? [] : [`${file.path}: imports ${found.from}: ${problem}`];
  });
}

/** No file imports, a type or a value, what leads back to it. Of circles that share a file the shortest is told, the others when it is gone. */
export function checkCircles(files: readonly SourceFile[]): string[] {
  const imports = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text).flatMap(({ from }) => (from.startsWith('.') ? resolve(path, from) : [])),
    ]),
  );
  const circles = files
    .map(({ path }) => circleThrough(path, imports))
    .filter(circle => circle.length > 0)
    .toSorted((one, other) => one.length - other.length);
  const told = new Set<string>();
  return circles.flatMap(circle => {
    if (circle.some(path => told.has(path))) return [];
    for (const path of circle) told.add(path);
    const way = [...circle, circle[0]].join(' → ');
    return [`${way}: they import each other in a circle; move what they share to a file of its own`];
  });
}

/** The shortest way from a file back to it; empty when there is none. */
function circleThrough(start: string, imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const ways: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of ways)
    for (const next of imports.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  return [];
}

/** A file that decides names nothing of the outside world. */
export function checkPurity(file: SourceFile): string[] {
  const part = partOf(file.path);
  if (part === undefined || roleOf(file.path, part) !== 'decides') return [];
  const code = withoutCommentsAndTexts(file.text);
  return OUTSIDE_WORLD.filter(name =>
    new RegExp(`(?<![\\w.'])${name.replace('.', '\\.')}(?![\\w:?]|\\s*:)`).test(code),
  ).map(name => `${file.path}: uses ${name}, but what decides has no I/O, clock or randomness`);
}

export function checkLength(file: SourceFile): string[] {
  const lines = file.text.trimEnd().split('\n').length;
  return lines <= LONGEST_FILE_LINES ? [] : [`${file.path}: ${lines} lines; ${LONGEST_FILE_LINES} at most`];
}

/** A file says first what it is. */
export function checkOpening(file: SourceFile): string[] {
  const text = file.text.replace(/^#!.*\n/, '');
  return /^(?:\/\*\*|\/\/)/.test(text)
    ? []
    : [`${file.path}: does not open with a comment that says what it is`];
}

const FORBIDDEN: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, why: 'unfinished business belongs in an issue' },
  { pattern: /(?<![\w.~-])\/(?:home|Users|work|farm)\/\w/, why: "a path of somebody's machine" },
];

/** Words and hosts that no committed text may hold. */
export function checkWords(file: SourceFile): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const at = `${file.path}:${index + 1}`;
    const words = FORBIDDEN.filter(({ pattern }) => pattern.test(line)).map(({ why }) => `${at}: ${why}`);
    const hosts = [...line.matchAll(/https?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/gi)]
      .map(match => match[1]?.toLowerCase() ?? '')
      .filter(host => !KNOWN_HOSTS.some(known => host === known || host.endsWith(`.${known}`)))
      .map(host => `${at}: names the host ${host}`);
    return [...words, ...hosts];
  });
}

function problemWith(path: string, part: Part, found: Import): string | undefined {
  const role = roleOf(path, part);
  if (found.from.startsWith('node:'))
    return role === 'decides' ? 'what decides imports nothing of Node' : undefined;
  if (!found.from.startsWith('.')) return problemWithPackage(path, found.from);
  const target = resolve(path, found.from);
  const other = partOf(target);
  if (other === undefined) return 'it lies in no part';
  if (other === part) {
    const outwards = role === 'decides' && roleOf(target, other) === 'acts';
    return outwards ? 'what decides does not know its adapters' : undefined;
  }
  if (part.imports.includes(other.name)) return undefined;
  // An adapter speaks the language of those who decide: their types, not their functions.
  if (role === 'acts' && found.typeOnly && roleOf(target, other) === 'decides') return undefined;
  return `${part.name} imports ${part.imports.join(', ') || 'no other part'} only`;
}

function problemWithPackage(path: string, from: string): string | undefined {
  const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/');
  const places = PACKAGES[name] ?? BUNDLED[name];
  if (places === undefined) return 'no place is set for this package';
  const allowed = places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place));
  return allowed ? undefined : `only ${places.join(', ')} may`;
}

function partOf(path: string): Part | undefined {
  return PARTS.find(part => path === part.name || path.startsWith(`${part.name}/`));
}

function roleOf(path: string, part: Part): Role {
  return part.adapters?.includes(path.slice(part.name.length + 1)) === true ? 'acts' : part.role;
}

function resolve(path: string, from: string): string {
  return new URL(from, `file:///${path}`).pathname.slice(1);
}

const IMPORT = /\b(import|export)\s+(type\s)?([\w\s{},*$]*?\sfrom\s+)?(['"])([^'"]+)\4/g;
const DYNAMIC_IMPORT = /\bimport\(\s*(['"`])([^'"`]+)\1/g;

function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const declared = [...code.matchAll(IMPORT)].map(match => ({
    from: match[5] ?? '',
    typeOnly: match[2] !== undefined || onlyTypes(match[3] ?? ''),
  }));
  const dynamic = [...code.matchAll(DYNAMIC_IMPORT)].map(match => ({
    from: match[2] ?? '',
    typeOnly: false,
  }));
  return [...declared, ...dynamic];
}

/** `{ type A, type B } from`. */
function onlyTypes(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*from\s+$/.exec(clause)?.[1]?.split(',') ?? [];
  const given = names.map(name => name.trim()).filter(name => name !== '');
  return given.length > 0 && given.every(name => name.startsWith('type '));
}

/** One alternative for each thing that could hold the others' delimiters: comments, plain texts, templates, regular expressions. */
const LEXEMES =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:!&|?;]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//g;

function withoutComments(text: string): string {
  return text.replaceAll(LEXEMES, lexeme => (/^\/[/*]/.test(lexeme) ? ' ' : lexeme));
}

/** What is left is code; of a template the expressions stay. */
function withoutCommentsAndTexts(text: string): string {
  return text.replaceAll(LEXEMES, lexeme =>
    lexeme.startsWith('`')
      ? ` ${[...lexeme.matchAll(/\$\{([^}]*)\}/g)].map(match => match[1]).join(' ')} `
      : " '' ",
  );
}
