/**
 * Drives one virtual router: turns packets, timers and news into inputs, and the effects of each step into calls of the
 * edges, in order. It is the only code between the core and the kernel, so the simulator runs it too, with virtual
 * edges; it reads no clock of its own.
 *
 * Two rules hold here because they cannot hold anywhere else. What arrived on the wire is heard before anything else is
 * acted on: after a stall, expired timers run before the packets that came meanwhile, and a backup would take over from
 * a master that never fell silent. And the effects of a router happen in the order that the core asks for, as
 * effect-queue.ts keeps it.
 */

import type { Clock } from '../lib/clock.ts';
import { between, type Duration, type Instant, type Utc } from '../lib/time.ts';
import { encodePackets } from '../vrrp/advertisement.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import { type Received, receive } from '../vrrp/receive.ts';
import { isCounted, type Memory, NO_MEMORY, nextSequence } from '../vrrp/sequence.ts';
import type { Effect, Input, Router } from '../vrrp/state.ts';
import { leaseSeconds } from '../vrrp/timing.ts';
import { createRouter, nextDeadline, step } from '../vrrp/virtual-router.ts';
import { EffectQueue } from './effect-queue.ts';

/** The deciding core as the runner uses it; the simulator puts itself between to watch, and to inject bugs. */
export interface Core {
  readonly receive: typeof receive;
  readonly step: typeof step;
  readonly nextDeadline: typeof nextDeadline;
}

export const CORE: Core = { receive, step, nextDeadline };

/** Called once when an effect has happened, or with what went wrong. May be called before the request returns. */
export type Done = (failure?: { readonly message: string }) => void;

/** The link that carries the advertisements. */
export interface Wire {
  send(packet: Uint8Array, done: Done): void;
  /** Calls back when all packets that had arrived by now were handed over, or a bound on them was reached. */
  whenRead(callback: () => void): void;
}

/** The virtual addresses in the kernel. Each call settles, as soon as the kernel has answered. */
export interface Addresses {
  /** Adds or renews all of them; fails when one of them cannot be held. */
  acquire(leaseSeconds: number, done: Done): void;
  /** Removes all of them; one that is not there is no failure. */
  release(done: Done): void;
}

/** Tells the link where the virtual addresses live. */
export interface Announcer {
  announce(done: Done): void;
}

/** What the runner tells the outside, as it happens. */
export interface RunnerEvents {
  /** `ours`: with what it was judged. */
  received(received: Received, at: Instant, ours: Parameters): void;
  performed(
    effect: Exclude<Effect, { type: 'stateChanged' }>,
    failure: { readonly message: string } | undefined,
  ): void;
  stateChanged(change: Extract<Effect, { type: 'stateChanged' }>, at: Instant): void;
}

export interface RunnerPorts {
  readonly clock: Clock;
  /** The time of day, which signatures carry; nothing waits by it. */
  readonly utc: () => Utc;
  readonly wire: Wire;
  readonly addresses: Addresses;
  readonly announcer: Announcer;
  readonly events: RunnerEvents;
  /** After every step: the state may be another. */
  readonly onStep?: () => void;
}

/** What the outside may tell a running router; packets come through `receive`, failures from the runner itself. */
export type News = Exclude<Input, { type: 'advert' | 'timeout' | 'effectFailed' }>;

export interface RouterRunner {
  /** Judges a packet that starts at its IP header and feeds what is acceptable to the router, at once. */
  receive(packet: Uint8Array): void;
  /** Feeds news once the wire has been read. */
  tell(news: News): void;
  /** Feeds news at once, for who has waited for {@link onceRead} or need not: several routers may be told in one moment. */
  tellAtOnce(news: News): void;
  /** Calls back when what had arrived by now was heard. */
  onceRead(callback: () => void): void;
  readonly router: Router;
  /** Effects that wait for their turn, without those under way. */
  readonly waiting: number;
  /** Calls back once no effect is waiting or under way. */
  whenIdle(callback: () => void): void;
  /** Forgets its timer and ignores whatever still comes; the addresses are released by telling it `shutdown` first. */
  close(): void;
}

export function createRouterRunner(
  parameters: Parameters,
  ports: RunnerPorts,
  core: Core = CORE,
): RouterRunner {
  return new Runner(parameters, ports, core);
}

class Runner implements RouterRunner {
  router: Router;
  readonly #ports: RunnerPorts;
  readonly #core: Core;
  readonly #queue = new EffectQueue();
  #closed = false;
  /** Inputs that wait until the wire has been read, and those whose turn has come. */
  #unread: Input[] = [];
  #due: Input[] = [];
  #armedFor: Instant | undefined;
  #disarm: (() => void) | undefined;
  #idleCallbacks: (() => void)[] = [];
  #memory: Memory = NO_MEMORY;
  #encoded: { parameters: Parameters; priority: number; packets: readonly Uint8Array[] } | undefined;

  constructor(parameters: Parameters, ports: RunnerPorts, core: Core) {
    this.router = createRouter(parameters);
    this.#ports = ports;
    this.#core = core;
  }

  receive(packet: Uint8Array): void {
    if (this.#closed) return;
    const hearing = { memory: this.#memory, now: this.#ports.utc() };
    const { parameters } = this.router;
    const received = this.#core.receive(packet, parameters, hearing);
    this.#ports.events.received(received, this.#ports.clock.now(), parameters);
    if (received.kind === 'discard') return;
    this.#memory = received.memory;
    this.#feed({ type: 'advert', advertisement: received.advertisement, source: received.source });
  }

  tell(news: News): void {
    this.#feedOnceRead(news);
  }

  tellAtOnce(news: News): void {
    this.#feed(news);
  }

  onceRead(callback: () => void): void {
    this.#ports.wire.whenRead(callback);
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  whenIdle(callback: () => void): void {
    if (this.#isIdle()) callback();
    else this.#idleCallbacks.push(callback);
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#queue.clear();
    this.#unread = [];
    this.#due = [];
    this.#reportIdle();
  }

  #isIdle(): boolean {
    return this.#queue.isEmpty && this.#unread.length + this.#due.length === 0;
  }

  #feedOnceRead(input: Input): void {
    if (this.#closed) return;
    this.#unread.push(input);
    if (this.#unread.length > 1) return;
    this.#ports.wire.whenRead(() => {
      this.#due.push(...this.#unread);
      this.#unread = [];
      this.#feedDue();
    });
  }

  #feedDue(): void {
    for (let input = this.#due.shift(); input !== undefined; input = this.#due.shift()) this.#feed(input);
    this.#reportIdle();
  }

  #feed(input: Input): void {
    if (this.#closed) return;
    const { router, effects } = this.#core.step(this.router, input, this.#ports.clock.now());
    // Another kind of authentication counts in another way.
    if (router.parameters.authentication.type !== this.router.parameters.authentication.type)
      this.#memory = NO_MEMORY;
    this.router = router;
    for (const effect of effects) this.#queue.add(effect);
    this.#arm();
    this.#work();
    this.#ports.onStep?.();
  }

  #arm(): void {
    const at = this.#core.nextDeadline(this.router)?.at;
    if (at === this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = at;
    this.#disarm = at === undefined ? undefined : this.#wakeAt(at);
  }

  #wakeAt(at: Instant): () => void {
    const { clock } = this.#ports;
    return clock.after(Math.max(0, between(clock.now(), at)) as Duration, () => this.#wake());
  }

  /** The timer only says that it is time to look; a deadline that was moved meanwhile makes the timeout do nothing. */
  #wake(): void {
    this.#armedFor = undefined;
    this.#disarm = undefined;
    this.#feedOnceRead({ type: 'timeout' });
  }

  #work(): void {
    while (!this.#closed) {
      const begun = this.#queue.begin();
      if (begun === undefined) break;
      const { effect, end } = begun;
      if (effect.type !== 'stateChanged') this.#perform(effect, end);
      else {
        end();
        this.#ports.events.stateChanged(effect, this.#ports.clock.now());
      }
    }
    this.#reportIdle();
  }

  #perform(effect: Exclude<Effect, { type: 'stateChanged' }>, end: () => void): void {
    this.#start(effect, failure => {
      end();
      if (this.#closed) {
        this.#reportIdle();
        return;
      }
      this.#ports.events.performed(effect, failure);
      if (failure !== undefined)
        this.#feed({ type: 'effectFailed', effect: effect.type, message: failure.message });
      else this.#work();
    });
  }

  #start(effect: Exclude<Effect, { type: 'stateChanged' }>, done: Done): void {
    const { wire, addresses, announcer } = this.#ports;
    if (effect.type === 'advertise') sendAll(wire, this.#packets(effect.priority), done);
    else if (effect.type === 'acquireAddresses')
      addresses.acquire(leaseSeconds(this.router.parameters), done);
    else if (effect.type === 'announceAddresses') announcer.announce(done);
    else addresses.release(done);
  }

  /** Uncounted advertisements differ only by priority between changes of parameters, so the last one is kept. */
  #packets(priority: number): readonly Uint8Array[] {
    const { parameters } = this.router;
    if (isCounted(parameters.authentication)) {
      const sequence = nextSequence(parameters.authentication, this.#memory, this.#ports.utc());
      this.#memory = { ...this.#memory, last: sequence };
      return encodePackets(parameters, priority, sequence);
    }
    if (this.#encoded?.parameters !== parameters || this.#encoded.priority !== priority)
      this.#encoded = { parameters, priority, packets: encodePackets(parameters, priority) };
    return this.#encoded.packets;
  }

  #reportIdle(): void {
    if (this.#idleCallbacks.length === 0 || !this.#isIdle()) return;
    const callbacks = this.#idleCallbacks;
    this.#idleCallbacks = [];
    for (const callback of callbacks) callback();
  }
}

/**
 * Sends the advertisements of one moment. It fails only if none could be sent: a master whom some of its peers hear is a master; the
 * others take over and contest it.
 */
function sendAll(wire: Wire, packets: readonly Uint8Array[], done: Done): void {
  if (packets.length === 0) done({ message: 'there is nobody to advertise to' });
  const failures: { readonly message: string }[] = [];
  let open = packets.length;
  for (const packet of packets) {
    wire.send(packet, failure => {
      if (failure !== undefined) failures.push(failure);
      open -= 1;
      if (open === 0) done(failures.length === packets.length ? failures[0] : undefined);
    });
  }
}
