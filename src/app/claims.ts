/**
 * Which virtual router has which address of which interface, by who took it last. A reload may give an address of one virtual router to
 * another: whichever of the two acts first, the address stays with the one that has it now.
 */

import { type Cidr, familyOf, formatCidr } from '../lib/ip-address.ts';

/** One virtual router. */
export interface Claimant {
  take(vip: Cidr, interfaceIndex: number): void;
  /** Whether the address is to be removed: false when another virtual router has taken it since. */
  leave(vip: Cidr, interfaceIndex: number): boolean;
}

export class Claims {
  readonly #owners = new Map<string, Claimant>();

  claimant(): Claimant {
    const claimant: Claimant = {
      take: (vip, interfaceIndex) => void this.#owners.set(keyOf(vip, interfaceIndex), claimant),
      leave: (vip, interfaceIndex) => {
        const key = keyOf(vip, interfaceIndex);
        const owner = this.#owners.get(key);
        if (owner !== undefined && owner !== claimant) return false;
        this.#owners.delete(key);
        return true;
      },
    };
    return claimant;
  }
}

/** As the kernel tells addresses apart. */
function keyOf(vip: Cidr, interfaceIndex: number): string {
  return `${familyOf(vip.address) === 6 ? vip.address : formatCidr(vip)} ${interfaceIndex}`;
}
