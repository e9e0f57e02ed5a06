/** Errors on their way from one process to another: the structured clone keeps a message, and loses the class and its fields. */

import { messageOf, OperatingError } from './errors.ts';
import type { LogFields } from './logger.ts';

export interface PortableError {
  readonly message: string;
  /** Of an OperatingError; undefined for any other. */
  readonly operating: { readonly code: string; readonly context: LogFields } | undefined;
}

/** Without its cause: who needs that is where it was thrown. */
export function portable(thrown: unknown): PortableError {
  const operating =
    thrown instanceof OperatingError ? { code: thrown.code, context: thrown.context } : undefined;
  return { message: messageOf(thrown), operating };
}

export function unpacked({ message, operating }: PortableError): Error {
  return operating === undefined
    ? new Error(message)
    : new OperatingError(operating.code, message, operating.context);
}
