/** Work spread over turns of the event loop, so that no burst of it keeps packets waiting. */

/** However often the returned function is called, `run` follows once, later in this turn of the event loop or in the next. */
export function oncePerTurn(run: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      run();
    });
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
