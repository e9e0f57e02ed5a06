/** Containers with labels as a careless or malicious hand would write them, for properties and for a real nginx. */

import fc from 'fast-check';
import type { ContainerSnapshot } from '../../src/docker/snapshot.ts';
import { fromUint32 } from '../../src/lib/ip-address.ts';
import { container } from './containers.ts';

/** Text that would be dangerous if it were pasted. */
const HOSTILE: readonly string[] = [
  '; } http { server { listen 1; } }',
  'app;\n}\nserver { listen 81; }',
  '"\'\\',
  '$(reboot)',
  '`reboot`',
  '# comment',
  '../../etc/passwd',
  'app\u0000',
  'app\r\nserver 198.18.9.9;',
  '\u2028\u2029\ud800',
  'a$uri{b}',
  'include /etc/passwd;',
  'a'.repeat(5_000),
];

const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'app',
    'APP',
    'api',
    'shop.example',
    '1',
    '8080',
    '65535',
    '0',
    'true',
    'false',
    '10s',
    'front',
    'back',
    'least_conn',
    'ip_hash',
    'hash',
    'random',
    'request_uri',
    'cookie_session',
    '64k',
    'app, api',
  ),
);

const LABELS = [
  'enable',
  'upstream',
  'port',
  'network',
  'weight',
  'backup',
  'max-fails',
  'fail-timeout',
  'max-conns',
];

const ABOUT_UPSTREAMS = ['port', 'weight', 'backup', 'balance', 'hash-key', 'keepalive', 'zone', 'hold'];

/** The labels of one container. */
export const anyLabels = fc.dictionary(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.oneof(fc.constantFrom('app', 'API', 'a.b'), anyText), fc.constantFrom(...ABOUT_UPSTREAMS))
        .map(([upstream, key]) => `locum.upstream.${upstream}.${key}`),
    },
    { weight: 8, arbitrary: fc.constantFrom(...LABELS.map(name => `locum.${name}`)) },
    { weight: 1, arbitrary: fc.constant('com.docker.compose.service') },
    { weight: 1, arbitrary: anyText.map(text => `locum.${text}`) },
  ),
  anyText,
  { maxKeys: 6 },
);

/** A container as an engine could list it, with any labels. */
const anyContainer: fc.Arbitrary<ContainerSnapshot> = fc
  .record({
    name: fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/), anyText),
    labels: anyLabels,
    state: fc.constantFrom('running', 'running', 'running', 'exited', 'paused'),
    health: fc.constantFrom('none', 'none', 'healthy', 'unhealthy', 'starting'),
    address: fc.integer({ min: 0xc6120001, max: 0xc613fffe }).map(fromUint32),
    exposedPorts: fc.subarray([80, 443, 8080]),
  })
  .map(({ name, address, ...parts }) =>
    container(name, { ...parts, networks: [{ name: 'front', address }] } as Partial<ContainerSnapshot>),
  );

export const anyContainers = fc.array(anyContainer, { maxLength: 12 });
