/** What is said about a reload on the control socket: one JSON line, the outcome. The type and its text for people. */

export interface ReloadOutcome {
  /** `unchanged`: nothing differs. `refused`: the configuration that runs goes on as it was. */
  readonly outcome: 'reloaded' | 'unchanged' | 'refused';
  /** Whether what was asked for is so now. */
  readonly ok: boolean;
  readonly text: string;
  /** What is wrong with the configuration, or what did not work out; each may have several lines. */
  readonly warnings: readonly string[];
}

/** For people: several lines, the last without a line break. */
export function renderReload({ outcome, text, warnings }: ReloadOutcome): string {
  return [...warnings, `${outcome}: ${text}`].map(harmless).join('\n');
}

/** Parts of it come from files and labels; problems have lines. */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '?');
}
