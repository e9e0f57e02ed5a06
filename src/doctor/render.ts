/** The lines as text for a terminal of 100 columns, and as JSON. Pure; names from elsewhere are made harmless. */

import type { Line, LineStatus } from './line.ts';

const WIDTH = 100;
const STATUS_WIDTH = 6;

/** Several lines, the last without a line break. */
export function renderLines(lines: readonly Line[]): string {
  const titles = lines.map(titleOf);
  const titleWidth = Math.min(30, Math.max(...titles.map(title => title.length)) + 2);
  const indent = STATUS_WIDTH + titleWidth;
  const blocks = lines.flatMap(({ status, found, fix }, at) => {
    const head = `${status.padEnd(STATUS_WIDTH)}${(titles[at] ?? '').padEnd(titleWidth)}`;
    const text = wrap(harmless(found), WIDTH - indent);
    const advice = fix === undefined ? [] : wrap(`fix: ${harmless(fix)}`, WIDTH - indent);
    return [...text, ...advice].map((piece, line) => `${line === 0 ? head : ' '.repeat(indent)}${piece}`);
  });
  return [...blocks, '', summary(lines)].join('\n');
}

export interface DoctorJson {
  /** Nothing fails. */
  readonly ok: boolean;
  readonly lines: readonly {
    readonly check: string;
    readonly subject: string;
    readonly status: LineStatus;
    readonly found: string;
    readonly fix: string | null;
  }[];
}

export function linesJson(lines: readonly Line[]): DoctorJson {
  return {
    ok: !hasFailures(lines),
    lines: lines.map(line => ({ ...line, fix: line.fix ?? null })),
  };
}

export const hasFailures = (lines: readonly Line[]): boolean => lines.some(({ status }) => status === 'fail');

function titleOf({ check, subject }: Line): string {
  return harmless(subject === '' ? check : `${check} ${subject}`);
}

function summary(lines: readonly Line[]): string {
  const count = (status: LineStatus): number => lines.filter(line => line.status === status).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (failures > 0)
    return `${plural(failures, 'failure')}, ${plural(warnings, 'warning')}: this node would not do its work.`;
  return warnings > 0 ? `${plural(warnings, 'warning')}, nothing fails.` : 'All is well.';
}

/** Broken at spaces; a word that is longer than the width stays whole, so that it can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A terminal obeys control characters. */
const harmless = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
