/**
 * No step leaves a deadline in the past, but one that was overdue before and whose timeout is still to come: the earliest, or after that
 * was dealt with, another that waited behind it.
 */

import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

export class Deadlines extends Checker {
  readonly name = 'deadlines';
  readonly kinds = ['stepped'] as const;

  observe(event: SimEvent, at: number): void {
    if (event.kind !== 'stepped') return;
    const { node, input, after, deadline, deadlineBefore } = event;
    if (deadline === undefined) {
      // A member that is ready waits for its group.
      const isReady = after.parameters.joint && after.state.name === 'backup' && after.state.isReady;
      if ((after.state.name === 'backup' && !isReady) || after.state.name === 'master')
        this.fail(node, `a ${after.state.name} waits for nothing after ${input.type}`);
      return;
    }
    if (!Number.isSafeInteger(deadline)) this.fail(node, `the deadline ${deadline} is not a whole number`);
    const isOld = input.type !== 'timeout' && deadlineBefore !== undefined && deadline >= deadlineBefore;
    if (deadline < at && !isOld) this.fail(node, `${input.type} at ${at} leaves the deadline ${deadline}`);
    if (input.type === 'timeout' && deadline <= at)
      this.fail(node, `a timeout at ${at} leaves the deadline ${deadline}`);
  }
}
