/** Engines of other hosts: their containers serve by what they publish, while they answer and for a stated time after. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { EngineConfig } from '../../src/app/config/config.ts';
import { connectRemote, RemoteEngines } from '../../src/app/remote-engines.ts';
import { connectDocker } from '../../src/docker/client.ts';
import type { DockerEngine } from '../../src/docker/engine.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { after, between, seconds } from '../../src/lib/time.ts';
import { serverParameters } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import type { RenderedServer } from '../../src/nginx/rendered.ts';
import { container, snapshotOf } from '../support/containers.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const KEEP = seconds(100);

const CONFIG: EngineConfig = {
  name: 'far',
  host: 'tcp://198.18.51.12:2376',
  address: '198.18.51.12' as IpAddress,
  keep: KEEP,
  tls: undefined,
  ssh: undefined,
};

const GIVEN_UP = 'the engine far (tcp://198.18.51.12:2376) was away for too long: its servers are left out';

const RECALLED: RenderedServer = {
  upstream: 'app' as UpstreamName,
  server: {
    origin: 'app-1 on far',
    address: '198.18.51.12' as IpAddress,
    port: 32_768,
    ...serverParameters({}),
  },
};

/** Answers with a list, or not at all. */
class SimulatedEngine implements DockerEngine {
  snapshot: DockerSnapshot | undefined = snapshotOf(container('app-1'));

  list(): Promise<DockerSnapshot> {
    return this.snapshot === undefined ? Promise.reject(new Error('away')) : Promise.resolve(this.snapshot);
  }

  async events(signal: AbortSignal): Promise<AsyncIterable<string>> {
    if (this.snapshot === undefined) throw new Error('away');
    return (async function* () {
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      yield '';
    })();
  }
}

describe('an engine of another host', () => {
  let clock: VirtualClock;
  let engine: SimulatedEngine;
  let log: KeptLog;
  let changes: number;
  let remotes: RemoteEngines;
  const known = () => remotes.at(clock.now());
  const sites = () =>
    remotes.at(clock.now()).sites.map(({ name, snapshot }) => [name, snapshot.containers.length]);

  beforeEach(async () => {
    clock = new VirtualClock();
    engine = new SimulatedEngine();
    log = new KeptLog();
    changes = 0;
    remotes = new RemoteEngines({
      engines: [CONFIG],
      connect: () => engine,
      clock,
      log,
      onChange: () => {
        changes++;
      },
      onEvent: () => undefined,
    });
    remotes.recall([RECALLED, { ...RECALLED, server: { ...RECALLED.server, origin: 'app-1 on another' } }]);
    assert.deepEqual(known(), {
      sites: [],
      recalled: [RECALLED],
      warnings: [],
      until: after(clock.now(), KEEP),
    });
    void remotes.start();
    await clock.pass(seconds(1));
  });
  afterEach(() => remotes.stop());

  it('is a site once it was listed, at the address where its host publishes', () => {
    assert.deepEqual(sites(), [['far', 1]]);
    assert.ok(changes > 0);
    assert.deepEqual(remotes.at(clock.now()).sites[0]?.scope.networks, { published: '198.18.51.12' });
  });

  it('stays as it was last listed while it is away, and is given up after its time', async () => {
    engine.snapshot = undefined;
    remotes.relist();
    await clock.pass(seconds(90));
    assert.deepEqual(sites(), [['far', 1]]);
    const { until = clock.now() } = known();
    await clock.pass(between(clock.now(), until));
    assert.deepEqual(known(), { sites: [], recalled: [], warnings: [GIVEN_UP], until: undefined });
  });

  it('is back with its first answer', async () => {
    engine.snapshot = undefined;
    remotes.relist();
    await clock.pass(seconds(200));
    assert.deepEqual(known().warnings, [GIVEN_UP]);
    engine.snapshot = snapshotOf(container('app-1'), container('app-2'));
    await clock.pass(seconds(10));
    assert.deepEqual(sites(), [['far', 2]]);
    assert.deepEqual(known().warnings, []);
  });

  it('may be asked about at any time, also after the end, without a timer', async () => {
    engine.snapshot = undefined;
    remotes.relist();
    await clock.pass(seconds(1));
    remotes.stop();
    await clock.pass(seconds(60));
    const { armed } = clock;
    known();
    assert.equal(clock.armed, armed);
  });
});

describe('an engine that was away since the start', () => {
  it('has the servers that the file knows of, for its time; then it is given up', async () => {
    const clock = new VirtualClock();
    const engine = new SimulatedEngine();
    engine.snapshot = undefined;
    const remotes = new RemoteEngines({
      engines: [CONFIG],
      connect: () => engine,
      clock,
      log: new KeptLog(),
      onChange: () => undefined,
      onEvent: () => undefined,
    });
    remotes.recall([RECALLED]);
    let spoken = false;
    void remotes.start().then(() => {
      spoken = true;
    });
    await clock.pass(seconds(99));
    assert.ok(spoken, 'a failure is an answer');
    assert.deepEqual(remotes.at(clock.now()).recalled, [RECALLED]);
    await clock.pass(seconds(1));
    assert.deepEqual(remotes.at(clock.now()), {
      sites: [],
      recalled: [],
      warnings: [GIVEN_UP],
      until: undefined,
    });
    remotes.stop();
  });
});

describe('credentials', () => {
  it('that cannot be read are told with their setting and path', () => {
    const ssh = { key: '/nonexistent/id_ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` };
    assert.throws(
      () => connectRemote({ ...CONFIG, host: 'ssh://locum@198.18.51.12', ssh }, 'locum', connectDocker),
      /docker\.engine\.far\.ssh-key: \/nonexistent\/id_ed25519 cannot be read/,
    );
  });
});
