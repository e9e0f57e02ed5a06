/**
 * The examination: gathers what doctor/ decides about. It must not disturb anybody: it reads, sends signal 0, asks Docker with GET, the
 * daemon for its status and the link with ARP probes, and tries the packet filter with packets that do not leave the host. It works
 * beside a running daemon, before the first start, and with whatever capabilities there are: what cannot be looked at is left out.
 */

import type { Facts } from '../../doctor/diagnose.ts';
import type { CapabilityFacts, KnownProblem } from '../../doctor/problems.ts';
import { messageOf } from '../../lib/errors.ts';
import { type Duration, inMilliseconds, milliseconds, seconds } from '../../lib/time.ts';
import { describeEnding, runCommand } from '../../native/command.ts';
import type { Config } from '../config/config.ts';
import { readBeside } from './beside.ts';
import { readEngine } from './engine.ts';
import { lookAtReplaceable } from './files.ts';
import { readLinks, readNonlocalBind } from './links.ts';
import { readNginx } from './nginx.ts';
import { isIncluded } from './nginx-files.ts';
import { linkFacts, placesOf, vipsOf } from './places.ts';
import { measureTiming } from './timing.ts';

export interface ExamineOptions {
  readonly config: Config;
  /** What the checks of the configuration against this host found. */
  readonly warnings: readonly KnownProblem[];
  readonly capabilities: CapabilityFacts;
  readonly scheduling: readonly KnownProblem[];
  /** How long to listen; undefined: three intervals, within bounds. */
  readonly listen: Duration | undefined;
  /** Called when the waiting begins. */
  readonly onListening: (duration: Duration) => void;
}

/** Takes the time of listening and a few hundred milliseconds. Throws an OperatingError when rtnetlink does not answer. */
export async function examine(options: ExamineOptions): Promise<Facts> {
  const { config } = options;
  const [table, beside, engine] = await Promise.all([
    readLinks(),
    readBeside(config),
    readEngine(config.docker),
  ]);
  const proxyRuns = engine.proxy && engine.proxy.state === 'running';
  const [nginx, drain, nonlocalBind] = await Promise.all([
    readNginx(config.nginx.process, proxyRuns),
    drainFacts(config),
    readNonlocalBind(vipsOf(Object.values(config.vrrp), 4)),
  ]);
  const upstreams = await upstreamsFacts(config, nginx.master);
  // What loads and reads comes first: the waiting measures how late timers are.
  const duration = options.listen ?? listeningTime(config);
  options.onListening(duration);
  const [links, timing] = await Promise.all([
    Promise.all(placesOf(config, table).map(place => linkFacts(place, table, beside, duration))),
    measureTiming(duration),
  ]);
  return {
    warnings: options.warnings,
    capabilities: options.capabilities,
    links,
    nonlocalBind,
    docker: engine.facts,
    nginx: nginx.facts,
    upstreams,
    drain,
    scheduling: { wanted: schedulingText(config.scheduling), problems: options.scheduling },
    timers: { ...timing.timers, intervalMs: Math.min(...intervalsOf(config)) },
    clock: timing.clock,
    daemon: beside.facts,
  };
}

/** A backup waits three intervals for its master; what comes on top is for an advert that is late. */
const INTERVALS = 3;
const LATE = milliseconds(100);
/** The timers are to be measured for a while, and a person waits. */
const SHORTEST = seconds(1);
const LONGEST = seconds(4);

const intervalsOf = ({ vrrp }: Config): number[] =>
  Object.values(vrrp).map(({ advertInterval }) => inMilliseconds(advertInterval));

function listeningTime(config: Config): Duration {
  const wanted = milliseconds(INTERVALS * Math.max(...intervalsOf(config))) + LATE;
  return Math.min(Math.max(wanted, SHORTEST), LONGEST) as Duration;
}

async function upstreamsFacts(
  { docker, nginx, upstream }: Config,
  master: Awaited<ReturnType<typeof readNginx>>['master'],
): Promise<Facts['upstreams']> {
  const path = nginx.upstreamsFile;
  const others = upstream.size + docker.engines.length;
  if (path === undefined || (!docker.enabled && others === 0)) return undefined;
  const [file, included] = await Promise.all([
    lookAtReplaceable(path, false),
    master === undefined ? ('unknown' as const) : isIncluded(master, path),
  ]);
  return { file, included };
}

const NFT_TIMEOUT_MS = 1_000;

async function drainFacts({ drain }: Config): Promise<Facts['drain']> {
  const [nftFailure, stateFile] = await Promise.all([tryNft(), lookAtReplaceable(drain.stateFile, true)]);
  return { nftFailure, stateFile };
}

/** Lists tables, which takes the capability that changing them takes. */
async function tryNft(): Promise<string | undefined> {
  try {
    const ending = await runCommand(['nft', 'list', 'tables'], AbortSignal.timeout(NFT_TIMEOUT_MS));
    return ending.exitCode === 0 ? undefined : describeEnding(ending);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function schedulingText(wish: Config['scheduling']): string | undefined {
  if (wish.policy === 'rr') return `policy rr, priority ${wish.priority}`;
  return wish.nice === 0 ? undefined : `nice ${wish.nice}`;
}
