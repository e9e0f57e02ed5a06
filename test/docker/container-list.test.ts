/** From the engine's JSON to the narrow snapshot. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readContainerList } from '../../src/docker/container-list.ts';
import type { ContainerSnapshot } from '../../src/docker/snapshot.ts';

const ID = 'a'.repeat(64);

/** As Docker 28 lists it. */
const LISTED = {
  Id: ID,
  Names: ['/other/alias', '/web-1'],
  Image: 'nginx',
  Labels: { 'locum.vip': '198.18.51.100/24' },
  State: 'running',
  Status: 'Up 5 seconds (health: starting)',
  HostConfig: { NetworkMode: 'pair_front' },
  NetworkSettings: {
    Networks: { pair_front: { IPAddress: '198.18.0.2' }, pair_back: { IPAddress: '' } },
  },
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 443, PublicPort: 8443, Type: 'tcp' },
    { IP: '::', PrivatePort: 443, PublicPort: 8443, Type: 'tcp' },
    { PrivatePort: 80, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ],
};

function read(parts: Record<string, unknown>): ContainerSnapshot | undefined {
  return readContainerList([{ ...LISTED, ...parts }], 'locum')?.snapshot.containers[0];
}

describe('container list', () => {
  it('reads what Locum needs and nothing else', () => {
    assert.deepEqual(read({}), {
      id: ID,
      name: 'web-1',
      labels: { 'locum.vip': '198.18.51.100/24' },
      state: 'running',
      health: 'starting',
      networkMode: 'pair_front',
      networks: [
        { name: 'pair_back', address: undefined },
        { name: 'pair_front', address: '198.18.0.2' },
      ],
      exposedPorts: [80, 443],
      published: [{ port: 443, hostPort: 8443 }],
    });
  });

  it('reads the health from the status text, and from the field where the engine has one', () => {
    const health = (parts: Record<string, unknown>) => read(parts)?.health;
    assert.equal(health({ Status: 'Up 5 minutes (healthy)' }), 'healthy');
    assert.equal(health({ Status: 'Up 5 minutes (unhealthy)' }), 'unhealthy');
    assert.equal(health({ Status: 'Up 5 minutes (Paused)' }), 'none');
    assert.equal(health({ Status: 'Up 5 minutes' }), 'none');
    assert.equal(health({ Status: 'Exited (137) 2 seconds ago' }), 'none');
    assert.equal(health({ Status: 'Up (healthy)', Health: { Status: 'unhealthy' } }), 'unhealthy');
  });

  it('takes a state of another engine for not running', () => {
    assert.equal(read({ State: 'stopped' })?.state, 'exited');
    assert.equal(read({ State: 'paused' })?.state, 'paused');
  });

  it('orders by name, whatever the engine does', () => {
    const list = ['c', 'a', 'b'].map(name => ({ ...LISTED, Names: [`/${name}`], Id: name.repeat(64) }));
    const names = readContainerList(list, 'locum')?.snapshot.containers.map(({ name }) => name);
    assert.deepEqual(names, ['a', 'b', 'c']);
  });

  it('drops and counts entries that it cannot read', () => {
    const reading = readContainerList([LISTED, null, 7, {}, { Id: '../../etc' }], 'locum');
    assert.equal(reading?.snapshot.containers.length, 1);
    assert.equal(reading?.malformed, 4);
  });

  it('is undefined for an answer that is no list', () => {
    for (const answer of [undefined, null, {}, 'x', Buffer.from('x')])
      assert.equal(readContainerList(answer, 'locum'), undefined);
  });

  it('survives any JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(LISTED)), fc.jsonValue()), parts => {
        readContainerList([{ ...LISTED, ...parts }], 'locum');
      }),
    );
  });
});
