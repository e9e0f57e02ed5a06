/**
 * What is said about a drain on the control socket: JSON lines, as many of progress as there are, and one of the outcome, the last.
 * Types and the text of a line; the server sends them, the command line shows them.
 */

import { harmless } from '../lib/terminal.ts';

/** What happens now. */
export interface DrainProgress {
  readonly progress: string;
}

/** How it ended. */
export interface DrainOutcome {
  readonly outcome: 'drained' | 'undrained' | 'failed' | 'cancelled' | 'refused';
  /** Whether what was asked for is so now. */
  readonly ok: boolean;
  readonly text: string;
  /** What did not work out on the way, and was not needed. */
  readonly warnings: readonly string[];
}

export type DrainLine = DrainProgress | DrainOutcome;

export const isOutcome = (line: DrainLine): line is DrainOutcome => 'outcome' in line;

/** For people: several lines, the last without a line break. */
export function renderDrainLine(line: DrainLine): string {
  if (!isOutcome(line)) return `  ${harmless(line.progress)}`;
  const warnings = line.warnings.map(warning => `warning: ${harmless(warning)}`);
  return [...warnings, harmless(`${line.outcome}: ${line.text}`)].join('\n');
}
