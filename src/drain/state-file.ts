/**
 * The file that makes a drain survive the daemon: its being there says that the node is drained, its content since when. Written beside
 * and renamed (rename(2) is atomic), so that it is there with its content or not at all.
 */

import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';

export interface Remembered {
  /** ISO 8601, UTC; undefined when the file does not say. */
  readonly since: string | undefined;
}

export class StateFile {
  readonly #path: string;
  readonly #draft: string;

  constructor(path: string) {
    this.#path = path;
    this.#draft = `${dirname(path)}/.${basename(path)}.new`;
  }

  /** Undefined when the node is not drained. */
  async read(): Promise<Result<Remembered | undefined, OperatingError>> {
    try {
      return ok({ since: sinceOf(await readFile(this.#path, 'utf8')) });
    } catch (thrown) {
      return codeOf(thrown) === 'ENOENT' ? ok(undefined) : err(this.#failure('read', thrown));
    }
  }

  /** `since`: ISO 8601, UTC. */
  async write(since: string): Promise<Result<void, OperatingError>> {
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(this.#draft, `${JSON.stringify({ drained: true, since })}\n`, { flush: true });
      await rename(this.#draft, this.#path);
      return ok(undefined);
    } catch (thrown) {
      await unlink(this.#draft).catch(() => undefined);
      return err(this.#failure('write', thrown));
    }
  }

  /** That there is none is no failure. */
  async remove(): Promise<Result<void, OperatingError>> {
    try {
      await unlink(this.#path);
      return ok(undefined);
    } catch (thrown) {
      return codeOf(thrown) === 'ENOENT' ? ok(undefined) : err(this.#failure('remove', thrown));
    }
  }

  #failure(doing: string, thrown: unknown): OperatingError {
    const code = codeOf(thrown) ?? 'unknown';
    return new OperatingError(
      code,
      `cannot ${doing} ${this.#path}: ${messageOf(thrown)}${ADVICE[code] ?? ''}`,
      { file: this.#path },
      thrown,
    );
  }
}

/** Whoever wrote something else there meant the file to be there. */
function sinceOf(text: string): string | undefined {
  try {
    const content = JSON.parse(text) as unknown;
    const since = typeof content === 'object' && content !== null && 'since' in content && content.since;
    return typeof since === 'string' && !Number.isNaN(Date.parse(since)) ? since : undefined;
  } catch {
    return undefined;
  }
}

const codeOf = (thrown: unknown): string | undefined => (thrown as NodeJS.ErrnoException).code;

/** What to do, by system error. */
const ADVICE: Readonly<Record<string, string>> = {
  EROFS: '; mount a writable volume at its folder, or set drain.state-file',
  EACCES: '; give this user access to its folder, or set drain.state-file',
  EEXIST: '; its folder is a file: set drain.state-file to a path in a folder',
  ENOTDIR: '; set drain.state-file to a path in a folder',
  EISDIR: '; set drain.state-file to the path of a file',
  ENOSPC: '; the file system is full',
};
