/**
 * From what keepalived.conf says to Locum's settings: the tree that a YAML file would hold, each value with its line, and what has no
 * counterpart. One mapping for all who need it: `locum run` and `check` load it, `locum convert` prints it.
 */

import type { Configuration, GlobalDefinitions } from '../model.ts';
import { formatPosition, shown } from '../remarks.ts';
import { writeHooks } from './hooks.ts';
import { Names, spelled } from './names.ts';
import { DROP_RIGHTS } from './programs.ts';
import { type Subject, writeRouter } from './router.ts';
import { Sheet, type Translation } from './sheet.ts';
import { Trackers } from './trackers.ts';

export function translate(configuration: Configuration): Translation {
  const sheet = new Sheet();
  const { global, instances, groups } = configuration;
  const names = new Names();
  const routers = new Map(instances.map(({ name }) => [name, names.claim(name, 'router')]));
  const groupNames = new Names();
  const groupsByName = new Map(groups.map(({ name }) => [name, groupNames.claim(name, 'group')]));
  const trackers = new Trackers(configuration, new Names(), sheet);
  const followed = instances.map(instance => {
    const path = ['vrrp', routers.get(instance.name) ?? ''];
    const subject: Subject = { instance, global, path, sheet };
    tellName(subject);
    writeRouter(subject, groupsByName.get(instance.group ?? ''));
    return { subject, names: trackers.namesFor(instance.follows) };
  });
  for (const each of followed) writeTrack(each, trackers.all);
  if (trackers.all.length === 0) writeNothingTracked(configuration, sheet);
  leaveOutUnfollowed(configuration, sheet);
  writeHooks({ configuration, names: new Names(), sheet, routers });
  writeGlobal(global, sheet);
  writeSurroundings(sheet);
  return { settings: sheet.settings, remarks: sheet.remarks, comments: sheet.comments };
}

/** A name that differs by more than its spelling is worth a warning: labels and hooks go by it. */
function tellName({ instance: { name, at }, path, sheet }: Subject): void {
  const own = path.at(-1) ?? '';
  if (spelled(name) === own) sheet.comment(path, `${formatPosition(at)}: vrrp_instance ${shown(name)}`);
  else
    sheet.leaveOut(path, {
      setting: `vrrp_instance ${name}`,
      what: `is called ${own} here: ${spelled(name) === '' ? 'nothing of its name can be spelled' : 'another has that name'}`,
      fix: 'give it a name of its own, of letters and digits',
      at,
    });
}

interface Followed {
  readonly subject: Subject;
  /** Of the trackers that it follows. */
  readonly names: readonly string[];
}

function writeTrack({ subject: { instance, path, sheet }, names }: Followed, all: readonly string[]): void {
  if (names.length === all.length) return;
  const { lines, at } = instance;
  const [line] = ['script', 'process', 'file', 'interface'].flatMap(kind => lines.get(`track_${kind}`) ?? []);
  sheet.set([...path, 'track'], names.length === 0 ? 'none' : names, line ?? at);
}

function writeNothingTracked({ instances }: Configuration, sheet: Sheet): void {
  const [first] = instances;
  if (first === undefined) return;
  sheet.group(['track'], first.at);
  sheet.comment(
    ['track'],
    "Nothing is followed there, so nothing is here. Without this line Locum watches nginx's process.",
  );
}

function leaveOutUnfollowed({ scripts, processes, files, instances }: Configuration, sheet: Sheet): void {
  const followed = new Set(
    instances.flatMap(({ follows }) => follows.map(({ kind, name }) => `${kind} ${name}`)),
  );
  const blocks = [
    ...scripts.map(block => ({ ...block, kind: 'script', keyword: 'vrrp_script' })),
    ...processes.map(block => ({ ...block, kind: 'process', keyword: 'vrrp_track_process' })),
    ...files.map(block => ({ ...block, kind: 'file', keyword: 'track_file' })),
  ];
  for (const { kind, keyword, name, at } of blocks)
    if (!followed.has(`${kind} ${name}`))
      sheet.leaveOut(['track'], {
        setting: `${keyword} ${name}`,
        what: 'is left out: no instance follows it',
        fix: `name it in track_${kind} of an instance, or remove it`,
        at,
      });
}

function writeGlobal(global: GlobalDefinitions, sheet: Sheet): void {
  const { lines, realTimePriority, niceness } = global;
  if (realTimePriority !== undefined) {
    const at = lines.get('vrrp_rt_priority');
    sheet.set(['scheduling', 'policy'], 'rr', at);
    sheet.set(['scheduling', 'priority'], realTimePriority, at);
  } else if (niceness !== undefined) sheet.set(['scheduling', 'nice'], niceness, lines.get('vrrp_priority'));
  const leaveOut = (keyword: string, applies: boolean, what: string, fix: string): void => {
    const at = lines.get(keyword);
    if (at !== undefined && applies) sheet.leaveOut([], { setting: `global_defs ${keyword}`, what, fix, at });
  };
  leaveOut(
    'vrrp_priority',
    realTimePriority !== undefined,
    'is not acted on beside vrrp_rt_priority',
    'keep one of them',
  );
  leaveOut(
    'router_id',
    true,
    'is not acted on: it names the node in mails; Locum goes by the name of the host',
    'nothing, or leave it out',
  );
  leaveOut('script_user', true, 'is not acted on: programs run with the rights of Locum', DROP_RIGHTS);
  leaveOut(
    'enable_script_security',
    true,
    'is not acted on: `locum check` looks whether somebody else can change a program, and warns',
    'look at its warnings',
  );
}

/** What a file of keepalived cannot say, and Locum should not demand of who brings one. */
function writeSurroundings(sheet: Sheet): void {
  const docker = ['docker', 'enabled'];
  sheet.set(docker, 'auto', undefined);
  sheet.comment(
    docker,
    'Labels of the nginx container count when the engine can be reached; nothing is missed when it cannot.',
  );
  const upstreams = ['nginx', 'upstreams-file'];
  sheet.set(upstreams, 'off', undefined);
  sheet.comment(upstreams, 'A path here, and nginx gets its upstreams from the labels of containers.');
}
