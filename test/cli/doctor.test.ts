/** `locum doctor` as a command: exit codes, what is handed to the examination, and what is never printed. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExamineOptions } from '../../src/app/doctor/examine.ts';
import type { Facts } from '../../src/doctor/diagnose.ts';
import type { DoctorJson } from '../../src/doctor/render.ts';
import { seconds } from '../../src/lib/time.ts';
import { HEALTHY, link, own, speaker } from '../doctor/support.ts';
import { ETH0, locum, SMALLEST, type World } from './support.ts';

interface Seen {
  options: ExamineOptions | undefined;
}

function world(facts: Facts = HEALTHY, parts: World = {}): { world: World; seen: Seen } {
  const seen: Seen = { options: undefined };
  const examine = async (options: ExamineOptions): Promise<Facts> => {
    seen.options = options;
    options.onListening(seconds(3));
    return { ...facts, capabilities: options.capabilities };
  };
  const environment = { ...SMALLEST, ...parts.environment };
  return { world: { environment, dependencies: { examine, ...parts.dependencies } }, seen };
}

const SICK: Facts = { ...HEALTHY, links: [link({ routers: [own({ state: 'backup' })] })] };

describe('locum doctor', () => {
  test('exits with 0 when nothing fails, and says so', async () => {
    const { code, out, err } = await locum(['doctor'], world().world);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^ok {4}configuration .*\n(?:.*\n)+All is well\.\n$/);
  });

  test('exits with 0 on a warning, with 1 on a failure', async () => {
    const { docker } = HEALTHY;
    assert.ok(docker);
    const warned = { ...HEALTHY, docker: { ...docker, beyond: 'answered' } } as const;
    assert.equal((await locum(['doctor'], world(warned).world)).code, 0);
    const { code, out } = await locum(['doctor'], world(SICK).world);
    assert.equal(code, 1);
    assert.match(out, /^fail {2}vrrp web VRID 51 .*\n/m);
  });

  test('exits with 2 when the configuration is refused, and examines nothing', async () => {
    const { world: given, seen } = world(HEALTHY, { environment: { LOCUM_PRIORITY: '900' } });
    const { code, out, err } = await locum(['doctor'], given);
    assert.deepEqual([code, out, seen.options], [2, '', undefined]);
    assert.match(err, /priority/);
    assert.match(err, /Nothing was examined/);
  });

  test('refuses a time to listen that is none', async () => {
    for (const listen of ['soon', '0s', '3h'])
      assert.equal((await locum(['doctor', '--listen', listen], world().world)).code, 2, listen);
    const { world: given, seen } = world();
    await locum(['doctor', '--listen', '12s'], given);
    assert.equal(seen.options?.listen, seconds(12));
  });

  test('goes on where this host cannot run the configuration: that is what it is for', async () => {
    const engine = {
      severity: 'error',
      path: 'docker.host',
      what: 'cannot be asked',
      source: 'default',
      fix: 'mount it',
    } as const;
    const { world: given, seen } = world(HEALTHY, {
      dependencies: {
        readProxy: async () => ({ proxy: undefined, problems: [engine] }),
        readHost: async () => ({ interfaces: ETH0, capabilities: 0n }),
      },
    });
    const { code, out } = await locum(['doctor'], given);
    assert.equal(code, 1);
    assert.match(out, /^fail {2}capabilities .*NET_ADMIN is missing/m);
    assert.equal(seen.options?.capabilities.problems.length, 3);
  });

  test('with --json prints one object with every line', async () => {
    const { code, out } = await locum(['doctor', '--json'], world(SICK).world);
    const { ok, lines } = JSON.parse(out) as DoctorJson;
    assert.deepEqual([code, ok], [1, false]);
    assert.deepEqual(
      lines.filter(({ status }) => status === 'fail').map(({ check }) => check),
      ['vrrp'],
    );
  });

  test('never prints a password', async () => {
    const refused = { reason: 'auth-password', detail: 'the password differs' };
    const heard = { speakers: [speaker({ refused })], listenedMs: 3_100 };
    const { world: given } = world(
      { ...HEALTHY, links: [link({ heard })] },
      {
        environment: {
          LOCUM_VRRP__DEFAULT__VERSION: '2',
          LOCUM_VRRP__DEFAULT__AUTH__TYPE: 'pass',
          LOCUM_VRRP__DEFAULT__AUTH__PASSWORD: 'geheim77',
        },
      },
    );
    for (const format of [[], ['--json']]) {
      const { code, out, err } = await locum(['doctor', ...format], given);
      assert.equal(code, 1, err);
      assert.doesNotMatch(out + err, /geheim77/);
    }
  });
});
