/** The pair as a small drawing: who has the address, who answers, at which priority. */

import type { RouterStatus } from '../../src/control/status.ts';

export interface NodeView {
  readonly name: string;
  readonly address: string;
  readonly router: RouterStatus | undefined;
  readonly nginxRuns: boolean;
}

export interface PairView {
  readonly nodes: readonly NodeView[];
  readonly vip: string;
  readonly client: string;
  /** The node that answers the client; undefined: none. */
  readonly answering: string | undefined;
}

export type Paint = (style: 'good' | 'bad' | 'strong', text: string) => string;

const WIDTH = 24;
const INDENT = '  ';
const GAP = '      ';

export function drawPair(view: PairView, paint: Paint): string[] {
  const [left = [], right = []] = view.nodes.map(node => box(node, view, paint));
  const half = Math.floor((WIDTH + 2) / 2);
  const arm = '─'.repeat(WIDTH + 2 + GAP.length - 1);
  const seen =
    view.answering === undefined ? paint('bad', 'no answer') : paint('good', `answers of ${view.answering}`);
  return [
    `${INDENT}client ${view.client} asks ${paint('strong', `http://${view.vip}/`)}: ${seen}`,
    `${INDENT}${' '.repeat(half)}┌${arm}┐`,
    ...left.map((line, row) => `${INDENT}${line}${GAP}${right[row] ?? ''}`),
  ];
}

function box(node: NodeView, view: PairView, paint: Paint): string[] {
  const { router } = node;
  const master = router?.state === 'master';
  const holds = router?.vips.some(vip => vip.present) === true;
  const half = Math.floor(WIDTH / 2);
  const row = (text: string, style?: Parameters<Paint>[0]): string => {
    const padded = ` ${text}`.padEnd(WIDTH);
    return `│${style === undefined ? padded : paint(style, padded)}│`;
  };
  return [
    `┌${'─'.repeat(half)}┴${'─'.repeat(WIDTH - half - 1)}┐`,
    row(`${node.name}  ${node.address}`, 'strong'),
    row(`nginx    ${node.nginxRuns ? 'runs' : 'is dead'}`, node.nginxRuns ? 'good' : 'bad'),
    row(`state    ${router?.state ?? 'unknown'}`, master ? 'good' : undefined),
    row(`priority ${priorityOf(router)}`),
    row(holds ? `▶ ${view.vip}` : '', 'good'),
    `└${'─'.repeat(WIDTH)}┘`,
  ];
}

function priorityOf(router: RouterStatus | undefined): string {
  if (router === undefined) return '?';
  const { basePriority, effectivePriority } = router;
  return effectivePriority === basePriority ? `${basePriority}` : `${effectivePriority} (of ${basePriority})`;
}
