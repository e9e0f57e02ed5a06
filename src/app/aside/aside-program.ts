/** The thread of aside.ts: does what it is called for, any number of works at a time, until it is told to stop. */

import { parentPort } from 'node:worker_threads';
import { type PortableError, portable } from '../../lib/portable-error.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { threadId } from '../thread-id.ts';
import type { FromAside, ToAside } from './talk.ts';
import { type Order, WORKS, type WorkName } from './works.ts';

const daemon = parentPort;
if (daemon === null) throw new Error('aside-worker.ts is the main module of a thread');

const tell = (message: FromAside): void => daemon.postMessage(message);
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

/** No program that was started here may be left behind. */
async function stop(): Promise<void> {
  const left = [...underWay.values()];
  for (const { stopping } of left) stopping.abort();
  await Promise.all(left.map(({ ended }) => ended));
  process.exit();
}

daemon.on('message', (message: ToAside) => {
  switch (message.type) {
    case 'call':
      return begin(message);
    case 'abort':
      tell({ type: 'aborting', id: message.id });
      return underWay.get(message.id)?.stopping.abort();
    case 'stop':
      return void stop();
  }
});
tell({ type: 'begun', thread: threadId() });
