/**
 * Reads foreign JSON field by field into values of the code's own types: what is missing, of another type or out of range is named with its
 * path. A reading is total: it gives the whole value or the first fault, and keeps nothing that was not asked for.
 */

import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';

/** Gives the value, or ends the reading by {@link misfit}. */
export type Field<T> = (value: unknown, path: string) => T;

/** Why a reading ended; {@link readAs} makes a fault of it. */
class Misfit extends Error {}

function misfit(value: unknown, path: string, wanted: string): never {
  const where = path === '' ? 'the line' : path;
  throw new Misfit(
    value === undefined
      ? `${where} is missing; it must be ${wanted}`
      : `${where} is ${shown(value)}, not ${wanted}`,
  );
}

const LONGEST_SHOWN = 40;

/** Briefly, and none of what is inside: that may be deep. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const json = JSON.stringify(value);
  return json.length <= LONGEST_SHOWN ? json : `${json.slice(0, LONGEST_SHOWN)}…`;
}

/** The value, or what is wrong with it. */
export function readAs<T>(
  field: Field<T>,
  value: unknown,
): { readonly value: T } | { readonly fault: string } {
  try {
    return { value: field(value, '') };
  } catch (thrown) {
    if (thrown instanceof Misfit) return { fault: thrown.message };
    throw thrown;
  }
}

/** Beyond it a line is no line of a recording. */
const LONGEST_TEXT = 10_000;

export const text: Field<string> = (value, path) =>
  typeof value === 'string' && value.length <= LONGEST_TEXT
    ? value
    : misfit(value, path, `a text of at most ${LONGEST_TEXT} characters`);

export const flag: Field<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : misfit(value, path, 'true or false');

/** A whole number within the bounds, as the branded type that the caller names. */
export function whole<T extends number = number>(least: number, most = Number.MAX_SAFE_INTEGER): Field<T> {
  return (value, path) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? (value as T)
      : misfit(value, path, `a whole number from ${least} to ${most}`);
}

export const address: Field<IpAddress> = (value, path) =>
  (typeof value === 'string' ? parseIpAddress(value) : undefined) ?? misfit(value, path, 'an IP address');

export function oneOf<const T extends string | number>(...known: readonly T[]): Field<T> {
  return (value, path) => known.find(each => each === value) ?? misfit(value, path, anyOf(known));
}

const anyOf = (known: readonly unknown[]): string =>
  `${known.length === 1 ? '' : 'one of '}${known.join(', ')}`;

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : field(value, path));
}

export function list<T>(field: Field<T>, least = 0, most = 255): Field<readonly T[]> {
  return (value, path) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((each, i) => field(each, `${path}[${i}]`))
      : misfit(value, path, `a list of ${least} to ${most}`);
}

/** A field of each name; the object has no others. */
export function fields<T extends object>(of: { readonly [K in keyof T]-?: Field<T[K]> }): Field<T> {
  const names = Object.keys(of) as (keyof T & string)[];
  return (value, path) => {
    const given = record(value, path);
    const read = names.map(name => [name, of[name](given[name], below(path, name))] as const);
    return Object.fromEntries(read) as unknown as T;
  };
}

/** One of several objects, told apart by the text in the field of that name. */
export function variant<T extends object>(
  by: keyof T & string,
  kinds: Readonly<Record<string, Field<T>>>,
): Field<T> {
  return (value, path) => {
    const kind = record(value, path)[by];
    const field = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    return field === undefined
      ? misfit(kind, below(path, by), anyOf(Object.keys(kinds)))
      : field(value, path);
  };
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : misfit(value, path, 'an object');
}
