/** A node becomes master: its upstreams are listed, rendered, reloaded and proven at once, and the address does not wait for that. */

import assert from 'node:assert/strict';
import type { Pair } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { waitFor } from '../../support/wait.ts';

const TOGETHER_MS = 500;
const PROMOTED = 'upstreams brought up to date for the promotion';
const STEPS = ['relistMs', 'renderMs', 'reloadMs', 'verifyMs'] as const;

/** A line of the daemon's log. */
type Line = Readonly<Record<string, unknown>>;

export function promotion(scenario: Scenario): void {
  scenario('a promotion brings the upstreams up to date, after the address', async (pair, context) => {
    const { project } = pair;
    const before = promotionsIn(await logOf(pair)).length;
    await project.exec('locum-a', 'locum', 'drain');
    await pair.heldBy('node-b');
    await project.exec('locum-a', 'locum', 'undrain');
    await pair.settled('node-a');
    let seen = '';
    const [found] = await waitFor(
      async () => {
        seen = await logOf(pair);
        const fresh = promotionsIn(seen).slice(before);
        return fresh.length > 0 ? fresh : undefined;
      },
      {
        what: 'node-b tells of its promotion',
        deadlineMs: 10_000,
        everyMs: 100,
        context: () => seen.slice(-4_000),
      },
    );
    context.diagnostic(JSON.stringify(found));
    assert.equal(found?.line['outcome'], 'reloaded');
    const spans = STEPS.map(step => found?.line[step]);
    assert.ok(
      spans.every(span => typeof span === 'number'),
      JSON.stringify(found),
    );
    const together = spans.reduce((sum: number, span) => sum + Number(span), 0);
    assert.ok(together < TOGETHER_MS, `${together} ms`);
    assert.ok(found?.isMaster, 'the address is held and announced before any of it is told');
  });
}

const logOf = ({ engine, project }: Pair): Promise<string> =>
  engine.docker(['logs', project.container('locum-b')]);

/** What a log says of promotions, and whether it had said before that its node is master. */
function promotionsIn(log: string): { readonly line: Line; readonly isMaster: boolean }[] {
  const lines = log.split('\n').flatMap((each): Line[] => (each.startsWith('{') ? [JSON.parse(each)] : []));
  let isMaster = false;
  return lines.flatMap(line => {
    if (line['to'] !== undefined) isMaster = line['to'] === 'master';
    return line['msg'] === PROMOTED ? [{ line, isMaster }] : [];
  });
}
