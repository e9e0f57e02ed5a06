/** Bugs around the core: of whoever drives it, and of the edges that perform its effects. */

import type { Duration } from '../../../src/lib/time.ts';
import { around, type Bug } from './bug.ts';

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
