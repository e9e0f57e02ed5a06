/** The watch on the shared namespace, in virtual time: it waits for the owner, leaves once, and says what it waits for. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OrphanWatch } from '../../src/app/orphan-watch.ts';
import type { ContainerAction, ContainerEvent } from '../../src/docker/events.ts';
import type { ContainerState, DockerSnapshot } from '../../src/docker/snapshot.ts';
import type { OperatingError } from '../../src/lib/errors.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { seconds } from '../../src/lib/time.ts';
import type { KernelAddress, RouteEvent } from '../../src/net/rtnetlink.ts';
import { container, containerId, snapshotOf } from '../support/containers.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

describe('orphan watch', () => {
  it('does nothing while the namespace has an interface', async () => {
    const { clock, engine, left } = started();
    await clock.pass(seconds(60));
    assert.deepEqual([engine.lists, left], [0, []]);
  });

  it('leaves when the owner has been back for two seconds, and not before', async () => {
    const { clock, kernel, engine, left, log } = started();
    await clock.pass(seconds(1));
    engine.state = 'exited';
    engine.say('die');
    kernel.loseInterfaces();
    await clock.pass(seconds(30));
    assert.equal(left.length, 0);
    assert.deepEqual(log.at('warn'), [
      'the container whose network this one shares has ended; waiting until it is back',
    ]);
    engine.state = 'running';
    engine.say('start');
    await clock.pass(seconds(1.9));
    assert.equal(left.length, 0);
    await clock.pass(seconds(0.2));
    assert.match(left[0]?.message ?? '', /container nginx, .* was started anew/);
    await clock.pass(seconds(60));
    assert.equal(left.length, 1);
    assert.equal(clock.armed, 0);
  });

  it('an owner that fails again and again is waited for until it stays', async () => {
    const { clock, kernel, engine, left } = started();
    kernel.loseInterfaces();
    for (let run = 0; run < 5; run++) {
      engine.state = 'running';
      engine.say('start');
      await clock.pass(seconds(1));
      engine.state = 'restarting';
      engine.say('die');
      await clock.pass(seconds(1));
    }
    assert.equal(left.length, 0);
    engine.state = 'running';
    engine.say('start');
    await clock.pass(seconds(2.1));
    assert.equal(left.length, 1);
  });

  it('needs no event: lists tell too, also those after an engine that was away', async () => {
    const { clock, kernel, engine, left } = started();
    engine.answers = false;
    kernel.loseInterfaces();
    await clock.pass(seconds(30));
    assert.equal(left.length, 0);
    engine.answers = true;
    await clock.pass(seconds(2.1));
    assert.equal(left.length, 1);
  });

  it('stays when the interfaces come back', async () => {
    const { clock, kernel, engine, left } = started();
    kernel.loseInterfaces();
    await clock.pass(seconds(1));
    kernel.gainInterface();
    await clock.pass(seconds(60));
    assert.deepEqual([engine.lists, left], [0, []]);
  });

  it('says once that an owner that was made anew takes a new container here too', async () => {
    const { clock, kernel, engine, left, log } = started();
    engine.gone = true;
    kernel.loseInterfaces();
    await clock.pass(seconds(60));
    assert.equal(left.length, 0);
    assert.equal(log.at('error').length, 1);
    assert.match(log.at('error')[0] ?? '', /docker compose up -d/);
  });

  it('asks nobody any more once it is stopped', async () => {
    const { clock, kernel, engine, watch } = started();
    kernel.loseInterfaces();
    await clock.pass(seconds(3));
    watch.stop();
    const before = engine.lists;
    await clock.pass(seconds(60));
    assert.deepEqual([engine.lists, clock.armed], [before, 0]);
  });
});

class Kernel {
  #indexes: readonly number[] = [1, 2];
  #listener: (event: RouteEvent) => void = () => {};

  listAddresses(): Promise<KernelAddress[]> {
    return Promise.resolve(this.#indexes.map(addressOn));
  }

  subscribe(listener: (event: RouteEvent) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  loseInterfaces(): void {
    this.#indexes = [1];
    this.#listener({ kind: 'resync' });
  }

  gainInterface(): void {
    this.#indexes = [1, 2];
    this.#listener({ kind: 'resync' });
  }
}

class Engine {
  state: ContainerState = 'running';
  answers = true;
  gone = false;
  lists = 0;
  #listener: (event: ContainerEvent) => void = () => {};

  relist(): Promise<DockerSnapshot | undefined> {
    this.lists += 1;
    const snapshot = this.gone ? snapshotOf() : snapshotOf(container('nginx', { state: this.state }));
    return Promise.resolve(this.answers ? snapshot : undefined);
  }

  onEvent(listener: (event: ContainerEvent) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  say(action: ContainerAction): void {
    const id = containerId('nginx');
    this.#listener({ id, name: 'nginx', action, signal: undefined, exitCode: undefined });
  }
}

interface Started {
  readonly watch: OrphanWatch;
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly engine: Engine;
  readonly log: KeptLog;
  readonly left: OperatingError[];
}

function started(): Started {
  const [clock, kernel, engine, log] = [new VirtualClock(), new Kernel(), new Engine(), new KeptLog()];
  const left: OperatingError[] = [];
  const owner = containerId('nginx');
  const watch = new OrphanWatch({
    owner,
    docker: engine,
    netlink: kernel,
    clock,
    log,
    onLeave: reason => left.push(reason),
  });
  watch.start();
  return { watch, clock, kernel, engine, log, left };
}

function addressOn(interfaceIndex: number): KernelAddress {
  const address = parseIpAddress(interfaceIndex === 1 ? '127.0.0.1' : '198.18.54.11');
  if (address === undefined) throw new Error('no address');
  const kind = { scope: 0, secondary: false, tentative: false, duplicate: false };
  return { address, prefixLength: 24, interfaceIndex, validSeconds: undefined, ...kind };
}
