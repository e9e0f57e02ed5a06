/**
 * The edges of one process: the ports of its runner, made of virtual time, the virtual link and the virtual kernel. Any
 * call may be slow or fail, as the troubles of the moment say.
 */

import type { Done, RunnerPorts } from '../../src/app/router-runner.ts';
import { type Instant, utc } from '../../src/lib/time.ts';
import { gratuitousArp } from '../../src/vrrp/announce.ts';
import type { NodeConfig } from './config.ts';
import type { EventLoop } from './event-loop.ts';
import type { Kernel } from './kernel.ts';
import type { Lan } from './lan.ts';
import type { LostTime } from './lost-time.ts';
import type { NodeView, Operation } from './trace.ts';
import type { World } from './world.ts';

/** What is wrong with the edges of a node. */
export interface Trouble {
  readonly operations: ReadonlySet<Operation>;
  /** Probability that one fails, 0 to 1. */
  readonly failure: number;
  /** Probability that one is slow, 0 to 1, and how slow at most. */
  readonly slow: number;
  readonly slowUs: number;
}

/** Operations during which a master goes on advertising. */
const SPOKEN_THROUGH: ReadonlySet<Operation> = new Set(['acquireAddresses', 'announceAddresses']);

/** An operation that takes longer than this counts as time the world took from the node. */
const SLOW_US = 1_000;

/** Packets handed over before a waiting runner goes on, at most. */
const DRAIN_LIMIT = 1_024;

/** What a host offers to its process. */
export interface Host {
  readonly view: NodeView;
  readonly config: NodeConfig;
  readonly world: World;
  readonly lan: Lan;
  readonly kernel: Kernel;
  readonly lostTime: LostTime;
  /** As `lostTime`, but for what a master speaks through. */
  readonly silence: LostTime;
  readonly troubles: ReadonlySet<Trouble>;
  readonly isLinkUp: boolean;
}

/** Where a call does its work: before it returns, in the loop when the socket is writable, or in the kernel on its own. */
type Place = 'immediately' | 'in-loop' | 'in-kernel';

interface Call {
  readonly operation: Operation;
  readonly place: Place;
  readonly leaseSeconds?: number;
  readonly packet?: Uint8Array;
  /** Gives what went wrong. */
  readonly perform: () => string | undefined;
}

export class Edges {
  readonly #host: Host;
  readonly #loop: EventLoop;
  #readers: (() => void)[] = [];
  readonly ports: Omit<RunnerPorts, 'events'>;

  constructor(host: Host, loop: EventLoop) {
    this.#host = host;
    this.#loop = loop;
    this.ports = {
      clock: {
        now: () => host.world.now as Instant,
        after: (delay, run) => loop.setTimer(delay, run),
      },
      utc: () => utc(host.world.now),
      ...this.#acting(),
    };
  }

  /** As the link does it: the waiting packets are read in one go, in a turn of the loop of its own. */
  #whenRead(callback: () => void): void {
    this.#readers.push(callback);
    if (this.#readers.length > 1) return;
    this.#loop.setImmediate(() => {
      this.#loop.drain(DRAIN_LIMIT);
      const readers = this.#readers;
      this.#readers = [];
      for (const reader of readers) reader();
    });
  }

  #acting(): Pick<RunnerPorts, 'wire' | 'addresses' | 'announcer'> {
    const { kernel, lan, config } = this.#host;
    const { addresses } = config.parameters;
    const sendPlace = config.isSendImmediate ? 'immediately' : 'in-loop';
    const announcePlace = config.isAnnounceImmediate ? 'immediately' : 'in-loop';
    const frames = addresses.map(address => gratuitousArp(address, config.mac));
    const acquire = (leaseSeconds: number) => () => {
      for (const address of addresses) kernel.lease(address, leaseSeconds);
      return undefined;
    };
    const release = () => {
      for (const address of addresses) kernel.remove(address, 'released');
      return undefined;
    };
    const announce = () => {
      for (const frame of frames) lan.announce(config.id, frame);
      return undefined;
    };
    return {
      wire: {
        send: (packet, done) =>
          this.#begin(
            { operation: 'advertise', place: sendPlace, packet, perform: () => this.#send(packet) },
            done,
          ),
        whenRead: callback => this.#whenRead(callback),
      },
      addresses: {
        acquire: (leaseSeconds, done) =>
          this.#begin(
            {
              operation: 'acquireAddresses',
              place: 'in-kernel',
              leaseSeconds,
              perform: acquire(leaseSeconds),
            },
            done,
          ),
        release: done =>
          this.#begin({ operation: 'releaseAddresses', place: 'in-kernel', perform: release }, done),
      },
      announcer: {
        announce: done =>
          this.#begin({ operation: 'announceAddresses', place: announcePlace, perform: announce }, done),
      },
    };
  }

  #send(packet: Uint8Array): string | undefined {
    const { world, view, lan, config, isLinkUp } = this.#host;
    if (!isLinkUp && world.random.chance(0.5)) return 'network is down';
    world.tell({ kind: 'sent', node: view, packet });
    lan.send(config.id, packet);
    return undefined;
  }

  #begin(call: Call, done: Done): void {
    const { world, view } = this.#host;
    const { operation, leaseSeconds, packet } = call;
    const { fails, slowUs } = this.#luck(operation);
    world.tell({ kind: 'begins', node: view, operation, leaseSeconds, packet });
    const lost = slowUs > 0 ? this.#lostBy(operation) : [];
    for (const watch of lost) watch.begin();
    const perform = fails ? () => this.#fail(call) : call.perform;
    const end = (failure: string | undefined): void => {
      for (const watch of lost) watch.end();
      world.tell({ kind: 'ends', node: view, operation, failure });
      done(failure === undefined ? undefined : { message: failure });
    };
    if (call.place === 'immediately' && slowUs === 0) end(perform());
    else this.#schedule(call.place, slowUs, perform, end);
  }

  #lostBy(operation: Operation): readonly LostTime[] {
    const { lostTime, silence } = this.#host;
    return SPOKEN_THROUGH.has(operation) ? [lostTime] : [lostTime, silence];
  }

  /** A slow call takes its time before the deed, after it, or both. */
  #schedule(
    place: Place,
    slowUs: number,
    perform: () => string | undefined,
    end: (failure: string | undefined) => void,
  ): void {
    const { world } = this.#host;
    const loop = this.#loop;
    const spanUs = world.random.between(20, 200) + slowUs;
    if (place !== 'in-kernel') {
      loop.replyAfter(spanUs, () => end(perform()));
      return;
    }
    const beforeUs = world.random.between(0, spanUs);
    world.after(beforeUs, () => {
      if (loop.isDead) return;
      const failure = perform();
      loop.replyAfter(spanUs - beforeUs, () => end(failure));
    });
  }

  /** One that fails may have done a part of its work. */
  #fail(call: Call): string {
    if (this.#host.world.random.chance(0.3) && call.operation === 'acquireAddresses') call.perform();
    return 'injected failure';
  }

  #luck(operation: Operation): { readonly fails: boolean; readonly slowUs: number } {
    const { random } = this.#host.world;
    for (const trouble of this.#host.troubles) {
      if (!trouble.operations.has(operation)) continue;
      return {
        slowUs: random.chance(trouble.slow) ? random.between(SLOW_US, trouble.slowUs) : 0,
        fails: random.chance(trouble.failure),
      };
    }
    return { fails: false, slowUs: 0 };
  }
}
