/**
 * Processes as /proc shows them (proc(5)), and the rule that tells a program's main process from its workers. Pure: reading is the
 * adapter's.
 *
 * Both are needed because a name is not enough: nginx's workers carry its name, outlive a killed master and go on answering, and once
 * orphaned they have the parent that a main process has.
 */

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** /proc/PID/comm: at most 15 characters. */
  readonly name: string;
  /** One letter; Z is a zombie, X dead. */
  readonly state: string;
  /** When it began, in clock ticks after boot; with the pid it names one process for ever. */
  readonly startTicks: number;
  /** The command line, joined by spaces, cut to {@link TITLE_LIMIT}; nginx writes its role here. */
  readonly title: string;
}

export const TITLE_LIMIT = 256;

/** Reads the text of /proc/PID/stat; undefined when it is not that. The name stands in parentheses and may hold any character. */
export function parseStat(text: string): Omit<ProcessEntry, 'title'> | undefined {
  const match = /^(\d+) \((.*)\) (\S) (\d+) /s.exec(text);
  const [, pid, name, state, parent] = match ?? [];
  /** Field 22, the 20th after the name. */
  const start = text.slice(text.lastIndexOf(') ') + 2).split(' ')[19];
  if (pid === undefined || name === undefined || state === undefined || start === undefined) return undefined;
  return { pid: Number(pid), parent: Number(parent), name, state, startTicks: Number(start) };
}

/** Whether it still runs: not a zombie that waits to be reaped. */
export const isAlive = ({ state }: Pick<ProcessEntry, 'state'>): boolean => state !== 'Z' && state !== 'X';

/** Names one process for ever, also after its pid is used again. */
export const processKey = ({ pid, startTicks }: Pick<ProcessEntry, 'pid' | 'startTicks'>): string =>
  `${pid}:${startTicks}`;

export interface Roles {
  readonly mains: readonly ProcessEntry[];
  readonly workers: readonly ProcessEntry[];
}

/** nginx's titles, which it and its forks write over their command line. */
const MASTER_TITLE = /^[^\s:]+: master process/;
const WORKER_TITLE = /^[^\s:]+: (?:worker|cache manager|cache loader|privileged agent) process/;

export const isMasterTitle = (title: string): boolean => MASTER_TITLE.test(title);

/**
 * Splits the living processes of one name. A title decides where the program writes one, so that an orphaned worker stays a worker and
 * a binary upgrade's new master, a child of the old one, is a main process. Otherwise a process whose parent has the name is a worker, and
 * so is one that was seen as a worker before (`known`, by {@link processKey}).
 */
export function splitRoles(entries: readonly ProcessEntry[], known: ReadonlySet<string>): Roles {
  const pids = new Set(entries.map(({ pid }) => pid));
  const isWorker = (entry: ProcessEntry): boolean => {
    if (isMasterTitle(entry.title)) return false;
    return WORKER_TITLE.test(entry.title) || pids.has(entry.parent) || known.has(processKey(entry));
  };
  return {
    mains: entries.filter(entry => !isWorker(entry)),
    workers: entries.filter(isWorker),
  };
}
