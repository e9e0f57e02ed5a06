/**
 * Plays a script of commands on a few routers of one link and writes down what they do, one line a router and moment. A file
 * holds blocks: commands, `----`, what they led to. Times are milliseconds; a packet takes 0.2 ms.
 *
 *     router NAME address=A priority=N [version=2] [preempt=no] [delay=TIME] [timing=rfc] [interval=TIME]
 *     start NAME… · stop NAME · kill NAME (without a word) · cut NAME · join NAME
 *     fault NAME CAUSE… · clear NAME · priority NAME N · lost NAME (its addresses)
 *     refuse NAME EFFECT · allow NAME · until TIME
 */

import assert from 'node:assert/strict';
import {
  createRouterRunner,
  type Done,
  type News,
  type RouterRunner,
  type RunnerPorts,
} from '../../src/app/router-runner.ts';
import { uint8At } from '../../src/lib/bytes.ts';
import { after, type Instant, instant, microseconds, parseDuration, utc } from '../../src/lib/time.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { nextDeadline } from '../../src/vrrp/virtual-router.ts';
import { ip, parameters } from './support.ts';

const TRAVEL_TIME = microseconds(200);

interface Node {
  readonly name: string;
  readonly runner: RouterRunner;
  timer: { readonly at: Instant; readonly wake: () => void } | undefined;
  alive: boolean;
  connected: boolean;
  refused: string | undefined;
}

interface Flight {
  readonly at: Instant;
  readonly from: Node;
  readonly packet: Uint8Array;
}

/** The file with what its commands led to put in the place of what it said. */
export function play(text: string): string {
  const link = new Link();
  return text
    .trimEnd()
    .split(/\n\n+/)
    .map(block => (block.includes('\n----') ? playBlock(link, block) : block))
    .join('\n\n')
    .concat('\n');
}

function playBlock(link: Link, block: string): string {
  const commands = block.split('\n----')[0] ?? '';
  for (const line of commands.split('\n')) link.command(line);
  return `${commands}\n----\n${link.report()}`;
}

class Link {
  readonly #nodes = new Map<string, Node>();
  readonly #flights: Flight[] = [];
  #now: Instant = instant(0);
  #lines: { readonly at: Instant; readonly node: Node; readonly done: string[] }[] = [];

  command(line: string): void {
    const [verb = '', name = '', ...rest] = line.split(/\s+/);
    const simple = SIMPLE[verb]?.(rest);
    if (verb === 'router') this.#add(name, rest);
    else if (verb === 'until') this.#until(instant(parseDuration(name) ?? Number.NaN));
    else if (verb === 'start') for (const each of [name, ...rest]) this.#node(each).runner.tell(START);
    else if (verb === 'priority') this.#retune(this.#node(name), Number(rest[0]));
    else if (simple !== undefined) this.#node(name).runner.tell(simple);
    else this.#meddle(verb, this.#node(name), rest[0]);
  }

  /** What happened since the last report, and where everybody is now. */
  report(): string {
    const lines = this.#lines.map(({ at, node, done }) => `${time(at)}  ${node.name}  ${done.join(', ')}`);
    const states = [...this.#nodes.values()].map(describe);
    this.#lines = [];
    return [...lines, `${time(this.#now)}  = ${states.join(', ')}`].join('\n');
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    assert.ok(node, `no router ${name}`);
    return node;
  }

  #add(name: string, settings: readonly string[]): void {
    const configured = parameters(Object.assign({}, ...settings.map(setting)));
    const node: Node = {
      name,
      runner: createRouterRunner(
        configured,
        this.#portsOf(() => node),
      ),
      timer: undefined,
      alive: true,
      connected: true,
      refused: undefined,
    };
    this.#nodes.set(name, node);
  }

  #portsOf(node: () => Node): RunnerPorts {
    const ask = (what: string, done: Done): void => this.#perform(node(), what, done);
    return {
      clock: {
        now: () => this.#now,
        after: (delay, wake) => {
          node().timer = { at: after(this.#now, delay), wake };
          return () => {
            node().timer = undefined;
          };
        },
      },
      utc: () => utc(this.#now),
      wire: {
        send: (packet, done) => {
          if (node().connected)
            this.#flights.push({ at: after(this.#now, TRAVEL_TIME), from: node(), packet });
          ask(`advertise ${uint8At(packet, 22)}`, done);
        },
        whenRead: callback => callback(),
      },
      addresses: { acquire: (_, done) => ask('acquire', done), release: done => ask('release', done) },
      announcer: { announce: done => ask('announce', done) },
      events: {
        received: received => {
          if (received.kind === 'discard') this.#note(node(), `discards: ${received.detail}`);
        },
        performed: () => undefined,
        stateChanged: ({ from, to, reason, detail }) =>
          this.#note(node(), `${from} → ${to} (${reason}: ${detail})`),
      },
    };
  }

  #retune(node: Node, priority: number): void {
    node.runner.tell({ type: 'parameters', parameters: { ...node.runner.router.parameters, priority } });
  }

  #meddle(verb: string, node: Node, argument: string | undefined): void {
    if (verb === 'kill') node.alive = false;
    else if (verb === 'cut' || verb === 'join') node.connected = verb === 'join';
    else if (verb === 'refuse' || verb === 'allow') node.refused = argument;
    else assert.fail(`no command ${verb}`);
  }

  #until(end: Instant): void {
    assert.ok(end >= this.#now, 'until a time that is still to come');
    for (let steps = 0; this.#advance(end); steps++) assert.ok(steps < 10_000, 'bounded');
    this.#now = end;
  }

  /** The next thing that happens, packets before timers; false when nothing does before the end. */
  #advance(end: Instant): boolean {
    this.#flights.sort((a, b) => a.at - b.at);
    const flight = this.#flights[0];
    const timer = this.#nextTimer();
    if (flight !== undefined && flight.at <= Math.min(end, timer?.at ?? end)) {
      this.#flights.shift();
      this.#now = flight.at;
      this.#deliver(flight);
      return true;
    }
    if (timer === undefined || timer.at > end) return false;
    this.#now = timer.at;
    timer.node.timer = undefined;
    timer.wake();
    return true;
  }

  #nextTimer(): { readonly at: Instant; readonly node: Node; readonly wake: () => void } | undefined {
    const timers = [...this.#nodes.values()].flatMap(node =>
      node.alive && node.timer !== undefined ? [{ ...node.timer, node }] : [],
    );
    return timers.sort((a, b) => a.at - b.at)[0];
  }

  #deliver({ from, packet }: Flight): void {
    for (const node of this.#nodes.values())
      if (node !== from && node.alive && node.connected) node.runner.receive(packet);
  }

  #perform(node: Node, what: string, done: Done): void {
    const refused = node.refused !== undefined && what.startsWith(node.refused);
    this.#note(node, refused ? `${what}: refused` : what);
    if (refused) done({ message: 'EPERM' });
    else done();
  }

  #note(node: Node, what: string): void {
    const last = this.#lines.at(-1);
    if (last?.at === this.#now && last.node === node) last.done.push(what);
    else this.#lines.push({ at: this.#now, node, done: [what] });
  }
}

const START: News = { type: 'startup', fault: undefined };

const SIMPLE: Readonly<Record<string, (rest: readonly string[]) => News>> = {
  stop: () => ({ type: 'shutdown' }),
  fault: rest => ({ type: 'fault', cause: rest.join(' ') }),
  clear: () => ({ type: 'faultCleared' }),
  lost: () => ({ type: 'addressLost' }),
};

function setting(text: string): Partial<Parameters> {
  const [name, value = ''] = text.split('=');
  if (name === 'address') return { primaryAddress: ip(value) };
  if (name === 'priority') return { priority: Number(value) };
  if (name === 'version') return { version: value === '2' ? 2 : 3 };
  if (name === 'preempt') return { preempt: value === 'yes' };
  if (name === 'timing') return { timing: value === 'rfc' ? 'rfc' : 'fast' };
  const time = parseDuration(value);
  assert.ok((name === 'interval' || name === 'delay') && time !== undefined, text);
  return name === 'interval' ? { advertisementInterval: time } : { preemptDelay: time };
}

function time(at: Instant): string {
  return (at / 1_000).toFixed(3).padStart(10);
}

function describe(node: Node): string {
  if (!node.alive) return `${node.name} dead`;
  const deadline = nextDeadline(node.runner.router);
  const wait = deadline === undefined ? '' : ` until ${time(deadline.at).trim()} (${deadline.reason})`;
  return `${node.name} ${node.runner.router.state.name}${wait}`;
}
