/** The programs that scripts of keepalived run: which of them only look for a process, and how the others are called without a PATH. */

import type { User } from '../model.ts';
import { shown } from '../remarks.ts';

/** Linux's limit for /proc/PID/comm: 16 octets with the closing zero. */
const PROCESS_NAME = /^[\w.+-]{1,15}$/;

/** Options that do not change what a search by name finds. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  killall: ['-0', '-q', '--quiet', '-e', '--exact'],
  pidof: ['-s', '-q', '-x', '--single-shot'],
  pgrep: ['-x', '--exact'],
  pkill: ['-0', '-x', '--exact'],
};

/** They would end what they find, but for the signal 0, which only asks (kill(2)). */
const SIGNALLERS: readonly string[] = ['killall', 'pkill'];

/** The process that a command looks for: `killall -0 nginx`, `pkill -0 nginx`, `pidof nginx`, `pgrep -x nginx`. Undefined: it does something else. */
export function processSought([program = '', ...words]: readonly string[]): string | undefined {
  const finder = program.replace(/^.*\//, '');
  const harmless = Object.hasOwn(HARMLESS, finder) ? HARMLESS[finder] : undefined;
  if (harmless === undefined || (SIGNALLERS.includes(finder) && !words.includes('-0'))) return undefined;
  const [name, ...others] = words.filter(word => !harmless.includes(word));
  if (name === undefined || others.length > 0 || name.startsWith('-')) return undefined;
  return PROCESS_NAME.test(name) ? name : undefined;
}

/** A program without a path is looked up when it is run, as keepalived does. */
export function withPath([program = '', ...words]: readonly string[]): readonly string[] {
  return program.startsWith('/') ? [program, ...words] : ['/usr/bin/env', program, ...words];
}

/** What is to be said of a script with a user of its own; undefined: nothing. */
export function ofOtherUser(user: User | undefined): string | undefined {
  if (user === undefined || user.user === 'root') return undefined;
  return `runs with the rights of Locum, not of the user ${shown(user.user)}`;
}

export const DROP_RIGHTS = 'let the program itself drop what it does not need, for example with setpriv';
