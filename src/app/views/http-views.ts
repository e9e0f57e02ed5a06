/**
 * Where this node is asked: the control socket with everything, for its own user, and, if it is configured, a TCP address with the views alone,
 * for whoever comes, and therefore in a process of its own.
 */

import { hostname } from 'node:os';
import type { Operator, Page, Views } from '../../control/answers.ts';
import { renderMetrics } from '../../control/metrics.ts';
import { type ControlServer, type ListenAddress, startControlServer } from '../../control/server.ts';
import type { Health, Status } from '../../control/status.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { pageHtml, pagePolicy } from '../../page/page.ts';
import type { Closing } from '../closing.ts';
import type { Config } from '../config/config.ts';
import type { Newsroom } from '../newsroom.ts';
import { SharedStatus } from './shared-status.ts';
import { ViewsProcess } from './views-process.ts';

export interface HttpViewsOptions {
  readonly config: Pick<Config, 'control' | 'http'>;
  readonly news: Newsroom;
  readonly gather: () => Promise<Status>;
  readonly health: () => Health;
  readonly operator: Operator;
  readonly clock: Clock;
  readonly log: Logger;
}

export class HttpViews {
  readonly #options: HttpViewsOptions;
  readonly #shared: SharedStatus;
  readonly #page: Page;
  #servers: readonly (readonly [name: string, server: Pick<ControlServer, 'drops' | 'close'>])[] = [];

  constructor(options: HttpViewsOptions) {
    const { config, gather, clock, log, news } = options;
    const compatible = config.http.compatibleMetrics;
    this.#options = options;
    // Read from the disk now: no request waits for it, and no advert for a request.
    this.#page = { html: pageHtml(), policy: pagePolicy(config.http.peers) };
    this.#shared = new SharedStatus({
      gather,
      renderMetrics: status => renderMetrics(status, { compatible }),
      clock,
      log,
    });
    news.events.subscribe(() => this.#shared.changed());
  }

  /**
   * Throws an OperatingError when an address cannot be had: who configured one relies on it, and a second daemon must end here, before it has
   * touched anything.
   */
  async open(closing: Closing): Promise<void> {
    const { config, operator, log } = this.#options;
    closing.add(() => this.#shared.stop());
    const control = await startControlServer(config.control.socket, { views: this.#views(), operator }, log);
    this.#serves('control socket', control, closing);
    const { listen } = config.http;
    if (listen === undefined) return;
    this.#serves('http', await this.#openProcess(listen), closing);
    log.info({ host: listen.host, port: listen.port }, 'the views are served over TCP, to whoever asks');
  }

  /** What was dropped at a limit, by the limit's name; for the status. */
  drops(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.#servers.flatMap(([name, server]) =>
        Object.entries(server.drops()).map(([what, count]) => [`${name} ${what}`, count]),
      ),
    );
  }

  #serves(name: string, server: Pick<ControlServer, 'drops' | 'close'>, closing: Closing): void {
    this.#servers = [...this.#servers, [name, server]];
    closing.add(() => server.close());
  }

  #openProcess(address: ListenAddress): Promise<ViewsProcess> {
    const { config, news, health, log } = this.#options;
    const { peers, compatibleMetrics } = config.http;
    return ViewsProcess.open({
      task: { address, web: { peers, names: [address.host, hostname()] }, compatibleMetrics },
      events: news.events,
      answers: { status: async () => (await this.#shared.snapshot()).status, health },
      log,
    });
  }

  #views(): Views {
    const shared = this.#shared;
    return {
      health: this.#options.health,
      snapshot: () => shared.snapshot(),
      follow: listener => shared.follow(listener),
      events: this.#options.news.events,
      page: () => this.#page,
    };
  }
}
