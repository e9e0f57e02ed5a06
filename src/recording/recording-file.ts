/**
 * The file of a recording, and its one predecessor `FILE.1`: opened for appending with mode 0600, rotated by rename(2). A file that is
 * there and is no recording is never touched. Every call is asynchronous; one that fails leaves whole lines in the file, as far as the disk
 * allows, and the next call opens it anew.
 */

import { constants, type FileHandle, open, rename, stat } from 'node:fs/promises';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Batch } from './tape.ts';

/** A link is not followed: in a folder that others may write to it could lead anywhere. A pipe does not keep us waiting. */
const FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const OURS_ALONE = 0o600;
const BEGINNING = '{"kind":"recording"';
/** Longer than any line. */
const TAIL_BYTES = 65_536;

export class RecordingFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  #size = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Opens or makes it, so that a path that cannot be written to is known at once. */
  static async open(path: string): Promise<Result<RecordingFile, OperatingError>> {
    const file = new RecordingFile(path);
    const failure = await file.#attempt('open', () => file.#open());
    return failure === undefined ? ok(file) : err(failure);
  }

  /** In bytes, of whole lines. */
  get size(): number {
    return this.#size;
  }

  /** Undefined when all of it is in the file; none of it otherwise. */
  append({ text, startsFile }: Pick<Batch, 'text' | 'startsFile'>): Promise<OperatingError | undefined> {
    return this.#attempt('write', async () => {
      if (this.#handle === undefined) await this.#open();
      else await this.#assertThere(this.#handle);
      if (startsFile && this.#size > 0) await this.#rotate();
      const octets = Buffer.from(text);
      await this.#handle?.appendFile(octets);
      this.#size += octets.length;
    });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #attempt(doing: string, act: () => Promise<void>): Promise<OperatingError | undefined> {
    try {
      await act();
      return undefined;
    } catch (thrown) {
      // What was written of a line that does not fit would make the rest unreadable.
      await this.#handle?.truncate(this.#size).catch(() => undefined);
      await this.close();
      return thrown instanceof OperatingError ? thrown : this.#failure(doing, thrown);
    }
  }

  async #open(): Promise<void> {
    const handle = await open(this.path, FLAGS, OURS_ALONE);
    try {
      this.#size = await this.#prepare(handle);
      this.#handle = handle;
    } catch (thrown) {
      await handle.close().catch(() => undefined);
      throw thrown;
    }
  }

  /** The size of what is there and is a recording, less a line that was cut. */
  async #prepare(handle: FileHandle): Promise<number> {
    const found = await handle.stat();
    if (!found.isFile()) throw this.#refusal('is no regular file');
    if (found.size === 0) return 0;
    const beginning = await readAt(handle, 0, BEGINNING.length);
    if (beginning.toString() !== BEGINNING)
      throw this.#refusal('is there already and is no recording of Locum');
    if ((found.mode & 0o777) !== OURS_ALONE) await handle.chmod(OURS_ALONE);
    const from = Math.max(0, found.size - TAIL_BYTES);
    const end = from + (await readAt(handle, from, found.size - from)).lastIndexOf('\n') + 1;
    if (end < found.size) await handle.truncate(end);
    return end;
  }

  async #assertThere(handle: FileHandle): Promise<void> {
    const [here, there] = await Promise.all([handle.stat(), stat(this.path).catch(() => undefined)]);
    if (there?.ino === here.ino && there.dev === here.dev) return;
    // What was moved away stays as it is.
    await this.close();
    this.#size = 0;
    throw new OperatingError('ENOENT', `${this.path} was removed or replaced`, { file: this.path });
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.path, predecessorOf(this.path));
    this.#size = 0;
    await this.#open();
  }

  #refusal(what: string): OperatingError {
    return new OperatingError('EEXIST', `${this.path} ${what}; name another file for the recording`, {
      file: this.path,
    });
  }

  #failure(doing: string, thrown: unknown): OperatingError {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
    const text = `cannot ${doing} the recording ${this.path}: ${messageOf(thrown)}${ADVICE[code] ?? ''}`;
    return new OperatingError(code, text, { file: this.path }, thrown);
  }
}

/** Where the file before this one is kept. */
export function predecessorOf(path: string): string {
  return `${path}.1`;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** What to do, by system error. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: '; make its folder first, or mount a volume there',
  ENOTDIR: '; name a file in a folder',
  EISDIR: '; name a file, not a folder',
  EROFS: '; mount a writable volume at its folder',
  EACCES: '; give this user access to its folder',
  EPERM: '; the file belongs to another user',
  ELOOP: '; a symbolic link is not followed',
  ENOSPC: '; the file system is full',
};
