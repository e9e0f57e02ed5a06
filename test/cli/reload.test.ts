/** `locum reload` in process, and what a running daemon is given to read its configuration again. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LOADING_HERE } from '../../src/app/config/loading.ts';
import type { ReloadOutcome } from '../../src/control/reload.ts';
import { startControlServer } from '../../src/control/server.ts';
import { deskWith, keptLog } from '../control/support.ts';
import { locum } from './support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-reload-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('locum reload', () => {
  async function asked(outcome: ReloadOutcome, ...options: string[]): Promise<readonly [number, string]> {
    const socket = join(folder, 'locum.sock');
    const server = await startControlServer(socket, deskWith({ reload: async () => outcome }), keptLog());
    try {
      const { code, out } = await locum(['reload', '--socket', socket, ...options]);
      return [code, out];
    } finally {
      await server.close();
    }
  }

  it('exits 0 when the configuration is applied', async () => {
    const outcome = {
      outcome: 'reloaded',
      ok: true,
      text: 'hook added: pager',
      warnings: ['log: later'],
    } as const;
    assert.deepEqual(await asked(outcome), [0, 'log: later\nreloaded: hook added: pager\n']);
    assert.deepEqual(await asked(outcome, '--json'), [0, `${JSON.stringify(outcome)}\n`]);
  });

  it('exits 2 when it is refused, and says everything', async () => {
    const outcome = {
      outcome: 'refused',
      ok: false,
      text: 'the configuration has 1 error',
      warnings: ['error: x'],
    } as const;
    assert.deepEqual(await asked(outcome), [2, 'error: x\nrefused: the configuration has 1 error\n']);
  });

  it('exits 1 when no daemon answers', async () => {
    const { code, err } = await locum(['reload', '--socket', join(folder, 'nobody.sock')]);
    assert.equal(code, 1);
    assert.match(err, /^error: no daemon answers at /);
  });
});

describe('reading the configuration again', () => {
  const yaml = (priority: number): string =>
    `vrrp: { web: { vrid: 51, vip: 198.18.51.100/24, priority: ${priority} } }\n`;

  it('reads file and labels anew, and tries no scheduling, which would change that of the daemon', async () => {
    const file = join(folder, 'locum.yaml');
    await writeFile(file, yaml(101));
    let tried = 0;
    let labels: Record<string, string> = {};
    const { started } = await locum(['run', '--config', file], {
      dependencies: {
        readProxy: async () => ({ proxy: { id: 'f00', name: 'web1', labels }, problems: [] }),
        tryScheduling: async () => void tried++,
      },
    });
    const reread = () =>
      started?.context.reread({
        loading: LOADING_HERE,
        readProxy: async () => ({ proxy: { id: 'f00', name: 'web1', labels }, problems: [] }),
      });
    assert.equal(tried, 1);
    const first = await reread();
    assert.deepEqual(first?.config, started?.config);

    await writeFile(file, yaml(102));
    labels = { 'locum.advert-interval': '2s' };
    const { config } = (await reread()) ?? {};
    const { web } = config?.vrrp ?? {};
    assert.deepEqual([web?.priority, web?.advertInterval], [102, 2_000_000]);

    await writeFile(file, yaml(300));
    const bad = await reread();
    assert.equal(bad?.config, undefined);
    assert.ok(bad?.problems.some(({ path }) => path === 'vrrp.web.priority'));
    assert.equal(tried, 1);
  });
});
