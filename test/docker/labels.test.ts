/** What a container is by its labels. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBackend, isProxy } from '../../src/docker/labels.ts';

describe('who is a backend', () => {
  it('is one that names an upstream or a port, or is enabled', () => {
    assert.equal(isBackend({ 'locum.upstream': 'app' }), true);
    assert.equal(isBackend({ 'locum.port': '80' }), true);
    assert.equal(isBackend({ 'locum.enable': 'true' }), true);
    assert.equal(isBackend({ 'locum.enable': 'false' }), false);
    assert.equal(isBackend({ 'locum.weight': '3' }), false);
    assert.equal(isBackend({ 'locum.upstream.api.port': '9000' }), true);
    assert.equal(isBackend({ 'locum.upstream.api.balance': 'ip_hash' }), false, 'an option asks for nothing');
    assert.equal(isBackend({}), false);
  });

  it('is no proxy that is merely enabled, of this node or another', () => {
    const proxy = { 'locum.enable': 'true', 'locum.vip': '198.18.51.100/24' };
    assert.equal(isProxy(proxy), true);
    assert.equal(isBackend(proxy), false);
    assert.equal(isBackend({ ...proxy, 'locum.port': '80' }), true, 'said outright');
    assert.equal(isProxy({ 'locum.track.nginx.type': 'process' }), true);
    assert.equal(isProxy({ 'locum.port': '80' }), false);
  });

  it('is never our own image', () => {
    assert.equal(isBackend({ 'locum.role': 'sidecar', 'locum.port': '80' }), false);
  });
});
