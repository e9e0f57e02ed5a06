/** The sums that some of many small numbers make. */

/** Whether one of them lies above `above` and not above `most`. All numbers are whole and not negative. */
export function hasSumWithin(numbers: readonly number[], above: number, most: number): boolean {
  const upToMost = (1n << BigInt(most + 1)) - 1n;
  // Bit n stands for the sum n; with none of them it is 0.
  const sums = numbers.reduce((known, number) => (known | (known << BigInt(number))) & upToMost, 1n);
  return sums >> BigInt(above + 1) !== 0n;
}
