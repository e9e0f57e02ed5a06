/**
 * A change played through with the routers of vrrp/virtual-router.ts on an imagined link that loses nothing, in virtual time. What is
 * said arrives in the same moment, but after every timer of that moment: those who rise together hear each other as masters.
 */

import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import { after, between, type Duration, type Instant, instant } from '../lib/time.ts';
import type { Advertisement } from '../vrrp/advertisement.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import type { Input, Router } from '../vrrp/state.ts';
import { masterDownInterval, USUAL_ANNOUNCING } from '../vrrp/timing.ts';
import { createRouter, nextDeadline, step } from '../vrrp/virtual-router.ts';
import type { NodeModel } from './model.ts';
import type { Standing } from './standing.ts';

/** What the link has come to rest with. */
export interface Outcome {
  readonly master: NodeModel | undefined;
  /** From the change until it became master; undefined when it was master before and is still, or there is none. */
  readonly rose: Duration | undefined;
  /** Who else became master in that very moment, and gave way. */
  readonly besides: readonly NodeModel[];
}

/**
 * Takes a link at rest, `incumbent` being its master while the nodes stand as in `before`, to what they are worth in `now`. `sinceWord`:
 * how long before the change the incumbent said something last, at most its interval.
 */
export function play(
  incumbent: NodeModel | undefined,
  before: readonly Standing[],
  now: readonly Standing[],
  sinceWord: Duration,
): Outcome {
  const link = new Link(before.map(({ node }) => node));
  link.begin(before, incumbent);
  link.pass(sinceWord);
  return link.change(now);
}

interface Station {
  readonly node: NodeModel;
  readonly address: IpAddress;
  router: Router;
  /** Since the change. */
  roseAt: Instant | undefined;
}

interface Word {
  readonly from: Station;
  readonly advertisement: Advertisement;
}

/** Far more than any way to rest needs, even between the slowest and the fastest interval; ends the play of nodes that never rest. */
const MOST_STEPS = 100_000;

class Link {
  readonly #stations: readonly Station[];
  readonly #words: Word[] = [];
  #now: Instant = instant(0);
  #steps = 0;

  constructor(nodes: readonly NodeModel[]) {
    this.#stations = nodes.map((node, index) => {
      const address = node.primaryAddress ?? assumedAddress(index);
      return { node, address, router: createRouter(parametersOf(node, address, 1)), roseAt: undefined };
    });
  }

  /** The incumbent first, so that it is master whoever preempts; it has just spoken when all are there. */
  begin(standings: readonly Standing[], incumbent: NodeModel | undefined): void {
    const first = this.#stations.find(({ node }) => node === incumbent);
    for (const standing of standings) if (standing.node === incumbent) this.#put(standing);
    if (first !== undefined) this.#wake(first);
    for (const standing of standings) if (standing.node !== incumbent) this.#put(standing);
    this.#deliver();
    if (first !== undefined) this.#wake(first);
    this.#deliver();
  }

  /** Lets time pass, for this one alone, until it has an advertisement to send. */
  #wake(station: Station): void {
    const { state } = station.router;
    if (state.name === 'backup') this.#now = state.masterDownAt;
    if (state.name === 'master') this.#now = state.advertiseAt;
    this.#feed(station, { type: 'timeout' });
  }

  pass(span: Duration): void {
    this.#now = after(this.#now, span);
  }

  change(standings: readonly Standing[]): Outcome {
    const changedAt = this.#now;
    for (const station of this.#stations) station.roseAt = undefined;
    for (const standing of standings) this.#put(standing);
    let speaker = this.#deliver();
    while (this.#steps < MOST_STEPS && !this.#rests(speaker)) {
      const next = this.#nextMoment();
      if (next === undefined) break;
      this.#now = next;
      for (const station of this.#stations)
        if ((nextDeadline(station.router)?.at ?? Number.POSITIVE_INFINITY) <= next)
          this.#feed(station, { type: 'timeout' });
      speaker = this.#deliver();
    }
    return this.#outcome(changedAt);
  }

  #outcome(changedAt: Instant): Outcome {
    const master = this.#stations.find(isMaster);
    const roseAt = master?.roseAt;
    if (master === undefined || roseAt === undefined)
      return { master: master?.node, rose: undefined, besides: [] };
    const besides = this.#stations.filter(other => other !== master && other.roseAt === roseAt);
    return {
      master: master.node,
      rose: between(changedAt, roseAt),
      besides: besides.map(({ node }) => node),
    };
  }

  /** As app/router.ts does: a fault is told before what the node is worth, its end after it. */
  #put({ node, priority, absent }: Standing): void {
    const station = this.#stations.find(each => each.node === node);
    if (station === undefined) return;
    const parameters = parametersOf(node, station.address, priority);
    if (absent === 'dead') {
      station.router = createRouter(parameters);
      return;
    }
    const fault = absent === 'fault' ? 'a tracker failed' : undefined;
    const { name } = station.router.state;
    if (name !== 'init' && fault !== undefined) this.#feed(station, { type: 'fault', cause: fault });
    if (priority !== station.router.parameters.priority)
      this.#feed(station, { type: 'parameters', parameters });
    if (name === 'init') this.#feed(station, { type: 'startup', fault });
    else if (name === 'fault' && fault === undefined) this.#feed(station, { type: 'faultCleared' });
  }

  #feed(station: Station, input: Input): void {
    this.#steps++;
    const { router, effects } = step(station.router, input, this.#now);
    station.router = router;
    for (const effect of effects) {
      if (effect.type === 'advertise')
        this.#words.push({
          from: station,
          advertisement: advertisementOf(router.parameters, effect.priority),
        });
      if (effect.type === 'stateChanged' && effect.to === 'master') station.roseAt = this.#now;
    }
  }

  /** Hands over what was said and what is answered to it; returns who spoke last. */
  #deliver(): Station | undefined {
    let speaker: Station | undefined;
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      speaker = word.from;
      const { advertisement, from } = word;
      for (const station of this.#stations)
        if (station !== from) this.#feed(station, { type: 'advert', advertisement, source: from.address });
    }
    return speaker;
  }

  /** There is one master, and all who take part have just accepted its word: from here on nothing changes by itself. */
  #rests(speaker: Station | undefined): boolean {
    return (
      speaker !== undefined &&
      isMaster(speaker) &&
      this.#stations.every(station => station === speaker || this.#accepts(station, speaker))
    );
  }

  #accepts({ router: { state, parameters } }: Station, speaker: Station): boolean {
    if (state.name !== 'backup') return state.name !== 'master';
    const { version, priority } = parameters;
    const whole = masterDownInterval(version, priority, state.masterInterval);
    return (
      state.patience?.armed !== true &&
      state.master?.address === speaker.address &&
      state.master.priority === speaker.router.parameters.priority &&
      between(this.#now, state.masterDownAt) === whole
    );
  }

  #nextMoment(): Instant | undefined {
    const deadlines = this.#stations.flatMap(({ router }) => nextDeadline(router)?.at ?? []);
    return deadlines.length === 0 ? undefined : instant(Math.min(...deadlines));
  }
}

const isMaster = ({ router }: Station): boolean => router.state.name === 'master';

/** Lower than any real one, and the first node has the highest of them. */
function assumedAddress(index: number): IpAddress {
  return parseIpAddress(`0.0.0.${255 - (index % 256)}`) as IpAddress;
}

function parametersOf(node: NodeModel, primaryAddress: IpAddress, priority: number): Parameters {
  return {
    version: node.version,
    vrid: 1,
    addresses: [],
    primaryAddress,
    priority,
    advertisementInterval: node.interval,
    preempt: node.preempt,
    preemptDelay: node.preemptDelay,
    joint: false,
    announcing: USUAL_ANNOUNCING,
    timing: node.timing,
    unicast: undefined,
    checksum: 'message-only',
    authentication: { type: 'none' },
  };
}

/** Only what the states look at. */
function advertisementOf({ version, advertisementInterval }: Parameters, priority: number): Advertisement {
  return {
    version,
    type: 1,
    vrid: 1,
    priority,
    count: 0,
    addresses: [],
    interval: advertisementInterval,
    checksum: 0,
    authentication: undefined,
  };
}
