/** `locum run` whose log nobody reads any more: the node goes on, and ends in order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onLan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { MAIN } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

test('a reader of the log that ends takes nothing with it', { timeout: 60_000 }, () =>
  onLan(async lan => {
    const node = await LocumNode.create(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 });
    await node.nginx.start();
    // `head` ends after the first line; `wait` answers with the exit code of the daemon.
    const command = `mkfifo "$2" && { head -n 1 <"$2" & "$0" "$1" run --config "$3" >"$2" & echo "daemon $!"; wait $!; echo "code $?"; }`;
    const fifo = `${node.host.folder}/log`;
    const shell = await node.host.inside.spawn('sh', [
      '-c',
      command,
      process.execPath,
      MAIN,
      fifo,
      node.configFile,
    ]);
    const told = (word: string) =>
      waitFor(() => shell.lines.find(line => line.startsWith(`${word} `)), {
        what: `the shell tells its ${word}`,
        deadlineMs: 20_000,
        context: () => shell.output,
      });
    const daemon = (await told('daemon')).split(' ')[1] ?? '';
    await waitFor(async () => (await node.router()).state === 'master' && (await node.holds()), {
      what: 'the daemon becomes master after its reader has ended',
      deadlineMs: 20_000,
      context: () => shell.output,
    });
    // Something to be logged: a fault and its end.
    await node.nginx.stop();
    await waitFor(async () => (await node.router()).effectivePriority === 70, {
      what: 'the failure counts',
      deadlineMs: 10_000,
    });
    assert.equal((await node.router()).state, 'master');
    await node.host.inside.run('kill', ['-TERM', daemon]);
    assert.equal(await told('code'), 'code 0');
    assert.equal(await node.holds(), false);
    await shell.exit;
  }),
);
