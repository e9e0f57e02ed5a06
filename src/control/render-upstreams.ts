/** What `locum upstreams` shows: every container that was seen, in with its `server` line, or out with the reason and the fix. Pure. */

import type { UpstreamsStatus } from './status.ts';

export function renderUpstreams(status: UpstreamsStatus): string {
  const groups = [...status.upstreams.map(({ name }) => name), null];
  const sections = groups.map(name => section(status, name)).filter(lines => lines.length > 0);
  const rest = status.unasked.join(', ');
  return [
    ...sections.flatMap(lines => [...lines, '']),
    ...(rest === '' ? [] : [`Without a label that asks for it: ${rest}`, '']),
    ...status.warnings.map(warning => `warning: ${warning}`),
    `Rendered into ${status.file}`,
  ]
    .map(harmless)
    .join('\n');
}

function section({ upstreams, leftOut }: UpstreamsStatus, name: string | null): readonly string[] {
  const upstream = upstreams.find(each => each.name === name);
  const rows = [
    ...(upstream?.servers ?? []).map(({ origin, line }) => ['in', origin, line, '']),
    ...leftOut
      .filter(out => out.upstream === name)
      .map(({ container, reason, fix }) => ['out', container, reason, fix]),
  ];
  if (upstream === undefined) return rows.length === 0 ? [] : ['In no upstream', ...aligned(rows)];
  const empty = upstream.servers.length === 0 ? ': no server, answers 502' : '';
  return [`${upstream.name} (${upstream.balance})${empty}`, ...aligned(rows)];
}

/** Three columns, and the fix under its reason. */
function aligned(rows: readonly string[][]): readonly string[] {
  const width = Math.max(0, ...rows.map(([, who = '']) => who.length));
  return rows.flatMap(([verdict = '', who = '', what = '', fix = '']) => {
    const line = `  ${verdict.padEnd(3)}  ${who.padEnd(width)}  ${what}`.trimEnd();
    return fix === '' ? [line] : [line, `${' '.repeat(7 + width + 2)}fix: ${fix}`];
  });
}

/** Names and messages come from containers: no control character of theirs reaches a terminal. */
function harmless(line: string): string {
  return line.replace(/\p{Cc}/gu, '?');
}
