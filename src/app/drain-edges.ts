/** The drain of this node with its real edges: packet filter, nginx, the kernel's tables of connections, the state file. */

import { TAKE_OVER_SLACK } from '../drain/limits.ts';
import { PacketFilter } from '../drain/packet-filter.ts';
import { countConnections } from '../drain/socket-table.ts';
import type { Limits } from '../drain/state.ts';
import { StateFile } from '../drain/state-file.ts';
import { assert } from '../lib/assert.ts';
import { type Duration, milliseconds } from '../lib/time.ts';
import type { RunCommand } from '../native/command.ts';
import { masterDownInterval } from '../vrrp/timing.ts';
import type { Config } from './config/config.ts';
import { Drain, type DrainOptions } from './drain.ts';

export interface DrainParts extends Pick<DrainOptions, 'tenants' | 'nginx' | 'clock' | 'log' | 'onChange'> {
  /** For nft(8). */
  readonly run: RunCommand;
}

/** `config`: as it is at the moment. */
export function createDrain(config: () => Config, { run, ...parts }: DrainParts): Drain {
  const { vrrp, drain } = config();
  const [first] = Object.values(vrrp).flatMap(({ vip }) => vip.map(({ address }) => address));
  assert(first !== undefined, 'a configuration has a virtual address');
  return new Drain({
    ...parts,
    get limits() {
      return limitsOf(config());
    },
    filter: new PacketFilter(first, run),
    countConnections,
    file: new StateFile(drain.stateFile),
    wallTime: () => new Date().toISOString(),
  });
}

/** A peer that does not act on a lower priority waits until its timer ends; its own priority, which we do not know, makes the skew. */
export function limitsOf({ vrrp, drain }: Pick<Config, 'vrrp' | 'drain'>): Limits {
  const waits = Object.values(vrrp).map(({ version, advertInterval }) =>
    masterDownInterval(version, 1, advertInterval),
  );
  return { empty: drain.hold, takeOver: roundedUp((Math.max(...waits) + TAKE_OVER_SLACK) as Duration) };
}

const STEP = milliseconds(100);

/** It is told to people. */
function roundedUp(span: Duration): Duration {
  return (Math.ceil(span / STEP) * STEP) as Duration;
}
