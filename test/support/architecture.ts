/**
 * The architecture as data (src/README.md tells the story): parts, what each may import, who speaks to which package. tidy.test.ts
 * holds the sources against it.
 */

export interface Part {
  /** A folder of `src/`, or a file directly in it. */
  readonly name: string;
  /**
   * What the part does. `decides`: no I/O, no clock, no randomness. `acts`: one kernel or library interface a file. `joins`: the
   * places where the parts meet.
   */
  readonly role: 'decides' | 'acts' | 'joins';
  /** In a part that decides: the files that act, as adapters of its decisions. */
  readonly adapters?: readonly string[];
  /** Other parts that it imports. */
  readonly imports: readonly string[];
}

export const PARTS: readonly Part[] = [
  { name: 'lib', role: 'decides', imports: [] },
  { name: 'vrrp', role: 'decides', imports: ['lib'] },
  { name: 'tracking', role: 'decides', imports: ['lib'] },
  { name: 'explain', role: 'decides', imports: ['lib', 'vrrp', 'tracking'] },
  { name: 'keepalived', role: 'decides', imports: ['lib'] },
  { name: 'doctor', role: 'decides', imports: ['lib'] },
  { name: 'docker', role: 'decides', adapters: ['client.ts', 'watcher.ts'], imports: ['lib'] },
  { name: 'nginx', role: 'decides', adapters: ['config-store.ts', 'controller.ts'], imports: ['lib'] },
  {
    name: 'control',
    role: 'decides',
    adapters: [
      'server.ts',
      'responder.ts',
      'audience.ts',
      'turns.ts',
      'client.ts',
      'following.ts',
      'metrics.ts',
    ],
    imports: ['lib'],
  },
  {
    name: 'page',
    role: 'decides',
    adapters: ['page.ts', 'client/main.tsx', 'client/listener.ts'],
    imports: ['lib', 'control'],
  },
  { name: 'notify', role: 'decides', imports: ['lib'] },
  {
    name: 'drain',
    role: 'decides',
    adapters: ['packet-filter.ts', 'socket-table.ts', 'state-file.ts'],
    imports: ['lib'],
  },
  { name: 'recording', role: 'decides', adapters: ['recording-file.ts'], imports: ['lib', 'vrrp'] },
  { name: 'native', role: 'acts', imports: ['lib'] },
  { name: 'net', role: 'acts', imports: ['lib', 'native'] },
  { name: 'probes', role: 'acts', imports: ['lib', 'native'] },
  {
    name: 'app',
    role: 'joins',
    imports: [
      'lib',
      'vrrp',
      'tracking',
      'explain',
      'keepalived',
      'doctor',
      'docker',
      'nginx',
      'control',
      'page',
      'notify',
      'drain',
      'recording',
      'native',
      'net',
      'probes',
    ],
  },
  {
    name: 'cli',
    role: 'joins',
    imports: ['lib', 'vrrp', 'tracking', 'explain', 'keepalived', 'doctor', 'control', 'recording', 'app'],
  },
  { name: 'main.ts', role: 'joins', imports: ['lib', 'app', 'cli'] },
];

/** Package → the only places that import it. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['docker/client.ts'],
  'raw-socket': ['net/'],
  koffi: ['native/'],
  yaml: ['app/config/'],
  zod: ['app/config/'],
  'fastest-levenshtein': ['lib/nearest.ts'],
  commander: ['cli/'],
  pino: ['app/', 'main.ts'],
  execa: ['native/command.ts'],
  'prom-client': ['control/metrics.ts'],
};

/** Packages that the build puts into the page's script: nothing imports them when Locum runs. */
export const BUNDLED: Readonly<Record<string, readonly string[]>> = { preact: ['page/client/'] };

/** What a file that decides must not touch: the outside world, by whatever name. */
export const OUTSIDE_WORLD: readonly string[] = [
  'Date',
  'performance',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Math.random',
  'crypto',
  'fetch',
  'console',
];

export const LONGEST_FILE_LINES = 400;

/** Hosts that a text may name, with those below them; packages come from wherever a machine is set up to fetch them. */
export const KNOWN_HOSTS: readonly string[] = [
  'localhost',
  'example.com',
  'example.org',
  'github.com',
  'www.rfc-editor.org',
  'www.apache.org',
  'docs.docker.com',
  'docs.kernel.org',
  'nginx.org',
  'keepachangelog.com',
  'semver.org',
  'json-schema.org',
  'www.w3.org',
];
