/** What the checks of the configuration against this host have found already, as lines. Pure. */

import { about, type Line } from './line.ts';

/** A problem as `locum check` shows it. */
export interface KnownProblem {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly what: string;
  readonly fix: string;
}

export interface CapabilityFacts {
  /** Names of what Locum may need, without `CAP_`. */
  readonly needed: readonly string[];
  readonly problems: readonly KnownProblem[];
}

/** `deaf`: no interface could be listened to. */
export function capabilityLines({ needed, problems }: CapabilityFacts, deaf: boolean): Line[] {
  const line = about('capabilities');
  if (problems.length === 0) return [line.ok(`all that are needed: ${needed.join(', ')}`)];
  return problems.map(({ severity, what, fix }) => {
    const found = deaf && what.startsWith('NET_RAW ') ? `${what}${LEFT_OUT}` : what;
    return severity === 'error' ? line.fail(found, fix) : line.warn(found, fix);
  });
}

const LEFT_OUT = '. The firewall, the other routers and the address could not be looked at either';

/** Warnings of a configuration that is good; a bad one is not examined at all. */
export function configurationLines(warnings: readonly KnownProblem[]): Line[] {
  if (warnings.length === 0) return [about('configuration').ok('nothing is wrong with it')];
  return warnings.map(({ path, what, fix }) => about('configuration', path).warn(what, fix));
}
