/** What trackers name against a host: programs, files, interfaces. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileLook } from '../../../src/app/config/check-program.ts';
import { checkTrackers, filesOf } from '../../../src/app/config/check-trackers.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const FILE: FileLook = {
  kind: 'file',
  readable: true,
  executable: true,
  readableByAll: false,
  writableByAll: false,
};
const FOLDER: FileLook = { ...FILE, kind: 'folder' };
const MISSING: FileLook = {
  kind: 'missing',
  readable: false,
  executable: false,
  readableByAll: false,
  writableByAll: false,
};

function check(tracker: string, look: FileLook = MISSING) {
  const given = { environment: SMALLEST, yaml: `track: {it: ${tracker}}` };
  const config = configOf(given);
  const files = new Map(filesOf(config).map(path => [path, look]));
  const interfaces = [{ name: 'eth0', up: true, addresses: [] }];
  return { problems: checkTrackers(config, { interfaces, files }, load(given).settings), files };
}

describe('a program', () => {
  const exec = '{type: exec, command: [/opt/check, /etc]}';

  it('must be there and executable', () => {
    const missing = onlyProblem(check(exec).problems, 'track.it.command');
    assert.deepEqual([missing.severity, missing.what], ['error', 'there is no file /opt/check']);
    assert.match(missing.source, /locum\.yaml:1/);
    for (const look of [{ ...FILE, executable: false }, FOLDER]) {
      const problem = onlyProblem(check(exec, look).problems, 'track.it.command');
      assert.deepEqual([problem.severity, problem.what], ['error', '/opt/check is not executable']);
    }
    assert.deepEqual(check(exec, FILE).problems, []);
    assert.deepEqual([...check(exec, FILE).files.keys()], ['/opt/check'], 'no argument is looked at');
  });

  it('that is looked up by its name must be in one of the folders that commands look in', () => {
    const lookedUp = '{type: exec, command: [/usr/bin/env, check, -x]}';
    const given = { environment: SMALLEST, yaml: `track: {it: ${lookedUp}}` };
    const problems = (...there: string[]) => {
      const config = configOf(given);
      const files = new Map(
        filesOf(config).map(path => [path, there.includes(path) ? FILE : MISSING] as const),
      );
      return checkTrackers(config, { interfaces: [], files }, load(given).settings);
    };
    assert.deepEqual(problems('/usr/bin/env', '/usr/local/bin/check'), []);
    const missing = onlyProblem(problems('/usr/bin/env', '/opt/check'), 'track.it.command');
    assert.match(missing.what, /no program check in .*\/usr\/local\/bin/);
    assert.match(onlyProblem(problems('/usr/local/bin/check'), 'track.it.command').what, /usr\/bin\/env/);
    for (const own of ['[/usr/bin/env, -i, check]', '[/usr/bin/env, A=1, check]', '[/usr/bin/env]'])
      assert.deepEqual(check(`{type: exec, command: ${own}}`, FILE).problems, []);
    assert.deepEqual(
      [...check('{type: exec, command: [/usr/bin/env, dir/check]}').files.keys()],
      ['/usr/bin/env', '/dir/check'],
    );
  });

  it('that everybody can change is told', () => {
    const problem = onlyProblem(check(exec, { ...FILE, writableByAll: true }).problems, 'track.it.command');
    assert.equal(problem.severity, 'warning');
  });
});

describe('a file', () => {
  it('of authorities must be readable', () => {
    const http = '{type: http, url: "https://a/", tls-ca: /etc/ca.pem}';
    assert.match(onlyProblem(check(http).problems, 'track.it.tls-ca').what, /no file \/etc\/ca\.pem/);
    const unreadable = check(http, { ...FILE, readable: false }).problems;
    assert.match(onlyProblem(unreadable, 'track.it.tls-ca').what, /cannot be read/);
    assert.deepEqual(check(http, FILE).problems, []);
    assert.deepEqual(check('{type: http, url: "https://a/"}').problems, []);
  });

  it('with a number may be missing, its folder is told', () => {
    for (const [path, folder] of [
      ['/run/locum/points', '/run/locum'],
      ['/points', '/'],
    ]) {
      const { problems, files } = check(`{type: file, path: ${path}}`);
      assert.deepEqual([...files.keys()], [folder]);
      assert.equal(onlyProblem(problems, 'track.it.path').severity, 'warning');
      assert.deepEqual(check(`{type: file, path: ${path}}`, FOLDER).problems, []);
    }
  });
});

it('an interface that is not there is told with those that are', () => {
  const problem = onlyProblem(check('{type: interface, interface: eth7}').problems, 'track.it.interface');
  assert.deepEqual([problem.severity, problem.fix], ['warning', 'name one of eth0']);
  assert.deepEqual(check('{type: interface, interface: eth0}').problems, []);
});
