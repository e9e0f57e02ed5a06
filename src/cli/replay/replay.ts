/** `locum replay`: steps the core through a recording, shows what happened and why, and whether this version does the same. */

import { open } from 'node:fs/promises';
import { messageOf } from '../../lib/errors.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { harmless } from '../../lib/terminal.ts';
import { NO_JSON, readLine } from '../../recording/read-line.ts';
import { predecessorOf } from '../../recording/recording-file.ts';
import { Replay, type Replayed } from '../../recording/replay.ts';
import { EXIT, type ExitCode, type Io } from '../io.ts';
import { type NumberedLine, numberedLines } from './numbered-lines.ts';
import { type Detail, renderReplayed, replayedJson } from './render.ts';
import { type Bound, isReached, parseBound, type ReplayMoment, Timeline } from './timeline.ts';

export interface ReplayOptions {
  readonly router?: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly from?: string;
  readonly until?: string;
}

/** `file`: - for standard input. */
export async function replay(file: string, options: ReplayOptions, io: Io): Promise<ExitCode> {
  const bounds = boundsOf(options);
  if (!bounds.ok) return refuse(io, bounds.error);
  const input = await openInput(file, io);
  if (!input.ok) return refuse(io, input.error);
  const { name, stream, remarks } = input.value;
  const show = new Show(options, bounds.value, io);
  for (const remark of remarks) show.remark(remark);
  const failure = await play(numberedLines(stream), show);
  if (failure !== undefined) return refuse(io, `${name}${failure}`);
  return show.end();
}

function refuse(io: Io, message: string): ExitCode {
  io.stderr.write(`error: ${harmless(message)}\n`);
  return EXIT.refused;
}

interface Bounds {
  readonly from: Bound | undefined;
  readonly until: Bound | undefined;
}

function boundsOf({ from, until }: ReplayOptions): Result<Bounds, string> {
  for (const [option, text] of Object.entries({ from, until }))
    if (text !== undefined && parseBound(text) === undefined)
      return err(
        `--${option} ${text} is no time: 90s since the first line, 14:45:02, or 2026-11-22T14:45:02Z; UTC`,
      );
  return ok({
    from: from === undefined ? from : parseBound(from),
    until: until === undefined ? until : parseBound(until),
  });
}

interface Input {
  readonly name: string;
  readonly stream: AsyncIterable<Uint8Array | string>;
  readonly remarks: readonly string[];
}

/** A daemon that was killed while it rotated leaves the predecessor alone. */
async function openInput(file: string, io: Io): Promise<Result<Input, string>> {
  if (file === '-') return ok({ name: 'standard input', stream: io.stdin, remarks: [] });
  const opened = await openFile(file);
  if (opened.ok) return ok({ name: file, stream: opened.value, remarks: [] });
  const predecessor = predecessorOf(file);
  const instead = opened.error.code === 'ENOENT' ? await openFile(predecessor) : opened;
  if (!instead.ok) return err(`${file} cannot be read: ${opened.error.message}`);
  const remark = `there is no ${file}, it ended in a rotation: this is ${predecessor}`;
  return ok({ name: predecessor, stream: instead.value, remarks: [remark] });
}

async function openFile(
  path: string,
): Promise<
  Result<AsyncIterable<Uint8Array>, { readonly code: string | undefined; readonly message: string }>
> {
  try {
    const handle = await open(path, 'r');
    return ok(handle.createReadStream());
  } catch (thrown) {
    return err({ code: (thrown as NodeJS.ErrnoException).code, message: messageOf(thrown) });
  }
}

/** Undefined when all went well; else what is wrong and in which line, to be put behind the name of the file. */
async function play(lines: AsyncIterable<NumberedLine>, show: Show): Promise<string | undefined> {
  const core = new Replay();
  try {
    for await (const { number, text, isWhole } of lines) {
      const line = readLine(text);
      if (!isWhole && !line.ok && line.error === NO_JSON) {
        show.remark(`the recording ends in the middle of line ${number}`);
        return undefined;
      }
      const replayed = line.ok ? core.take(line.value) : line;
      if (!replayed.ok) return `:${number}: the line ${replayed.error}${show.hint}`;
      show.replayed(replayed.value, number);
    }
    return undefined;
  } catch (thrown) {
    return ` cannot be read: ${messageOf(thrown)}`;
  }
}

/** What is shown, and what was counted for the last line. */
class Show {
  readonly #options: ReplayOptions;
  readonly #detail: Detail;
  readonly #bounds: Bounds;
  readonly #io: Io;
  readonly #timeline = new Timeline();
  readonly #routers = new Set<string>();
  readonly #versions = new Set<string>();
  #inputs = 0;
  #differences = 0;
  #last: ReplayMoment | undefined;

  constructor(options: ReplayOptions, bounds: Bounds, io: Io) {
    this.#options = options;
    this.#detail = options.all === true ? 'all' : 'changes';
    this.#bounds = bounds;
    this.#io = io;
  }

  remark(text: string): void {
    if (this.#options.json === true) this.#writeJson({ kind: 'remark', text });
    else this.#io.stdout.write(`-- ${harmless(text)}\n`);
  }

  replayed(replayed: Replayed, line: number): void {
    if (replayed.kind === 'recording') {
      this.#timeline.begin(replayed);
      this.#versions.add(replayed.version);
    }
    const moment = this.#timeline.momentOf(momentOf(replayed));
    const router = routerOf(replayed);
    if (router !== undefined) this.#routers.add(router);
    if (!this.#isWanted(router, moment)) return;
    this.#count(replayed, moment);
    const place = { line, moment };
    if (this.#options.json === true) this.#writeJson(replayedJson(replayed, place, this.#detail));
    else {
      const text = renderReplayed(replayed, place, this.#detail);
      if (text !== undefined) this.#io.stdout.write(`${text}\n`);
    }
  }

  #isWanted(router: string | undefined, moment: ReplayMoment): boolean {
    const { from, until } = this.#bounds;
    if (from !== undefined && !isReached(from, moment)) return false;
    if (until !== undefined && isReached(until, moment)) return false;
    return router === undefined || this.#options.router === undefined || router === this.#options.router;
  }

  #count(replayed: Replayed, moment: ReplayMoment): void {
    this.#last = moment;
    if (replayed.kind !== 'step') return;
    this.#inputs++;
    if (replayed.difference !== undefined) this.#differences++;
  }

  #writeJson(value: object | undefined): void {
    if (value !== undefined) this.#io.stdout.write(`${JSON.stringify(value)}\n`);
  }

  end(): ExitCode {
    const { router, json } = this.#options;
    const routers = [...this.#routers];
    if (router !== undefined && !this.#routers.has(router))
      return refuse(
        this.#io,
        `there is no virtual router ${router} in it; there is ${routers.join(', ') || 'none'}`,
      );
    const [inputs, differences] = [this.#inputs, this.#differences];
    if (json === true) this.#writeJson({ kind: 'summary', routers, inputs, differences });
    else this.remark(this.#summary());
    return differences === 0 ? EXIT.done : EXIT.failed;
  }

  /** Behind what is wrong with a line: another version may write what this one does not know. */
  get hint(): string {
    const other = this.#otherVersion();
    return other === undefined ? '' : `; ${other}`;
  }

  #otherVersion(): string | undefined {
    const others = [...this.#versions].filter(version => version !== this.#io.version);
    return others.length === 0
      ? undefined
      : `it was recorded by ${others.join(', ')}, this is ${this.#io.version}`;
  }

  #summary(): string {
    if (this.#inputs === 0) return 'no input in it';
    const seconds = ((this.#last?.sinceUs ?? 0) / 1e6).toFixed(3);
    const inputs = `${this.#inputs} input${this.#inputs === 1 ? '' : 's'}, the last ${seconds} s after the beginning`;
    if (this.#differences === 0) return `${inputs}: the replay agrees with what was recorded`;
    const why =
      this.#otherVersion() ??
      'both are of this version, so this is a bug: please report it with the recording';
    return `${inputs}: ${this.#differences} DIFFER from what was recorded; ${why}`;
  }
}

function momentOf(replayed: Replayed) {
  return replayed.kind === 'step' ? replayed.line.at : replayed.at;
}

function routerOf(replayed: Replayed): string | undefined {
  if (replayed.kind === 'step') return replayed.line.router;
  return 'router' in replayed ? replayed.router : undefined;
}
