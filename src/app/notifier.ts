/** Everybody who is told about states: from the configuration of each hook to how it is reached, and the news to all of them. */

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { describeEnding, type RunCommand } from '../native/command.ts';
import { type Notice, notifyArguments, stateArguments } from '../notify/notice.ts';
import type { ExecHook, HookConfig } from './config/config.ts';
import { Hook, type HookReport } from './hook.ts';
import type { Deliver } from './telling.ts';
import { type WebhookContext, webhookDelivery } from './webhook.ts';

export interface NotifierContext extends WebhookContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly run: RunCommand;
}

interface Told {
  readonly config: HookConfig;
  readonly hook: Hook;
}

export class Notifier {
  readonly #context: NotifierContext;
  #told: ReadonlyMap<string, Told> = new Map();
  /** Those that are not configured any more, and still tell what they knew. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(hooks: Readonly<Record<string, HookConfig>>, context: NotifierContext) {
    this.#context = context;
    this.reconcile(hooks);
  }

  /** Returns at once. A hook whose configuration is the same goes on; any other one ends as at the stop. */
  reconcile(hooks: Readonly<Record<string, HookConfig>>): void {
    const former = this.#told;
    const entries = Object.entries(hooks).map(([name, config]) => {
      const known = former.get(name);
      const stays = known !== undefined && isDeepStrictEqual(known.config, config);
      return [name, stays ? known : { config, hook: createHook(name, config, this.#context) }] as const;
    });
    this.#told = new Map(entries);
    for (const [name, { hook }] of former) if (this.#told.get(name)?.hook !== hook) this.#end(hook);
  }

  #end(hook: Hook): void {
    const ended = hook.stop().finally(() => this.#leaving.delete(ended));
    this.#leaving.add(ended);
  }

  /** Returns at once; each hook is told in its own time. */
  tell(notice: Notice): void {
    for (const { hook, config } of this.#told.values())
      if (config.routers === undefined || config.routers.includes(notice.router)) hook.tell(notice);
  }

  /** Once the routers are stopped. Resolves when all know, or after a bounded time. */
  async stop(): Promise<void> {
    await Promise.all([...this.#leaving, ...[...this.#told.values()].map(({ hook }) => hook.stop())]);
  }

  status(): readonly HookReport[] {
    return [...this.#told.values()].map(({ hook }) => hook.status());
  }
}

function createHook(name: string, config: HookConfig, context: NotifierContext): Hook {
  const { clock, log } = context;
  const { type, timeout, states, perMinute, retry } = config;
  const deliver = createDelivery(config, context);
  return new Hook({ name, type, timeout, states, perMinute, retry, deliver, clock, log });
}

/** How the messages of a hook travel. */
function createDelivery(config: HookConfig, context: NotifierContext): Deliver {
  switch (config.type) {
    case 'exec':
      return execDelivery(config, context.run);
    case 'webhook':
      return webhookDelivery(config, context);
  }
}

const ARGUMENTS: Readonly<Record<ExecHook['arguments'], (notice: Notice) => readonly string[]>> = {
  all: notifyArguments,
  state: stateArguments,
  none: () => [],
};

/** Exit code 0 is success. What it finds in its environment, and what becomes of what it leaves behind, is said at `runCommand`. */
function execDelivery({ command, arguments: wanted }: ExecHook, run: RunCommand): Deliver {
  const argumentsOf = ARGUMENTS[wanted];
  return async ({ notice }, signal) => {
    const result = await run([...command, ...argumentsOf(notice)], signal);
    return { ok: result.exitCode === 0, detail: describeEnding(result) };
  };
}
