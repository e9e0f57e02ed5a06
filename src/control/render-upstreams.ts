/** What `locum upstreams` shows: every container that was seen, in with its `server` line, or out with the reason and the fix. Pure. */

import { aligned, harmless, type Row } from '../lib/terminal.ts';
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
    ...(upstream?.servers ?? []).map(({ origin, line }): Row => ['in ', origin, line]),
    ...leftOut
      .filter(out => out.upstream === name)
      .flatMap(({ container, reason, fix }): Row[] => [
        ['out', container, reason],
        ...(fix === '' ? [] : [['', '', `fix: ${fix}`]]),
      ]),
  ];
  if (upstream === undefined) return rows.length === 0 ? [] : ['In no upstream', ...aligned(rows)];
  const empty = upstream.servers.length === 0 ? ': no server, answers 502' : '';
  return [`${upstream.name} (${upstream.balance})${empty}`, ...aligned(rows)];
}
