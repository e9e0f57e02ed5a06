/**
 * Installs Debian packages for the tests and the demo: the only place that changes the machine. Plain JavaScript without
 * dependencies, for it runs before anything is installed. Nothing that a package brings may start as a service: `policy-rc.d`
 * (the interface between maintainer scripts and the administrator) denies it for as long as the installation runs.
 *
 *     node test/support/apt.mjs nginx iproute2
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOCK = '/run/lock/locum-apt.lock';
const POLICY = '/usr/sbin/policy-rc.d';
const WAIT_SECONDS = '900';
const HOLDING_LOCK = '--holding-lock';

/** Whether a command is on the path; the system folders count even when a user's PATH leaves them out. */
export function hasCommand(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why packages cannot be installed on this machine; undefined when they can. */
export function whyNotInstallable() {
  if (!hasCommand('apt-get')) return 'this machine has no apt-get';
  return process.getuid?.() === 0 ? undefined : 'that takes root';
}

/** Installs the packages, one installation at a time on the machine. Returns undefined, or what went wrong. */
export function installPackages(packages) {
  const self = fileURLToPath(import.meta.url);
  const child = spawnSync(
    'flock',
    ['-w', WAIT_SECONDS, LOCK, process.execPath, self, HOLDING_LOCK, ...packages],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (child.status === 0) return undefined;
  const output = `${child.stdout ?? ''}${child.stderr ?? ''}`.trim();
  const tail = output.split('\n').slice(-15).join('\n');
  return `apt-get install ${packages.join(' ')} failed:\n${child.error?.message ?? tail}`;
}

function aptGet(args) {
  const options = [
    '-y',
    '-o',
    `DPkg::Lock::Timeout=${WAIT_SECONDS}`,
    '-o',
    'Dpkg::Options::=--force-confold',
  ];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', LC_ALL: 'C.UTF-8' };
  return spawnSync('apt-get', [...options, ...args], { stdio: 'inherit', env }).status === 0;
}

/** An administrator's own policy stays as it is: it is there to be obeyed. */
function denyServices() {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    return () => rmSync(POLICY, { force: true });
  } catch {
    return () => {};
  }
}

/** The part that runs under the lock. */
function install(packages) {
  const args = ['install', '--no-install-recommends', ...packages];
  const allowServices = denyServices();
  try {
    // Package lists that are missing or too old show as a failure; only then are they worth fetching.
    return aptGet(args) || (aptGet(['update']) && aptGet(args));
  } finally {
    allowServices();
  }
}

function main([first, ...rest]) {
  if (first === HOLDING_LOCK) return install(rest);
  const problem = installPackages([first, ...rest]);
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  return problem === undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2)) ? 0 : 1;
}
