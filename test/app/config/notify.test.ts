/** The settings of hooks: spellings, defaults, what is refused with its path, and whether the program is there. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkNotify, hookFilesOf } from '../../../src/app/config/check-notify.ts';
import type { FileLook } from '../../../src/app/config/check-program.ts';
import { seconds } from '../../../src/lib/time.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const yaml = (hook: string) => ({ environment: SMALLEST, yaml: `notify:\n  pager: ${hook}\n` });
const refusal = (hook: string, setting: string) =>
  onlyProblem(load(yaml(hook)).problems, `notify.pager.${setting}`);

describe('a hook', () => {
  it('is a command; the rest has defaults, which are shown as such', () => {
    assert.deepEqual(configOf(yaml('{type: exec, command: [/opt/pager, --loud]}')).notify, {
      pager: {
        type: 'exec',
        command: ['/opt/pager', '--loud'],
        arguments: 'all',
        timeout: seconds(10),
        states: ['master', 'backup', 'fault', 'stop'],
        routers: undefined,
        perMinute: 30,
        retry: { attempts: 1, within: seconds(0) },
      },
    });
    const { settings } = load(yaml('{type: exec, command: /opt/pager}'));
    assert.deepEqual(settings.filter(({ path }) => path.startsWith('notify.')).map(Object.values), [
      ['notify.pager.type', 'exec', '/etc/locum/locum.yaml:2'],
      ['notify.pager.command', '/opt/pager', '/etc/locum/locum.yaml:2'],
      ['notify.pager.arguments', 'all', 'default'],
      ['notify.pager.timeout', '10s', 'default'],
      ['notify.pager.states', 'master,backup,fault,stop', 'default'],
      ['notify.pager.per-minute', '30', 'default'],
    ]);
  });

  it('is not there by default', () => {
    for (const given of [{ environment: SMALLEST }, { environment: SMALLEST, yaml: 'notify: {}\n' }])
      assert.deepEqual(configOf(given).notify, {});
  });

  it('can be set in the environment', () => {
    const environment = {
      ...SMALLEST,
      LOCUM_NOTIFY__PAGER__TYPE: 'exec',
      LOCUM_NOTIFY__PAGER__COMMAND: '/opt/pager --loud',
      LOCUM_NOTIFY__PAGER__STATES: 'fault, master',
      LOCUM_NOTIFY__PAGER__TIMEOUT: '500ms',
    };
    const { pager } = configOf({ environment }).notify;
    assert.deepEqual(
      [pager?.type === 'exec' && pager.command, pager?.states],
      [
        ['/opt/pager', '--loud'],
        ['master', 'fault'],
      ],
    );
  });

  const refused: readonly (readonly [hook: string, setting: string, what: RegExp])[] = [
    ['{type: exec}', 'command', /is missing/],
    ['{type: exec, command: pager}', 'command', /absolute path/],
    ['{type: exec, command: "/opt/pager | /bin/cat"}', 'command', /only a shell understands/],
    ['{type: exec, command: /opt/pager, timeout: 10}', 'timeout', /needs a unit/],
    ['{type: exec, command: /opt/pager, states: [active]}', 'states', /has "active"; each must be master or/],
    ['{type: exec, command: /opt/pager, states: []}', 'states', /is empty/],
    ['{type: exec, command: /opt/pager, arguments: some}', 'arguments', /must be all or state or none/],
    ['{type: exec, command: /opt/pager, state: master}', 'state', /is not a setting/],
    ['{type: exce, command: /opt/pager}', 'type', /must be exec or webhook/],
    ['{command: /opt/pager}', 'type', /is missing; it must be exec or webhook/],
  ];
  for (const [hook, setting, what] of refused)
    it(`${hook} is refused`, () => {
      const problem = refusal(hook, setting);
      assert.match(problem.what, what);
      assert.ok(problem.fix.length > 0);
    });

  it('runs nothing that a label names, for labels come with images too', () => {
    const labels = { 'locum.notify.pager.type': 'exec', 'locum.notify.pager.command': '/bin/sh' };
    const [problem] = load({ environment: SMALLEST, labels }).problems;
    assert.equal(problem?.path, 'notify.pager.command');
    assert.match(problem?.what ?? '', /cannot be a label: an image's label would run a program here/);
  });
});

describe('the program of a hook', () => {
  const FILE: FileLook = {
    kind: 'file',
    readable: true,
    executable: true,
    readableByAll: false,
    writableByAll: false,
  };
  const check = (look: FileLook) => {
    const given = yaml('{type: exec, command: [/opt/pager, /etc]}');
    const config = configOf(given);
    assert.deepEqual(hookFilesOf(config), ['/opt/pager'], 'no argument is looked at');
    return checkNotify(config, new Map([['/opt/pager', look]]), load(given).settings);
  };

  it('must be there and executable', () => {
    const missing = onlyProblem(check({ ...FILE, kind: 'missing' }), 'notify.pager.command');
    assert.deepEqual(
      [missing.severity, missing.what, missing.source],
      ['error', 'there is no file /opt/pager', '/etc/locum/locum.yaml:2'],
    );
    const plain = onlyProblem(check({ ...FILE, executable: false }), 'notify.pager.command');
    assert.deepEqual([plain.severity, plain.what], ['error', '/opt/pager is not executable']);
    assert.deepEqual(check(FILE), []);
  });

  it('that is looked up by its name must be in one of the folders that commands look in', () => {
    const given = yaml('{type: exec, command: [/usr/bin/env, pager]}');
    const config = configOf(given);
    const problems = (path: string) => {
      const files = new Map([path, '/usr/bin/env'].map(each => [each, FILE] as const));
      return checkNotify(config, files, load(given).settings);
    };
    assert.ok(hookFilesOf(config).includes('/usr/local/bin/pager'));
    assert.deepEqual(problems('/usr/local/bin/pager'), []);
    assert.match(onlyProblem(problems('/opt/pager'), 'notify.pager.command').what, /no program pager in/);
  });

  it('that everybody can change is told', () => {
    assert.equal(
      onlyProblem(check({ ...FILE, writableByAll: true }), 'notify.pager.command').severity,
      'warning',
    );
  });
});
