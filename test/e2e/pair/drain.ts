/** A node is taken out of service as the README says, under load, and brought back. */

import assert from 'node:assert/strict';
import { VIP } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { Load } from '../../support/load.ts';
import { waitFor } from '../../support/wait.ts';

const PER_SECOND = 200;
/** Shorter than the second after which a SYN is sent again. */
const LONG_MS = 500;

export function drain(scenario: Scenario): void {
  scenario('locum drain, then docker stop of nginx: the client sees no failure', async (pair, context) => {
    const { engine, project } = pair;
    const onlooker = { name: 'onlooker', inside: engine.inside, folder: engine.folder };
    const load = await Load.start(onlooker, { address: VIP, perSecond: PER_SECOND, longMs: LONG_MS });
    try {
      const said = await project.exec('locum-a', 'locum', 'drain');
      assert.match(said, /\ndrained: handed over/);
      assert.doesNotMatch(said, /warning/);
      await project.docker('stop', 'nginx-a');
      await pair.heldBy('node-b');
    } finally {
      const totals = await load.stop();
      context.diagnostic(JSON.stringify(totals));
    }
    assert.deepEqual(
      load.notables.filter(({ error }) => error !== undefined),
      [],
    );
    await project.docker('start', 'nginx-a');
    await project.exec('locum-a', 'locum', 'undrain');
    await pair.settled('node-a');
  });

  scenario('a drained node stays so when its sidecar is recreated', async pair => {
    const { project } = pair;
    await project.exec('locum-a', 'locum', 'drain');
    await project.up(['--force-recreate', '--no-deps', 'locum-a']);
    await pair.heldBy('node-b');
    await waitFor(async () => (await project.status('locum-a'))?.drain.state === 'drained', {
      what: 'the new sidecar knows that its node is drained',
      deadlineMs: 20_000,
      everyMs: 100,
    });
    await project.exec('locum-a', 'locum', 'undrain');
    await pair.settled('node-a');
  });
}
