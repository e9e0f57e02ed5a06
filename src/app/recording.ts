/**
 * `locum run --record`: the inputs of every virtual router, and what explains them, as lines of a file. Nothing waits for it: lines go to
 * a bounded tape at once and from there to the disk by libuv's pool, a few times a second. A disk that refuses is named once and tried again.
 */

import type { EventLog } from '../control/event-log.ts';
import type { Clock } from '../lib/clock.ts';
import type { OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { ok, type Result } from '../lib/result.ts';
import { type Instant, milliseconds, seconds } from '../lib/time.ts';
import { FORMAT, type Line } from '../recording/line.ts';
import { RecordingFile } from '../recording/recording-file.ts';
import { Tape, type TapeLimits } from '../recording/tape.ts';
import { systemClock } from './clock.ts';
import { type LineSink, recordingCore } from './recording-core.ts';
import { CORE, type Core } from './router-runner.ts';

export interface RecordingOptions {
  readonly file: Pick<RecordingFile, 'path' | 'size' | 'append' | 'close'>;
  /** Locum's. */
  readonly version: string;
  readonly node: string;
  readonly clock: Clock;
  /** ISO 8601, UTC. */
  readonly wallTime: () => string;
  readonly log: Logger;
  readonly limits?: TapeLimits;
}

const LIMITS: TapeLimits = { fileBytes: 16 * 2 ** 20, waitingBytes: 2 ** 20 };
/** Lines wait so long for others to go with them. */
const GATHERING = milliseconds(50);
const RETRY = seconds(2);
/** In characters: what programs and engines say is foreign. */
const LONGEST_NOTE = 2_000;
/** For the last lines, when the daemon ends. */
const CLOSE_WITHIN_MS = 1_000;

/** A recording into the file of that path, in the daemon's time; fails when the file cannot be written to. */
export async function openRecording(
  path: string,
  about: Pick<RecordingOptions, 'version' | 'node' | 'log'>,
): Promise<Result<Recording, OperatingError>> {
  const file = await RecordingFile.open(path);
  if (!file.ok) return file;
  const wallTime = () => new Date().toISOString();
  return ok(new Recording({ ...about, file: file.value, clock: systemClock, wallTime }));
}

export class Recording implements LineSink {
  readonly #options: RecordingOptions;
  readonly #tape: Tape;
  #callOff: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;
  #isClosed = false;

  constructor(options: RecordingOptions) {
    const { version, node, clock, wallTime, limits = LIMITS, file } = options;
    this.#options = options;
    const header = (lost: number) =>
      ({
        kind: 'recording',
        format: FORMAT,
        version,
        node,
        at: clock.now(),
        time: wallTime(),
        lost,
      }) as const;
    this.#tape = new Tape(limits, header, file.size);
  }

  /** Lines that the disk did not take in time. */
  get lost(): number {
    return this.#tape.lost;
  }

  /** The same for the status, by its name there. */
  drops(): Readonly<Record<string, number>> {
    return { 'recording lines': this.lost };
  }

  /** What decides for the virtual router of that name, recorded. */
  coreOf(name: string, core: Core = CORE): Core {
    return recordingCore(core, name, this);
  }

  /** What happens around the virtual routers goes with their inputs; their own states follow from those. */
  follow(events: EventLog): void {
    events.subscribe(({ kind, subject, text }) => {
      if (kind !== 'state') this.note(kind, subject, text);
    });
  }

  /** Something that explains the inputs; `about` is its kind, `subject` its name. */
  note(about: string, subject: string, text: string): void {
    if (this.open() === undefined) return;
    const cut = text.slice(0, LONGEST_NOTE);
    this.write({ kind: 'note', at: this.now(), about, subject, text: cut });
  }

  now(): Instant {
    return this.#options.clock.now();
  }

  open(): number | undefined {
    return this.#isClosed ? undefined : this.#tape.open();
  }

  write(line: Line): void {
    this.#tape.write(line);
    if (this.#callOff === undefined && this.#writing === undefined) this.#writeIn(GATHERING);
  }

  /** Writes what waits, as far as the disk takes it in a second. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callOff?.();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    await Promise.race([this.#finish(), late]);
    clearTimeout(timer);
  }

  async #finish(): Promise<void> {
    await this.#writing;
    this.#callOff?.();
    if (!this.#isFailing) while (await this.#writeOne());
    await this.#options.file.close();
  }

  #writeIn(span: typeof RETRY): void {
    this.#callOff = this.#options.clock.after(span, () => {
      this.#callOff = undefined;
      this.#writing = this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const wrote = await this.#writeOne();
    this.#writing = undefined;
    if (this.#isClosed) return;
    if (this.#isFailing) this.#writeIn(RETRY);
    else if (wrote) this.#writeIn(GATHERING);
  }

  /** Whether there was something, and the disk took it. */
  async #writeOne(): Promise<boolean> {
    const { file, log } = this.#options;
    const batch = this.#tape.take();
    if (batch === undefined) return false;
    const failure = await file.append(batch);
    if (failure !== undefined) {
      this.#tape.lose(batch, file.size);
      if (!this.#isFailing)
        log.error({ file: file.path, code: failure.code }, `${failure.message}; it is tried again`);
      this.#isFailing = true;
      return false;
    }
    if (this.#isFailing) log.info({ file: file.path, lost: this.lost }, 'the recording goes on');
    this.#isFailing = false;
    return true;
  }
}
