/**
 * Recordings under fire, through the whole of `locum replay`: whatever a file holds, reading it throws nothing and is answered by lines
 * that are fit for a terminal; what is refused is refused with the number of its line; and what nobody touched is replayed as it was.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, type Io } from '../../src/cli/io.ts';
import { type ReplayOptions, replay } from '../../src/cli/replay/replay.ts';
import { readLine } from '../../src/recording/read-line.ts';
import type { Random } from '../sim/random.ts';
import { ROOT } from '../support/paths.ts';
import { brokenJson, brokenText, minimiseJson, nudgedJson } from './json.ts';
import { type Fails, type Judgement, type Target, withoutNeedless } from './target.ts';

export interface RecordingInput {
  readonly lines: readonly string[];
  /** The last line has its line break. */
  readonly whole: boolean;
  readonly options: ReplayOptions;
  /** As a daemon wrote it. */
  readonly untouched: boolean;
}

/** The command under fire; a test puts a broken one in its place. */
export type ReplayCommand = typeof replay;

export function recordingTarget(name: string, command: ReplayCommand = replay): Target<RecordingInput> {
  return {
    name,
    boundMs: 2_000,
    make: makeInput,
    judge: input => judge(input, command),
    minimise: minimiseRecording,
    show: input => `${textOf(input)}\noptions ${JSON.stringify(input.options)}`,
  };
}

export const RECORDINGS = recordingTarget('recording');

const FOLDER = join(ROOT, 'test', 'vrrp', 'recordings');

const FILES: readonly (readonly string[])[] = readdirSync(FOLDER).map(name =>
  readFileSync(join(FOLDER, name), 'utf8').split('\n').slice(0, -1),
);
/** All kinds of lines, once parsed. */
const PARSED: readonly (readonly unknown[])[] = FILES.map(lines =>
  lines.map(line => JSON.parse(line) as unknown),
);

const OPTIONS: readonly ReplayOptions[] = [
  { all: true },
  { all: true },
  { json: true, all: true },
  {},
  { from: '1s' },
  { until: '15:13:21' },
  { router: 'web' },
];

/** Long runs of the same are of no use: what follows a break is seen soon after it. */
const LONGEST_RUN = 12;

function makeInput(random: Random): RecordingInput {
  const at = random.between(0, FILES.length - 1);
  const [written = [], parsed = []] = [FILES[at], PARSED[at]];
  const options = random.pick(OPTIONS);
  if (random.chance(0.03)) return { lines: written, whole: true, options: { all: true }, untouched: true };
  // The header and what introduces the router stay more often than not, or nothing behind them is reached.
  const from = random.chance(0.9) ? 0 : random.between(0, parsed.length - 1);
  const run = parsed.slice(from, from + random.between(1, LONGEST_RUN));
  const whole = random.chance(0.9);
  const lines = random.chance(0.5) ? brokenLines(run, random) : nudgedLines(run, random);
  return { lines, whole, options, untouched: false };
}

/** Other times, priorities and states than there were: what the core makes of it is the question. */
function nudgedLines(run: readonly unknown[], random: Random): readonly string[] {
  return run.map(value => JSON.stringify(nudgedJson(value, random.between(0, 2), random)));
}

function brokenLines(run: readonly unknown[], random: Random): readonly string[] {
  let values = run;
  for (let times = random.between(0, 2); times > 0; times--) values = shuffled(values, random);
  const hit = random.between(0, values.length - 1);
  const texts = values.map((value, i) => {
    const times = i === hit ? random.between(1, 4) : random.chance(0.05) ? 1 : 0;
    return JSON.stringify(brokenJson(value, times, random, random.pick(random.pick(PARSED))));
  });
  const cut = random.chance(0.2) ? random.between(0, texts.length - 1) : -1;
  return texts.map((text, i) => (i === cut ? brokenText(text, random) : text));
}

/** Another order, a line of another file, one twice, one less: what a file system or an editor makes of it. */
function shuffled(values: readonly unknown[], random: Random): readonly unknown[] {
  const at = random.between(0, values.length - 1);
  const before = values.slice(0, at);
  const rest = values.slice(at);
  return random.pick<readonly unknown[]>([
    values,
    [...before, random.pick(random.pick(PARSED)), ...rest],
    [...before, ...rest.slice(0, 1), ...rest],
    values.length > 1 ? [...before, ...rest.slice(1)] : values,
    [...rest, ...before],
  ]);
}

const textOf = ({ lines, whole }: RecordingInput): string => `${lines.join('\n')}${whole ? '\n' : ''}`;

async function judge(input: RecordingInput, command: ReplayCommand): Promise<Judgement> {
  const { out, error, code } = await outputOf(input, command);
  const outcome = code === EXIT.refused ? refusalIn(error) : code === EXIT.done ? 'agrees' : 'differs';
  const problem =
    unfitOutput(out, input.options.json === true) ??
    (code === EXIT.refused
      ? unfitRefusal(error)
      : error === ''
        ? undefined
        : `it says ${error} and goes on`) ??
    (input.untouched && outcome !== 'agrees'
      ? `what a daemon wrote is not replayed: ${out}${error}`
      : undefined) ??
    unlikeItself(input.lines);
  return { outcome, problem };
}

async function outputOf(input: RecordingInput, command: ReplayCommand) {
  const out: string[] = [];
  const errors: string[] = [];
  const io: Io = {
    version: '0.1.0',
    environment: {},
    stdin: pieces(Buffer.from(textOf(input))),
    stdout: { write: text => out.push(text) },
    stderr: { write: text => errors.push(text) },
    endSignal: () => new AbortController().signal,
    outliveReaders: () => undefined,
  };
  const code = await command('-', input.options, io);
  return { out: out.join(''), error: errors.join(''), code };
}

/** So that lines, and characters, come in two. */
const PIECE = 1_000;

async function* pieces(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += PIECE) yield octets.subarray(at, at + PIECE);
}

/** The refusal without what differs from file to file. */
function refusalIn(error: string): string {
  return (
    [
      'is no JSON',
      'is of format',
      'before any header',
      'no line before introduces',
      'core does not take',
    ].find(words => error.includes(words)) ??
    (error.includes('there is no virtual router') ? 'no such router' : 'cannot be read')
  );
}

function unfitRefusal(error: string): string | undefined {
  if (!/^error: (?:standard input:\d+: the line |there is no virtual router )[^\n]+\n$/.test(error))
    return `it is refused without its line: ${error}`;
  return /(?!\n)\p{Cc}/u.test(error) ? `a refusal that is not fit to be shown: ${error}` : undefined;
}

/** With its time, below one that differs, or a remark of our own. */
const LINE =
  /^(?:\d\d:\d\d:\d\d\.\d{6} +[+-]\d+\.\d{6} {2}| {2}DIFFERS in line \d+$| {4}(?:recorded|replayed): |-- )/;

function unfitOutput(out: string, isJson: boolean): string | undefined {
  const lines = out.split('\n').slice(0, -1);
  if (isJson) {
    // Throws where one is none.
    for (const line of lines) JSON.parse(line);
    return undefined;
  }
  const odd = lines.find(line => !LINE.test(line) || /\p{Cc}|\b(?:NaN|Infinity)\b/u.test(line));
  return odd && `it shows ${JSON.stringify(odd)}`;
}

/** A line that was read is the same when it is written and read again. */
function unlikeItself(lines: readonly string[]): string | undefined {
  for (const text of lines) {
    const line = readLine(text);
    if (!line.ok) continue;
    const written = JSON.stringify(line.value);
    const again = readLine(written);
    if (!again.ok || JSON.stringify(again.value) !== written) return `read again it is not the same: ${text}`;
  }
  return undefined;
}

async function minimiseRecording(
  input: RecordingInput,
  fails: Fails<RecordingInput>,
): Promise<RecordingInput> {
  const having = (lines: readonly string[]): RecordingInput => ({ ...input, lines, untouched: false });
  let lines = await withoutNeedless(input.lines, fewer => fails(having(fewer)));
  for (const [i, line] of lines.entries())
    lines = lines.with(i, await minimiseJson(line, text => fails(having(lines.with(i, text)))));
  return having(lines);
}
