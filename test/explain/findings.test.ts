/** Each finding: when it is made, and when it is not. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain } from '../../src/explain/explain.ts';
import type { FindingKind } from '../../src/explain/findings.ts';
import type { NodeModel, Nodes } from '../../src/explain/model.ts';
import { deafnesses, flaws } from '../../src/explain/pairing.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { node, process, proving, tracker } from './support.ts';

type Changes = Partial<NodeModel>;

const pair = (both: Changes = {}, first: Changes = {}, second: Changes = {}): Nodes => [
  node('a', { ...both, ...first }),
  node('b', { priority: 98, ...both, ...second }),
];

const kinds = (nodes: Nodes): FindingKind[] => explain(nodes).findings.map(({ kind }) => kind);

const text = (nodes: Nodes, kind: FindingKind): string =>
  explain(nodes).findings.find(finding => finding.kind === kind)?.text ?? assert.fail(`no ${kind}`);

describe('findings', () => {
  it('has nothing to say about a good pair', () => {
    assert.deepEqual(kinds(pair()), []);
  });

  it('a weight that never decides', () => {
    const weak = pair({ trackers: [process(1)] });
    assert.deepEqual(kinds(weak), ['never-fails-over', 'weight-never-decides']);
    assert.match(text(weak, 'never-fails-over'), /never fails over while a lives/);
    assert.match(text(weak, 'weight-never-decides'), /its weight of 1 is less than the gap of 2 to b/);
    assert.match(text(pair({ trackers: [process(2)] }), 'weight-never-decides'), /only evens the gap/);
  });

  it('but not one that decides together with another', () => {
    const two = explain(pair({ trackers: [tracker('x', { weight: -2 }), tracker('y', { weight: -2 })] }));
    assert.deepEqual(
      two.verdicts.map(({ decides }) => decides),
      ['together', 'together'],
    );
    assert.deepEqual(
      two.findings.map(({ kind }) => kind),
      ['tie', 'tie'],
    );
  });

  it('preempt on the wrong side', () => {
    const shy = pair({}, {}, { preempt: false });
    assert.deepEqual(kinds(shy), ['never-fails-over', 'nopreempt-blocks-failover']);
    assert.match(text(shy, 'nopreempt-blocks-failover'), /b does not preempt/);
    assert.deepEqual(kinds(pair({}, { preempt: false })), ['nopreempt-blocks-recovery']);
    const three: Nodes = [...pair(), node('c', { priority: 96, preempt: false })];
    assert.deepEqual(kinds(three), ['nopreempt-blocks-failover']);
  });

  it('both look at the same thing', () => {
    const outside = { id: 'x', shown: 'ping 198.18.0.254' };
    const gateway = (weight: number) => [process(-30), tracker('gateway', { weight, outside })];
    assert.match(text(pair({ trackers: gateway(-30) }), 'fails-alike'), /lose its weight/);
    const vital = pair({ trackers: gateway(0) });
    assert.match(text(vital, 'fails-alike'), /nobody holds the address/);
    assert.ok(kinds(vital).includes('nobody-holds'));
    assert.ok(!kinds(pair({}, { trackers: gateway(-30) })).includes('fails-alike'));
  });

  it('fault everywhere', () => {
    assert.deepEqual(kinds(pair({ trackers: [process(0)] })), ['nobody-holds']);
    assert.deepEqual(kinds(pair({ trackers: [process(0)] }, { trackers: [process(-30)] })), []);
  });

  it('equal priorities', () => {
    assert.match(text(pair({ priority: 100 }), 'tie'), /both have priority 100: whoever is first/);
  });

  it('a lease that is longer than a takeover', () => {
    assert.deepEqual(kinds(pair({ interval: milliseconds(100), leaseSeconds: 2 })), [
      'lease-outlives-takeover',
    ]);
  });

  it('a backup that waits although a weight has decided, and addresses without a lease', () => {
    assert.deepEqual(kinds(pair({}, {}, { timing: 'rfc' })), ['slow-hand-over']);
    assert.deepEqual(kinds(pair({}, { timing: 'rfc' })), []);
    assert.deepEqual(kinds(pair({ trackers: [process(0)] }, {}, { timing: 'rfc' })), ['nobody-holds']);
    const keepalived = pair({ program: 'keepalived', timing: 'rfc', leaseSeconds: undefined });
    assert.deepEqual(kinds(keepalived), ['slow-hand-over', 'no-lease']);
    assert.match(text(keepalived, 'slow-hand-over'), /b still waits .* \(about 3\.6 s\): keepalived has no/);
    assert.match(text(keepalived, 'no-lease'), /a or b keeps the address/);
  });

  it('a tracker that only one has', () => {
    const lifting = pair({}, { trackers: [process(-30), tracker('extra', { weight: 5 })] });
    assert.match(text(lifting, 'one-sided-tracker'), /on a but not on b, and lifts the priority only there/);
  });

  it('nothing tracked, and nobody else', () => {
    assert.match(text(pair({ trackers: [] }), 'never-fails-over'), /nothing is tracked on a/);
    assert.deepEqual(kinds([node('a')]), ['alone']);
  });

  it('settings that differ', () => {
    const differing = (changes: Changes, both: Changes = {}) => {
      const nodes = pair(both, {}, changes);
      return [
        ...deafnesses(nodes).map(({ setting }) => [setting, 'error']),
        ...flaws(nodes).map(({ setting, severity }) => [setting, severity]),
      ];
    };
    assert.deepEqual(differing({}), []);
    assert.deepEqual(differing({ version: 2 }), [['version', 'error']]);
    assert.deepEqual(differing({ interval: seconds(2) }), [['advert-interval', 'warning']]);
    assert.deepEqual(differing({ interval: seconds(2) }, { version: 2 }), [['advert-interval', 'error']]);
    assert.deepEqual(differing({ authentication: proving('x') }), [['auth.type', 'error']]);
    assert.deepEqual(differing({ addresses: ['198.18.51.101'] }), [['vip', 'warning']]);
    assert.match(text(pair({}, {}, { addresses: [] }), 'mismatch'), /^vip is 198\.18\.51\.100 on a/);
  });
});
