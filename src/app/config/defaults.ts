/** The defaults as the weakest layer: written like any other source, for the routers, trackers and hooks that the others name. */

import { z } from 'zod';
import { hmac } from './auth-schema.ts';
import { engineShape } from './engine-schema.ts';
import type { Entry } from './layers.ts';
import { isGroup, nodeAt, type Tree } from './merge.ts';
import { childOf } from './names.ts';
import { hooks } from './notify-schema.ts';
import { router, sections } from './schema.ts';
import { announce } from './standing-schema.ts';
import { trackers } from './tracker-schema.ts';
import { unicast } from './unicast-schema.ts';
import { vmac } from './vmac-schema.ts';

/** As sources go. */
export const DEFAULT_SOURCE = 'default';

type Shape = Readonly<Record<string, z.ZodType>>;

const entry = (path: readonly string[], value: string): Entry => ({ path, value, source: DEFAULT_SOURCE });

/** The defaults that belong under what the other layers say. */
export function defaultEntries(given: Tree): Entry[] {
  const entries = Object.entries(sections).flatMap(([name, section]) => ofShape(section.shape, [name]));
  for (const [name, group] of groupsOf(given['vrrp'])) {
    entries.push(...ofShape(router.shape, ['vrrp', name]));
    entries.push(...ofAuth(name, group['auth']));
    if (isGroup(group['unicast'])) entries.push(...ofShape(unicast.shape, ['vrrp', name, 'unicast']));
    if (isGroup(group['vmac'])) entries.push(...ofShape(vmac.shape, ['vrrp', name, 'vmac']));
    entries.push(...ofShape(announce.shape, ['vrrp', name, 'announce']));
  }
  for (const [name] of groupsOf(nodeAt(given, ['docker', 'engine'])))
    entries.push(...ofShape(engineShape, ['docker', 'engine', name]));
  if (tracksNginxByDefault(given['track'])) entries.push(...nginxTracker(given));
  for (const [name, group] of groupsOf(given['track'])) entries.push(...ofTracker(name, group));
  for (const [name, group] of groupsOf(given['notify'])) entries.push(...ofHook(name, group));
  return entries;
}

function ofShape(shape: Shape, path: readonly string[]): Entry[] {
  return Object.entries(shape).flatMap(([name, setting]) => {
    const value = z.globalRegistry.get(setting)?.['default'];
    return typeof value === 'string' ? [entry([...path, name], value)] : [];
  });
}

function ofAuth(name: string, auth: Tree[string] | undefined): Entry[] {
  const path = ['vrrp', name, 'auth'];
  if (auth === undefined) return [entry([...path, 'type'], 'none')];
  return childOf(auth, 'type') === 'hmac' ? ofShape(hmac.shape, path) : [];
}

/** Nothing is tracked, or the default tracker is only adjusted. */
function tracksNginxByDefault(track: Tree[string] | undefined): boolean {
  if (!isGroup(track)) return track === undefined;
  const { nginx, ...others } = track;
  return isGroup(nginx) && nginx['type'] === undefined && Object.keys(others).length === 0;
}

/** Where nothing is tracked: nginx's process, by the name that it has here. */
function nginxTracker(given: Tree): Entry[] {
  const path = ['track', 'nginx'];
  const process = childOf(given['nginx'], 'process');
  const name = typeof process === 'string' ? process : 'nginx';
  const own = [
    entry([...path, 'type'], 'process'),
    entry([...path, 'name'], name),
    entry([...path, 'weight'], '-30'),
  ];
  const adjusted = nodeAt(given, path);
  return [...ofTracker('nginx', { ...(isGroup(adjusted) ? adjusted : {}), type: 'process' }), ...own];
}

function ofTracker(name: string, group: Tree): Entry[] {
  const type = group['type'];
  const tracker = Object.entries(trackers).find(([known]) => known === type)?.[1];
  if (tracker === undefined) return [];
  const entries = ofShape(tracker.shape, ['track', name]);
  const interval = group['interval'];
  // A wrong interval is told once, not as a wrong timeout too.
  const usable = typeof interval === 'string' && tracker.shape.interval.safeParse(interval).success;
  const timeout = usable ? interval : entries.find(({ path }) => path.at(-1) === 'interval')?.value;
  return typeof timeout === 'string' ? [...entries, entry(['track', name, 'timeout'], timeout)] : entries;
}

function ofHook(name: string, { type }: Tree): Entry[] {
  const hook = Object.entries(hooks).find(([known]) => known === type)?.[1];
  return hook === undefined ? [] : ofShape(hook.shape, ['notify', name]);
}

function groupsOf(node: Tree[string] | undefined): [string, Tree][] {
  if (!isGroup(node)) return [];
  return Object.entries(node).flatMap(([name, child]) => (isGroup(child) ? [[name, child]] : []));
}
