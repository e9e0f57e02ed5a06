/** A flood of bad packets from a host of the LAN, and how many were sent. */

import { join } from 'node:path';
import type { FloodKind } from './flood-frames.ts';
import { type Host, macOf } from './lan.ts';
import type { InsideProcess } from './namespace.ts';
import { BUILD } from './paths.ts';

export interface FloodOptions {
  readonly kind: FloodKind;
  /** Packets a second: 200,000 at most. */
  readonly rate: number;
  /** It ends by itself after that: 120 at most. */
  readonly seconds: number;
  /** In whose name the spoofed kinds are sent. */
  readonly master: string;
}

export interface Sent {
  readonly sent: number;
  readonly seconds: number;
}

export class Flood {
  readonly #process: InsideProcess;

  private constructor(process: InsideProcess) {
    this.#process = process;
  }

  static async start(host: Host, { kind, rate, seconds, master }: FloodOptions): Promise<Flood> {
    const index = (await host.inside.run('cat', ['/proc/net/igmp'])).match(/^(\d+)\s+eth0/m)?.[1] ?? '0';
    const program = join(BUILD, 'test', 'support', 'flood-main.js');
    const args = [program, index, await macOf(host), kind, String(rate), String(seconds), master];
    const env = { ...process.env, NODE_OPTIONS: '' };
    return new Flood(await host.inside.spawn(process.execPath, args, { env }));
  }

  /** Ends it, if it has not ended by itself. */
  async stop(): Promise<Sent> {
    await this.#process.stop();
    return this.sent();
  }

  /** Once it has ended by itself. */
  async sent(): Promise<Sent> {
    const { code } = await this.#process.exit;
    if (code !== 0) throw new Error(`the flood ended with ${code}:\n${this.#process.output}`);
    return JSON.parse(this.#process.lines.at(-1) ?? '') as Sent;
  }
}
