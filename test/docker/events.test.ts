/** The event stream: lines, events, and what an event alone proves. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { endedBy } from '../../src/docker/condition.ts';
import { type ContainerEvent, LINE_LIMIT, LineSplitter, readEvent } from '../../src/docker/events.ts';

const event = (action: string, attributes: Record<string, string> = {}) =>
  readEvent(
    JSON.stringify({
      Type: 'container',
      Action: action,
      Actor: { ID: 'f00', Attributes: { name: 'web', ...attributes } },
    }),
  );

const proof = (action: string, attributes: Record<string, string> = {}) =>
  endedBy(event(action, attributes) as ContainerEvent);

describe('events', () => {
  it('reads the event of a container', () => {
    assert.deepEqual(event('die', { exitCode: '137' }), {
      id: 'f00',
      name: 'web',
      action: 'die',
      signal: undefined,
      exitCode: '137',
    });
  });

  it('takes anything else that is JSON for a hint', () => {
    assert.equal(readEvent('{"Type":"network","Action":"connect"}'), 'hint');
    assert.equal(readEvent('{}'), 'hint');
  });

  it('is undefined for what is not JSON', () => {
    for (const line of ['', 'x', '{', '7', 'null']) assert.equal(readEvent(line), undefined, line);
  });

  it('knows no action by the name of an inherited property', () => {
    assert.equal((event('constructor') as ContainerEvent).action, 'other');
  });
});

describe('what an event proves', () => {
  it('says that a container which died, paused or became unhealthy no longer serves', () => {
    assert.deepEqual(proof('die', { exitCode: '137' }), {
      ailment: 'stopped',
      reason: 'died with exit code 137',
      over: true,
    });
    assert.deepEqual(proof('died'), { ailment: 'stopped', reason: 'died', over: true });
    assert.deepEqual(proof('pause'), { ailment: 'paused', reason: 'paused', over: true });
    assert.deepEqual(proof('health_status: unhealthy'), {
      ailment: 'unhealthy',
      reason: 'unhealthy',
      over: true,
    });
    assert.equal(proof('oom')?.ailment, 'oom');
  });

  it('says that a container sent an ending signal is about to go, and leaves other signals alone', () => {
    assert.deepEqual(proof('kill', { signal: '15' }), {
      ailment: 'stopped',
      reason: 'is being stopped (signal 15)',
      over: false,
    });
    assert.equal(proof('kill', { signal: '1' }), undefined, 'a reload');
    assert.equal(proof('kill'), undefined);
  });

  it('proves nothing by a start or good health', () => {
    for (const action of ['start', 'unpause', 'health_status: healthy', 'rename', 'destroy']) {
      assert.equal(proof(action), undefined, action);
    }
  });
});

describe('line splitter', () => {
  it('gives the same lines however the text is cut', () => {
    const line = fc.stringMatching(/^[a-z{}" ]*$/);
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (lines, sizes) => {
          const splitter = new LineSplitter();
          const text = lines.map(each => `${each}\n`).join('');
          const got: string[] = [];
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            got.push(...(splitter.push(text.slice(at, at + size)) ?? []));
            at += size;
          }
          assert.deepEqual(
            got,
            lines.filter(each => each.trim() !== ''),
          );
        },
      ),
    );
  });

  it('gives up on a line without end', () => {
    const splitter = new LineSplitter();
    const chunk = 'x'.repeat(65_536);
    let pushed = 0;
    while (splitter.push(chunk) !== undefined) {
      pushed += chunk.length;
      assert.ok(pushed <= LINE_LIMIT);
    }
  });
});
