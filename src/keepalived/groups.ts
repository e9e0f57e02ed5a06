/** The block `vrrp_sync_group` (keepalived.conf(5), "VRRP synchronization group(s)"): instances that move together. */

import { type Field, type Grammar, mistake, readBlock } from './fields.ts';
import { type Defined, readFollows } from './follows.ts';
import { notifyScripts } from './instance.ts';
import type { SyncGroup } from './model.ts';
import { type Report, shown } from './remarks.ts';
import { nameOf } from './tracked.ts';
import type { Statement } from './tree.ts';
import { mark, notify, statements } from './values.ts';

const GRAMMAR = {
  fields: {
    group: statements(),
    track_script: statements(),
    track_process: statements(),
    track_file: statements(),
    track_interface: statements(),
    notify: notify('any'),
    notify_master: notify('master'),
    notify_backup: notify('backup'),
    notify_fault: notify('fault'),
    notify_stop: notify('stop'),
    notify_deleted: notify('deleted'),
    global_tracking: mark(),
    sync_group_tracking_weight: mark(),
  },
  ignored: ['smtp_alert', 'notify_priority_changes', 'track_bfd'],
} satisfies Grammar<Record<string, Field<unknown>>>;

export interface GroupDraft extends SyncGroup {
  /** Members keep the weights of what they follow themselves. */
  readonly keepsWeights: boolean;
}

export function readGroup(statement: Statement, defined: Defined, report: Report): GroupDraft | undefined {
  const named = nameOf(statement, report);
  if (named === undefined) return undefined;
  const { setting } = named.use;
  const { values, lines } = readBlock(setting, named.block, GRAMMAR, report);
  return {
    ...named.named,
    lines,
    members: (values.group ?? []).flatMap(({ keyword, words }) => [keyword, ...words]),
    follows: readFollows(setting, values, defined, report),
    notify: notifyScripts(values),
    keepsWeights: values.global_tracking === true || values.sync_group_tracking_weight === true,
  };
}

/** The group without members that no instance is, or that another group has. */
export function withMembers(
  group: GroupDraft,
  instances: ReadonlySet<string>,
  taken: Set<string>,
  report: Report,
): GroupDraft {
  const at = group.lines.get('group') ?? group.at;
  const statement: Statement = { keyword: 'group', words: [], block: undefined, at };
  const use = { statement, setting: `vrrp_sync_group ${group.name} group`, report };
  const members = [...new Set(group.members)].filter(name => {
    if (!instances.has(name))
      mistake(use, `names ${shown(name)}, which is no vrrp_instance`, 'correct the name');
    else if (taken.has(name))
      mistake(use, `names ${shown(name)}, which another group has`, 'keep it in one group');
    else return true;
    return false;
  });
  for (const name of members) taken.add(name);
  return { ...group, members };
}
