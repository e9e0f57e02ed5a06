/** What two daemons say on /metrics before and after a hand-over, as their kernel and their peer have it; promtool(1) reads it too. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type Exposition, parseExposition, valueIn } from '../support/exposition.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP_CIDR } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const ADDRESS_A = '198.18.51.11';
const ADDRESS_B = '198.18.51.12';

/** The text, as a scraper on the control socket gets it. */
async function scrape({ socket }: LocumNode): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, path: '/metrics', timeout: 2_000, agent: false }, response => {
      assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      text(response).then(resolve, reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no metrics')));
    sent.on('error', reject);
    sent.end();
  });
}

describe('a pair and its metrics', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;

  before(async () => {
    lan = await Lan.create();
    const sections = { http: { 'compatible-metrics': true } };
    a = await LocumNode.start(lan, 'node-a', { address: `${ADDRESS_A}/24`, priority: 100, sections });
    b = await LocumNode.start(lan, 'node-b', { address: `${ADDRESS_B}/24`, priority: 98, sections });
    await masterIs(a, [a, b]);
  });
  after(() => lan.close());

  const exposed = async (node: LocumNode): Promise<Exposition> => parseExposition(await scrape(node));
  const isMaster = (said: Exposition): number => valueIn(said, 'locum_router_state', { state: 'master' });

  test('the master has the address and its lease, the backup hears it', async () => {
    const [ofA, ofB] = await Promise.all([exposed(a), exposed(b)]);
    assert.deepEqual([isMaster(ofA), isMaster(ofB)], [1, 0]);
    assert.deepEqual(
      [ofA, ofB].map(said => valueIn(said, 'locum_vip_present', { address: VIP_CIDR })),
      [1, 0],
    );
    const left = valueIn(ofA, 'locum_vip_lease_left_seconds');
    assert.ok(left > 0 && left <= valueIn(ofA, 'locum_router_lease_seconds'), `${left} s`);
    assert.equal(valueIn(ofB, 'locum_peer_priority', { peer: ADDRESS_A }), 100);
    assert.ok(valueIn(ofB, 'locum_peer_last_advert_age_seconds', { peer: ADDRESS_A }) < 10);
    assert.equal(valueIn(ofB, 'locum_router_master_known'), 1);
    assert.equal(valueIn(ofA, 'keepalived_vrrp_state', { ip_address: VIP_CIDR }), 2);
    assert.equal(valueIn(ofB, 'keepalived_vrrp_state', { ip_address: VIP_CIDR }), 1);
  });

  test('Prometheus takes the text of both', async () => {
    for (const node of [a, b]) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        encoding: 'utf8',
        input: await scrape(node),
      });
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
    }
  });

  test('when nginx dies, the priority says why, and the other node counts the takeover', async () => {
    const before = valueIn(await exposed(b), 'locum_router_became_master_total');
    a.nginx.kill();
    await masterIs(b, [a, b]);
    const ofA = await exposed(a);
    assert.equal(valueIn(ofA, 'locum_tracker_health', { tracker: 'nginx', health: 'down' }), 1);
    assert.equal(valueIn(ofA, 'locum_router_priority_contribution', { tracker: 'nginx' }), -30);
    assert.equal(valueIn(ofA, 'locum_router_effective_priority'), 70);
    assert.equal(valueIn(ofA, 'keepalived_script_status', { name: 'nginx' }), 0);
    const ofB = await exposed(b);
    assert.equal(valueIn(ofB, 'locum_router_became_master_total'), before + 1);
    assert.ok(valueIn(ofB, 'locum_router_state_age_seconds') < 10);
  });

  test('what is sent goes on being counted', async () => {
    const sent = async (): Promise<number> => valueIn(await exposed(b), 'locum_router_adverts_sent_total');
    const first = await sent();
    await waitFor(async () => (await sent()) > first, {
      what: 'another advert is counted',
      deadlineMs: 10_000,
    });
  });
});
