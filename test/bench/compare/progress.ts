/** How far a long measurement is: a line for each step, and what is left, judged by how long the steps took that are done. */

import { monotonicUs } from '../../support/observer.ts';

/** As if that share of the work had been done, exactly as estimated. */
const TRUST = 0.1;

export class Progress {
  readonly #say: (line: string) => void;
  readonly #total: number;
  readonly #totalEstimateS: number;
  readonly #beganUs = monotonicUs();
  #done = 0;
  #doneEstimateS = 0;

  /** `estimatesS`: how long each step may take; their proportions count more than their values. */
  constructor(estimatesS: readonly number[], say: (line: string) => void) {
    this.#say = say;
    this.#total = estimatesS.length;
    this.#totalEstimateS = estimatesS.reduce((sum, each) => sum + each, 0);
  }

  /** A step is done. */
  step(estimateS: number, text: string): void {
    this.#done += 1;
    this.#doneEstimateS += estimateS;
    const passedS = (monotonicUs() - this.#beganUs) / 1_000_000;
    // The estimates have a say, too: a slow first step does not make all of them slow.
    const trustS = TRUST * this.#totalEstimateS;
    const slowness = (passedS + trustS) / (this.#doneEstimateS + trustS);
    const leftS = slowness * (this.#totalEstimateS - this.#doneEstimateS);
    const width = String(this.#total).length;
    const count = `${String(this.#done).padStart(width)}/${this.#total}`;
    this.#say(`${count}  ${text}${this.#done < this.#total ? `   (${about(leftS)} left)` : ''}`);
  }
}

function about(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
