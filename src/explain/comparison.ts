/** Two explanations of the same nodes beside each other: what another program would make of the same failures. */

import type { Explanation } from './explain.ts';
import type { Failure } from './model.ts';
import type { Row } from './table.ts';

export interface Compared {
  readonly row: Row;
  readonly other: Row;
}

/** The single failures that move the address in either of them; nodes and trackers are the same by their names. */
export function compareTimes(explanation: Explanation, other: Explanation): Compared[] {
  return explanation.rows.flatMap(row => {
    const [failure, ...more] = row.failures;
    if (failure === undefined || more.length > 0) return [];
    const same = other.rows.find(
      ({ failures: [first, ...rest] }) => rest.length === 0 && isSame(failure, first),
    );
    const moves = row.handOver !== undefined || same?.handOver !== undefined;
    return same === undefined || !moves ? [] : [{ row, other: same }];
  });
}

function isSame(a: Failure, b: Failure | undefined): boolean {
  return a.node.name === b?.node.name && a.tracker?.name === b.tracker?.name;
}
