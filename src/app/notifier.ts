/** Everybody who is told about states: from the configuration of each hook to how it is reached, and the news to all of them. */

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { describeEnding, runCommand } from '../native/command.ts';
import { type Notice, notifyArguments, stateArguments } from '../notify/notice.ts';
import type { ExecHook, HookConfig } from './config/config.ts';
import { type Deliver, Hook, type HookReport } from './hook.ts';

export class Notifier {
  readonly #hooks: readonly { readonly hook: Hook; readonly routers: readonly string[] | undefined }[];

  constructor(hooks: Readonly<Record<string, HookConfig>>, clock: Clock, log: Logger) {
    this.#hooks = Object.entries(hooks).map(([name, config]) => {
      const { type, timeout, states, routers } = config;
      const deliver = createDelivery(config);
      return { hook: new Hook({ name, type, timeout, states, deliver, clock, log }), routers };
    });
  }

  /** Returns at once; each hook is told in its own time. */
  tell(notice: Notice): void {
    for (const { hook, routers } of this.#hooks)
      if (routers === undefined || routers.includes(notice.router)) hook.tell(notice);
  }

  /** Once the routers are stopped. Resolves when all know, or after a bounded time. */
  async stop(): Promise<void> {
    await Promise.all(this.#hooks.map(({ hook }) => hook.stop()));
  }

  status(): readonly HookReport[] {
    return this.#hooks.map(({ hook }) => hook.status());
  }
}

/** How the notices of a hook travel. */
export function createDelivery(config: HookConfig): Deliver {
  switch (config.type) {
    case 'exec':
      return execDelivery(config);
  }
}

const ARGUMENTS: Readonly<Record<ExecHook['arguments'], (notice: Notice) => readonly string[]>> = {
  all: notifyArguments,
  state: stateArguments,
  none: () => [],
};

/** Exit code 0 is success. What it finds in its environment, and what becomes of what it leaves behind, is said at `runCommand`. */
function execDelivery({ command, arguments: wanted }: ExecHook): Deliver {
  const argumentsOf = ARGUMENTS[wanted];
  return async (notice, signal) => {
    const result = await runCommand([...command, ...argumentsOf(notice)], signal);
    return { ok: result.exitCode === 0, detail: describeEnding(result) };
  };
}
