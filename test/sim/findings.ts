/** How a finding is shown: what was found and where, the last things that happened before it, and the command that shows it again. */

import { formatDuration } from '../../src/lib/time.ts';
import type { NodeConfig } from './config.ts';
import { Random } from './random.ts';
import { type Outcome, runScenario } from './scenario.ts';
import { drawSides } from './sides.ts';
import type { TrackerSetup } from './tracker-setup.ts';
import { Transcript } from './transcript.ts';

const LINES = 50;

/** The scenario is played once more to be written down. */
export async function describeFinding(outcome: Outcome, routers?: number): Promise<string> {
  const transcript = new Transcript(LINES);
  await runScenario(outcome.seed, { routers, observer: transcript });
  const nodes = drawSides(new Random(outcome.seed), routers, undefined).flatMap(side => side.nodes);
  const { violation } = outcome;
  return [
    `seed ${outcome.seed}: ${violation?.checker}: ${violation?.message}`,
    ...nodes.map(describeNode),
    ...transcript.lines,
    `again: ${commandFor(outcome.seed, routers)}`,
  ].join('\n');
}

function describeNode({ name, parameters, trackers }: NodeConfig): string {
  const { version, primaryAddress, priority, advertisementInterval, preempt, timing, addresses } = parameters;
  return [
    `  ${name}: ${primaryAddress}, version ${version}, priority ${priority}`,
    `interval ${formatDuration(advertisementInterval)}`,
    preempt ? 'preempts' : 'does not preempt',
    timing,
    `${addresses.length} addresses`,
    ...trackers.map(describeTracker),
  ].join(', ');
}

function describeTracker({ config, notices }: TrackerSetup): string {
  const { type, weight, reverse, interval, timeout, rise, fall } = config;
  const times = `${formatDuration(interval)} (${formatDuration(timeout)})`;
  const rule = `weight ${weight}${reverse ? ' reversed' : ''}`;
  return `${type} every ${times} ${rule} rise ${rise} fall ${fall} notices ${notices}`;
}

function commandFor(seed: number, routers: number | undefined): string {
  return `npm run sim -- --seed ${seed} --scenarios 1${routers === undefined ? '' : ` --routers ${routers}`}`;
}
