/** What the examination learns from an engine, by GET alone: a filtered one, a whole one, one that fails in either call, none. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readEngine } from '../../../src/app/doctor/engine.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { waitFor } from '../../support/wait.ts';

describe('an engine', () => {
  let engine: FakeEngine;
  beforeEach(async () => {
    engine = await new FakeEngine().start();
    engine.put('one');
  });
  afterEach(() => engine.remove());

  const read = () => readEngine({ enabled: true, host: engine.host, labelPrefix: 'locum' });

  test('that answers what Locum asks and no more', async () => {
    const { facts, proxy } = await read();
    assert.equal(proxy, undefined);
    assert.deepEqual(
      { ...facts, proxy: undefined },
      {
        host: engine.host,
        listFailure: undefined,
        containers: 1,
        eventsFailure: undefined,
        beyond: 'refused',
        proxy: undefined,
      },
    );
    assert.ok(facts && 'missing' in facts.proxy && facts.proxy.missing.length > 0);
    assert.deepEqual(
      engine.requests.filter(request => !request.startsWith('GET ')),
      [],
    );
  });

  test('that answers everything', async () => {
    engine.whole = true;
    assert.equal((await read()).facts?.beyond, 'answered');
  });

  test('that sends no events', async () => {
    engine.streaming = 'error';
    assert.match((await read()).facts?.eventsFailure ?? '', /no events/);
  });

  test('that does not list', async () => {
    engine.listing = 'error';
    assert.match((await read()).facts?.listFailure ?? '', /engine is ill/);
  });

  test('leaves no event stream open', async () => {
    await read();
    await waitFor(() => engine.streams === 0, { what: 'the stream ends', deadlineMs: 2_000 });
  });
});

test('an engine that is not used is not asked', async () => {
  const { facts } = await readEngine({
    enabled: false,
    host: 'unix:///nonexistent/docker.sock',
    labelPrefix: 'locum',
  });
  assert.equal(facts, undefined);
});
