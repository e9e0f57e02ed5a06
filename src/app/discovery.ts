/** Discovery at work: which container is the proxy, who is a backend of it, and the upstreams that are rendered from that. */

import { type Circumstances, planBackends } from '../docker/backends.ts';
import type { ContainerReader } from '../docker/engine.ts';
import type { ContainerEvent } from '../docker/events.ts';
import {
  forgetSurvivors,
  type Going,
  NOBODY_GOES,
  nextSurvival,
  noteEvent,
  whoGoes,
} from '../docker/going.ts';
import { DEFAULT_PREFIX } from '../docker/labels.ts';
import type { ContainerSnapshot, DockerSnapshot } from '../docker/snapshot.ts';
import type { DockerWatcher } from '../docker/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { nearest } from '../lib/nearest.ts';
import { ok, type Result } from '../lib/result.ts';
import { type Duration, earliest, inSeconds, microseconds, seconds } from '../lib/time.ts';
import { within } from '../lib/within.ts';
import type { NginxController } from '../nginx/controller.ts';
import { type RenderedServer, renderedServers } from '../nginx/rendered.ts';
import type { Connect } from './aside/engine.ts';
import { timeOfDay } from './clock.ts';
import type { Config } from './config/config.ts';
import { ENGINE_TIMEOUT_MS } from './engine-problems.ts';
import { ProxyLocator, readWhereabouts } from './proxy.ts';
import { connectRemote, RemoteEngines } from './remote-engines.ts';
import { StaticServers, type StaticServersOptions } from './static-servers.ts';
import { Upstreams } from './upstreams.ts';
import { openUpstreamsFile } from './upstreams-file.ts';
import type { TimedPlan } from './upstreams-plan.ts';
import type { UpstreamsReport } from './upstreams-report.ts';

/** What is discovered, and where it goes. */
export type DiscoveryConfig = Pick<Config, 'docker' | 'discovery' | 'upstream' | 'nginx'>;

export interface DiscoveryParts {
  /** Undefined when Docker is not used: there are the servers of the configuration. */
  readonly docker: DockerWatcher | undefined;
  readonly logs: Pick<ContainerReader, 'errors'> | undefined;
  /** To engines of other hosts. */
  readonly connect: Connect;
  /** Of names of servers; never rejects. */
  readonly resolve: StaticServersOptions['resolve'];
  readonly nginx: Pick<NginxController, 'isServing' | 'reload'>;
  /** nginx's own test of its configuration; see nginx-test.ts. */
  readonly testNginx: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
  /** To be told of each step of the rendered upstreams. */
  readonly onUpstreams?: (report: UpstreamsReport) => void;
}

/** How long names and engines of other hosts are waited for before anything is rendered; the file speaks for who stays silent. */
const FIRST_WORD = seconds(1);

const NO_CONTAINERS: DockerSnapshot = { labelPrefix: DEFAULT_PREFIX, containers: [] };

export class Discovery {
  /** Undefined when nothing is rendered. */
  readonly upstreams: Upstreams | undefined;
  readonly #config: DiscoveryConfig;
  readonly #docker: DockerWatcher | undefined;
  readonly #locator = new ProxyLocator(readWhereabouts());
  readonly #servers: StaticServers;
  readonly #remote: RemoteEngines;
  readonly #clock: Clock;
  #going: Going = NOBODY_GOES;
  #stopped = false;
  #prepared: Promise<void> | undefined;
  #unsubscribe: readonly (() => void)[] = [];

  constructor(config: DiscoveryConfig, parts: DiscoveryParts) {
    const { docker, logs, connect, resolve, nginx, testNginx, clock, log, onUpstreams } = parts;
    this.#config = config;
    this.#docker = docker;
    this.#clock = clock;
    this.#servers = new StaticServers({
      upstreams: config.upstream,
      resolve,
      clock,
      log,
      onChange: () => this.upstreams?.recheck(),
    });
    this.#remote = new RemoteEngines({
      engines: config.docker.engines,
      connect: engine => connectRemote(engine, config.docker.labelPrefix, connect),
      clock,
      log,
      onChange: () => this.upstreams?.recheck(),
      onEvent: event => this.#happened(event),
    });
    const file = config.nginx.upstreamsFile;
    const others = config.upstream.size + config.docker.engines.length;
    if (file === undefined || (docker === undefined && others === 0)) return;
    this.upstreams = new Upstreams({
      file: openUpstreamsFile(file),
      controller: nginx,
      clock,
      log,
      relist: () => this.#relist(),
      plan: snapshot => this.plan(snapshot),
      reloadsPerMinute: config.nginx.reloadsPerMinute,
      test: testNginx,
      errorsWithin: span => this.#errorsWithin(span, logs),
      onChange: report => onUpstreams?.(report),
    });
  }

  /** Asks names and engines of other hosts; settles when all have spoken, or were waited for long enough. Renders nothing. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  /** Renders with each list of the engine and each change of a name's addresses: once prepared, and once who wrote the file before has ended. */
  start(former: Promise<void> = Promise.resolve()): void {
    const ready = Promise.all([this.prepare(), former]);
    this.upstreams?.begin(ready);
    const docker = this.#docker;
    if (docker === undefined) this.upstreams?.apply(NO_CONTAINERS);
    else
      this.#unsubscribe = [
        docker.onSnapshot(snapshot => this.#listed(snapshot)),
        docker.onEvent(event => this.#happened(event)),
      ];
    const known = docker?.latest();
    if (known !== undefined) this.#listed(known);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#servers.stop();
    this.#remote.stop();
    await this.upstreams?.stop();
  }

  /** What labels and configuration ask for, as far as the proxy reaches. */
  plan(snapshot: DockerSnapshot): TimedPlan {
    const now = this.#clock.now();
    const { sites, recalled, warnings, until } = this.#remote.at(now);
    const circumstances = {
      ...this.#config.discovery,
      going: whoGoes(this.#going, now),
      sites,
      upstreams: withServers(this.#servers.upstreams(), recalled),
    };
    const plan = planBackends(snapshot, this.#locator.scope(snapshot), nearest, circumstances);
    const ends = earliest(until, nextSurvival(this.#going, now));
    return { ...plan, warnings: [...plan.warnings, ...warnings], until: ends };
  }

  async #prepare(): Promise<void> {
    const rendered = await readRendered(this.#config.nginx.upstreamsFile);
    if (this.#stopped) return;
    this.#servers.recall(rendered);
    this.#remote.recall(rendered);
    await within(this.#clock, FIRST_WORD, Promise.all([this.#servers.start(), this.#remote.start()]));
  }

  /** Nobody waits for engines of other hosts: what they list comes by itself. */
  #relist(): Promise<DockerSnapshot | undefined> {
    this.#remote.relist();
    return this.#docker?.relist() ?? Promise.resolve(NO_CONTAINERS);
  }

  /** From the log of nginx's container, if the engine gives it. */
  async #errorsWithin(span: Duration, logs: DiscoveryParts['logs']): Promise<string | undefined> {
    const snapshot = this.#docker?.latest();
    const proxy = snapshot && this.locateProxy(snapshot);
    if (logs === undefined || !proxy?.ok) return undefined;
    // Whole seconds: a line that is older than it seems does no harm, the last one counts.
    const since = Math.floor(inSeconds(microseconds(timeOfDay() - span)));
    try {
      return await logs.errors(proxy.value.id, since, AbortSignal.timeout(ENGINE_TIMEOUT_MS));
    } catch {
      return undefined;
    }
  }

  #listed(snapshot: DockerSnapshot): void {
    this.#going = forgetSurvivors(this.#going, this.#clock.now());
    this.upstreams?.apply(snapshot);
  }

  /** Who is being stopped is out before the engine lists it so: nginx asks the others while it still answers. */
  #happened(event: ContainerEvent): void {
    const before = this.#going;
    this.#going = noteEvent(before, event, this.#clock.now());
    if (this.#going !== before) this.upstreams?.recheck();
  }

  /** The proxy in a snapshot, or why it cannot be told. */
  locateProxy(snapshot: DockerSnapshot): Result<ContainerSnapshot, string> {
    const found = this.#locator.find(snapshot);
    return found.ok ? ok(found.value.proxy) : found;
  }
}

/** What nginx took last; nothing if that cannot be read, which whoever renders tells. */
async function readRendered(path: string | undefined): Promise<readonly RenderedServer[]> {
  const file = path === undefined ? undefined : openUpstreamsFile(path);
  await file?.read();
  return renderedServers(file?.accepted ?? '');
}

function withServers(
  upstreams: Circumstances['upstreams'],
  more: readonly RenderedServer[],
): Circumstances['upstreams'] {
  const all = new Map(upstreams);
  for (const { upstream, server } of more) {
    const { options, servers } = all.get(upstream) ?? { options: {}, servers: [] };
    all.set(upstream, { options, servers: [...servers, server] });
  }
  return all;
}
