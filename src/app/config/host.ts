/** The host, as far as the checks of a configuration look at it. Types only. */

import type { Cidr } from '../../lib/ip-address.ts';

/** A network interface as the checks need it. */
export interface HostInterface {
  readonly name: string;
  readonly up: boolean;
  /** With their prefix lengths. */
  readonly addresses: readonly Cidr[];
  /** `macvlan`, `veth`, …; undefined for hardware. */
  readonly kind?: string | undefined;
  /** The note that its maker left. */
  readonly alias?: string | undefined;
}

export interface Host {
  readonly interfaces: readonly HostInterface[];
}
