/** Backends change in every way while clients ask for pages: none of them notices more than a wait. */

import assert from 'node:assert/strict';
import { type Pair, VIP } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { Load } from '../../support/load.ts';
import { waitFor } from '../../support/wait.ts';
import { rendered, serves, start } from './backends.ts';

const PER_SECOND = 500;
/** Longer than nginx waits for a backend that vanished before it asks the next. */
const LONG_MS = 3_000;
const SERVED_WITHIN_MS = 1_000;
const HEALTHY_MS = 60_000;
const SCALED = 'app-2';

export function changes(scenario: Scenario): void {
  scenario(
    'backends scaled, killed, stopped, ill, moved and relabelled under load: no request fails',
    async (pair, context) => {
      const { engine } = pair;
      const onlooker = { name: 'onlooker', inside: engine.inside, folder: engine.folder };
      const load = await Load.start(onlooker, { address: VIP, perSecond: PER_SECOND, longMs: LONG_MS });
      try {
        await scale(pair, 20);
        await killed(pair, 20);
        await scale(pair, 3);
        await stopped(pair);
        await ill(pair);
        await moved(pair);
        await relabelled(pair);
        await scale(pair, 1);
      } finally {
        const totals = await load.stop();
        context.diagnostic(JSON.stringify({ ...totals, ...errorsOf(load) }));
        if (totals.failed > 0) context.diagnostic(await complaintsOf(pair));
      }
      assert.deepEqual(
        load.notables.filter(({ error }) => error !== undefined),
        [],
      );
      await pair.settled('node-a');
    },
  );
}

/** What clients were told instead of a page, and how often. */
function errorsOf({ notables }: Load): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { error } of notables) if (error !== undefined) counts.set(error, (counts.get(error) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** What the proxies complained of, each kind once: the words before the first comma. */
async function complaintsOf({ project }: Pair): Promise<string> {
  const log = await project.compose(['logs', '--no-color', 'nginx-a', 'nginx-b']);
  const kinds = [...log.matchAll(/\[(?:error|crit|alert|emerg)\] \d+#\d+: (?:\*\d+ )?([^\n,]{1,200})/g)];
  return [...new Set(kinds.map(([, kind]) => kind))].slice(0, 10).join('\n');
}

const nameOf = (number: number): string => `locum-pair-${SCALED}-${number}`;

async function scale(pair: Pair, count: number): Promise<void> {
  const { engine, project } = pair;
  await project.up(['--no-recreate', '--scale', `${SCALED}=${count}`]);
  const wanted = Array.from({ length: count }, (_, at) => nameOf(at + 1));
  const healthy = ['ps', '--filter', 'health=healthy', '--filter', `name=^locum-pair-${SCALED}-`, '--quiet'];
  await waitFor(async () => (await engine.docker(healthy)).split('\n').filter(Boolean).length === count, {
    what: `${count} backends are healthy`,
    deadlineMs: HEALTHY_MS,
    everyMs: 100,
  });
  await serving(pair, wanted);
}

/** One that is killed is out, and back when Docker has started it again. */
async function killed(pair: Pair, count: number): Promise<void> {
  await pair.engine.docker(['update', '--restart', 'no', nameOf(2)]);
  await pair.engine.docker(['kill', nameOf(2)]);
  const others = Array.from({ length: count }, (_, at) => nameOf(at + 1)).filter(name => name !== nameOf(2));
  await serving(pair, others);
}

async function stopped(pair: Pair): Promise<void> {
  await pair.engine.docker(['stop', nameOf(3)]);
  await serving(pair, [nameOf(1), nameOf(2)]);
  await pair.engine.docker(['start', nameOf(3)]);
  await healthIs(pair, nameOf(3), 'healthy');
  await serving(pair, [nameOf(1), nameOf(2), nameOf(3)]);
}

async function ill(pair: Pair): Promise<void> {
  await pair.engine.docker(['exec', nameOf(3), 'touch', '/tmp/sick']);
  await healthIs(pair, nameOf(3), 'unhealthy');
  await serving(pair, [nameOf(1), nameOf(2)]);
  await pair.engine.docker(['exec', nameOf(3), 'rm', '/tmp/sick']);
  await healthIs(pair, nameOf(3), 'healthy');
  await serving(pair, [nameOf(1), nameOf(2), nameOf(3)]);
}

/** Off the network that the proxies share, and on it again with another address. */
async function moved(pair: Pair): Promise<void> {
  const network = 'locum-pair_front';
  await pair.engine.docker(['network', 'disconnect', network, nameOf(3)]);
  await serving(pair, [nameOf(1), nameOf(2)]);
  await pair.engine.docker(['network', 'connect', '--ip', '198.18.51.77', network, nameOf(3)]);
  await serving(pair, [nameOf(1), nameOf(2), nameOf(3)]);
  const text = await pair.upstreams('a');
  assert.match(text, new RegExp(`198\\.18\\.51\\.77:8080; # ${nameOf(3)}\n`));
}

/** Docker changes no label of a container: another with its name takes its place. */
async function relabelled(pair: Pair): Promise<void> {
  const name = 'app-3';
  for (const weight of [2, 7]) {
    await start(pair, ['locum.upstream=app', 'locum.port=8080', `locum.weight=${weight}`]);
    await rendered(pair, `the weight ${weight}`, text => serves(text, name, ` weight=${weight};`));
    await pair.engine.docker(['rm', '--force', name]);
  }
  await rendered(pair, 'that it is gone', text => !serves(text, name));
}

function healthIs(pair: Pair, name: string, wanted: string): Promise<unknown> {
  const look = ['inspect', '--format', '{{.State.Health.Status}}', name];
  return waitFor(async () => (await pair.engine.docker(look)) === wanted, {
    what: `${name} is ${wanted}`,
    deadlineMs: HEALTHY_MS,
    everyMs: 50,
  });
}

/** Both nodes' files have these of the scaled backends, and no others, within a second from now. */
async function serving(pair: Pair, names: readonly string[]): Promise<void> {
  const wanted = [...names].sort().join();
  const served = async (): Promise<boolean> => {
    const texts = await Promise.all(['a', 'b'].map(letter => pair.upstreams(letter)));
    return texts.every(text => scaledIn(text) === wanted);
  };
  try {
    await waitFor(served, {
      what: `the upstreams have ${wanted}`,
      deadlineMs: SERVED_WITHIN_MS,
      everyMs: 20,
    });
  } catch (thrown) {
    const seen = await pair.project.exec('locum-a', 'locum', 'upstreams');
    const { upstreams } = (await pair.project.status('locum-a')) ?? {};
    const work = JSON.stringify([upstreams?.lastRender, upstreams?.lastReload, upstreams?.reloads]);
    throw new Error(`${(thrown as Error).message}\n${seen}\n${work}`, { cause: thrown });
  }
}

const scaledIn = (upstreams: string): string =>
  [...upstreams.matchAll(/^ {4}server .* # (locum-pair-app-2-\d+)$/gm)]
    .map(([, name]) => name)
    .sort()
    .join();
