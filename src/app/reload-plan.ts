/**
 * What a reload has to do: the configuration that runs and the one that shall run, to what happens to each part. Pure. It tells apart what
 * goes on, what is adjusted while it goes on, and what must end and begin anew; doing it is reload's.
 *
 * Every setting stands in one of the tables here: the compiler refuses a setting that does not.
 */

import { isDeepStrictEqual } from 'node:util';
import { familyOf } from '../lib/ip-address.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { type Config, heldBy, type RouterConfig } from './config/config.ts';
import { familyOfConfig } from './footing.ts';
import { watchesTheSame } from './tracker-set.ts';

export type Change = 'keep' | 'adjust' | 'restart' | 'add' | 'remove';

export interface Action {
  readonly name: string;
  readonly change: Change;
}

export interface ReloadPlan {
  /** Virtual routers; those of the new configuration in its order, after those that go. */
  readonly routers: readonly Action[];
  /** `restart`: another target, so that nothing that was seen counts any more. */
  readonly trackers: readonly Action[];
  /** A hook has nothing to adjust: it is kept or told anew. */
  readonly hooks: readonly Action[];
  /** Discovery of backends and rendering begin anew. */
  readonly discovery: 'keep' | 'restart';
  /** How long a drain waits. */
  readonly drain: 'keep' | 'adjust';
  /** Settings that count from the next start on; the rest is applied. */
  readonly nextStart: readonly string[];
  /** Settings that others depend on and that count from the start only: nothing can be applied. */
  readonly fixed: readonly string[];
}

/** Where the virtual routers live: interfaces by the names of the routers. */
export type Places = Readonly<Record<string, string>>;

export interface Standing {
  readonly config: Config;
  readonly places: Places;
}

/** What a changed setting of a virtual router asks for. */
export const ROUTER_SETTINGS = {
  vrid: 'restart',
  version: 'restart',
  vmac: 'restart',
  vip: 'adjust',
  excludedVip: 'adjust',
  /** What counts is the interface that it leads to. */
  interface: 'adjust',
  priority: 'adjust',
  advertInterval: 'adjust',
  preempt: 'adjust',
  preemptDelay: 'adjust',
  startDelay: 'adjust',
  syncGroup: 'adjust',
  announce: 'adjust',
  unicast: 'adjust',
  source: 'adjust',
  checksum: 'adjust',
  auth: 'adjust',
  timing: 'adjust',
  track: 'adjust',
} as const satisfies Record<keyof RouterConfig, Change>;

/** What becomes of a section: reconciled part by part, begun anew with discovery, counting from the next start, or fixed. */
export const SECTIONS = {
  vrrp: 'parts',
  track: 'parts',
  notify: 'parts',
  docker: 'parts',
  drain: 'parts',
  discovery: 'discovery',
  upstream: 'discovery',
  nginx: 'discovery',
  control: 'next-start',
  http: 'next-start',
  scheduling: 'next-start',
  log: 'next-start',
} as const satisfies Record<keyof Config, string>;

const DRAIN_SETTINGS = { hold: 'adjust', stateFile: 'next-start' } as const satisfies Record<
  keyof Config['drain'],
  string
>;

export function planReload(now: Standing, next: Standing): ReloadPlan {
  const routers = (name: string, former: RouterConfig, wanted: RouterConfig): Change =>
    routerChange(former, wanted, now.places[name] === next.places[name]);
  const { config: a } = now;
  const { config: b } = next;
  const isOther = (section: keyof Config): boolean => !isDeepStrictEqual(a[section], b[section]);
  const { engines: before, ...dockerBefore } = a.docker;
  const { engines, ...docker } = b.docker;
  const discovered = [...sectionsOf('discovery').map(isOther), !isDeepStrictEqual(engines, before)];
  return {
    routers: actions(a.vrrp, b.vrrp, routers),
    trackers: actions(a.track, b.track, (_, one, other) =>
      watchesTheSame(one, other) ? 'adjust' : 'restart',
    ),
    hooks: actions(a.notify, b.notify, (_, one, other) =>
      isDeepStrictEqual(one, other) ? 'keep' : 'restart',
    ),
    discovery: discovered.includes(true) ? 'restart' : 'keep',
    drain: a.drain.hold === b.drain.hold ? 'keep' : 'adjust',
    nextStart: [
      ...sectionsOf('next-start').filter(isOther),
      ...differing(a.drain, b.drain)
        .filter(setting => DRAIN_SETTINGS[setting] === 'next-start')
        .map(setting => `drain.${spelled(setting)}`),
    ],
    fixed: differing(dockerBefore, docker).map(setting => `docker.${spelled(setting)}`),
  };
}

/** Whether there is nothing to do. */
export function isIdle(plan: ReloadPlan): boolean {
  const parts = [...plan.routers, ...plan.trackers, ...plan.hooks];
  return (
    parts.every(({ change }) => change === 'keep') &&
    plan.discovery === 'keep' &&
    plan.drain === 'keep' &&
    plan.nextStart.length + plan.fixed.length === 0
  );
}

/** What runs once the plan is carried out: what counts from the next start on stays as it is. */
export function carriedOut(now: Config, next: Config): Config {
  const kept = sectionsOf('next-start').map(section => [section, now[section]]);
  const drain = { ...next.drain, stateFile: now.drain.stateFile };
  return { ...next, ...Object.fromEntries(kept), drain };
}

/** For people: one line of what is done. */
export function describePlan(plan: ReloadPlan): string {
  const lists = [
    ...listed('virtual router', plan.routers),
    ...listed('tracker', plan.trackers),
    ...listed('hook', plan.hooks),
    ...(plan.discovery === 'restart' ? ['discovery restarted'] : []),
    ...(plan.drain === 'adjust' ? ['drain adjusted'] : []),
  ];
  return lists.length === 0 ? 'nothing to apply' : lists.join('; ');
}

const DONE: Readonly<Record<Change, string>> = {
  keep: 'kept',
  adjust: 'adjusted',
  restart: 'restarted',
  add: 'added',
  remove: 'removed',
};

/** Names shown of a kind of change; more are counted. */
const NAMES_SHOWN = 5;

function listed(what: string, actions: readonly Action[]): readonly string[] {
  return (['add', 'remove', 'restart', 'adjust'] as const).flatMap(change => {
    const names = actions.filter(action => action.change === change).map(({ name }) => name);
    if (names.length === 0) return [];
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    const plural = names.length === 1 ? '' : 's';
    return [`${what}${plural} ${DONE[change]}: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`];
  });
}

function routerChange(former: RouterConfig, wanted: RouterConfig, staysInPlace: boolean): Change {
  if (!staysInPlace || mustRestart(former, wanted)) return 'restart';
  const changes = differing(former, wanted).map(setting => ROUTER_SETTINGS[setting]);
  return changes.includes('restart') ? 'restart' : 'adjust';
}

/** An owner's addresses have no lease, the family names the router, and a macvlan is made for the families of its addresses. */
function mustRestart(former: RouterConfig, wanted: RouterConfig): boolean {
  const isOwner = ({ priority }: RouterConfig): boolean => priority === OWNER_PRIORITY;
  const families = (router: RouterConfig) => new Set(heldBy(router).map(({ address }) => familyOf(address)));
  return (
    isOwner(former) !== isOwner(wanted) ||
    familyOfConfig(former) !== familyOfConfig(wanted) ||
    (wanted.vmac !== undefined && !isDeepStrictEqual(families(former), families(wanted)))
  );
}

function actions<T>(
  former: Readonly<Record<string, T>>,
  wanted: Readonly<Record<string, T>>,
  changeOf: (name: string, former: T, wanted: T) => Change,
): readonly Action[] {
  const gone = Object.keys(former).filter(name => wanted[name] === undefined);
  const staying = Object.entries(wanted).map(([name, config]): Action => {
    const before = former[name];
    if (before === undefined) return { name, change: 'add' };
    const change = changeOf(name, before, config);
    return { name, change: change === 'adjust' && isDeepStrictEqual(before, config) ? 'keep' : change };
  });
  return [...gone.map((name): Action => ({ name, change: 'remove' })), ...staying];
}

function sectionsOf(kind: (typeof SECTIONS)[keyof Config]): readonly (keyof Config)[] {
  return (Object.keys(SECTIONS) as (keyof Config)[]).filter(section => SECTIONS[section] === kind);
}

function differing<T extends object>(one: T, other: T): readonly (keyof T & string)[] {
  const settings = Object.keys({ ...one, ...other }) as (keyof T & string)[];
  return settings.filter(setting => !isDeepStrictEqual(one[setting], other[setting]));
}

/** As it is written in the file. */
function spelled(setting: string): string {
  return setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}
