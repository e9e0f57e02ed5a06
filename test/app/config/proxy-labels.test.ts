/** Discovery and configuration must agree on which labels make a container a proxy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schema } from '../../../src/app/config/schema.ts';
import { shortNames } from '../../../src/app/config/short-form.ts';
import { CONFIGURATION } from '../../../src/docker/labels.ts';

/** Labels about upstreams stand on backends as well. */
const ON_BACKENDS_TOO = 'upstream';

test('every first segment of a configuration label makes its container a proxy', () => {
  const firstSegments = new Set([...shortNames, ...Object.keys(schema.shape)]);
  assert.ok(firstSegments.delete(ON_BACKENDS_TOO));
  assert.deepEqual([...firstSegments].sort(), [...CONFIGURATION].sort());
});
