/** Text for a terminal: columns, and foreign words made harmless. Pure. */

export type Row = readonly string[];

/** Columns as wide as their widest cell, two spaces apart, indented by two. */
export function aligned(rows: readonly Row[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

/** Names and messages come from containers and packets: no control character of theirs, a line break neither, reaches a terminal. */
export function harmless(line: string): string {
  return line.replace(/\p{Cc}/gu, '?');
}
