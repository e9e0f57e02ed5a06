/** Tables and times as text for a terminal. */

/** Right-aligned columns hold numbers; a column with a width is wrapped at it. */
export interface Column {
  readonly title: string;
  readonly align?: 'right';
  readonly width?: number;
}

/** The title row and the rows, indented, columns two spaces apart. A cell that is wrapped continues on the next line. */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map(row =>
    columns.map(({ width }, i) => wrap(row[i] ?? '', width ?? Number.POSITIVE_INFINITY)),
  );
  const widths = columns.map((_, i) =>
    Math.max(0, ...cells.flatMap(row => (row[i] ?? []).map(({ length }) => length))),
  );
  return cells.flatMap(row => {
    const height = Math.max(1, ...row.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const parts = columns.map(({ align }, i) => {
        const text = row[i]?.[line] ?? '';
        return align === 'right' ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
      });
      return `  ${parts.join('  ')}`.trimEnd();
    });
  });
}

/** Lines of at most the width, broken at line breaks and between words; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap(line => wrapLine(line, width));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `6.2 ms`, `510 ms`, `3.61 s`. */
export function timeText(us: number): string {
  if (us >= 999_500) return `${(us / 1_000_000).toFixed(2)} s`;
  return us >= 99_950 ? `${Math.round(us / 1_000)} ms` : `${(us / 1_000).toFixed(1)} ms`;
}
