/** The demo's plot: the same on every kind of pair. */

import { setTimeout as pause } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { RouterStatus } from '../../src/control/status.ts';
import { monotonicUs, type Sight } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';
import type { Audience, Pair } from './pair.ts';
import { drawPair, type Paint } from './picture.ts';
import { followStates } from './states.ts';
import { Timeline } from './timeline.ts';

export type Say = (line: string) => void;

const SETTLE_DEADLINE_MS = 40_000;
/** The pair is watched a little longer than it takes to settle. */
const WATCH_ON_MS = 1_000;
const HOLD_MS = 120;

const STYLES = { good: 'green', bad: 'red', strong: 'bold' } as const;
const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint: Paint = (style, text) => (coloured ? styleText(STYLES[style], text) : text);

export async function play(pair: Pair, say: Say): Promise<void> {
  say(`· two nodes start ${pair.where}; the first election takes the RFC's master-down interval, 3.6 s`);
  await pair.start();
  const scene = new Scene(pair, say);
  try {
    await scene.open();
    const [first, second] = await scene.cast();
    const deed = `nginx is killed on ${first}: SIGKILL to its master process and its workers`;
    const kill = (): Promise<number> => pair.killNginx(first);
    if (pair.nginxComesBack) {
      await scene.act(`${deed}; Docker starts it again`, [second, first], kill);
    } else {
      await scene.act(deed, [second], kill);
      await scene.act(`nginx is started again on ${first}`, [first], async () => {
        const atUs = monotonicUs();
        await pair.reviveNginx(first);
        return atUs;
      });
    }
  } finally {
    scene.close();
  }
}

/** Leaves the pair up until somebody interrupts. */
export async function keepUntilInterrupted(
  pair: Pair,
  say: Say,
  interruption: Promise<never>,
): Promise<void> {
  say(`\n  The pair stays up until you press Ctrl-C here. Look around from another terminal:\n`);
  for (const line of pair.lookAround()) say(`    ${line}`);
  const alive = setInterval(() => {}, 60_000);
  // The interrupt is how this ends, not a failure.
  await interruption.catch(() => {}).finally(() => clearInterval(alive));
}

/** What is on stage: the timeline, what the client sees, who is master. */
class Scene implements Audience {
  readonly #pair: Pair;
  readonly #say: Say;
  readonly #timeline: Timeline;
  readonly #sights: { readonly sight: Sight; readonly atUs: number }[] = [];
  readonly #stopFollowing: () => void;

  constructor(pair: Pair, say: Say) {
    this.#pair = pair;
    this.#say = say;
    this.#timeline = new Timeline({ print: say, holdMs: HOLD_MS });
    this.#stopFollowing = followStates(pair, this.#timeline);
  }

  clientSees(sight: Sight, atUs: number): void {
    this.#sights.push({ sight, atUs });
    this.#timeline.add(atUs, `client   ${describe(sight)}`);
  }

  addressMoved(node: string, present: boolean, atUs: number): void {
    this.#timeline.add(atUs, `${node}   ${present ? 'has' : 'gave up'} the address ${this.#pair.vip}`);
  }

  async open(): Promise<void> {
    await this.#theMaster();
    await this.#pair.watch(this);
  }

  /** The master and the other one. */
  async cast(): Promise<[string, string]> {
    const master = await this.#theMaster();
    await this.#answers(master, 0);
    await this.#draw();
    const other = this.#pair.nodes.find(node => node.name !== master)?.name ?? '';
    return [master, other];
  }

  /** Something is done; then the expected nodes answer, one after the other, and the last of them is master. */
  async act(title: string, expected: readonly string[], deed: () => Promise<number>): Promise<void> {
    this.#timeline.flush();
    this.#say(`\n  ${title}\n`);
    // Whatever it causes may be heard of before the deed is over.
    this.#timeline.restart(monotonicUs());
    const atUs = await deed();
    this.#timeline.restart(atUs);
    const outcomes: string[] = [];
    let sinceUs = atUs;
    for (const node of expected) {
      sinceUs = await this.#answers(node, sinceUs);
      outcomes.push(`${node} answered the client after ${((sinceUs - atUs) / 1_000).toFixed(1)} ms`);
    }
    await this.#theMaster();
    await pause(WATCH_ON_MS);
    this.#timeline.flush();
    this.#say(`\n  ${paint('strong', `${outcomes.join(', ')}.`)}`);
    await this.#draw();
  }

  close(): void {
    this.#stopFollowing();
    this.#timeline.close();
  }

  /** The only master, once it is the node that should be: the one with the higher priority. */
  async #theMaster(): Promise<string> {
    return waitFor(
      async () => {
        const routers = await Promise.all(
          this.#pair.nodes.map(async ({ name }) => ({
            name,
            router: (await this.#pair.status(name))?.status.routers[0],
          })),
        );
        const [best, ...others] = routers.sort((a, b) => priorityOf(b.router) - priorityOf(a.router));
        const settled =
          best?.router?.state === 'master' && others.every(({ router }) => router?.state === 'backup');
        return settled ? best.name : undefined;
      },
      { what: 'the better node is the only master', deadlineMs: SETTLE_DEADLINE_MS, everyMs: 50 },
    );
  }

  /** When the client had an answer of the node, to a request that began after `sinceUs`. */
  async #answers(node: string, sinceUs: number): Promise<number> {
    const found = await waitFor(
      () => this.#sights.find(({ sight, atUs }) => sight.what === node && atUs >= sinceUs),
      {
        what: `the client gets an answer of ${node}`,
        deadlineMs: SETTLE_DEADLINE_MS,
      },
    );
    return found.atUs;
  }

  async #draw(): Promise<void> {
    const { nodes, vip, client } = this.#pair;
    const views = await Promise.all(
      nodes.map(async ({ name, address }) => {
        const [dated, nginxRuns] = await Promise.all([this.#pair.status(name), this.#pair.nginxRuns(name)]);
        return { name, address, router: dated?.status.routers[0], nginxRuns };
      }),
    );
    const latest = this.#sights.at(-1)?.sight.what;
    const answering = latest?.startsWith('!') === true ? undefined : latest;
    this.#say('');
    for (const line of drawPair({ nodes: views, vip, client: client.address, answering }, paint))
      this.#say(line);
  }
}

function priorityOf(router: RouterStatus | undefined): number {
  return router?.effectivePriority ?? 0;
}

/** A change of what the client sees, in words. */
function describe({ what, before, beforeCount }: Sight): string {
  const now = what.startsWith('!') ? `no answer: ${what.slice(1)}` : `answers of ${what}`;
  if (before === undefined) return now;
  const was = before.startsWith('!') ? before.slice(1) : `answers of ${before}`;
  return `${now} (after ${beforeCount} × ${was})`;
}
