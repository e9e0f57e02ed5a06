/**
 * One host: a kernel with addresses, a link, things that are watched, and the life of a process, with an operator who drains it.
 * Everything is told to the world's watchers.
 */

import type { Footing } from '../../src/app/footing.ts';
import { CORE, type Core } from '../../src/app/router-runner.ts';
import type { TrackerReport } from '../../src/app/tracker-runner.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Health } from '../../src/tracking/tracker.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import type { Received } from '../../src/vrrp/receive.ts';
import type { State } from '../../src/vrrp/state.ts';
import type { Bug, NodeRouter } from './bugs/bug.ts';
import { areAgainst, worthOf } from './checkers/worth.ts';
import type { NodeConfig } from './config.ts';
import type { Host, Trouble } from './edges.ts';
import { EventLoop } from './event-loop.ts';
import { Kernel } from './kernel.ts';
import type { Lan, Station } from './lan.ts';
import { LostTime } from './lost-time.ts';
import { judge } from './packets.ts';
import { Process } from './process.ts';
import type { NodeView, TrackerView } from './trace.ts';
import { isVital, type Reading, readsNumber, type TrackerSetup } from './tracker-setup.ts';
import type { Remains } from './virtual-drain.ts';
import { Watched } from './watched.ts';
import type { World } from './world.ts';

/** What a tracker decided last. */
interface Decision {
  readonly health: Health;
  readonly value: number | undefined;
}

const UNDECIDED: Decision = { health: 'unknown', value: undefined };

export class Node implements Station, NodeView, Host {
  readonly config: NodeConfig;
  readonly world: World;
  readonly lan: Lan;
  readonly kernel: Kernel;
  readonly lostTime: LostTime;
  readonly silence: LostTime;
  readonly things: readonly Watched[];
  readonly trackers: readonly TrackerView[];
  readonly troubles = new Set<Trouble>();
  readonly #bug: Bug | undefined;
  readonly #decisions: Decision[];
  readonly #remains: Remains = { drainedSince: undefined, heldUntil: 0 };
  #undrainsAgain = false;
  #drains = 0;
  #worth: number | undefined;
  #lastReceived: Received | undefined;
  #process: Process | undefined;
  #isBlocked = false;
  isLinkUp = true;
  parameters: Parameters;
  state: State = { name: 'init' };

  constructor(world: World, lan: Lan, config: NodeConfig, bug: Bug | undefined) {
    this.config = config;
    this.world = world;
    this.lan = lan;
    this.lostTime = new LostTime(world);
    this.silence = new LostTime(world);
    this.#bug = bug;
    this.parameters = config.parameters;
    this.#decisions = config.trackers.map(() => UNDECIDED);
    this.things = config.trackers.map(
      (setup, tracker) =>
        new Watched(world, setup, wellOf(setup), () => world.tell({ kind: 'watched', node: this, tracker })),
    );
    this.trackers = this.things.map((thing, tracker) => this.#viewOf(thing, tracker));
    this.kernel = new Kernel(world, {
      added: address => world.tell({ kind: 'added', node: this, address }),
      removed: (address, cause) => {
        world.tell({ kind: 'removed', node: this, address, cause });
        this.#inLoopAfter(world.random.between(20, 300), ({ router }) => router.addressRemoved(address));
      },
    });
  }

  #viewOf(thing: Watched, tracker: number): TrackerView {
    const decision = (): Decision => this.#decisions[tracker] ?? UNDECIDED;
    const report = (): TrackerReport | undefined => this.#process?.tracking.reports()[tracker];
    return {
      setup: thing.setup,
      get health() {
        return decision().health;
      },
      get value() {
        return decision().value;
      },
      get expected() {
        return thing.expected;
      },
      get report() {
        return report();
      },
    };
  }

  get id(): number {
    return this.config.id;
  }

  get view(): NodeView {
    return this;
  }

  get alive(): boolean {
    return this.#process !== undefined;
  }

  /** A process that is told to end, and has not yet. */
  get stops(): boolean {
    return this.#process?.isStopping ?? false;
  }

  /** The router of the process, for a sync group. */
  get member(): NodeRouter | undefined {
    return this.#process?.router;
  }

  get turning(): boolean {
    return this.alive && !this.#isBlocked;
  }

  get unread(): readonly Uint8Array[] {
    return this.#process?.loop.unread ?? [];
  }

  get waiting(): number {
    return this.#process?.router.runner.waiting ?? 0;
  }

  get lostUs(): number {
    return this.lostTime.us;
  }

  get silencedUs(): number {
    return this.silence.us;
  }

  get heldUntil(): number {
    return this.#remains.heldUntil;
  }

  get worth(): number {
    this.#worth ??= worthOf(this.config.parameters.priority, this.trackers);
    return this.#worth;
  }

  holds(address: IpAddress): boolean {
    return this.kernel.has(address);
  }

  // The life of the process.

  start(): void {
    if (this.#process !== undefined) {
      this.#process.startsAgain = this.#process.isStopping;
      return;
    }
    for (const address of this.kernel.addresses) this.kernel.remove(address, 'swept');
    this.#decisions.fill(UNDECIDED);
    this.#worth = undefined;
    this.state = { name: 'init' };
    this.#process = this.#createProcess();
    this.parameters = this.#process.router.runner.router.parameters;
    this.world.tell({ kind: 'started', node: this });
    this.#inLoopAfter(0, process => {
      process.router.footingChanged(this.#footing());
      this.world.promised();
      void process.start().then(() => {
        if (this.#undrainsAgain) this.#undrain(process);
      });
    });
  }

  #createProcess(): Process {
    return new Process({
      host: this,
      loop: new EventLoop(this.world, packet => this.#hear(packet)),
      core: this.#observed(this.#bug?.core?.(CORE, () => this.world.now) ?? CORE),
      things: this.things,
      remains: this.#remains,
      bug: this.#bug,
      onHealth: (tracker, { health, value }) => {
        this.#decisions[tracker] = { health, value };
        this.#worth = undefined;
        this.world.tell({ kind: 'health', node: this, tracker, health, value });
      },
    });
  }

  /** SIGKILL: what the kernel holds stays. */
  kill(): void {
    if (this.#process === undefined) return;
    this.#end(this.#process);
    this.world.tell({ kind: 'killed', node: this });
  }

  /** SIGTERM: the process resigns, gives the addresses back and ends. */
  stop(): void {
    const process = this.#process;
    if (process === undefined || process.isStopping) return;
    process.isStopping = true;
    this.#inLoopAfter(0, () =>
      process.stop(() => {
        if (this.#process !== process) return;
        this.#end(process);
        this.world.tell({ kind: 'left', node: this });
        if (process.startsAgain) this.start();
      }),
    );
  }

  #end(process: Process): void {
    if (this.#isBlocked) this.goOn();
    this.#process = undefined;
    process.end();
    this.lostTime.endAll();
    this.silence.endAll();
  }

  /** SIGSTOP, a stunned virtual machine, a long garbage collection: until `goOn`. */
  block(): void {
    if (this.#process === undefined || this.#isBlocked) return;
    this.#isBlocked = true;
    this.lostTime.begin();
    this.silence.begin();
    this.#process.loop.stop();
    this.world.tell({ kind: 'blocked', node: this });
  }

  goOn(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.lostTime.end();
    this.silence.end();
    this.#process?.loop.goOn();
    this.world.tell({ kind: 'unblocked', node: this });
  }

  // What an operator says.

  drain(force: boolean): void {
    const run = this.#drains++;
    this.#inLoopAfter(0, ({ drain }) => {
      this.world.promised();
      this.world.tell({ kind: 'drainAsked', node: this, run, force });
      void drain
        .drain(force, () => undefined)
        .then(({ outcome }) => this.world.tell({ kind: 'drainEnded', node: this, run, outcome }));
    });
  }

  /** Until it was heard: a process that does not run, or ends meanwhile, is told when it runs again. */
  undrain(): void {
    this.#undrainsAgain = true;
    this.#inLoopAfter(0, process => {
      if (process.hasStarted) this.#undrain(process);
    });
  }

  #undrain({ drain }: Process): void {
    this.world.promised();
    this.world.tell({ kind: 'undrainAsked', node: this });
    void drain.undrain().then(() => {
      this.#undrainsAgain = false;
    });
  }

  // What befalls the host.

  /** What was watched and stands against the router is well again. */
  cure(thing: Watched): void {
    const { reading, setup } = thing;
    const told = { setup, health: reading.ok ? 'up' : 'down', value: reading.value } as const;
    if (areAgainst(this.config.parameters.priority, [told])) thing.become(wellOf(setup));
  }

  setLink(isUp: boolean): void {
    this.isLinkUp = isUp;
    const span = this.world.random.between(100, 5_000);
    this.#inLoopAfter(span, ({ router }) => router.footingChanged(this.#footing()));
  }

  /** Somebody else deletes an address. */
  deleteAddress(address: IpAddress): void {
    this.kernel.remove(address, 'deleted');
  }

  datagramArrives(packet: Uint8Array): void {
    if (this.isLinkUp) this.#process?.loop.datagram(packet);
  }

  #hear(packet: Uint8Array): void {
    const process = this.#process;
    if (process === undefined) return;
    const advert = judge(packet, this.parameters);
    this.world.tell({ kind: 'hears', node: this, packet, advert });
    this.#lastReceived = undefined;
    process.router.receive(packet);
    this.world.tell({ kind: 'heard', node: this, advert, received: this.#lastReceived });
  }

  /** The process of this moment, unless it has ended by then. */
  #inLoopAfter(span: number, run: (process: Process) => void): void {
    const process = this.#process;
    process?.loop.replyAfter(span, () => run(process));
  }

  #footing(): Footing {
    return {
      fault: this.isLinkUp ? undefined : 'the interface is down',
      primary: this.config.parameters.primaryAddress,
      peers: [],
    };
  }

  /** The core with the watchers around it. */
  #observed(core: Core): Core {
    let deadlineBefore: number | undefined;
    return {
      receive: (...heard) => {
        this.#lastReceived = core.receive(...heard);
        return this.#lastReceived;
      },
      nextDeadline: core.nextDeadline,
      step: (router, input, now) => {
        const result = core.step(router, input, now);
        const { router: after, effects } = result;
        this.state = after.state;
        this.parameters = after.parameters;
        const deadline = core.nextDeadline(after)?.at;
        this.world.tell({
          kind: 'stepped',
          node: this,
          input,
          before: router,
          after,
          effects,
          deadlineBefore,
          deadline,
        });
        deadlineBefore = deadline;
        return result;
      },
    };
  }
}

/** What stands against no router. */
function wellOf(setup: TrackerSetup): Reading {
  const ok = !(isVital(setup) && setup.config.reverse);
  return { ok, value: readsNumber(setup) ? Number(!ok) : undefined };
}
