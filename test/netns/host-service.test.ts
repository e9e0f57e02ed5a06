/**
 * Locum on a host with a plain nginx and no containers (compose/locum-host.service): installed from its package, run by a user who is not
 * root with the capabilities that the unit gives, beside an nginx that is root's.
 */

import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { run } from '../support/docker-command.ts';
import { type InstalledLocum, installLocum } from '../support/installed-locum.ts';
import { addressesOf, type Host, Lan } from '../support/lan.ts';
import type { Finished, InsideProcess } from '../support/namespace.ts';
import { Nginx } from '../support/nginx.ts';
import { ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const UNIT = join(ROOT, 'compose', 'locum-host.service');
const SETTINGS = join(ROOT, 'compose', 'locum-host.yaml');
const VIP = '198.18.60.100/24';
/** Nobody: no user of the machine may be made for a test. */
const USER = 65_534;
const INSTALL_MS = 300_000;

describe('a host without containers', { concurrency: false }, () => {
  let installed: InstalledLocum;
  let lan: Lan;
  before(
    async () => {
      lan = await Lan.create();
      installed = await installLocum();
    },
    { timeout: INSTALL_MS },
  );
  after(async () => {
    await lan?.close();
    await installed?.remove();
  });

  it('the package holds the program and what a user reads, and nothing that was only needed to build it', async () => {
    assert.ok(installed.files.includes('dist/src/main.js'));
    const strange = installed.files.filter(file => !/^(dist\/src\/|[^/]+$)/.test(file));
    assert.deepEqual(strange, []);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal((await run(installed.program, ['--version'])).trim(), version);
  });

  it('systemd finds nothing wrong with the unit', async () => {
    const unit = join(lan.folder, 'locum-host.service');
    const text = await readFile(UNIT, 'utf8');
    assert.match(text, /\/opt\/locum\/dist\/src\/main\.js/);
    await writeFile(unit, text.replaceAll('/opt/locum/dist/src/main.js', installed.program));
    const { stdout, stderr } = await new Plain(await lan.host('verify')).verify(unit);
    assert.equal(stdout + stderr, '');
  });

  it('as its user, with the capabilities of the unit, it holds the address and reloads nginx of root', async () => {
    const plain = await Plain.create(lan, 'host-a', '198.18.60.11/24');
    const capabilities = await capabilitiesOf(UNIT);
    const checked = await plain.locum(installed, capabilities, ['check', ...plain.config]);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    await plain.nginx.start();
    const daemon = await plain.startDaemon(installed, capabilities);
    await waitFor(async () => (await addressesOf(plain.host)).has(VIP), {
      what: 'it holds the address',
      deadlineMs: 20_000,
      context: () => daemon.output,
    });
    await waitFor(() => daemon.output.includes('nginx serves the rendered upstreams'), {
      what: 'nginx took the upstreams',
      deadlineMs: 20_000,
      context: () => daemon.output,
    });
    assert.match(await readFile(plain.nginx.upstreamsFile, 'utf8'), /server 198\.18\.60\.21:8080/);
    const reloaded = await plain.locum(installed, capabilities, ['reload', '--socket', plain.socket]);
    assert.equal(reloaded.code, 0, reloaded.stdout + reloaded.stderr);
    assert.ok((await addressesOf(plain.host)).has(VIP));
    await daemon.stop();
    assert.ok(!(await addressesOf(plain.host)).has(VIP));
  });

  it('without KILL it says so, and what is lost: nginx of another user looks dead', async () => {
    const plain = await Plain.create(lan, 'host-b', '198.18.60.12/24');
    const capabilities = (await capabilitiesOf(UNIT)).filter(name => name !== 'kill');
    const checked = await plain.locum(installed, capabilities, ['check', ...plain.config]);
    assert.match(checked.stdout + checked.stderr, /KILL is missing: an nginx that runs as another user/);
    await plain.nginx.start();
    const daemon = await plain.startDaemon(installed, capabilities);
    await waitFor(() => /"tracker":"nginx".*"health":"down"/.test(daemon.output), {
      what: 'the tracker says that nginx cannot be signalled',
      deadlineMs: 20_000,
      context: () => daemon.output,
    });
    await daemon.stop();
  });
});

/** `CAP_NET_RAW` in the unit is `net_raw` for setpriv(1). */
async function capabilitiesOf(unit: string): Promise<string[]> {
  const [, ambient = ''] = /^AmbientCapabilities=(.*)$/m.exec(await readFile(unit, 'utf8')) ?? [];
  return ambient.split(' ').map(name => name.replace('CAP_', '').toLowerCase());
}

/** A host with root's nginx, and the folders that systemd would make for Locum's user. */
class Plain {
  readonly host: Host;
  readonly nginx: Nginx;

  constructor(host: Host) {
    this.host = host;
    this.nginx = new Nginx(host);
  }

  static async create(lan: Lan, name: string, address: string): Promise<Plain> {
    const plain = new Plain(await lan.host(name, address));
    for (const folder of [lan.folder, plain.host.folder]) await chmod(folder, 0o755);
    await plain.#configure();
    return plain;
  }

  verify(unit: string): Promise<Finished> {
    return this.host.inside.exec('systemd-analyze', ['verify', '--man=no', unit]);
  }

  /** What compose/locum-host.yaml says, with the folders of this host and an upstream. */
  async #configure(): Promise<void> {
    const { folder } = this.host;
    for (const name of ['run', 'state', 'locum']) {
      await mkdir(join(folder, name), { recursive: true });
      await chown(join(folder, name), USER, USER);
    }
    const settings = {
      ...(parse(await readFile(SETTINGS, 'utf8')) as object),
      nginx: { 'upstreams-file': this.nginx.upstreamsFile },
      upstream: { app: { server: { one: { address: '198.18.60.21:8080' } } } },
      control: { socket: this.socket },
      drain: { 'state-file': join(folder, 'state', 'drained.json') },
    };
    await writeFile(this.#settings, stringify(settings));
  }

  get #settings(): string {
    return join(this.host.folder, 'locum.yaml');
  }

  get config(): readonly string[] {
    return ['--config', this.#settings];
  }

  get socket(): string {
    return join(this.host.folder, 'run', 'locum.sock');
  }

  locum(
    installed: InstalledLocum,
    capabilities: readonly string[],
    args: readonly string[],
  ): Promise<Finished> {
    return this.host.inside.exec('setpriv', asUser(installed, capabilities, args));
  }

  startDaemon(installed: InstalledLocum, capabilities: readonly string[]): Promise<InsideProcess> {
    return this.host.inside.spawn('setpriv', asUser(installed, capabilities, ['run', ...this.config]));
  }
}

/** Arguments of setpriv(1) that do what systemd does with User, AmbientCapabilities, CapabilityBoundingSet and NoNewPrivileges. */
function asUser(
  { program }: InstalledLocum,
  capabilities: readonly string[],
  args: readonly string[],
): string[] {
  const set = ['-all', ...capabilities.map(name => `+${name}`)].join(',');
  const user = ['--reuid', String(USER), '--regid', String(USER), '--clear-groups', '--no-new-privs'];
  const rights = ['--inh-caps', set, '--ambient-caps', set, '--bounding-set', set];
  return [...user, ...rights, program, ...args];
}
