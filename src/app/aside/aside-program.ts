/** The process of aside.ts: does what it is called for, any number of works at a time, until it is told to stop, or the daemon is gone. */

import { type PortableError, portable } from '../../lib/portable-error.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { joinDaemon } from '../../native/companion-side.ts';
import type { FromAside, ToAside } from './talk.ts';
import { type Order, WORKS, type WorkName } from './works.ts';

/** A program that is killed ends within milliseconds; what hangs longer is left. */
const LEAVE_MS = 5_000;

const underWay = new Map<number, { readonly stopping: AbortController; readonly ended: Promise<void> }>();

function begin({ id, work, asked }: Extract<ToAside, { readonly type: 'call' }>): void {
  const stopping = new AbortController();
  const order: Order = { signal: stopping.signal, tell: part => tell({ type: 'part', id, part }) };
  const ended = outcomeOf(work, asked, order).then(outcome => {
    underWay.delete(id);
    tell({ type: 'end', id, outcome });
  });
  underWay.set(id, { stopping, ended });
}

async function outcomeOf(
  work: WorkName,
  asked: unknown,
  order: Order,
): Promise<Result<unknown, PortableError>> {
  try {
    return ok(await WORKS[work](asked as never, order));
  } catch (thrown) {
    return err(portable(thrown));
  }
}

/** No program that was started here may be left behind, and no work that hangs may keep this process. */
async function stop(): Promise<void> {
  setTimeout(() => process.exit(), LEAVE_MS);
  const left = [...underWay.values()];
  for (const { stopping } of left) stopping.abort();
  await Promise.all(left.map(({ ended }) => ended));
  process.exit();
}

function hear(message: ToAside): void {
  if (message.type === 'call') begin(message);
  else if (message.type === 'stop') void stop();
  else {
    tell({ type: 'aborting', id: message.id });
    underWay.get(message.id)?.stopping.abort();
  }
}

const tell = joinDaemon<ToAside, FromAside>(hear, () => void stop());
tell({ type: 'begun' });
