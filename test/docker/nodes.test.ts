/** The nodes of an engine from outside, and what a container says of how it was started. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readContainerDetails } from '../../src/docker/container-details.ts';
import { nodesOf } from '../../src/docker/nodes.ts';
import type { ContainerSnapshot } from '../../src/docker/snapshot.ts';
import { container, containerId, snapshotOf } from '../support/containers.ts';

const SIDECAR = { labels: { 'locum.role': 'sidecar' } };
const PROXY = { labels: { 'locum.vrid': '51' } };

const joining = (name: string): Partial<ContainerSnapshot> => ({
  networkMode: `container:${containerId(name)}`,
});

/** The names of each node's proxy (or why there is none) and sidecars. */
function nodes(...containers: ContainerSnapshot[]): [string, ...string[]][] {
  return nodesOf(snapshotOf(...containers)).map(({ proxy, sidecars }) => [
    proxy.ok ? proxy.value.name : proxy.error,
    ...sidecars.map(({ name }) => name),
  ]);
}

describe('nodes', () => {
  it('are network namespaces with a proxy or a sidecar in them', () => {
    assert.deepEqual(
      nodes(
        container('holder', SIDECAR),
        container('locum', { ...SIDECAR, ...joining('holder') }),
        container('nginx', joining('holder')),
        container('app'),
        container('nginx-2', PROXY),
        container('locum-2', { ...SIDECAR, ...joining('nginx-2') }),
      ),
      [
        ['nginx', 'holder', 'locum'],
        ['nginx-2', 'locum-2'],
      ],
    );
  });

  it('share one namespace on the network of the host', () => {
    const host = { networkMode: 'host' };
    const [[proxy = ''] = []] = nodes(
      container('a', { ...PROXY, ...host }),
      container('b', { ...PROXY, ...host }),
      container('locum', { ...SIDECAR, ...host }),
    );
    assert.match(proxy, /2 containers share the network namespace \(a, b\)/);
  });

  it('are gone when neither runs, and stay while one does', () => {
    const ended = { state: 'exited' } as const;
    assert.deepEqual(nodes(container('nginx', { ...PROXY, ...ended })), []);
    assert.deepEqual(
      nodes(
        container('nginx', { ...PROXY, ...ended }),
        container('locum', { ...SIDECAR, ...joining('nginx') }),
      ),
      [['nginx', 'locum']],
    );
  });
});

describe('container details', () => {
  it('hold the command, where something is mounted, and of the environment only what is ours', () => {
    const Config = { Env: ['LOCUM_VRID=51', 'LOCUM_NOTE=a=b', 'LOCUM_EMPTY=', 'TOKEN=geheim', 'LOCUM', 7] };
    const Mounts = [{ Type: 'bind', Source: '/srv', Destination: '/etc/locum' }, { Destination: 7 }, 'x'];
    assert.deepEqual(
      readContainerDetails({ Path: 'locum', Args: ['run', '--config', 'x'], Config, Mounts }),
      {
        command: ['locum', 'run', '--config', 'x'],
        environment: { LOCUM_VRID: '51', LOCUM_NOTE: 'a=b', LOCUM_EMPTY: '' },
        mounts: ['/etc/locum'],
      },
    );
  });

  it('are read from whatever an engine may answer', () => {
    assert.deepEqual(readContainerDetails({ Path: 'sleep', Args: null, Config: 3 }), {
      command: ['sleep'],
      environment: {},
      mounts: [],
    });
    for (const nonsense of [undefined, null, [], 'x', {}, { Path: 7 }])
      assert.equal(readContainerDetails(nonsense), undefined);
  });
});
