/**
 * Every way to run Locum that compose/README.md offers, on two engines on two hosts of one LAN: each comes up by its command and survives
 * the same table of mishaps. Ways of the two engines are at work at the same time.
 */

import { after, before, describe, it } from 'node:test';
import { Hosts } from '../support/docker-hosts.ts';
import { IMAGES } from '../support/docker-images.ts';
import { ONLOOKER, type Way } from '../support/docker-way.ts';
import type { Engine } from '../support/engine.ts';
import { SCENARIOS } from './ways/scenarios.ts';
import { BOTH_HOSTS, FIRST_HOST, SECOND_HOST, SITE_NETWORK, type WayEntry } from './ways/table.ts';

const SET_UP_MS = 600_000;
const SCENARIO_MS = 300_000;

describe('ways to run', { concurrency: false }, () => {
  let hosts: Hosts;
  before(
    async () => {
      hosts = await Hosts.start('filtered', 'hardened');
      await Promise.all([hosts.a, hosts.b].map(({ engine }) => furnish(engine)));
    },
    { timeout: SET_UP_MS },
  );
  after(() => hosts?.close());

  const survives = ({ title, on, more = [] }: WayEntry): void => {
    describe(`compose/${title}`, { concurrency: false }, () => {
      let way: Way;
      before(
        async () => {
          way = on(hosts);
          await way.up();
        },
        { timeout: SET_UP_MS },
      );
      after(() => way?.down());
      for (const { name, act } of [...SCENARIOS, ...more])
        it(name, { timeout: SCENARIO_MS }, async () => {
          // What a failed one left is not the next one's.
          await way.up();
          await act(way);
          await way.settled();
        });
    });
  };

  BOTH_HOSTS.forEach(survives);
  describe('each on one host', { concurrency: true }, () => {
    for (const [host, entries] of Object.entries({ first: FIRST_HOST, second: SECOND_HOST }))
      describe(`the ${host}`, { concurrency: false }, () => entries.forEach(survives));
  });
});

/** What the ways find on a host: the LAN of an nginx that is there already, and somebody who looks. */
async function furnish(engine: Engine): Promise<void> {
  const { name, subnet } = SITE_NETWORK;
  await engine.docker(['network', 'create', '--subnet', subnet, name]);
  const options = ['--detach', '--init', '--restart', 'unless-stopped', '--network', 'host'];
  const command = ['--entrypoint', 'sleep', IMAGES.NGINX_IMAGE, 'infinity'];
  await engine.docker(['run', ...options, '--name', ONLOOKER, ...command]);
}
