/** Cgroups that tests make, each under a name with the process that it belongs to (cgroups(7)): found in every hierarchy, and removed. */

import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** The roots of the cgroup tree, with v2, or of every tree, with v1. */
export function hierarchies(): string[] {
  return [CGROUPS, ...foldersIn(CGROUPS).map(folder => join(CGROUPS, folder))];
}

/** Removes the cgroup of that name from every hierarchy. False while processes are left in it. */
export function removeCgroups(name: string): boolean {
  return hierarchies()
    .map(root => removeTree(join(root, name)))
    .every(removed => removed);
}

/** Of these names those that the pattern has, and whose process, its first group, is gone. */
export function abandoned(names: readonly string[], pattern: RegExp): string[] {
  return [...new Set(names)].filter(name => {
    const owner = pattern.exec(name)?.[1];
    return owner !== undefined && !existsSync(`/proc/${owner}`);
  });
}

export function foldersIn(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
}

/** A cgroup's files cannot be removed, only its folder, after the folders in it. */
function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const child of foldersIn(folder)) removeTree(join(folder, child));
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
