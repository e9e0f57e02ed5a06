/**
 * The engines of other hosts: each followed like the own one, its last list kept while it does not answer, and given up after a stated time. What the
 * file says of one that was not listed yet counts for as long. Whatever they do, the own engine's containers are served.
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
import { after, earliest, type Instant } from '../lib/time.ts';
import type { RenderedServer } from '../nginx/rendered.ts';
import type { Connect } from './aside/engine.ts';
import type { EngineConfig } from './config/config.ts';

export interface RemoteEnginesOptions {
  readonly engines: readonly EngineConfig[];
  readonly connect: (config: EngineConfig) => DockerEngine;
  readonly clock: Clock;
  readonly log: Logger;
  /** One of them was listed. */
  readonly onChange: () => void;
  readonly onEvent: (event: ContainerEvent) => void;
}

/** What is known of them at a moment. */
export interface Hearsay {
  /** Those that were listed, lately enough. */
  readonly sites: readonly Site[];
  /** Of those that were not listed yet. */
  readonly recalled: readonly RenderedServer[];
  /** One for each that is given up. */
  readonly warnings: readonly string[];
  /** When the first of them is to be given up; undefined while all answer. */
  readonly until: Instant | undefined;
}

interface Remote {
  readonly config: EngineConfig;
  readonly watcher: DockerWatcher;
}

export class RemoteEngines {
  readonly #remotes: readonly Remote[];
  readonly #begunAt: Instant;
  readonly #onChange: () => void;
  readonly #onEvent: (event: ContainerEvent) => void;
  #recalled: readonly RenderedServer[] = [];

  /** Throws an OperatingError when a file of credentials cannot be read. */
  constructor({ engines, connect, clock, log, onChange, onEvent }: RemoteEnginesOptions) {
    this.#begunAt = clock.now();
    this.#onChange = onChange;
    this.#onEvent = onEvent;
    this.#remotes = engines.map(config => ({
      config,
      watcher: new DockerWatcher({ engine: connect(config), clock, log: named(log, config.name) }),
    }));
  }

  /** Takes what the file holds for what engines had that cannot be asked yet. */
  recall(rendered: readonly RenderedServer[]): void {
    this.#recalled = rendered;
  }

  /** Follows them from now on; settles when each has been listed, or has failed. */
  async start(): Promise<void> {
    await Promise.all(this.#remotes.map(({ watcher }) => this.#follow(watcher)));
  }

  stop(): void {
    for (const { watcher } of this.#remotes) watcher.stop();
  }

  /** Asks each for a fresh list; `onChange` tells of those that answer. */
  relist(): void {
    for (const { watcher } of this.#remotes) void watcher.relist();
  }

  at(now: Instant): Hearsay {
    const heard = this.#remotes.map(remote => this.#hear(remote, now));
    return {
      sites: heard.flatMap(({ sites }) => sites),
      recalled: heard.flatMap(({ recalled }) => recalled),
      warnings: heard.flatMap(({ warnings }) => warnings),
      until: earliest(...heard.map(({ until }) => until)),
    };
  }

  #hear({ config, watcher }: Remote, now: Instant): Hearsay {
    const { name, host, keep, address } = config;
    const { connected, lastListedAt } = watcher.status();
    const end = after(lastListedAt ?? this.#begunAt, keep);
    if (!connected && now >= end) {
      const warning = `the engine ${name} (${host}) was away for too long: its servers are left out`;
      return { ...NOTHING, warnings: [warning] };
    }
    const until = connected ? undefined : end;
    const snapshot = watcher.latest();
    if (snapshot === undefined) return { ...NOTHING, recalled: this.#recalledOf(name), until };
    const scope = { excluded: new Set<string>(), networks: { published: address } };
    return { ...NOTHING, sites: [{ name, snapshot, scope }], until };
  }

  #recalledOf(engine: string): readonly RenderedServer[] {
    return this.#recalled.filter(({ server }) => server.origin.endsWith(` on ${engine}`));
  }

  #follow(watcher: DockerWatcher): Promise<void> {
    return new Promise(resolve => {
      watcher.onSnapshot(() => {
        this.#onChange();
        resolve();
      });
      watcher.onConnection(({ lastError }) => {
        if (lastError !== undefined) resolve();
      });
      watcher.onEvent(event => this.#onEvent(event));
      watcher.start();
    });
  }
}

const NOTHING: Hearsay = { sites: [], recalled: [], warnings: [], until: undefined };

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
