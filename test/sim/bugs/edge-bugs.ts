/** Bugs around the core: of whoever drives it, and of the edges that perform its effects. */

import type { Done } from '../../../src/app/router-runner.ts';
import type { Duration } from '../../../src/lib/time.ts';
import { around, type Bug } from './bug.ts';

/** Lets what comes meanwhile wait for the call that is under way. */
class Waiting {
  #isUnderWay = false;
  #next: (() => void)[] = [];

  until(done: Done): Done {
    this.#isUnderWay = true;
    return failure => {
      this.#isUnderWay = false;
      done(failure);
      for (const next of this.#next.splice(0)) next();
    };
  }

  after(next: () => void): void {
    if (this.#isUnderWay) this.#next.push(next);
    else next();
  }
}

export const EDGE_BUGS: readonly Bug[] = [
  {
    name: 'forgets to release the addresses',
    caughtBy: ['addresses'],
    ports: ports => ({ ...ports, addresses: { ...ports.addresses, release: done => done() } }),
  },
  {
    name: 'never renews the lease',
    caughtBy: ['addresses'],
    ports(ports) {
      let isHeld = false;
      const { addresses } = ports;
      return {
        ...ports,
        addresses: {
          acquire(lease, done) {
            if (isHeld) return done();
            isHeld = true;
            addresses.acquire(lease, done);
          },
          release(done) {
            isHeld = false;
            addresses.release(done);
          },
        },
      };
    },
  },
  {
    name: 'renews after the release',
    caughtBy: ['addresses'],
    ports(ports) {
      const { addresses, clock } = ports;
      let lease = 2;
      return {
        ...ports,
        addresses: {
          acquire(leaseSeconds, done) {
            lease = leaseSeconds;
            addresses.acquire(leaseSeconds, done);
          },
          release(done) {
            addresses.release(failure => {
              clock.after(50_000 as Duration, () => addresses.acquire(lease, () => undefined));
              done(failure);
            });
          },
        },
      };
    },
  },
  {
    name: 'is silent while it waits for its addresses',
    caughtBy: ['adverts'],
    ports(ports) {
      const waiting = new Waiting();
      return {
        ...ports,
        wire: { ...ports.wire, send: (...word) => waiting.after(() => ports.wire.send(...word)) },
        addresses: {
          ...ports.addresses,
          acquire: (lease, done) => ports.addresses.acquire(lease, waiting.until(done)),
        },
      };
    },
  },
  {
    name: 'resigns only when its addresses have come',
    caughtBy: ['adverts'],
    ports(ports) {
      const waiting = new Waiting();
      return {
        ...ports,
        wire: {
          ...ports.wire,
          send: (packet, done) =>
            packet[22] === 0
              ? waiting.after(() => ports.wire.send(packet, done))
              : ports.wire.send(packet, done),
        },
        addresses: {
          ...ports.addresses,
          acquire: (lease, done) => ports.addresses.acquire(lease, waiting.until(done)),
        },
      };
    },
  },
  {
    name: 'calls an acquisition done once it is asked for: it may end after the release',
    caughtBy: ['effects', 'addresses'],
    ports: ports => ({
      ...ports,
      addresses: {
        ...ports.addresses,
        acquire(lease, done) {
          ports.addresses.acquire(lease, () => undefined);
          done();
        },
      },
    }),
  },
  {
    name: 'calls a renewal done once it is asked for: it may overtake the release',
    caughtBy: ['effects', 'addresses'],
    ports(ports) {
      let isHeld = false;
      return {
        ...ports,
        addresses: {
          acquire(lease, done) {
            ports.addresses.acquire(lease, isHeld ? () => undefined : done);
            if (isHeld) done();
            isHeld = true;
          },
          release(done) {
            isHeld = false;
            ports.addresses.release(done);
          },
        },
      };
    },
  },
  {
    name: 'calls a release done once it is asked for: the resignation overtakes it',
    caughtBy: ['effects', 'addresses'],
    ports: ports => ({
      ...ports,
      addresses: {
        ...ports.addresses,
        release(done) {
          ports.addresses.release(() => undefined);
          done();
        },
      },
    }),
  },
  {
    name: 'announces before it has acquired',
    caughtBy: ['effects'],
    ports: ports => ({
      ...ports,
      addresses: {
        ...ports.addresses,
        acquire: (lease, done) =>
          ports.announcer.announce(() => ports.addresses.acquire(lease, failure => done(failure))),
      },
    }),
  },
  {
    name: 'acts on timers before it has read the wire',
    caughtBy: ['takeover'],
    ports: ports => ({ ...ports, wire: { ...ports.wire, whenRead: callback => callback() } }),
  },
  {
    name: 'never announces a second time',
    caughtBy: ['contest', 'arp'],
    ports(ports) {
      let hasAnnounced = false;
      return {
        ...ports,
        addresses: {
          ...ports.addresses,
          release(done) {
            hasAnnounced = false;
            ports.addresses.release(done);
          },
        },
        announcer: {
          announce(done) {
            if (hasAnnounced) return done();
            hasAnnounced = true;
            ports.announcer.announce(done);
          },
        },
      };
    },
  },
  {
    name: 'leaves without resigning',
    caughtBy: ['adverts'],
    ports: ports => ({
      ...ports,
      wire: {
        ...ports.wire,
        send: (packet, done) => (packet[22] === 0 ? done() : ports.wire.send(packet, done)),
      },
    }),
  },
  {
    name: 'asks for ten times the lease',
    caughtBy: ['leases'],
    ports: ports => ({
      ...ports,
      addresses: { ...ports.addresses, acquire: (lease, done) => ports.addresses.acquire(10 * lease, done) },
    }),
  },
  {
    name: 'loses one wake-up in fifty',
    caughtBy: ['takeover', 'adverts'],
    ports(ports) {
      let count = 0;
      return {
        ...ports,
        clock: {
          ...ports.clock,
          after: (delay, run) => (++count % 50 === 0 ? () => undefined : ports.clock.after(delay, run)),
        },
      };
    },
  },
  {
    name: 'wakes a tenth too late',
    caughtBy: ['adverts', 'takeover', 'contest'],
    ports: ports => ({
      ...ports,
      clock: { ...ports.clock, after: (delay, run) => ports.clock.after((1.1 * delay) as Duration, run) },
    }),
  },
  {
    name: 'ends before its last effects have happened',
    caughtBy: ['adverts', 'addresses'],
    router: router =>
      around(router, {
        stop(done) {
          router.stop(() => undefined);
          done();
        },
      }),
  },
];
