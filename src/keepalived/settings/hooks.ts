/**
 * Notify scripts as hooks of Locum. keepalived gives TYPE NAME STATE PRIORITY to `notify` and nothing to the scripts for single states;
 * a name that Locum cannot have, and that of a sync group, is written into the command, so that the script hears what it always did.
 */

import type { Configuration, Instance, Named, NotifyEvent, NotifyScript, SyncGroup } from '../model.ts';
import type { Names } from './names.ts';
import { DROP_RIGHTS, ofOtherUser, withPath } from './programs.ts';
import type { Path, Sheet } from './sheet.ts';

const STATES: Readonly<Partial<Record<NotifyEvent, string>>> = {
  master: 'master',
  backup: 'backup',
  fault: 'fault',
  stop: 'stop',
};

const UNTOLD: Readonly<Partial<Record<NotifyEvent, string>>> = {
  deleted: 'a virtual router that a reload takes away is told as stopped',
  'lower-priority-heard': 'an advert of lower priority is answered and announced against, and not told',
};

export interface Hooks {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly sheet: Sheet;
  /** Names of virtual routers by those of instances. */
  readonly routers: ReadonlyMap<string, string>;
}

/** Of whom a script is told. */
interface Owner {
  readonly type: 'INSTANCE' | 'GROUP';
  readonly block: Named & { readonly notify: readonly NotifyScript[] };
  /** The virtual router whose states are told; the members of a group move together. */
  readonly router: string;
  readonly setting: string;
}

export function writeHooks(hooks: Hooks): void {
  const { instances, groups } = hooks.configuration;
  const owners = [
    ...instances.flatMap(instance => ownerOf(instance, hooks)),
    ...groups.flatMap(group => ownerOf(group, hooks)),
  ];
  for (const owner of owners) for (const script of owner.block.notify) writeHook(owner, script, hooks);
  tellOfTimeouts(owners, hooks);
}

function ownerOf(block: Instance | SyncGroup, { routers }: Hooks): Owner[] {
  const isGroup = 'members' in block;
  const router = routers.get(isGroup ? (block.members.find(name => routers.has(name)) ?? '') : block.name);
  if (router === undefined) return [];
  const setting = `${isGroup ? 'vrrp_sync_group' : 'vrrp_instance'} ${block.name}`;
  return [{ type: isGroup ? 'GROUP' : 'INSTANCE', block, router, setting }];
}

function writeHook({ type, block, router, setting }: Owner, script: NotifyScript, hooks: Hooks): void {
  const { names, sheet, routers } = hooks;
  const { event, at } = script;
  const untold = UNTOLD[event];
  const keyword = event === 'deleted' ? 'notify_deleted' : 'notify_master_rx_lower_pri';
  if (untold !== undefined) {
    const what = `is not acted on: ${untold}`;
    sheet.leaveOut(['vrrp', router], {
      setting: `${setting} ${keyword}`,
      what,
      fix: event === 'deleted' ? 'use notify_stop' : 'nothing, or leave it out',
      at,
    });
    return;
  }
  const path: Path = ['notify', names.claim(event === 'any' ? block.name : `${block.name}-${event}`, 'hook')];
  const state = STATES[event];
  const asItIs = state === undefined && type === 'INSTANCE' && block.name === router;
  const said = state === undefined && !asItIs ? [type, block.name] : [];
  sheet.group(path, at);
  sheet.set([...path, 'type'], 'exec', at);
  sheet.set([...path, 'command'], [...withPath(script.command), ...said], at);
  if (state !== undefined) sheet.set([...path, 'states'], [state], at);
  if (!asItIs) sheet.set([...path, 'arguments'], state === undefined ? 'state' : 'none', at);
  if (routers.size > 1) sheet.set([...path, 'routers'], [router], at);
  const what = ofOtherUser(script.user);
  if (what !== undefined)
    sheet.leaveOut(path, { setting: `${setting} ${nameOf(event)}`, what, fix: DROP_RIGHTS, at });
}

const nameOf = (event: NotifyEvent): string => (event === 'any' ? 'notify' : `notify_${event}`);

/** Once, for whichever is the first. */
function tellOfTimeouts(owners: readonly Owner[], { sheet }: Hooks): void {
  const [first] = owners.flatMap(({ block, setting }) =>
    block.notify.filter(({ event }) => UNTOLD[event] === undefined).map(script => ({ script, setting })),
  );
  if (first === undefined) return;
  const { event, at } = first.script;
  const what =
    'is killed after 10 s, and at its end whatever it left in the background; keepalived lets both go on';
  const fix = 'let it finish in time, set a longer timeout of the hook, or start services by other means';
  sheet.leaveOut(['notify'], { setting: `${first.setting} ${nameOf(event)}`, what, fix, at });
}
