/** The proxy's scope stays what it was while the proxy is recreated. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProxyLocator, readWhereabouts } from '../../src/app/proxy.ts';
import { container, containerId, snapshotOf } from '../support/containers.ts';

describe('proxy locator', () => {
  const nginx = container('nginx');
  const locator = () => new ProxyLocator({ hostname: 'nginx', hostnameOwner: undefined });

  it('excludes the proxy and knows its networks', () => {
    assert.deepEqual(locator().scope(snapshotOf(nginx)), {
      excluded: new Set([containerId('nginx')]),
      networks: ['front'],
    });
  });

  it('keeps the last sure identity', () => {
    const kept = locator();
    const before = kept.scope(snapshotOf(nginx));
    assert.equal(kept.find(snapshotOf()).ok, false);
    assert.deepEqual(kept.scope(snapshotOf()), before);
  });

  it('leaves nothing out before it knows', () => {
    assert.deepEqual(locator().scope(snapshotOf()), { excluded: new Set(), networks: undefined });
  });

  it('reads where this process lives', () => {
    assert.ok(readWhereabouts().hostname.length > 0);
  });
});
