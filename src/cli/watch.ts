/**
 * `locum status --watch`: the status as it changes. On a terminal it is drawn in place, every second at least; elsewhere each change of
 * something that matters is a status of its own.
 */

import { renderStatus } from '../control/render-status.ts';
import type { Status } from '../control/status.ts';
import { followDaemon } from './follow.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import { Screen } from './screen.ts';

/** The stream brings one each second. */
const SILENCE_MS = 5_000;

export async function watchStatus(socket: string, json: boolean, io: Io): Promise<ExitCode> {
  const view = io.stdout.isTTY === true && !json ? new InPlace(io) : new OneByOne(io, json);
  try {
    const ended = await followDaemon({
      socket,
      path: '/live',
      onLine: line => {
        const status = statusIn(line);
        if (status !== undefined) view.show(status);
      },
      onLost: why => view.lost(why),
      silenceMs: SILENCE_MS,
      signal: io.endSignal(),
    });
    if (typeof ended === 'number') return ended;
    io.stderr.write(`error: ${ended.message}\n`);
    return EXIT.failed;
  } finally {
    view.close();
  }
}

/** A server-sent event has more lines than that of its data. */
function statusIn(line: string): Status | undefined {
  return line.startsWith('data: ') ? (JSON.parse(line.slice('data: '.length)) as Status) : undefined;
}

interface View {
  show(status: Status): void;
  lost(why: string): void;
  close(): void;
}

class InPlace implements View {
  readonly #screen: Screen;
  readonly #endResizing: () => void;
  #last = '';

  constructor({ stdout }: Io) {
    this.#screen = new Screen(stdout);
    const redraw = (): void => this.#screen.redraw();
    stdout.on?.('resize', redraw);
    this.#endResizing = () => void stdout.off?.('resize', redraw);
  }

  show(status: Status): void {
    this.#last = renderStatus(status);
    this.#screen.show(this.#last);
  }

  lost(why: string): void {
    this.#screen.show(`${why}\n\nThe last that was heard:\n\n${this.#last}`);
  }

  close(): void {
    this.#endResizing();
    this.#screen.close();
  }
}

class OneByOne implements View {
  readonly #io: Io;
  readonly #json: boolean;
  #last = '';

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  show(status: Status): void {
    const gist = gistOf(status);
    if (gist === this.#last) return;
    this.#last = gist;
    this.#io.stdout.write(
      this.#json ? `${JSON.stringify(status)}\n` : `--- ${status.takenAt}\n${renderStatus(status)}\n\n`,
    );
  }

  lost(why: string): void {
    this.#last = '';
    this.#io.stderr.write(`${why}\n`);
  }

  close(): void {}
}

/** What makes a status another one: ages and counters go on by themselves. */
function gistOf({ pid, routers, trackers, drain, docker, upstreams }: Status): string {
  return JSON.stringify([
    pid,
    routers.map(({ name, state, reason, effectivePriority, masterAddress, vips }) => [
      name,
      state,
      reason,
      effectivePriority,
      masterAddress,
      vips.map(({ address, present }) => [address, present]),
    ]),
    trackers.map(({ name, health }) => [name, health]),
    [drain.state, drain.detail, docker?.connected],
    [upstreams?.reloads, upstreams?.failures, upstreams?.upstreams, upstreams?.leftOut],
  ]);
}
