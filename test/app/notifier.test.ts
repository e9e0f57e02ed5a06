/** Hooks that are real programs: what they are called with, what they find, and what hostile ones can do. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock, timeOfDay } from '../../src/app/clock.ts';
import type { NotifierContext } from '../../src/app/notifier.ts';
import { Notifier } from '../../src/app/notifier.ts';
import { type Duration, milliseconds, seconds } from '../../src/lib/time.ts';
import { runCommand } from '../../src/native/command.ts';
import { NOTICE_STATES, type NoticeState } from '../../src/notify/notice.ts';
import { NO_RETRY } from '../../src/notify/retry.ts';
import { notice } from '../notify/support.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';

const lives = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const COMMON = { type: 'exec', states: NOTICE_STATES, perMinute: 30, retry: NO_RETRY } as const;

const contextOf = (log: KeptLog): NotifierContext => ({
  node: 'node-a',
  version: '9.8.7',
  utc: timeOfDay,
  clock: systemClock,
  log,
  run: runCommand,
});

describe('an exec hook', () => {
  let folder: string;
  let scripts = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-hooks-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const script = async (body: string, mode = 0o755) => {
    const path = join(folder, `hook-${scripts++}.sh`);
    await writeFile(path, `#!/bin/sh\n${body}\n`, { mode });
    return path;
  };
  const notifierOf = (
    commands: Readonly<Record<string, readonly string[]>>,
    timeout: Duration = seconds(10),
  ) => {
    const log = new KeptLog();
    const hooks = Object.entries(commands).map(
      ([name, command]) =>
        [name, { ...COMMON, command, arguments: 'all', timeout, routers: undefined }] as const,
    );
    const notifier = new Notifier(Object.fromEntries(hooks), contextOf(log));
    const tell = (...states: NoticeState[]) => {
      for (const state of states) notifier.tell(notice(state, 'web', { priority: 98 }));
    };
    const report = (name = 'hook') => {
      const found = notifier.status().find(each => each.name === name);
      assert.ok(found !== undefined);
      return found;
    };
    const hasRun = (count: number, name = 'hook') =>
      waitFor(() => report(name).runs === count && report(name).running === undefined && report(name), {
        what: `${count} runs of ${name} are over`,
        deadlineMs: 10_000,
        context: () => JSON.stringify([report(name), log.lines]),
      });
    return { notifier, tell, report, hasRun, log };
  };

  it('is called with its own arguments and what keepalived gives, in order', async () => {
    const record = join(folder, 'record');
    const { tell, hasRun } = notifierOf({
      hook: [await script(`printf '%s|' "$@" >> ${record}`), 'a b', '$HOME'],
    });
    tell('backup', 'master', 'fault', 'stop');
    const { failures, last } = await hasRun(4);
    const calls = NOTICE_STATES.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).map(
      state => `a b|$HOME|INSTANCE|web|${state.toUpperCase()}|98|`,
    );
    assert.equal(await readFile(record, 'utf8'), calls.join(''));
    assert.deepEqual([failures, last?.ok, last?.detail], [0, true, 'exit code 0']);
  });
  const ORDER: readonly NoticeState[] = ['backup', 'master', 'fault', 'stop'];

  it('is called with what it wants of that, for the routers that it wants', async () => {
    const record = join(folder, 'wanted');
    const command = [await script(`printf '%s|' "$@" >> ${record}; echo >> ${record}`), 'INSTANCE', 'VI_1'];
    const common = { ...COMMON, command, timeout: seconds(10) };
    const hooks = {
      hook: { ...common, arguments: 'state', routers: ['web'] },
      bare: { ...common, arguments: 'none', routers: ['other'] },
    } as const;
    const notifier = new Notifier(hooks, contextOf(new KeptLog()));
    notifier.tell(notice('master', 'web', { priority: 98 }));
    await notifier.stop();
    assert.equal(await readFile(record, 'utf8'), 'INSTANCE|VI_1|MASTER|98|\n');
    assert.deepEqual(
      notifier.status().map(({ name, runs }) => [name, runs]),
      [
        ['hook', 1],
        ['bare', 0],
      ],
    );
  });

  it('finds a bare environment without what Locum was configured with', async () => {
    process.env['LOCUM_AUTH__PASSWORD'] = 'geheim';
    try {
      const { tell, hasRun } = notifierOf({
        hook: [await script('env | grep -c -i -e locum -e geheim; exit 1')],
      });
      tell('master');
      const { last } = await hasRun(1);
      assert.equal(last?.detail, 'exit code 1: 0');
    } finally {
      delete process.env['LOCUM_AUTH__PASSWORD'];
    }
  });

  it('that hangs is killed with its children, and the next is told', async () => {
    const pids = join(folder, 'pids');
    const body = `[ "$3" = MASTER ] && exit 0
trap "" TERM
(trap "" TERM; exec sleep 600) &
echo $$ $! > ${pids}.new; mv ${pids}.new ${pids}
wait; sleep 600`;
    const { tell, hasRun } = notifierOf({ hook: [await script(body)] }, milliseconds(500));
    tell('backup', 'master');
    const { failures, last } = await hasRun(2);
    assert.deepEqual([failures, last?.ok], [1, true]);
    const started = (await readFile(pids, 'utf8')).trim().split(' ').map(Number);
    assert.equal(started.length, 2);
    await waitFor(() => !started.some(lives), { what: `the end of ${started}`, deadlineMs: 3_000 });
  });

  it('that hangs holds up no other hook', async () => {
    const { tell, hasRun, report, notifier } = notifierOf({
      hanging: [await script('sleep 600')],
      quick: [await script('exit 0')],
    });
    tell('backup', 'master');
    await hasRun(2, 'quick');
    assert.deepEqual([report('hanging').runs, report('hanging').waiting], [1, 1]);
    await notifier.stop();
  });

  it('that writes without end is read without end, and its first line shown, cut and harmless', async () => {
    const { tell, hasRun, log } = notifierOf({
      hook: [await script('printf "\\033[2Jred\\377"; head -c 3000000 /dev/zero | tr "\\0" x >&2; exit 9')],
    });
    tell('master');
    const { last } = await hasRun(1);
    assert.match(last?.detail ?? '', /^exit code 9: x{100}/);
    const line = JSON.stringify(log.lines);
    assert.ok(line.length < 1_000 && !/\p{Cc}/u.test(line), line);
  });

  it('that is missing, not executable or of no format is told as such', async () => {
    const missing = join(folder, 'none');
    const plain = await script('exit 0', 0o644);
    const { tell, hasRun, log } = notifierOf({ missing: [missing], plain: [plain] });
    tell('master');
    assert.match(
      (await hasRun(1, 'missing')).last?.detail ?? '',
      /cannot start .*none: there is no such file/,
    );
    assert.match((await hasRun(1, 'plain')).last?.detail ?? '', /cannot start .*: it is not executable/);
    assert.equal(log.at('warn').length, 2);
  });

  it('is told STOP at the end, whatever it does, in bounded time', async () => {
    const record = join(folder, 'last-words');
    const body = `[ "$3" = STOP ] || exec sleep 600\necho "$3" >> ${record}`;
    const { tell, notifier, report } = notifierOf({ hook: [await script(body)] });
    tell('master');
    await waitFor(() => report().running !== undefined, { what: 'it runs', deadlineMs: 5_000 });
    tell('stop');
    const began = performance.now();
    await notifier.stop();
    assert.ok(performance.now() - began < 5_500);
    assert.equal(await readFile(record, 'utf8'), 'STOP\n');
    assert.equal(report().failures, 1);
  });
});
