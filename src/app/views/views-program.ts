/**
 * The thread of views-thread.ts: serves the views over TCP from what the daemon answers and tells. It stands back for the threads that send
 * adverts, and for nginx: a flood of requests makes the views slow, and nothing else.
 */

import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { EventLog } from '../../control/event-log.ts';
import { renderMetrics } from '../../control/metrics.ts';
import { type ControlServer, startViewServer } from '../../control/server.ts';
import { OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { portable } from '../../lib/portable-error.ts';
import { Shared } from '../../lib/shared.ts';
import { milliseconds } from '../../lib/time.ts';
import { pageHtml, pagePolicy } from '../../page/page.ts';
import { systemClock as clock } from '../clock.ts';
import { threadId } from '../thread-id.ts';
import { Questions } from './questions.ts';
import { SharedStatus } from './shared-status.ts';
import type { FromThread, ToThread, ViewsTask } from './talk.ts';

/** As nice(1) is by default. A thread has a niceness of its own on Linux: setpriority(2). */
const NICENESS = 10;
const HEALTH_SPACING = milliseconds(100);
const DROPS_EVERY_MS = 1_000;

const daemon = parentPort;
if (daemon === null) throw new Error('views-worker.ts is the main module of a thread');
const task = workerData as ViewsTask;

const tell = (message: FromThread): void => daemon.postMessage(message);
const logsAt =
  (level: keyof Logger): Logger['info'] =>
  (fields, message) =>
    tell({ type: 'log', level, fields, message });
const log: Logger = {
  debug: logsAt('debug'),
  info: logsAt('info'),
  warn: logsAt('warn'),
  error: logsAt('error'),
};

const questions = new Questions((id, asked) => tell({ type: 'question', id, asked }), clock);
const events = new EventLog(() => new Date().toISOString());
for (const event of task.events) events.repeat(event);
const shared = new SharedStatus({
  gather: () => questions.ask('status'),
  renderMetrics: status => renderMetrics(status, { compatible: task.compatibleMetrics }),
  clock,
  log,
});
events.subscribe(() => shared.changed());
const health = new Shared({
  make: () => questions.ask('health').catch((thrown: Error) => ({ ok: false, detail: thrown.message })),
  spacing: HEALTH_SPACING,
  clock,
});
const page = { html: pageHtml(), policy: pagePolicy(task.web.peers) };

daemon.on('message', (message: ToThread) => {
  if (message.type === 'event') events.repeat(message.event);
  else questions.answered(message);
});

try {
  setPriority(Math.max(getPriority(), NICENESS));
  const server = await startViewServer(
    task.address,
    {
      health: () => health.ask(),
      snapshot: () => shared.snapshot(),
      follow: listener => shared.follow(listener),
      events,
      page: () => page,
    },
    task.web,
    log,
  );
  tellDrops(server);
  tell({ type: 'listening', thread: threadId() });
} catch (thrown) {
  if (!(thrown instanceof OperatingError)) throw thrown;
  tell({ type: 'refused', error: portable(thrown) });
  daemon.close();
}

function tellDrops(server: ControlServer): void {
  let told = '';
  const look = (): void => {
    const drops = server.drops();
    const now = JSON.stringify(drops);
    if (now === told) return;
    told = now;
    tell({ type: 'drops', drops });
  };
  setInterval(look, DROPS_EVERY_MS);
}
