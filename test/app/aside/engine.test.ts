/** The engine in the process beside, against the fake engine: the port keeps what the client's own promises. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Aside } from '../../../src/app/aside/aside.ts';
import { connectAside } from '../../../src/app/aside/engine.ts';
import { connectDocker } from '../../../src/docker/client.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { KeptLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait.ts';

describe('the engine beside', () => {
  const engine = new FakeEngine();
  const log = new KeptLog();
  const aside = new Aside(log);
  const connect = connectAside(aside);
  const far = () => connect(engine.host, {});
  const never = () => new AbortController().signal;

  before(() => engine.start());
  after(async () => {
    await aside.close();
    await engine.remove();
  });
  beforeEach(() => {
    engine.listing = 'well';
    engine.streaming = 'well';
  });

  it('lists what the client lists', async () => {
    engine.put('app', { Labels: { 'locum.upstream': 'app' } });
    const expected = await connectDocker(engine.host).list(never());
    assert.deepEqual(await far().list(never()), expected);
  });

  it('fails with the same error', async () => {
    engine.listing = 'error';
    const told = await connectDocker(engine.host)
      .list(never())
      .catch((thrown: Error) => thrown);
    assert.ok(told instanceof Error);
    await assert.rejects(far().list(never()), {
      name: 'OperatingError',
      code: 'docker-unreachable',
      message: told.message,
    });
  });

  it('ends a call when its signal aborts it', async () => {
    engine.listing = 'hang';
    await assert.rejects(far().list(AbortSignal.timeout(100)), /no answer in time/);
  });

  it('streams events as they come, and ends with the stream', async () => {
    const stream = await far().events(never());
    const heard: string[] = [];
    const reading = (async () => {
      for await (const text of stream) heard.push(text);
    })();
    engine.emit('app', 'start');
    await waitFor(() => heard.join('').includes('"start"'), { what: 'the event', deadlineMs: 5_000 });
    engine.dropStreams();
    await reading.catch(() => undefined);
  });

  it('closes the stream when the signal aborts it', async () => {
    const stopping = new AbortController();
    const stream = await far().events(stopping.signal);
    await waitFor(() => engine.streams === 1, { what: 'one stream is open', deadlineMs: 5_000 });
    stopping.abort();
    await waitFor(() => engine.streams === 0, { what: 'the stream is closed', deadlineMs: 5_000 });
    await (async () => {
      for await (const _ of stream);
    })().catch(() => undefined);
  });

  it('refuses a malformed host at once', () => {
    assert.throws(() => connect('ssh://host', {}), /docker.host: "ssh:\/\/host" is none of/);
  });
});
