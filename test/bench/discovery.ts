/**
 * What discovery costs with a thousand labelled containers: a whole sync, one change, memory, and reloads in a burst. The daemon and nginx are
 * real; the engine is one of the tests' making on a unix socket, which answers as fast as it can write.
 *
 *     npm run bench -- discovery [--containers 1000] [--changes 20] [--json]
 */

import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { FakeEngine } from '../support/fake-engine.ts';
import { familyOf, processorMs, residentMib } from '../support/family.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { waitFor } from '../support/wait.ts';

const BOUNDS = { syncMs: 1_000, changeMs: 150, growthMiB: 30, burstReloads: 3 } as const;
/** After which a list is read, with nothing else happening. */
const DEBOUNCE_MS = 100;
const UPSTREAMS = 20;
const BURST_EVENTS = 1_000;

export interface DiscoveryResult {
  readonly containers: number;
  /** From the request for the list to the file. */
  readonly syncMs: number;
  /** From an event to the file, without the debounce; sorted. */
  readonly changesMs: readonly number[];
  /** Of the daemon's processor time, which other load does not stretch: the whole sync, and a change on average, reloads included. */
  readonly syncCpuMs: number;
  readonly changeCpuMs: number;
  readonly growthMiB: number;
  readonly burstReloads: number;
}

export async function measureDiscovery(containers: number, changes: number): Promise<DiscoveryResult> {
  const lan = await Lan.create();
  const engine = new FakeEngine();
  try {
    await engine.start();
    const node = await LocumNode.create(lan, 'node', {
      address: '198.18.51.11/24',
      priority: 100,
      sections: { docker: { enabled: true, host: engine.host } },
    });
    await node.nginx.start();
    await node.startDaemon();
    await node.becomes('master');
    const files = new FileTimes(node.nginx.upstreamsFile);
    try {
      const daemon = familyOf(node.daemon.pid);
      const before = residentMib(daemon);
      const [syncMs, syncCpuMs] = await withCpu(daemon, () => sync(engine, node, files, containers));
      const [changesMs, changesCpuMs] = await withCpu(daemon, async () => {
        const all: number[] = [];
        for (let at = 0; at < changes; at += 1) all.push(await change(engine, node, files, at));
        return all.sort((a, b) => a - b);
      });
      const burstReloads = await burst(engine, node, containers);
      const growthMiB = residentMib(daemon) - before;
      const changeCpuMs = changesCpuMs / changes;
      return { containers, syncMs, changesMs, syncCpuMs, changeCpuMs, growthMiB, burstReloads };
    } finally {
      files.close();
    }
  } finally {
    await lan.close();
    await engine.remove();
  }
}

/** When a file was replaced last. */
class FileTimes {
  readonly #watcher: ReturnType<typeof watch>;
  lastMs = 0;

  constructor(path: string) {
    this.#watcher = watch(dirname(path), (_, name) => {
      if (name === basename(path)) this.lastMs = performance.now();
    });
  }

  async after(ms: number): Promise<number> {
    await waitFor(() => this.lastMs > ms, { what: 'the file is written', deadlineMs: 10_000, everyMs: 1 });
    return this.lastMs;
  }

  close(): void {
    this.#watcher.close();
  }
}

const addressOf = (at: number, turn: number): string => `198.18.${1 + turn}.${1 + (at % 250)}`;

function put(engine: FakeEngine, at: number, turn: number): void {
  engine.put(`app-${at}`, {
    Labels: { 'locum.upstream': `app-${at % UPSTREAMS}`, 'locum.port': String(8_000 + Math.floor(at / 250)) },
    NetworkSettings: { Networks: { front: { IPAddress: addressOf(at, turn) } } },
  });
}

/** Nothing is under way any more: what was asked for is served. */
async function settled(node: LocumNode): Promise<number> {
  let before = '';
  await waitFor(
    async () => {
      const { upstreams } = await node.status();
      const now = JSON.stringify([upstreams?.renders, upstreams?.reloads]);
      const same = now === before;
      before = now;
      return same;
    },
    { what: 'the upstreams are settled', deadlineMs: 30_000, everyMs: 1_500 },
  );
  return (await node.status()).upstreams?.reloads ?? 0;
}

async function sync(
  engine: FakeEngine,
  node: LocumNode,
  files: FileTimes,
  containers: number,
): Promise<number> {
  await settled(node);
  for (let at = 0; at < containers; at += 1) put(engine, at, 0);
  const begunMs = performance.now();
  engine.emit('app-0', 'start');
  const writtenMs = await files.after(begunMs);
  await settled(node);
  return writtenMs - engine.listedMs;
}

async function change(engine: FakeEngine, node: LocumNode, files: FileTimes, at: number): Promise<number> {
  await settled(node);
  put(engine, at, 1);
  const begunMs = performance.now();
  engine.emit(`app-${at}`, 'start');
  return (await files.after(begunMs)) - begunMs - DEBOUNCE_MS;
}

/** Every event of a second comes with a change; the reloads that they cause. */
async function burst(engine: FakeEngine, node: LocumNode, containers: number): Promise<number> {
  const before = await settled(node);
  for (let event = 0; event < BURST_EVENTS; event += 1) {
    const at = event % containers;
    put(engine, at, 2);
    engine.emit(`app-${at}`, 'start');
    if (event % 100 === 99) await new Promise(resolve => setImmediate(resolve));
  }
  const after = await settled(node);
  const file = await readFile(node.nginx.upstreamsFile, 'utf8');
  if (!file.includes(addressOf(0, 2))) throw new Error('the burst did not reach the file');
  return after - before;
}

/** What the work gave, and the processor time that the daemon used meanwhile, in ms. */
async function withCpu<T>(pids: readonly number[], work: () => Promise<T>): Promise<[T, number]> {
  const before = processorMs(pids);
  const result = await work();
  return [result, processorMs(pids) - before];
}

export async function benchDiscovery(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      containers: { type: 'string', default: '1000' },
      changes: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  const why = whyNoNamespaces() ?? provide(NAMESPACES, text => void process.stderr.write(`${text}\n`));
  if (why !== undefined) throw new Error(`cannot measure here: ${why}`);
  const result = await measureDiscovery(Number(values.containers), Number(values.changes));
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : describe(result));
  return verdicts(result).every(({ holds }) => holds);
}

function verdicts({ syncMs, changesMs, growthMiB, burstReloads }: DiscoveryResult) {
  const worst = changesMs.at(-1) ?? 0;
  const median = changesMs[Math.floor(changesMs.length / 2)] ?? 0;
  const row = (what: string, value: string, bound: string, holds: boolean) => ({ what, value, bound, holds });
  return [
    row(
      'list to file, all containers',
      `${syncMs.toFixed(0)} ms`,
      `< ${BOUNDS.syncMs} ms`,
      syncMs < BOUNDS.syncMs,
    ),
    row(
      'event to file, beside the debounce',
      `${median.toFixed(0)} ms, worst ${worst.toFixed(0)}`,
      `< ${BOUNDS.changeMs} ms`,
      worst < BOUNDS.changeMs,
    ),
    row(
      'memory growth',
      `${growthMiB.toFixed(1)} MiB`,
      `< ${BOUNDS.growthMiB} MiB`,
      growthMiB < BOUNDS.growthMiB,
    ),
    row(
      `reloads in a burst of ${BURST_EVENTS} events`,
      String(burstReloads),
      `<= ${BOUNDS.burstReloads}`,
      burstReloads <= BOUNDS.burstReloads,
    ),
  ];
}

function describe(result: DiscoveryResult): string {
  const lines = verdicts(result).map(
    ({ what, value, bound, holds }) =>
      `${holds ? 'holds ' : 'BROKEN'}  ${what.padEnd(36)}  ${value.padEnd(24)}  ${bound}\n`,
  );
  const cpu = `${result.syncCpuMs.toFixed(0)} ms for the sync, ${result.changeCpuMs.toFixed(0)} ms a change`;
  return `${result.containers} labelled containers\n${lines.join('')}        processor time of the daemon: ${cpu}\n`;
}
