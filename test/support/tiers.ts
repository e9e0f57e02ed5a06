/** The tiers of the tests as a table: which files belong to each, what each needs, in the order in which they run. */

import { BROWSER, ENGINE, KERNEL, type Needs, ORACLES, PEERS } from './packages.ts';

export interface Tier {
  readonly name: string;
  readonly title: string;
  /** Whether a file, as a path below `test/`, belongs here; the first tier that says so has it. */
  readonly holds: (path: string) => boolean;
  /** Packages of the distribution; undefined: nothing beyond Node. */
  readonly packages?: Needs;
  /** Hosts in namespaces: root on Linux. */
  readonly namespaces?: true;
  /** Files at a time; undefined: one per processor. Tests that measure time want the machine for themselves. */
  readonly concurrency?: number;
  /** For one file. */
  readonly timeoutMs: number;
}

const below =
  (...folders: string[]) =>
  (path: string): boolean =>
    folders.some(folder => path.startsWith(`${folder}/`));

const MINUTE_MS = 60_000;

export const TIERS: readonly Tier[] = [
  {
    name: 'lint',
    title: 'format, lint and the rules of the architecture',
    holds: path => path === 'tidy.test.ts',
    timeoutMs: MINUTE_MS,
  },
  {
    name: 'kernel',
    title: "sockets, addresses and processes, against the machine's own kernel",
    holds: below('net', 'native'),
    packages: KERNEL,
    namespaces: true,
    timeoutMs: MINUTE_MS,
  },
  {
    name: 'rfc',
    title: 'one test per MUST, vectors, properties',
    holds: path =>
      below('rfc', 'vectors', 'properties')(path) || /(?:rfc|vectors|propert)[^/]*\.test\.ts$/.test(path),
    timeoutMs: 2 * MINUTE_MS,
  },
  {
    name: 'sim',
    title: 'simulation in virtual time',
    holds: below('sim'),
    timeoutMs: 10 * MINUTE_MS,
  },
  {
    name: 'netns',
    title: 'real sockets, addresses, nginx, keepalived and tshark in network namespaces; promtool',
    holds: below('netns'),
    packages: ORACLES,
    namespaces: true,
    concurrency: 2,
    timeoutMs: 5 * MINUTE_MS,
  },
  {
    name: 'browser',
    title: 'the status page in Chromium, from snapshots and from two daemons',
    holds: below('browser'),
    packages: BROWSER,
    namespaces: true,
    concurrency: 1,
    timeoutMs: 3 * MINUTE_MS,
  },
  {
    name: 'matrix',
    title: 'Locum beside two versions of keepalived, in every variant that both speak',
    holds: path => path === 'matrix/matrix.test.ts',
    packages: PEERS,
    namespaces: true,
    concurrency: 1,
    timeoutMs: 15 * MINUTE_MS,
  },
  {
    name: 'e2e',
    title: 'the compose files on a real Docker engine',
    holds: below('e2e'),
    packages: ENGINE,
    namespaces: true,
    concurrency: 1,
    timeoutMs: 40 * MINUTE_MS,
  },
  {
    name: 'unit',
    title: 'the parts, each beside a mirror of its source',
    holds: () => true,
    timeoutMs: MINUTE_MS,
  },
];

/** The order in which tiers run: cheap ones first. */
export const ORDER = ['lint', 'unit', 'kernel', 'rfc', 'sim', 'netns', 'browser', 'matrix', 'e2e'] as const;

export function tierNamed(name: string): Tier | undefined {
  return TIERS.find(tier => tier.name === name);
}

/** The tier that runs a test file; the last one takes what no other claims. */
export function tierOf(path: string): Tier {
  const tier = TIERS.find(candidate => candidate.holds(path));
  if (tier === undefined) throw new Error(`no tier for ${path}`);
  return tier;
}
