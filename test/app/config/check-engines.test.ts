/** The credentials for engines of other hosts: missing, unreadable or open to all is told before the run, each with its setting. */

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkEngines, credentialsOf } from '../../../src/app/config/check-engines.ts';
import type { FileLook } from '../../../src/app/config/check-program.ts';
import { lookAtFile } from '../../../src/app/survey.ts';
import { load, onlyProblem, SMALLEST, FILE as YAML } from './support.ts';

const ENGINES = `docker:
  engine:
    far:
      host: tcp://198.18.51.12:2376
      tls-ca: /certs/ca.pem
      tls-cert: /certs/cert.pem
      tls-key: /certs/key.pem
    further:
      host: ssh://locum@198.18.51.13
      ssh-key: /certs/id_ed25519
      ssh-fingerprint: SHA256:${'A'.repeat(43)}
`;
const SOUND: FileLook = {
  kind: 'file',
  readable: true,
  executable: false,
  readableByAll: false,
  writableByAll: false,
};

/** What is found where each credential is sound, but for one. */
function check(path: string, look: Partial<FileLook>) {
  const { config, settings } = load({ environment: SMALLEST, yaml: ENGINES });
  assert.ok(config !== undefined);
  const files = new Map(credentialsOf(config).map(each => [each, SOUND]));
  assert.ok(files.has(path));
  return checkEngines(config, files.set(path, { ...SOUND, ...look }), settings);
}

describe('the credentials of an engine', () => {
  it('are all looked at, and sound ones are nothing to speak of', () => {
    const { config } = load({ environment: SMALLEST, yaml: ENGINES });
    assert.deepEqual(config && credentialsOf(config), [
      '/certs/ca.pem',
      '/certs/cert.pem',
      '/certs/key.pem',
      '/certs/id_ed25519',
    ]);
    assert.deepEqual(check('/certs/ca.pem', { readableByAll: true }), [], 'a certificate is no secret');
  });

  it('are an error when they are missing, no file, or not to be read', () => {
    const missing = onlyProblem(check('/certs/ca.pem', { kind: 'missing' }), 'docker.engine.far.tls-ca');
    assert.deepEqual(missing, {
      path: 'docker.engine.far.tls-ca',
      source: `${YAML}:5`,
      severity: 'error',
      what: 'there is no file /certs/ca.pem',
      fix: "mount the file into Locum's container, or correct the path",
    });
    const folder = onlyProblem(check('/certs/cert.pem', { kind: 'folder' }), 'docker.engine.far.tls-cert');
    assert.match(folder.what, /is no file/);
    const closed = onlyProblem(
      check('/certs/id_ed25519', { readable: false }),
      'docker.engine.further.ssh-key',
    );
    assert.deepEqual(
      [closed.severity, closed.what],
      ['error', '/certs/id_ed25519 cannot be read by this user'],
    );
  });

  it('are a warning when everybody can read a key, or change whom Locum believes', () => {
    for (const [path, setting] of [
      ['/certs/key.pem', 'far.tls-key'],
      ['/certs/id_ed25519', 'further.ssh-key'],
    ] as const) {
      const open = onlyProblem(check(path, { readableByAll: true }), `docker.engine.${setting}`);
      assert.deepEqual([open.severity, open.fix], ['warning', `chmod o-rw ${path}`]);
    }
    const changeable = onlyProblem(
      check('/certs/ca.pem', { writableByAll: true }),
      'docker.engine.far.tls-ca',
    );
    assert.deepEqual([changeable.severity, changeable.fix], ['warning', 'chmod o-w /certs/ca.pem']);
  });

  it('are seen as the file system has them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'locum-credentials-test-'));
    try {
      const key = join(folder, 'key.pem');
      await writeFile(key, 'secret', { mode: 0o600 });
      const { readableByAll, readable } = await lookAtFile(key);
      assert.deepEqual([readable, readableByAll], [true, false]);
      await chmod(key, 0o644);
      assert.equal((await lookAtFile(key)).readableByAll, true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
