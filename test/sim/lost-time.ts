/** The time a node could not act, because its process was stopped or one of its edges was slow: a stopwatch with several buttons. */

import type { World } from './world.ts';

export class LostTime {
  readonly #world: World;
  #sumUs = 0;
  #reasons = 0;
  #since = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get us(): number {
    return this.#sumUs + (this.#reasons > 0 ? this.#world.now - this.#since : 0);
  }

  begin(): void {
    if (this.#reasons++ === 0) this.#since = this.#world.now;
  }

  end(): void {
    if (--this.#reasons === 0) this.#sumUs += this.#world.now - this.#since;
  }

  /** The process is gone, and with it every reason. */
  endAll(): void {
    this.#sumUs = this.us;
    this.#reasons = 0;
  }
}
