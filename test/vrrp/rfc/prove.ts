/** Names a test after the requirement that it proves, and remembers that there is one. */

import { test } from 'node:test';

export interface Proofs {
  holds: number;
  refuses: number;
}

/** The tests by requirement: those that show what must be, and those that show what must not. */
export const proofs = new Map<number, Proofs>();

function proofsOf(id: number): Proofs {
  const found = proofs.get(id) ?? { holds: 0, refuses: 0 };
  proofs.set(id, found);
  return found;
}

/** What the requirement asks for happens. */
export function holds(id: number, text: string, run: () => void): void {
  proofsOf(id).holds++;
  test(`R${id} ${text}`, run);
}

/** What it excludes does not happen, or what it does not ask for stays as it was. */
export function refuses(id: number, text: string, run: () => void): void {
  proofsOf(id).refuses++;
  test(`R${id} negative: ${text}`, run);
}
