/** A link in virtual time with the real runner and core on each of its nodes, for holding an explanation against what they do. */

import assert from 'node:assert/strict';
import { createRouterRunner, type RouterRunner, type RunnerPorts } from '../../src/app/router-runner.ts';
import type { NodeModel } from '../../src/explain/model.ts';
import type { Standing } from '../../src/explain/standing.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { after, type Duration, type Instant, instant, microseconds, utc } from '../../src/lib/time.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { parameters } from '../vrrp/support.ts';

/** How long a packet takes from one node to another. */
export const TRAVEL_TIME = microseconds(200);

interface Station {
  readonly runner: RouterRunner;
  standing: Standing;
  masterSince: Instant | undefined;
}

interface Appointment {
  readonly at: Instant;
  readonly run: () => void;
}

export class Link {
  readonly #stations = new Map<string, Station>();
  readonly #agenda = new Set<Appointment>();
  #now: Instant = instant(0);

  get now(): Instant {
    return this.#now;
  }

  /** Starts a node, or brings it to what it is worth now; one that is dead is gone without a word. */
  put(standing: Standing): void {
    const { node, priority, absent } = standing;
    const station = this.#stations.get(node.name);
    if (absent === 'dead') {
      station?.runner.close();
      this.#stations.delete(node.name);
      return;
    }
    const fault = absent === 'fault' ? 'a tracker failed' : undefined;
    if (station === undefined) {
      this.#add(standing).tell({ type: 'startup', fault });
      return;
    }
    const { runner, standing: was } = station;
    station.standing = standing;
    // As app/router.ts does: what it is worth first, then whether it may take part.
    if (was.priority !== priority)
      runner.tell({ type: 'parameters', parameters: parametersOf(node, priority) });
    if (was.absent === absent) return;
    runner.tell(fault === undefined ? { type: 'faultCleared' } : { type: 'fault', cause: fault });
  }

  /** The nodes that are master now, and since when. */
  masters(): { readonly name: string; readonly since: Instant }[] {
    return [...this.#stations].flatMap(([name, { masterSince }]) =>
      masterSince === undefined ? [] : [{ name, since: masterSince }],
    );
  }

  pass(span: Duration): void {
    const end = after(this.#now, span);
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#agenda.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #next(end: Instant): Appointment | undefined {
    let first: Appointment | undefined;
    for (const each of this.#agenda)
      if (each.at <= end && (first === undefined || each.at < first.at)) first = each;
    return first;
  }

  #at(at: Instant, run: () => void): () => void {
    const appointment = { at, run };
    this.#agenda.add(appointment);
    return () => this.#agenda.delete(appointment);
  }

  #add(standing: Standing): RouterRunner {
    const { node, priority } = standing;
    const runner = createRouterRunner(parametersOf(node, priority), this.#portsOf(node.name));
    this.#stations.set(node.name, { runner, standing, masterSince: undefined });
    return runner;
  }

  #portsOf(name: string): RunnerPorts {
    return {
      clock: {
        now: () => this.#now,
        after: (delay, wake) => this.#at(after(this.#now, delay), wake),
      },
      utc: () => utc(this.#now),
      wire: {
        send: (packet, done) => {
          this.#at(after(this.#now, TRAVEL_TIME), () => this.#deliver(name, packet));
          done();
        },
        whenRead: callback => callback(),
      },
      addresses: { acquire: (_, done) => done(), release: done => done() },
      announcer: { announce: done => done() },
      events: {
        received: () => undefined,
        performed: () => undefined,
        stateChanged: ({ to }) => {
          const station = this.#stations.get(name);
          if (station !== undefined) station.masterSince = to === 'master' ? this.#now : undefined;
        },
      },
    };
  }

  #deliver(from: string, packet: Uint8Array): void {
    for (const [name, { runner }] of this.#stations) if (name !== from) runner.receive(packet);
  }
}

function parametersOf(node: NodeModel, priority: number): Parameters {
  const { version, interval, preempt, preemptDelay, timing, primaryAddress } = node;
  const vip = parseIpAddress(node.addresses[0] ?? '');
  assert.ok(primaryAddress !== undefined && vip !== undefined);
  return parameters({
    version,
    addresses: [vip],
    primaryAddress,
    priority,
    advertisementInterval: interval,
    preempt,
    preemptDelay,
    timing,
  });
}
