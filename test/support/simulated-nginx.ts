/** The file and nginx as upstreams see them, in memory and virtual time. */

import { OperatingError } from '../../src/lib/errors.ts';
import { err, ok, type Result } from '../../src/lib/result.ts';
import { milliseconds } from '../../src/lib/time.ts';
import type { ReloadResult } from '../../src/nginx/controller.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A file: two of the same keep their bytes apart. */
export class MemoryStore {
  readonly path = '/etc/nginx/locum/upstreams.conf';
  bytes: string | undefined;
  full = false;
  writes = 0;

  read(): Promise<Result<string | undefined, OperatingError>> {
    return Promise.resolve(ok(this.bytes));
  }

  write(bytes: string | undefined): Promise<Result<void, OperatingError>> {
    if (this.full) return Promise.resolve(err(new OperatingError('ENOSPC', 'disk full')));
    this.writes++;
    this.bytes = bytes;
    return Promise.resolve(ok(undefined));
  }
}

/** nginx as the pipeline sees it: it takes what is in the file, unless the test says otherwise. */
export class SimulatedController {
  outcome: ReloadResult['outcome'] = 'reloaded';
  serving = true;
  reloads = 0;
  running = 0;
  overlapping = 0;
  readonly taken: (string | undefined)[] = [];
  readonly #store: MemoryStore;
  readonly #clock: VirtualClock;

  constructor(store: MemoryStore, clock: VirtualClock) {
    this.#store = store;
    this.#clock = clock;
  }

  isServing(): Promise<boolean> {
    return Promise.resolve(this.serving);
  }

  async reload(): Promise<ReloadResult> {
    this.reloads++;
    this.running++;
    this.overlapping = Math.max(this.overlapping, this.running);
    await new Promise<void>(resolve => {
      this.#clock.after(milliseconds(20), resolve);
    });
    this.running--;
    if (this.outcome === 'reloaded') this.taken.push(this.#store.bytes);
    return { outcome: this.outcome, detail: this.outcome, took: milliseconds(20) } as ReloadResult;
  }
}
