/** Engines of other hosts: their containers serve by what they publish, while they answer and for a stated time after. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { EngineConfig } from '../../src/app/config/config.ts';
import { connectRemote, RemoteEngines } from '../../src/app/remote-engines.ts';
import { connectDocker } from '../../src/docker/client.ts';
import type { DockerEngine } from '../../src/docker/engine.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { seconds } from '../../src/lib/time.ts';
import { container, snapshotOf } from '../support/containers.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const CONFIG: EngineConfig = {
  name: 'far',
  host: 'tcp://198.18.51.12:2376',
  address: '198.18.51.12' as IpAddress,
  keep: seconds(100),
  tls: undefined,
  ssh: undefined,
};

/** Answers with a list, or not at all. */
class SimulatedEngine implements DockerEngine {
  snapshot: DockerSnapshot | undefined = snapshotOf(container('app-1'));

  ping(): Promise<void> {
    return Promise.resolve();
  }

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
  const sites = () =>
    remotes.sites(clock.now()).map(({ name, snapshot }) => [name, snapshot.containers.length]);

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
    assert.deepEqual(sites(), [], 'before it was listed');
    remotes.start();
    await clock.pass(seconds(1));
  });
  afterEach(() => remotes.stop());

  it('is a site once it was listed, at the address where its host publishes', () => {
    assert.deepEqual(sites(), [['far', 1]]);
    assert.ok(changes > 0);
    assert.deepEqual(remotes.sites(clock.now())[0]?.scope.networks, { published: '198.18.51.12' });
  });

  it('stays as it was last listed while it is away, and is given up after its time', async () => {
    engine.snapshot = undefined;
    remotes.relist();
    await clock.pass(seconds(90));
    assert.deepEqual(sites(), [['far', 1]]);
    const before = changes;
    await clock.pass(seconds(15));
    assert.ok(changes > before, 'somebody looks again by itself');
    assert.deepEqual(sites(), []);
    assert.deepEqual(sites(), []);
    assert.equal(log.at('warn').filter(line => line.includes('away for too long')).length, 1);
  });

  it('is back with its first answer', async () => {
    engine.snapshot = undefined;
    remotes.relist();
    await clock.pass(seconds(200));
    assert.deepEqual(sites(), []);
    engine.snapshot = snapshotOf(container('app-1'), container('app-2'));
    await clock.pass(seconds(10));
    assert.deepEqual(sites(), [['far', 2]]);
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
