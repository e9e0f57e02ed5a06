/**
 * From nginx's death to the first answer of the other node, as a client on the virtual address sees it: two Locum nodes in namespaces,
 * advertisement interval 1 s, SIGKILL to nginx's master process and workers at once, a new connection every millisecond.
 *
 *     npm run bench -- failover [--runs 20] [--json]
 */

import { parseArgs } from 'node:util';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { Observer } from '../support/observer.ts';
import { NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { waitFor } from '../support/wait.ts';

export const MEDIAN_BOUND_MS = 15;
export const WORST_BOUND_MS = 60;

export interface FailoverResult {
  readonly valuesMs: readonly number[];
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Measures `runs` hand-overs, each from a settled pair. */
export async function measureFailover(
  runs: number,
  onValue: (ms: number) => void = () => {},
): Promise<FailoverResult> {
  const lan = await Lan.create();
  try {
    const client = await lan.host('client', '198.18.51.50/24');
    const nodes = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
      LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
    ]);
    const observer = await Observer.start(client, { address: VIP });
    const valuesMs: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const ms = await measureOnce(nodes, observer);
      valuesMs.push(ms);
      onValue(ms);
    }
    await observer.stop();
    return { valuesMs, ...summary(valuesMs) };
  } finally {
    await lan.close();
  }
}

async function measureOnce(nodes: readonly LocumNode[], observer: Observer): Promise<number> {
  const [better, other] = nodes;
  if (better === undefined || other === undefined) throw new Error('a pair has two nodes');
  await masterIs(better, nodes);
  await waitFor(() => observer.latest?.what === better.name, {
    what: `${better.name} answers`,
    deadlineMs: 10_000,
  });
  const killedUs = better.nginx.kill();
  const { atUs } = await observer.answerOf(other.name, killedUs, 10_000);
  await masterIs(other, nodes);
  await better.nginx.start();
  return (atUs - killedUs) / 1_000;
}

function summary(valuesMs: readonly number[]): { medianMs: number; worstMs: number } {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return { medianMs: (lower + upper) / 2, worstMs: sorted.at(-1) ?? Number.NaN };
}

export async function benchFailover(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  });
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const obstacle = whyNoNamespaces() ?? provide(NAMESPACES, say);
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  say('nginx killed (SIGKILL, master process and workers), until the first answer of the other node, in ms:');
  const result = await measureFailover(Number(values.runs), ms => say(`  ${ms.toFixed(1).padStart(7)}`));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  const good = result.medianMs <= MEDIAN_BOUND_MS && result.worstMs <= WORST_BOUND_MS;
  say(
    `median ${result.medianMs.toFixed(1)} (bound ${MEDIAN_BOUND_MS}), worst ${result.worstMs.toFixed(1)} (bound ${WORST_BOUND_MS})`,
  );
  return good;
}
