/**
 * Reads foreign JSON field by field into values of the code's own types: what is missing, of another type or out of range is named with its
 * path. A reading is total: it gives the whole value or the first fault, and keeps nothing that was not asked for.
 */

import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';

/** Gives the value, or ends the reading by {@link misfit}. */
export type Field<T> = (value: unknown, path: string) => T;

/** Why a reading ended; caught by {@link readAs} alone. */
class Misfit extends Error {}

function misfit(path: string, wanted: string): never {
  throw new Misfit(`${path} is not ${wanted}`);
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
  typeof value === 'string' && value.length <= LONGEST_TEXT ? value : misfit(path, 'a text');

export const flag: Field<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : misfit(path, 'true or false');

/** A whole number within the bounds, as the branded type that the caller names. */
export function whole<T extends number = number>(least: number, most = Number.MAX_SAFE_INTEGER): Field<T> {
  return (value, path) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? (value as T)
      : misfit(path, `a whole number from ${least} to ${most}`);
}

export const address: Field<IpAddress> = (value, path) =>
  (typeof value === 'string' ? parseIpAddress(value) : undefined) ?? misfit(path, 'an IP address');

export function oneOf<const T extends string | number>(...known: readonly T[]): Field<T> {
  return (value, path) => known.find(each => each === value) ?? misfit(path, `one of ${known.join(', ')}`);
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : field(value, path));
}

export function list<T>(field: Field<T>, least = 0, most = 255): Field<readonly T[]> {
  return (value, path) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((each, i) => field(each, `${path}[${i}]`))
      : misfit(path, `a list of ${least} to ${most}`);
}

/** A field of each name; the object has no others. */
export function fields<T extends object>(of: { readonly [K in keyof T]-?: Field<T[K]> }): Field<T> {
  const names = Object.keys(of) as (keyof T & string)[];
  return (value, path) => {
    const given = record(value, path);
    const read = names.map(
      name => [name, of[name](given[name], path === '' ? name : `${path}.${name}`)] as const,
    );
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
    const where = path === '' ? by : `${path}.${by}`;
    return field === undefined
      ? misfit(where, `one of ${Object.keys(kinds).join(', ')}`)
      : field(value, path);
  };
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : misfit(path === '' ? 'the line' : path, 'an object');
}
