/** The settings of webhooks: defaults, what is refused with its path, what is never shown, and the files that they name. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkNotify, hookFilesOf } from '../../../src/app/config/check-notify.ts';
import type { FileLook } from '../../../src/app/config/check-program.ts';
import { seconds } from '../../../src/lib/time.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const yaml = (hook: string) => ({ environment: SMALLEST, yaml: `notify:\n  pager: ${hook}\n` });
const refusal = (hook: string, setting: string) =>
  onlyProblem(load(yaml(hook)).problems, `notify.pager.${setting}`);

const URL = 'https://hooks.example.com/T0KEN?key=T0KEN';

describe('a webhook', () => {
  it('is a URL; the rest has defaults', () => {
    assert.deepEqual(configOf(yaml(`{type: webhook, url: "${URL}"}`)).notify, {
      pager: {
        type: 'webhook',
        url: URL,
        secretFile: undefined,
        tlsCa: undefined,
        retry: { attempts: 10, within: seconds(300) },
        timeout: seconds(10),
        states: ['master', 'backup', 'fault', 'stop'],
        routers: undefined,
        perMinute: 30,
      },
    });
  });

  it('never shows its URL', () => {
    const { settings } = load(yaml(`{type: webhook, url: "${URL}"}`));
    assert.equal(settings.find(({ path }) => path === 'notify.pager.url')?.value, '(hidden)');
    const refused = load(yaml('{type: webhook, url: "https://user:T0KEN@hooks.example.com/"}'));
    assert.ok(!JSON.stringify(refused).includes('T0KEN'));
  });

  const refused: readonly (readonly [hook: string, setting: string, what: RegExp])[] = [
    ['{type: webhook}', 'url', /is missing/],
    ['{type: webhook, url: hooks.example.com}', 'url', /must be an http or https URL/],
    ['{type: webhook, url: "ftp://hooks.example.com/"}', 'url', /must be an http or https URL/],
    ['{type: webhook, url: "https:///x"}', 'url', /must be an http or https URL/],
    ['{type: webhook, url: "http://[::1/"}', 'url', /must be an http or https URL/],
    [
      '{type: webhook, url: "https://user:word@example.com/"}',
      'url',
      /must not hold a user name or password/,
    ],
    [`{type: webhook, url: "https://example.com/${'x'.repeat(2_048)}"}`, 'url', /longer than 2048/],
    [`{type: webhook, url: "${URL}", secret-file: secret}`, 'secret-file', /must be an absolute path/],
    [`{type: webhook, url: "${URL}", attempts: 0}`, 'attempts', /from 1 to 20/],
    [`{type: webhook, url: "${URL}", retry-for: 2h}`, 'retry-for', /at most 1h/],
    [`{type: webhook, url: "${URL}", per-minute: 0}`, 'per-minute', /from 1 to 600/],
    [`{type: webhook, url: "${URL}", secret: x}`, 'secret', /is not a setting/],
    [`{type: webhook, url: "${URL}", command: /bin/x}`, 'command', /is not a setting/],
  ];
  for (const [hook, setting, what] of refused)
    it(`${hook.slice(0, 80)} is refused`, () => {
      const problem = refusal(hook, setting);
      assert.match(problem.what, what);
      assert.ok(problem.fix.length > 0 && !problem.fix.includes('T0KEN'));
    });

  for (const [setting, value] of [
    ['url', URL],
    ['secret-file', '/run/secrets/hook'],
  ] as const)
    it(`reports to nobody whom a label names: ${setting}`, () => {
      const labels = { [`locum.notify.pager.${setting}`]: value };
      const given = { ...yaml(`{type: webhook, url: "${URL}"}`), labels };
      const problem = onlyProblem(load(given).problems, `notify.pager.${setting}`);
      assert.match(problem.what, /cannot be a label: an image's label would say who is told of this node/);
      assert.ok(!JSON.stringify(problem).includes('T0KEN'));
    });
});

describe('the files of a webhook', () => {
  const FILE: FileLook = {
    kind: 'file',
    readable: true,
    executable: false,
    readableByAll: false,
    writableByAll: false,
  };
  const given = yaml(`{type: webhook, url: "${URL}", secret-file: /s, tls-ca: /ca.pem}`);
  const check = (secret: FileLook, ca: FileLook) =>
    checkNotify(
      configOf(given),
      new Map([
        ['/s', secret],
        ['/ca.pem', ca],
      ]),
      load(given).settings,
    );

  it('are looked at', () => {
    assert.deepEqual(hookFilesOf(configOf(given)), ['/s', '/ca.pem']);
    assert.deepEqual(check(FILE, FILE), []);
  });

  it('must be there and readable', () => {
    const [secret, ca] = check({ ...FILE, kind: 'missing' }, { ...FILE, readable: false });
    assert.deepEqual(
      [secret?.severity, secret?.path, secret?.what, secret?.source],
      ['error', 'notify.pager.secret-file', 'there is no file /s', '/etc/locum/locum.yaml:2'],
    );
    assert.deepEqual([ca?.path, ca?.what], ['notify.pager.tls-ca', '/ca.pem cannot be read']);
  });

  it('are told when everybody can read the secret; a certificate is none', () => {
    const open = { ...FILE, readableByAll: true };
    const [problem, ...others] = check(open, open);
    assert.deepEqual([problem?.severity, problem?.path, others], ['warning', 'notify.pager.secret-file', []]);
  });
});
