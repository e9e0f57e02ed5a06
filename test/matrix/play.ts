/**
 * What is played in every cell: two nodes, the better by priority. It becomes master; it is stopped and the other takes over at once; it
 * comes back and preempts; it falls silent and the other takes over in time. Then both logs are read, and every frame that Locum sent.
 */

import { Capture } from '../support/capture.ts';
import type { Program } from '../support/keepalived-program.ts';
import { BRIDGE, type Host, Lan, macOf, portOf } from '../support/lan.ts';
import { monotonicUs } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';
import type { Cell } from './cells.ts';
import type { Check, Outcome, Verdict } from './checks.ts';
import { verdictOn } from './complaints.ts';
import type { Wire } from './frames.ts';
import { judgeFrames } from './judge.ts';
import { heldOn, KeepalivedPlayer, LocumPlayer, type Player } from './players.ts';
import { addressesOf, HIGH, LOW } from './settings.ts';

const SETTLE_MS = 15_000;
/** Priority 0 leaves the skew time, at most one interval. */
const HAND_OVER_MS = 1_000;
/** Three intervals of 1 s and at most one of skew; silence begins up to one interval before the master would have spoken. */
const TAKEOVER_MS = [2_000, 4_000] as const;
/** What a busy machine adds. */
const SLACK_MS = 1_000;

interface Game {
  readonly cell: Cell;
  readonly lan: Lan;
  readonly better: Player;
  readonly worse: Player;
}

/** Plays one cell on a LAN of its own, with that keepalived. */
export async function play(cell: Cell, program: Program): Promise<Outcome> {
  const lan = await Lan.create();
  try {
    await makeClient(lan, cell);
    const locumPriority = cell.role === 'master' ? HIGH : LOW;
    const [locum, keepalived] = await Promise.all([
      LocumPlayer.create(lan, cell, locumPriority),
      KeepalivedPlayer.create(lan, cell, HIGH + LOW - locumPriority, program),
    ]);
    // Where Locum's cable enters the bridge: what comes in there, Locum's host has sent, whatever its addresses.
    const capture = await Capture.start(
      lan.bridge,
      portOf(locum.host),
      `${lan.folder}/locum.pcap`,
      'inbound',
    );
    const [better, worse] = cell.role === 'master' ? [locum, keepalived] : [keepalived, locum];
    const moves = await playMoves({ cell, lan, better, worse });
    await Promise.all([locum, keepalived].map(player => player.stop().then(() => player.ended())));
    await capture.stop();
    const wire = await wireOf(locum.host, keepalived.host, locumPriority);
    return {
      ...moves,
      'no complaint': verdictOn([...locum.complaints(), ...keepalived.complaints()], cell),
      tshark: await verdictOf(() => judgeFrames(capture.file, cell, wire)),
    };
  } finally {
    await lan.close();
  }
}

/** Up to the first that fails: what comes after would only fail for the same reason. */
async function playMoves(game: Game): Promise<Outcome> {
  const outcome: Partial<Record<Check, Verdict>> = {};
  for (const [check, move] of MOVES) {
    const verdict = await verdictOf(() => move(game));
    outcome[check] = verdict;
    if (verdict.failure !== undefined) break;
  }
  return outcome;
}

async function verdictOf(work: () => Promise<number | undefined>): Promise<Verdict> {
  try {
    const seconds = await work();
    return seconds === undefined ? {} : { seconds };
  } catch (thrown) {
    return { failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

type Move = (game: Game) => Promise<number | undefined>;

const MOVES: readonly (readonly [Check, Move])[] = [
  [
    'elected',
    async game => {
      await Promise.all([game.better.start(), game.worse.start()]);
      await stands(game);
      return undefined;
    },
  ],
  [
    'handed over',
    async game => {
      const seconds = await takesOver(game, () => game.better.stop(), [0, HAND_OVER_MS]);
      await waitFor(async () => (await heldOn(game.better.host, game.cell)).length === 0, {
        what: `${game.better.host.name}, stopped, no longer has the address`,
        deadlineMs: SETTLE_MS,
      });
      await game.better.ended();
      return seconds;
    },
  ],
  [
    'came back',
    async game => {
      await game.better.start();
      await stands(game);
      return undefined;
    },
  ],
  ['took over', game => takesOver(game, () => game.better.kill(), TAKEOVER_MS)],
];

/** The better one is master, alone, and reached under the address. */
async function stands({ cell, lan, better, worse }: Game): Promise<void> {
  await better.becomes('master', SETTLE_MS);
  await worse.becomes('backup', SETTLE_MS);
  let held: readonly [string[], string[]] = [[], []];
  const isSettled = async (): Promise<boolean> => {
    held = await Promise.all([heldOn(better.host, cell), heldOn(worse.host, cell)]);
    return held[0].length === addressesOf(cell).vips.length && held[1].length === 0;
  };
  await waitFor(isSettled, {
    what: `${better.host.name} alone has the addresses`,
    deadlineMs: SETTLE_MS,
    context: () => `it has ${held[0]}, the other ${held[1]}\n${better.log()}\n${worse.log()}`,
  });
  await isReached(lan, cell, better);
}

/** The worse one becomes master, in time, and is reached under the address. Returns the seconds. */
async function takesOver(
  { cell, lan, worse }: Game,
  end: () => Promise<void>,
  [leastMs, mostMs]: readonly [number, number],
): Promise<number> {
  const began = monotonicUs();
  await end();
  await worse.becomes('master', SETTLE_MS);
  const tookMs = (monotonicUs() - began) / 1_000;
  if (tookMs < leastMs || tookMs > mostMs + SLACK_MS)
    throw new Error(
      `${worse.host.name} took over after ${Math.round(tookMs)} ms, not ${leastMs} to ${mostMs}`,
    );
  await isReached(lan, cell, worse);
  return tookMs / 1_000;
}

export async function wireOf(locum: Host, keepalived: Host, priority: number): Promise<Wire> {
  const text = await locum.inside.run('ip', ['-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link']);
  const [locumMac, keepalivedMac] = await Promise.all([macOf(locum), macOf(keepalived)]);
  const locumLinkLocal = /inet6 (fe80::[0-9a-f:]+)/.exec(text)?.[1] ?? '';
  return { locumMac, keepalivedMac, locumLinkLocal, priority };
}

/** The bridge is a host of its LAN, so that somebody looks for the address. */
async function makeClient(lan: Lan, cell: Cell): Promise<void> {
  const { client, prefixLength } = addressesOf(cell);
  const nodad = cell.family === 'IPv6' ? ['nodad'] : [];
  await lan.bridge.run('ip', ['address', 'add', `${client}/${prefixLength}`, 'dev', BRIDGE, ...nodad]);
}

/** The client has an answer of the address, and its frames for the address go to that node. */
async function isReached(lan: Lan, cell: Cell, master: Player): Promise<void> {
  const { vip } = addressesOf(cell);
  let seen = '';
  await waitFor(
    async () => {
      await lan.bridge.run('ping', ['-n', '-c', '1', '-W', '1', vip]);
      const neighbour = await lan.bridge.run('ip', ['neighbour', 'show', 'to', vip, 'dev', BRIDGE]);
      const mac = /lladdr (\S+)/.exec(neighbour)?.[1] ?? 'no neighbour';
      const table = await lan.bridge.run('bridge', ['fdb', 'show', 'br', BRIDGE]);
      seen = table.split('\n').find(line => line.startsWith(mac)) ?? `no port for ${mac}`;
      return seen.includes(` ${portOf(master.host)} `);
    },
    {
      what: `a client reaches ${master.host.name} under ${vip}`,
      deadlineMs: 5_000,
      everyMs: 100,
      context: () => `${seen}\n${master.log()}`,
    },
  );
}
