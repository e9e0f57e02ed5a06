/** The last servers of an upstream stay for its hold, and no longer. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Holds, holdServers, NO_HOLDS } from '../../src/docker/hold.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { instant, seconds } from '../../src/lib/time.ts';
import type { Server, Upstream } from '../../src/lib/upstream.ts';
import { serverParameters, upstreamOptions } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';

const at = (second: number) => instant(second * 1_000_000);

function app(hold: number, ...origins: string[]): Upstream {
  return {
    name: 'app' as UpstreamName,
    options: upstreamOptions({ hold: seconds(hold) }),
    servers: origins.map(origin => ({
      origin,
      address: '198.18.0.2' as IpAddress,
      port: 80,
      ...serverParameters({}),
    })),
    leftOut: [],
  };
}

/** Steps through (second, upstream) pairs: the servers after each. */
function through(...steps: readonly [second: number, upstream: Upstream][]): readonly string[] {
  let holds: Holds = NO_HOLDS;
  return steps.map(([second, upstream]) => {
    const holding = holdServers([upstream], holds, at(second));
    holds = holding.holds;
    const servers = holding.upstreams[0]?.servers.map(({ origin }) => origin).join() ?? '';
    return holding.until === undefined ? servers : `${servers} until ${holding.until / 1_000_000}`;
  });
}

describe('holding servers', () => {
  it('keeps the last ones until the hold ends, counted from when the last one went', () => {
    const steps = through(
      [0, app(10, 'a', 'b')],
      [5, app(10, 'b')],
      [7, app(10)],
      [12, app(10)],
      [17, app(10)],
    );
    assert.deepEqual(steps, ['a,b', 'b', 'b until 17', 'b until 17', '']);
  });

  it('ends as soon as there is a server again, and begins anew', () => {
    const steps = through([0, app(10, 'a')], [1, app(10)], [5, app(10, 'c')], [6, app(10)], [16, app(10)]);
    assert.deepEqual(steps, ['a', 'a until 11', 'c', 'c until 16', '']);
  });

  it('holds also when the containers are gone, and their labels with them', () => {
    const steps = through([0, app(10, 'a')], [1, app(0)], [10, app(0)], [11, app(0)]);
    assert.deepEqual(steps, ['a', 'a until 11', 'a until 11', '']);
  });

  it('keeps them balanced as they were: another way may not take them', () => {
    const server = { ...app(0, 'a').servers[0], backup: true } as Server;
    const before = { ...app(0), servers: [server], options: upstreamOptions({ hold: seconds(10) }) };
    const { holds } = holdServers([before], NO_HOLDS, at(0));
    const options = upstreamOptions({ hold: seconds(10), balance: 'ip_hash' });
    const { upstreams } = holdServers([{ ...app(0), options }], holds, at(1));
    assert.deepEqual(upstreams, [before]);
  });

  it('goes by what is said now where nothing is known of before', () => {
    const { servers, name } = app(0, 'a');
    const { upstreams, until } = holdServers(
      [app(10)],
      new Map([[name, { servers, since: undefined }]]),
      at(1),
    );
    assert.deepEqual([upstreams, until], [[app(10, 'a')], at(11)]);
  });

  it('does nothing where nothing is to be held', () => {
    assert.deepEqual(through([0, app(0, 'a')], [1, app(0)]), ['a', '']);
    assert.deepEqual(through([0, app(10)]), [''], 'never had any');
  });
});
