/** The kinds of values that keywords of keepalived.conf take, as fields of a grammar; ranges and what happens outside them are keepalived's. */

import { familyOf, parseIpAddress } from '../lib/ip-address.ts';
import { type Duration, seconds } from '../lib/time.ts';
import { asWritten, type Field, mistake, type Use } from './fields.ts';
import type { NotifyEvent, NotifyScript, User, Weighted } from './model.ts';
import { shown } from './remarks.ts';
import type { Statement } from './tree.ts';
import { splitCommand } from './words.ts';

const ONE_WORD = { shape: 'words', needsWord: true, mostWords: 1 } as const;

/** A whole number; outside the range it is `otherwise`, or the keyword does nothing. */
export function whole(least: number, most: number, otherwise?: number): Field<number> {
  return {
    ...ONE_WORD,
    read: use => {
      const text = use.statement.words[0] ?? '';
      const value = /^[-+]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      outside(use, `a whole number from ${least} to ${most}`);
      return otherwise;
    },
  };
}

/** Whole seconds of which keepalived reads as many digits as there are: 2.5 are 2. */
export function wholeSeconds(least: number, most: number): Field<Duration> {
  return {
    ...ONE_WORD,
    read: use => {
      const text = use.statement.words[0] ?? '';
      const value = Number(/^\d{1,10}/.exec(text)?.[0] ?? Number.NaN);
      if (!(value >= least && value <= most)) {
        outside(use, `whole seconds from ${least} to ${most}`);
        return undefined;
      }
      if (!/^\d+$/.test(text))
        mistake(use, `must be whole seconds${asWritten(use, text)}: taken as ${value}`, `write ${value}`);
      return seconds(value);
    },
  };
}

/** Seconds with a fraction. */
export function fractionalSeconds(least: number, most: number): Field<Duration> {
  return {
    ...ONE_WORD,
    read: use => {
      const text = use.statement.words[0] ?? '';
      const value = /^\d{0,9}(?:\.\d{0,9})?$/.test(text) && /\d/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return seconds(value);
      outside(use, `seconds from ${least} to ${most}`);
      return undefined;
    },
  };
}

function outside(use: Use, wanted: string): void {
  const text = use.statement.words[0] ?? '';
  mistake(use, `must be ${wanted}${asWritten(use, text)}: the default is used`, `use ${wanted}`);
}

export function word(): Field<string> {
  return { ...ONE_WORD, read: ({ statement }) => statement.words[0] };
}

export function choice<T extends string>(...options: readonly T[]): Field<T> {
  return {
    ...ONE_WORD,
    read: use => {
      const text = use.statement.words[0] ?? '';
      const found = options.find(option => option === text);
      if (found === undefined)
        mistake(
          use,
          `must be ${options.join(' or ')}${asWritten(use, text)}: the default is used`,
          `use ${options[0]}`,
        );
      return found;
    },
  };
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  off: false,
  false: false,
  no: false,
};

/** A keyword that says it all. */
export function mark(): Field<true> {
  return { shape: 'words', needsWord: false, mostWords: 0, read: () => true };
}

/** The same, with on or off after it if need be. */
export function flag(): Field<boolean> {
  return {
    shape: 'words',
    needsWord: false,
    mostWords: 1,
    read: use => {
      const [text] = use.statement.words;
      if (text === undefined) return true;
      if (Object.hasOwn(BOOLEANS, text)) return BOOLEANS[text];
      mistake(
        use,
        `is followed by ${shown(text)}, which is neither on nor off: taken as on`,
        'remove the word',
      );
      return true;
    },
  };
}

/** An address of the family that it is written in. */
export function ipAddress(): Field<string> {
  return {
    ...ONE_WORD,
    read: use => {
      const text = use.statement.words[0] ?? '';
      const address = parseAddress(text);
      if (address === undefined)
        mistake(use, `is no address (${shown(text)}): it is not used`, 'write an IPv4 or IPv6 address');
      return address?.text;
    },
  };
}

export interface Address {
  readonly text: string;
  readonly family: 4 | 6;
}

export function parseAddress(text: string): Address | undefined {
  const address = parseIpAddress(text);
  return address && { text: address, family: familyOf(address) };
}

/** `weight 5 reverse`. Numbers outside the range are drawn to its ends. */
export function weight(most: number): Field<Weighted> {
  return {
    ...ONE_WORD,
    mostWords: 2,
    read: use => {
      const [text = '', direction] = use.statement.words;
      const value = weightOf(use, text, most);
      if (direction !== undefined && !DIRECTIONS.includes(direction))
        mistake(use, `is followed by ${shown(direction)}, which is not reverse`, 'remove the word');
      return value === undefined ? undefined : { weight: value, reverse: direction === 'reverse' };
    },
  };
}

export const DIRECTIONS: readonly string[] = ['reverse', 'noreverse', 'no_reverse'];

/** Undefined: no number. */
export function weightOf(use: Use, text: string, most: number): number | undefined {
  if (!/^[-+]?\d{1,10}$/.test(text)) {
    outside(use, `a whole number from ${-most} to ${most}`);
    return undefined;
  }
  const value = Number(text);
  const near = Math.min(most, Math.max(-most, value));
  if (near !== value)
    mistake(use, `must be from ${-most} to ${most} (is ${value}): taken as ${near}`, `write ${near}`);
  return near;
}

/** A program with its arguments: one word, quoted where there are arguments. Further words are not looked at. */
export function command(): Field<readonly string[]> {
  return {
    ...ONE_WORD,
    read: use => {
      const words = splitCommand(use.statement.words[0] ?? '');
      if (words.length > 0) return words;
      mistake(use, 'is empty', 'name a program');
      return undefined;
    },
  };
}

export function user(): Field<User> {
  return { ...ONE_WORD, mostWords: 2, read: ({ statement }) => userOf(statement.words) };
}

function userOf([name, group]: readonly string[]): User | undefined {
  return name === undefined ? undefined : { user: name, group };
}

/** A script to run on an event, with the user to run it as. */
export function notify(event: NotifyEvent): Field<readonly NotifyScript[]> {
  return {
    shape: 'words',
    needsWord: event !== 'deleted',
    mostWords: 3,
    read: use => {
      const { words, at } = use.statement;
      const [text, ...who] = words;
      if (text === undefined) return undefined;
      const script = splitCommand(text);
      if (script.length > 0) return [{ event, command: script, user: userOf(who), at }];
      mistake(use, 'is empty', 'name a program');
      return undefined;
    },
  };
}

/** A block of statements that somebody else reads. Blocks of one keyword add up. */
export function statements(): Field<readonly Statement[]> {
  return {
    shape: 'block',
    needsWord: false,
    mostWords: 0,
    read: ({ statement }) => statement.block,
    join: (earlier, later) => [...earlier, ...later],
  };
}
