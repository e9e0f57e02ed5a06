/** What is read of this host before the daemon starts. Only looks: every machine and namespace has its loopback interface. */

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readHost, readProxy } from '../../src/app/survey.ts';

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
    const { proxy, problems } = await readProxy({ enabled: true, host });
    assert.equal(proxy, undefined);
    assert.deepEqual(
      problems.map(({ severity, path }) => [severity, path]),
      [['error', 'docker.host']],
    );
    assert.ok(problems[0]?.what.includes(host));
  });
});
