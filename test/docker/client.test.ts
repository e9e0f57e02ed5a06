/** The client against a fake engine on a unix socket: what it sends, and how each failure reads. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { answersBeyondNeed, connectDocker } from '../../src/docker/client.ts';
import { parseDockerHost } from '../../src/docker/host.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { FakeEngine } from '../support/fake-engine.ts';

const soon = () => AbortSignal.timeout(150);

async function failure(promise: Promise<unknown>): Promise<OperatingError> {
  const thrown: unknown = await promise.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof OperatingError, String(thrown));
  return thrown;
}

describe('docker host', () => {
  it('is a unix socket or a TCP endpoint', () => {
    assert.deepEqual(parseDockerHost('unix:///var/run/docker.sock'), {
      ok: true,
      value: { socketPath: '/var/run/docker.sock' },
    });
    assert.deepEqual(parseDockerHost('tcp://198.18.0.1:2375'), {
      ok: true,
      value: { protocol: 'http', host: '198.18.0.1', port: 2375 },
    });
  });

  it('is nothing else', () => {
    const bad = [
      '',
      'unix://',
      'unix://relative',
      '/var/run/docker.sock',
      'tcp://host',
      'tcp://host:0',
      'tcp://host:99999',
      'tcp://u:p@host:1',
    ];
    for (const host of bad) assert.equal(parseDockerHost(host).ok, false, host);
    assert.throws(() => connectDocker('ssh://host'), /docker.host: "ssh:\/\/host" is none of/);
  });
});

describe('docker client', () => {
  const engine = new FakeEngine();
  before(async () => {
    await engine.start();
  });
  after(() => engine.remove());
  beforeEach(() => {
    engine.listing = 'well';
    engine.streaming = 'well';
    engine.requests.length = 0;
  });

  it('reads the last lines that a container wrote to its error stream, by GET', async () => {
    engine.errorLog = '2026/11/22 11:00:00 [emerg] 1#1: no\n';
    const text = await connectDocker(engine.host).errors('a'.repeat(64), 1_700_000_000, soon());
    assert.equal(text, engine.errorLog);
    const [request = ''] = engine.requests;
    assert.match(request, /^GET \/containers\/a{64}\/logs\?/);
    assert.match(request, /stderr=(?:true|1)/);
    assert.match(request, /since=1700000000/);
    assert.match(request, /tail=50/);
  });

  it('lists all containers in one GET', async () => {
    engine.put('web');
    const { containers } = await connectDocker(engine.host).list(soon());
    assert.deepEqual(
      containers.map(({ name }) => name),
      ['web'],
    );
    assert.deepEqual(engine.requests, ['GET /containers/json?all=true']);
  });

  it('takes labels of the prefix that it is told for its own', async () => {
    engine.put('app', { Labels: { 'acme.ha.port': '80', 'locum.port': '81', other: 'x' } });
    const snapshot = await connectDocker(engine.host, { labelPrefix: 'acme.ha' }).list(soon());
    assert.equal(snapshot.labelPrefix, 'acme.ha');
    const { 'locum.port': port, other } =
      snapshot.containers.find(({ name }) => name === 'app')?.labels ?? {};
    assert.deepEqual([port, other], ['80', 'x']);
  });

  it('asks for the events it needs, and not for running health checks', async () => {
    const end = new AbortController();
    await connectDocker(engine.host).events(end.signal);
    end.abort();
    const filters: unknown = JSON.parse(
      new URL(engine.requests[0]?.slice(4) ?? '', 'http://engine').searchParams.get('filters') ?? '',
    );
    assert.deepEqual((filters as Record<string, unknown>)['type'], ['container', 'network']);
    assert.equal(JSON.stringify(filters).includes('exec'), false);
  });

  it('reads events as they come, until it is told to end', async () => {
    const end = new AbortController();
    const stream = await connectDocker(engine.host).events(end.signal);
    engine.emit('web', 'start');
    const chunks: string[] = [];
    await assert.rejects(async () => {
      for await (const chunk of stream) {
        chunks.push(chunk);
        end.abort();
      }
    });
    assert.match(chunks.join(''), /"Action":"start"/);
  });

  it('says which engine failed, at what, and why', async () => {
    engine.listing = 'error';
    const error = await failure(connectDocker(engine.host).list(soon()));
    assert.equal(error.code, 'docker-unreachable');
    assert.ok(error.message.includes(engine.host) && error.message.includes('engine is ill'), error.message);
  });

  it('ends at the abort when the engine hangs, or drops the connection in the middle of an answer', async () => {
    for (const mood of ['hang', 'drop'] as const) {
      engine.listing = mood;
      const error = await failure(connectDocker(engine.host).list(soon()));
      assert.equal(error.code, 'docker-unreachable', mood);
    }
    engine.streaming = 'hang';
    assert.match((await failure(connectDocker(engine.host).events(soon()))).message, /cannot read events/);
  });

  it('takes an answer that is no list for a failure', async () => {
    engine.listing = 'nonsense';
    assert.match(
      (await failure(connectDocker(engine.host).list(soon()))).message,
      /the answer is not a list/,
    );
  });

  it('says what to do when there is no socket', async () => {
    const error = await failure(connectDocker('unix:///nonexistent/docker.sock').list(soon()));
    assert.match(error.message, /mount the socket into the container or set docker.host/);
  });

  it('tells a filtered engine from a whole one by a question that the daemon never asks', async () => {
    assert.equal(await answersBeyondNeed(engine.host, soon()), 'refused');
    engine.whole = true;
    assert.equal(await answersBeyondNeed(engine.host, soon()), 'answered');
    assert.equal(await answersBeyondNeed('unix:///nonexistent/docker.sock', soon()), 'unknown');
    assert.deepEqual(
      engine.requests.filter(request => !request.startsWith('GET ')),
      [],
    );
  });
});
