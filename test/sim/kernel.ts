/**
 * The virtual addresses as the kernel of one host has them (DESIGN of the lease: IFA_CACHEINFO, valid_lft). A lease ends
 * by itself, whatever has become of the process that asked for it, and up to 0.45 s late, as measured on Linux.
 */

import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Appointment } from './agenda.ts';
import type { RemovalCause } from './trace.ts';
import { callOff, type World } from './world.ts';

const EXPIRY_LATE_US = 450_000;

export interface KernelEvents {
  added(address: IpAddress): void;
  removed(address: IpAddress, cause: RemovalCause): void;
}

export class Kernel {
  readonly #world: World;
  readonly #events: KernelEvents;
  readonly #leases = new Map<IpAddress, Appointment>();

  constructor(world: World, events: KernelEvents) {
    this.#world = world;
    this.#events = events;
  }

  has(address: IpAddress): boolean {
    return this.#leases.has(address);
  }

  get addresses(): readonly IpAddress[] {
    return [...this.#leases.keys()];
  }

  /** Adds the address, or gives it a new lease. */
  lease(address: IpAddress, leaseSeconds: number): void {
    const had = this.#leases.get(address);
    callOff(had);
    const span = leaseSeconds * 1_000_000 + this.#world.random.between(0, EXPIRY_LATE_US);
    this.#leases.set(
      address,
      this.#world.after(span, () => this.remove(address, 'expired')),
    );
    if (had === undefined) this.#events.added(address);
  }

  remove(address: IpAddress, cause: RemovalCause): void {
    const lease = this.#leases.get(address);
    if (lease === undefined) return;
    callOff(lease);
    this.#leases.delete(address);
    this.#events.removed(address, cause);
  }
}
