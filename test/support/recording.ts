/** Recordings in tests: written into memory, read and replayed; and how a bug report becomes a test (see test/vrrp/recordings). */

import assert from 'node:assert/strict';
import type { LineSink } from '../../src/app/recording-core.ts';
import type { Core } from '../../src/app/router-runner.ts';
import { type Instant, instant } from '../../src/lib/time.ts';
import { encodeLine, FORMAT, type Header, type Line } from '../../src/recording/line.ts';
import { readLine } from '../../src/recording/read-line.ts';
import { Replay, type Replayed, type ReplayedStep } from '../../src/recording/replay.ts';
import { routerLine } from '../../src/recording/take-down.ts';

export const HEADER: Header = {
  kind: 'recording',
  format: FORMAT,
  version: '9.8.7',
  node: 'node-a',
  at: instant(0),
  time: '2026-01-01T00:00:00.000Z',
  lost: 0,
};

/** A sink without a disk: one section, or another one whenever the test says so. */
export class MemorySink implements LineSink {
  readonly #now: () => number;
  readonly #texts: string[] = [encodeLine(HEADER)];
  #section = 1;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  now(): Instant {
    return instant(this.#now());
  }

  open(): number {
    return this.#section;
  }

  write(line: Line): void {
    this.#texts.push(encodeLine(line));
  }

  beginSection(): void {
    this.#section++;
    this.write({ ...HEADER, at: this.now() });
  }

  get text(): string {
    return this.#texts.join('');
  }
}

export interface Played {
  readonly all: readonly Replayed[];
  readonly steps: readonly ReplayedStep[];
  readonly differences: readonly ReplayedStep[];
}

/** Replays a whole recording; a line that cannot be read fails the test with its number. */
export function play(text: string, step?: Core['step']): Played {
  const replay = new Replay(step);
  const all = text
    .split('\n')
    .slice(0, -1)
    .map((encoded, i) => {
      const line = readLine(encoded);
      const replayed = line.ok ? replay.take(line.value) : line;
      if (!replayed.ok) assert.fail(`line ${i + 1} ${replayed.error}: ${encoded}`);
      return replayed.value;
    });
  const steps = all.filter(each => each.kind === 'step');
  return { all, steps, differences: steps.filter(({ difference }) => difference !== undefined) };
}

/** The core of this version does what was recorded. */
export function assertAgrees(text: string): Played {
  const played = play(text);
  assert.ok(played.steps.length > 0, 'there are inputs in it');
  const [first] = played.differences;
  assert.equal(
    first?.difference,
    undefined,
    `${first?.line.router} after ${JSON.stringify(first?.line.input)} at ${first?.line.at}`,
  );
  return played;
}

/** The changes of state of a recording: `web backup -> master (master-silent): …`. */
export function transitionsOf({ steps }: Played): readonly string[] {
  return steps.flatMap(({ line, effects }) =>
    effects.filter(words => words.includes(' -> ')).map(words => `${line.router} ${words}`),
  );
}

/** The same inputs with the states and effects that the core of this version gives them. */
export function rewritten(text: string): string {
  const replay = new Replay();
  return text
    .split('\n')
    .slice(0, -1)
    .map(encoded => {
      const line = readLine(encoded);
      const replayed = line.ok ? replay.take(line.value) : line;
      if (!replayed.ok) assert.fail(`${replayed.error}: ${encoded}`);
      const step = replayed.value;
      if (step.kind !== 'step') return `${encoded}\n`;
      const { outcome, effects, before } = step;
      replay.take(routerLine(step.line.router, outcome.router, step.line.at));
      const { state } = outcome.router;
      return encodeLine({ ...step.line, state: state === before.state ? undefined : state, effects });
    })
    .join('');
}
