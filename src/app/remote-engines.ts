/**
 * The engines of other hosts: each followed like the own one, its last list kept while it does not answer, and given up after a stated time.
 * Whatever they do, the own engine's containers are served.
 */

import { readFileSync } from 'node:fs';
import type { Site } from '../docker/backends.ts';
import type { DockerEngine } from '../docker/engine.ts';
import type { ContainerEvent } from '../docker/events.ts';
import type { Credentials } from '../docker/host.ts';
import { DockerWatcher } from '../docker/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { after, between, type Instant } from '../lib/time.ts';
import type { Connect } from './aside/engine.ts';
import type { EngineConfig } from './config/config.ts';

export interface RemoteEnginesOptions {
  readonly engines: readonly EngineConfig[];
  readonly connect: (config: EngineConfig) => DockerEngine;
  readonly clock: Clock;
  readonly log: Logger;
  /** One of them was listed, or was given up. */
  readonly onChange: () => void;
  readonly onEvent: (event: ContainerEvent) => void;
}

interface Remote {
  readonly config: EngineConfig;
  readonly watcher: DockerWatcher;
}

export class RemoteEngines {
  readonly #remotes: readonly Remote[];
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #onEvent: (event: ContainerEvent) => void;
  readonly #log: Logger;
  readonly #givenUp = new Set<string>();
  #cancel: () => void = () => undefined;

  /** Throws an OperatingError when a file of credentials cannot be read. */
  constructor({ engines, connect, clock, log, onChange, onEvent }: RemoteEnginesOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
    this.#onEvent = onEvent;
    this.#remotes = engines.map(config => ({
      config,
      watcher: new DockerWatcher({ engine: connect(config), clock, log: named(log, config.name) }),
    }));
  }

  start(): void {
    for (const { watcher } of this.#remotes) {
      watcher.onSnapshot(() => this.#onChange());
      watcher.onEvent(event => this.#onEvent(event));
      watcher.start();
    }
  }

  stop(): void {
    this.#cancel();
    for (const { watcher } of this.#remotes) watcher.stop();
  }

  /** Asks each for a fresh list; `onChange` tells of those that answer. */
  relist(): void {
    for (const { watcher } of this.#remotes) void watcher.relist();
  }

  /** Those that answered lately. Looks again, through `onChange`, when the first of them is to be given up. */
  sites(now: Instant): readonly Site[] {
    this.#cancel();
    const ends: Instant[] = [];
    const sites = this.#remotes.flatMap(({ config, watcher }): Site[] => {
      const snapshot = watcher.latest();
      const { connected, lastListedAt } = watcher.status();
      if (snapshot === undefined || lastListedAt === undefined) return [];
      const end = after(lastListedAt, config.keep);
      if (!connected && now >= end) return this.#giveUp(config);
      this.#givenUp.delete(config.name);
      if (!connected) ends.push(end);
      const networks = { published: config.address };
      return [{ name: config.name, snapshot, scope: { excluded: new Set(), networks } }];
    });
    const [first] = ends.sort((a, b) => a - b);
    if (first !== undefined) this.#cancel = this.#clock.after(between(now, first), () => this.#onChange());
    return sites;
  }

  #giveUp({ name, host }: EngineConfig): [] {
    if (!this.#givenUp.has(name))
      this.#log.warn({ engine: name, host }, 'the engine was away for too long: its servers are left out');
    this.#givenUp.add(name);
    return [];
  }
}

/** Connects with the files that the configuration names. Throws an OperatingError for one that cannot be read. */
export function connectRemote(
  { name, host, tls, ssh }: EngineConfig,
  labelPrefix: string,
  connect: Connect,
): DockerEngine {
  const read = (setting: string, path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (thrown) {
      const what = `docker.engine.${name}.${setting}: ${path} cannot be read: ${messageOf(thrown)}`;
      throw new OperatingError('docker-credentials', `${what}; name a readable file`, { path }, thrown);
    }
  };
  const identity = tls?.identity;
  const credentials: Credentials = {
    ...(tls && {
      tls: {
        ca: read('tls-ca', tls.ca),
        ...(identity && { cert: read('tls-cert', identity.cert), key: read('tls-key', identity.key) }),
      },
    }),
    ...(ssh && { ssh: { privateKey: read('ssh-key', ssh.key), fingerprint: ssh.fingerprint } }),
  };
  return connect(host, { labelPrefix, ...credentials });
}

/** The watcher's lines say which engine they are about. */
function named(log: Logger, engine: string): Logger {
  return {
    debug: (fields, message) => log.debug({ engine, ...fields }, message),
    info: (fields, message) => log.info({ engine, ...fields }, message),
    warn: (fields, message) => log.warn({ engine, ...fields }, message),
    error: (fields, message) => log.error({ engine, ...fields }, message),
  };
}
