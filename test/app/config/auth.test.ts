/** How authentication is configured, and what `locum check` says of its worth. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seconds } from '../../../src/lib/time.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const HEX = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const KEY = `hex:${HEX}`;
const TEXT = 'a sentence of some forty characters';

const withAuth = (variables: Readonly<Record<string, string>>) => {
  const entries = Object.entries(variables).map(([name, value]) => [`LOCUM_AUTH__${name}`, value]);
  return { environment: { ...SMALLEST, ...Object.fromEntries(entries) } };
};
const hmac = (variables: Readonly<Record<string, string>> = {}) =>
  withAuth({ TYPE: 'hmac', KEYS__1: KEY, ...variables });
const authOf = (given: ReturnType<typeof hmac>) => configOf(given).vrrp['default']?.auth;
const fault = (given: ReturnType<typeof hmac>, path: string) =>
  onlyProblem(load(given).problems, `vrrp.default.auth.${path}`);

describe('hmac', () => {
  it('needs one key and nothing else', () => {
    assert.deepEqual(authOf(hmac()), {
      type: 'hmac',
      keys: new Map([[1, Uint8Array.from({ length: 32 }, (_, i) => i)]]),
      activeKey: 1,
      mode: 'enforce',
      window: seconds(10),
    });
    assert.deepEqual(load(hmac()).problems, []);
  });

  it('is written alike in a file, and goes with both versions', () => {
    const yaml = `vrid: 51\nvip: 198.18.51.100/24\nversion: 2\nauth:\n  type: hmac\n  keys: {1: "${KEY}", 200: ${TEXT}}\n  active-key: 200\n  anti-replay: monotonic\n`;
    assert.deepEqual(configOf({ yaml }).vrrp['default']?.auth, {
      type: 'hmac',
      keys: new Map([
        [1, Uint8Array.from({ length: 32 }, (_, i) => i)],
        [200, new TextEncoder().encode(TEXT)],
      ]),
      activeKey: 200,
      mode: 'enforce',
      window: undefined,
    });
  });

  it('asks which of several keys signs', () => {
    assert.match(fault(hmac({ KEYS__2: KEY }), 'active-key').what, /is missing, and there are the keys 1, 2/);
    assert.match(fault(hmac({ KEYS__2: KEY, ACTIVE_KEY: '3' }), 'active-key').what, /none of the keys 1, 2/);
    const auth = authOf(hmac({ KEYS__2: TEXT, ACTIVE_KEY: '2' }));
    assert.equal(auth?.type === 'hmac' && auth.activeKey, 2);
  });

  it('takes keys of 32 to 64 octets, by ids from 0 to 255', () => {
    for (const key of [KEY, `hex:${HEX}${HEX}`, 'x'.repeat(32), 'x'.repeat(64)])
      assert.deepEqual(load(withAuth({ TYPE: 'hmac', KEYS__1: key })).problems, []);
    for (const key of ['hunter2', `hex:${HEX.slice(2)}`, `hex:${HEX}${HEX}00`, 'x'.repeat(65)])
      assert.match(fault(hmac({ KEYS__1: key }), 'keys.1').what, /must be 32 to 64 octets, has \d+$/);
    assert.match(fault(hmac({ KEYS__1: `hex:${HEX}x` }), 'keys.1').what, /not in hexadecimal digits/);
    for (const id of ['256', '01', '-1', 'one'])
      assert.match(
        fault(hmac({ [`KEYS__${id}`]: KEY, ACTIVE_KEY: '1' }), `keys.${id}`).what,
        /from 0 to 255/,
      );
    assert.match(fault(withAuth({ TYPE: 'hmac' }), 'keys.1').what, /is missing/);
  });

  it('takes a window of whole seconds, at most 300', () => {
    for (const [text, window] of [
      ['1s', 1],
      ['5m', 300],
    ] as const) {
      const auth = authOf(hmac({ TIME_WINDOW: text }));
      assert.equal(auth?.type === 'hmac' && auth.window, seconds(window));
    }
    assert.match(fault(hmac({ TIME_WINDOW: '1500ms' }), 'time-window').what, /whole seconds/);
    assert.match(fault(hmac({ TIME_WINDOW: '301s' }), 'time-window').what, /at most 5m/);
  });

  it('shows no key, whatever else is wrong', () => {
    for (const given of [
      hmac(),
      hmac({ MODE: 'enforced' }),
      hmac({ KEYS__1: `${KEY}0` }),
      hmac({ TYPE: 'hmca' }),
    ]) {
      const { problems, settings } = load(given);
      assert.doesNotMatch(JSON.stringify({ problems, settings }), /0001020304/);
    }
  });

  it('is said not to protect yet while what is not signed is believed', () => {
    for (const mode of ['receive-only', 'permissive']) {
      const warning = fault(hmac({ MODE: mode }), 'mode');
      assert.equal(warning.severity, 'warning');
      assert.match(warning.what, /does not protect yet/);
    }
  });
});

describe('the authentication of version 2', () => {
  const two = (type: string) => ({
    environment: { ...withAuth({ TYPE: type, PASSWORD: 'secret' }).environment, LOCUM_VERSION: '2' },
  });

  it('is a password, or a header that is made with one', () => {
    for (const type of ['pass', 'ah']) assert.deepEqual(authOf(two(type)), { type, password: 'secret' });
  });

  it('is said not to protect', () => {
    for (const type of ['pass', 'ah']) {
      const warning = fault(two(type), 'type');
      assert.equal(warning.severity, 'warning');
      assert.match(warning.what, new RegExp(`${type} does not protect`));
      assert.match(warning.fix, /use hmac/);
    }
  });

  it('is none of version 3', () => {
    for (const type of ['pass', 'ah'])
      assert.match(
        fault(withAuth({ TYPE: type, PASSWORD: 'x' }), 'type').what,
        /none or hmac with version 3/,
      );
  });
});
