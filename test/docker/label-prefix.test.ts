/** Labels under another prefix than the default one: the same meaning, told in the words of who wrote them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planBackends } from '../../src/docker/backends.ts';
import { readContainerList } from '../../src/docker/container-list.ts';
import { findProxy } from '../../src/docker/identity.ts';
import { type Labels, normalizeLabels, writtenLabel } from '../../src/docker/labels.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { anyLabels } from '../support/hostile-labels.ts';

const EVERYWHERE = { excluded: new Set<string>(), networks: undefined };

function listed(prefix: string, ...containers: readonly Labels[]): DockerSnapshot {
  const answer = containers.map((labels, at) => ({
    Id: String(at).padStart(12, 'a'),
    Names: [`/app-${at}`],
    Labels: labels,
    State: 'running',
    HostConfig: { NetworkMode: 'front' },
    NetworkSettings: { Networks: { front: { IPAddress: `198.18.0.${at + 2}` } } },
    Ports: [{ PrivatePort: 80, Type: 'tcp' }],
  }));
  const reading = readContainerList(answer, prefix);
  assert.ok(reading !== undefined);
  return reading.snapshot;
}

const planned = (prefix: string, ...containers: readonly Labels[]) =>
  planBackends(listed(prefix, ...containers), EVERYWHERE, nearest);

describe('another prefix', () => {
  it('says what the default one says', () => {
    const of = (prefix: string): Labels => ({
      [`${prefix}.upstream`]: 'app',
      [`${prefix}.weight`]: '5',
      [`${prefix}.upstream.api.port`]: '9000',
      [`${prefix}.upstream.app.balance`]: 'least_conn',
    });
    const ours = planned('locum', of('locum'));
    assert.equal(ours.upstreams.length, 2);
    for (const prefix of ['acme.locum', 'locum.acme', 'x', 'com', 'locum-2', 'locu'])
      assert.deepEqual(planned(prefix, of(prefix)), ours, prefix);
  });

  it('leaves labels of the default one to whom they belong', () => {
    const { upstreams, unasked } = planned(
      'acme',
      { 'locum.upstream': 'app', 'acme.other': 'x' },
      { 'locum.port': '80', 'acme.upstream': 'web' },
    );
    assert.deepEqual(unasked, ['app-0']);
    assert.deepEqual(
      upstreams.map(({ name, servers }) => [name, servers[0]?.port]),
      [['web', 80]],
    );
  });

  it('is no beginning of a word', () => {
    assert.deepEqual(
      planned('acme', { 'acmes.upstream': 'app', acme: 'x', 'acme-x.port': '80' }).upstreams,
      [],
    );
  });

  it('is not asked of our own image, which says what it is', () => {
    const { unasked, upstreams } = planned('acme', { 'locum.role': 'sidecar', 'acme.upstream': 'app' });
    assert.deepEqual([unasked, upstreams], [[], []]);
  });

  it('stands in everything that is told', () => {
    const { upstreams, leftOut, warnings } = planned(
      'acme.locum',
      { 'acme.locum.upstream': 'app', 'acme.locum.prot': '8080', 'acme.locum.weight': 'heavy' },
      { 'acme.locum.upstream': 'app', 'acme.locum.enable': 'false' },
      { 'acme.locum.upstream': 'app', 'acme.locum.network': 'elsewhere' },
      { 'acme.locum.enable': 'true' },
    );
    assert.deepEqual(warnings, [
      'container app-0: unknown label "acme.locum.prot"; did you mean acme.locum.port?',
    ]);
    const reasons = [...upstreams.flatMap(upstream => upstream.leftOut), ...leftOut].map(
      ({ reason }) => reason,
    );
    assert.deepEqual(reasons, [
      'label acme.locum.weight="heavy": must be 1 to 65535',
      'label acme.locum.enable=false',
      'label acme.locum.network=elsewhere: the container is on front',
      'label acme.locum.upstream is missing, and no compose service names the upstream',
    ]);
  });

  it('stands in what is said of a proxy that cannot be told', () => {
    const snapshot = listed('acme', {}, {});
    const [owner, other] = snapshot.containers;
    assert.ok(owner !== undefined && other !== undefined);
    const shared = { ...snapshot, containers: [owner, { ...other, networkMode: `container:${owner.id}` }] };
    const found = findProxy(shared, { hostname: owner.id, hostnameOwner: undefined });
    assert.match(found.ok ? '' : found.error, /label exactly one of them acme\.enable=true/);
  });

  it('lets no hostile label through that the default one would not', () => {
    const under = (prefix: string, labels: Labels): Labels =>
      Object.fromEntries(
        Object.entries(labels).map(([label, value]) => [
          label.replace(/^locum\./, () => `${prefix}.`),
          value,
        ]),
      );
    fc.assert(
      fc.property(fc.array(anyLabels, { maxLength: 4 }), containers => {
        const theirs = containers.map(labels => under('acme.locum', labels));
        const { upstreams, unasked } = planned('acme.locum', ...theirs);
        const ours = planned('locum', ...containers);
        assert.deepEqual([upstreams.map(serversOf), unasked], [ours.upstreams.map(serversOf), ours.unasked]);
      }),
    );
  });
});

const serversOf = ({ name, options, servers }: ReturnType<typeof planned>['upstreams'][number]) => ({
  name,
  options,
  servers,
});

describe('normalised labels', () => {
  it('are those under the default prefix, whatever else is there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), labels => {
        assert.equal(normalizeLabels(labels, 'locum'), labels);
        const normal = normalizeLabels(labels, 'acme');
        for (const [label, value] of Object.entries(labels))
          if (!label.startsWith('locum.')) assert.equal(normal[label], value);
      }),
    );
  });

  it('can be written again as they were', () => {
    const normal = normalizeLabels({ 'a.b.port': '80' }, 'a.b');
    assert.deepEqual(
      Object.keys(normal)
        .filter(label => label.startsWith('locum.'))
        .map(label => writtenLabel(label, 'a.b')),
      ['a.b.port'],
    );
  });
});
