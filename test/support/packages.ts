/** What the tests and the demo need from Debian, as commands and the packages that bring them. apt.mjs installs them. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

/** Command → package. */
export type Needs = Readonly<Record<string, string>>;

/** For single kernel interfaces in a namespace of the test's own. */
export const KERNEL: Needs = { ip: 'iproute2', nft: 'nftables' };

/** For hosts in namespaces with nginx on them: all that the demo needs. */
export const NAMESPACES: Needs = {
  ip: 'iproute2',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  nft: 'nftables',
  nginx: 'nginx',
};

/** For the tests in namespaces. */
export const PEERS: Needs = {
  ...NAMESPACES,
  keepalived: 'keepalived',
  tcpdump: 'tcpdump',
  tshark: 'tshark',
  ps: 'procps',
  bridge: 'iproute2',
  ping: 'iputils-ping',
};

/** For the page: Chromium, and hosts in namespaces for the daemons behind it. */
export const BROWSER: Needs = { ...NAMESPACES, ps: 'procps', bridge: 'iproute2', chromium: 'chromium' };

/** For the tests in namespaces, and for those that ask Prometheus what it makes of the metrics and the alerts, and systemd of the unit. */
export const ORACLES: Needs = { ...PEERS, promtool: 'prometheus', 'systemd-analyze': 'systemd' };

/** For measuring Locum beside keepalived, which watches nginx with `killall -0`. */
export const COMPARISON: Needs = {
  ...NAMESPACES,
  bridge: 'iproute2',
  tcpdump: 'tcpdump',
  keepalived: 'keepalived',
  killall: 'psmisc',
};

/** For the tests on a Docker engine, and on a host that systemd has booted with Docker on it. */
export const ENGINE: Needs = {
  ...NAMESPACES,
  ps: 'procps',
  flock: 'util-linux',
  systemctl: 'systemd',
  keepalived: 'keepalived',
  tcpdump: 'tcpdump',
  dockerd: 'docker.io',
  docker: 'docker.io',
  debootstrap: 'debootstrap',
  'update-ca-certificates': 'ca-certificates',
};

const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** Child processes find the administrator's commands too, whatever the PATH of the user says. */
export function extendPath(): void {
  const folders = (process.env['PATH'] ?? '').split(':');
  process.env['PATH'] = [...folders, ...SYSTEM_FOLDERS.filter(folder => !folders.includes(folder))].join(':');
}

/** The packages to install so that every command is there. */
export function missingPackages(needs: Needs): string[] {
  const missing = Object.entries(needs).filter(([command]) => !exists(command));
  return [...new Set(missing.map(([, name]) => name))];
}

/** Installs what is missing. Returns why it could not; undefined when everything is there. */
export function provide(needs: Needs, say: (line: string) => void): string | undefined {
  const packages = missingPackages(needs);
  if (packages.length === 0) return undefined;
  if (process.getuid?.() !== 0)
    return `not installed: ${packages.join(', ')} (as root they would be, by apt-get)`;
  say(`installing by apt-get: ${packages.join(' ')}`);
  const child = spawnSync(process.execPath, [join(ROOT, 'test', 'support', 'apt.mjs'), ...packages], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return missingPackages(needs).length === 0 ? undefined : child.stderr.trim();
}

/** Why network, PID and mount namespaces cannot be made here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const made = spawnSync('unshare', ['--net', '--pid', '--fork', '--mount-proc', 'true'], {
    encoding: 'utf8',
  });
  return made.status === 0 ? undefined : `namespaces cannot be made here: ${made.stderr?.trim()}`;
}

function exists(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', command], { stdio: 'ignore' }).status === 0;
}
