/**
 * The kinds of value a setting can have, each read from text: a file, a label and an environment variable spell a value the
 * same way. A leaf says what it wants and how to get there; whether the value may be shown is decided by the reader of the issue.
 */

import { z } from 'zod';
import { nearest } from '../../lib/nearest.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { type Duration, formatDuration, parseDuration, seconds } from '../../lib/time.ts';

/** What a value of a layer is before the schema has read it. */
export type Raw = string | readonly string[];

/** What a value should have been, and how to make it so. */
export interface Fault {
  /** Completes "vrrp.web.vrid: …". */
  readonly what: string;
  readonly fix: string;
}

/** What is said about a setting: to people, in the JSON Schema, and to the defaults layer. */
export interface About {
  readonly description: string;
  /** As it would be written in the file. */
  readonly default?: string;
  /** The value is never shown. */
  readonly writeOnly?: true;
}

export type Leaf<T> = z.ZodPipe<z.ZodUnknown, z.ZodTransform<T, unknown>>;
type Reader<T> = (raw: Raw) => Result<T, Fault>;

function leaf<T>(read: Reader<T>, meta: About & Readonly<Record<string, unknown>>): Leaf<T> {
  return z
    .unknown()
    .transform((raw, context): T => {
      const reading = isRaw(raw) ? read(raw) : raw === undefined ? err(MISSING) : err(NOT_A_VALUE);
      if (reading.ok) return reading.value;
      context.issues.push({
        code: 'custom',
        message: reading.error.what,
        params: { fix: reading.error.fix },
        input: raw,
      });
      // Leaves the key undefined, so that rules across settings can still look at the others.
      return undefined as T;
    })
    .meta({ ...meta });
}

/** The name of an entry that users name. */
export function entryName(isName: (text: string) => boolean, fault: Fault): z.ZodString {
  return z.string().superRefine((name, context) => {
    if (!isName(name)) context.addIssue({ code: 'custom', message: fault.what, params: { fix: fault.fix } });
  });
}

const SPELLABLE = /^(?=.{1,32}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A name that a label and an environment variable can spell as well as a file. */
export const spellableName = entryName(name => SPELLABLE.test(name), {
  what: 'is a name that not every source can spell',
  fix: 'use up to 32 lower-case letters and digits, words joined by single hyphens',
});

/** A leaf that is one text, not a list. */
function scalar<T>(
  read: (text: string) => Result<T, Fault>,
  meta: About & Readonly<Record<string, unknown>>,
): Leaf<T> {
  return leaf(raw => (typeof raw === 'string' ? read(raw.trim()) : err(NOT_A_LIST)), meta);
}

const MISSING: Fault = { what: 'is missing', fix: '' };
const NOT_A_VALUE: Fault = { what: 'must be a value, not a group of settings', fix: 'give it one value' };
const NOT_A_LIST: Fault = { what: 'must be one value, not a list', fix: 'give it one value' };

function isRaw(raw: unknown): raw is Raw {
  return typeof raw === 'string' || Array.isArray(raw);
}

/** A whole number from `min` to `max`; `special` explains single values outside it. */
export function integer(
  min: number,
  max: number,
  about: About,
  special: Readonly<Record<number, Fault>> = {},
): Leaf<number> {
  const fault = { what: `must be a whole number from ${min} to ${max}`, fix: `use ${min} to ${max}` };
  const read = (text: string): Result<number, Fault> => {
    const value = /^[-+]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    const known = special[value];
    if (known !== undefined) return err(known);
    return value >= min && value <= max ? ok(value) : err(fault);
  };
  return scalar(read, { ...about, type: 'integer', minimum: min, maximum: max });
}

export function flag(about: About): Leaf<boolean> {
  const read = (text: string): Result<boolean, Fault> =>
    text === 'true' || text === 'false'
      ? ok(text === 'true')
      : err({ what: 'must be true or false', fix: 'write true or false' });
  return scalar(read, { ...about, type: 'boolean' });
}

export function choice<const T extends string>(options: readonly T[], about: About): Leaf<T> {
  const read = (text: string): Result<T, Fault> => {
    const found = options.find(option => option === text);
    return found === undefined ? err(choiceFault(options, text)) : ok(found);
  };
  return scalar(read, { ...about, enum: options.map(typedText) });
}

/** A word as YAML would read it: `3` is a number there. */
export function typedText(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** For whatever accepts a closed list of words. */
export function choiceFault(options: readonly string[], text: string): Fault {
  const close = nearest(text, options);
  return {
    what: `must be ${options.join(' or ')}`,
    fix: close === undefined ? `use ${options.join(' or ')}` : `did you mean ${close}?`,
  };
}

/** A span of time with its unit, more than zero and at most `most`, a day unless told. */
export function duration(about: About, most: Duration = DAY): Leaf<Duration> {
  const read = (text: string): Result<Duration, Fault> => {
    const value = parseDuration(text);
    if (value !== undefined && value > 0 && value <= most) return ok(value);
    if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0)
      return err({ what: 'needs a unit', fix: `write ${text}s or ${text}ms` });
    return err({
      what: `must be a time longer than zero and at most ${formatDuration(most)}`,
      fix:
        value !== undefined && value > most ? atMost(most) : 'write a number and a unit, such as 1s or 250ms',
    });
  };
  return scalar(read, { ...about, type: 'string', examples: ['1s', '250ms'] });
}

const DAY: Duration = seconds(86_400);

/** How to mend a time that is too long. */
export const atMost = (most: Duration): string => `use at most ${formatDuration(most)}`;

/** Text of a form; `requirement` completes "must be …". */
export function text(
  form: RegExp,
  requirement: string,
  about: About,
  fix = `use ${requirement}`,
): Leaf<string> {
  const read = (value: string): Result<string, Fault> =>
    form.test(value) ? ok(value) : err({ what: `must be ${requirement}`, fix });
  return scalar(read, { ...about, type: 'string' });
}

/** Text as it is, spaces included, judged by the caller; the value is never shown. */
export function secret(judge: (value: string) => Fault | undefined, about: About): Leaf<string> {
  const read = (raw: Raw): Result<string, Fault> => {
    if (typeof raw !== 'string') return err(NOT_A_LIST);
    const fault = judge(raw);
    return fault === undefined ? ok(raw) : err(fault);
  };
  return leaf(read, { ...about, type: 'string', writeOnly: true });
}

/** Text that the given function reads. */
export function parsed<T>(
  read: (text: string) => Result<T, Fault>,
  about: About,
  examples?: readonly string[],
): Leaf<T> {
  return scalar(read, { ...about, type: 'string', ...(examples && { examples }) });
}

/** A list that the given function reads; where it is one text, `cut` makes a list of it. */
export function list<T>(
  cut: (text: string) => Result<readonly string[], Fault>,
  read: (items: readonly string[]) => Result<T, Fault>,
  about: About & Readonly<Record<string, unknown>>,
): Leaf<T> {
  const readAll = (raw: Raw): Result<T, Fault> => {
    const items = typeof raw === 'string' ? cut(raw.trim()) : ok(raw);
    return items.ok ? read(items.value) : items;
  };
  return leaf(readAll, { ...about, type: ['array', 'string'] });
}

/** A range of HTTP status codes, `200-399`, or one code. */
export function statusRange(about: About): Leaf<readonly [number, number]> {
  const read = (text: string): Result<readonly [number, number], Fault> => {
    const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    return from <= to
      ? ok([from, to])
      : err({ what: 'must be a range of HTTP status codes', fix: 'write it like 200-399, or 200' });
  };
  return scalar(read, { ...about, type: 'string', examples: ['200-399', '204'] });
}
