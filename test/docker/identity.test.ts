/** Finding the proxy beside this process, for each way of living together. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProxy, hostnameOwner, type Whereabouts } from '../../src/docker/identity.ts';
import type { ContainerSnapshot } from '../../src/docker/snapshot.ts';
import { container, containerId, network, snapshotOf } from '../support/containers.ts';

const OURS = { 'locum.role': 'sidecar' };

const at = (owner: string): Whereabouts => ({ hostname: 'unrelated', hostnameOwner: containerId(owner) });
const joined = (name: string, owner: string, labels: Record<string, string> = {}): ContainerSnapshot =>
  container(name, { networkMode: `container:${containerId(owner)}`, networks: [], labels });

const holder = container('holder', { labels: OURS, networks: [network('pair_front', '198.18.0.5')] });
const pod = [holder, joined('nginx', 'holder'), joined('locum', 'holder', OURS)];

describe('the proxy', () => {
  it('in a pod is the member that is neither holder nor sidecar', () => {
    const found = findProxy(snapshotOf(...pod, container('stranger')), at('holder'));
    assert.ok(found.ok);
    assert.equal(found.value.proxy.name, 'nginx');
    assert.equal(found.value.owner.name, 'holder');
    assert.deepEqual(found.value.networks, ['pair_front']);
  });

  it('is the owner itself where the sidecar joined it', () => {
    const found = findProxy(snapshotOf(container('nginx'), joined('locum', 'nginx', OURS)), at('nginx'));
    assert.ok(found.ok);
    assert.equal(found.value.proxy.name, 'nginx');
    assert.deepEqual(found.value.networks, ['front']);
  });

  it('is found by the hostname where the mount says nothing: the id, its beginning, or the name', () => {
    for (const hostname of [containerId('holder'), containerId('holder').slice(0, 12), 'holder']) {
      const found = findProxy(snapshotOf(...pod), { hostname, hostnameOwner: undefined });
      assert.equal(found.ok, true, hostname);
    }
  });

  it('is not found by a hostname that merely looks like the beginning of an id', () => {
    const found = findProxy(snapshotOf(...pod), {
      hostname: containerId('holder').slice(0, 4),
      hostnameOwner: undefined,
    });
    assert.equal(found.ok, false);
  });

  it('on the host network is the enabled one among those that live there', () => {
    const host = (name: string, labels = {}) =>
      container(name, { networkMode: 'host', networks: [], labels });
    const others = [host('exporter'), container('bridged')];
    const found = findProxy(
      snapshotOf(host('locum', OURS), host('nginx', { 'locum.enable': 'true' }), ...others),
      at('locum'),
    );
    assert.ok(found.ok);
    assert.equal(found.value.proxy.name, 'nginx');
    assert.equal(found.value.networks, 'host');
  });

  it('in a pod on the host network is the member of that pod or another container there', () => {
    const hostHolder = container('holder', { labels: OURS, networkMode: 'host', networks: [] });
    const found = findProxy(
      snapshotOf(hostHolder, joined('nginx', 'holder'), joined('locum', 'holder', OURS)),
      at('holder'),
    );
    assert.ok(found.ok);
    assert.equal(found.value.networks, 'host');
  });

  it('is not guessed among several: the message lists them', () => {
    const found = findProxy(snapshotOf(...pod, joined('metrics', 'holder')), at('holder'));
    assert.equal(found.ok, false);
    assert.match(
      found.ok ? '' : found.error,
      /2 containers share .*\(nginx, metrics\); label exactly one of them locum.enable=true/,
    );
    const both = ['nginx', 'metrics'].map(name => joined(name, 'holder', { 'locum.enable': 'true' }));
    assert.equal(findProxy(snapshotOf(holder, ...both), at('holder')).ok, false);
  });

  it('may be missing, and the message says what to do', () => {
    const found = findProxy(snapshotOf(holder), at('holder'));
    assert.match(found.ok ? '' : found.error, /no proxy shares the network namespace: .*network_mode/);
  });

  it('cannot be told outside of this engine', () => {
    const found = findProxy(snapshotOf(...pod), { hostname: 'laptop', hostnameOwner: undefined });
    assert.match(found.ok ? '' : found.error, /hostname laptop/);
  });

  it('is found in spite of containers that join each other in a circle', () => {
    const circle = [joined('a', 'b'), joined('b', 'a')];
    assert.equal(findProxy(snapshotOf(...pod, ...circle), at('holder')).ok, true);
  });
});

describe('hostnameOwner', () => {
  const line = (root: string, mount: string) =>
    `612 590 8:1 ${root} ${mount} rw,relatime - ext4 /dev/sda1 rw`;

  it('reads the id from the mount of /etc/hostname', () => {
    const id = containerId('x');
    const lines = [
      line(`/var/lib/docker/containers/${containerId('y')}/resolv.conf`, '/etc/resolv.conf'),
      line(`/var/lib/docker/containers/${id}/hostname`, '/etc/hostname'),
    ];
    assert.equal(hostnameOwner(lines.join('\n')), id);
    assert.equal(
      hostnameOwner(line(`/storage/overlay-containers/${id}/userdata/hostname`, '/etc/hostname')),
      id,
    );
  });

  it('is undefined outside of a container', () => {
    assert.equal(hostnameOwner(''), undefined);
    assert.equal(hostnameOwner(line('/', '/')), undefined);
    assert.equal(hostnameOwner(line('/etc/hostname', '/etc/hostname')), undefined);
  });
});
