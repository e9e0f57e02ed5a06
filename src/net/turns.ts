/** Work spread over turns of the event loop, so that no burst of it keeps packets waiting, or done once for many that ask for it. */

/**
 * However often the returned function is called, `run` begins once afterwards, in this turn of the event loop or the next, and
 * again only when it has ended. What `run` throws is nobody's here: it ends the process as an unhandled rejection.
 */
export function onceInAWhile(run: () => Promise<void>): () => void {
  let asked = false;
  let running = false;
  const work = async (): Promise<void> => {
    while (asked) {
      asked = false;
      await run();
    }
    running = false;
  };
  return () => {
    asked = true;
    if (running) return;
    running = true;
    setImmediate(() => void work());
  };
}

/** All who ask in one turn of the event loop share one answer, looked up after they asked. */
export function shared<T>(lookUp: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  const begin = async (): Promise<T> => {
    await new Promise(setImmediate);
    next = undefined;
    return lookUp();
  };
  return () => {
    next ??= begin();
    return next;
  };
}

/** Runs tasks in order: at once while no more than `limit` came in this turn of the event loop, the others in the next ones. */
export function fewPerTurn(limit: number): (task: () => void) => void {
  const waiting: (() => void)[] = [];
  let started = 0;
  const start = (task: () => void): void => {
    if (started === 0) setImmediate(nextTurn);
    started += 1;
    task();
  };
  const nextTurn = (): void => {
    started = 0;
    while (started < limit) {
      const task = waiting.shift();
      if (task === undefined) return;
      start(task);
    }
  };
  return task => {
    if (waiting.length === 0 && started < limit) start(task);
    else waiting.push(task);
  };
}
