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
  fc.constantFrom('app', 'APP', 'api', '1', '8080', 'true', 'front', 'hash'),
);

/** What a hand that knows the labels writes, and what it gets nearly right. */
const LIKELY: Readonly<Record<string, readonly string[]>> = {
  enable: ['true', 'false'],
  upstream: ['app', 'api', 'app, api', 'shop.example'],
  port: ['8080', '80', '0', '65536'],
  network: ['front', 'back'],
  weight: ['1', '5', '0', '65535'],
  backup: ['true', 'false'],
  'max-fails': ['0', '3'],
  'fail-timeout': ['10s', '500ms'],
  'max-conns': ['0', '100'],
};

const LIKELY_OF_UPSTREAMS: Readonly<Record<string, readonly string[]>> = {
  port: ['8080', '9000', 'http'],
  weight: ['2', '100'],
  backup: ['true', 'false'],
  balance: ['round_robin', 'least_conn', 'ip_hash', 'hash', 'random', 'leastconn'],
  'hash-key': ['request_uri', 'cookie_session', 'geoip_city', '$uri', 'app', 'true'],
  keepalive: ['0', '16', 'auto'],
  zone: ['32k', '1m', '8k', '64'],
  hold: ['0s', '30s', 'ever'],
};

/** A label under `prefix` with a value that is likely there, or with any. */
function labelAmong(
  prefix: fc.Arbitrary<string>,
  likely: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<[string, string]> {
  return fc.constantFrom(...Object.keys(likely)).chain(key => {
    const value = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...(likely[key] ?? [])) }, anyText);
    return fc.tuple(prefix, value).map(([before, text]): [string, string] => [`${before}${key}`, text]);
  });
}

const aboutUpstream = fc
  .oneof({ weight: 3, arbitrary: fc.constantFrom('app', 'API', 'a.b') }, anyText)
  .map(name => `locum.upstream.${name}.`);

/** The labels of one container. */
export const anyLabels: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: labelAmong(fc.constant('locum.'), LIKELY) },
      { weight: 5, arbitrary: labelAmong(aboutUpstream, LIKELY_OF_UPSTREAMS) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('com.docker.compose.service'), anyText) },
      {
        weight: 1,
        arbitrary: fc.tuple(
          anyText.map(text => `locum.${text}`),
          anyText,
        ),
      },
    ),
    { maxLength: 8 },
  )
  .map(pairs => Object.fromEntries(pairs));

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
