/** A router runner between edges that do nothing until a test says so, and write down what they were asked. */

import assert from 'node:assert/strict';
import {
  type Addresses,
  type Announcer,
  createRouterRunner,
  type Done,
  type RouterRunner,
  type RunnerEvents,
  type Wire,
} from '../../src/app/router-runner.ts';
import { uint8At } from '../../src/lib/bytes.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { after, type Instant, instant, utc } from '../../src/lib/time.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { parameters, peerPacket } from '../vrrp/support.ts';

type Settle = (failure?: string) => void;

export class Bench {
  readonly runner: RouterRunner;
  readonly log: string[] = [];
  now: Instant = instant(0);
  /** What the timer is armed for. */
  armed: { at: Instant; wake: () => void } | undefined;
  armings = 0;
  /** Answers of the edges that are still owed. */
  readonly owed: { readonly what: string; readonly settle: Settle }[] = [];
  /** Whether edges answer at once. */
  prompt = true;
  /** Reads of the wire that have not happened yet; undefined: it is read at once. */
  unread: (() => void)[] | undefined;

  constructor(changes: Partial<Parameters> = {}) {
    this.runner = createRouterRunner(parameters(changes), {
      clock: this.#clock(),
      utc: () => utc(this.now),
      wire: this.#wire(),
      addresses: this.#addresses(),
      announcer: this.#announcer(),
      events: this.#events(),
    });
  }

  #clock(): Clock {
    return {
      now: () => this.now,
      after: (delay, wake) => {
        this.armings++;
        assert.equal(this.armed, undefined, 'one timer at a time');
        assert.ok(delay >= 0);
        this.armed = { at: after(this.now, delay), wake };
        return () => {
          this.armed = undefined;
        };
      },
    };
  }

  #wire(): Wire {
    return {
      send: (packet, done) => this.#ask(`send ${uint8At(packet, 22)}`, done),
      whenRead: callback => {
        if (this.unread === undefined) callback();
        else this.unread.push(callback);
      },
    };
  }

  #addresses(): Addresses {
    return {
      acquire: (lease, done) => this.#ask(`acquire ${lease} s`, done),
      release: done => this.#ask('release', done),
    };
  }

  #announcer(): Announcer {
    return { announce: done => this.#ask('announce', done) };
  }

  #events(): RunnerEvents {
    return {
      received: received =>
        this.log.push(received.kind === 'accept' ? 'accepted' : `discarded ${received.reason}`),
      performed: (effect, failure) => {
        if (failure !== undefined) this.log.push(`failed ${effect.type}: ${failure.message}`);
      },
      stateChanged: ({ from, to }) => this.log.push(`${from} → ${to}`),
    };
  }

  #ask(what: string, done: Done): void {
    this.log.push(what);
    if (this.prompt) done();
    else
      this.owed.push({
        what,
        settle: failure => (failure === undefined ? done() : done({ message: failure })),
      });
  }

  /** The log since the last look. */
  get seen(): readonly string[] {
    return this.log.splice(0);
  }

  /** Settles the oldest answer that is owed. */
  settle(failure?: string): this {
    const first = this.owed.shift();
    assert.ok(first, 'nothing is owed');
    first.settle(failure);
    return this;
  }

  /** Settles one of that name, whatever is owed before it. */
  settleOf(what: string, failure?: string): this {
    const at = this.owed.findIndex(each => each.what === what);
    assert.notEqual(at, -1, `${what} is not owed`);
    const [one] = this.owed.splice(at, 1);
    one?.settle(failure);
    return this;
  }

  settleAll(): this {
    while (this.owed.length > 0) this.settle();
    return this;
  }

  read(): this {
    assert.ok(this.unread);
    for (const callback of this.unread.splice(0)) callback();
    return this;
  }

  /** Lets time pass to the armed timer and rings it. */
  ring(): this {
    assert.ok(this.armed, 'no timer is armed');
    const { at, wake } = this.armed;
    this.armed = undefined;
    if (at > this.now) this.now = at;
    wake();
    return this;
  }

  /** Rings until that is owed. */
  ringTo(what: string): this {
    for (let rings = 0; rings < 100; rings++) {
      if (this.owed.some(each => each.what === what)) return this;
      this.ring();
    }
    return assert.fail(`${what} was not asked for`);
  }

  start(): this {
    this.runner.tell({ type: 'startup', fault: undefined });
    return this;
  }

  /** A master with nothing under way and an empty log. */
  master(): this {
    this.start();
    if (this.runner.router.state.name !== 'master') this.ring();
    assert.equal(this.runner.router.state.name, 'master');
    this.log.length = 0;
    return this;
  }

  hear(priority: number): this {
    this.runner.receive(peerPacket({ priority: 1 }, priority));
    return this;
  }

  pass(us: number): this {
    this.now = instant(this.now + us);
    return this;
  }

  get idle(): boolean {
    let idle = false;
    this.runner.whenIdle(() => {
      idle = true;
    });
    return idle;
  }
}
