/** The sheet on which Locum's settings are drawn up from keepalived.conf: plain values with the lines they came from, and what is to be said. */

import { formatPosition, type Position, type Remark, Report } from '../remarks.ts';

/** As a YAML file would hold it. */
export type Value = string | number | boolean | readonly string[];

export type Path = readonly string[];

/** One setting of Locum. */
export interface Setting {
  readonly path: Path;
  /** Undefined: a group of settings that is there, perhaps empty. */
  readonly value: Value | undefined;
  /** Undefined: nothing in the file says so; it is what suits a file of keepalived. */
  readonly at: Position | undefined;
}

/** What somebody should know who reads the settings, above the setting at that path. */
export interface Comment {
  readonly path: Path;
  readonly text: string;
}

export interface Translation {
  /** In the order in which they should be read; a group before what is in it. */
  readonly settings: readonly Setting[];
  /** What keepalived would do and Locum does not, each with its line. */
  readonly remarks: readonly Remark[];
  readonly comments: readonly Comment[];
}

export type LeftOut = Omit<Remark, 'severity'>;

/** Of a number or a time that keepalived lets grow further than Locum does. */
export interface Bound {
  readonly most: number;
  /** What it is called in a remark: `vrrp_instance VI_1 garp_master_refresh`. */
  readonly setting: string;
  /** How it is written; left out: as the number that it is. */
  readonly write?: (value: number) => string;
}

export class Sheet {
  readonly settings: Setting[] = [];
  readonly #report = new Report();
  readonly comments: Comment[] = [];

  get remarks(): readonly Remark[] {
    return this.#report.remarks;
  }

  set(path: Path, value: Value, at: Position | undefined): void {
    this.settings.push({ path, value, at });
  }

  /** Draws the value to the most that there is, and says so. */
  setWithin(path: Path, value: number, { most, setting, write }: Bound, at: Position): void {
    const written = (number: number) => write?.(number) ?? number;
    this.set(path, written(Math.min(value, most)), at);
    if (value <= most) return;
    const what = `is more than ${written(most)}, which is used`;
    this.leaveOut(path, { setting, what, fix: `use at most ${written(most)}`, at });
  }

  group(path: Path, at: Position | undefined): void {
    this.settings.push({ path, value: undefined, at });
  }

  comment(path: Path, text: string): void {
    this.comments.push({ path, text });
  }

  /** Something that has no counterpart, and without which the rest would do harm. */
  refuse(refusal: LeftOut): void {
    this.#report.add({ severity: 'refused', ...refusal });
  }

  /** Something that has no counterpart; it is told near the setting at that path too. */
  leaveOut(path: Path, leftOut: LeftOut): void {
    this.#report.add({ severity: 'ignored', ...leftOut });
    this.comment(path, sentenceOf(leftOut));
  }
}

/** `keepalived.conf:12: vrrp_instance VI_1 no_accept: … (…)`. */
export function sentenceOf({ setting, what, fix, at }: LeftOut): string {
  return `${formatPosition(at)}: ${setting}: ${what} (${fix})`;
}
