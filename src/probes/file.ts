/**
 * The `file` tracker, keepalived's track_file: the number in a file, multiplied by the weight. A file that is not there, is empty or
 * holds no number stands for 0. Up means 0; any other number counts as down, and is what the weight is multiplied with. One that is there
 * and cannot be read tells nothing: the last number stands.
 *
 * inotify(7) on the file's folder tells changes at once, also when the file is replaced by a rename; where the folder cannot be watched,
 * the interval finds them. The content is never shown unless it is a number.
 */

import { constants, type FSWatcher, watch as watchFolder } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../tracking/tracker.ts';
import { type Inconclusive, inconclusive, type Notify, type Probe } from './probe.ts';

/** More than any number takes; what is longer holds none. */
const LONGEST_BYTES = 64;
/** `echo 5 > file` leaves it empty for a moment: an empty one is read again. */
const BEING_WRITTEN_MS = 5;

export class FileProbe implements Probe {
  readonly #path: string;
  #notify: Notify | undefined;
  #watcher: FSWatcher | undefined;

  /** `path` is absolute. */
  constructor(path: string) {
    this.#path = path;
  }

  async check(): Promise<Outcome | Inconclusive> {
    // The folder may have come, or come anew, since the last time.
    this.#follow();
    try {
      const text = await this.#read();
      return this.#judge(text === '' ? await pause(BEING_WRITTEN_MS).then(() => this.#read()) : text);
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
      if (code === 'ENOENT' || code === 'ENOTDIR')
        return found(0, `there is no ${this.#path}, which counts as 0`);
      return inconclusive(`${this.#path} cannot be read (${code})`);
    }
  }

  watch(notify: Notify): () => void {
    this.#notify = notify;
    return () => {
      this.#notify = undefined;
      this.#unfollow();
    };
  }

  #judge(text: string): Outcome {
    if (text === '') return found(0, `${this.#path} is empty, which counts as 0`);
    if (!/^[-+]?\d{1,9}$/.test(text)) return found(0, `${this.#path} holds no number, which counts as 0`);
    return found(Number(text) + 0, `${this.#path} holds ${Number(text)}`);
  }

  async #read(): Promise<string> {
    // A named pipe would be waited for otherwise.
    const file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(LONGEST_BYTES), 0, LONGEST_BYTES);
      return buffer.toString('latin1', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  }

  #follow(): void {
    if (this.#notify === undefined || this.#watcher !== undefined) return;
    const name = basename(this.#path);
    try {
      const watcher = watchFolder(dirname(this.#path), { persistent: false }, (_type, changed) => {
        if (changed === name) this.#notify?.();
        // The folder's own end has its own name, or none: it is followed anew at the next check.
        else if (changed === null || changed === basename(dirname(this.#path))) this.#unfollow();
      });
      watcher.on('error', () => this.#unfollow());
      this.#watcher = watcher;
    } catch {
      // No folder, or no inotify watch to be had: the interval finds changes.
    }
  }

  #unfollow(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

const found = (value: number, detail: string): Outcome => ({ ok: value === 0, detail, value });
