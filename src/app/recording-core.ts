/**
 * The core with a recorder around it: what the ladder refuses and every step of a virtual router become lines. It changes nothing that the
 * core is given or gives, and never waits.
 */

import { after, type Instant, seconds } from '../lib/time.ts';
import type { DiscardLine, Line } from '../recording/line.ts';
import { inputLine, routerLine, type Taken } from '../recording/take-down.ts';
import type { DiscardReason, Oddity, Received } from '../vrrp/receive.ts';
import type { Router } from '../vrrp/state.ts';
import type { Core } from './router-runner.ts';

/** Takes lines without waiting. */
export interface LineSink {
  now(): Instant;
  /** As {@link Tape.open} of recording/tape.ts. */
  open(): number | undefined;
  write(line: Line): void;
}

/** Made anew for each virtual router. */
export function recordingCore(core: Core, name: string, sink: LineSink): Core {
  const recorder = new StepRecorder(name, sink);
  return {
    nextDeadline: core.nextDeadline,
    receive: (...heard) => {
      const received = core.receive(...heard);
      recorder.received(received);
      return received;
    },
    step: (before, input, now) => {
      try {
        const stepped = core.step(before, input, now);
        recorder.stepped({ before, input, after: stepped }, now);
        return stepped;
      } catch (thrown) {
        // The input that breaks the core is the one that will be asked for.
        recorder.stepped({ before, input, after: { router: before, effects: [] } }, now);
        throw thrown;
      }
    },
  };
}

const NO_ODDITIES: readonly Oddity[] = [];
/** Between two lines about packets refused for one reason: a flood is counted, not written down. */
const DISCARD_SPACING = seconds(1);

class StepRecorder {
  readonly #name: string;
  readonly #sink: LineSink;
  readonly #discards = new Map<DiscardReason, { count: number; saidAt: Instant }>();
  #oddities = NO_ODDITIES;
  #section: number | undefined;
  /** What the lines so far lead to. */
  #known: Router | undefined;

  constructor(name: string, sink: LineSink) {
    this.#name = name;
    this.#sink = sink;
  }

  received(received: Received): void {
    this.#oddities = NO_ODDITIES;
    if (received.kind === 'accept') this.#oddities = received.oddities;
    else this.#discarded(received, this.#sink.now());
  }

  /** A step whose beginning the lines before do not lead to is preceded by that. */
  stepped(taken: Omit<Taken, 'oddities'>, at: Instant): void {
    const section = this.#sink.open();
    if (section === undefined) return;
    if (section !== this.#section || taken.before !== this.#known)
      this.#sink.write(routerLine(this.#name, taken.before, at));
    this.#sink.write(inputLine(this.#name, { ...taken, oddities: this.#oddities }, at));
    this.#section = section;
    this.#known = taken.after.router;
  }

  #discarded(discard: Extract<Received, { kind: 'discard' }>, at: Instant): void {
    const { reason, detail, source } = discard;
    const before = this.#discards.get(reason);
    const count = (before?.count ?? 0) + 1;
    if (before !== undefined && at < after(before.saidAt, DISCARD_SPACING)) {
      before.count = count;
      return;
    }
    this.#discards.set(reason, { count: 0, saidAt: at });
    if (this.#sink.open() === undefined) return;
    const line: DiscardLine = { kind: 'discard', at, router: this.#name, reason, detail, source, count };
    this.#sink.write(line);
  }
}
