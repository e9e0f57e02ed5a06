/** What is said of a scheduling that the kernel refuses, or that contradicts itself. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkScheduling } from '../../../src/app/config/check-scheduling.ts';
import { loadConfig } from '../../../src/app/config/load.ts';

const SMALLEST = { LOCUM_VRID: '51', LOCUM_VIP: '198.18.51.100/24' };
const load = (environment: Record<string, string>) =>
  loadConfig({ file: undefined, proxy: undefined, environment: { ...SMALLEST, ...environment } });

describe('scheduling', () => {
  it('is normal by default, and nothing is said', () => {
    const { config, settings } = load({});
    assert.deepEqual(config?.scheduling, { policy: 'other', nice: 0 });
    assert.deepEqual(checkScheduling(undefined, settings), []);
  });

  it('is a policy with its own number', () => {
    assert.deepEqual(load({ LOCUM_SCHEDULING__POLICY: 'rr' }).config?.scheduling, {
      policy: 'rr',
      priority: 2,
    });
    assert.deepEqual(load({ LOCUM_SCHEDULING__NICE: '-5' }).config?.scheduling, {
      policy: 'other',
      nice: -5,
    });
  });

  it('keeps to the range of the kernel', () => {
    for (const [name, value] of [
      ['PRIORITY', '0'],
      ['PRIORITY', '100'],
      ['NICE', '-21'],
      ['NICE', '20'],
      ['POLICY', 'fifo'],
    ] as const) {
      const { config, problems } = load({ [`LOCUM_SCHEDULING__${name}`]: value });
      assert.equal(config, undefined, `${name} ${value}`);
      assert.equal(problems[0]?.path, `scheduling.${name.toLowerCase()}`);
    }
  });

  it('that is refused is a warning with what to add, at the setting that asked for it', () => {
    for (const [environment, path] of [
      [{ LOCUM_SCHEDULING__POLICY: 'rr' }, 'scheduling.policy'],
      [{ LOCUM_SCHEDULING__NICE: '-1' }, 'scheduling.nice'],
    ] as const) {
      const [problem, ...others] = checkScheduling('no', load(environment).settings);
      assert.deepEqual(others, []);
      assert.equal(problem?.severity, 'warning');
      assert.equal(problem.path, path);
      assert.match(problem.source, /^environment LOCUM_SCHEDULING__/);
      assert.match(problem.fix, /cap_add: \[SYS_NICE\]/);
    }
  });

  it('with a number of the other policy is told that it means nothing', () => {
    for (const [environment, path] of [
      [{ LOCUM_SCHEDULING__POLICY: 'rr', LOCUM_SCHEDULING__NICE: '-1' }, 'scheduling.nice'],
      [{ LOCUM_SCHEDULING__PRIORITY: '5' }, 'scheduling.priority'],
    ] as const)
      assert.deepEqual(
        checkScheduling(undefined, load(environment).settings).map(problem => problem.path),
        [path],
      );
  });
});
