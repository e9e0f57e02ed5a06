/**
 * The `exec` tracker, keepalived's vrrp_script: a program whose exit code 0 is success; any other, or a death by signal, is failure. A
 * program that takes too long is killed with its whole process group. The first line of its output is shown.
 */

import { messageOf } from '../lib/errors.ts';
import { type CommandResult, describeEnding, type RunCommand } from '../native/command.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Probe, passed } from './probe.ts';

export function execProbe(command: readonly string[], run: RunCommand): Probe {
  return {
    check: signal =>
      run(command, signal).then(
        result => judge(result),
        (thrown: unknown) => failed(messageOf(thrown)),
      ),
  };
}

function judge(result: CommandResult): Outcome {
  const detail = describeEnding(result);
  return result.exitCode === 0 ? passed(detail) : failed(detail);
}
