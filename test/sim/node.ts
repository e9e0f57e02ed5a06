/**
 * One host: a kernel with addresses, a link, and a process with the real runner of one virtual router on virtual edges.
 * What the daemon does around a runner (trackers into a priority, link events into faults) is done here in its simplest
 * form. Everything is told to the world's watchers.
 */

import {
  CORE,
  type Core,
  createRouterRunner,
  type News,
  type RouterRunner,
} from '../../src/app/router-runner.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import type { State } from '../../src/vrrp/state.ts';
import type { Bug } from './bugs/bug.ts';
import type { NodeConfig } from './config.ts';
import { Edges, type Host, type Trouble } from './edges.ts';
import { EventLoop } from './event-loop.ts';
import { Kernel } from './kernel.ts';
import type { Lan, Station } from './lan.ts';
import { LostTime } from './lost-time.ts';
import { judge } from './packets.ts';
import type { NodeView } from './trace.ts';
import type { World } from './world.ts';

const OWNER = 255;

interface Process {
  readonly loop: EventLoop;
  readonly edges: Edges;
  readonly runner: RouterRunner;
  isStopping: boolean;
  /** Somebody asked for a start while it was stopping. */
  startsAgain: boolean;
}

export class Node implements Station, NodeView, Host {
  readonly config: NodeConfig;
  readonly world: World;
  readonly lan: Lan;
  readonly kernel: Kernel;
  readonly lostTime: LostTime;
  readonly troubles = new Set<Trouble>();
  readonly #bug: Bug | undefined;
  readonly #trackersUp: boolean[];
  #process: Process | undefined;
  #isBlocked = false;
  #isVitalTrackerUp = true;
  #toldFault: string | undefined;
  #toldPriority = 0;
  isLinkUp = true;
  parameters: Parameters;
  state: State = { name: 'init' };

  constructor(world: World, lan: Lan, config: NodeConfig, bug: Bug | undefined) {
    this.config = config;
    this.world = world;
    this.lan = lan;
    this.lostTime = new LostTime(world);
    this.#bug = bug;
    this.parameters = config.parameters;
    this.#trackersUp = config.weights.map(() => true);
    this.kernel = new Kernel(world, {
      added: address => world.tell({ kind: 'added', node: this, address }),
      removed: (address, cause) => {
        world.tell({ kind: 'removed', node: this, address, cause });
        this.#inLoopAfter(world.random.between(20, 300), () => this.#inform({ type: 'addressLost' }));
      },
    });
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

  get turning(): boolean {
    return this.alive && !this.#isBlocked;
  }

  get unread(): readonly Uint8Array[] {
    return this.#process?.loop.unread ?? [];
  }

  get waiting(): number {
    return this.#process?.runner.waiting ?? 0;
  }

  get lostUs(): number {
    return this.lostTime.us;
  }

  get worth(): number {
    const { parameters, weights } = this.config;
    if (parameters.priority === OWNER) return OWNER;
    const sum = weights.reduce(
      (priority, weight, i) => (this.#trackersUp[i] === weight > 0 ? priority + weight : priority),
      parameters.priority,
    );
    return Math.min(254, Math.max(1, sum));
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
    const loop = new EventLoop(this.world, packet => this.#hear(packet));
    const edges = new Edges(this, loop);
    const core = this.#observed(this.#bug?.core?.(CORE, () => this.world.now) ?? CORE);
    this.parameters = { ...this.config.parameters, priority: this.worth };
    this.#toldPriority = this.worth;
    this.state = { name: 'init' };
    const ports = this.#bug?.ports?.(edges.ports) ?? edges.ports;
    const bare = createRouterRunner(this.parameters, ports, core);
    const runner = this.#bug?.runner?.(bare) ?? bare;
    this.#process = { loop, edges, runner, isStopping: false, startsAgain: false };
    this.#toldFault = this.#causeOfFault();
    this.world.tell({ kind: 'started', node: this });
    this.#inLoopAfter(0, () => this.#inform({ type: 'startup', fault: this.#toldFault }));
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
    this.#inLoopAfter(0, () => {
      process.runner.tell({ type: 'shutdown' });
      process.runner.whenIdle(() => {
        this.#end(process);
        this.world.tell({ kind: 'left', node: this });
        if (process.startsAgain) this.start();
      });
    });
  }

  #end(process: Process): void {
    if (this.#isBlocked) this.goOn();
    process.runner.close();
    process.loop.kill();
    this.lostTime.endAll();
    this.#process = undefined;
  }

  /** SIGSTOP, a stunned virtual machine, a long garbage collection: until `goOn`. */
  block(): void {
    if (this.#process === undefined || this.#isBlocked) return;
    this.#isBlocked = true;
    this.lostTime.begin();
    this.#process.loop.stop();
    this.world.tell({ kind: 'blocked', node: this });
  }

  goOn(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.lostTime.end();
    this.#process?.loop.goOn();
    this.world.tell({ kind: 'unblocked', node: this });
  }

  // What befalls the host.

  setLink(isUp: boolean): void {
    this.isLinkUp = isUp;
    this.#inLoopAfter(this.world.random.between(100, 5_000), () => this.#reconsider());
  }

  setTracker(index: number, isUp: boolean): void {
    this.#trackersUp[index] = isUp;
    this.#inLoopAfter(this.world.random.between(0, 1_000), () => this.#reconsider());
  }

  /** The tracker with weight 0. */
  setVitalTracker(isUp: boolean): void {
    this.#isVitalTrackerUp = isUp;
    this.#inLoopAfter(this.world.random.between(0, 1_000), () => this.#reconsider());
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
    process.edges.lastReceived = undefined;
    process.runner.receive(packet);
    this.world.tell({ kind: 'heard', node: this, advert, received: process.edges.lastReceived });
  }

  // What the daemon does around the runner.

  #inLoopAfter(span: number, run: () => void): void {
    this.#process?.loop.replyAfter(span, run);
  }

  #inform(news: News): void {
    this.#process?.runner.tell(news);
  }

  #causeOfFault(): string | undefined {
    if (!this.isLinkUp) return 'the interface is down';
    return this.#isVitalTrackerUp ? undefined : 'a vital tracker is down';
  }

  #reconsider(): void {
    const process = this.#process;
    if (process === undefined || process.isStopping) return;
    const { worth: priority } = this;
    if (priority !== this.#toldPriority) {
      this.#toldPriority = priority;
      this.#inform({ type: 'parameters', parameters: { ...this.config.parameters, priority } });
    }
    const fault = this.#causeOfFault();
    if (fault === this.#toldFault) return;
    this.#toldFault = fault;
    this.#inform(fault === undefined ? { type: 'faultCleared' } : { type: 'fault', cause: fault });
  }

  /** The core with the watchers around it. */
  #observed(core: Core): Core {
    let deadlineBefore: number | undefined;
    return {
      receive: core.receive,
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
