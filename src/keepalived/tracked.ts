/** What instances can follow: `vrrp_script`, `vrrp_track_process`, `track_file` (keepalived.conf(5), the sections of these names). */

import { type Duration, seconds } from '../lib/time.ts';
import { type Field, type Grammar, mistake, readBlock, type Use } from './fields.ts';
import type { Named, Script, TrackedFile, TrackedProcess } from './model.ts';
import type { Report } from './remarks.ts';
import type { Statement } from './tree.ts';
import {
  choice,
  command,
  fractionalSeconds,
  mark,
  user,
  weight,
  whole,
  wholeSeconds,
  word,
} from './values.ts';

const MOST_COUNT = 2_147_483_647;
const MOST_SECONDS = 4_294;
const HOUR_S = 3_600;

const SCRIPT = {
  fields: {
    script: command(),
    interval: wholeSeconds(1, MOST_SECONDS),
    timeout: timeout(),
    weight: weight(253),
    rise: whole(1, MOST_COUNT),
    fall: whole(1, MOST_COUNT),
    user: user(),
  },
  ignored: ['init_fail'],
} satisfies Grammar<Record<string, Field<unknown>>>;

/** Zero is taken as one second. */
function timeout(): Field<Duration> {
  const field = wholeSeconds(0, MOST_SECONDS);
  return {
    ...field,
    read: use => {
      const value = field.read(use);
      if (value !== 0) return value;
      mistake(use, 'must be greater than 0: taken as 1', 'write 1');
      return seconds(1);
    },
  };
}

export function readScript(statement: Statement, report: Report): Script | undefined {
  const named = nameOf(statement, report);
  if (named === undefined) return undefined;
  const { use, block } = named;
  const { values, lines } = readBlock(use.setting, block, SCRIPT, report);
  const { script, interval = seconds(1), weight: weighted } = values;
  if (script === undefined) {
    mistake(use, 'names no program: it is left out', 'add a line `script "/path/of/program argument"`');
    return undefined;
  }
  return {
    ...named.named,
    lines,
    command: script,
    interval,
    timeout: values.timeout ?? interval,
    weight: weighted?.weight ?? 0,
    reverse: weighted?.reverse ?? false,
    rise: values.rise ?? 1,
    fall: values.fall ?? 1,
    user: values.user,
  };
}

const PROCESS = {
  fields: {
    process: words(),
    param_match: choice('initial', 'partial'),
    weight: weight(254),
    quorum: whole(1, MOST_COUNT),
    quorum_max: whole(0, MOST_COUNT),
    fork_delay: fractionalSeconds(0, HOUR_S),
    terminate_delay: fractionalSeconds(0, HOUR_S),
    delay: fractionalSeconds(0, HOUR_S),
    full_command: mark(),
  },
  ignored: [],
} satisfies Grammar<Record<string, Field<unknown>>>;

function words(): Field<readonly string[]> {
  return {
    shape: 'words',
    needsWord: true,
    mostWords: Number.POSITIVE_INFINITY,
    read: ({ statement }) => statement.words,
  };
}

export function readProcess(statement: Statement, report: Report): TrackedProcess | undefined {
  const named = nameOf(statement, report);
  if (named === undefined) return undefined;
  const { use, block } = named;
  const { values, lines } = readBlock(use.setting, block, PROCESS, report);
  if (values.process === undefined) {
    mistake(use, 'names no process: it is left out', 'add a line `process nginx`');
    return undefined;
  }
  const delay = values.delay ?? seconds(0);
  return {
    ...named.named,
    lines,
    process: values.process,
    match: values.param_match ?? 'exact',
    fullCommand: values.full_command === true,
    weight: values.weight?.weight ?? 0,
    reverse: values.weight?.reverse ?? false,
    quorum: values.quorum ?? (values.quorum_max === 0 ? 0 : 1),
    quorumMax: values.quorum_max,
    forkDelay: values.fork_delay ?? delay,
    terminateDelay: values.terminate_delay ?? delay,
  };
}

const FILE = {
  fields: { file: word(), weight: weight(254), init_file: initial() },
  ignored: [],
} satisfies Grammar<Record<string, Field<unknown>>>;

function initial(): Field<NonNullable<TrackedFile['initial']>> {
  return {
    shape: 'words',
    needsWord: false,
    mostWords: 2,
    read: use => {
      const value = use.statement.words.find(each => each !== 'overwrite') ?? '0';
      if (/^-?\d{1,10}$/.test(value))
        return { value: Number(value), overwrite: use.statement.words.includes('overwrite') };
      mistake(
        use,
        'must be a whole number, with `overwrite` if need be: nothing is written',
        'write a number',
      );
      return undefined;
    },
  };
}

export function readFile(statement: Statement, report: Report): TrackedFile | undefined {
  const named = nameOf(statement, report);
  if (named === undefined) return undefined;
  const { use, block } = named;
  const { values, lines } = readBlock(use.setting, block, FILE, report);
  if (values.file === undefined) {
    mistake(use, 'names no file: it is left out', 'add a line `file "/path/of/file"`');
    return undefined;
  }
  return {
    ...named.named,
    lines,
    file: values.file,
    weight: values.weight?.weight ?? 1,
    reverse: values.weight?.reverse ?? false,
    initial: values.init_file,
  };
}

export interface NamedBlock {
  readonly named: Pick<Named, 'name' | 'at'>;
  readonly use: Use;
  readonly block: readonly Statement[];
}

/** The name and the block that a named block has; undefined when one is missing, which is reported. */
export function nameOf(statement: Statement, report: Report): NamedBlock | undefined {
  const { keyword, words, block, at } = statement;
  const [name, ...rest] = words;
  const use: Use = { statement, setting: name === undefined ? keyword : `${keyword} ${name}`, report };
  if (name === undefined) mistake(use, 'has no name: its block is left out', `name it: ${keyword} NAME {`);
  else if (block === undefined)
    mistake(use, 'has no block: it is left out', 'put what belongs to it in braces');
  if (rest.length > 0) mistake(use, 'has more than one word for a name: the first counts', 'quote the name');
  return name === undefined || block === undefined ? undefined : { named: { name, at }, use, block };
}
