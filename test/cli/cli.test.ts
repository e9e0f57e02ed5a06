/** The commands in process: what they print, where, and how they end. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startControlServer } from '../../src/control/server.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { deskWith, keptLog, SNAPSHOT } from '../control/support.ts';
import { ETH0, locum, SMALLEST } from './support.ts';

describe('locum', () => {
  it('helps on standard output, and exits 0', async () => {
    const { code, out, err } = await locum(['--help']);
    assert.deepEqual([code, err], [0, '']);
    for (const command of ['run', 'check', 'explain', 'status', 'decode', 'healthcheck', 'version'])
      assert.match(out, new RegExp(`^ {2}${command}`, 'm'));
  });

  it('refuses what it does not know, with the nearest command', async () => {
    for (const args of [['chek'], ['check', '--ofline'], ['status', 'surplus'], []]) {
      const { code, out, err } = await locum(args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.notEqual(err, '');
    }
    assert.match((await locum(['chek'])).err, /Did you mean check\?/);
  });

  it('says its version', async () => {
    for (const args of [['version'], ['--version']])
      assert.deepEqual(await locum(args), { code: 0, out: '9.8.7\n', err: '', started: undefined });
  });
});

describe('run', () => {
  it('starts the daemon with the configuration and the proxy', async () => {
    const labels = { 'locum.priority': '98' };
    const { code, started, err } = await locum(['run'], {
      environment: SMALLEST,
      dependencies: { readProxy: async () => ({ proxy: { id: 'f00', name: 'web1', labels }, problems: [] }) },
    });
    assert.deepEqual([code, err], [0, '']);
    assert.equal(started?.config.vrrp['default']?.priority, 98);
    assert.equal(started?.context.proxy?.name, 'web1');
    assert.deepEqual([started?.context.nodeName, started?.context.version], ['node-a', '9.8.7']);
  });

  it('does not ask for the proxy when Docker is not used', async () => {
    const { code } = await locum(['run'], {
      environment: { ...SMALLEST, LOCUM_DOCKER__ENABLED: 'false' },
      dependencies: { readProxy: async () => assert.fail('asked') },
    });
    assert.equal(code, 0);
  });

  it('logs warnings and goes on', async () => {
    const { code, out } = await locum(['run'], {
      environment: SMALLEST,
      dependencies: {
        readHost: async () => ({
          interfaces: ETH0,
          capabilities: (1n << 12n) | (1n << 13n),
        }),
      },
    });
    assert.equal(code, 0);
    assert.match(out, /"level":"warn".*"msg":"KILL is missing/);
  });

  it('exits 1 with the reason when the daemon fails', async () => {
    const { code, out } = await locum(['run'], {
      environment: SMALLEST,
      dependencies: {
        runDaemon: async () => {
          throw new OperatingError('EADDRINUSE', 'it is taken', { port: 7 });
        },
      },
    });
    assert.equal(code, 1);
    assert.match(out, /"level":"error".*"code":"EADDRINUSE","port":7,"msg":"the daemon ends: it is taken"/);
  });
});

describe('check', () => {
  it('prints each setting with its source, and the verdict beside', async () => {
    const { code, out, err } = await locum(['check'], { environment: SMALLEST });
    assert.equal(code, 0);
    assert.match(out, /^vrrp\.default\.vrid: +51 +# environment LOCUM_VRID$/m);
    assert.match(out, /^vrrp\.default\.priority: +100 +# default$/m);
    assert.match(err, /All good: Locum would start\.\n$/);
  });

  it('prints every problem at once and exits 2, as text and as JSON', async () => {
    const environment = { ...SMALLEST, LOCUM_VRID: '0', LOCUM_FOO: '1', LOCUM_INTERFACE: 'a/b' };
    const { code, err } = await locum(['check'], { environment });
    assert.equal(code, 2);
    assert.match(err, /3 errors, 0 warnings: Locum would not start\.\n$/);
    const json = await locum(['check', '--json'], { environment });
    const { ok, problems, settings } = JSON.parse(json.out) as Record<string, unknown[]>;
    assert.deepEqual([json.code, json.err, ok, problems?.length], [2, '', false, 3]);
    assert.ok(settings !== undefined && settings.length > 10);
  });

  it('looks neither at the engine nor at the host with --offline', async () => {
    const { code } = await locum(['check', '--offline'], {
      environment: { ...SMALLEST, LOCUM_INTERFACE: 'eth7' },
      dependencies: {
        readProxy: async () => assert.fail('asked'),
        readHost: async () => assert.fail('asked'),
      },
    });
    assert.equal(code, 0);
  });

  it('prints the JSON Schema', async () => {
    const { code, out } = await locum(['check', '--schema']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { title: string }).title, 'Locum');
  });

  it('shows no secret in any form', async () => {
    const environment = {
      ...SMALLEST,
      LOCUM_VERSION: '2',
      LOCUM_AUTH__TYPE: 'pass',
      LOCUM_AUTH__PASSWORD: 'geheim',
    };
    for (const args of [['check'], ['check', '--json']]) {
      const { code, out, err } = await locum(args, { environment });
      assert.equal(code, 0);
      assert.ok(!`${out}${err}`.includes('geheim'));
      assert.match(out, /\(hidden\)/);
    }
  });
});

describe('status and healthcheck', () => {
  async function withDaemon(ok: boolean, use: (socket: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'locum-cli-test-'));
    const socket = join(folder, 'locum.sock');
    const answers = deskWith({ health: () => ({ ok, detail: ok ? 'running' : 'stuck' }) });
    const server = await startControlServer(socket, answers, keptLog());
    try {
      await use(socket);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('ask the daemon at the socket that is named or configured', () =>
    withDaemon(true, async socket => {
      assert.match((await locum(['status', '--socket', socket])).out, /^Locum 0\.1\.0 on node-a/);
      const { code, out } = await locum(['status', '--json'], { environment: { LOCUM_SOCKET: socket } });
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(out), SNAPSHOT);
      const health = await locum(['healthcheck', '--socket', socket]);
      assert.deepEqual([health.code, health.out], [0, 'running\n']);
    }));

  it('exit 1 when the daemon says that it does not work', () =>
    withDaemon(false, async socket => {
      const health = await locum(['healthcheck', '--socket', socket]);
      assert.deepEqual([health.code, health.out], [1, 'stuck\n']);
    }));

  it('exit 1 with one clear message when no daemon answers', async () => {
    for (const command of ['status', 'healthcheck', 'drain', 'undrain']) {
      const { code, out, err } = await locum([command, '--socket', '/nowhere/locum.sock']);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^error: no daemon answers at \/nowhere\/locum\.sock: nothing is there.*\n$/);
    }
  });

  it('exit 2 when the configured socket cannot be one', async () => {
    const { code, err } = await locum(['status'], { environment: { LOCUM_SOCKET: 'relative' } });
    assert.equal(code, 2);
    assert.match(err, /control\.socket/);
  });
});

describe('drain and undrain', () => {
  const failed = { outcome: 'failed', ok: false, text: 'nobody took over', warnings: ['no nft'] } as const;

  async function asked(
    args: readonly string[],
    answers: Parameters<typeof deskWith>[0] = {},
  ): Promise<Awaited<ReturnType<typeof locum>>> {
    const folder = await mkdtemp(join(tmpdir(), 'locum-cli-test-'));
    const socket = join(folder, 'locum.sock');
    const server = await startControlServer(socket, deskWith(answers), keptLog());
    try {
      return await locum([...args, '--socket', socket]);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('exit 0 when it is as asked', async () => {
    const drained = await asked(['drain']);
    assert.deepEqual([drained.code, drained.out], [0, 'drained: handed over\n']);
    const undrained = await asked(['undrain']);
    assert.deepEqual([undrained.code, undrained.out], [0, 'undrained: takes part again\n']);
  });

  it('show the progress, the warnings and the failure, and exit 1', async () => {
    const drain = async (_force: boolean, tell: (progress: string) => void) => {
      tell('held\u001boff');
      return failed;
    };
    const { code, out } = await asked(['drain'], { drain });
    assert.equal(code, 1);
    assert.equal(out, '  held?off\nwarning: no nft\nfailed: nobody took over\n');
    const json = await asked(['drain', '--json'], { drain });
    assert.equal(json.code, 1);
    assert.deepEqual(
      json.out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
      [{ progress: 'held\u001boff' }, failed],
    );
  });

  it('hand --force on', async () => {
    const { out } = await asked(['drain', '--force'], {
      drain: async force => ({ ...failed, text: `force is ${force}`, warnings: [] }),
    });
    assert.equal(out, 'failed: force is true\n');
  });
});
