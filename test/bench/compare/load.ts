/** What a master costs: processor time and memory of a daemon with many virtual routers, alone on its LAN so that it is master of all. */

import { setTimeout as pause } from 'node:timers/promises';
import { familyOf, processorMs, residentMib } from '../../support/family.ts';
import { addressesOf, type Host, Lan } from '../../support/lan.ts';
import { monotonicUs } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';
import type { Contender, ContenderNode, VirtualRouter } from './contender.ts';

export interface Load {
  readonly contender: Contender['name'];
  readonly routers: number;
  /** From the daemon's start until it held every address, in ms. */
  readonly allHeldMs: number;
  /** Of one processor, of all its processes and of the scripts that they ran. */
  readonly cpuPercent: number;
  /** Of all its processes together, in MiB; pages that they share count once. */
  readonly residentMib: number;
  /** Packets that the node sent: its advertisements, and what it announces. */
  readonly packetsPerSecond: number;
  /** From SIGTERM to the daemon's end, in ms, and the addresses that it left behind. */
  readonly stoppedMs: number;
  readonly leftBehind: number;
}

const INTERVAL_MS = 1_000;
const HELD_DEADLINE_MS = 60_000;
/** Both announce their addresses once more 5 s after becoming master; that is not what lasts. */
const CALM_MS = 6_500;

export async function measureLoad(
  contender: Contender,
  routers: number,
  seconds: number,
  signal: AbortSignal,
): Promise<Load> {
  const lan = await Lan.create();
  try {
    const setup = { address: '198.18.51.11/16', intervalMs: INTERVAL_MS, routers: virtualRouters(routers) };
    const node = await contender.createNode(lan, 'node-a', setup);
    await node.nginx.start();
    const startedUs = monotonicUs();
    await node.startDaemon();
    await holdsAll(node, setup.routers);
    const allHeldMs = (monotonicUs() - startedUs) / 1_000;
    await pause(CALM_MS, undefined, { signal });
    const measured = await consumption(node, seconds, signal);
    const stopping = monotonicUs();
    await node.daemon.stop(30_000);
    const stoppedMs = (monotonicUs() - stopping) / 1_000;
    const left = await addressesOf(node.host);
    const leftBehind = setup.routers.filter(({ vip }) => left.has(vip)).length;
    return { contender: contender.name, routers, allHeldMs, ...measured, stoppedMs, leftBehind };
  } finally {
    await lan.close();
  }
}

/** VRIDs from 1, each with an address of its own. */
function virtualRouters(count: number): VirtualRouter[] {
  return Array.from({ length: count }, (_, index) => {
    const vrid = index + 1;
    return { name: `vr${vrid}`, vrid, vip: `198.18.52.${vrid}/16` };
  });
}

async function holdsAll(node: ContenderNode, routers: readonly VirtualRouter[]): Promise<void> {
  const held = async () => {
    if (!node.daemon.running) throw new Error('the daemon ended');
    const addresses = await addressesOf(node.host);
    return routers.every(({ vip }) => addresses.has(vip));
  };
  await waitFor(held, {
    what: `the node holds all of ${routers.length} addresses`,
    deadlineMs: HELD_DEADLINE_MS,
    everyMs: 100,
    context: () => node.daemon.lines.slice(-50).join('\n'),
  });
}

async function consumption(
  node: ContenderNode,
  seconds: number,
  signal: AbortSignal,
): Promise<Pick<Load, 'cpuPercent' | 'residentMib' | 'packetsPerSecond'>> {
  const pids = familyOf(node.daemon.pid);
  const [sentBefore, usedBefore, beganUs] = [await packetsSent(node.host), processorMs(pids), monotonicUs()];
  await pause(seconds * 1_000, undefined, { signal });
  const [usedAfter, endedUs, sentAfter] = [processorMs(pids), monotonicUs(), await packetsSent(node.host)];
  const passedS = (endedUs - beganUs) / 1_000_000;
  return {
    cpuPercent: (usedAfter - usedBefore) / 10 / passedS,
    residentMib: residentMib(pids),
    packetsPerSecond: (sentAfter - sentBefore) / passedS,
  };
}

async function packetsSent(host: Host): Promise<number> {
  const text = await host.inside.run('ip', ['-json', '-statistics', 'link', 'show', 'dev', 'eth0']);
  const [link] = JSON.parse(text) as { stats64: { tx: { packets: number } } }[];
  return link?.stats64.tx.packets ?? Number.NaN;
}
