/**
 * What instances follow as trackers of Locum. A tracker has one weight: where another instance follows the same with a different one, a
 * tracker of its own is made for that. A virtual router names its trackers unless it follows all.
 */

import { formatDuration } from '../../lib/time.ts';
import type { Configuration, Follow, Named, Script, TrackedFile, TrackedProcess } from '../model.ts';
import { formatPosition, type Position } from '../remarks.ts';
import type { Names } from './names.ts';
import { DROP_RIGHTS, ofOtherUser, processSought, withPath } from './programs.ts';
import type { Path, Sheet } from './sheet.ts';

/** As far as Locum counts consecutive results, and processes. */
const MOST_RESULTS = 255;
const MOST_PROCESSES = 10_000;

const byName = <T extends Named>(blocks: readonly T[]): ReadonlyMap<string, T> =>
  new Map(blocks.map(block => [block.name, block]));

export class Trackers {
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #processes: ReadonlyMap<string, TrackedProcess>;
  readonly #files: ReadonlyMap<string, TrackedFile>;
  readonly #names: Names;
  readonly #sheet: Sheet;
  /** By what is followed, and how. */
  readonly #written = new Map<string, string>();

  constructor({ scripts, processes, files }: Configuration, names: Names, sheet: Sheet) {
    this.#scripts = byName(scripts);
    this.#processes = byName(processes);
    this.#files = byName(files);
    this.#names = names;
    this.#sheet = sheet;
  }

  get all(): readonly string[] {
    return [...this.#written.values()];
  }

  /** The names of the trackers for these, each written to the sheet when it is met first. */
  namesFor(follows: readonly Follow[]): readonly string[] {
    return [...new Set(follows.flatMap(follow => this.#nameFor(follow) ?? []))];
  }

  #nameFor(follow: Follow): string | undefined {
    const { kind, name, weight, reverse } = follow;
    const key = JSON.stringify([kind, name, weight, reverse]);
    const known = this.#written.get(key);
    if (known !== undefined) return known;
    const write = this.#writerFor(follow);
    if (write === undefined) return undefined;
    const own = this.#names.claim(name, kind);
    this.#written.set(key, own);
    write(['track', own]);
    return own;
  }

  /** Undefined: the reading has no such definition. */
  #writerFor(follow: Follow): ((path: Path) => void) | undefined {
    const script = this.#scripts.get(follow.name);
    const looked = this.#processes.get(follow.name);
    const file = this.#files.get(follow.name);
    switch (follow.kind) {
      case 'script':
        return script && (path => this.#scriptTracker(path, script, follow));
      case 'process':
        return looked && (path => this.#processTracker(path, looked, follow));
      case 'file':
        return file && (path => this.#fileTracker(path, file, follow));
      case 'interface':
        return path => {
          this.#begin(path, 'interface', follow.at);
          this.#sheet.set([...path, 'interface'], follow.name, follow.at);
          this.#weight(path, undefined, follow);
        };
    }
  }

  #begin(path: Path, type: string, at: Position): void {
    this.#sheet.group(path, at);
    this.#sheet.set([...path, 'type'], type, at);
  }

  /** The line of the weight: that of the block, unless the one who follows says another. */
  #weight(
    path: Path,
    block: (Named & { weight: number; reverse: boolean }) | undefined,
    follow: Follow,
  ): void {
    const own = block?.weight === follow.weight && block.reverse === follow.reverse;
    const at = own ? (block?.lines.get('weight') ?? follow.at) : follow.at;
    this.#sheet.set([...path, 'weight'], follow.weight, at);
    if (follow.reverse) this.#sheet.set([...path, 'reverse'], true, at);
  }

  #scriptTracker(path: Path, script: Script, follow: Follow): void {
    const sheet = this.#sheet;
    const at = (keyword: string) => script.lines.get(keyword) ?? script.at;
    const sought = processSought(script.command);
    this.#begin(path, sought === undefined ? 'exec' : 'process', at('script'));
    if (sought === undefined) sheet.set([...path, 'command'], withPath(script.command), at('script'));
    else {
      sheet.set([...path, 'name'], sought, at('script'));
      const text = `${formatPosition(at('script'))}: ${JSON.stringify(script.command.join(' '))} looks for a process, which Locum watches itself: its end is noticed at once, not at the next check, and no such program is needed`;
      sheet.comment(path, text);
    }
    this.#weight(path, script, follow);
    this.#times(path, script);
    const what = sought === undefined ? ofOtherUser(script.user) : undefined;
    if (what !== undefined)
      sheet.leaveOut(path, {
        setting: `vrrp_script ${script.name} user`,
        what,
        fix: DROP_RIGHTS,
        at: at('user'),
      });
  }

  #times(path: Path, { name, lines, interval, timeout, rise, fall }: Script): void {
    const sheet = this.#sheet;
    const set = (setting: string, value: string, keyword: string): void => {
      const at = lines.get(keyword);
      if (at !== undefined) sheet.set([...path, setting], value, at);
    };
    const leaveOut = (keyword: string, what: string, fix: string): void => {
      const at = lines.get(keyword);
      if (at !== undefined)
        sheet.leaveOut(path, { setting: `vrrp_script ${name} ${keyword}`, what, fix, at });
    };
    set('interval', formatDuration(interval), 'interval');
    if (timeout < interval) set('timeout', formatDuration(timeout), 'timeout');
    if (timeout > interval)
      leaveOut(
        'timeout',
        `is longer than the interval of ${formatDuration(interval)}, which counts here`,
        'use a longer interval',
      );
    for (const [keyword, value] of [
      ['rise', rise],
      ['fall', fall],
    ] as const) {
      const at = lines.get(keyword);
      const bound = { most: MOST_RESULTS, setting: `vrrp_script ${name} ${keyword}` };
      if (at !== undefined) sheet.setWithin([...path, keyword], value, bound, at);
    }
  }

  #processTracker(path: Path, block: TrackedProcess, follow: Follow): void {
    const sheet = this.#sheet;
    const { lines, quorum, quorumMax, match, fullCommand, forkDelay, terminateDelay } = block;
    const [program = '', ...parameters] = block.process;
    const at = lines.get('process') ?? block.at;
    this.#begin(path, 'process', at);
    // The kernel keeps no more of it, and keepalived compares no more.
    sheet.set([...path, 'name'], program.replace(/^.*\//, '').slice(0, 15), at);
    this.#weight(path, block, follow);
    const bound = { most: MOST_PROCESSES, setting: `vrrp_track_process ${block.name} quorum` };
    if (quorum !== 1 && quorum > 0)
      sheet.setWithin([...path, 'quorum'], quorum, bound, lines.get('quorum') ?? at);
    const leaveOut = (keyword: string, what: string, fix: string): void =>
      sheet.leaveOut(path, {
        setting: `vrrp_track_process ${block.name} ${keyword}`,
        what,
        fix,
        at: lines.get(keyword) ?? at,
      });
    if (quorum === 0 && quorumMax === undefined)
      leaveOut('quorum', 'is 0, which would always be met: 1 is used', 'leave it out, or do not follow it');
    if (quorumMax !== undefined)
      leaveOut('quorum_max', 'is not acted on: more processes are never too many', 'use vrrp_script for it');
    if (fullCommand || match !== 'exact' || parameters.length > 0)
      leaveOut(
        ['full_command', 'param_match'].find(keyword => lines.has(keyword)) ?? 'process',
        'is compared by the name of the process alone, without its parameters',
        'use vrrp_script where that is not enough',
      );
    if (forkDelay > 0 || terminateDelay > 0) {
      const keyword = ['delay', 'fork_delay', 'terminate_delay'].find(name => lines.has(name)) ?? 'delay';
      const what = 'is not acted on: the end of a process counts at once, its start at the next check';
      leaveOut(keyword, what, 'use rise and fall of the tracker, which count checks');
    }
  }

  #fileTracker(path: Path, file: TrackedFile, follow: Follow): void {
    const at = file.lines.get('file') ?? file.at;
    this.#begin(path, 'file', at);
    this.#sheet.set([...path, 'path'], file.file, at);
    this.#weight(path, file, follow);
    if (file.initial === undefined) return;
    this.#sheet.leaveOut(path, {
      setting: `track_file ${file.name} init_file`,
      what: 'is not acted on: Locum writes no such file, and one that is not there counts as 0',
      fix: 'write it before Locum starts',
      at: file.lines.get('init_file') ?? file.at,
    });
  }
}
