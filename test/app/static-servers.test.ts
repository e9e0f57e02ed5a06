/** Servers of the configuration: names are resolved again and again, and one that cannot be keeps its last addresses. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StaticServers } from '../../src/app/static-servers.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { err, ok, type Result } from '../../src/lib/result.ts';
import { seconds } from '../../src/lib/time.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { renderedServers } from '../../src/nginx/rendered.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const APP = 'app' as UpstreamName;

function make(...answers: readonly Result<readonly string[], string>[]) {
  const clock = new VirtualClock();
  const log = new KeptLog();
  let asked = 0;
  let changes = 0;
  const servers = new StaticServers({
    upstreams: new Map([
      [
        APP,
        {
          options: { keepalive: 8 },
          servers: [
            { name: 'new', address: { host: 'backend.example', port: 8080 }, parameters: { weight: 3 } },
            { name: 'old', address: { host: '198.18.9.9', port: 80 }, parameters: { backup: true } },
          ],
        },
      ],
    ]),
    resolve: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? err('nothing');
      return answer as Result<readonly IpAddress[], string>;
    },
    clock,
    log,
    onChange: () => {
      changes++;
    },
  });
  const lines = () =>
    servers
      .upstreams()
      .get(APP)
      ?.servers.map(each => `${each.address}:${each.port} ${each.origin}`);
  return { servers, clock, log, lines, changes: () => changes };
}

const OLD = '198.18.9.9:80 server old';

describe('static servers', () => {
  it('are the addresses as they stand, and those that names have', async () => {
    const { servers, lines, changes } = make(ok(['198.18.8.1', '198.18.8.2']));
    assert.deepEqual(lines(), [OLD]);
    await servers.start();
    assert.deepEqual(lines(), [
      '198.18.8.1:8080 server new, backend.example',
      '198.18.8.2:8080 server new, backend.example',
      OLD,
    ]);
    assert.equal(changes(), 1);
    assert.deepEqual(servers.upstreams().get(APP)?.options, { keepalive: 8 });
    servers.stop();
  });

  it('follow a name whose addresses change, and tell of a change only', async () => {
    const { servers, clock, lines, changes } = make(
      ok(['198.18.8.1']),
      ok(['198.18.8.1']),
      ok(['198.18.8.3']),
    );
    await servers.start();
    await clock.pass(seconds(31));
    assert.equal(changes(), 1);
    await clock.pass(seconds(30));
    assert.equal(changes(), 2);
    assert.equal(lines()?.[0], '198.18.8.3:8080 server new, backend.example');
    servers.stop();
  });

  it('keep the last addresses of a name that is not resolved, and say so once', async () => {
    const { servers, clock, log, lines, changes } = make(ok(['198.18.8.1']), err('SERVFAIL'));
    await servers.start();
    await clock.pass(seconds(100));
    assert.equal(lines()?.length, 2);
    assert.equal(changes(), 1);
    assert.equal(log.lines.filter(line => JSON.stringify(line).includes('SERVFAIL')).length, 1);
    servers.stop();
  });

  it('have the addresses of the file while a name was never resolved, by the parameters of now', async () => {
    const { servers, clock, log, lines } = make(err('SERVFAIL'));
    servers.recall(
      renderedServers(`upstream app {
    server 198.18.8.7:8080 weight=9; # server new, backend.example
    server 198.18.8.8:8080; # server new, other.example
}
`),
    );
    await servers.start();
    await clock.pass(seconds(1_000));
    assert.deepEqual(lines(), ['198.18.8.7:8080 server new, backend.example', OLD]);
    assert.equal(servers.upstreams().get(APP)?.servers[0]?.weight, 3);
    assert.match(log.at('warn').join(), /its last addresses stay in use/);
    servers.stop();
  });

  it('are not said to stay when there are none', async () => {
    const { servers, log } = make(err('SERVFAIL'));
    await servers.start();
    assert.deepEqual(log.at('warn'), [
      'backend.example cannot be resolved; it has no server until it can be',
    ]);
    servers.stop();
  });
});
