/**
 * The rendered file, and the last bytes of it that nginx took. While others are on trial these lie beside it, where a run that was killed
 * meanwhile finds them again: what is on disk is believed to be good only if nothing lies there. Decides nothing about contents.
 */

import { basename, dirname } from 'node:path';
import type { OperatingError } from '../lib/errors.ts';
import { ok, type Result } from '../lib/result.ts';
import { ConfigStore } from '../nginx/config-store.ts';

type Store = Pick<ConfigStore, 'path' | 'read' | 'write'>;
type Outcome = Result<void, OperatingError>;

/** What lies beside when nginx took no such file at all. */
const NO_FILE = '';
const DONE: Outcome = ok(undefined);

export class UpstreamsFile {
  readonly #store: Store;
  readonly #beside: Store;
  #onDisk: string | undefined;
  #accepted: string | undefined;
  #wasRead = false;
  #onTrial = false;

  constructor(store: Store, beside: Store) {
    this.#store = store;
    this.#beside = beside;
  }

  get path(): string {
    return this.#store.path;
  }

  /** As it was read or written last; undefined when there is no such file. */
  get onDisk(): string | undefined {
    return this.#onDisk;
  }

  /** What nginx took last. */
  get accepted(): string | undefined {
    return this.#accepted;
  }

  /** Whether there are bytes of which nobody has said whether nginx takes them. */
  get isOnTrial(): boolean {
    return this.#onTrial;
  }

  async read(): Promise<Outcome> {
    const beside = this.#wasRead ? undefined : await this.#beside.read();
    if (beside?.ok === false) return beside;
    const reading = await this.#store.read();
    if (!reading.ok) return reading;
    this.#onDisk = reading.value;
    if (beside !== undefined) this.#recall(beside.value);
    return DONE;
  }

  /** Puts bytes there that nginx is to take. */
  async tryOut(bytes: string): Promise<Outcome> {
    if (!this.#onTrial) {
      const keeping = await this.#beside.write(this.#accepted ?? NO_FILE);
      if (!keeping.ok) return keeping;
      this.#onTrial = true;
    }
    return this.#write(bytes);
  }

  /** nginx took what is on disk. */
  async accept(): Promise<Outcome> {
    this.#accepted = this.#onDisk;
    return this.#endTrial();
  }

  /** Puts back what nginx took last. */
  async takeBack(): Promise<Outcome> {
    const writing = this.#onDisk === this.#accepted ? DONE : await this.#write(this.#accepted);
    return writing.ok ? this.#endTrial() : writing;
  }

  #recall(beside: string | undefined): void {
    this.#wasRead = true;
    this.#onTrial = beside !== undefined;
    this.#accepted = beside === NO_FILE ? undefined : (beside ?? this.#onDisk);
  }

  async #write(bytes: string | undefined): Promise<Outcome> {
    const writing = await this.#store.write(bytes);
    if (writing.ok) this.#onDisk = bytes;
    return writing;
  }

  async #endTrial(): Promise<Outcome> {
    const ending = this.#onTrial ? await this.#beside.write(undefined) : DONE;
    if (!ending.ok && ending.error.code !== 'ENOENT') return ending;
    this.#onTrial = false;
    return DONE;
  }
}

/** What is kept beside is outside of an `include *.conf`, and of an `include *`: its name begins with a dot (glob(7)). */
export function openUpstreamsFile(path: string): UpstreamsFile {
  const beside = `${dirname(path)}/.${basename(path)}.accepted`;
  return new UpstreamsFile(new ConfigStore(path), new ConfigStore(beside));
}
