/**
 * The rendered file on disk: written beside, synced, renamed (rename(2) is atomic), so that nginx reads the old bytes or the new ones and
 * a full disk or a crash leaves the old. Decides nothing about contents.
 */

import { open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';

/** World-readable: nginx's master may run as another user. */
const MODE = 0o644;

export class ConfigStore {
  readonly path: string;
  /** Beside the file, in the same file system, and outside of an `include *.conf`. */
  readonly #draft: string;

  constructor(path: string) {
    this.path = path;
    this.#draft = `${dirname(path)}/.${basename(path)}.new`;
  }

  /** The bytes on disk; undefined when there is no such file. */
  async read(): Promise<Result<string | undefined, OperatingError>> {
    try {
      return ok(await readFile(this.path, 'utf8'));
    } catch (thrown) {
      return codeOf(thrown) === 'ENOENT' ? ok(undefined) : err(this.#failure('read', thrown));
    }
  }

  /** Replaces the bytes, or leaves the old ones and says why. Undefined removes the file. */
  async write(bytes: string | undefined): Promise<Result<void, OperatingError>> {
    try {
      if (bytes === undefined) await unlink(this.path);
      else await this.#replace(bytes);
      return ok(undefined);
    } catch (thrown) {
      await unlink(this.#draft).catch(() => undefined);
      return err(this.#failure('write', thrown));
    }
  }

  async #replace(bytes: string): Promise<void> {
    // Made anew: what lies there may be a link of somebody else's who may write to the folder, to any file of ours.
    await unlink(this.#draft).catch(() => undefined);
    const draft = await open(this.#draft, 'wx', MODE);
    try {
      await draft.writeFile(bytes);
      await draft.chmod(MODE);
      await draft.sync();
    } finally {
      await draft.close();
    }
    await rename(this.#draft, this.path);
    await syncFolder(dirname(this.path));
  }

  #failure(doing: string, thrown: unknown): OperatingError {
    const code = codeOf(thrown) ?? 'unknown';
    return new OperatingError(
      code,
      `cannot ${doing} nginx's upstreams file ${this.path}: ${messageOf(thrown)}${ADVICE[code] ?? ''}`,
      { file: this.path },
      thrown,
    );
  }
}

/** The new bytes are in place by now; some file systems cannot sync a folder, and then the rename is merely not yet durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

const codeOf = (thrown: unknown): string | undefined => (thrown as NodeJS.ErrnoException).code;

/** What to do, by system error. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: '; mount the folder that nginx includes from, or set nginx.upstreams-file',
  EROFS: '; mount its folder as a writable volume',
  EACCES: '; give this user access to its folder',
  EBUSY: '; mount its folder, not the file itself: a mounted file cannot be replaced',
  EEXIST: '; remove what lies there',
  ENOSPC: '; the file system is full, the old file stays in use',
};
