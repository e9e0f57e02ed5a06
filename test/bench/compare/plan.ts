/** What a comparison measures: everything, or what its arguments choose. */

import { parseArgs } from 'node:util';
import { messageOf } from '../../../src/lib/errors.ts';
import { inMilliseconds, parseDuration } from '../../../src/lib/time.ts';
import type { Contender } from './contender.ts';
import { FAULTS, type Fault } from './faults.ts';
import { KEEPALIVED } from './keepalived.ts';
import { LOCUM } from './locum.ts';

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly faults: readonly Fault[];
  readonly intervalsMs: readonly number[];
  /** Of each cell; at least 1. */
  readonly runs: number;
  /** Counts of virtual routers. */
  readonly loads: readonly number[];
  readonly loadSeconds: number;
  /** Undefined: beside the build. */
  readonly out: string | undefined;
}

const CONTENDERS = [LOCUM, KEEPALIVED] as const;
const INTERVALS_MS = [1_000, 100, 10] as const;
const LOADS = [1, 100, 255] as const;
const RUNS = 20;
const LOAD_SECONDS = 20;
const QUICK = { runs: 3, loadSeconds: 5 } as const;

const USAGE = `npm run bench -- compare [--fault NAME]... [--interval DURATION]... [--load]
                             [--only locum|keepalived] [--runs ${RUNS}] [--quick] [--out FILE]`;

const OPTIONS = {
  fault: { type: 'string', multiple: true },
  interval: { type: 'string', multiple: true },
  load: { type: 'boolean', default: false },
  only: { type: 'string' },
  runs: { type: 'string' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
} as const;

/** Faults or intervals chosen leave out the rest; `--load` alone leaves out the faults. Throws when something is not there to choose. */
export function planOf(args: readonly string[]): Plan {
  const values = parse(args);
  const chooses = values.fault !== undefined || values.interval !== undefined;
  const runs = Number(values.runs ?? (values.quick ? QUICK.runs : RUNS));
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: a whole number from 1`);
  return {
    contenders: choose(
      '--only',
      values.only === undefined ? undefined : [values.only],
      CONTENDERS,
      by => by.name,
    ),
    faults: values.load && !chooses ? [] : choose('--fault', values.fault, FAULTS, by => by.name),
    intervalsMs: values.interval?.map(intervalMs) ?? INTERVALS_MS,
    runs,
    loads: values.load || !chooses ? LOADS : [],
    loadSeconds: values.quick ? QUICK.loadSeconds : LOAD_SECONDS,
    out: values.out,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (thrown) {
    throw new Error(`${messageOf(thrown)}\n${USAGE}`);
  }
}

function choose<T>(
  option: string,
  wanted: readonly string[] | undefined,
  all: readonly T[],
  nameOf: (each: T) => string,
): readonly T[] {
  for (const name of wanted ?? []) {
    if (all.some(each => nameOf(each) === name)) continue;
    throw new Error(`${option} ${name}: there are ${all.map(nameOf).join(', ')}`);
  }
  return wanted === undefined ? all : all.filter(each => wanted.includes(nameOf(each)));
}

/** An advertisement interval of version 3: steps of 10 ms up to 40.95 s. */
function intervalMs(text: string): number {
  const parsed = parseDuration(text);
  const ms = parsed === undefined ? Number.NaN : inMilliseconds(parsed);
  if (ms >= 10 && ms <= 40_950 && ms % 10 === 0) return ms;
  throw new Error(`--interval ${text}: 10ms to 40.95s in steps of 10 ms, such as 1s, 100ms, 10ms`);
}
