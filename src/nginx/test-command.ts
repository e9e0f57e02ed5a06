/**
 * How a running nginx is asked to test its configuration (`nginx -t`), from the title of its master process, in which nginx repeats its own
 * arguments with single spaces between (ngx_start_worker_processes, ngx_setproctitle). Pure.
 */

import { type ProcessEntry, TITLE_LIMIT } from '../lib/process-table.ts';

/** Options that say what its configuration is; each takes a value. */
const OPTIONS: readonly string[] = ['-c', '-p', '-e', '-g'];
/** Paths; one that is not absolute counts from a folder that is not known. */
const PATHS: readonly string[] = ['-c', '-p'];

/** The program and its arguments; undefined when the title does not tell them for sure. */
export function testCommand({
  pid,
  title,
}: Pick<ProcessEntry, 'pid' | 'title'>): readonly string[] | undefined {
  const [, rest] = /^[^\s:]+: master process \S+(.*)$/.exec(title) ?? [];
  if (rest === undefined || title.length >= TITLE_LIMIT) return undefined;
  const options = optionsIn(rest.trim());
  // The binary that runs, also when another lies at its path by now (proc_pid_exe(5)).
  return options && [`/proc/${pid}/exe`, '-t', '-q', ...options];
}

/** `-g` has spaces in its value: a value ends where the next option begins. */
function optionsIn(text: string): readonly string[] | undefined {
  const options: string[] = [];
  for (const word of text === '' ? [] : text.split(' ')) {
    if (OPTIONS.includes(word)) options.push(word, '');
    else if (options.length === 0) return undefined;
    else options.push([options.pop(), word].filter(part => part !== '').join(' '));
  }
  const unusable = options.some((word, at) => {
    const value = options[at + 1] ?? '';
    return PATHS.includes(word) && at % 2 === 0 && !value.startsWith('/');
  });
  return unusable || options.includes('') ? undefined : options;
}
