/** Everything that the simulator does to a router, recorded and replayed: the core comes to the same states and asks for the same effects. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingCore } from '../../src/app/recording-core.ts';
import { assertAgrees, MemorySink, play } from '../support/recording.ts';
import type { Bug } from './bugs/bug.ts';
import { type Outcome, runScenario } from './scenario.ts';

const SEEDS = 12;
const GROUP_SEEDS = 2;

/** A recording of each process: what a host's next process does is another. */
async function record(seed: number, grouped: boolean): Promise<readonly string[]> {
  const sinks: MemorySink[] = [];
  const recorder: Bug = {
    name: 'recorded',
    caughtBy: [],
    core: (core, now) => {
      const sink = new MemorySink(now);
      sinks.push(sink);
      return recordingCore(core, 'web', sink);
    },
  };
  const outcome: Outcome = await runScenario(seed, { grouped, bug: recorder });
  assert.equal(outcome.violation, undefined, `seed ${seed}: the recorder changes nothing`);
  return sinks.map(({ text }) => text);
}

async function assertAllAgree(seeds: number, grouped: boolean): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++)
    for (const text of await record(seed, grouped))
      for (const { line, before, after } of assertAgrees(text).steps) {
        seen.add(line.input.type);
        seen.add(`${before.state.name} to ${after.state.name}`);
      }
  return seen;
}

test(`seeds 1 to ${SEEDS}: every process, recorded and replayed, agrees`, async () => {
  const seen = await assertAllAgree(SEEDS, false);
  const inputs = 'startup shutdown timeout advert parameters fault faultCleared addressLost effectFailed';
  for (const word of [...inputs.split(' '), 'backup to master', 'master to backup', 'master to fault'])
    assert.ok(seen.has(word), `never: ${word}`);
});

test(`seeds 1 to ${GROUP_SEEDS} of sync groups, too`, async () => {
  const seen = await assertAllAgree(GROUP_SEEDS, true);
  for (const word of ['rise', 'stepDown']) assert.ok(seen.has(word), `never: ${word}`);
});

test('a recorder that leaves an input out is found', async () => {
  const [text = ''] = await record(1, false);
  const lines = text.split('\n');
  const at = lines.findIndex(line => line.includes('"init -> backup'));
  assert.ok(at > 0);
  assert.ok(play(lines.toSpliced(at, 1).join('\n')).differences.length > 0);
});
