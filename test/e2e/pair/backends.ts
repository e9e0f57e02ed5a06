/** Backends come, go, change their labels and fall ill: both nodes' upstreams follow within a second, and nginx serves them. */

import { join } from 'node:path';
import { IMAGES } from '../../support/docker-images.ts';
import type { Pair } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { ROOT } from '../../support/paths.ts';
import { waitFor } from '../../support/wait.ts';

const WITHIN_MS = 1_000;
const SERVED_MS = 5_000;
const NAME = 'app-3';
const HEALTH_CHECK = [
  '--health-cmd',
  'test ! -e /tmp/sick',
  '--health-interval',
  '500ms',
  '--health-retries',
  '1',
];

export function backends(scenario: Scenario): void {
  scenario('started, relabelled, stopped, started again, removed', async pair => {
    await start(pair, ['locum.upstream=app', 'locum.port=8080']);
    await rendered(pair, 'the new backend', text => serves(text, NAME, ';'));
    await servedBy(pair, NAME);

    await pair.engine.docker(['rm', '--force', NAME]);
    await start(pair, ['locum.upstream=app', 'locum.port=8080', 'locum.weight=7']);
    await rendered(pair, 'its new weight', text => serves(text, NAME, ' weight=7;'));

    await pair.engine.docker(['stop', NAME]);
    await rendered(pair, 'that it is stopped', text => !serves(text, NAME));
    await pair.engine.docker(['start', NAME]);
    await rendered(pair, 'that it is back', text => serves(text, NAME, ' weight=7;'));

    await pair.engine.docker(['rm', '--force', NAME]);
    await start(pair, ['locum.upstream=other', 'locum.port=8080']);
    await rendered(pair, 'its other upstream', text => /upstream other \{[^}]*# app-3\n/.test(text));
    await pair.engine.docker(['rm', '--force', NAME]);
    await rendered(pair, 'that it is gone', text => !serves(text, NAME));
  });

  scenario('unhealthy, then healthy again', async pair => {
    await start(pair, ['locum.upstream=app', 'locum.port=8080'], HEALTH_CHECK);
    await health(pair, 'healthy');
    await rendered(pair, 'the healthy backend', text => serves(text, NAME, ';'));
    await pair.engine.docker(['exec', NAME, 'touch', '/tmp/sick']);
    await health(pair, 'unhealthy');
    await rendered(pair, 'that it is unhealthy', text => !serves(text, NAME));
    await pair.engine.docker(['exec', NAME, 'rm', '/tmp/sick']);
    await health(pair, 'healthy');
    await rendered(pair, 'that it is healthy again', text => serves(text, NAME, ';'));
    await servedBy(pair, NAME);
    await pair.engine.docker(['rm', '--force', NAME]);
    await rendered(pair, 'that it is gone', text => !serves(text, NAME));
  });

  scenario('a label that could break nginx leaves out its backend and nothing else', async pair => {
    await start(pair, ['locum.upstream=app', 'locum.port=8080; } evil {']);
    await start(pair, ['locum.upstream=app', 'locum.port=8080'], [], 'app-4');
    await rendered(
      pair,
      'the sound backend alone',
      text => serves(text, 'app-4', ';') && !serves(text, NAME) && !/^[^#]*evil/m.test(text),
    );
    await servedBy(pair, 'app-4');
    await pair.engine.docker(['rm', '--force', NAME, 'app-4']);
  });

  scenario(
    'without any backend nginx goes on with an upstream that is down, and serves the first that comes',
    async pair => {
      await pair.project.docker('stop', 'app-1', 'app-2');
      await rendered(
        pair,
        'that none is left',
        text => !serves(text, 'locum-pair-app-1-1') && !serves(text, 'locum-pair-app-2-1'),
      );
      await pair.project.docker('start', 'app-1', 'app-2');
      await servedBy(pair, 'app-1');
      await pair.settled('node-a');
    },
  );
}

/** A backend of no compose project, listening on 8080. */
export async function start(
  { engine }: Pair,
  labels: readonly string[],
  options: readonly string[] = [],
  name = NAME,
): Promise<void> {
  const configuration = `${join(ROOT, 'nginx', 'backend.conf')}:/etc/nginx/nginx.conf:ro`;
  await engine.docker([
    ...['run', '--detach', '--init', '--name', name, '--hostname', name, '--network', 'locum-pair_front'],
    ...['--volume', configuration, ...labels.flatMap(label => ['--label', label])],
    ...[...options, IMAGES.NGINX_IMAGE],
  ]);
}

function health({ engine }: Pair, wanted: string): Promise<unknown> {
  const look = ['inspect', '--format', '{{.State.Health.Status}}', NAME];
  return waitFor(async () => (await engine.docker(look)) === wanted, {
    what: `${NAME} is ${wanted}`,
    deadlineMs: 15_000,
    everyMs: 20,
  });
}

/** Both nodes' files say so within a second from now. */
export async function rendered(pair: Pair, what: string, holds: (text: string) => boolean): Promise<void> {
  const nodes = ['a', 'b'];
  let texts: string[] = [];
  await waitFor(
    async () => {
      texts = await Promise.all(nodes.map(letter => pair.upstreams(letter)));
      return texts.every(holds);
    },
    {
      what: `the upstreams of both nodes show ${what}`,
      deadlineMs: WITHIN_MS,
      context: () => texts.join('\n'),
    },
  );
}

/** Whether a line makes the container a server, with these parameters and no others when given. */
export function serves(text: string, container: string, parameters = ''): boolean {
  const lines = text.split('\n').filter(line => line.endsWith(` # ${container}`));
  return lines.some(
    line => /^ +server 198\.18\.51\.\d+:8080/.test(line) && line.includes(`:8080${parameters}`),
  );
}

async function servedBy(pair: Pair, backend: string): Promise<void> {
  await waitFor(async () => (await pair.request()).backend === backend, {
    what: `a client is served by ${backend}`,
    deadlineMs: SERVED_MS,
  });
}
