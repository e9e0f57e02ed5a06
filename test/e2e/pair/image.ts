/** The images by themselves: what the sidecar's promises and refuses, and nginx before anything was rendered. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { finish } from '../../support/docker-command.ts';
import { IMAGES } from '../../support/docker-images.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { ROOT } from '../../support/paths.ts';
import { waitFor } from '../../support/wait.ts';

const MOST_MEGABYTES = 260;

export function image(scenario: Scenario): void {
  scenario('the image says what it is, checks its health, and is small', async ({ engine }) => {
    const text = await engine.docker(['image', 'inspect', '--format', '{{json .}}', IMAGES.SIDECAR_IMAGE]);
    const { Config, Size } = JSON.parse(text) as {
      Config: {
        Labels: Record<string, string>;
        Healthcheck: { Test: string[] };
        Entrypoint: string[];
        Cmd: string[];
      };
      Size: number;
    };
    assert.equal(Config.Labels['locum.role'], 'sidecar');
    assert.deepEqual(Config.Healthcheck.Test, ['CMD', 'locum', 'healthcheck']);
    assert.deepEqual([...Config.Entrypoint, ...Config.Cmd], ['locum', 'run']);
    assert.ok(Size < MOST_MEGABYTES * 1_000_000, `${Math.round(Size / 1_000_000)} MB`);
  });

  scenario('without its capabilities it refuses with code 2 and says which', async ({ engine }) => {
    const settings = { LOCUM_VIP: '198.18.51.100/24', LOCUM_VRID: '51', LOCUM_DOCKER__ENABLED: 'false' };
    const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const options = ['run', '--rm', '--cap-drop', 'ALL', '--network', 'locum-pair_front', ...env];
    const { code, stdout, stderr } = await finish('docker', [...options, IMAGES.SIDECAR_IMAGE], {
      env: engine.env,
    });
    assert.equal(code, 2, stdout + stderr);
    assert.match(stdout + stderr, /NET_RAW/);
    assert.match(stdout + stderr, /NET_ADMIN/);
  });

  scenario(
    'nginx starts before anything was rendered: it answers 502, with the name of its node',
    async ({ engine }) => {
      const name = 'bare';
      const files = { 'nginx.conf': 'nginx.conf', 'default.conf': 'conf.d/default.conf' };
      const volumes = Object.entries(files).flatMap(([file, place]) => [
        '--volume',
        `${join(ROOT, 'nginx', file)}:/etc/nginx/${place}:ro`,
      ]);
      await engine.docker([
        'run',
        '--detach',
        '--name',
        name,
        '--hostname',
        name,
        ...volumes,
        IMAGES.NGINX_IMAGE,
      ]);
      try {
        const answer = await waitFor(
          () => engine.docker(['exec', name, 'curl', '-si', 'http://127.0.0.1/']),
          {
            what: 'nginx answers',
            deadlineMs: 10_000,
            everyMs: 100,
          },
        );
        assert.match(answer, /^HTTP\/1\.1 502 /);
        assert.match(answer, /^X-Locum-Node: bare\r?$/im);
        const counters = await engine.docker([
          'exec',
          name,
          'curl',
          '-s',
          'http://127.0.0.1:9180/nginx_status',
        ]);
        assert.match(counters, /^Active connections: \d+/);
      } finally {
        await engine.docker(['rm', '--force', name]);
      }
    },
  );
}
