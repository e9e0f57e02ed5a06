/**
 * The process of views-process.ts: serves the views over TCP from what the daemon answers and tells. It stands back for the one that sends adverts,
 * and for nginx: a flood of requests makes the views slow, and nothing else.
 */

import { getPriority, setPriority } from 'node:os';
import type { Views } from '../../control/answers.ts';
import { EventLog } from '../../control/event-log.ts';
import { renderMetrics } from '../../control/metrics.ts';
import { type ControlServer, startViewServer } from '../../control/server.ts';
import { OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { portable } from '../../lib/portable-error.ts';
import { Shared } from '../../lib/shared.ts';
import { milliseconds } from '../../lib/time.ts';
import { joinDaemon } from '../../native/companion-side.ts';
import { pageHtml, pagePolicy } from '../../page/page.ts';
import { systemClock as clock } from '../clock.ts';
import { Questions } from './questions.ts';
import { SharedStatus } from './shared-status.ts';
import type { FromViews, ToViews, ViewsTask } from './talk.ts';

/** As nice(1) is by default. */
const NICENESS = 10;
const HEALTH_SPACING = milliseconds(100);
const DROPS_EVERY_MS = 1_000;

const tell = joinDaemon<ToViews, FromViews>(hear, () => process.exit());
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

function hear(message: ToViews): void {
  if (message.type === 'begin') void begin(message.task);
  else if (message.type === 'event') events.repeat(message.event);
  else questions.answered(message);
}

async function begin(task: ViewsTask): Promise<void> {
  for (const event of task.events) events.repeat(event);
  try {
    setPriority(Math.max(getPriority(), NICENESS));
    tellDrops(await startViewServer(task.address, viewsOf(task), task.web, log));
    tell({ type: 'listening' });
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    tell({ type: 'refused', error: portable(thrown) });
  }
}

function viewsOf({ compatibleMetrics, web }: ViewsTask): Views {
  const shared = new SharedStatus({
    gather: () => questions.ask('status'),
    renderMetrics: status => renderMetrics(status, { compatible: compatibleMetrics }),
    clock,
    log,
  });
  events.subscribe(() => shared.changed());
  const health = new Shared({
    make: () => questions.ask('health').catch((thrown: Error) => ({ ok: false, detail: thrown.message })),
    spacing: HEALTH_SPACING,
    clock,
  });
  const page = { html: pageHtml(), policy: pagePolicy(web.peers) };
  return {
    health: () => health.ask(),
    snapshot: () => shared.snapshot(),
    follow: listener => shared.follow(listener),
    events,
    page: () => page,
  };
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
