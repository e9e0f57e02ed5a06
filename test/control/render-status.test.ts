/** The status as text: complete, narrow, and harmless to a terminal. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderStatus } from '../../src/control/render-status.ts';
import type { RouterStatus, Status, TrackerStatus } from '../../src/control/status.ts';
import { moment, SNAPSHOT } from './support.ts';

const [ROUTER] = SNAPSHOT.routers as [RouterStatus];
const withRouter = (change: Partial<RouterStatus>): Status => ({
  ...SNAPSHOT,
  routers: [{ ...ROUTER, ...change }],
});

describe('the text of a snapshot', () => {
  it('reads as expected', () => {
    assert.equal(
      renderStatus(SNAPSHOT),
      `Locum 0.1.0 on node-a, up 3h 12m (pid 7)

web: MASTER for 2m 10s on eth0, VRID 51, VRRPv3
  reason     nothing heard from 198.18.51.3 for 3.61s
  priority   70 (100 by configuration)
             −30 from nginx, down (weight -30): no process nginx
             ±0 from page, up (fault when down): HTTP 200
  master     198.18.51.2 (this node)
  address    198.18.51.100/24 held, lease ends in 3 s of 4 s unless renewed
             198.18.51.101/24 not on this node
  peer       198.18.51.3 priority 98, VRRPv3 every 1s, pseudo-header, hmac 1, heard 2m 11s ago
               ! does not advertise 198.18.51.101: set the same virtual addresses on both
  refused    198.18.51.4 says priority 100, VRRPv2 every 1s, heard 400ms ago
               ! speaks version 2, we 3: set the same version on both (77 packets dropped)
             3 packets of others
  adverts    131 sent (0 of priority 0), 2 received (1 of priority 0)
  discarded  2 checksum, 1 vrid
  next       advertise in 612ms
  history    2m 10s ago  backup → master: nothing heard from 198.18.51.3 for 3.61s
             3h 12m ago  init → backup: startup

Trackers
  nginx  process  down for 900ms    no process nginx, checked 12ms ago
  page   http     unknown for 10ms  not checked yet

Hooks
  pager  exec  tells web MASTER for 4s, 3 more to tell; 5 runs, 1 failed, 2 dropped
               FAILED 2m 10s ago: web BACKUP: exit code 3: no route to host

Docker: connected, 7 containers
Upstreams in /etc/nginx/locum/upstreams.conf, 1 failure so far
  app       198.18.51.20:8080 weight 5 (app-1)
            198.18.51.21:8080 backup (app-2)
  empty     no server: answers 502
  left out  db: label locum.port="x": must be 1 to 65535
  rendered  ok 1m ago, 4 times: 2 upstreams, 2 servers
  reloaded  FAILED 59s ago, 1 time: nginx -t: "server" is not allowed
  verified  never
Event loop: late by 0.2 ms on average, 14.5 ms at most, within the last minutes
Scheduling: other, niceness 0
Dropped at a limit: 12 packets`,
    );
  });

  it('fits 100 columns', () => {
    for (const line of renderStatus(SNAPSHOT).split('\n')) assert.ok(line.length <= 100, line);
  });

  it('says what a fault does', () => {
    const text = renderStatus(
      withRouter({
        state: 'fault',
        contributions: [
          {
            tracker: 'nginx',
            health: 'down',
            weight: 0,
            reverse: false,
            delta: 0,
            fault: true,
            detail: 'no process nginx',
          },
        ],
      }),
    );
    assert.match(text, /web: FAULT/);
    assert.match(text, /fault from nginx, down \(fault when down\): no process nginx/);
  });

  it('says what a reversed tracker does', () => {
    const text = (weight: number, delta: number) => {
      const health = 'up';
      const contribution = {
        tracker: 'spare',
        health,
        weight,
        reverse: true,
        delta,
        fault: weight === 0,
        detail: '',
      };
      return renderStatus(withRouter({ contributions: [{ ...contribution, health }] }));
    };
    assert.match(text(30, -30), /−30 from spare, up \(weight 30, reversed\)/);
    assert.match(text(0, 0), /fault from spare, up \(fault when up\)/);
  });

  it('shows that a tracker flaps, and why it failed last, and nothing of a quiet one', () => {
    const [, page] = SNAPSHOT.trackers as [TrackerStatus, TrackerStatus];
    const last = { when: moment(5), ok: true, detail: 'HTTP 200' };
    const failure = { when: moment(7_000), ok: false, detail: 'HTTP 502' };
    const lines = (tracker: Partial<TrackerStatus>) =>
      renderStatus({ ...SNAPSHOT, trackers: [{ ...page, health: 'up', last, ...tracker }] })
        .split('\n')
        .flatMap(line => /^ {2}(?:page .*| {14,}(.*))$/.exec(line)?.[1]?.trim() ?? []);
    assert.deepEqual(lines({ history: [last, failure, last], changesLastMinute: 6 }), [
      'flaps: changed 6 times in the last minute',
      'failed 7s ago: HTTP 502',
    ]);
    assert.deepEqual(lines({ history: [last, last], changesLastMinute: 2 }), []);
    assert.deepEqual(lines({ last: failure, history: [failure] }), [], 'its detail says so already');
  });

  it('is there when hardly anything else is', () => {
    const text = renderStatus({
      ...SNAPSHOT,
      routers: [],
      trackers: [],
      hooks: [],
      docker: null,
      upstreams: null,
      drops: {},
    });
    assert.match(text, /Trackers: none\n\nDocker: not used\nUpstreams: not rendered/);
    assert.match(
      renderStatus(withRouter({ masterAddress: null, peers: [], transitions: [], nextDeadline: null })),
      /master +none is heard[\s\S]*peer +none heard[\s\S]*next +waits for an event/,
    );
  });

  it('says at the top that an operator keeps the node away, or is about to', () => {
    const second = (drain: Status['drain']) => renderStatus({ ...SNAPSHOT, drain }).split('\n')[1];
    assert.equal(second(SNAPSHOT.drain), '');
    assert.equal(
      second({ state: 'draining', since: moment(300), detail: 'priority 1 is advertised' }),
      'DRAINING for 300ms: priority 1 is advertised',
    );
    assert.equal(
      second({ state: 'drained', since: null, detail: 'drained by an operator' }),
      'DRAINED: drained by an operator; "locum undrain" ends it',
    );
  });

  it('holds no control character, whatever a container or a packet is called', () => {
    const text = renderStatus(withRouter({ reason: '\u001b[2Jgone\r\u009b1m\nx' }));
    assert.doesNotMatch(text, /[^\P{Cc}\n]/u);
    assert.match(text, /\?\[2Jgone\?\?1m\?x/);
  });
});
