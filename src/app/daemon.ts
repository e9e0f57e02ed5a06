/**
 * The composition root: opens the edges, starts the parts in order and takes them down in reverse. It knows all of them
 * and decides nothing but who hears what.
 */

import { type Answers, startControlServer } from '../control/server.ts';
import type { Status } from '../control/status.ts';
import { connectDocker } from '../docker/client.ts';
import type { DockerSnapshot } from '../docker/snapshot.ts';
import { DockerWatcher } from '../docker/watcher.ts';
import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { openProcessWatcher } from '../native/process-watcher.ts';
import { type AddressTable, openAddressTable } from '../net/addresses.ts';
import { type LinkNetlink, openRouteNetlink, type RouteNetlink } from '../net/rtnetlink.ts';
import { NginxController } from '../nginx/controller.ts';
import { noticeState } from '../notify/notice.ts';
import { procfs } from '../probes/procfs.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { systemClock as clock, timeOfDay } from './clock.ts';
import { Closing } from './closing.ts';
import { interfaceFor } from './config/check-host.ts';
import { type Config, heldBy, type RouterConfig } from './config/config.ts';
import { Discovery } from './discovery.ts';
import type { Drain } from './drain.ts';
import { createDrain } from './drain-edges.ts';
import { type EventLoopMonitor, openEventLoopMonitor } from './event-loop.ts';
import { Link } from './link.ts';
import { Notifier } from './notifier.ts';
import { addressesOn, announcerOn } from './outlet.ts';
import { type StateChange, WorkingRouter } from './router.ts';
import type { RunnerPorts } from './router-runner.ts';
import { EventLoopScheduling } from './scheduling.ts';
import { gatherStatus, type Placed } from './status.ts';
import { readHost } from './survey.ts';
import { joinSyncGroups } from './sync-groups.ts';
import { TrackerRunner } from './tracker-runner.ts';
import { createProbe } from './trackers.ts';
import { VirtualPlace } from './virtual-place.ts';
import { VirtualPlaces } from './virtual-places.ts';

export interface DaemonContext {
  readonly log: Logger;
  readonly version: string;
  readonly nodeName: string;
  /** Ends the daemon in good order. */
  readonly signal: AbortSignal;
}

/** How long the routers may take to resign and give their addresses back; what is left then, the leases end. */
const STOP_WITHIN_MS = 2_000;

/** Runs until the signal. Rejects with an OperatingError when it cannot start, or with a programmer error after it has resigned. */
export async function runDaemon(config: Config, context: DaemonContext): Promise<void> {
  const closing = new Closing(context.log);
  const broken = new Promise<never>((_resolve, reject) => {
    const onUncaught = (error: unknown): void => reject(error);
    process.on('uncaughtException', onUncaught);
    closing.add(() => process.off('uncaughtException', onUncaught));
  });
  broken.catch(() => {});
  try {
    await Promise.race([new Daemon(config, context, closing).start(), broken]);
    context.log.info({ routers: Object.keys(config.vrrp), version: context.version }, 'locum runs');
    await Promise.race([aborted(context.signal), broken]);
    context.log.info({ reason: String(context.signal.reason) }, 'locum stops');
  } finally {
    await closing.run();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** The parts of a running daemon, and who hears what. */
class Daemon {
  readonly #config: Config;
  readonly #context: DaemonContext;
  readonly #closing: Closing;
  readonly #startedAt = clock.now();
  readonly #processes = procfs();
  readonly #eventLoop: EventLoopMonitor;
  readonly #netlink: RouteNetlink & LinkNetlink;
  readonly #addresses: AddressTable;
  readonly #virtualPlaces: VirtualPlaces;
  readonly #docker: DockerWatcher | undefined;
  readonly #nginx: NginxController;
  readonly #discovery: Discovery;
  readonly #drain: Drain;
  readonly #trackers: readonly TrackerRunner[];
  readonly #notifier: Notifier;
  readonly #scheduling: EventLoopScheduling;
  #placed: readonly Placed[] = [];
  #links: readonly Link[] = [];

  constructor(config: Config, context: DaemonContext, closing: Closing) {
    const { log } = context;
    this.#config = config;
    this.#context = context;
    this.#closing = closing;
    this.#notifier = new Notifier(config.notify, clock, log);
    // The last to stop: nothing else waits for hooks.
    closing.add(() => this.#notifier.stop());
    this.#eventLoop = openEventLoopMonitor();
    closing.add(() => this.#eventLoop.close());
    this.#netlink = openRouteNetlink(error =>
      log.error({ code: error.code }, `rtnetlink events: ${error.message}`),
    );
    closing.add(() => this.#netlink.close());
    this.#addresses = openAddressTable({
      netlink: this.#netlink,
      onLost: (cidr, index) => this.#addressLost(cidr, index),
      onError: error => log.error({ code: error.code }, `cannot read the addresses: ${error.message}`),
    });
    closing.add(() => this.#addresses.close());
    const owner = config.control.socket;
    const edges = { netlink: this.#netlink, addresses: this.#addresses };
    this.#virtualPlaces = new VirtualPlaces({ ...edges, owner, clock, log });
    const engine = config.docker.enabled ? connectDocker(config.docker.host) : undefined;
    this.#docker = engine && new DockerWatcher({ engine, clock, log });
    const processName = config.nginx.process;
    this.#nginx = new NginxController({ processName, processes: this.#processes, clock });
    this.#discovery = new Discovery(config, {
      docker: this.#docker,
      logs: engine,
      nginx: this.#nginx,
      clock,
      log,
    });
    closing.add(() => this.#discovery.stop());
    const tenants = () => this.#placed.map(({ router }) => router);
    this.#drain = createDrain(config, { tenants, nginx: this.#nginx, clock, log });
    this.#trackers = this.#createTrackers();
    this.#scheduling = new EventLoopScheduling(config.scheduling, log);
    closing.add(() => this.#scheduling.close());
  }

  /**
   * The control socket comes before anything is touched: a second daemon ends there, and must not sweep the first
   * one's addresses.
   */
  async start(): Promise<void> {
    await this.#placeRouters();
    await this.#openControl();
    await this.#virtualPlaces.sweep();
    for (const link of this.#links) this.#closing.add(() => link.close());
    this.#closing.add(() => this.#virtualPlaces.close());
    await Promise.all(this.#links.map(link => link.open()));
    await this.#virtualPlaces.settled();
    await this.#sweep();
    await this.#drain.recall();
    this.#startWatching();
    this.#scheduling.apply();
    this.#closing.add(() => this.#stopRouters());
    this.#closing.add(() => this.#drain.stop());
    for (const { router } of this.#placed) router.start();
  }

  #createTrackers(): readonly TrackerRunner[] {
    const { log } = this.#context;
    const processWatcher = openProcessWatcher();
    this.#closing.add(() => processWatcher.close());
    const parts = {
      processes: this.#processes,
      processWatcher,
      docker: this.#docker,
      locateProxy: (snapshot: DockerSnapshot) => this.#discovery.locateProxy(snapshot),
      plan: (snapshot: DockerSnapshot) => this.#discovery.plan(snapshot),
      netlink: this.#netlink,
      clock,
    };
    return Object.entries(this.#config.track).map(
      ([name, config]) =>
        new TrackerRunner({
          name,
          config,
          probe: createProbe(config, parts),
          clock,
          log,
          onHealth: () => this.#trackersChanged(),
        }),
    );
  }

  async #placeRouters(): Promise<void> {
    const { interfaces } = await readHost();
    const byInterface = new Map<string, [string, RouterConfig][]>();
    for (const [name, config] of Object.entries(this.#config.vrrp)) {
      const place = interfaceFor(config, interfaces)?.name;
      if (place === undefined)
        throw new OperatingError('ENODEV', `vrrp.${name}: no interface for it any more`, { router: name });
      byInterface.set(place, [...(byInterface.get(place) ?? []), [name, config]]);
    }
    this.#links = [...byInterface].map(([place, entries]) => this.#createLink(place, entries));
    joinSyncGroups(this.#placed.map(({ router }) => router));
  }

  #createLink(interfaceName: string, entries: readonly (readonly [string, RouterConfig])[]): Link {
    const { log } = this.#context;
    const configs = entries.map(([, config]) => config);
    const link = new Link({
      interfaceName,
      virtualAddresses: new Set(configs.flatMap(heldBy).map(({ address }) => address)),
      netlink: this.#netlink,
      log,
    });
    for (const [name, config] of entries) {
      const place = config.vmac === undefined ? link : this.#virtualPlaces.create(link, config, config.vmac);
      const ports = { clock, utc: timeOfDay, ...this.#edgesOf(place, config) };
      const router = new WorkingRouter({
        name,
        config,
        ports,
        log,
        onStateChange: change => this.#stateChanged(router, change),
      });
      link.join(place instanceof VirtualPlace ? place.house(router) : router);
      this.#placed = [...this.#placed, { router, link, place }];
    }
    return link;
  }

  #edgesOf(
    place: Link | VirtualPlace,
    config: RouterConfig,
  ): Pick<RunnerPorts, 'wire' | 'addresses' | 'announcer'> {
    if (place instanceof VirtualPlace) {
      const { wire, addresses, announcer } = place;
      return { wire, addresses, announcer };
    }
    return {
      wire: place.wire,
      addresses: addressesOn(place, heldBy(config), config.priority === OWNER_PRIORITY, this.#addresses),
      announcer: announcerOn(place, heldBy(config), config.announce.repeat),
    };
  }

  async #openControl(): Promise<void> {
    const drain = this.#drain;
    const answers: Answers = {
      status: () => this.#status(),
      health: () => ({ ok: true, detail: 'running' }),
      drain: (force, tell) => drain.drain(force, tell),
      undrain: () => drain.undrain(),
    };
    const control = await startControlServer(this.#config.control.socket, answers, this.#context.log);
    this.#closing.add(() => control.close());
  }

  async #sweep(): Promise<void> {
    for (const { router, link } of this.#placed) {
      if (link.index === undefined) continue;
      const swept = await this.#addresses.sweep(heldBy(router.config), link.index);
      for (const cidr of swept)
        this.#context.log.warn(
          { router: router.name, address: formatCidr(cidr) },
          'removed an address that a former run left behind',
        );
    }
  }

  #startWatching(): void {
    for (const tracker of this.#trackers) {
      this.#closing.add(() => tracker.stop());
      tracker.start();
    }
    this.#trackersChanged();
    this.#discovery.start();
    const docker = this.#docker;
    if (docker === undefined) return;
    docker.onEvent(event => {
      if (event.action === 'start') for (const tracker of this.#trackers) tracker.nudge();
    });
    this.#closing.add(() => docker.stop());
    docker.start();
  }

  #trackersChanged(): void {
    const reports = this.#trackers.map(tracker => tracker.status());
    for (const { router } of this.#placed) router.trackersChanged(reports);
    this.#discovery.upstreams?.recheck();
  }

  #stateChanged({ name, runner }: WorkingRouter, { from, to }: StateChange): void {
    if (from === 'master') this.#drain.routerLeft(name);
    if (to === 'master') void this.#discovery.upstreams?.promote();
    const { priority } = runner.router.parameters;
    this.#notifier.tell({ router: name, state: noticeState(to), priority });
  }

  #addressLost(cidr: Cidr, interfaceIndex: number): void {
    for (const link of this.#links) link.addressRemoved(cidr, interfaceIndex);
    this.#virtualPlaces.addressRemoved(cidr, interfaceIndex);
  }

  async #stopRouters(): Promise<void> {
    const stopped = this.#placed.map(({ router }) => new Promise<void>(done => router.stop(done)));
    const late = new Promise<'late'>(resolve => setTimeout(resolve, STOP_WITHIN_MS, 'late').unref());
    if ((await Promise.race([Promise.all(stopped), late])) === 'late')
      this.#context.log.error({}, 'a virtual router could not be stopped in time; its lease ends by itself');
  }

  async #status(): Promise<Status> {
    return gatherStatus({
      version: this.#context.version,
      node: this.#context.nodeName,
      startedAt: this.#startedAt,
      now: clock.now(),
      routers: this.#placed,
      trackers: this.#trackers.map(tracker => tracker.status()),
      hooks: this.#notifier.status(),
      drain: this.#drain.status(),
      docker: this.#docker?.status(),
      upstreams: this.#discovery.upstreams?.status(),
      held: await this.#addresses.list(),
      eventLoop: this.#eventLoop.lag(),
      scheduling: this.#scheduling.status(),
      links: this.#links,
    });
  }
}
