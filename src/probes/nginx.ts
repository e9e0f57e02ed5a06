/**
 * The `nginx` tracker: the stub_status page (ngx_http_stub_status_module) answers, its count of accepted connections has risen since the
 * check before, as each check is one, and no more connections are active than allowed. A count that fell is a restart, no failure.
 */

import { messageOf } from '../lib/errors.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { fetchOnce, type HttpRequest } from './http-request.ts';
import { failed, type Probe, passed } from './probe.ts';

interface StubStatus {
  readonly active: number;
  readonly accepts: number;
}

const PAGE =
  /^Active connections: (\d{1,15})\s+server accepts handled requests\s+(\d{1,15}) \d{1,15} \d{1,15}\s+Reading: \d+ Writing: \d+ Waiting: \d+\s*$/;

export class NginxProbe implements Probe {
  readonly #request: HttpRequest;
  readonly #maxConnections: number | undefined;
  #accepts: number | undefined;

  /** `maxConnections` undefined: no limit. */
  constructor(target: Pick<HttpRequest, 'url' | 'connect' | 'tls'>, maxConnections: number | undefined) {
    this.#request = { ...target, method: 'GET', headers: {} };
    this.#maxConnections = maxConnections;
  }

  async check(signal: AbortSignal): Promise<Outcome> {
    try {
      const { status, body } = await fetchOnce(this.#request, signal);
      const page = status === 200 ? readPage(body.toString('latin1')) : undefined;
      if (page !== undefined) return this.#judge(page);
      return failed(status === 200 ? 'the page is not that of stub_status' : `HTTP ${status}, expected 200`);
    } catch (thrown) {
      return failed(signal.aborted ? 'no answer in time' : messageOf(thrown));
    }
  }

  #judge({ active, accepts }: StubStatus): Outcome {
    const before = this.#accepts;
    this.#accepts = accepts;
    if (before === accepts)
      return failed(`accepts stands still at ${accepts}: the page is old, or another server's`);
    const limit = this.#maxConnections;
    if (limit !== undefined && active > limit)
      return failed(`${active} connections are active, ${limit} allowed`);
    const allowed = limit === undefined ? '' : ` of ${limit} allowed`;
    return passed(`${active} connections active${allowed}, ${accepts} accepted`);
  }
}

function readPage(text: string): StubStatus | undefined {
  const [, active, accepts] = PAGE.exec(text) ?? [];
  return active === undefined || accepts === undefined
    ? undefined
    : { active: Number(active), accepts: Number(accepts) };
}
