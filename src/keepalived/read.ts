/**
 * Reads keepalived.conf: text in, typed configuration and remarks out (keepalived.conf(5); its behaviour was asked of keepalived
 * 2.2.7). Whatever a file holds, this ends, throws nothing, and every line is understood or named. No I/O: files that are included come
 * through a function.
 */

import { complete } from './complete.ts';
import { meantBy } from './fields.ts';
import type { Defined } from './follows.ts';
import { readGlobal } from './global.ts';
import { type GroupDraft, readGroup, withMembers } from './groups.ts';
import { type Draft, readInstance } from './instance.ts';
import { linesOf, type SourceFile, type Surroundings } from './lines.ts';
import type { Configuration, Instance, Named, Script, TrackedFile, TrackedProcess } from './model.ts';
import { reasonFor } from './reasons.ts';
import { formatPosition, type Remark, Report, shown } from './remarks.ts';
import { readFile, readProcess, readScript } from './tracked.ts';
import { type Statement, treeOf } from './tree.ts';

export interface Reading {
  readonly configuration: Configuration;
  /** File after file, line after line. */
  readonly remarks: readonly Remark[];
}

export function readKeepalived(file: SourceFile, surroundings: Surroundings): Reading {
  const report = new Report();
  const statements = treeOf(linesOf(file, surroundings, report), report);
  const reader = new Reader(report);
  for (const statement of statements) reader.statement(statement);
  const configuration = reader.finish();
  return { configuration, remarks: report.remarks };
}

/** Blocks of keepalived that have nothing to do with VRRP: load balancing and its checks. */
const FOREIGN = ['virtual_server', 'virtual_server_group', 'real_server', 'SSL'];

/** Blocks that belong to VRRP, and the reading leaves out. */
const LEFT_OUT = `
  bfd_instance garp_group interface_up_down_delays linkbeat_interfaces static_ipaddress static_routes static_rules track_group`;
/** Statements outside any block. */
const PLAIN = `
  child_wait_time instance linkbeat_use_polling namespace_with_ipsets net_namespace net_namespace_ipvs use_pid_dir`;
const IGNORED: readonly string[] = `${LEFT_OUT}${PLAIN}`.trim().split(/\s+/);

class Reader {
  readonly #report: Report;
  readonly #global: Statement[] = [];
  readonly #foreign: Statement[] = [];
  readonly #scripts = new Map<string, Script>();
  readonly #processes = new Map<string, TrackedProcess>();
  readonly #files = new Map<string, TrackedFile>();
  readonly #instances = new Map<string, Draft>();
  readonly #groups = new Map<string, GroupDraft>();
  readonly #blocks: Readonly<Record<string, (statement: Statement) => void>> = {
    global_defs: statement => this.#global.push(statement),
    vrrp_script: statement => this.#keep(this.#scripts, statement, readScript(statement, this.#report)),
    vrrp_track_process: statement =>
      this.#keep(this.#processes, statement, readProcess(statement, this.#report)),
    track_file: statement => this.#keep(this.#files, statement, readFile(statement, this.#report)),
    vrrp_track_file: statement => this.#keep(this.#files, statement, readFile(statement, this.#report)),
    vrrp_instance: statement =>
      this.#keep(this.#instances, statement, readInstance(statement, this.#defined, this.#report)),
    vrrp_sync_group: statement =>
      this.#keep(this.#groups, statement, readGroup(statement, this.#defined, this.#report)),
  };

  constructor(report: Report) {
    this.#report = report;
  }

  statement(statement: Statement): void {
    const { keyword } = statement;
    const read = Object.hasOwn(this.#blocks, keyword) ? this.#blocks[keyword] : undefined;
    if (read === undefined) this.#other(statement);
    else read(statement);
  }

  get #defined(): Defined {
    return { script: this.#scripts, process: this.#processes, file: this.#files };
  }

  /** Of blocks with one name the first counts. */
  #keep<T extends Named>(known: Map<string, T>, { keyword }: Statement, block: T | undefined): void {
    if (block === undefined) return;
    const earlier = known.get(block.name);
    if (earlier === undefined) {
      known.set(block.name, block);
      return;
    }
    const what = `is already defined at ${formatPosition(earlier.at)}: this one does nothing`;
    const fix = 'give it another name';
    this.#report.add({ severity: 'mistake', setting: `${keyword} ${block.name}`, what, fix, at: block.at });
  }

  #other(statement: Statement): void {
    const { keyword, block, at } = statement;
    if (FOREIGN.includes(keyword)) {
      this.#foreign.push(statement);
      return;
    }
    if (IGNORED.includes(keyword)) {
      this.#report.add({ severity: 'ignored', setting: keyword, ...reasonFor(keyword), at });
      return;
    }
    const does = block === undefined ? 'the line does nothing' : 'its block is left out';
    const what = `has nothing called ${shown(keyword)}: ${does}`;
    const fix = meantBy(keyword, BLOCKS);
    this.#report.add({ severity: 'mistake', setting: 'file', what, fix, at });
  }

  finish(): Configuration {
    this.#tellForeign();
    const global = readGlobal(this.#global, this.#report);
    const taken = new Set<string>();
    const names = new Set(this.#instances.keys());
    const groups = [...this.#groups.values()].map(group => withMembers(group, names, taken, this.#report));
    const instances = [...this.#instances.values()].flatMap(draft => {
      const group = groups.find(({ members }) => members.includes(draft.name));
      return complete(draft, global, group, this.#report) ?? [];
    });
    this.#tellAlike(instances);
    return {
      global,
      scripts: [...this.#scripts.values()],
      processes: [...this.#processes.values()],
      files: [...this.#files.values()],
      instances,
      groups,
    };
  }

  #tellForeign(): void {
    const [first, ...others] = this.#foreign;
    if (first === undefined) return;
    const more = others.length === 0 ? '' : `, and ${others.length} more such blocks`;
    const what = `begins a block of load balancing${more}: left out, as nothing in it concerns VRRP`;
    const fix = 'nothing, or leave it out';
    this.#report.add({ severity: 'ignored', setting: first.keyword, what, fix, at: first.at });
  }

  /** Two instances that could not tell their adverts apart. */
  #tellAlike(instances: readonly Instance[]): void {
    const seen = new Map<string, Instance>();
    for (const instance of instances.filter(({ unicastPeers }) => unicastPeers.length === 0)) {
      const key = `${instance.vrid} ${instance.family} ${instance.interface}`;
      const other = seen.get(key);
      seen.set(key, other ?? instance);
      if (other === undefined) continue;
      this.#report.add({
        severity: 'refused',
        setting: `vrrp_instance ${instance.name} virtual_router_id`,
        what: `is ${instance.vrid}, as that of ${other.name} on the same interface`,
        fix: 'give each instance of an interface its own',
        at: instance.lines.get('virtual_router_id') ?? instance.at,
      });
    }
  }
}

const BLOCKS: readonly string[] = [
  ...'global_defs vrrp_script vrrp_track_process track_file vrrp_instance vrrp_sync_group'.split(' '),
  ...FOREIGN,
  ...IGNORED,
];
