/** Failures of the world around the daemon: a system call, a file, an engine. Programmer errors use assert instead. */

import type { LogFields } from './logger.ts';

/** An operating failure with a stable code, such as `EPERM` or `docker-unreachable`, and the facts needed to act on it. */
export class OperatingError extends Error {
  override readonly name = 'OperatingError';
  readonly code: string;
  readonly context: LogFields;

  constructor(code: string, message: string, context: LogFields = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.context = context;
  }
}

/** Whether it is an operating failure with that code. */
export function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof OperatingError && thrown.code === code;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
