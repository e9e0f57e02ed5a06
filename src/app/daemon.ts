/**
 * The composition root: opens the edges, starts the parts in order and takes them down in reverse. It knows all of them
 * and decides nothing but who hears what.
 */

import type { ReloadOutcome } from '../control/reload.ts';
import type { Status } from '../control/status.ts';
import type { ContainerReader } from '../docker/engine.ts';
import type { DockerSnapshot } from '../docker/snapshot.ts';
import { DockerWatcher } from '../docker/watcher.ts';
import { OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { openProcessWatcher } from '../native/process-watcher.ts';
import { type AddressTable, openAddressTable } from '../net/addresses.ts';
import { resolveName } from '../net/host-names.ts';
import { type LinkNetlink, openRouteNetlink, type RouteNetlink } from '../net/rtnetlink.ts';
import { noticeState } from '../notify/notice.ts';
import { procfs } from '../probes/procfs.ts';
import { Aside } from './aside/aside.ts';
import { connectAside } from './aside/engine.ts';
import { type Nginx, nginxAside } from './aside/nginx.ts';
import { type Rereading, rereadingAside } from './aside/rereading.ts';
import { systemClock as clock, timeOfDay } from './clock.ts';
import { Closing } from './closing.ts';
import type { Config } from './config/config.ts';
import { Discovery } from './discovery.ts';
import type { Drain } from './drain.ts';
import { createDrain } from './drain-edges.ts';
import { type EventLoopMonitor, openEventLoopMonitor } from './event-loop.ts';
import { Newsroom } from './newsroom.ts';
import { Notifier } from './notifier.ts';
import { orphaned } from './orphan-watch.ts';
import { placesFor } from './places.ts';
import type { Recording } from './recording.ts';
import { type Action, carriedOut, planReload } from './reload-plan.ts';
import { outcomeOf, type Reading, Reloader, refusal } from './reloader.ts';
import type { StateChange, WorkingRouter } from './router.ts';
import { CORE } from './router-runner.ts';
import { Routers, type Wanted } from './routers.ts';
import { EventLoopScheduling } from './scheduling.ts';
import { gatherStatus } from './status.ts';
import { readHost } from './survey.ts';
import { TrackerRunner } from './tracker-runner.ts';
import { TrackerSet } from './tracker-set.ts';
import { createProbe } from './trackers.ts';
import { HttpViews } from './views/http-views.ts';

export interface DaemonContext {
  readonly log: Logger;
  readonly version: string;
  readonly nodeName: string;
  /** Ends the daemon in good order. */
  readonly signal: AbortSignal;
  /** Reads the configuration again from all its sources, and holds it against this host. */
  readonly reread: (by: Rereading) => Promise<Reading>;
  /** Takes down the inputs of the virtual routers. */
  readonly recording?: Recording;
}

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
    const daemon = new Daemon(config, context, closing);
    await Promise.race([daemon.start(), broken]);
    context.log.info({ routers: Object.keys(config.vrrp), version: context.version }, 'locum runs');
    await Promise.race([aborted(context.signal), daemon.orphaned, broken]);
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
interface Discovering {
  readonly nginx: Nginx;
  readonly discovery: Discovery;
}

class Daemon {
  /** Rejects when only a restart joins the network that this daemon belongs to. */
  readonly orphaned: Promise<never>;
  #config: Config;
  readonly #context: DaemonContext;
  readonly #closing: Closing;
  readonly #startedAt = clock.now();
  readonly #processes = procfs();
  readonly #aside: Aside;
  readonly #eventLoop: EventLoopMonitor;
  readonly #netlink: RouteNetlink & LinkNetlink;
  readonly #addresses: AddressTable;
  readonly #routers: Routers;
  readonly #docker: DockerWatcher | undefined;
  readonly #engine: ContainerReader | undefined;
  #nginx: Nginx;
  #discovery: Discovery;
  readonly #drain: Drain;
  readonly #trackers: TrackerSet;
  readonly #notifier: Notifier;
  readonly #scheduling: EventLoopScheduling;
  readonly #news = new Newsroom(() => new Date().toISOString());
  readonly #views: HttpViews;
  readonly #reloader: Reloader;
  #started: Promise<void> | undefined;

  constructor(config: Config, context: DaemonContext, closing: Closing) {
    const { log } = context;
    this.#config = config;
    this.#context = context;
    this.#closing = closing;
    context.recording?.follow(this.#news.events);
    this.#aside = new Aside(log);
    closing.add(() => this.#aside.close());
    const teller = { node: context.nodeName, version: context.version, utc: timeOfDay };
    this.#notifier = new Notifier(config.notify, { ...teller, clock, log, run: this.#aside.run });
    // The last to stop but for the process that runs them: nothing else waits for hooks.
    closing.add(() => this.#notifier.stop());
    this.#eventLoop = openEventLoopMonitor();
    closing.add(() => this.#eventLoop.close());
    this.#netlink = openRouteNetlink(error =>
      log.error({ code: error.code }, `rtnetlink events: ${error.message}`),
    );
    closing.add(() => this.#netlink.close());
    this.#addresses = openAddressTable({
      netlink: this.#netlink,
      onLost: (cidr, index) => this.#routers.addressLost(cidr, index),
      onError: error => log.error({ code: error.code }, `cannot read the addresses: ${error.message}`),
    });
    closing.add(() => this.#addresses.close());
    this.#routers = new Routers({
      netlink: this.#netlink,
      addresses: this.#addresses,
      owner: config.control.socket,
      clock,
      log,
      coreOf: name => context.recording?.coreOf(name) ?? CORE,
      onStateChange: (router, change) => this.#stateChanged(router, change),
    });
    const { enabled, host, labelPrefix } = config.docker;
    const engine = enabled ? connectAside(this.#aside)(host, { labelPrefix }) : undefined;
    this.#engine = engine;
    this.#docker = engine && new DockerWatcher({ engine, clock, log });
    this.orphaned = orphaned({ docker: this.#docker, netlink: this.#netlink, clock, log }, closing);
    this.#nginx = nginxAside(this.#aside, config.nginx.process);
    this.#discovery = this.#createDiscovery(config, this.#nginx);
    this.#docker?.onConnection(status => this.#news.dockerChanged(host, status));
    closing.add(() => this.#discovery.stop());
    this.#drain = createDrain(() => this.#config, {
      tenants: () => this.#routers.all,
      nginx: { reload: () => this.#nginx.controller.reload() },
      run: this.#aside.run,
      clock,
      log,
      onChange: report => this.#news.drainChanged(report),
    });
    this.#trackers = this.#createTrackers();
    this.#reloader = new Reloader({
      reread: () => context.reread(rereadingAside(this.#aside)),
      apply: next => this.#apply(next),
      clock,
      wallTime: () => new Date().toISOString(),
      tell: news => this.#news.tell(news),
      log,
    });
    this.#scheduling = new EventLoopScheduling({ wish: config.scheduling, log });
    closing.add(() => this.#scheduling.close());
    this.#views = this.#createViews();
  }

  /**
   * The control socket comes before anything is touched: a second daemon ends there, and must not sweep the first
   * one's addresses.
   */
  async start(): Promise<void> {
    this.#listenToHangup();
    this.#started = this.#begin();
    await this.#started;
  }

  async #begin(): Promise<void> {
    const plan = await this.#planFromNothing();
    await Promise.all([this.#views.open(this.#closing), this.#aside.begin()]);
    await this.#routers.sweepInterfaces();
    this.#closing.add(() => this.#routers.close());
    const trouble = await this.#routers.place(plan.actions, plan.wanted, []);
    if (trouble !== undefined) throw trouble;
    await this.#routers.sweepAddresses();
    await this.#drain.recall();
    // Threads that begin later are normal ones.
    this.#scheduling.apply();
    this.#startWatching();
    this.#closing.add(() => this.#routers.stop());
    this.#closing.add(() => this.#drain.stop());
    this.#closing.add(() => this.#reloader.close());
    this.#routers.begin(plan.actions);
  }

  async #planFromNothing(): Promise<{ readonly actions: readonly Action[]; readonly wanted: Wanted }> {
    const { vrrp } = this.#config;
    const places = placesFor(vrrp, (await readHost()).interfaces, undefined);
    if (!places.ok)
      throw new OperatingError('ENODEV', `vrrp.${places.error}: no interface for it any more`, {
        router: places.error,
      });
    const nothing = { config: { ...this.#config, vrrp: {} }, places: {} };
    const { routers } = planReload(nothing, { config: this.#config, places: places.value });
    return { actions: routers, wanted: { routers: vrrp, places: places.value } };
  }

  /** What a terminal says when it goes, and what nginx and others take for "read your configuration again". */
  #listenToHangup(): void {
    const onHangup = (): void => void this.#reloader.reload('SIGHUP');
    process.on('SIGHUP', onHangup);
    this.#closing.add(() => process.off('SIGHUP', onHangup));
  }

  /** Applies another configuration to what runs, as a whole or, where that is refused, not at all. */
  async #apply(next: Config): Promise<ReloadOutcome> {
    await this.#started;
    if (this.#drain.isUnderWay) return refusal('a drain is under way: reload when it has ended');
    const now = { config: this.#config, places: this.#routers.places };
    const places = placesFor(next.vrrp, (await readHost()).interfaces, now);
    if (!places.ok) return refusal(`vrrp.${places.error} has no interface here`);
    const plan = planReload(now, { config: next, places: places.value });
    const { routers, fixed } = plan;
    if (fixed.length > 0) return refusal(`a restart of the daemon is needed for ${fixed.join(', ')}`);
    // Before anything is changed, because what it names may be missing.
    const discovering = plan.discovery === 'restart' ? this.#anotherDiscovery(next) : undefined;
    this.#config = carriedOut(now.config, next);
    await this.#routers.remove(routers);
    this.#trackers.reconcile(next.track, 'wait');
    const wanted = { routers: next.vrrp, places: places.value };
    const trouble = await this.#routers.place(routers, wanted, this.#trackers.counting());
    this.#notifier.reconcile(next.notify);
    for (const router of this.#routers.all) this.#drain.welcome(router);
    this.#trackersChanged();
    this.#routers.begin(routers);
    if (discovering !== undefined) await this.#discoverBy(discovering);
    return outcomeOf(plan, trouble);
  }

  /** Throws an OperatingError when what the configuration names cannot be read. */
  #createDiscovery(config: Config, nginx: Nginx): Discovery {
    return new Discovery(config, {
      docker: this.#docker,
      logs: this.#engine,
      connect: connectAside(this.#aside),
      resolve: resolveName,
      nginx: nginx.controller,
      testNginx: nginx.test,
      clock,
      log: this.#context.log,
      onUpstreams: this.#news.upstreams(),
    });
  }

  #anotherDiscovery(config: Config): Discovering {
    const nginx = nginxAside(this.#aside, config.nginx.process);
    return { nginx, discovery: this.#createDiscovery(config, nginx) };
  }

  /** From here on promotions go to the next one, which writes nothing before the former has ended. */
  async #discoverBy({ nginx, discovery: next }: Discovering): Promise<void> {
    this.#nginx = nginx;
    await next.prepare();
    const ended = this.#discovery.stop();
    this.#discovery = next;
    next.start(ended);
  }

  #createViews(): HttpViews {
    return new HttpViews({
      config: this.#config,
      news: this.#news,
      gather: () => this.#status(),
      health: () => ({ ok: true, detail: 'running' }),
      operator: {
        drain: async (force, tell) => {
          await this.#reloader.settled();
          return this.#drain.drain(force, tell);
        },
        undrain: () => this.#drain.undrain(),
        reload: () => this.#reloader.reload('the control socket'),
      },
      clock,
      log: this.#context.log,
    });
  }

  #createTrackers(): TrackerSet {
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
      run: this.#aside.run,
    };
    return new TrackerSet({
      create: (name, config, onHealth) =>
        new TrackerRunner({
          name,
          config,
          probe: createProbe(config, parts),
          clock,
          log,
          onHealth: (health, outcome) => {
            // The cause before its effects.
            this.#news.trackerChanged(name, health, outcome);
            onHealth();
          },
        }),
      onChange: () => this.#trackersChanged(),
    });
  }

  #startWatching(): void {
    this.#closing.add(() => this.#trackers.stop());
    this.#trackers.reconcile(this.#config.track, 'count');
    this.#trackersChanged();
    this.#discovery.start();
    const docker = this.#docker;
    if (docker === undefined) return;
    docker.onEvent(event => {
      if (event.action === 'start') this.#trackers.nudge();
    });
    this.#closing.add(() => docker.stop());
    docker.start();
  }

  #trackersChanged(): void {
    const reports = this.#trackers.counting();
    for (const router of this.#routers.all) router.trackersChanged(reports);
    this.#discovery.upstreams?.recheck();
  }

  #stateChanged({ name, vrid, runner }: WorkingRouter, change: StateChange): void {
    const { from, to, reason, detail } = change;
    this.#news.stateChanged(name, change);
    if (from === 'master') this.#drain.routerLeft(name);
    if (to === 'master') void this.#discovery.upstreams?.promote();
    const { priority } = runner.router.parameters;
    const state = noticeState(to);
    this.#notifier.tell({ router: name, vrid, from, state, reason, detail, priority, at: timeOfDay() });
  }

  async #status(): Promise<Status> {
    // The one that takes time comes first: the rest is of one moment.
    const held = await this.#addresses.list();
    return gatherStatus({
      version: this.#context.version,
      node: this.#context.nodeName,
      startedAt: this.#startedAt,
      now: clock.now(),
      routers: this.#routers.placed,
      trackers: this.#trackers.reports(),
      hooks: this.#notifier.status(),
      drain: this.#drain.status(),
      docker: this.#docker?.status(),
      upstreams: this.#discovery.upstreams?.status(),
      held,
      eventLoop: this.#eventLoop.lag(),
      scheduling: this.#scheduling.status(),
      links: this.#routers.links,
      reload: this.#reloader.status(),
      drops: { ...this.#views.drops(), ...this.#context.recording?.drops() },
      peerPages: this.#config.http.peers,
    });
  }
}
