/**
 * The servers that the configuration names beside containers. Names are resolved here and not by nginx, which would refuse its whole
 * configuration for one that it cannot resolve. A name that cannot be resolved keeps its last addresses.
 */

import type { Circumstances, ConfiguredUpstream } from '../docker/backends.ts';
import type { Clock } from '../lib/clock.ts';
import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import type { Result } from '../lib/result.ts';
import { seconds } from '../lib/time.ts';
import type { Server } from '../lib/upstream.ts';
import { serverParameters } from '../lib/upstream-grammar.ts';
import { quoteComment } from '../nginx/quote.ts';
import type { RenderedServer } from '../nginx/rendered.ts';
import type { Config, StaticServer } from './config/config.ts';

/** How often names are resolved again. */
const PERIOD = seconds(30);

export interface StaticServersOptions {
  readonly upstreams: Config['upstream'];
  readonly resolve: (name: string) => Promise<Result<readonly IpAddress[], string>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The addresses of a name are other ones now. */
  readonly onChange: () => void;
}

export class StaticServers {
  readonly #options: StaticServersOptions;
  /** Those whose host is a name. */
  readonly #named: readonly StaticServer[];
  readonly #names: readonly string[];
  readonly #addresses = new Map<string, readonly IpAddress[]>();
  readonly #failing = new Set<string>();
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(options: StaticServersOptions) {
    this.#options = options;
    this.#named = [...options.upstreams.values()]
      .flatMap(({ servers }) => servers)
      .filter(({ address }) => parseIpAddress(address.host) === undefined);
    this.#names = [...new Set(this.#named.map(({ address }) => address.host))];
  }

  /** Takes the addresses that a name had when the file was written for its last: a start is no reason to do without them. */
  recall(rendered: readonly RenderedServer[]): void {
    for (const named of this.#named) {
      const comment = quoteComment(originOf(named));
      const its = rendered.filter(({ server }) => server.origin === comment);
      const addresses = new Set(its.map(({ server }) => server.address));
      if (addresses.size > 0) this.#addresses.set(named.address.host, [...addresses].sort());
    }
  }

  /** Resolves once and from then on; the first time is over when this settles. */
  async start(): Promise<void> {
    await this.refresh();
    if (this.#stopped || this.#names.length === 0) return;
    this.#cancel = this.#options.clock.after(PERIOD, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Resolves all names now. */
  async refresh(): Promise<void> {
    const changes = await Promise.all(this.#names.map(name => this.#look(name)));
    if (changes.includes(true) && !this.#stopped) this.#options.onChange();
  }

  /** As they are known now; a name without any address known has no server yet. */
  upstreams(): Circumstances['upstreams'] {
    const entries = [...this.#options.upstreams].map(([name, { options, servers }]) => {
      const configured: ConfiguredUpstream = {
        options,
        servers: servers.flatMap(server => this.#serversOf(server)),
      };
      return [name, configured] as const;
    });
    return new Map(entries);
  }

  #serversOf(configured: StaticServer): readonly Server[] {
    const { host, port } = configured.address;
    const literal = parseIpAddress(host);
    const addresses = literal === undefined ? (this.#addresses.get(host) ?? []) : [literal];
    const origin = originOf(configured);
    const { parameters } = configured;
    return addresses.map(address => ({ origin, address, port, ...serverParameters(parameters) }));
  }

  async #look(name: string): Promise<boolean> {
    const found = await this.#options.resolve(name);
    if (!found.ok) return this.#failed(name, found.error);
    if (this.#failing.delete(name)) this.#options.log.info({ name }, `${name} is resolved again`);
    const before = this.#addresses.get(name);
    this.#addresses.set(name, found.value);
    return before?.join() !== found.value.join();
  }

  /** Told once, until it is over. */
  #failed(name: string, reason: string): false {
    const kept = this.#addresses.get(name)?.length ?? 0;
    const consequence = kept > 0 ? 'its last addresses stay in use' : 'it has no server until it can be';
    if (!this.#failing.has(name))
      this.#options.log.warn({ name, reason, kept }, `${name} cannot be resolved; ${consequence}`);
    this.#failing.add(name);
    return false;
  }
}

function originOf({ name, address: { host } }: StaticServer): string {
  return parseIpAddress(host) === undefined ? `server ${name}, ${host}` : `server ${name}`;
}
