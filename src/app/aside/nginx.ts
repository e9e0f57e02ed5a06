/** What is asked of nginx, with its looks at /proc and its commands in the process beside. */

import { NginxController } from '../../nginx/controller.ts';
import { procfs } from '../../probes/procfs.ts';
import { systemClock as clock } from '../clock.ts';
import type { Aside } from './aside.ts';

/** Far above what a look at nginx, and its own test, take: beyond it the process hangs. */
const TIMEOUT_MS = 5_000;

export interface Nginx {
  readonly controller: NginxController;
  /** nginx's own test of its configuration; see nginx-test.ts. Never rejects: who cannot test it tells it. */
  readonly test: () => Promise<string | undefined>;
}

export function nginxAside(aside: Aside, processName: string): Nginx {
  const { signal } = procfs();
  const soon = (): AbortSignal => AbortSignal.timeout(TIMEOUT_MS);
  const processes = { named: (name: string) => aside.call('processes', name, soon()), signal };
  return {
    controller: new NginxController({ processName, processes, clock }),
    test: () => aside.call('testNginx', processName, soon()).catch(() => undefined),
  };
}
