/** Bad input to `locum run`: one clear message each, exit code 2, and nothing was touched. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readProxy } from '../../src/app/proxy-reading.ts';
import { lookAtFile } from '../../src/app/survey.ts';
import { locum, SMALLEST, type World } from './support.ts';

/** Runs, and gives the one message there must be. */
async function refused(world: World, args: readonly string[] = []): Promise<string> {
  const { code, out, err, started } = await locum(['run', ...args], world);
  assert.equal(code, 2, err);
  assert.equal(started, undefined);
  assert.equal(out, '');
  assert.equal(err.match(/^error:/gm)?.length, 1, err);
  assert.match(err, /\n {4}from: \S.*\n {4}fix: {2}\S.*\nLocum does not start; nothing was touched.\n$/);
  return err;
}

const withLabels = (labels: Record<string, string>): World => ({
  dependencies: { readProxy: async () => ({ proxy: { id: 'f00', name: 'web1', labels }, problems: [] }) },
});

it('a missing capability', async () => {
  const readHost = async () => ({ interfaces: [], capabilities: (1n << 12n) | (1n << 5n) });
  const environment = { ...SMALLEST, LOCUM_INTERFACE: 'eth0' };
  const host = { interfaces: [{ name: 'eth0', up: false, addresses: [] }] };
  const message = await refused({
    environment,
    dependencies: { readHost: async () => ({ ...(await readHost()), ...host }) },
  });
  assert.match(message, /capabilities: NET_RAW is missing: .*\n.*CapEff.*\n.*cap_add: \[NET_RAW\]/);
});

it('an unknown interface', async () => {
  const message = await refused({ environment: { ...SMALLEST, LOCUM_INTERFACE: 'eth7' } });
  assert.match(
    message,
    /no interface eth7; there are eth0 \(198.18.51.2\/24\)\n {4}from: environment LOCUM_INTERFACE/,
  );
});

it("a VIP outside the interface's networks", async () => {
  const environment = { ...SMALLEST, LOCUM_VIP: '198.18.51.100/24,198.19.0.1/24' };
  assert.match(await refused({ environment }), /198.19.0.1\/24 lies in no network of eth0.*\n.*LOCUM_VIP/);
});

it('VRID 0', async () => {
  const message = await refused(withLabels({ 'locum.vrid': '0', 'locum.vip': '198.18.51.100/24' }));
  assert.match(
    message,
    /vrid: must be a whole number from 1 to 255 \(is "0"\)\n.*label locum.vrid on container web1/,
  );
});

it('VRID 256', async () => {
  assert.match(await refused({ environment: { ...SMALLEST, LOCUM_VRID: '256' } }), /1 to 255 \(is "256"\)/);
});

it('a priority out of range', async () => {
  assert.match(
    await refused({ environment: { ...SMALLEST, LOCUM_PRIORITY: '300' } }),
    /1 to 255 \(is "300"\)/,
  );
});

it('two routers with one VRID', async () => {
  const labels = {
    'locum.vrrp.a.vrid': '7',
    'locum.vrrp.a.vip': '198.18.51.101/24',
    'locum.vrrp.b.vrid': '7',
    'locum.vrrp.b.vip': '198.18.51.102/24',
  };
  assert.match(await refused(withLabels(labels)), /vrrp.b.vrid: is also the VRID of a/);
});

it('an unknown label', async () => {
  const message = await refused({ environment: SMALLEST, ...withLabels({ 'locum.prioritty': '100' }) });
  assert.match(message, /prioritty: is not a setting\n.*on container web1\n.*did you mean priority\?/);
});

it('a malformed label', async () => {
  const message = await refused({
    environment: SMALLEST,
    ...withLabels({ 'locum.track.nginx.interval': 'soon' }),
  });
  assert.match(
    message,
    /track.nginx.interval: must be a time .*\(is "soon"\)\n.*label locum.track.nginx.interval/,
  );
});

it('unreadable YAML', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'locum-bad-input-test-'));
  try {
    const file = join(folder, 'locum.yaml');
    await writeFile(file, 'vrid: 51\nvip: "198.18.51.100/24\n');
    assert.match(
      await refused({}, ['--config', file]),
      /not valid YAML: Missing closing quote\n.*locum.yaml:/,
    );
    assert.match(await refused({}, ['--config', join(folder, 'none')]), /there is no such file\n.*--config/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('an unreachable Docker engine', async () => {
  const host = `unix://${join(tmpdir(), `locum-no-engine-${process.pid}.sock`)}`;
  const message = await refused({
    environment: { ...SMALLEST, LOCUM_DOCKER__HOST: host },
    dependencies: { readProxy },
  });
  assert.ok(message.includes(host), message);
  assert.match(message, /docker.host: .*\n.*environment LOCUM_DOCKER__HOST\n.*docker.enabled to false/);
});

it('a tracker whose program is missing', async () => {
  const tracker = { LOCUM_TRACK__APP__TYPE: 'exec', LOCUM_TRACK__APP__COMMAND: '/opt/none --fast' };
  const environment = { ...SMALLEST, LOCUM_INTERFACE: 'eth0', ...tracker };
  assert.match(
    await refused({ environment, dependencies: { lookAtFile } }),
    /track.app.command: there is no file \/opt\/none\n.*environment LOCUM_TRACK__APP__COMMAND/,
  );
});

it('an engine whose key is missing', async () => {
  const key = {
    LOCUM_DOCKER__ENGINE__FAR__HOST: 'ssh://locum@198.18.51.13',
    LOCUM_DOCKER__ENGINE__FAR__SSH_KEY: '/certs/none',
    LOCUM_DOCKER__ENGINE__FAR__SSH_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
  };
  const environment = { ...SMALLEST, LOCUM_INTERFACE: 'eth0', ...key };
  assert.match(
    await refused({ environment, dependencies: { lookAtFile } }),
    /docker.engine.far.ssh-key: there is no file \/certs\/none\n.*environment LOCUM_DOCKER__ENGINE__FAR__SSH_KEY/,
  );
});

it('a hook whose program is missing', async () => {
  const hook = { LOCUM_NOTIFY__PAGER__TYPE: 'exec', LOCUM_NOTIFY__PAGER__COMMAND: '/opt/none --loud' };
  const environment = { ...SMALLEST, LOCUM_INTERFACE: 'eth0', ...hook };
  assert.match(
    await refused({ environment, dependencies: { lookAtFile } }),
    /notify.pager.command: there is no file \/opt\/none\n.*environment LOCUM_NOTIFY__PAGER__COMMAND/,
  );
});
