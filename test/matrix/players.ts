/** The two nodes of a cell behind one interface, so that the play is the same whoever is master; and what each complains about. */

import { Keepalived } from '../support/keepalived.ts';
import type { KeepalivedOptions } from '../support/keepalived-options.ts';
import type { Program } from '../support/keepalived-program.ts';
import type { Host, Lan } from '../support/lan.ts';
import type { InsideProcess } from '../support/namespace.ts';
import { LocumNode } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';
import type { Cell } from './cells.ts';
import { isComplaintOfKeepalived, isWarningOfLocum } from './complaints.ts';
import { addressesOf, keepalivedOptions, locumRouter } from './settings.ts';

/** Every host has an IPv4 address; with IPv6 one more. */
const IPV4_OF_LOCUM = '198.18.51.1/24';
const IPV4_OF_KEEPALIVED = '198.18.51.2/24';

/** Something that never fails here: Locum warns when nothing is tracked. */
const TRACK = { cable: { type: 'interface', interface: 'eth0', weight: -10 } };

export interface Player {
  readonly host: Host;
  start(): Promise<void>;
  /** SIGTERM: it resigns. It may still run when this returns. */
  stop(): Promise<void>;
  /** Until it has ended. */
  ended(): Promise<unknown>;
  /** SIGKILL, with no time to say so. */
  kill(): Promise<void>;
  becomes(state: 'master' | 'backup', deadlineMs: number): Promise<void>;
  /** All it had to say against the other, in every life it had. */
  complaints(): string[];
  /** Its log, for a failure. */
  log(): string;
}

export class LocumPlayer implements Player {
  readonly #node: LocumNode;
  readonly #lives: InsideProcess[] = [];
  readonly #discards: string[] = [];

  private constructor(node: LocumNode) {
    this.#node = node;
  }

  static async create(lan: Lan, cell: Cell, priority: number): Promise<LocumPlayer> {
    const router = locumRouter(cell);
    const options = { address: IPV4_OF_LOCUM, priority, router, track: TRACK };
    const node = await LocumNode.create(lan, 'locum', options);
    await addAddress(node.host, cell, addressesOf(cell).locum);
    return new LocumPlayer(node);
  }

  get host(): Host {
    return this.#node.host;
  }

  async start(): Promise<void> {
    try {
      await this.#node.startDaemon();
    } finally {
      this.#lives.push(this.#node.daemon);
    }
  }

  async stop(): Promise<void> {
    await this.#noteDiscards();
    this.#node.daemon.signal('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#noteDiscards();
    this.#node.daemon.signal('SIGKILL');
  }

  ended(): Promise<unknown> {
    return this.#node.daemon.exit;
  }

  /** As backup it has heard its master too. Asks seldom, for many cells ask at once. */
  async becomes(state: 'master' | 'backup', deadlineMs: number): Promise<void> {
    const isThere = async (): Promise<boolean> => {
      const router = await this.#node.router();
      return router.state === state && router.masterAddress !== null;
    };
    await waitFor(isThere, {
      what: `Locum becomes ${state}`,
      deadlineMs,
      everyMs: 50,
      context: () => this.#node.daemon.output,
    });
  }

  complaints(): string[] {
    return [...this.log().split('\n').filter(isWarningOfLocum), ...this.#discards];
  }

  log(): string {
    return this.#lives.map(({ output }) => output).join('\n');
  }

  /** Counters end with the process; one that does not answer had no chance to count. */
  async #noteDiscards(): Promise<void> {
    if (!this.#node.daemon.running) return;
    const router = await this.#node.router().catch(() => undefined);
    for (const [reason, count] of Object.entries(router?.counters.discards ?? {}))
      this.#discards.push(`discarded: ${count} ${reason}`);
  }
}

export class KeepalivedPlayer implements Player {
  readonly host: Host;
  readonly #lan: Lan;
  readonly #options: KeepalivedOptions;
  readonly #program: Program;
  readonly #lives: Keepalived[] = [];

  private constructor(lan: Lan, host: Host, options: KeepalivedOptions, program: Program) {
    this.#lan = lan;
    this.host = host;
    this.#options = options;
    this.#program = program;
  }

  static async create(lan: Lan, cell: Cell, priority: number, program: Program): Promise<KeepalivedPlayer> {
    const host = await lan.host('peer', IPV4_OF_KEEPALIVED);
    await addAddress(host, cell, addressesOf(cell).keepalived);
    return new KeepalivedPlayer(lan, host, { ...keepalivedOptions(cell), priority }, program);
  }

  async start(): Promise<void> {
    const keepalived = new Keepalived(this.host, this.#program);
    this.#lives.push(keepalived);
    await keepalived.start(this.#options);
  }

  async stop(): Promise<void> {
    this.#life.process.signal('SIGTERM');
  }

  ended(): Promise<unknown> {
    return this.#life.process.exit;
  }

  /** With its host: it leaves its address behind, and that would go on answering. */
  async kill(): Promise<void> {
    this.#life.kill();
    await this.#lan.setCable(this.host, 'down');
  }

  becomes(state: 'master' | 'backup', deadlineMs: number): Promise<void> {
    return this.#life.becomes(state === 'master' ? 'MASTER' : 'BACKUP', deadlineMs);
  }

  complaints(): string[] {
    return this.log().split('\n').filter(isComplaintOfKeepalived);
  }

  log(): string {
    return this.#lives.map(({ log }) => log).join('\n');
  }

  get #life(): Keepalived {
    const life = this.#lives.at(-1);
    if (life === undefined) throw new Error('keepalived was not started');
    return life;
  }
}

/** Gives the host its IPv6 address in a cell of that family, and waits until the kernel's own is ready too. */
async function addAddress(host: Host, cell: Cell, own: string): Promise<void> {
  if (cell.family === 'IPv4') return;
  const { prefixLength } = addressesOf(cell);
  await host.inside.run('ip', ['address', 'add', `${own}/${prefixLength}`, 'dev', 'eth0', 'nodad']);
  // The link-local address, which the kernel made, is still being checked for duplicates.
  await waitFor(
    async () => {
      const text = await host.inside.run('ip', ['-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link']);
      return text.includes('fe80::') && !text.includes('tentative');
    },
    { what: `${host.name} has its link-local address`, deadlineMs: 10_000, everyMs: 100 },
  );
}

/** Which of the virtual addresses the host has, on whatever interface and with whatever prefix: on a VMAC it may be the longest. */
export async function heldOn(host: Host, cell: Cell): Promise<string[]> {
  const text = await host.inside.run('ip', ['-oneline', 'address', 'show']);
  return addressesOf(cell).vips.filter(vip => text.includes(` ${vip}/`));
}
