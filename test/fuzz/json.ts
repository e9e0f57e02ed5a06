/** Breaking JSON in its structure: one place at a time gets another value, another's value, or none, so that the rest stays what a reader expects. */

import type { Random } from '../sim/random.ts';
import { type Fails, withoutNeedless } from './target.ts';

/** Texts that mean something to somebody on their way: a browser, a terminal, a header, a line-based file, an object, a clock. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\r\nx-more: 1',
  '\n\n',
  '\u001b[2J',
  '\u009b2J',
  '\u2028',
  '\u202e',
  '\ud800',
  '🦊',
  'é\u0301',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onclick='alert(1)",
  'javascript:alert(1)',
  '&lt;',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '%2e%2e/',
  '$(reboot)',
  '-1',
  '1e9',
  '255.255.255.255',
  'fe80::1%eth0',
  '::ffff:198.18.51.1',
  'https://example.com/x',
  '2026-01-31T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  'x'.repeat(9_999),
  'x'.repeat(10_001),
];

/** Numbers at the edges of what fields, doubles and µs hold. */
const EDGES: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  254,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32,
  8.64e15,
  8.64e18,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 53,
  1e300,
  -1e300,
  1.7e308,
  -1.7e308,
  5e-324,
];

/** Of other kinds than what stood there. */
const OTHERS: readonly unknown[] = [null, true, false, [], {}, [[]], [null], { a: [] }, { length: 3 }];
const NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  'kind',
  'name',
  'type',
  '',
];

type Key = string | number;
type Path = readonly Key[];
/** Stands for a value that is taken out. */
const GONE = Symbol('gone');

/** How many places a value has, itself one of them. */
function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let places = 1;
  for (const key in value) places += placesIn((value as Record<string, unknown>)[key]);
  return places;
}

/** The way to a place by its number; 0 is the whole, and what is within a place follows it. */
function pathTo(value: unknown, place: number): Path {
  if (place === 0) return [];
  let rest = place - 1;
  for (const [key, item] of Object.entries(value as object)) {
    const places = placesIn(item);
    if (rest < places) return [Array.isArray(value) ? Number(key) : key, ...pathTo(item, rest)];
    rest -= places;
  }
  throw new RangeError(`no place ${place}`);
}

const somePath = (value: unknown, random: Random): Path =>
  pathTo(value, random.between(0, placesIn(value) - 1));

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<Key, unknown>)[key], value);
}

function changed(value: unknown, [key, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((item, i) => (i === key ? changed(item, rest, change) : item)).filter(isThere);
  const entries = Object.entries(value as object).map(
    ([name, item]) => [name, name === key ? changed(item, rest, change) : item] as const,
  );
  return Object.fromEntries(entries.filter(([, item]) => isThere(item)));
}

const isThere = (value: unknown): boolean => value !== GONE;

/** A value like the one that was there, but not it. */
function turned(value: unknown, random: Random): unknown {
  if (typeof value === 'number')
    return random.pick([value + 1, value - 1, -value, value * 1_000, value / 7, random.pick(EDGES)]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') {
    const at = random.between(0, value.length);
    return random.chance(0.5)
      ? random.pick(HOSTILE_TEXTS)
      : value.slice(0, at) + random.pick(HOSTILE_TEXTS) + value.slice(at);
  }
  if (Array.isArray(value)) return turnedList(value, random);
  if (typeof value === 'object' && value !== null) return turnedObject(value, random);
  return random.pick<unknown>([...OTHERS, ...EDGES, ...HOSTILE_TEXTS]);
}

function turnedList(list: readonly unknown[], random: Random): unknown {
  const item = list.length === 0 ? random.pick(OTHERS) : random.pick(list);
  const times = random.chance(0.02) ? random.between(200, 2_000) : random.between(1, 3);
  return random.pick([[...list].reverse(), [...list, ...Array<unknown>(times).fill(item)], list.slice(1)]);
}

/** One name becomes another. */
function turnedObject(object: object, random: Random): unknown {
  const at = random.between(0, Object.keys(object).length);
  const name = random.pick(NAMES);
  const entries = Object.entries(object).map(([key, item], i) => [i === at ? name : key, item] as const);
  return Object.fromEntries(at === entries.length ? [...entries, [name, random.pick(OTHERS)]] : entries);
}

/** Changes the value in as many places. `donor`: whose values may come in, such as the neighbour in a file. */
export function brokenJson(whole: unknown, times: number, random: Random, donor: unknown = whole): unknown {
  let value = whole;
  for (let i = 0; i < times; i++) {
    const path = somePath(value, random);
    const change = random.weighted<(old: unknown) => unknown>([
      [6, old => turned(old, random)],
      [2, () => valueAt(donor, somePath(donor, random))],
      [2, () => (path.length === 0 ? null : GONE)],
      [2, () => random.pick<unknown>([...OTHERS, ...EDGES, ...HOSTILE_TEXTS])],
    ]);
    value = changed(value, path, change);
  }
  return value;
}

/** Changes numbers and flags alone, so that a reader takes it more often than not. */
export function nudgedJson(whole: unknown, times: number, random: Random): unknown {
  let value = whole;
  for (let i = 0; i < times; i++)
    value = changed(value, somePath(value, random), old =>
      typeof old === 'number' || typeof old === 'boolean' ? turned(old, random) : old,
    );
  return value;
}

/** Breaks text without regard to what it means. */
export function brokenText(text: string, random: Random): string {
  const [from = 0, to = 0] = [random.between(0, text.length), random.between(0, text.length)].sort(
    (a, b) => a - b,
  );
  return random.pick([
    text.slice(0, from),
    text.slice(0, from) + text.slice(to),
    text.slice(0, to) + text.slice(from),
    text.slice(0, from) + random.pick(['"', '{', ']', ',', '\\', '\0', '1e999', '\n', '']) + text.slice(from),
    text.slice(0, from) + '['.repeat(random.between(1, 5_000)),
    text.replace(/-?\d+/, random.pick(['1e999', '-1e999', '1E3', '007', '0x1'])),
  ]);
}

/** A smaller text that fails as well: of JSON whole values go, of anything else characters. */
export async function minimiseJson(text: string, fails: Fails<string>): Promise<string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const left = await withoutNeedless([...text], characters => fails(characters.join('')));
    return left.join('');
  }
  // From the end on, so that the places of those not yet tried stay.
  for (let place = placesIn(value) - 1; place > 0; place--) {
    const fewer = changed(value, pathTo(value, place), () => GONE);
    if (await fails(JSON.stringify(fewer))) value = fewer;
  }
  return JSON.stringify(value);
}
