/** What is read of this host before the daemon starts. Only looks: every machine and namespace has its loopback interface. */

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readProxyAside } from '../../src/app/aside/proxy.ts';
import { readProxy } from '../../src/app/proxy-reading.ts';
import { lookAtFile, readHost } from '../../src/app/survey.ts';

describe('this host', () => {
  it('has its interfaces and the capabilities of this process', async () => {
    const { interfaces, capabilities } = await readHost();
    assert.ok(interfaces.some(({ name }) => name === 'lo'));
    assert.ok(capabilities >= 0n);
  });
});

describe('an engine that cannot be asked', () => {
  it('is an error with the address and what to do', async () => {
    const host = `unix://${join(tmpdir(), `locum-survey-test-${process.pid}.sock`)}`;
    const { proxy, problems } = await readProxy({ host, labelPrefix: 'locum' });
    assert.equal(proxy, undefined);
    assert.deepEqual(
      problems.map(({ severity, path }) => [severity, path]),
      [['error', 'docker.host']],
    );
    assert.ok(problems[0]?.what.includes(host));
    assert.deepEqual(await readProxyAside({ host, labelPrefix: 'locum' }), { proxy, problems });
  });
});

describe('a file', () => {
  it('is told from a folder and from nothing, with what may be done with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'locum-survey-'));
    try {
      const file = join(folder, 'check');
      const kind = 'file';
      await writeFile(file, '');
      await chmod(file, 0o646);
      assert.deepEqual(await lookAtFile(file), {
        kind,
        readable: true,
        executable: false,
        readableByAll: true,
        writableByAll: true,
      });
      await chmod(file, 0o751);
      assert.deepEqual(await lookAtFile(file), {
        kind,
        readable: true,
        executable: true,
        readableByAll: false,
        writableByAll: false,
      });
      assert.equal((await lookAtFile(folder)).kind, 'folder');
      assert.equal((await lookAtFile(join(folder, 'none'))).kind, 'missing');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
