/** What is still to happen in virtual time: a binary heap ordered by time, then by the order of asking. */

/** Something to come; `call off` by setting `run` to undefined. */
export interface Appointment {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class Agenda {
  readonly #heap: Appointment[] = [];
  #asked = 0;

  get length(): number {
    return this.#heap.length;
  }

  get next(): Appointment | undefined {
    return this.#heap[0];
  }

  add(at: number, run: () => void): Appointment {
    const appointment: Appointment = { at, order: this.#asked++, run };
    this.#heap.push(appointment);
    this.#rise(this.#heap.length - 1, appointment);
    return appointment;
  }

  take(): Appointment | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  #rise(start: number, item: Appointment): void {
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || comesBefore(parent, item)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = item;
  }

  #sink(item: Appointment): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && comesBefore(other, child)) {
        below += 1;
        child = other;
      }
      if (comesBefore(item, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = item;
  }
}

function comesBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
