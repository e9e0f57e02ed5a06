/** Everybody who is told about states: from the configuration of each hook to how it is reached, and the news to all of them. */

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { describeEnding, runCommand } from '../native/command.ts';
import { type Notice, notifyArguments } from '../notify/notice.ts';
import type { ExecHook, HookConfig } from './config/config.ts';
import { type Deliver, Hook, type HookReport } from './hook.ts';

export class Notifier {
  readonly #hooks: readonly Hook[];

  constructor(hooks: Readonly<Record<string, HookConfig>>, clock: Clock, log: Logger) {
    this.#hooks = Object.entries(hooks).map(([name, config]) => {
      const { type, timeout, states } = config;
      return new Hook({ name, type, timeout, states, deliver: createDelivery(config), clock, log });
    });
  }

  /** Returns at once; each hook is told in its own time. */
  tell(notice: Notice): void {
    for (const hook of this.#hooks) hook.tell(notice);
  }

  /** Once the routers are stopped. Resolves when all know, or after a bounded time. */
  async stop(): Promise<void> {
    await Promise.all(this.#hooks.map(hook => hook.stop()));
  }

  status(): readonly HookReport[] {
    return this.#hooks.map(hook => hook.status());
  }
}

/** How the notices of a hook travel. */
export function createDelivery(config: HookConfig): Deliver {
  switch (config.type) {
    case 'exec':
      return execDelivery(config);
  }
}

/** Exit code 0 is success. What it finds in its environment, and what becomes of what it leaves behind, is said at `runCommand`. */
function execDelivery({ command }: ExecHook): Deliver {
  return async (notice, signal) => {
    const result = await runCommand([...command, ...notifyArguments(notice)], signal);
    return { ok: result.exitCode === 0, detail: describeEnding(result) };
  };
}
