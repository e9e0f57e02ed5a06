/** What many scenarios come to: virtual hours by advertisement interval, an honest account of what was simulated. */

import { SPEEDS } from './config.ts';
import type { Outcome } from './scenario.ts';

const HOUR_US = 3_600_000_000;

interface Row {
  scenarios: number;
  simulatedUs: number;
  troubledUs: number;
}

export class Summary {
  readonly #rows = new Map<string, Row>(
    SPEEDS.map(({ name }) => [name, { scenarios: 0, simulatedUs: 0, troubledUs: 0 }]),
  );
  #events = 0;

  add(outcome: Outcome): void {
    const row = this.#rows.get(outcome.speed);
    if (row === undefined) throw new RangeError(outcome.speed);
    row.scenarios++;
    row.simulatedUs += outcome.simulatedUs;
    row.troubledUs += outcome.troubledUs;
    this.#events += outcome.events;
  }

  #total(of: (row: Row) => number): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + of(row), 0);
  }

  get hours(): number {
    return this.#total(row => row.simulatedUs) / HOUR_US;
  }

  get lines(): readonly string[] {
    const table = [...this.#rows].map(([name, { scenarios, simulatedUs, troubledUs }]) => {
      const share = this.hours === 0 ? 0 : simulatedUs / HOUR_US / this.hours;
      return [
        `  interval ${name.padEnd(11)}`,
        `${scenarios} scenarios`.padStart(17),
        `${(simulatedUs / HOUR_US).toFixed(1)} h`.padStart(11),
        `${(100 * share).toFixed(1)} %`.padStart(8),
        `${(troubledUs / HOUR_US).toFixed(1)} h of it with faults`.padStart(26),
      ].join(' ');
    });
    const scenarios = this.#total(row => row.scenarios);
    return [
      `${this.hours.toFixed(1)} simulated hours, ${scenarios} scenarios, ${this.#events} events`,
      ...table,
    ];
  }
}
